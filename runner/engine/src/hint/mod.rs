//! What to do next about an error: sentences whose [`Action`]s are data, so that each program says them in its own
//! words.

mod action;
mod system;

use std::fmt::{self, Display, Formatter};

pub use action::Action;
pub(crate) use system::restoring;
#[doc(hidden)]
pub use system::{making, of_sqlite, reading, writing};

/// What to do next. Displayed, its actions are in the words of this library; [`Hint::worded`] takes others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hint(Vec<Piece>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    Action(Action),
}

impl Hint {
    /// This, with `next` behind it.
    #[must_use]
    pub fn and(mut self, next: impl Into<Self>) -> Self {
        self.0.extend(next.into().0);
        self
    }

    /// All of `hints`, of which one is enough.
    #[must_use]
    pub fn either(hints: impl IntoIterator<Item = Self>) -> Self {
        let join = |all: Self, next: Self| all.and("; or ").and(next);
        hints.into_iter().reduce(join).unwrap_or(Self(Vec::new()))
    }

    /// The sentence, with `words` in the place of each action.
    pub fn worded(&self, words: impl Fn(&Action) -> String) -> String {
        let piece = |piece: &Piece| match piece {
            Piece::Text(text) => text.clone(),
            Piece::Action(action) => words(action),
        };
        self.0.iter().map(piece).collect()
    }

    /// What it asks for.
    pub fn actions(&self) -> impl Iterator<Item = &Action> {
        self.0.iter().filter_map(|piece| match piece {
            Piece::Text(_) => None,
            Piece::Action(action) => Some(action),
        })
    }
}

impl Display for Hint {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&self.worded(ToString::to_string))
    }
}

impl From<&str> for Hint {
    fn from(text: &str) -> Self {
        Self::from(text.to_owned())
    }
}

impl From<String> for Hint {
    fn from(text: String) -> Self {
        Self(vec![Piece::Text(text)])
    }
}

impl From<Action> for Hint {
    fn from(action: Action) -> Self {
        Self(vec![Piece::Action(action)])
    }
}
