//! A schema by chance.

use rusqlite::Connection;

use crate::dice::Dice;
use crate::snapshot::quoted;

const COLUMNS: [&str; 16] = [
    "a", "b", "c", "d", "true", "false", "rowid", "oid", "_rowid_", "row", "old", "kept", "order",
    "Ü x", "column1", "seq",
];
pub(crate) const TYPES: [&str; 9] =
    ["INTEGER", "TEXT", "REAL", "BLOB", "ANY", "INT", "NUMERIC", "", "VARCHAR(9)"];
const STRICT_TYPES: [&str; 6] = ["INTEGER", "TEXT", "REAL", "BLOB", "ANY", "INT"];
pub(crate) const CONFLICTS: [&str; 6] = [
    "",
    "",
    " ON CONFLICT IGNORE",
    " ON CONFLICT REPLACE",
    " ON CONFLICT FAIL",
    " ON CONFLICT ROLLBACK",
];
/// Those that do something else than to stop the statement.
pub(crate) const OTHER_THAN_ABORT: [&str; 4] = [
    " ON CONFLICT IGNORE",
    " ON CONFLICT REPLACE",
    " ON CONFLICT REPLACE",
    " ON CONFLICT ROLLBACK",
];
pub(crate) const COLLATIONS: [&str; 3] = ["", " COLLATE NOCASE", " COLLATE RTRIM"];

#[derive(Clone)]
pub(crate) struct Draft {
    pub(crate) tables: Vec<Table>,
    pub(crate) views: Vec<View>,
    pub(crate) triggers: Vec<Trigger>,
}

#[derive(Clone)]
pub(crate) struct Table {
    pub(crate) name: String,
    pub(crate) columns: Vec<Column>,
    pub(crate) key: Key,
    /// UNIQUE and CHECK, each without its columns' names.
    pub(crate) rules: Vec<Rule>,
    pub(crate) parent: Option<Reference>,
    pub(crate) index: Option<Index>,
    pub(crate) is_strict: bool,
    pub(crate) is_without_rowid: bool,
}

#[derive(Clone)]
pub(crate) struct Column {
    pub(crate) name: String,
    pub(crate) declared: &'static str,
    /// NOT NULL with its conflict clause.
    pub(crate) not_null: Option<&'static str>,
    pub(crate) default: &'static str,
    pub(crate) collation: &'static str,
    /// What it is generated from, and how it is kept.
    pub(crate) generated: Option<(String, &'static str)>,
}

/// A primary key over the first column, or the first two.
#[derive(Clone, PartialEq)]
pub(crate) enum Key {
    None,
    Rowid { autoincrement: bool },
    Single { collation: &'static str, conflict: &'static str },
    Pair { conflict: &'static str },
}

#[derive(Clone)]
pub(crate) enum Rule {
    Unique { column: String, collation: &'static str, conflict: &'static str },
    Check { column: String, own_function: bool },
}

#[derive(Clone)]
pub(crate) struct Reference {
    pub(crate) column: String,
    pub(crate) parent: String,
    /// `None`: its key. It may be a column that is not unique, or not there.
    pub(crate) parent_column: Option<String>,
    pub(crate) action: &'static str,
}

#[derive(Clone)]
pub(crate) struct Index {
    pub(crate) column: String,
    pub(crate) unique: bool,
    pub(crate) own_function: bool,
}

#[derive(Clone)]
pub(crate) enum View {
    All(String),
    Column(String, String),
    Natural(String, String),
    OwnFunction(String, String),
}

/// After an INSERT into one table it writes to or deletes from another.
#[derive(Clone)]
pub(crate) struct Trigger {
    pub(crate) table: String,
    pub(crate) other: String,
    pub(crate) deletes: bool,
}

impl Draft {
    pub(crate) fn draw(dice: &mut Dice) -> Self {
        let names = ["t", "Word", "true", "u"];
        let count = 1 + dice.below(3);
        let mut tables: Vec<Table> =
            names[..count].iter().map(|name| Table::draw(name, dice)).collect();
        let all: Vec<String> = tables.iter().map(|table| table.name.clone()).collect();
        for table in &mut tables {
            table.draw_reference(&all, dice);
        }
        let mut draft = Self { tables, views: Vec::new(), triggers: Vec::new() };
        for _ in 0..dice.below(3) {
            draft.draw_view(dice);
        }
        if dice.percent(25) {
            let (table, other) = (draft.any_table(dice), draft.any_table(dice));
            draft.triggers.push(Trigger { table, other, deletes: dice.percent(50) });
        }
        draft
    }

