//! Which statements of a dry run a person wants to read: those of the migration, and those of its operations that
//! change something. Operations run others around them, to look and to be able to go back.

use runner::Issuer;

/// The statements of a migration as text: shown, or counted.
#[derive(Default)]
pub(super) struct Shown {
    hidden: usize,
}

impl Shown {
    /// Whether the statement is shown; else it is counted.
    pub(super) fn shows(&mut self, issuer: Issuer, sql: &str) -> bool {
        let is_shown = match issuer {
            Issuer::Migration => !reads_the_schema(sql),
            Issuer::Operations => changes(sql),
        };
        self.hidden += usize::from(!is_shown);
        is_shown
    }

    /// How many were not shown since the last time, in words.
    pub(super) fn rest(&mut self) -> Option<String> {
        let hidden = std::mem::take(&mut self.hidden);
        (hidden > 0).then(|| format!("-- and {hidden} that only look or protect; -v shows them"))
    }
}

/// Whether a statement only looks at the schema, or is what SQLite runs inside another.
fn reads_the_schema(sql: &str) -> bool {
    let looks = |place| sql.contains(place);
    sql.starts_with("-- PRAGMA")
        || sql == "PRAGMA main.schema_version"
        || (sql.starts_with("SELECT") && (looks("sqlite_schema") || looks("FROM pragma_")))
}

/// Whether a statement changes what is stored, and not only what SQLite counts for itself.
fn changes(sql: &str) -> bool {
    const VERBS: [&str; 8] =
        ["ALTER", "ANALYZE", "CREATE", "DELETE", "DROP", "INSERT", "REPLACE", "UPDATE"];
    const OWN: [&str; 2] = ["sqlite_sequence", "sqlite_stat"];
    let first = sql.split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default();
    let is_value = ["user_version", "application_id"].iter().any(|name| sql.contains(name));
    let is_change = VERBS.iter().any(|verb| verb.eq_ignore_ascii_case(first));
    (is_change && !OWN.iter().any(|table| sql.contains(table)))
        || (first.eq_ignore_ascii_case("PRAGMA") && is_value)
        || first.eq_ignore_ascii_case("WITH")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_show_what_they_change() {
        let mut shown = Shown::default();
        for sql in [
            "ALTER TABLE main.\"player\" ADD COLUMN \"level\" INTEGER",
            "INSERT OR ABORT INTO main.\"player\" (\"id\") SELECT \"player\".\"id\" FROM main.migrating_1",
            "UPDATE player SET score = 0",
            "pragma user_version = 3",
        ] {
            assert!(shown.shows(Issuer::Operations, sql), "{sql}");
        }
        assert_eq!(shown.rest(), None);
        for sql in [
            "SAVEPOINT migrating_1",
            "SELECT EXISTS (SELECT 1 FROM main.\"player\")",
            "PRAGMA legacy_alter_table = 1",
            "UPDATE main.sqlite_sequence SET seq = 0 WHERE name = 'player'",
            "-- PRAGMA 'main'.table_xinfo='player'",
        ] {
            assert!(!shown.shows(Issuer::Operations, sql), "{sql}");
        }
        assert!(shown.shows(Issuer::Migration, "SAVEPOINT mine"));
        assert!(!shown.shows(Issuer::Migration, "SELECT name FROM sqlite_schema"));
        let rest = shown.rest().unwrap();
        assert_eq!(rest, "-- and 6 that only look or protect; -v shows them");
        assert_eq!(shown.rest(), None);
    }
}
