//! An operation as a sentence, in the form that follows "to": `add column .. to table ..`. It reads
//! well in a log, and after "cannot" in an error.

use std::fmt::{self, Display, Formatter};

use super::{
    AddedColumn, Column, Index, Indexed, Operation, Place, PrimaryKey, TableOptions,
    WhichConstraint,
};

/// How much of a script is shown.
const SHOWN_OF_A_SCRIPT: usize = 60;

impl Display for Operation {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::CreateTable(table) => {
                write!(f, "create table `{}`", table.name)?;
                match table.columns.as_slice() {
                    [] => f.write_str(" without columns"),
                    [one] => write!(f, " with column `{}`", one.name),
                    many => write!(f, " with columns {}", names(many.iter().map(|c| &c.name))),
                }?;
                f.write_str(if table.if_not_exists { ", if it does not exist" } else { "" })
            }
            Self::DropTable { table, if_exists } => {
                write!(f, "drop table `{table}`{}", if_it_exists(*if_exists))
            }
            Self::RenameTable { table, to, only } => {
                write!(f, "rename table `{table}` to `{to}`")?;
                f.write_str(if *only { ", and leave what refers to it" } else { "" })
            }
            Self::AddColumn { table, column } => added(f, table, column),
            Self::DropColumn { table, column, cascade } => {
                write!(f, "drop column `{column}` of table `{table}`")?;
                f.write_str(if *cascade { ", and what its table builds on it" } else { "" })
            }
            Self::RenameColumn { table, column, to } => {
                write!(f, "rename column `{column}` of table `{table}` to `{to}`")
            }
            Self::AlterColumnType { table, column, declared_type, using } => {
                if declared_type.is_empty() {
                    write!(f, "drop the type of column `{column}` of table `{table}`")?;
                } else {
                    write!(f, "change column `{column}` of table `{table}` to {declared_type}")?;
                }
                using.as_ref().map_or(Ok(()), |using| write!(f, ", each value made by `{using}`"))
            }
            Self::SetNotNull { table, column, fill } => {
                write!(f, "make column `{column}` of table `{table}` NOT NULL")?;
                fill.as_ref().map_or(Ok(()), |fill| write!(f, ", each NULL filled with `{fill}`"))
            }
            Self::DropNotNull { table, column } => {
                write!(f, "drop NOT NULL of column `{column}` of table `{table}`")
            }
            Self::SetDefault { table, column, default } => {
                write!(f, "set the default of column `{column}` of table `{table}` to {default}")
            }
            Self::DropDefault { table, column } => {
                write!(f, "drop the default of column `{column}` of table `{table}`")
            }
            Self::SetCollate { table, column, collate: Some(collation) } => {
                write!(
                    f,
                    "set the collation of column `{column}` of table `{table}` to {collation}"
                )
            }
            Self::SetCollate { table, column, collate: None } => {
                write!(f, "drop the collation of column `{column}` of table `{table}`")
            }
            Self::AddIndex(index) => index_added(f, index),
            Self::DropIndex { name, if_exists } => {
                write!(f, "drop index `{name}`{}", if_it_exists(*if_exists))
            }
            Self::RenameIndex { name, to } => write!(f, "rename index `{name}` to `{to}`"),
            Self::AddUnique { table, unique } => {
                write!(f, "add UNIQUE ({}) to table `{table}`", names(&unique.columns))?;
                called(f, unique.name.as_deref())
            }
            Self::AddCheck { table, check } => {
                write!(f, "add CHECK ({}) to table `{table}`", check.expression)?;
                called(f, check.name.as_deref())
            }
            Self::AddForeignKey { table, foreign_key: key } => {
                let (child, parent) = (names(&key.columns), names(&key.ref_columns));
                write!(f, "add a foreign key from table `{table}` ({child})")?;
                write!(f, " to table `{}` ({parent})", key.ref_table)?;
                called(f, key.name.as_deref())
            }
            Self::DropConstraint { table, constraint } => {
                write!(f, "drop {constraint} of table `{table}`")
            }
            Self::DropForeignKey { table, columns } => {
                write!(f, "drop the foreign key on ({}) of table `{table}`", names(columns))
            }
            Self::SetPrimaryKey { table, key } => key_set(f, table, key),
            Self::ReorderColumns { table, columns } => match columns.as_slice() {
                [one] => write!(f, "put column `{one}` first in table `{table}`"),
                many => write!(f, "put columns {} first in table `{table}`", names(many)),
            },
            Self::SetTableOptions { table, options } => options_set(f, table, *options),
            Self::Execute { sql } => write!(f, "execute `{}`", opening(sql)),
        }
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

