//! Moves the rows of tables that were set aside into their new shapes, and loses none.

use crate::operation::Refusal;
use crate::perform::rebuild::unfit_rows::Unfit;
use crate::perform::rebuild::{MovedTable, Source};
use crate::perform::session::{Result, RowsOf, Session};
use crate::perform::sqlite_error::Blame;
use crate::perform::verify::attached::Attached;
use crate::schema::name::{quote, same};
use crate::schema::{Column, SchemaError, Table};

impl Session<'_> {
    /// Moves the rows of every table that was set aside.
    ///
    /// # Errors
    /// A row does not fit; the counts differ.
    pub(in crate::perform) fn finish_rebuilds(&mut self) -> Result {
        if let (RowsOf::Left { .. }, Some(moved)) = (&self.rows, self.moved.first()) {
            return Err(Refusal::NotOnline {
                table: Some(moved.called.clone()),
                reason:
                    "one of the changes reads other rows, the number of a row, or what another of them \
                         makes of a row; make it a change of its own, or a step"
                        .into(),
            });
        }
        while let Some(moved) = self.moved.pop() {
            self.move_rows(&moved)?;
        }
        // After all rows, which take values from them.
        while let Some(answers) = self.scratch.pop() {
            self.run(&format!("DROP TABLE temp.{answers}"))?;
        }
        Ok(())
    }

    fn move_rows(&self, moved: &MovedTable) -> Result {
        let schema = self.schema()?;
        let Some(table) = schema.table(&moved.table) else { return Ok(()) };
        // Before anything is taken off: SQLite would number a NULL key by itself, without an error.
        self.require_key(table, moved)?;
        // Indexes are quicker to make from all rows, and triggers must not see them come.
        let attached = Attached::take_off(self, &table.name)?;
        let before: i64 = self.ask(&format!("SELECT count(*) FROM main.{}", moved.aside), [])?;
        let copied = self
            .connection
            .prepare(&self.copy(table, moved, "ABORT")?)?
            .execute([])
            .map_err(|source| self.why_not(table, moved, source))?;
        // Of all checks the cheapest, and the last one that can see a row that no error named.
        let after = i64::try_from(copied).unwrap_or(i64::MAX);
        if before != after {
            return Err(Refusal::RowsLost { table: table.name.clone(), before, after });
        }
        // While both tables are there: dropping the old one takes its AUTOINCREMENT counter along.
        self.keep_sequence(table, moved)?;
        self.run(&format!("DROP TABLE main.{}", moved.aside))?;
        // An index is made from the rows, so that they may break it, or fill the disk, only now.
        attached.put_back(self).map_err(|refusal| match refusal {
            Refusal::Sqlite(source) if Blame::of(&source) != Blame::Statement => {
                not_copied(table, source)
            }
            refusal => refusal,
        })
    }

    /// The statement that moves all rows. It says what is done to a row that breaks a constraint: OR ABORT, so that
    /// no constraint's own ON CONFLICT can leave one out (<https://sqlite.org/lang_conflict.html>).
    pub(super) fn copy(&self, table: &Table, moved: &MovedTable, conflict: &str) -> Result<String> {
        let (into, from) = self.copied(table, moved)?;
        if into.is_empty() {
            return Ok(String::new());
        }
        Ok(format!(
            "INSERT OR {conflict} INTO main.{} ({}) SELECT {} FROM main.{} AS {}",
            quote(&table.name),
            into.join(", "),
            from.join(", "),
            moved.aside,
            quote(&moved.called),
        ))
    }

    /// What is written of each row, in SQL: the columns of `table`, and a value for each over a row that was set
    /// aside.
    pub(in crate::perform) fn copied(
        &self,
        table: &Table,
        moved: &MovedTable,
    ) -> Result<(Vec<String>, Vec<String>)> {
        let old = self.set_aside_as(moved)?;
        let (mut into, mut from) = (Vec::new(), Vec::new());
        if let (None, Some(new), Some(old)) =
            (table.rowid_alias(), table.rowid_name(), old.rowid_name())
        {
            into.push(new.to_owned());
            from.push(old.to_owned());
        }
        for filled in &moved.columns {
            if let Some(value) = filled.source.value(&moved.called) {
                into.push(quote(&filled.name));
                from.push(value);
            }
        }
        if into.is_empty() {
            // Nothing is kept but the number of rows, and there is a column to count with.
            let first = table.columns.iter().find(|column| column.generated().is_none());
            let Some(first) = first else { return Ok((into, from)) };
            into.push(quote(&first.name));
            from.push(first.default_expression().unwrap_or("NULL".into()).into_owned());
        }
        Ok((into, from))
    }

    /// A NULL in a column that is the rowid would silently get a number.
    fn require_key(&self, table: &Table, moved: &MovedTable) -> Result {
        let Some(alias) = table.rowid_alias() else { return Ok(()) };
        let old = self.set_aside_as(moved)?;
        let filled = moved.columns.iter().find(|filled| same(&filled.name, &alias.name));
        match filled.map(|filled| &filled.source) {
            None | Some(Source::Default) => Ok(()),
            Some(Source::Column(name) | Source::Converted(name))
                if old.rowid_alias().is_some_and(|alias| same(&alias.name, name)) =>
            {
                Ok(())
            }
            Some(source) if self.gives_null(moved, source)? => {
                Err(self.nulls_left_by(table, alias, moved, source))
            }
            Some(_) => Ok(()),
        }
    }

    /// Why the rows were not copied. SQLite names the column that is NULL only in its message.
    fn why_not(&self, table: &Table, moved: &MovedTable, error: rusqlite::Error) -> Refusal {
        let code = error.sqlite_error().map(|error| error.extended_code);
        if code == Some(rusqlite::ffi::SQLITE_CONSTRAINT_NOTNULL) {
            for column in table.columns.iter().filter(|column| column.is_not_null()) {
                let filled = moved.columns.iter().find(|filled| same(&filled.name, &column.name));
                // An expression that cannot be asked alone leaves SQLite's own words.
                if let Some(filled) = filled
                    && self.gives_null(moved, &filled.source).unwrap_or(false)
                {
                    return self.nulls_left_by(table, column, moved, &filled.source);
                }
            }
        }
        match Blame::of(&error) {
            Blame::Row => {
                let Unfit { rows, count } = self.rows_not_taken(table, moved, &error);
                Refusal::DoesNotFit { table: table.name.clone(), source: error, rows, count }
            }
            _ => not_copied(table, error),
        }
    }

    /// That rows which were set aside as `moved` would have a NULL from `source` in `column`.
    fn nulls_left_by(
        &self,
        table: &Table,
        column: &Column,
        moved: &MovedTable,
        source: &Source,
    ) -> Refusal {
        let unfit = self.set_aside_as(moved).ok().zip(source.value(&moved.called));
        let unfit = unfit.map(|(old, value)| {
            let from = format!("main.{} AS {}", moved.aside, quote(&moved.called));
            self.rows_where(&old, &from, &format!("{value} IS NULL"))
        });
        let Unfit { rows, count } = unfit.unwrap_or_default();
        let (table, column) = (table.name.clone(), column.name.clone());
        Refusal::NullsLeft { table, column, rows, count }
    }

    fn gives_null(&self, moved: &MovedTable, source: &Source) -> Result<bool> {
        let Some(value) = source.value(&moved.called) else { return Ok(false) };
        let (aside, called) = (&moved.aside, quote(&moved.called));
        self.ask(
            &format!(
                "SELECT EXISTS (SELECT 1 FROM main.{aside} AS {called} WHERE {value} IS NULL)"
            ),
            [],
        )
    }

    /// The table as it was when it was set aside.
    pub(in crate::perform) fn set_aside_as(&self, moved: &MovedTable) -> Result<Table> {
        let text: String = self.ask(
            "SELECT sql FROM main.sqlite_schema WHERE type = 'table' AND name = ?1",
            [&moved.aside],
        )?;
        let failed = |source| SchemaError::Text { name: moved.aside.clone(), source };
        Ok(Table::parse(&text).map_err(failed)?)
    }

    /// The highest number that AUTOINCREMENT gave out may be higher than any that is left
    /// (<https://sqlite.org/autoinc.html>).
    pub(in crate::perform) fn keep_sequence(&self, table: &Table, moved: &MovedTable) -> Result {
        let has_sequence: bool = self.ask(
            "SELECT EXISTS (SELECT 1 FROM main.sqlite_schema WHERE name = 'sqlite_sequence')",
            [],
        )?;
        if !has_sequence {
            return Ok(());
        }
        if !table.is_autoincrement() {
            // The counter, if there is one, goes with the table that is set aside. A statement of our
            // own says that it is to go: a rebuild by hand may have forgotten the word.
            self.connection.execute(
                "UPDATE main.sqlite_sequence SET seq = 0 WHERE name = ?1",
                [&moved.aside],
            )?;
            return Ok(());
        }
        let highest: Option<i64> = self.ask(
            "SELECT max(seq) FROM main.sqlite_sequence WHERE name IN (?1, ?2)",
            [&moved.aside, &table.name],
        )?;
        if let Some(highest) = highest {
            self.connection
                .execute("DELETE FROM main.sqlite_sequence WHERE name = ?1", [&table.name])?;
            self.connection.execute(
                "INSERT INTO main.sqlite_sequence (name, seq) VALUES (?1, ?2)",
                (&table.name, highest),
            )?;
        }
        Ok(())
    }
}

