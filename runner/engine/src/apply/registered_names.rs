//! The functions, collations and modules that a migration registered on its connection, and which of
//! them replace SQLite's.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use rusqlite::Connection;

use crate::application::{ApplicationNames, Missing};

/// Collations that SQLite has (<https://sqlite.org/datatype3.html#collation>).
const COLLATIONS: [&str; 3] = ["BINARY", "NOCASE", "RTRIM"];

/// Pairs of texts that each collation of SQLite orders in its own way: they show whether one was
/// replaced.
const PAIRS: [(&str, &str); 12] = [
    ("a", "A"),
    ("a", "B"),
    ("B", "a"),
    ("Z", "_"),
    ("a", "a "),
    (" a", "a"),
    ("a", "ab"),
    ("10", "9"),
    ("ä", "Ä"),
    ("ä", "z"),
    ("ß", "ss"),
    ("", "a"),
];

/// A function with its number of arguments; -1 is any.
type Function = (String, i32);

/// The names that a connection has and a fresh one has not.
#[derive(Debug, Default)]
pub(super) struct RegisteredNames {
    names: BTreeSet<String>,
    /// Those that replace SQLite's.
    replaced: BTreeSet<Missing>,
}

/// The names that SQLite has by itself.
struct Builtin {
    functions: BTreeSet<Function>,
    /// The functions that SQLite registers as an application does.
    registered: BTreeSet<Function>,
    collations: BTreeSet<String>,
    modules: BTreeSet<String>,
    /// How its collations order the pairs.
    order: Vec<Option<String>>,
}

impl RegisteredNames {
    /// The names that were registered on `connection`.
    ///
    /// # Errors
    /// SQLite's error.
    pub(super) fn of(connection: &Connection) -> rusqlite::Result<Self> {
        let builtin = Builtin::get()?;
        let here = Builtin::read(connection)?;
        let functions = here.registered.difference(&builtin.registered);
        let mut own = Self::default();
        for (name, arguments) in functions {
            if builtin.have_function(name, *arguments) {
                own.replaced.insert(Missing::Function(name.clone()));
            }
            own.names.insert(name.clone());
        }
        own.names.extend(here.collations.difference(&builtin.collations).cloned());
        own.names.extend(here.modules.difference(&builtin.modules).cloned());
        let orders = here.order.iter().zip(&builtin.order);
        for (name, _) in COLLATIONS.iter().zip(orders).filter(|(_, (here, own))| here != own) {
            own.replaced.insert(Missing::Collation((*name).to_owned()));
        }
        own.names.extend(own.replaced.iter().map(|one| one.name().to_ascii_lowercase()));
        Ok(own)
    }

    /// All of them, in lower case.
    pub(super) fn names(&self) -> &BTreeSet<String> {
        &self.names
    }

    /// Those that replace SQLite's, unless the application replaces them too.
    pub(super) fn replaced<'n>(
        &'n self,
        application: &'n ApplicationNames,
    ) -> impl Iterator<Item = &'n Missing> {
        self.replaced.iter().filter(|one| !application.have(one))
    }

    /// Whether SQLite itself has a function of this name, in lower case, compiled in and not registered as others
    /// register theirs.
    pub(super) fn is_builtin_function(name: &str) -> bool {
        let builtin = Builtin::get();
        builtin.is_ok_and(|builtin| builtin.functions.iter().any(|(one, _)| one == name))
    }

    /// Whether SQLite itself has the missing name: it was replaced, and the replacement was removed.
    pub(super) fn is_builtin(missing: &Missing) -> bool {
        let Ok(builtin) = Builtin::get() else { return false };
        let name = missing.name().to_ascii_lowercase();
        match missing {
            Missing::Function(_) => builtin.functions.iter().any(|(one, _)| *one == name),
            Missing::Collation(_) => builtin.collations.contains(&name),
            Missing::Tokenizer(_) | Missing::Module(_) => false,
        }
    }
}

