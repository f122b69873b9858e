//! Why nothing can be explained.

use super::Code;
use crate::hint::{Action, Hint};

/// Why nothing can be explained.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ExplainError {
    /// There is no such code.
    #[error("there is no code `{name}`")]
    Unknown {
        /// What was asked for.
        name: String,
        /// The code that is spelled most like it.
        nearest: Option<Code>,
    },
}

impl ExplainError {
    /// What `runner explain` has to say about it.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            Self::Unknown { .. } => Code::UnknownCode,
        }
    }

    /// What to do next.
    #[must_use]
    pub fn hint(&self) -> Option<Hint> {
        Some(match self {
            Self::Unknown { nearest: Some(code), .. } => format!("did you mean `{code}`?").into(),
            Self::Unknown { nearest: None, .. } => {
                Hint::from(Action::ListCodes).and(" lists all codes")
            }
        })
    }
}

#[cfg(test)]
mod examples {
    use super::*;
    use crate::messages::{Examples, each_variant};

    impl Examples for ExplainError {
        fn examples() -> Vec<Self> {
            each_variant!(ExplainError:
                Unknown { name: "edited".into(), nearest: Some(Code::EditedMigration) },
                Unknown { name: "E0308".into(), nearest: None },
            )
        }
    }
}
