//! Indexes that were written while a function or collation of SQLite was replaced: no other program can
//! use them, since SQLite's own finds and orders otherwise.

use std::collections::BTreeSet;
use std::fmt;

use super::activity::Activity;
use super::registered_names::RegisteredNames;
use crate::application::{ApplicationNames, Missing, calls, mentions};
use crate::schema_objects::Objects;

/// An index or table that was written with a replacement of what SQLite has.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ReplacedBuiltin {
    /// `index` or `table`.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// Its table.
    pub table: String,
    /// What was replaced.
    pub builtin: Missing,
}

impl fmt::Display for ReplacedBuiltin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind.as_str() {
            "index" => write!(f, "the index `{}` of `{}`", self.name, self.table)?,
            _ => write!(f, "the table `{}`", self.name)?,
        }
        write!(f, " uses {}", self.builtin)
    }
}

/// The indexes in `now`, on tables that the migration touched, that use what `own` replaced, or what
/// was replaced and then `removed`. The definition of a table counts for its indexes, which use the
/// collations of its columns.
pub(super) fn find(
    now: &Objects,
    seen: &Activity,
    own: &RegisteredNames,
    removed: &BTreeSet<Missing>,
    application: &ApplicationNames,
) -> Vec<ReplacedBuiltin> {
    let mut written = Vec::new();
    let removed = removed.iter().filter(|one| !application.have(one));
    for builtin in own.replaced(application).chain(removed) {
        for object in now.iter() {
            let is_written = matches!(object.kind(), "index" | "table")
                && seen.touched.contains(&object.table().to_ascii_lowercase())
                && uses(object.kind(), object.sql(), builtin);
            if is_written {
                written.push(ReplacedBuiltin {
                    kind: object.kind().to_owned(),
                    name: object.name().to_owned(),
                    table: object.table().to_owned(),
                    builtin: builtin.clone(),
                });
            }
        }
    }
    written.sort();
    written.dedup();
    written
}

/// An index uses BINARY unless it says otherwise. SQL calls a function by a parenthesis behind its
/// name, or by an operator.
fn uses(kind: &str, sql: &str, builtin: &Missing) -> bool {
    const OPERATORS: [&str; 4] = ["glob", "like", "match", "regexp"];
    match builtin {
        Missing::Function(name) if name.starts_with('-') => sql.contains(name.as_str()),
        Missing::Function(name) if !OPERATORS.contains(&name.as_str()) => calls(sql, name),
        Missing::Collation(name) if name == "BINARY" && kind == "index" => true,
        builtin => mentions(sql, builtin.name()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operator_is_used_where_it_stands() {
        let arrow = |sql: &str| uses("index", sql, &Missing::Function("->>".to_owned()));
        assert!(arrow("CREATE INDEX i ON a (x ->> '$.k')"));
        assert!(arrow("CREATE INDEX i ON a (x->>'$.k')"));
        assert!(!arrow("CREATE INDEX i ON a (x -> '$.k')"));
    }
}