fn names<'n>(names: impl IntoIterator<Item = &'n String>) -> String {
    names.into_iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

fn if_it_exists(if_exists: bool) -> &'static str {
    if if_exists { ", if it exists" } else { "" }
}

fn called(f: &mut Formatter<'_>, name: Option<&str>) -> fmt::Result {
    name.map_or(Ok(()), |name| write!(f, ", called `{name}`"))
}

/// What follows a column's name in its definition.
struct Clauses<'c>(&'c Column);

impl Display for Clauses<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.0.write_clauses(f)
    }
}

fn added(f: &mut Formatter<'_>, table: &str, added: &AddedColumn) -> fmt::Result {
    write!(f, "add column `{}`{} to table `{table}`", added.column.name, Clauses(&added.column))?;
    match &added.place {
        Some(Place::After(other)) => write!(f, " after `{other}`")?,
        Some(Place::Before(other)) => write!(f, " before `{other}`")?,
        None => {}
    }
    let backfill = added.backfill.as_ref();
    backfill.map_or(Ok(()), |value| write!(f, ", existing rows filled with `{value}`"))
}

fn index_added(f: &mut Formatter<'_>, index: &Index) -> fmt::Result {
    f.write_str(if index.unique { "add unique index " } else { "add index " })?;
    if let Some(name) = &index.name {
        write!(f, "`{name}` ")?;
    }
    write!(f, "on table `{}` (", index.table)?;
    for (position, column) in index.columns.iter().enumerate() {
        f.write_str(if position > 0 { ", " } else { "" })?;
        match &column.indexed {
            Indexed::Column(name) => write!(f, "`{name}`")?,
            Indexed::Expression(expression) => f.write_str(expression)?,
        }
        if let Some(collation) = &column.collate {
            write!(f, " COLLATE {collation}")?;
        }
        f.write_str(if column.descending { " DESC" } else { "" })?;
    }
    f.write_str(")")?;
    if let Some(condition) = &index.condition {
        write!(f, " where `{condition}`")?;
    }
    f.write_str(if index.if_not_exists { ", if it does not exist" } else { "" })
}

fn key_set(f: &mut Formatter<'_>, table: &str, key: &PrimaryKey) -> fmt::Result {
    if key.columns.is_empty() {
        return write!(f, "drop the primary key of table `{table}`");
    }
    write!(f, "set the primary key of table `{table}` to {}", names(&key.columns))?;
    f.write_str(match key.autoincrement {
        Some(true) => " with AUTOINCREMENT",
        Some(false) => " without AUTOINCREMENT",
        None => "",
    })?;
    called(f, key.name.as_deref())
}

fn options_set(f: &mut Formatter<'_>, table: &str, options: TableOptions) -> fmt::Result {
    let wanted = [("STRICT", options.strict), ("WITHOUT ROWID", options.without_rowid)];
    let words: Vec<_> = wanted
        .into_iter()
        .filter_map(|(word, wanted)| Some(format!("{}{word}", if wanted? { "" } else { "not " })))
        .collect();
    if words.is_empty() {
        return write!(f, "change no option of table `{table}`");
    }
    write!(f, "make table `{table}` {}", words.join(" and "))
}

/// The first words of a script, on one line.
fn opening(sql: &str) -> String {
    let line = sql.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(SHOWN_OF_A_SCRIPT) {
        Some((end, _)) => format!("{}..", line[..end].trim_end()),
        None => line,
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
