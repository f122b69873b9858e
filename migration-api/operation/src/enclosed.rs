//! An expression as SQL writes it where it must be in round brackets.

use std::fmt::{self, Display, Formatter};

/// An expression in round brackets. Behind a comment that runs to the end of the line, the closing
/// one goes to the next.
pub struct Enclosed<'e>(pub &'e str);

impl Display for Enclosed<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let end = if self.0.contains("--") { "\n" } else { "" };
        write!(f, "({}{end})", self.0)
    }
}
