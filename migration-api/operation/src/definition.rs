//! The SQL that defines columns, constraints, indexes and tables. Each `Display` here is a fragment
//! of SQL, with every name in double quotes.

use std::fmt::{self, Display, Formatter};

use super::default_value::DefaultValue;
use super::{
    Action, Check, Column, Conflict, Constraint, ForeignKey, Generated, Index, IndexColumn,
    Indexed, KeyColumn, Reference, Storage, Table, Unique,
};
use crate::enclosed::Enclosed;
use crate::name::quote;

/// A name as SQL writes it: in double quotes.
pub struct Quoted<'n>(pub &'n str);

/// Names as SQL writes a list of them, in round brackets.
pub struct QuotedList<'n>(pub &'n [String]);

impl Display for Quoted<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&quote(self.0))
    }
}

impl Display for QuotedList<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("(")?;
        separated(f, self.0.iter().map(|name| Quoted(name)))?;
        f.write_str(")")
    }
}

/// Writes items with commas between them.
fn separated(f: &mut Formatter<'_>, items: impl Iterator<Item = impl Display>) -> fmt::Result {
    for (position, item) in items.enumerate() {
        if position > 0 {
            f.write_str(", ")?;
        }
        item.fmt(f)?;
    }
    Ok(())
}

fn constraint_name(f: &mut Formatter<'_>, name: Option<&str>) -> fmt::Result {
    name.map_or(Ok(()), |name| write!(f, "CONSTRAINT {} ", Quoted(name)))
}

impl Column {
    /// Writes what follows the name: the type and the clauses, each after a blank.
    pub(crate) fn write_clauses(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if let Some(declared_type) = self.declared_type.as_deref().filter(|text| !text.is_empty()) {
            write!(f, " {declared_type}")?;
        }
        match self.primary_key {
            Some(KeyColumn::Plain) => f.write_str(" PRIMARY KEY")?,
            Some(KeyColumn::Autoincrement) => f.write_str(" PRIMARY KEY AUTOINCREMENT")?,
            None => {}
        }
        if self.not_null {
            f.write_str(" NOT NULL")?;
        }
        if self.unique {
            f.write_str(" UNIQUE")?;
        }
        if let Some(default) = &self.default {
            write!(f, " DEFAULT {}", DefaultValue(default))?;
        }
        if let Some(check) = &self.check {
            write!(f, " {check}")?;
        }
        if let Some(collation) = &self.collate {
            write!(f, " COLLATE {}", Quoted(collation))?;
        }
        if let Some(reference) = &self.references {
            write!(f, " {reference}")?;
        }
        self.generated.as_ref().map_or(Ok(()), |generated| write!(f, " {generated}"))
    }
}

impl Display for Column {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        Quoted(&self.name).fmt(f)?;
        self.write_clauses(f)
    }
}

impl Display for Generated {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let storage = match self.storage {
            Storage::Virtual => "VIRTUAL",
            Storage::Stored => "STORED",
        };
        write!(f, "GENERATED ALWAYS AS {} {storage}", Enclosed(&self.expression))
    }
}

impl Display for Check {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        constraint_name(f, self.name.as_deref())?;
        write!(f, "CHECK {}", Enclosed(&self.expression))
    }
}

impl Display for Unique {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        constraint_name(f, self.name.as_deref())?;
        write!(f, "UNIQUE {}", QuotedList(&self.columns))?;
        self.on_conflict.map_or(Ok(()), |conflict| write!(f, " ON CONFLICT {conflict}"))
    }
}

impl Display for Conflict {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Rollback => "ROLLBACK",
            Self::Abort => "ABORT",
            Self::Fail => "FAIL",
            Self::Ignore => "IGNORE",
            Self::Replace => "REPLACE",
        })
    }
}

impl Display for Action {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Cascade => "CASCADE",
            Self::SetNull => "SET NULL",
            Self::SetDefault => "SET DEFAULT",
            Self::Restrict => "RESTRICT",
            Self::NoAction => "NO ACTION",
        })
    }
}

fn actions(
    f: &mut Formatter<'_>,
    on_delete: Option<Action>,
    on_update: Option<Action>,
) -> fmt::Result {
    on_delete.map_or(Ok(()), |action| write!(f, " ON DELETE {action}"))?;
    on_update.map_or(Ok(()), |action| write!(f, " ON UPDATE {action}"))
}

impl Display for Reference {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "REFERENCES {}({})", Quoted(&self.table), Quoted(&self.column))?;
        actions(f, self.on_delete, self.on_update)
    }
}

impl Display for ForeignKey {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        constraint_name(f, self.name.as_deref())?;
        let (child, parent) = (QuotedList(&self.columns), QuotedList(&self.ref_columns));
        write!(f, "FOREIGN KEY {child} REFERENCES {}{parent}", Quoted(&self.ref_table))?;
        actions(f, self.on_delete, self.on_update)?;
        self.deferrable.map_or(Ok(()), |_| f.write_str(" DEFERRABLE INITIALLY DEFERRED"))
    }
}

