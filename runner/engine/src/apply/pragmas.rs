//! Which pragmas a migration may set, and what to do in the place of the others
//! (<https://sqlite.org/pragma.html>).

/// What the argument of a pragma does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pragma {
    /// It says what to read; or SQLite does nothing within a transaction that enforces no foreign keys.
    Reads,
    /// It is a value of the database that is stored with it, and belongs to the transaction.
    OfDatabase,
    /// It is a setting of the connection, and ends with the migration.
    OfConnection,
    /// It is anything else.
    Denied,
}

impl Pragma {
    pub(super) fn named(name: &str) -> Self {
        let is_among = |known: &[&str]| known.iter().any(|one| one.eq_ignore_ascii_case(name));
        match () {
            () if is_among(&READ_BY_ARGUMENT) || is_among(&IDLE) => Self::Reads,
            () if is_among(&OF_DATABASE) => Self::OfDatabase,
            () if is_among(&OF_CONNECTION) => Self::OfConnection,
            () => Self::Denied,
        }
    }
}

/// Whether a pragma only reads, and leaves nothing on its connection.
pub(super) fn only_reads(name: &str, argument: Option<&str>) -> bool {
    let is = |known: &&str| known.eq_ignore_ascii_case(name);
    READ_BY_ARGUMENT.iter().any(is) || (argument.is_none() && READ_WITHOUT_ARGUMENT.iter().any(is))
}

/// Pragmas whose argument says what to read.
const READ_BY_ARGUMENT: [&str; 10] = [
    "table_info",
    "table_xinfo",
    "table_list",
    "index_list",
    "index_info",
    "index_xinfo",
    "foreign_key_list",
    "foreign_key_check",
    "integrity_check",
    "quick_check",
];

/// Pragmas that only read where they are given no argument.
const READ_WITHOUT_ARGUMENT: [&str; 9] = [
    "application_id",
    "data_version",
    "database_list",
    "encoding",
    "foreign_keys",
    "page_count",
    "page_size",
    "schema_version",
    "user_version",
];

/// SQLite does nothing by them within a transaction that enforces no foreign keys.
const IDLE: [&str; 3] = ["optimize", "foreign_keys", "defer_foreign_keys"];

/// They are in the header of the file, on its first page, and are rolled back with it.
const OF_DATABASE: [&str; 2] = ["user_version", "application_id"];

/// They change how SQLite works and nothing that is stored, or what a migration itself wants of its triggers.
/// Where several migrations run on one connection, each is put back.
pub(super) const OF_CONNECTION: [&str; 5] =
    ["cache_size", "mmap_size", "recursive_triggers", "automatic_index", "analysis_limit"];

/// What to do where the pragma `name` may not be set.
pub(super) fn way_out(name: &str) -> &'static str {
    let name = name.to_ascii_lowercase();
    WAYS_OUT
        .iter()
        .find(|(names, _)| names.contains(&name.as_str()))
        .map_or("set it where the application opens the database", |(_, way_out)| way_out)
}

const WAYS_OUT: [(&[&str], &str); 13] = [
    (
        &["writable_schema"],
        "the operations change the text of a table without it, and write no row where none changes: \
         `add_foreign_key`, `add_check`, `set_not_null`, `alter_column_type`, `drop_constraint`",
    ),
    (
        &["legacy_alter_table"],
        "the operation `rename_table_only` renames a table and leaves what refers to it, as this setting \
         does; or create the new table under another name, copy the rows, drop the old table, and rename \
         the new one",
    ),
    (
        &["journal_mode", "auto_vacuum", "page_size", "incremental_vacuum"],
        "it does nothing within a transaction; a migration with `const TRANSACTIONAL: bool = false` can \
         set it",
    ),
    (
        &["synchronous", "locking_mode", "fullfsync", "checkpoint_fullfsync"],
        "leave it out: the runner writes as safely as it can; set it where the application opens the \
         database",
    ),
    (
        &["schema_version"],
        "leave it out: SQLite counts it up by itself with each change of the schema",
    ),
    (
        &["ignore_check_constraints"],
        "change the rows that break the check before, or take the check away by the operation \
         `drop_constraint`",
    ),
    (
        &["case_sensitive_like"],
        "it replaces the function LIKE, which indexes and checks may use: compare with GLOB",
    ),
    (&["temp_store", "temp_store_directory"], "leave it out: it drops the temporary tables"),
    (&["encoding"], "leave it out: it is chosen once, by who makes the database"),
    (
        &["reverse_unordered_selects"],
        "leave it out, and write ORDER BY where the order of rows matters",
    ),
    (&["busy_timeout"], "leave it out: the runner waits as long as it is told to"),
    (
        &["wal_checkpoint", "wal_autocheckpoint", "journal_size_limit"],
        "leave it out: no checkpoint is made within a transaction; do it where the application opens the \
         database",
    ),
    (&["default_cache_size"], "SQLite has replaced it by `cache_size`, which may be set"),
];
