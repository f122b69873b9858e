//! A table made anew by SQL, with its rows, where no operation can change it.
//!
//! The SQL states all that it does. `INSERT OR ABORT`, because any constraint of the new table may have an
//! ON CONFLICT of its own, which would leave rows out (<https://sqlite.org/lang_conflict.html>). Columns
//! are qualified by their table: SQLite reads a name in double quotes that nothing has as a string (<https://sqlite.org/quirks.html>), and `CREATE TABLE ... AS SELECT` calls a column
//! otherwise that is named `true`. Where the rows are kept no column has a type, so no value is converted.

mod counter;

use counter::Counter;

use crate::schema::name::{quote, same};
use crate::schema::normal::{Name, Table};
use crate::schema::{Affinity, ROWID, Table as Old};

/// The statements that give `old` the shape of `new` and keep its rows. They are copied twice, so that
/// no name changes under the views that read the table.
///
/// `added` are columns that `old` has by then; `is_taken` tests whether a name is in use.
pub(super) fn rebuild_script(
    old: &Old,
    added: &[Name],
    new: &Table,
    is_taken: impl Fn(&str) -> bool,
) -> String {
    let free = |what: &str| quote(&free(&format!("{}_{what}", old.name), &is_taken));
    let (own, aside) = (quote(&old.name), free("aside"));
    let kept = kept(old, added, new);
    let counter = Counter::of(old, new, free("counter"));
    let mut script = vec![declare(&aside, &kept), copy_aside(&own, &aside, &kept)];
    // Before the table goes, and its counter with it.
    script.extend(counter.iter().flat_map(Counter::keep));
    script.push(format!("DROP TABLE {own}"));
    script.push(new.to_string());
    script.push(copy_back(&own, &aside, &kept));
    script.extend(counter.iter().flat_map(Counter::put_back));
    script.extend(prove(&old.name, &aside, &free("proof"), &kept));
    script.push(format!("DROP TABLE {aside}"));
    script.join(";\n") + ";"
}

/// `name`, or what it is with a number behind it.
fn free(name: &str, is_taken: impl Fn(&str) -> bool) -> String {
    let numbered = (2_u32..).map(|number| format!("{name}_{number}"));
    let mut names = std::iter::once(name.to_owned()).chain(numbered);
    names.find(|name| !is_taken(name)).unwrap_or_default()
}

/// A value of each row: what it is read from, where it is kept, and where it goes.
struct Kept {
    source: String,
    aside: String,
    may_be_null: bool,
    target: String,
    return_: Return,
}

/// How a value comes back.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Return {
    /// As it was.
    Unchanged,
    /// Perhaps converted by the type of the new column. That is reported as a loss.
    Converted,
}

/// What is kept of each row. It is never nothing, so that as many rows come back as there were.
fn kept(old: &Old, added: &[Name], new: &Table) -> Vec<Kept> {
    let has = |name: &Name| old.column(name.as_str()).is_some() || added.contains(name);
    let plain = || new.columns.iter().filter(|column| column.generated.is_none());
    let column = |name: &Name| Kept {
        source: format!("old.{}", quote(name.as_str())),
        aside: name.as_str().to_owned(),
        may_be_null: !becomes_rowid(old, new, name),
        target: name.as_str().to_owned(),
        return_: return_of(old, new, name),
    };
    let mut kept: Vec<Kept> =
        plain().map(|it| &it.name).filter(|name| has(name)).map(column).collect();
    let aside = free("row", |name| kept.iter().any(|it| same(&it.aside, name)));
    let row = |source: String, target: String, return_| Kept {
        source,
        aside,
        may_be_null: true,
        target,
        return_,
    };
    let is_free = |name: &&str| old.column(name).is_none() && !added.iter().any(|it| it.is(name));
    let rowid = ROWID.into_iter().find(is_free).filter(|_| !old.without_rowid);
    match (rowid, rowid_target(new, has), plain().next()) {
        (Some(rowid), Some(target), _) => {
            kept.push(row(format!("old.{rowid}"), target, Return::Unchanged));
        }
        (None, Some(target), _) if kept.is_empty() => {
            kept.push(row("NULL".to_owned(), target, Return::Converted));
        }
        (_, None, Some(first)) if kept.is_empty() => {
            let default = first.default.as_ref().map_or("NULL", |words| words.as_str());
            let target = first.name.as_str().to_owned();
            kept.push(row(format!("({default})"), target, Return::Converted));
        }
        _ => {}
    }
    kept
}

/// Whether the column is to be the rowid and was not: SQLite would give each NULL in it a number.
fn becomes_rowid(old: &Old, new: &Table, name: &Name) -> bool {
    new.is_key(name.as_str())
        && new.primary_key.as_ref().is_some_and(|key| key.is_rowid)
        && !old.rowid_alias().is_some_and(|alias| name.is(&alias.name))
}