    pub(crate) fn any_table(&self, dice: &mut Dice) -> String {
        self.tables[dice.below(self.tables.len())].name.clone()
    }

    pub(crate) fn draw_view(&mut self, dice: &mut Dice) {
        let table = self.tables[dice.below(self.tables.len())].clone();
        let column = table.any_column(dice);
        self.views.push(match dice.below(8) {
            0..3 => View::All(table.name),
            3..5 => View::Column(table.name, column),
            5..7 => View::Natural(table.name, self.any_table(dice)),
            _ => View::OwnFunction(table.name, column),
        });
    }

    /// Whether SQLite takes it; with the application's functions, if it has some.
    pub(crate) fn is_taken(&self) -> bool {
        let connection = Connection::open_in_memory().unwrap();
        crate::journey::add_functions(&connection);
        connection.execute_batch(&self.script()).is_ok()
    }

    pub(crate) fn script(&self) -> String {
        let tables = self.tables.iter().map(Table::sql);
        let views = self.views.iter().enumerate().map(|(at, view)| view.sql(at));
        let triggers = self.triggers.iter().enumerate().map(|(at, trigger)| trigger.sql(at, self));
        tables.chain(views).chain(triggers).collect()
    }
}

impl Table {
    fn draw(name: &str, dice: &mut Dice) -> Self {
        let mut table = Self {
            name: name.to_owned(),
            columns: Vec::new(),
            key: Key::None,
            rules: Vec::new(),
            parent: None,
            index: None,
            is_strict: dice.percent(30),
            is_without_rowid: false,
        };
        for _ in 0..1 + dice.below(5) {
            table.draw_column(dice);
        }
        table.draw_key(dice);
        for _ in 0..dice.below(3) {
            table.draw_rule(dice);
        }
        if dice.percent(30) {
            table.draw_index(dice);
        }
        table
    }

