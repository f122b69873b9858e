//! The words of an operation's sentence, in the form that follows "to": `add column .. to table ..`. It
//! reads well in a log, and after "cannot" in an error. The sentences are in [`crate::operation`].

use std::fmt::{self, Display, Formatter};

use super::{Column, IndexColumn, Indexed, Place, PrimaryKey, TableOptions, WhichConstraint};

/// How much of a script is shown.
const SHOWN_OF_A_SCRIPT: usize = 60;

/// The words, where it is so.
pub(crate) fn when(is_so: bool, words: &str) -> &str {
    if is_so { words } else { "" }
}

/// The words, and what is given in backticks; nothing where nothing is.
pub(crate) fn given(words: &str, what: &Option<String>) -> String {
    what.as_ref().map_or(String::new(), |what| format!("{words} `{what}`"))
}

pub(crate) fn names<'n>(names: impl IntoIterator<Item = &'n String>) -> String {
    names.into_iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// ``column `a` ``, or ``columns `a`, `b` ``.
pub(crate) fn column_names<'n>(
    columns: impl IntoIterator<Item = &'n String, IntoIter: ExactSizeIterator>,
) -> String {
    let columns = columns.into_iter();
    let noun = if columns.len() == 1 { "column" } else { "columns" };
    format!("{noun} {}", names(columns))
}

/// What follows a column's name in its definition.
pub(crate) fn clauses(column: &Column) -> impl Display {
    fmt::from_fn(|f| column.write_clauses(f))
}

pub(crate) fn place(place: Option<&Place>) -> String {
    match place {
        Some(Place::After(other)) => format!(" after `{other}`"),
        Some(Place::Before(other)) => format!(" before `{other}`"),
        None => String::new(),
    }
}

pub(crate) fn type_change(table: &str, column: &str, declared_type: &str) -> String {
    if declared_type.is_empty() {
        format!("drop the type of column `{column}` of table `{table}`")
    } else {
        format!("change column `{column}` of table `{table}` to {declared_type}")
    }
}

pub(crate) fn collation_change(table: &str, column: &str, collation: Option<&str>) -> String {
    match collation {
        Some(collation) => {
            format!("set the collation of column `{column}` of table `{table}` to {collation}")
        }
        None => format!("drop the collation of column `{column}` of table `{table}`"),
    }
}

pub(crate) fn index_columns(columns: &[IndexColumn]) -> String {
    columns.iter().map(index_column).collect::<Vec<_>>().join(", ")
}

fn index_column(column: &IndexColumn) -> String {
    let indexed = match &column.indexed {
        Indexed::Column(name) => format!("`{name}`"),
        Indexed::Expression(expression) => expression.clone(),
    };
    let collation =
        column.collate.as_ref().map_or(String::new(), |collation| format!(" COLLATE {collation}"));
    format!("{indexed}{collation}{}", when(column.descending, " DESC"))
}

pub(crate) fn key_change(table: &str, key: &PrimaryKey) -> String {
    if key.columns.is_empty() {
        return format!("drop the primary key of table `{table}`");
    }
    let autoincrement = match key.autoincrement {
        Some(true) => " with AUTOINCREMENT",
        Some(false) => " without AUTOINCREMENT",
        None => "",
    };
    format!(
        "set the primary key of table `{table}` to {}{autoincrement}{}",
        names(&key.columns),
        given(", called", &key.name)
    )
}

pub(crate) fn option_change(table: &str, options: TableOptions) -> String {
    let wanted = [("STRICT", options.strict), ("WITHOUT ROWID", options.without_rowid)];
    let words: Vec<_> = wanted
        .into_iter()
        .filter_map(|(word, wanted)| Some(format!("{}{word}", if wanted? { "" } else { "not " })))
        .collect();
    if words.is_empty() {
        return format!("change no option of table `{table}`");
    }
    format!("make table `{table}` {}", words.join(" and "))
}

/// The first words of a script, on one line.
pub(crate) fn opening(sql: &str) -> String {
    let line = sql.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(SHOWN_OF_A_SCRIPT) {
        Some((end, _)) => format!("{}..", line[..end].trim_end()),
        None => line,
    }
}

