//! Finds the constraints of a table that a selector means.

use crate::operation::WhichConstraint;
use crate::schema::name::same;
use crate::schema::{ConstraintKind, Table, same_names};

impl Table {
    /// The constraints that `which` means, at the table and at its columns, with their names.
    pub(crate) fn meant(&self, which: &WhichConstraint) -> Vec<(Option<String>, ConstraintKind)> {
        let at_columns = self.columns.iter().flat_map(|column| {
            column.clauses.iter().filter_map(|clause| {
                clause.as_constraint(column).map(|kind| (clause.name.clone(), kind))
            })
        });
        let at_table = self
            .constraints
            .iter()
            .map(|constraint| (constraint.name.clone(), constraint.kind.clone()));
        at_table
            .chain(at_columns)
            .filter(|(name, kind)| means(which, name.as_deref(), kind))
            .collect()
    }
}

/// Whether `which` means a constraint that is called `name` and demands `kind`.
pub(crate) fn means(which: &WhichConstraint, name: Option<&str>, kind: &ConstraintKind) -> bool {
    match (which, kind) {
        (WhichConstraint::Named(wanted), _) => name.is_some_and(|own| same(own, wanted)),
        (WhichConstraint::Unique(wanted), ConstraintKind::Unique { columns, .. }) => {
            let columns: Vec<_> = columns.iter().map(|key| key.name.as_str()).collect();
            same_names(&columns, wanted)
        }
        (WhichConstraint::Check(wanted), ConstraintKind::Check(expression)) => {
            expression.has_the_words_of(wanted)
        }
        (WhichConstraint::ForeignKey(wanted), ConstraintKind::ForeignKey(key)) => key.is_on(wanted),
        _ => false,
    }
}
