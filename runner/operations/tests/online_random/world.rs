//! A table that is rebuilt, and all that may hang on it: keys of each kind, unique indexes, children, parents, triggers,
//! a view.

use migration_api::operation::{Column, Operation, PrimaryKey, TableOptions, Unique};

use crate::chance::Chance;

/// What a trial begins with.
pub(crate) struct World {
    /// The statements that make it, each of which may fail.
    pub(crate) schema: Vec<String>,
    pub(crate) columns: Vec<&'static str>,
    /// The columns of the key, in their order; empty if it is the rowid alone.
    pub(crate) key: Vec<&'static str>,
    /// The targets that an UPSERT can name.
    pub(crate) targets: Vec<String>,
    pub(crate) operations: Vec<Operation>,
    pub(crate) rowid: Rowid,
}

/// What becomes of the numbers of the rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rowid {
    Stays,
    /// There is none before or none after.
    Changes,
}

/// How the key of the table is declared: its columns, and what comes behind them.
const KEYS: [(&[&str], &str, &str); 11] = [
    (&["id"], "id INTEGER PRIMARY KEY", ""),
    (&["id"], "id INTEGER PRIMARY KEY AUTOINCREMENT", ""),
    (&["id"], "id INTEGER PRIMARY KEY ON CONFLICT REPLACE", ""),
    (&[], "id INT", ""),
    (&["id"], "id TEXT PRIMARY KEY", ""),
    (&["id"], "id TEXT COLLATE NOCASE NOT NULL PRIMARY KEY", ""),
    (&["id"], "id PRIMARY KEY", " WITHOUT ROWID"),
    (&["id"], "id TEXT COLLATE NOCASE PRIMARY KEY", " WITHOUT ROWID"),
    (&["id", "n"], "id", ", PRIMARY KEY (id, n)"),
    (&["id", "w"], "id", ", PRIMARY KEY (id, w)"),
    (&["w", "id"], "id INTEGER", ", PRIMARY KEY (w COLLATE NOCASE, id DESC)) WITHOUT ROWID"),
];

const ACTIONS: [&str; 5] = ["NO ACTION", "RESTRICT", "SET NULL", "SET DEFAULT", "CASCADE"];

pub(crate) fn draw(chance: &mut Chance) -> World {
    let (key, declared, behind) = KEYS[chance.below(KEYS.len())];
    let mut columns = vec![declared.to_owned()];
    let u = ["u INTEGER", "u TEXT", "u"];
    let unique = ["", " UNIQUE", " UNIQUE ON CONFLICT REPLACE", " UNIQUE ON CONFLICT IGNORE"];
    let default =
        ["", " DEFAULT 3", " NOT NULL DEFAULT 3", " NOT NULL ON CONFLICT REPLACE DEFAULT 2"];
    let u = format!("{}{}{}", chance.pick(&u), chance.pick(&default), chance.pick(&unique));
    let u_is_unique = u.contains("UNIQUE");
    columns.push(u);
    columns.push(format!("n INTEGER{}", chance.pick(&[" NOT NULL DEFAULT 0", " DEFAULT 1", ""])));
    columns.push(format!(
        "w TEXT{}",
        chance.pick(&["", " COLLATE NOCASE", " COLLATE RTRIM", " NOT NULL DEFAULT 'w'"])
    ));
    columns.push(format!("v{}", chance.pick(&["", " CHECK (v IS NULL OR v <> 11)", " REAL"])));
    columns.push("x INTEGER".to_owned());
    let owner = chance.one_in(3);
    if owner {
        columns.push(format!(
            "up INTEGER REFERENCES {} ON DELETE {} ON UPDATE {}{}",
            if chance.one_in(3) && key == ["id"] { "t (id)" } else { "parent (id)" },
            chance.pick(&ACTIONS),
            chance.pick(&ACTIONS),
            chance.pick(&["", " DEFERRABLE INITIALLY DEFERRED"])
        ));
    }
    if chance.one_in(5) {
        columns.push(format!("g AS (n + 1){}", chance.pick(&["", " STORED"])));
    }
    let end = match behind.strip_prefix(", ") {
        Some(_) if behind.contains(") WITHOUT") => behind.to_owned(),
        Some(_) => format!("{behind}){}", chance.pick(&["", " WITHOUT ROWID"])),
        None => format!("){behind}"),
    };
    let mut schema = vec![
        "CREATE TABLE parent (id INTEGER PRIMARY KEY, name TEXT)".to_owned(),
        "CREATE TABLE log (id INTEGER PRIMARY KEY, said TEXT)".to_owned(),
        "CREATE TABLE other (id INTEGER PRIMARY KEY, n)".to_owned(),
        format!("CREATE TABLE t ({}{end}", columns.join(", ")),
    ];
    let indexes = indexes(chance, &mut schema);
    let mut targets: Vec<String> = Vec::new();
    if !key.is_empty() {
        targets.push(key.join(", "));
    }
    if u_is_unique {
        targets.push("u".to_owned());
    }
    targets.extend(indexes);
    children(chance, key, &mut schema);
    triggers(chance, &mut schema);
    let mut columns = vec!["id", "u", "n", "w", "v", "x"];
    if owner {
        columns.push("up");
    }
    let operations = operations(chance);
    let changes = |operation: &Operation| matches!(operation, Operation::SetTableOptions { options, .. } if options.without_rowid.is_some());
    let rowid = match operations.iter().any(changes) {
        true => Rowid::Changes,
        false => Rowid::Stays,
    };
    World { schema, columns, key: key.to_vec(), targets, operations, rowid }
}

