//! Which renames are still to be carried out: models may keep an old name for years.

use crate::schema::name::same;

/// A name and the one it gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pair {
    pub(super) from: String,
    pub(super) to: String,
    /// It is to be carried out now; otherwise it may have been before.
    pub(super) certain: bool,
}

/// Whether a rename is still to be carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RenameState {
    Do,
    /// It was carried out before.
    Nothing,
    /// There is nothing of the old name.
    NoOld,
    /// There will be nothing of the new name.
    NoNew,
    /// Nothing shows whether it was carried out before.
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
    /// The state of `pair`, which is one of `all`.
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

    /// Names that are exchanged in a circle all exist before and after: only the shapes of their objects show
    /// whether it was carried out. If all have the same shape, nothing does.
    fn state_of_circle(&self, circle: &[&Pair]) -> RenameState {
        let are_in_place = circle.iter().all(|pair| (self.is_alike)(&pair.from, &pair.from));
        let would_be = circle.iter().all(|pair| (self.is_alike)(&pair.from, &pair.to));
        match (are_in_place, would_be) {
            (true, false) => RenameState::Nothing,
            (false, true) => RenameState::Do,
            (true, true) | (false, false) => RenameState::Unclear,
        }
    }

    /// A free name for `name` between its old and its new one.
    pub(super) fn between(&self, name: &str) -> String {
        let mut between = format!("{name}_on_its_way");
        while (self.is_there)(&between) || (self.will_be_there)(&between) {
            between.push('_');
        }
        between
    }
}

/// The circle of renames that `pair` is in; empty if it is in none.
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
