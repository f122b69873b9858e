//! What an application may do to the table and to what hangs on it.

use crate::chance::Chance;
use crate::world::World;

/// A statement.
pub(crate) fn draw(chance: &mut Chance, world: &World) -> String {
    match chance.below(40) {
        0..=9 => insert(chance, world),
        10..=14 => upsert(chance, world),
        15..=23 => update(chance, world),
        24..=27 => format!("DELETE FROM t WHERE {}", condition(chance, world)),
        28 if chance.one_in(3) => "DELETE FROM t".to_owned(),
        28 | 29 => several(chance, world),
        30 => format!("REPLACE INTO t SELECT * FROM t WHERE {}", condition(chance, world)),
        31 | 32 => format!(
            "INSERT {}INTO child (id, of) VALUES ({}, {})",
            or(chance),
            value(chance),
            value(chance)
        ),
        33 => format!("DELETE FROM child WHERE id = {}", value(chance)),
        34 => format!("INSERT {}INTO parent VALUES ({}, 'p')", or(chance), value(chance)),
        35 => chance
            .pick(&[
                "DELETE FROM parent WHERE id = 1",
                "DELETE FROM parent",
                "UPDATE parent SET id = id + 1 WHERE id = 2",
                "UPDATE OR REPLACE parent SET id = 3 WHERE id = 1",
            ])
            .to_owned(),
        36 => format!("INSERT {}INTO other (n) VALUES ({})", or(chance), value(chance)),
        37 => format!("UPDATE {}other SET n = {}", or(chance), value(chance)),
        38 => format!(
            "INSERT INTO seen (id, u, n, w, v) VALUES ({})",
            (0..5).map(|_| value(chance)).collect::<Vec<_>>().join(", ")
        ),
        _ => chance
            .pick(&["ANALYZE", "SELECT count(*), sum(n) FROM t", "PRAGMA defer_foreign_keys = ON"])
            .to_owned(),
    }
}

/// A change of the schema, in the middle of the rebuild.
pub(crate) fn of_schema(chance: &mut Chance) -> String {
    chance
        .pick(&[
            "CREATE INDEX added ON t (v, n)",
            "CREATE UNIQUE INDEX added ON t (id, v)",
            "DROP INDEX IF EXISTS index_0",
            "DROP INDEX IF EXISTS unique_0",
            "CREATE TRIGGER added AFTER DELETE ON t BEGIN INSERT INTO log (said) VALUES ('added'); END",
            "DROP TRIGGER IF EXISTS said_insert",
            "ALTER TABLE t ADD COLUMN y",
            "ALTER TABLE t RENAME COLUMN n TO m",
            "ALTER TABLE child RENAME TO children",
            "CREATE TABLE second_child (of REFERENCES t ON DELETE CASCADE)",
            "CREATE VIEW also_seen AS SELECT id, x FROM t",
            "DROP VIEW IF EXISTS seen",
            "CREATE TEMP TRIGGER own AFTER INSERT ON t BEGIN INSERT INTO log (said) VALUES ('own'); END",
            "VACUUM",
            "VACUUM",
            "REINDEX",
        ])
        .to_owned()
}

/// A value of a small world, in which many are alike.
pub(crate) fn value(chance: &mut Chance) -> String {
    const VALUES: [&str; 12] =
        ["NULL", "'a'", "'A'", "'b'", "'ab'", "'a '", "1.5", "x'61'", "'2'", "-1", "''", "2.0"];
    if chance.one_in(3) { chance.pick(&VALUES).to_owned() } else { chance.below(12).to_string() }
}

fn or(chance: &mut Chance) -> &'static str {
    chance.pick(&[
        "",
        "",
        "OR REPLACE ",
        "OR REPLACE ",
        "OR IGNORE ",
        "OR ABORT ",
        "OR FAIL ",
        "OR ROLLBACK ",
    ])
}