fn not_copied(table: &Table, source: rusqlite::Error) -> Refusal {
    let name = table.name.clone();
    match Blame::of(&source) {
        Blame::Row => Refusal::DoesNotFit { table: name, source, rows: Vec::new(), count: 0 },
        Blame::Statement | Blame::Circumstances => Refusal::NotCopied { table: name, source },
    }
}

#[cfg(test)]
mod tests {
    use crate::operation::{Operation, PrimaryKey, TableOptions};
    use migration_api::Migrator;

    fn refused(setup: &str, operations: Vec<Operation>) -> String {
        let connection = rusqlite::Connection::open_in_memory().unwrap();
        connection.execute_batch(setup).unwrap();
        let error = Migrator::new(&connection).run(operations).unwrap_err();
        error.source().source().unwrap().to_string()
    }

    #[test]
    fn a_table_without_rows_keeps_its_counter() {
        let connection = rusqlite::Connection::open_in_memory().unwrap();
        connection
            .execute_batch(
                "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, a TEXT);
                 INSERT INTO t VALUES (90, 'x'); DELETE FROM t;",
            )
            .unwrap();
        Migrator::new(&connection).alter_column_type("t", "a", "INTEGER").unwrap();
        connection.execute_batch("INSERT INTO t (a) VALUES (1)").unwrap();
        let id: i64 = connection.query_row("SELECT id FROM t", [], |row| row.get(0)).unwrap();
        assert_eq!(id, 91);
    }

