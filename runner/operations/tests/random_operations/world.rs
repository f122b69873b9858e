//! Random databases, as scripts: what the property tests' worlds leave out. Not every statement is
//! taken by SQLite; those that are not are left out.

use crate::chance::Chance;

const COLUMNS: [&str; 14] = [
    "a",
    "b",
    "c",
    "d",
    "id",
    "\"true\"",
    "\"false\"",
    "\"rowid\"",
    "oid",
    "\"order\"",
    "\"x y\"",
    "kind",
    "\"Ünï\"",
    "\"null\"",
];
const TYPES: [&str; 9] =
    ["", "INTEGER", "INT", "TEXT", "REAL", "BLOB", "NUMERIC", "VARCHAR(9)", "ANY"];
const STRICT_TYPES: [&str; 6] = ["INTEGER", "INT", "TEXT", "REAL", "BLOB", "ANY"];
const ON_CONFLICT: [&str; 6] = ["REPLACE", "IGNORE", "REPLACE", "ABORT", "FAIL", "ROLLBACK"];
const VALUES: [&str; 17] = [
    "NULL",
    "0",
    "1",
    "2",
    "3",
    "-1",
    "'007'",
    "'a'",
    "'A'",
    "'1e3'",
    "1.5",
    "x'00ff'",
    "''",
    "'true'",
    "9007199254740993",
    "'12345678901234567890'",
    "'b '",
];

/// A table as the rest of the script knows it.
struct Made {
    name: &'static str,
    columns: Vec<&'static str>,
}

/// The statements of a database.
pub(crate) fn script(chance: &mut Chance) -> Vec<String> {
    let mut script = vec!["CREATE TABLE log (what, old, new)".to_owned()];
    let mut tables: Vec<Made> = Vec::new();
    for name in &["t", "u", "\"true\"", "\"W w\""][..2 + chance.below(3)] {
        let (text, columns) = table(chance, name, &tables);
        script.push(text);
        tables.push(Made { name, columns });
    }
    for (at, table) in tables.iter().enumerate() {
        for number in 0..chance.below(3) {
            script.push(index(chance, table, at * 3 + number));
        }
    }
    for table in &tables {
        for _ in 0..chance.below(8) {
            let values: Vec<_> = table.columns.iter().map(|_| chance.pick(&VALUES)).collect();
            let (columns, values) = (table.columns.join(", "), values.join(", "));
            script.push(format!("INSERT INTO {} ({columns}) VALUES ({values})", table.name));
        }
    }
    for number in 0..chance.below(4) {
        script.push(view(chance, &tables, number));
    }
    for number in 0..chance.below(4) {
        script.push(trigger(chance, &tables, number));
    }
    script
}

fn conflict(chance: &mut Chance) -> String {
    if chance.one_in(2) {
        format!(" ON CONFLICT {}", chance.pick(&ON_CONFLICT))
    } else {
        String::new()
    }
}

fn table(chance: &mut Chance, name: &str, others: &[Made]) -> (String, Vec<&'static str>) {
    let strict = chance.one_in(4);
    let mut columns = chance.some(&COLUMNS);
    columns.truncate(6);
    let rowid_key = chance.one_in(3).then(|| columns[0]);
    let mut items: Vec<String> = columns
        .iter()
        .map(|column| match rowid_key {
            Some(key) if key == *column => {
                let more = if chance.one_in(3) { " AUTOINCREMENT" } else { "" };
                format!("{column} INTEGER PRIMARY KEY{}{more}", conflict(chance))
            }
            _ => {
                let declared =
                    if strict { chance.pick(&STRICT_TYPES) } else { chance.pick(&TYPES) };
                format!("{column} {declared}{}", clauses(chance, column, others))
            }
        })
        .collect();
    if chance.one_in(6) {
        let (from, declared) = (columns[0], if strict { " ANY" } else { "" });
        let stored = chance.pick(&["STORED", "VIRTUAL"]);
        items.push(format!("made{declared} AS ({from} || '!') {stored}"));
    }
    let mut keyed = rowid_key.is_some();
    if !keyed && chance.one_in(3) {
        let list = chance.some(&columns).join(", ");
        items.push(format!("PRIMARY KEY ({list}){}", conflict(chance)));
        keyed = true;
    }
    if chance.one_in(3) {
        let list = chance.some(&columns).join(" COLLATE NOCASE, ");
        items.push(format!("UNIQUE ({list}){}", conflict(chance)));
    }
    if chance.one_in(6) {
        items.push(format!("CONSTRAINT fair CHECK ({} IS NOT 77){}", columns[0], conflict(chance)));
    }
    let mut options = Vec::new();
    if strict {
        options.push("STRICT");
    }
    if keyed && chance.one_in(3) {
        options.push("WITHOUT ROWID");
    }
    (format!("CREATE TABLE {name} ({}) {}", items.join(", "), options.join(", ")), columns)
}

