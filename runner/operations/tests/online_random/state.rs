//! All that a database holds.

use rusqlite::Connection;

use crate::application::shown;
use crate::world::Rowid;

/// Every row of the schema and of every table, line by line.
pub(crate) fn of(connection: &Connection, rowid: Rowid) -> Vec<String> {
    let mut all =
        read(connection, "SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY type, name");
    let tables = "SELECT name, wr FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name <> 'sqlite_schema' ORDER BY name";
    let mut tables = connection.prepare(tables).unwrap();
    let tables = tables.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, bool>(1)?)));
    for (table, without_rowid) in tables.unwrap().map(Result::unwrap) {
        let has_own = table == "t" && rowid == Rowid::Changes;
        let rowid = if without_rowid || has_own { "" } else { "rowid, " };
        let mut rows = read(connection, &format!("SELECT {rowid}* FROM \"{table}\""));
        // Which row of the counters comes first says nothing, and one at 0 says what none does.
        if table.starts_with("sqlite_") {
            rows = read(connection, &format!("SELECT * FROM \"{table}\""));
            rows.retain(|row| table != "sqlite_sequence" || !row.ends_with("|0"));
        }
        rows.sort();
        all.extend(rows.into_iter().map(|row| format!("{table}: {row}")));
    }
    all
}

fn read(connection: &Connection, sql: &str) -> Vec<String> {
    let mut statement = connection.prepare(sql).unwrap();
    let width = statement.column_count();
    let mut rows = statement.query([]).unwrap();
    let mut read = Vec::new();
    while let Some(row) = rows.next().unwrap() {
        let values: Vec<_> = (0..width).map(|at| shown(row.get_ref_unwrap(at))).collect();
        read.push(values.join("|"));
    }
    read
}

/// What is in one and not in the other.
pub(crate) fn difference(online: &[String], ordinary: &[String]) -> Option<String> {
    let only = |these: &[String], those: &[String], whose: &str| {
        let only = these.iter().filter(|line| !those.contains(line));
        only.map(|line| format!("\n  {whose}: {line}")).collect::<String>()
    };
    let differ = only(online, ordinary, "online") + &only(ordinary, online, "ordinary");
    (!differ.is_empty() || online.len() != ordinary.len()).then_some(differ)
}
