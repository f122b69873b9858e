//! Whether a library brings an SQLite of its own: two in one process lose each other's locks
//! (<https://sqlite.org/howtocorrupt.html>, 2.2.1).

use memchr::memmem;
use object::Object as _;

/// A text that every SQLite contains, as the definition of `sqlite_schema`, and no program that only uses
/// one.
const IN_EVERY_SQLITE: &[u8] =
    b"CREATE TABLE x(type text,name text,tbl_name text,rootpage int,sql text)";

/// Whether `library` contains an SQLite, or links to that of the system. Reads all of it.
pub fn brings_sqlite(library: &[u8]) -> bool {
    memmem::find(library, IN_EVERY_SQLITE).is_some() || links_to_sqlite(library)
}

fn links_to_sqlite(library: &[u8]) -> bool {
    let Ok(object) = object::File::parse(library) else { return false };
    let imports = object.imports().into_iter().flatten().flatten();
    imports.into_iter().any(|import| match import.name() {
        object::read::NameOrOrdinal::Name(name) => {
            name.strip_prefix(b"_").unwrap_or(name).starts_with(b"sqlite3_")
        }
        object::read::NameOrOrdinal::Ordinal(_) => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_program_has_one() {
        let program = std::fs::read(std::env::current_exe().unwrap()).unwrap();
        assert!(brings_sqlite(&program));
        assert!(!brings_sqlite(b"no library at all"));
    }
}