fn clauses(chance: &mut Chance, column: &str, others: &[Made]) -> String {
    let mut text = String::new();
    if chance.one_in(4) {
        text.push_str(&format!(" NOT NULL{}", conflict(chance)));
    }
    if chance.one_in(4) {
        text.push_str(" DEFAULT ");
        text.push_str(chance.pick(&["1", "'x'", "NULL", "true", "(1 + 1)", "-2.5", "abc"]));
    }
    if chance.one_in(5) {
        text.push_str(&format!(" UNIQUE{}", conflict(chance)));
    }
    if chance.one_in(6) {
        text.push_str(&format!(" COLLATE {}", chance.pick(&["NOCASE", "RTRIM", "own"])));
    }
    if chance.one_in(8) {
        text.push_str(&format!(" CHECK ({column} IS NOT 99)"));
    }
    if chance.one_in(5) && !others.is_empty() {
        // Most of these point to what is not unique.
        let parent = &others[chance.below(others.len())];
        let key = parent.columns[chance.below(parent.columns.len())];
        let action = chance.pick(&["", " ON DELETE CASCADE", " ON DELETE SET NULL"]);
        text.push_str(&format!(" REFERENCES {} ({key}){action}", parent.name));
    }
    text
}

fn index(chance: &mut Chance, table: &Made, number: usize) -> String {
    let unique = if chance.one_in(3) { "UNIQUE " } else { "" };
    let column = table.columns[chance.below(table.columns.len())];
    let term = match chance.below(4) {
        0 => format!("lower({column})"),
        1 => format!("own({column})"),
        2 => format!("{column} COLLATE NOCASE DESC"),
        _ => column.to_owned(),
    };
    let condition = match chance.below(4) {
        0 => format!(" WHERE {}.{column} IS NOT NULL", table.name),
        1 => format!(" WHERE {column} > 0"),
        _ => String::new(),
    };
    format!("CREATE {unique}INDEX i{number} ON {} ({term}){condition}", table.name)
}

fn view(chance: &mut Chance, tables: &[Made], number: usize) -> String {
    let one = &tables[chance.below(tables.len())];
    let other = &tables[chance.below(tables.len())];
    let (t, u) = (one.name, other.name);
    let a = one.columns[chance.below(one.columns.len())];
    let b = other.columns[chance.below(other.columns.len())];
    let query = match chance.below(14) {
        0 => format!("SELECT * FROM {t}"),
        1 => format!("SELECT {a}, count(*) AS n FROM {t} GROUP BY {a}"),
        2 => format!("SELECT * FROM {t} NATURAL JOIN {u}"),
        3 => format!("SELECT x.{a} FROM {t} AS x NATURAL LEFT JOIN {u} AS y"),
        4 => format!("SELECT {t}.{a} FROM {t} JOIN {u} USING ({a})"),
        5 => format!("SELECT {a}, (SELECT max({b}) FROM {u} AS s WHERE s.{b} = {a}) AS m FROM {t}"),
        6 => format!("SELECT {a} FROM {t} WHERE EXISTS (SELECT 1 FROM {u} WHERE {a} IS NOT NULL)"),
        7 => format!("SELECT own({a}) AS o FROM {t}"),
        8 => format!("SELECT rowid AS r, {a} FROM {t}"),
        9 => format!("SELECT * FROM {t} UNION ALL SELECT * FROM {t}"),
        10 => format!("WITH w AS (SELECT {b} AS k FROM {u}) SELECT {a}, k FROM {t}, w"),
        11 => format!("SELECT \"{}\" AS q FROM {t}", a.trim_matches('"')),
        12 if number > 0 => format!("SELECT * FROM v{}", number - 1),
        _ => format!("SELECT l.what, x.{a} FROM log AS l LEFT JOIN {t} AS x ON x.{a} = l.old"),
    };
    format!("CREATE VIEW v{number} AS {query}")
}

fn trigger(chance: &mut Chance, tables: &[Made], number: usize) -> String {
    let table = &tables[chance.below(tables.len())];
    let other = &tables[chance.below(tables.len())];
    let (t, u) = (table.name, other.name);
    let a = table.columns[chance.below(table.columns.len())];
    let b = other.columns[chance.below(other.columns.len())];
    let event = match chance.below(4) {
        0 => "INSERT".to_owned(),
        1 => format!("UPDATE OF {a}"),
        2 => "UPDATE".to_owned(),
        _ => "DELETE".to_owned(),
    };
    let row = if event == "INSERT" { "new" } else { "old" };
    let body = match chance.below(8) {
        0 => format!("INSERT INTO log VALUES ('{number}', {row}.{a}, NULL)"),
        1 => format!("INSERT INTO log (what, old) SELECT {b}, {row}.{a} FROM {u}"),
        2 => format!("DELETE FROM {u} WHERE {b} = {row}.{a}"),
        3 => format!("UPDATE {u} SET {b} = {b} WHERE {b} IS {row}.{a}"),
        4 => format!(
            "DELETE FROM {u} WHERE EXISTS (SELECT 1 FROM {t} WHERE {a} = {row}.{a} AND {b} IS NOT 5)"
        ),
        5 => format!("INSERT INTO log VALUES ('{number}', own({row}.{a}), 1)"),
        6 => "DELETE FROM absent".to_owned(),
        _ => format!("INSERT INTO {u} DEFAULT VALUES"),
    };
    let when = if chance.one_in(3) { format!(" WHEN {row}.{a} IS NOT 9") } else { String::new() };
    format!("CREATE TRIGGER g{number} AFTER {event} ON {t}{when} BEGIN {body}; END")
}