    #[test]
    fn a_null_is_told_in_the_same_words_whether_changes_are_merged_or_not() {
        const SETUP: &str = "CREATE TABLE t (a, b); INSERT INTO t VALUES (NULL, 1)";
        let alone = refused(SETUP, vec![Operation::set_not_null("t", "a")]);
        let merged = vec![
            Operation::reorder_columns("t", ["b"]),
            Operation::rename_column("t", "a", "z"),
            Operation::set_not_null("t", "z"),
        ];
        assert_eq!(refused(SETUP, merged), alone.replace("`a`", "`z`"));
    }

    #[test]
    fn a_value_that_a_strict_table_does_not_take_is_told_with_its_column() {
        const SETUP: &str = "CREATE TABLE t (a INT, b INT); INSERT INTO t VALUES ('x', 1)";
        let connection = rusqlite::Connection::open_in_memory().unwrap();
        connection.execute_batch(SETUP).unwrap();
        let strict = Operation::set_table_options("t", TableOptions::new().strict(true));
        for operations in
            [vec![strict.clone()], vec![Operation::reorder_columns("t", ["b"]), strict]]
        {
            let error = Migrator::new(&connection).run(operations).unwrap_err();
            let refusal = error.source().source().unwrap();
            assert!(refusal.to_string().starts_with("a row of `t` does not fit"), "{refusal}");
            let told = refusal.source().unwrap().to_string();
            assert!(told.contains("TEXT value in INT column t.a"), "{told}");
        }
    }

    #[test]
    fn a_null_never_becomes_a_rowid_without_a_word() {
        const SETUP: &str = "CREATE TABLE t (id INT PRIMARY KEY, a INTEGER);
             INSERT INTO t VALUES (NULL, 1), (3, NULL)";
        for operations in [
            vec![Operation::alter_column_type("t", "id", "INTEGER")],
            vec![Operation::set_primary_key("t", PrimaryKey::new(["a"]))],
            vec![Operation::alter_column_type_using("t", "id", "INTEGER", "nullif(a, 1)")],
        ] {
            let refusal = refused(SETUP, operations);
            assert!(refusal.contains("of the rows of `t`, where `"), "{refusal}");
        }
    }

    /// Rebuilds `t` with `using` in the place of `a`: returns the refusal, and SQLite's message.
    fn converted(connection: &rusqlite::Connection, using: &str) -> (String, String) {
        let anew = Operation::alter_column_type_using("t", "a", "INTEGER", using);
        let error = Migrator::new(connection).run([anew]).unwrap_err();
        let refusal = error.source().source().unwrap();
        (refusal.to_string(), refusal.source().unwrap().to_string())
    }

