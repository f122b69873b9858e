//! Constraints: added and dropped, at a table or at a column.

use crate::operation::Refusal;
use crate::operation::{Check, ForeignKey, Unique, WhichConstraint};
use crate::perform::alter::tables::reread;
use crate::perform::rebuild::{Filled, Source};
use crate::perform::session::{Result, Session, find_column, find_table};
use crate::perform::validate::parse;
use crate::schema::means;
use crate::schema::name::{literal, quote, same, spell_all};
use crate::schema::{ClauseKind, Column, ConstraintKind, Draft, Table};
use crate::suggest::near;

impl Session<'_> {
    pub(in crate::perform) fn add_unique(&mut self, table: &str, unique: &Unique) -> Result {
        let schema = self.schema()?;
        let table = find_table(&schema, table)?;
        for column in &unique.columns {
            find_column(table, column)?;
        }
        let mut draft = Draft::of(table);
        draft.add_constraint(&unique.to_string());
        self.rebuild(table, &draft.finish())
    }

    pub(in crate::perform) fn add_check(&mut self, table: &str, check: &Check) -> Result {
        let schema = self.schema()?;
        let table = find_table(&schema, table)?;
        parse("check", &check.expression)?;
        let mut draft = Draft::of(table);
        draft.add_constraint(&check.to_string());
        self.rewrite(table, &draft.finish())?;
        self.resolve("check", &check.expression, &table.name)?;
        let rows: i64 = self.ask(
            &format!(
                "SELECT count(*) FROM main.{} WHERE NOT (\n{}\n)",
                quote(&table.name),
                check.expression
            ),
            [],
        )?;
        if rows == 0 {
            return Ok(());
        }
        let from = format!("main.{}", quote(&table.name));
        let condition = format!("NOT (\n{}\n)", check.expression);
        let examples = self.rows_where(table, &from, &condition).rows;
        let check = match &check.name {
            Some(name) => format!("`{name}`"),
            None => format!("({})", check.expression),
        };
        Err(Refusal::CheckFails { table: table.name.clone(), check, rows, examples })
    }

    pub(in crate::perform) fn add_foreign_key(&mut self, table: &str, key: &ForeignKey) -> Result {
        let schema = self.schema()?;
        let table = find_table(&schema, table)?;
        for column in &key.columns {
            find_column(table, column)?;
        }
        let parent = find_table(&schema, &key.ref_table)?;
        for column in &key.ref_columns {
            find_column(parent, column)?;
        }
        let mut draft = Draft::of(table);
        draft.add_constraint(&key.to_string());
        self.rewrite(table, &draft.finish())
    }

    pub(in crate::perform) fn drop_constraint(
        &mut self,
        table: &str,
        which: &WhichConstraint,
    ) -> Result {
        let schema = self.schema()?;
        let table = find_table(&schema, table)?;
        let mut rest = table.clone();
        let mut found = Found::default();
        while let Some((next, cost)) = without_one(&rest, which)? {
            rest = next;
            found.any = true;
            found.index |= cost == Cost::Index;
            found.default |= cost == Cost::Default;
        }
        if !found.any {
            return Err(unknown(table, which));
        }
        if found.index || (found.default && self.has_rows(&table.name)?) {
            self.rebuild(table, &rest.sql)?;
            self.keep_generated(table, &rest);
            Ok(())
        } else {
            self.rewrite(table, &rest.sql)
        }
    }

    /// A column that was generated keeps its values when nothing generates them any more.
    fn keep_generated(&mut self, before: &Table, now: &Table) {
        let Some(moved) = self.moved_as_mut(&now.name) else { return };
        let names = before.columns.iter().filter(|column| column.generated().is_some());
        for name in names.map(|column| &column.name) {
            if now.column(name).is_some_and(|column| column.generated().is_none()) {
                let source = Source::Column(name.clone());
                moved.columns.push(Filled { name: name.clone(), source });
            }
        }
    }

    pub(in crate::perform) fn drop_foreign_key(
        &mut self,
        table: &str,
        columns: &[String],
    ) -> Result {
        self.drop_constraint(table, &WhichConstraint::ForeignKey(columns.to_vec()))
    }
}

#[derive(Default)]
struct Found {
    any: bool,
    index: bool,
    default: bool,
}

/// What dropping a constraint takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cost {
    /// Its text is removed.
    Text,
    /// Its index is dropped too.
    Index,
    /// Old rows may read it.
    Default,
}

/// `table` without its foreign keys.
pub(in crate::perform) fn without_foreign_keys(table: &Table) -> Result<Table> {
    let mut rest = table.clone();
    let keys: Vec<_> = table.foreign_keys().map(|key| key.columns.clone()).collect();
    for columns in keys {
        if let Some((next, _)) = without_one(&rest, &WhichConstraint::ForeignKey(columns))? {
            rest = next;
        }
    }
    Ok(rest)
}

