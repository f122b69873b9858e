//! Changes the type of a column.

use crate::perform::alter::tables::{require_same_rowids, reread};
use crate::perform::rebuild::Source;
use crate::perform::session::{Result, Session, find_column, find_table, refuse_generated};
use crate::perform::validate::check_type;
use crate::schema::name::same;
use crate::schema::{Column, Draft, Table};

impl Session<'_> {
    pub(in crate::perform) fn alter_column_type(
        &mut self,
        table: &str,
        column: &str,
        declared_type: &str,
        using: Option<&str>,
    ) -> Result {
        let schema = self.schema()?;
        let table = find_table(&schema, table)?;
        let column = find_column(table, column)?;
        check_type(declared_type)?;
        if using.is_some() {
            refuse_generated(table, column, "using")?;
        }
        if using.is_none() && column.declared_type == declared_type {
            return Ok(());
        }
        let mut draft = Draft::of(table);
        draft.set_type(column, declared_type);
        let changed = reread(draft, &table.name)?;
        let rowid = |table: &Table| table.rowid_alias().map(|alias| alias.name.clone());
        // The text alone is changed where SQLite would store and order every value as it is. The type of a STRICT
        // table is a rule for each value, and an INTEGER PRIMARY KEY is the rowid.
        let means_the_same = using.is_none()
            && !table.strict
            && rowid(table) == rowid(&changed)
            && makes_key_last(table) == makes_key_last(&changed)
            && changed.column(&column.name).is_some_and(|new| new.affinity() == column.affinity());
        if means_the_same {
            return self.rewrite(table, &changed.sql);
        }
        require_same_rowids(&schema, table, &changed)?;
        // Before the rebuild: this may have to move rows that are set aside, and they would come without their
        // new values.
        let source = match using {
            Some(text) => Source::Expression(self.over_old_row("using", text, table)?),
            None => self.converted(table, column)?,
        };
        self.rebuild(table, &changed.sql)?;
        self.refill(table, column, source);
        Ok(())
    }

    /// Converts the values of `column` to another type. What an expression made of them must be stored
    /// first, as must values that have another type already.
    fn converted(&mut self, table: &Table, column: &Column) -> Result<Source> {
        let source = self
            .moved_as_mut(&table.name)
            .and_then(|moved| moved.filled(&column.name).map(|filled| filled.source.clone()));
        match source {
            None => Ok(Source::Converted(column.name.clone())),
            Some(Source::Column(old)) => Ok(Source::Converted(old)),
            Some(Source::Converted(_) | Source::Expression(_) | Source::Default) => {
                self.finish_rebuilds()?;
                Ok(Source::Converted(column.name.clone()))
            }
        }
    }

    /// The column gets `source` when the rows are moved.
    pub(in crate::perform) fn refill(&mut self, table: &Table, column: &Column, source: Source) {
        let moved = self.moved_as_mut(&table.name);
        if let Some(filled) = moved.and_then(|moved| moved.filled(&column.name)) {
            filled.source = source;
        }
    }
}

/// Whether SQLite makes the index of the primary key after those of UNIQUE. It knows automatic indexes
/// by their number alone, so under another order each would be taken for the other.
fn makes_key_last(table: &Table) -> bool {
    let is_integer = |name: &str| {
        table.column(name).is_some_and(|column| same(&column.declared_type, "INTEGER"))
    };
    table.without_rowid && matches!(&table.primary_key()[..], [key] if is_integer(&key.name))
}

#[cfg(test)]
mod tests {
    use migration_api::Migrator;

    #[test]
    fn automatic_indexes_stay_those_of_their_constraints() {
        for (from, to) in [("INTEGER", "INT"), ("INT", "INTEGER")] {
            let connection = rusqlite::Connection::open_in_memory().unwrap();
            connection
                .execute_batch(&format!(
                    "CREATE TABLE t (k {from} PRIMARY KEY, a UNIQUE, b) WITHOUT ROWID;
                     INSERT INTO t VALUES (1, 30, 'x'), (2, 20, 'y'), (3, 10, 'z');"
                ))
                .unwrap();
            let ask = |sql| -> String { connection.query_row(sql, [], |row| row.get(0)).unwrap() };
            Migrator::new(&connection).alter_column_type("t", "k", to).unwrap();
            assert_eq!(ask("PRAGMA integrity_check"), "ok", "{from} to {to}");
            assert_eq!(ask("SELECT b FROM t WHERE a = 10"), "z");
            Migrator::new(&connection).rename_column("t", "k", "key").unwrap();
            assert_eq!(ask("PRAGMA integrity_check"), "ok", "{from} to {to}");
            assert_eq!(ask("SELECT group_concat(key || a || b) FROM t"), "130x,220y,310z");
        }
    }
}