fn condition(chance: &mut Chance, world: &World) -> String {
    let column = world.columns[chance.below(world.columns.len())];
    match chance.below(5) {
        0 => format!("{column} IS NULL"),
        1 => format!("{column} > {}", value(chance)),
        2 => format!("{column} IN ({}, {})", value(chance), value(chance)),
        3 => format!("id = {}", value(chance)),
        _ => format!("{column} = {}", value(chance)),
    }
}

fn row(chance: &mut Chance, columns: usize) -> String {
    format!("({})", (0..columns).map(|_| value(chance)).collect::<Vec<_>>().join(", "))
}

fn insert(chance: &mut Chance, world: &World) -> String {
    let columns = chance.some(&world.columns);
    let columns = if chance.one_in(2) { world.columns.clone() } else { columns };
    let rows: Vec<_> = (0..=chance.below(3)).map(|_| row(chance, columns.len())).collect();
    let returning = if chance.one_in(8) { " RETURNING id, u" } else { "" };
    match chance.below(12) {
        0 => format!("INSERT {}INTO t DEFAULT VALUES", or(chance)),
        1 => {
            let key = if chance.one_in(2) { "id + 1" } else { "NULL" };
            format!("INSERT {}INTO t (id, u, n) SELECT {key}, u, n FROM t", or(chance))
        }
        2 => {
            format!("REPLACE INTO t ({}) VALUES {}{returning}", columns.join(", "), rows.join(", "))
        }
        _ => format!(
            "INSERT {}INTO t ({}) VALUES {}{returning}",
            or(chance),
            columns.join(", "),
            rows.join(", ")
        ),
    }
}

fn upsert(chance: &mut Chance, world: &World) -> String {
    let columns = world.columns.join(", ");
    let target = match world.targets.len() {
        0 => String::new(),
        count => {
            let target = &world.targets[chance.below(count)];
            match target.strip_suffix(" --") {
                Some(partial) => format!("({partial}"),
                None => format!("({target})"),
            }
        }
    };
    let action = match chance.below(5) {
        _ if target.is_empty() => "NOTHING".to_owned(),
        0 => "NOTHING".to_owned(),
        1 => format!("UPDATE SET id = {}", value(chance)),
        2 => "UPDATE SET u = excluded.u, n = t.n + 1 WHERE excluded.n IS NOT t.n".to_owned(),
        _ => format!(
            "UPDATE SET {} = {}",
            world.columns[chance.below(world.columns.len())],
            value(chance)
        ),
    };
    format!(
        "INSERT {}INTO t ({columns}) VALUES {}, {} ON CONFLICT {target} DO {action}",
        if chance.one_in(4) { or(chance) } else { "" },
        row(chance, world.columns.len()),
        row(chance, world.columns.len())
    )
}

fn update(chance: &mut Chance, world: &World) -> String {
    let set = match chance.below(7) {
        0 => "id = id + 1".to_owned(),
        1 => "id = -id".to_owned(),
        2 => "u = u + 1".to_owned(),
        3 if world.key.is_empty() => "rowid = rowid + 1".to_owned(),
        3 => format!("{} = {}", world.key[0], value(chance)),
        _ => {
            let columns = chance.some(&world.columns);
            let set = columns.iter().map(|column| format!("{column} = {}", value(chance)));
            set.collect::<Vec<_>>().join(", ")
        }
    };
    let condition = match chance.below(4) {
        0 => String::new(),
        _ => format!(" WHERE {}", condition(chance, world)),
    };
    format!("UPDATE {}t SET {set}{condition}", or(chance))
}

/// Rows that exchange a unique value. Which of them wins by OR IGNORE or OR REPLACE depends on the index by which SQLite
/// finds them, and that on what triggers read.
fn several(chance: &mut Chance, world: &World) -> String {
    let column = world.columns[chance.below(2)];
    format!(
        "UPDATE {}t SET {column} = CASE {column} WHEN 1 THEN 2 WHEN 2 THEN 1 ELSE {column} END",
        chance.pick(&["", "OR ABORT ", "OR FAIL ", "OR ROLLBACK "])
    )
}