/// What becomes of the values of a column that both tables have.
fn return_of(old: &Old, new: &Table, name: &Name) -> Return {
    let (Some(before), Some(after)) = (old.column(name.as_str()), new.column(name.as_str())) else {
        return Return::Converted;
    };
    let before = Affinity::in_table(&before.declared_type, old.strict);
    let after = Affinity::in_table(&after.declared_type, new.strict);
    match after == before || after == Affinity::Blob {
        true => Return::Unchanged,
        false => Return::Converted,
    }
}

/// What takes the old rowids: a new key that is the rowid, or the rowid itself.
pub(super) fn rowid_target(new: &Table, has: impl Fn(&Name) -> bool) -> Option<String> {
    if new.without_rowid {
        return None;
    }
    match &new.primary_key {
        Some(key) if key.is_rowid => {
            let name = &key.columns[0].name;
            (!has(name)).then(|| String::from(name))
        }
        _ => {
            let free = ROWID.into_iter().find(|name| new.column(name).is_none());
            free.map(str::to_owned)
        }
    }
}

fn declare(aside: &str, kept: &[Kept]) -> String {
    let columns = kept.iter().map(|it| {
        let rule = if it.may_be_null { "" } else { " NOT NULL" };
        quote(&it.aside) + rule
    });
    format!("CREATE TABLE {aside} ({})", columns.collect::<Vec<_>>().join(", "))
}

fn copy_aside(own: &str, aside: &str, kept: &[Kept]) -> String {
    let targets: Vec<_> = kept.iter().map(|it| quote(&it.aside)).collect();
    let sources: Vec<_> = kept.iter().map(|it| it.source.as_str()).collect();
    let (targets, sources) = (targets.join(", "), sources.join(", "));
    format!("INSERT OR ABORT INTO {aside} ({targets}) SELECT {sources} FROM {own} AS old")
}

fn copy_back(own: &str, aside: &str, kept: &[Kept]) -> String {
    let targets: Vec<_> = kept.iter().map(|it| quote(&it.target)).collect();
    let sources: Vec<_> = kept.iter().map(|it| format!("kept.{}", quote(&it.aside))).collect();
    let (targets, sources) = (targets.join(", "), sources.join(", "));
    format!("INSERT OR ABORT INTO {own} ({targets}) SELECT {sources} FROM {aside} AS kept")
}

/// Stops if there are fewer rows than before, or one whose values are others, with this constraint's name.
fn prove(name: &str, aside: &str, proof: &str, kept: &[Kept]) -> Vec<String> {
    let rule = quote(&format!("every row of {name} is kept"));
    let own = quote(name);
    let mut script = vec![
        format!("CREATE TABLE {proof} (lost CONSTRAINT {rule} CHECK (lost = 0))"),
        format!(
            "INSERT OR ABORT INTO {proof} (lost) \
             SELECT (SELECT count(*) FROM {aside}) - (SELECT count(*) FROM {own})"
        ),
    ];
    let unchanged: Vec<_> = kept.iter().filter(|it| it.return_ == Return::Unchanged).collect();
    // A result has 2,000 columns at most (<https://sqlite.org/limits.html>).
    if (1..=1000).contains(&unchanged.len()) {
        let values = |from: &str, column: fn(&Kept) -> &str| {
            let value = |it: &&Kept| format!("{from}.{0}, typeof({from}.{0})", quote(column(it)));
            unchanged.iter().map(value).collect::<Vec<_>>().join(", ")
        };
        let before = values("kept", |it| &it.aside);
        let after = values("own", |it| &it.target);
        script.push(format!(
            "INSERT OR ABORT INTO {proof} (lost) SELECT count(*) FROM \
             (SELECT {before} FROM {aside} AS kept EXCEPT SELECT {after} FROM {own} AS own)"
        ));
    }
    script.push(format!("DROP TABLE {proof}"));
    script
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether rows of `aside` that became those of `own` pass.
    fn passes(aside: &str, own: &str) -> bool {
        let connection = rusqlite::Connection::open_in_memory().unwrap();
        let rows = "CREATE TABLE aside (a); CREATE TABLE own (a);";
        connection.execute_batch(rows).unwrap();
        connection
            .execute_batch(&format!(
                "INSERT INTO aside VALUES {aside}; INSERT INTO own VALUES {own}"
            ))
            .unwrap();
        let kept = [Kept {
            source: String::new(),
            aside: "a".to_owned(),
            may_be_null: true,
            target: "a".to_owned(),
            return_: Return::Unchanged,
        }];
        connection.execute_batch(&prove("own", "aside", "proof", &kept).join(";")).is_ok()
    }

    #[test]
    fn a_row_that_is_gone_and_a_value_that_is_another_stop_it() {
        assert!(passes("('007'), (NULL), (1.0), ('a')", "('a'), (NULL), ('007'), (1.0)"));
        assert!(!passes("(1), (2)", "(1)"));
        assert!(!passes("('007')", "(7)"));
        assert!(!passes("(1.0)", "(1)"));
        assert!(!passes("('a')", "('A')"));
        assert!(!passes("(NULL)", "('')"));
    }
}