impl Builtin {
    fn get() -> rusqlite::Result<&'static Self> {
        static BUILTIN: OnceLock<Builtin> = OnceLock::new();
        if let Some(builtin) = BUILTIN.get() {
            return Ok(builtin);
        }
        let read = Self::read(&Connection::open_in_memory()?)?;
        Ok(BUILTIN.get_or_init(|| read))
    }

    fn read(connection: &Connection) -> rusqlite::Result<Self> {
        let mut query =
            connection.prepare("SELECT name, narg, builtin FROM pragma_function_list")?;
        let mut rows = query.query([])?;
        let (mut functions, mut registered) = (BTreeSet::new(), BTreeSet::new());
        while let Some(row) = rows.next()? {
            // Not by SQL's own lower(): that may be what was replaced.
            let function = (row.get::<_, String>(0)?.to_ascii_lowercase(), row.get(1)?);
            if row.get(2)? { &mut functions } else { &mut registered }.insert(function);
        }
        Ok(Self {
            functions,
            registered,
            collations: names(connection, "SELECT name FROM pragma_collation_list")?,
            modules: names(connection, "SELECT name FROM pragma_module_list")?,
            order: COLLATIONS.iter().map(|name| order(connection, name)).collect(),
        })
    }

    /// Whether SQLite has a function that one of this name and number of arguments hides.
    fn have_function(&self, name: &str, arguments: i32) -> bool {
        let mut all = self.functions.iter().chain(&self.registered);
        all.any(|(one, theirs)| {
            one == name && (*theirs == arguments || *theirs < 0 || arguments < 0)
        })
    }
}

fn names(connection: &Connection, sql: &str) -> rusqlite::Result<BTreeSet<String>> {
    let lower =
        |row: &rusqlite::Row<'_>| row.get::<_, String>(0).map(|name| name.to_ascii_lowercase());
    connection.prepare(sql)?.query_map([], lower)?.collect()
}

/// How `collation` orders the pairs; `None`: there is no such collation any more.
fn order(connection: &Connection, collation: &str) -> Option<String> {
    let terms: Vec<String> = PAIRS
        .iter()
        .map(|(a, b)| {
            format!("('{a}' < '{b}' COLLATE {collation}) || ('{a}' = '{b}' COLLATE {collation})")
        })
        .collect();
    let sql = format!("SELECT {}", terms.join(" || "));
    connection.query_row(&sql, [], |row| row.get(0)).ok()
}

#[cfg(test)]
mod tests {
    use rusqlite::functions::FunctionFlags;

    use super::*;

    fn own(register: impl FnOnce(&Connection)) -> (Vec<String>, Vec<String>) {
        let connection = Connection::open_in_memory().unwrap();
        register(&connection);
        let own = RegisteredNames::of(&connection).unwrap();
        let replaced = own.replaced(ApplicationNames::NONE).map(ToString::to_string).collect();
        (own.names.into_iter().collect(), replaced)
    }

    fn function(connection: &Connection, name: &str, arguments: i32) {
        let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
        connection.create_scalar_function(name, arguments, flags, |_| Ok(1)).unwrap();
    }

    #[test]
    fn a_connection_as_it_was_opened_has_nothing_of_its_own() {
        assert_eq!(own(|_| {}), (vec![], vec![]));
    }

    #[test]
    fn what_hides_a_function_or_collation_of_sqlite_replaces_it() {
        let (names, replaced) = own(|connection| {
            function(connection, "slug", 1);
            function(connection, "Lower", 1);
            function(connection, "upper", -1);
            function(connection, "lower", 7);
            connection.create_collation("de", |a: &str, b: &str| a.cmp(b)).unwrap();
            connection
                .create_collation("NoCase", |a: &str, b: &str| {
                    a.to_lowercase().cmp(&b.to_lowercase())
                })
                .unwrap();
        });
        assert_eq!(names, ["de", "lower", "nocase", "slug", "upper"]);
        assert_eq!(
            replaced,
            ["the function `lower`", "the function `upper`", "the collation `NOCASE`"]
        );
    }
}