impl Display for Constraint {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unique(unique) => unique.fmt(f),
            Self::Check(check) => check.fmt(f),
            Self::ForeignKey(foreign_key) => foreign_key.fmt(f),
        }
    }
}

impl Display for Table {
    /// The whole CREATE TABLE.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let guard = if self.if_not_exists { "IF NOT EXISTS " } else { "" };
        write!(f, "CREATE TABLE {guard}{} (", Quoted(&self.name))?;
        separated(f, self.columns.iter())?;
        if !self.primary_key.is_empty() {
            write!(f, ", PRIMARY KEY {}", QuotedList(&self.primary_key))?;
        }
        self.constraints.iter().try_for_each(|constraint| write!(f, ", {constraint}"))?;
        f.write_str(match (self.strict, self.without_rowid) {
            (false, false) => ")",
            (true, false) => ") STRICT",
            (false, true) => ") WITHOUT ROWID",
            (true, true) => ") STRICT, WITHOUT ROWID",
        })
    }
}

impl Display for IndexColumn {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.indexed {
            Indexed::Column(name) => Quoted(name).fmt(f)?,
            Indexed::Expression(expression) => Enclosed(expression).fmt(f)?,
        }
        if let Some(collation) = &self.collate {
            write!(f, " COLLATE {}", Quoted(collation))?;
        }
        f.write_str(if self.descending { " DESC" } else { "" })
    }
}

impl Index {
    /// The CREATE INDEX of this index, under a name.
    #[must_use]
    pub fn definition(&self, name: &str) -> String {
        let unique = if self.unique { "UNIQUE " } else { "" };
        let guard = if self.if_not_exists { "IF NOT EXISTS " } else { "" };
        let columns: Vec<_> = self.columns.iter().map(ToString::to_string).collect();
        let condition =
            self.condition.as_ref().map_or(String::new(), |text| format!(" WHERE {text}"));
        format!(
            "CREATE {unique}INDEX {guard}{} ON {} ({}){condition}",
            Quoted(name),
            Quoted(&self.table),
            columns.join(", ")
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_says_all_that_was_built() {
        let table = Table::new("we\"ird")
            .column(Column::integer("id").autoincrement())
            .column(Column::new("name", "VARCHAR(10)").not_null().unique().collate("NOCASE"))
            .column(Column::real("x").default(-0.5).check(Check::new("x < 1").named("small")))
            .column(Column::untyped("at").default_sql("datetime('now')"))
            .column(Column::text("low").generated("lower(name)").stored())
            .column(Column::integer("p").references("parent", "id").on_update(Action::SetNull))
            .unique(["name", "x"])
            .foreign_key(ForeignKey::new(["x"]).references("parent", ["id"]).initially_deferred())
            .if_not_exists();
        assert_eq!(
            table.to_string(),
            r#"CREATE TABLE IF NOT EXISTS "we""ird" ("id" INTEGER PRIMARY KEY AUTOINCREMENT, "#
                .to_owned()
                + r#""name" VARCHAR(10) NOT NULL UNIQUE COLLATE "NOCASE", "#
                + r#""x" REAL DEFAULT -0.5 CONSTRAINT "small" CHECK (x < 1), "#
                + r#""at" DEFAULT (datetime('now')), "#
                + r#""low" TEXT GENERATED ALWAYS AS (lower(name)) STORED, "#
                + r#""p" INTEGER REFERENCES "parent"("id") ON UPDATE SET NULL, "#
                + r#"UNIQUE ("name", "x"), "#
                + r#"FOREIGN KEY ("x") REFERENCES "parent"("id") DEFERRABLE INITIALLY DEFERRED)"#
        );
        rusqlite::Connection::open_in_memory().unwrap().execute_batch(&table.to_string()).unwrap();
    }

    #[test]
    fn options_and_the_key_of_a_table_stand_at_its_end() {
        let table = Table::new("t").column(Column::text("a")).primary_key(["a"]);
        assert!(
            table
                .clone()
                .strict()
                .without_rowid()
                .to_string()
                .ends_with(r#"("a" TEXT, PRIMARY KEY ("a")) STRICT, WITHOUT ROWID"#)
        );
        assert!(table.without_rowid().to_string().ends_with(") WITHOUT ROWID"));
    }

    #[test]
    fn an_index_says_all_that_was_built() {
        let columns =
            [IndexColumn::new("a").desc().collate("NOCASE"), IndexColumn::expression("lower(b)")];
        let index = Index::on("t", columns).unique().where_("a > 0").if_not_exists();
        assert_eq!(
            index.definition("i"),
            r#"CREATE UNIQUE INDEX IF NOT EXISTS "i" ON "t" ("a" COLLATE "NOCASE" DESC, (lower(b))) WHERE a > 0"#
        );
    }
}