    #[test]
    fn a_full_disk_is_no_matter_of_a_row() {
        let connection = rusqlite::Connection::open_in_memory().unwrap();
        connection
            .execute_batch(
                "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT);
                 WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 999)
                 INSERT INTO t SELECT i, hex(zeroblob(99)) FROM n;",
            )
            .unwrap();
        let pages: i64 = connection.query_row("PRAGMA page_count", [], |row| row.get(0)).unwrap();
        // Room for the new table, and not for the rows.
        connection.pragma_update(None, "max_page_count", pages + 4).unwrap();
        let (refusal, words) = converted(&connection, "a || 'x'");
        assert_eq!(
            refusal,
            "the rows of `t` cannot be copied into its new shape: make room for another copy of \
             them, and try again"
        );
        assert_eq!(words, "database or disk is full");
    }

    #[test]
    fn what_stops_the_copy_is_told_as_what_it_is() {
        use rusqlite::ffi;
        use rusqlite::functions::FunctionFlags;
        let connection = rusqlite::Connection::open_in_memory().unwrap();
        connection.execute_batch("CREATE TABLE t (a, b); INSERT INTO t VALUES ('x', 1)").unwrap();
        // As of one that reads a file, or asks another database.
        connection
            .create_scalar_function("fails_with", 1, FunctionFlags::SQLITE_UTF8, |context| {
                let code = context.get(0)?;
                Err::<i64, _>(rusqlite::Error::SqliteFailure(ffi::Error::new(code), None))
            })
            .unwrap();
        let handle = connection.get_interrupt_handle();
        connection
            .create_scalar_function("stopped", 0, FunctionFlags::SQLITE_UTF8, move |_| {
                handle.interrupt();
                Ok(1)
            })
            .unwrap();
        let fails_with = |code: i32| format!("fails_with({code})");
        for (using, way_out) in [
            ("stopped()".to_owned(), "it was interrupted"),
            (fails_with(ffi::SQLITE_IOERR_READ), "see whether the disk is sound"),
            (fails_with(ffi::SQLITE_NOMEM), "give the process more memory"),
            (fails_with(ffi::SQLITE_BUSY), "wait until nothing else uses the database"),
            (fails_with(ffi::SQLITE_CORRUPT), "the database is damaged"),
            (fails_with(ffi::SQLITE_CANTOPEN), "see that the database, its folder"),
            ("zeroblob(2000000000)".to_owned(), "a value or a row would be longer"),
            ("json(a)".to_owned(), "an expression fails for one of them"),
        ] {
            let (refusal, words) = converted(&connection, &using);
            let expected =
                format!("the rows of `t` cannot be copied into its new shape: {way_out}");
            assert!(refusal.starts_with(&expected), "{using}: {refusal}: {words}");
        }
    }

    #[test]
    fn rows_that_do_not_fit_are_named_with_what_they_hold_and_counted() {
        for (table, rows, expected) in [
            (
                "a TEXT UNIQUE, b",
                "('1', 1), ('01', 2), ('2', 3), ('001', 4)",
                "2 rows of `t` do not fit into its new shape (row 2, `a` is '01'; row 4, `a` is '001')",
            ),
            (
                "a TEXT CHECK (typeof(a) = 'text'), b",
                "('1', 1)",
                "a row of `t` does not fit into its new shape (row 1)",
            ),
            (
                "k TEXT PRIMARY KEY, a TEXT CHECK (typeof(a) = 'text')) WITHOUT ROWID; CREATE TABLE u (a",
                "('x', '1')",
                "a row of `t` does not fit into its new shape: ",
            ),
            (
                "a TEXT, b); CREATE UNIQUE INDEX i ON t (a",
                "('1', 1), ('01', 2), ('2', 3)",
                "1 value of `a` is in several rows of `t` (1 in rows 1 and 2): ",
            ),
        ] {
            let setup = format!("CREATE TABLE t ({table}); INSERT INTO t VALUES {rows}");
            let refusal = refused(&setup, vec![Operation::alter_column_type("t", "a", "INTEGER")]);
            assert!(refusal.starts_with(expected), "{table}: {refusal}");
        }
    }

    #[test]
    fn a_row_is_blamed_for_each_constraint_that_it_breaks() {
        const ROWS: &str = "INSERT INTO t VALUES ('1', 1), ('01', 2)";
        for (table, operation) in [
            ("a TEXT CHECK (typeof(a) = 'text'), b", None),
            ("a TEXT UNIQUE, b", None),
            ("a TEXT, b, PRIMARY KEY (a)", None),
            ("a TEXT, b", Some(Operation::set_primary_key("t", PrimaryKey::new(["a"])))),
        ] {
            let anew = Operation::alter_column_type("t", "a", "INTEGER");
            let setup = format!("CREATE TABLE t ({table}); {ROWS}");
            let refusal = refused(&setup, operation.into_iter().chain([anew]).collect());
            assert!(refusal.contains("not fit into its new shape"), "{table}: {refusal}");
        }
        let setup = "CREATE TABLE t (a TEXT PRIMARY KEY, b); INSERT INTO t VALUES ('x', 1)";
        let refusal = refused(setup, vec![Operation::alter_column_type("t", "a", "INTEGER")]);
        assert!(refusal.starts_with("a row of `t` does not fit"), "{refusal}");
    }
}