impl Display for WhichConstraint {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Named(name) => write!(f, "constraint `{name}`"),
            Self::Unique(columns) => write!(f, "UNIQUE ({})", names(columns)),
            Self::Check(expression) => write!(f, "CHECK ({expression})"),
            Self::ForeignKey(columns) => write!(f, "the foreign key on ({})", names(columns)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::*;

    #[test]
    fn each_operation_is_a_sentence() {
        let sentences = [
            Operation::create_table(Table::new("r").column(Column::text("a"))),
            Operation::create_table(
                Table::new("r").columns([Column::text("a"), Column::text("b")]).if_not_exists(),
            ),
            Operation::drop_table("r"),
            Operation::drop_table_if_exists("r"),
            Operation::rename_table("r", "room"),
            Operation::rename_table_only("r", "room"),
            Operation::add_column("r", Column::integer("a").not_null().default(0)),
            Operation::add_column("r", Column::untyped("a").before("b").backfill("b * 2")),
            Operation::drop_column("r", "a"),
            Operation::drop_column_cascade("r", "a"),
            Operation::rename_column("r", "a", "b"),
            Operation::alter_column_type("r", "a", "REAL"),
            Operation::alter_column_type_using("r", "a", "", "a || ''"),
            Operation::set_not_null("r", "a"),
            Operation::set_not_null_filling("r", "a", "0"),
            Operation::drop_not_null("r", "a"),
            Operation::set_default("r", "a", "it's"),
            Operation::set_default_sql("r", "a", "CURRENT_DATE"),
            Operation::drop_default("r", "a"),
            Operation::set_collate("r", "a", "NOCASE"),
            Operation::drop_collate("r", "a"),
            Operation::add_index(Index::on("r", ["a"])),
            Operation::add_index(
                Index::on("r", [IndexColumn::expression("lower(a)").collate("NOCASE").desc()])
                    .unique()
                    .named("low")
                    .where_("a > ''")
                    .if_not_exists(),
            ),
            Operation::drop_index("low"),
            Operation::drop_index_if_exists("low"),
            Operation::rename_index("low", "high"),
            Operation::add_unique("r", Unique::new(["a", "b"]).named("u")),
            Operation::add_check("r", "a > 0"),
            Operation::add_foreign_key("r", ForeignKey::new(["a"]).references("p", ["id"])),
            Operation::drop_constraint("r", "u"),
            Operation::drop_constraint("r", WhichConstraint::unique(["a"])),
            Operation::drop_constraint("r", WhichConstraint::check("a > 0")),
            Operation::drop_constraint("r", WhichConstraint::foreign_key(["a"])),
            Operation::drop_foreign_key("r", ["a"]),
            Operation::set_primary_key("r", PrimaryKey::new(["a"]).autoincrement(true).named("k")),
            Operation::set_primary_key("r", PrimaryKey::none()),
            Operation::reorder_columns("r", ["b"]),
            Operation::reorder_columns("r", ["b", "a"]),
            Operation::set_table_options(
                "r",
                TableOptions::new().strict(true).without_rowid(false),
            ),
            Operation::set_table_options("r", TableOptions::new()),
            Operation::execute("DELETE\n  FROM r"),
            Operation::execute(format!("SELECT '{}'", "ž".repeat(99))),
        ]
        .map(|operation| operation.to_string());
        assert_eq!(
            sentences,
            [
                "create table `r` with column `a`",
                "create table `r` with columns `a`, `b`, if it does not exist",
                "drop table `r`",
                "drop table `r`, if it exists",
                "rename table `r` to `room`",
                "rename table `r` to `room`, and leave what refers to it",
                "add column `a` INTEGER NOT NULL DEFAULT 0 to table `r`",
                "add column `a` to table `r` before `b`, existing rows filled with `b * 2`",
                "drop column `a` of table `r`",
                "drop column `a` of table `r`, and what its table builds on it",
                "rename column `a` of table `r` to `b`",
                "change column `a` of table `r` to REAL",
                "drop the type of column `a` of table `r`, each value made by `a || ''`",
                "make column `a` of table `r` NOT NULL",
                "make column `a` of table `r` NOT NULL, each NULL filled with `0`",
                "drop NOT NULL of column `a` of table `r`",
                "set the default of column `a` of table `r` to 'it''s'",
                "set the default of column `a` of table `r` to CURRENT_DATE",
                "drop the default of column `a` of table `r`",
                "set the collation of column `a` of table `r` to NOCASE",
                "drop the collation of column `a` of table `r`",
                "add index on table `r` (`a`)",
                "add unique index `low` on table `r` (lower(a) COLLATE NOCASE DESC) where `a > ''`, if it does not exist",
                "drop index `low`",
                "drop index `low`, if it exists",
                "rename index `low` to `high`",
                "add UNIQUE (`a`, `b`) to table `r`, called `u`",
                "add CHECK (a > 0) to table `r`",
                "add a foreign key from table `r` (`a`) to table `p` (`id`)",
                "drop constraint `u` of table `r`",
                "drop UNIQUE (`a`) of table `r`",
                "drop CHECK (a > 0) of table `r`",
                "drop the foreign key on (`a`) of table `r`",
                "drop the foreign key on (`a`) of table `r`",
                "set the primary key of table `r` to `a` with AUTOINCREMENT, called `k`",
                "drop the primary key of table `r`",
                "put column `b` first in table `r`",
                "put columns `b`, `a` first in table `r`",
                "make table `r` STRICT and not WITHOUT ROWID",
                "change no option of table `r`",
                "execute `DELETE FROM r`",
                "execute `SELECT 'žžžžžžžžžžžžžžžžžžžžžžžžžžžžžžžžžžžžžžžžžžžžžžžžžžžž..`",
            ]
        );
    }
}
