//! Finds the migration that a person's words mean.

use runner_engine::explain::Code;
use runner_engine::hint::{Action, Hint};
use runner_engine::id::{MigrationId, listed};
use runner_operations::suggest::near;

/// Finds the one migration that `words` means: a whole id, a name, or a prefix of the id.
///
/// # Errors
/// Nothing is meant, with the nearest id there is; or several are, with their ids.
pub fn select<'i>(
    words: &str,
    ids: impl IntoIterator<Item = &'i MigrationId>,
) -> Result<MigrationId, SelectError> {
    let ids: Vec<&MigrationId> = ids.into_iter().collect();
    if let Some(id) = ids.iter().find(|id| id.as_str() == words) {
        return Ok((*id).clone());
    }
    let named: Vec<_> = ids.iter().filter(|id| id.name() == words).collect();
    let meant = match named.as_slice() {
        [] if words.is_empty() => Vec::new(),
        [] => ids.iter().filter(|id| id.as_str().starts_with(words)).collect(),
        _ => named,
    };
    match meant.as_slice() {
        [id] => Ok((**id).clone()),
        [] => Err(SelectError::Unknown { words: words.to_owned(), nearest: nearest(words, &ids) }),
        several => Err(SelectError::Ambiguous {
            words: words.to_owned(),
            ids: several.iter().map(|id| (**id).clone()).collect(),
        }),
    }
}

/// The id whose name is the most like that in `words`, if any is like it. Stamps are left out: all of them look
/// alike.
pub(crate) fn nearest(words: &str, ids: &[&MigrationId]) -> Option<MigrationId> {
    let wanted = words.trim_start_matches(|letter: char| letter.is_ascii_digit() || letter == '_');
    let name = near(wanted, ids.iter().map(|id| id.name())).into_iter().next()?;
    ids.iter().find(|id| id.name() == name).map(|id| (*id).clone())
}

/// Why it is not known which migration is meant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SelectError {
    /// None is.
    #[error("there is no migration `{words}`")]
    Unknown {
        /// What was asked for.
        words: String,
        /// What may have been meant.
        nearest: Option<MigrationId>,
    },
    /// One is that does not count in this database, since another replaces it.
    #[error("`{id}` is replaced by `{by}`")]
    Replaced {
        /// The migration.
        id: MigrationId,
        /// The one that replaces it.
        by: MigrationId,
    },
    /// Several are.
    #[error("`{words}` may mean {}", listed(ids))]
    Ambiguous {
        /// What was asked for.
        words: String,
        /// What it may mean.
        ids: Vec<MigrationId>,
    },
}

impl SelectError {
    /// What `runner explain` has to say about it.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            Self::Unknown { .. } | Self::Replaced { .. } => Code::UnknownMigration,
            Self::Ambiguous { .. } => Code::AmbiguousMigration,
        }
    }

    /// What to do next.
    #[must_use]
    pub fn hint(&self) -> Option<Hint> {
        Some(match self {
            Self::Unknown { nearest: Some(id), .. } => format!("did you mean `{id}`?").into(),
            Self::Unknown { nearest: None, .. } => {
                Hint::from(Action::ShowStatus).and(" shows which there are")
            }
            Self::Replaced { by, .. } => {
                format!("name `{by}`, which stands for all that it replaces").into()
            }
            Self::Ambiguous { .. } => "write more of the id".into(),
        })
    }
}

#[cfg(test)]
mod examples {
    use super::*;
    use crate::messages::{self, Examples, each_variant};

    impl Examples for SelectError {
        fn examples() -> Vec<Self> {
            each_variant!(SelectError:
                Unknown { words: "add_levle".into(), nearest: Some(messages::id()) },
                Unknown { words: "zzz".into(), nearest: None },
                Replaced { id: messages::id(), by: messages::other_id() },
                Ambiguous { words: "2025".into(), ids: vec![messages::id(), messages::other_id()] },
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(texts: &[&str]) -> Vec<MigrationId> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    #[test]
    fn a_migration_is_selected_by_id_name_or_unique_prefix() {
        let ids = ids(&["20250101_000000_a", "20250201_000000_b", "20250202_000000_b2"]);
        for words in ["20250201_000000_b", "b", "20250201"] {
            assert_eq!(select(words, &ids).unwrap().name(), "b", "{words}");
        }
        let refusal = |words| select(words, &ids).unwrap_err().to_string();
        assert_eq!(
            refusal("202502"),
            "`202502` may mean `20250201_000000_b` and `20250202_000000_b2`"
        );
        assert_eq!(refusal(""), "there is no migration ``");
    }

    #[test]
    fn an_unknown_migration_brings_the_nearest_one() {
        let ids = ids(&["20250101_000000_create_player", "20250201_000000_add_level"]);
        let hint = |words| select(words, &ids).unwrap_err().hint().unwrap().to_string();
        assert_eq!(hint("create_plyer"), "did you mean `20250101_000000_create_player`?");
        let whole = "20250101_000001_create_plyer";
        assert_eq!(hint(whole), "did you mean `20250101_000000_create_player`?");
        assert_eq!(hint("zzz"), "`Deployment::status` shows which there are");
    }
}