/// `table` without one of the constraints that `which` means, or `None` if it has none of them.
fn without_one(table: &Table, which: &WhichConstraint) -> Result<Option<(Table, Cost)>> {
    let at_table = table
        .constraints
        .iter()
        .position(|constraint| means(which, constraint.name.as_deref(), &constraint.kind));
    if let Some(position) = at_table {
        let cost = match table.constraints[position].kind {
            ConstraintKind::PrimaryKey { .. } | ConstraintKind::Unique { .. } => Cost::Index,
            _ => Cost::Text,
        };
        let mut draft = Draft::of(table);
        draft.remove_constraint(position);
        return Ok(Some((reread(draft, &table.name)?, cost)));
    }
    for column in &table.columns {
        for (position, clause) in column.clauses.iter().enumerate() {
            let meant = match which {
                // A name may be that of a clause that no table constraint could say.
                WhichConstraint::Named(name) => {
                    clause.name.as_ref().is_some_and(|own| same(own, name))
                }
                which => clause.as_constraint(column).is_some_and(|kind| means(which, None, &kind)),
            };
            if meant {
                return without_clause(table, column, position).map(Some);
            }
        }
    }
    Ok(None)
}

fn without_clause(table: &Table, column: &Column, position: usize) -> Result<(Table, Cost)> {
    let clause = &column.clauses[position];
    let mut draft = Draft::of(table);
    draft.remove_clause(clause);
    let cost = match &clause.kind {
        ClauseKind::PrimaryKey { .. } | ClauseKind::Unique(_) | ClauseKind::Collate(_) => {
            Cost::Index
        }
        ClauseKind::Default(_) | ClauseKind::Generated { .. } => Cost::Default,
        _ => Cost::Text,
    };
    if matches!(clause.kind, ClauseKind::References(_)) {
        let behind = column.clauses[position + 1..].iter();
        let deferrals = behind.take_while(|next| !matches!(next.kind, ClauseKind::References(_)));
        for deferral in deferrals.filter(|next| matches!(next.kind, ClauseKind::Deferral)) {
            draft.remove_clause(deferral);
        }
    }
    Ok((reread(draft, &table.name)?, cost))
}

fn unknown(table: &Table, which: &WhichConstraint) -> Refusal {
    let (constraint, near) = match which {
        WhichConstraint::Named(name) => {
            let at_columns =
                table.columns.iter().flat_map(|column| &column.clauses).map(|clause| &clause.name);
            let names: Vec<&str> = table
                .constraints
                .iter()
                .map(|constraint| &constraint.name)
                .chain(at_columns)
                .filter_map(Option::as_deref)
                .collect();
            (format!("`{name}`"), near(name, names))
        }
        WhichConstraint::Unique(columns) => (format!("UNIQUE ({})", spell_all(columns)), vec![]),
        WhichConstraint::Check(text) => (format!("CHECK {}", literal(text)), vec![]),
        WhichConstraint::ForeignKey(columns) => {
            (format!("FOREIGN KEY ({})", spell_all(columns)), vec![])
        }
    };
    Refusal::UnknownConstraint { table: table.name.clone(), constraint, near }
}

#[cfg(test)]
mod tests {
    use crate::operation::WhichConstraint;
    use migration_api::Migrator;

    #[test]
    fn a_key_goes_with_what_was_said_about_when_it_is_checked() {
        let connection = rusqlite::Connection::open_in_memory().unwrap();
        connection
            .execute_batch(
                "CREATE TABLE p (k INTEGER PRIMARY KEY);
                 CREATE TABLE t (a REFERENCES p (k) DEFERRABLE INITIALLY DEFERRED NOT NULL UNIQUE,
                   CONSTRAINT c CHECK (a > 0) CHECK (a < 9));",
            )
            .unwrap();
        let mut migrator = Migrator::new(&connection);
        migrator.drop_foreign_key("t", ["A"]).unwrap();
        migrator.drop_constraint("t", "C").unwrap();
        migrator.drop_constraint("t", WhichConstraint::Unique(vec!["a".into()])).unwrap();
        migrator.drop_constraint("t", WhichConstraint::Unique(vec!["a".into()])).unwrap_err();
        let sql: String = connection
            .query_row("SELECT sql FROM sqlite_schema WHERE name = 't'", [], |row| row.get(0))
            .unwrap();
        let words: Vec<_> = sql.split_whitespace().collect();
        assert_eq!(words.join(" "), "CREATE TABLE t (a NOT NULL, CHECK (a < 9))");
    }
}