/// Adds indexes; the targets that those which are unique make.
fn indexes(chance: &mut Chance, schema: &mut Vec<String>) -> Vec<String> {
    const UNIQUE: [(&str, &str); 7] = [
        ("u, n", ""),
        ("lower(w)", ""),
        ("w COLLATE NOCASE", ""),
        ("v", " WHERE v > 0"),
        ("n + 1", " WHERE w IS NOT NULL"),
        ("v DESC, u", ""),
        ("abs(n), v", ""),
    ];
    let mut targets = Vec::new();
    for number in 0..chance.below(3) {
        let (on, condition) = UNIQUE[chance.below(UNIQUE.len())];
        schema.push(format!("CREATE UNIQUE INDEX unique_{number} ON t ({on}){condition}"));
        targets.push(match condition {
            "" => on.replace(" DESC", ""),
            _ => format!("{on}){condition} --"),
        });
    }
    for number in 0..chance.below(3) {
        let on = chance.pick(&["v", "w, u", "n DESC", "x", "length(w)", "v) WHERE (v > 2"]);
        schema.push(format!("CREATE INDEX index_{number} ON t ({on})"));
    }
    targets
}

fn children(chance: &mut Chance, key: &[&str], schema: &mut Vec<String>) {
    let actions = |chance: &mut Chance| {
        format!(
            "ON DELETE {} ON UPDATE {}{}",
            chance.pick(&ACTIONS),
            chance.pick(&ACTIONS),
            chance.pick(&["", " DEFERRABLE INITIALLY DEFERRED"])
        )
    };
    match key {
        [one] if chance.one_in(2) => schema.push(format!(
            "CREATE TABLE child (id INTEGER PRIMARY KEY, of DEFAULT 1 REFERENCES t ({one}) {})",
            actions(chance)
        )),
        [one, two] if chance.one_in(2) => schema.push(format!(
            "CREATE TABLE child (id INTEGER PRIMARY KEY, of DEFAULT 1, n DEFAULT 1,
             FOREIGN KEY (of, n) REFERENCES t ({one}, {two}) {})",
            actions(chance)
        )),
        _ => schema.push("CREATE TABLE child (id INTEGER PRIMARY KEY, of)".to_owned()),
    }
}

