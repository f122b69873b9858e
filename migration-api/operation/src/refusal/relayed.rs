//! The words of a reason that is not known here.

use std::error::Error;
use std::{fmt, iter};

/// What somebody newer said, with the errors behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Relayed {
    message: String,
    cause: Option<Box<Relayed>>,
}

impl Relayed {
    /// The words of an error, the outermost first.
    #[must_use]
    pub fn new(words: Vec<String>) -> Self {
        let mut cause = None;
        for message in words.into_iter().rev() {
            cause = Some(Box::new(Self { message, cause }));
        }
        cause.map_or_else(|| Self { message: "no reason was given".into(), cause: None }, |it| *it)
    }

    /// What `error` says, and what the errors behind it say.
    pub(crate) fn of(error: &(dyn Error + 'static)) -> Vec<String> {
        iter::successors(Some(error), |error| (*error).source()).map(ToString::to_string).collect()
    }
}

impl fmt::Display for Relayed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Error for Relayed {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.cause.as_deref().map(|cause| cause as &(dyn Error + 'static))
    }
}