    pub(crate) fn draw_column(&mut self, dice: &mut Dice) {
        let name = dice.one_of(&COLUMNS).to_owned();
        if self.columns.iter().any(|column| column.name == name) {
            return;
        }
        let types: &[&'static str] = if self.is_strict { &STRICT_TYPES } else { &TYPES };
        let plain = self.columns.iter().find(|column| column.generated.is_none());
        let generated = plain.filter(|_| dice.percent(12)).map(|from| {
            let kept = if dice.percent(50) { "STORED" } else { "VIRTUAL" };
            (format!("({} || 'x')", quoted(&from.name)), kept)
        });
        self.columns.push(Column {
            name,
            declared: dice.one_of(types),
            not_null: dice.percent(20).then(|| dice.one_of(&CONFLICTS)),
            default: dice.one_of(&["", "", "", " DEFAULT 7", " DEFAULT '007'", " DEFAULT (1.0)"]),
            collation: if dice.percent(15) { dice.one_of(&COLLATIONS) } else { "" },
            generated,
        });
    }

    pub(crate) fn draw_key(&mut self, dice: &mut Dice) {
        self.is_without_rowid = false;
        self.key = match dice.below(8) {
            0..3 => Key::Rowid { autoincrement: dice.percent(40) },
            3..5 => Key::Single {
                collation: dice.one_of(&COLLATIONS),
                conflict: dice.one_of(&CONFLICTS),
            },
            5 if self.columns.len() > 1 => Key::Pair { conflict: dice.one_of(&CONFLICTS) },
            _ => Key::None,
        };
        if let Key::Rowid { .. } = self.key {
            self.columns[0].declared = "INTEGER";
            self.columns[0].default = "";
        }
        if matches!(self.key, Key::Single { .. } | Key::Pair { .. }) {
            self.is_without_rowid = dice.percent(35);
        }
    }

    pub(crate) fn draw_rule(&mut self, dice: &mut Dice) {
        let column = self.any_column(dice);
        self.rules.push(match dice.below(4) {
            0 => Rule::Check { column, own_function: dice.percent(6) },
            _ => Rule::Unique {
                column,
                collation: dice.one_of(&COLLATIONS),
                conflict: dice.one_of(&CONFLICTS),
            },
        });
    }

    pub(crate) fn draw_index(&mut self, dice: &mut Dice) {
        let column = self.any_column(dice);
        self.index =
            Some(Index { column, unique: dice.percent(25), own_function: dice.percent(5) });
    }

    pub(crate) fn draw_reference(&mut self, all: &[String], dice: &mut Dice) {
        self.parent = dice.percent(25).then(|| Reference {
            column: self.any_column(dice),
            parent: if dice.percent(10) {
                "gone".to_owned()
            } else {
                all[dice.below(all.len())].clone()
            },
            parent_column: dice.percent(50).then(|| dice.one_of(&COLUMNS).to_owned()),
            action: dice.one_of(&["", " ON DELETE CASCADE", " ON DELETE SET NULL"]),
        });
    }

    pub(crate) fn any_column(&self, dice: &mut Dice) -> String {
        self.columns[dice.below(self.columns.len())].name.clone()
    }

    fn sql(&self) -> String {
        let mut items: Vec<String> = self.columns.iter().map(Column::sql).collect();
        let name = |at: usize| quoted(&self.columns[at].name);
        match &self.key {
            Key::None => {}
            Key::Rowid { autoincrement } => {
                let counts = if *autoincrement { " AUTOINCREMENT" } else { "" };
                items[0] += &format!(" PRIMARY KEY{counts}");
            }
            Key::Single { collation, conflict } => {
                items.push(format!("PRIMARY KEY ({}{collation}){conflict}", name(0)));
            }
            Key::Pair { conflict } => {
                let names: Vec<_> = (0..self.columns.len().min(2)).rev().map(name).collect();
                items.push(format!("PRIMARY KEY ({} DESC){conflict}", names.join(", ")));
            }
        }
        items.extend(self.rules.iter().map(Rule::sql));
        items.extend(self.parent.iter().map(Reference::sql));
        let options = match (self.is_strict, self.is_without_rowid) {
            (false, false) => "",
            (true, false) => " STRICT",
            (false, true) => " WITHOUT ROWID",
            (true, true) => " STRICT, WITHOUT ROWID",
        };
        let own = quoted(&self.name);
        let index = self.index.iter().map(|index| {
            let unique = if index.unique { "UNIQUE " } else { "" };
            let column = quoted(&index.column);
            let term = if index.own_function { format!("own({column})") } else { column };
            format!(
                "CREATE {unique}INDEX {} ON {own} ({term});\n",
                quoted(&format!("on_{}", self.name))
            )
        });
        format!("CREATE TABLE {own} ({}){options};\n", items.join(", "))
            + &index.collect::<String>()
    }
}

impl Column {
    fn sql(&self) -> String {
        let mut text = format!("{} {}", quoted(&self.name), self.declared);
        if let Some((expression, kept)) = &self.generated {
            return text + &format!(" AS {expression} {kept}");
        }
        if let Some(conflict) = self.not_null {
            text += &format!(" NOT NULL{conflict}");
        }
        text + self.default + self.collation
    }
}

impl Rule {
    fn sql(&self) -> String {
        match self {
            Self::Unique { column, collation, conflict } => {
                format!("UNIQUE ({}{collation}){conflict}", quoted(column))
            }
            Self::Check { column, own_function: true } => {
                format!("CHECK (own({}) IS NOT 5)", quoted(column))
            }
            Self::Check { column, own_function: false } => {
                format!("CHECK ({} IS NOT 'no')", quoted(column))
            }
        }
    }
}

impl Reference {
    fn sql(&self) -> String {
        let column = self.parent_column.as_ref().map(|name| format!(" ({})", quoted(name)));
        format!(
            "FOREIGN KEY ({}) REFERENCES {}{}{}",
            quoted(&self.column),
            quoted(&self.parent),
            column.unwrap_or_default(),
            self.action
        )
    }
}

impl View {
    fn sql(&self, at: usize) -> String {
        let select = match self {
            Self::All(table) => format!("SELECT * FROM {}", quoted(table)),
            Self::Column(table, column) => {
                format!("SELECT x.{} AS it FROM {} AS x", quoted(column), quoted(table))
            }
            Self::Natural(one, other) => format!(
                "SELECT count(*) AS n FROM {} AS x NATURAL JOIN {} AS y",
                quoted(one),
                quoted(other)
            ),
            Self::OwnFunction(table, column) => {
                format!("SELECT own(x.{}) AS it FROM {} AS x", quoted(column), quoted(table))
            }
        };
        format!("CREATE VIEW v{at} AS {select};\n")
    }
}

impl Trigger {
    fn sql(&self, at: usize, draft: &Draft) -> String {
        let other = quoted(&self.other);
        let columns = draft.tables.iter().find(|table| table.name == self.other);
        let plain = columns.and_then(|it| it.columns.iter().find(|it| it.generated.is_none()));
        let body = match plain {
            Some(column) if !self.deletes => {
                format!("INSERT OR IGNORE INTO {other} ({}) VALUES (99)", quoted(&column.name))
            }
            _ => format!("DELETE FROM {other}"),
        };
        format!("CREATE TRIGGER w{at} AFTER INSERT ON {} BEGIN {body}; END;\n", quoted(&self.table))
    }
}