fn triggers(chance: &mut Chance, schema: &mut Vec<String>) {
    const TRIGGERS: [&str; 12] = [
        "CREATE TRIGGER said_insert AFTER INSERT ON t BEGIN INSERT INTO log (said) VALUES ('+' || quote(new.id)); END",
        "CREATE TRIGGER said_delete AFTER DELETE ON t BEGIN INSERT INTO log (said) VALUES ('-' || quote(old.id)); END",
        "CREATE TRIGGER said_update AFTER UPDATE ON t BEGIN INSERT INTO log (said) VALUES (quote(old.id) || '>' || quote(new.id)); END",
        "CREATE TRIGGER said_before BEFORE DELETE ON t BEGIN INSERT INTO log (said) VALUES ('~' || quote(old.u)); END",
        "CREATE TRIGGER ignores BEFORE INSERT ON t WHEN new.v = 5 BEGIN SELECT RAISE(IGNORE); END",
        "CREATE TRIGGER aborts BEFORE UPDATE OF v ON t WHEN new.v = 6 BEGIN SELECT RAISE(ABORT, 'no six'); END",
        "CREATE TRIGGER fails AFTER INSERT ON t WHEN new.v = 7 BEGIN SELECT RAISE(FAIL, 'no seven'); END",
        "CREATE TRIGGER rolls_back AFTER DELETE ON t WHEN old.v = 8 BEGIN SELECT RAISE(ROLLBACK, 'no eight'); END",
        "CREATE TRIGGER changes AFTER INSERT ON t WHEN new.n = 4 BEGIN UPDATE t SET x = 44 WHERE n = 4; END",
        "CREATE TRIGGER deletes AFTER UPDATE ON t WHEN new.n = 9 BEGIN DELETE FROM t WHERE n = 9; END",
        "CREATE TRIGGER by_other AFTER INSERT ON other BEGIN DELETE FROM t WHERE n = new.n; INSERT OR REPLACE INTO t (id, u, n) VALUES (new.n, new.n, new.n); END",
        "CREATE TRIGGER by_update AFTER UPDATE ON other BEGIN UPDATE OR REPLACE t SET u = new.n WHERE n = old.n; END",
    ];
    for trigger in TRIGGERS {
        if chance.one_in(6) {
            schema.push(trigger.to_owned());
        }
    }
    if chance.one_in(4) {
        schema.push("CREATE VIEW seen AS SELECT id, u, n, w, v FROM t".to_owned());
        schema.push(
            "CREATE TRIGGER by_view INSTEAD OF INSERT ON seen
             BEGIN INSERT OR REPLACE INTO t (id, u, n, w, v) VALUES (new.id, new.u, new.n, new.w, new.v); END"
                .to_owned(),
        );
    }
}

/// What the rebuild is for.
fn operations(chance: &mut Chance) -> Vec<Operation> {
    let options = TableOptions::new();
    match chance.below(20) {
        0 | 1 => vec![Operation::alter_column_type("t", "x", "TEXT")],
        2 | 3 => vec![Operation::alter_column_type_using("t", "x", "REAL", "coalesce(x, 0) * 1.5")],
        // Where no NULL is, a new default makes it a rebuild all the same.
        4 | 5 => vec![
            Operation::set_not_null_filling("t", "x", "7"),
            Operation::set_default("t", "x", 8),
        ],
        6 => vec![Operation::set_default("t", "x", 5)],
        7 => vec![
            Operation::set_not_null_filling("t", "x", "7"),
            Operation::set_default("t", "n", 3),
        ],
        8 => vec![Operation::set_collate("t", "w", "NOCASE"), Operation::set_default("t", "x", 5)],
        9 => vec![Operation::set_default("t", "v", 1), Operation::drop_not_null("t", "n")],
        10 => vec![Operation::alter_column_type_using("t", "u", "TEXT", "CAST(u AS TEXT)")],
        11 => vec![Operation::alter_column_type("t", "id", "INTEGER")],
        12 => vec![Operation::reorder_columns("t", ["x", "w"])],
        13 => vec![Operation::set_table_options("t", options.strict(true))],
        // Where it is so already, a new default makes it a rebuild all the same.
        14 => vec![
            Operation::set_table_options("t", options.without_rowid(true)),
            Operation::set_default("t", "x", 5),
        ],
        15 => vec![
            Operation::set_table_options("t", options.without_rowid(false)),
            Operation::set_default("t", "x", 5),
        ],
        16 => vec![Operation::add_unique("t", Unique::new(["v", "n"]))],
        17 => vec![
            Operation::add_column("t", Column::integer("y").default(4)),
            Operation::reorder_columns("t", ["y"]),
            Operation::drop_column("t", "x"),
        ],
        18 => vec![
            Operation::rename_column("t", "x", "z"),
            Operation::alter_column_type("t", "z", "TEXT"),
        ],
        _ => vec![
            Operation::add_column("t", Column::text("y").unique()),
            Operation::set_primary_key("t", PrimaryKey::new(["id"])),
        ],
    }
}
