//! The values that existing rows get, where the schema does not say.

use std::str::FromStr;

use migration_api::difference::{Change, Difference, Undecided};

use super::WayBack;
use crate::error::AutogenerateError;

/// What the existing rows of a table get in a column that must not be NULL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fill {
    /// The table.
    pub table: String,
    /// The column.
    pub column: String,
    /// An expression of SQL over the row.
    pub expression: String,
}

impl FromStr for Fill {
    type Err = String;

    /// Reads `table.column=expression`.
    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.split_once('=').and_then(|(place, expression)| {
            let (table, column) = place.split_once('.')?;
            let parts = [table, column, expression].map(|part| part.trim().to_owned());
            parts.iter().all(|part| !part.is_empty()).then_some(parts)
        });
        match parts {
            Some([table, column, expression]) => Ok(Self { table, column, expression }),
            None => Err("it has the form player.level=1, or player.level=score/100".to_owned()),
        }
    }
}

/// Decides what `fills` can decide, in either direction.
///
/// # Errors
/// A fill that decides nothing.
pub(super) fn fill(
    forward: &mut Difference,
    backward: &mut WayBack,
    fills: &[Fill],
) -> Result<(), AutogenerateError> {
    for fill in fills {
        let back = match backward {
            WayBack::Operations(difference) => difference.changes.as_mut_slice(),
            WayBack::None { .. } => &mut [],
        };
        let changes = forward.changes.iter_mut().chain(back);
        let mut open = changes.filter(|change| fill.decides(change)).peekable();
        if open.peek().is_none() {
            let (table, column) = (fill.table.clone(), fill.column.clone());
            return Err(AutogenerateError::NothingToFill { table, column });
        }
        open.for_each(|change| change.fill(fill.expression.as_str()));
    }
    Ok(())
}

impl Fill {
    pub(super) fn decides(&self, change: &Change) -> bool {
        match &change.undecided {
            Some(Undecided::Fill { table, column }) => {
                table.eq_ignore_ascii_case(&self.table) && column.eq_ignore_ascii_case(&self.column)
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fill_is_a_place_and_an_expression() {
        let fill: Fill = "player.level = score = 1".parse().unwrap();
        assert_eq!((fill.table.as_str(), fill.column.as_str()), ("player", "level"));
        assert_eq!(fill.expression, "score = 1");
        for text in ["", "level=1", "player.level", "player.=1", ".level=1", "player.level="] {
            assert!(text.parse::<Fill>().is_err(), "{text}");
        }
    }
}
