//! Which renames are still to be done: models may say for years what something was called.

use crate::schema::name::same;

/// A name and the one it gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pair {
    pub(super) from: String,
    pub(super) to: String,
    /// It is to be done now; otherwise it may have been done before.
    pub(super) certain: bool,
}

/// Whether a rename is still to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RenameState {
    Do,
    /// It was done before.
    Nothing,
    /// There is nothing of the old name.
    NoOld,
    /// There will be nothing of the new name.
    NoNew,
    /// Whether it was done before cannot be seen.
    Unclear,
}

/// The names that renames change: those of the tables of a schema, or of the columns of a table.
pub(super) struct Names<'p> {
    pub(super) is_there: &'p dyn Fn(&str) -> bool,
    pub(super) will_be_there: &'p dyn Fn(&str) -> bool,
    /// Whether what has the first name now looks like what is to have the second.
    pub(super) is_alike: &'p dyn Fn(&str, &str) -> bool,
}

impl Names<'_> {
    /// What is to be done with `pair`, one of `all`.
    pub(super) fn state(&self, pair: &Pair, all: &[Pair]) -> RenameState {
        let circle = circle(pair, all);
        let is_there = (self.is_there)(&pair.from);
        let will_be_there = (self.will_be_there)(&pair.to);
        if !pair.certain && !circle.iter().any(|other| other.certain) {
            if !circle.is_empty() {
                return self.state_of_circle(&circle);
            }
            let moves_on = |name: &str| {
                all.iter().any(|other| {
                    same(&other.from, name) && self.state(other, all) == RenameState::Do
                })
            };
            if (self.is_there)(&pair.to) && !moves_on(&pair.to) {
                return RenameState::Nothing;
            }
        }
        match (is_there, will_be_there) {
            (false, _) => RenameState::NoOld,
            (true, false) => RenameState::NoNew,
            (true, true) => RenameState::Do,
        }
    }

    /// Names that went round are all there before and after: only what they stand for tells.
    fn state_of_circle(&self, circle: &[&Pair]) -> RenameState {
        if circle.iter().all(|pair| (self.is_alike)(&pair.from, &pair.from)) {
            RenameState::Nothing
        } else if circle.iter().all(|pair| (self.is_alike)(&pair.from, &pair.to)) {
            RenameState::Do
        } else {
            RenameState::Unclear
        }
    }

    /// A name that is free, for something called `name` on its way to another.
    pub(super) fn between(&self, name: &str) -> String {
        let mut between = format!("{name}_on_its_way");
        while (self.is_there)(&between) || (self.will_be_there)(&between) {
            between.push('_');
        }
        between
    }
}

/// The renames that go round with `pair`, it among them; none, if it goes in no circle.
fn circle<'p>(pair: &'p Pair, all: &'p [Pair]) -> Vec<&'p Pair> {
    let mut circle = vec![pair];
    while circle.len() <= all.len() {
        let last = circle[circle.len() - 1];
        if same(&last.to, &pair.from) {
            return circle;
        }
        let Some(next) = all.iter().find(|other| same(&other.from, &last.to)) else { break };
        circle.push(next);
    }
    Vec::new()
}
