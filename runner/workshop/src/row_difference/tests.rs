use super::super::difference::{ColumnFate, Matching};
use super::*;

const ROWS: &str = "
    CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT, price TEXT);
    INSERT INTO item VALUES (1, 'lamp', '2s 6d'), (2, 'rope', NULL), (3, 'map', '1s');
    CREATE TABLE word (word TEXT PRIMARY KEY, uses INTEGER);
    INSERT INTO word VALUES ('b', 1), ('a', 2), ('c', 3);
    CREATE TABLE pair (one, other, more, PRIMARY KEY (one, other)) WITHOUT ROWID;
    INSERT INTO pair VALUES (1, 1, 'x'), (1, 2, 'y');
    CREATE TABLE loose (word, count); INSERT INTO loose VALUES ('x', 1), ('y', 2), ('x', 1);";

/// The tables `written`, separated by blanks; one with a plus was altered, as often as it is there.
fn writes(written: &str) -> Writes {
    let mut writes = Writes::default();
    for word in written.split_whitespace() {
        match word.strip_suffix('+') {
            Some(table) => *writes.altered.entry(table.to_owned()).or_default() += 1,
            None => _ = writes.tables.insert(word.to_owned()),
        }
    }
    writes
}

/// What a change in SQL is seen as, which has `written` to tables: a line for each table, and for what differs in it.
fn seen(written: &str, change: &str) -> Vec<String> {
    seen_from(ROWS, written, change)
}

fn seen_from(rows: &str, written: &str, change: &str) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    for (name, scripts) in [("before.db", &[rows][..]), ("after.db", &[rows, change])] {
        let connection = Connection::open(path(name)).unwrap();
        scripts.iter().for_each(|sql| connection.execute_batch(sql).unwrap());
    }
    let application = runner_engine::ApplicationNames::default();
    let sides = Sides { before: path("before.db"), after: path("after.db"), application };
    let found = compare(&sides, &writes(written), &|| false).unwrap();
    found.iter().flat_map(lines).collect()
}

fn lines(table: &TableDifference) -> Vec<String> {
    let name = |name: &Option<String>| name.clone().unwrap_or("-".into());
    let by = match &table.matched {
        None => String::new(),
        Some(Matching::Key { columns }) => format!(" by {}", columns.join("+")),
        Some(Matching::Rowid) => " by rowid".into(),
        Some(Matching::Content) => " by content".into(),
    };
    let (before, after) = (name(&table.before), name(&table.after));
    let names = if before == after { before } else { format!("{before} > {after}") };
    let mut lines = vec![format!("{names}: {} > {}{by}", table.rows_before, table.rows_after)];
    for (what, sample) in [("gone", &table.gone), ("new", &table.new)] {
        if !sample.is_empty() {
            lines.push(format!("  {} {what}: {}", sample.count, sample.examples.join("; ")));
        }
    }
    for column in &table.columns {
        let fate = match &column.fate {
            ColumnFate::Changed(sample) => {
                let changes = sample.examples.iter();
                let changes: Vec<_> =
                    changes.map(|it| format!("{}: {} > {}", it.key, it.before, it.after)).collect();
                format!("{} changed: {}", sample.count, changes.join("; "))
            }
            ColumnFate::Dropped { values } => format!("dropped with {values}"),
            ColumnFate::Added => "added".into(),
            ColumnFate::Renamed { to } => format!("renamed to {to}"),
        };
        lines.push(format!("  {}: {fate}", column.name));
    }
    lines.extend(table.not_compared.iter().map(|why| format!("  {why}")));
    lines
}

#[test]
fn values_that_differ_are_told_by_key_and_column() {
    assert_eq!(
        seen("item", "UPDATE item SET price = 30 WHERE id = 1; UPDATE item SET name = upper(name)"),
        [
            "item: 3 > 3 by id",
            "  name: 3 changed: 1: 'lamp' > 'LAMP'; 2: 'rope' > 'ROPE'; 3: 'map' > 'MAP'",
            "  price: 1 changed: 1: '2s 6d' > '30'",
        ]
    );
    assert_eq!(
        seen("pair word", "UPDATE pair SET more = 'z' WHERE other = 2; UPDATE word SET uses = 1.0"),
        [
            "pair: 2 > 2 by one+other",
            "  more: 1 changed: 1, 2: 'y' > 'z'",
            "word: 3 > 3 by word",
            "  uses: 2 changed: 'a': 2 > 1; 'c': 3 > 1",
        ]
    );
}

#[test]
fn rows_that_come_and_go_are_told() {
    assert_eq!(
        seen("item loose", "DELETE FROM item WHERE id = 2; INSERT INTO loose VALUES ('z', 0)"),
        ["item: 3 > 2 by id", "  1 gone: 2", "loose: 3 > 4 by rowid", "  1 new: 4",]
    );
}

#[test]
fn what_nothing_wrote_to_is_not_read() {
    assert_eq!(seen("", "UPDATE item SET price = 0; CREATE INDEX i ON word (uses)"), [""; 0]);
}

#[test]
fn a_row_is_found_by_its_key_wherever_it_lies() {
    let anew = "CREATE TABLE copy (word TEXT PRIMARY KEY, uses INTEGER);
                INSERT INTO copy SELECT * FROM word ORDER BY word; DROP TABLE word;
                ALTER TABLE copy RENAME TO word; UPDATE word SET uses = 9 WHERE word = 'c'";
    assert_eq!(seen("", anew), ["word: 3 > 3 by word", "  uses: 1 changed: 'c': 3 > 9"]);
}

#[test]
fn what_is_renamed_has_lost_nothing() {
    assert_eq!(
        seen("", "ALTER TABLE item RENAME COLUMN price TO cost; ALTER TABLE loose RENAME TO fast"),
        ["item: 3 > 3 by id", "  price: renamed to cost", "loose > fast: 3 > 3 by rowid"]
    );
    let anew = "CREATE TABLE things (id INTEGER PRIMARY KEY, name TEXT, price TEXT);
                INSERT INTO things SELECT * FROM item; DROP TABLE item";
    assert_eq!(seen("", anew), ["item > things: 3 > 3 by id"]);
    let moved = "ALTER TABLE item ADD COLUMN cost; UPDATE item SET cost = price;
                 ALTER TABLE item DROP COLUMN price";
    assert_eq!(seen("item", moved), ["item: 3 > 3 by id", "  price: renamed to cost"]);
}

#[test]
fn what_only_looks_renamed_is_dropped_and_made() {
    let other =
        "DROP TABLE item; CREATE TABLE thing (id INTEGER PRIMARY KEY, name TEXT, price TEXT);
                 INSERT INTO thing VALUES (1, 'lamp', '3s')";
    assert_eq!(seen("", other), ["item > -: 3 > 0", "- > thing: 0 > 1"]);
    let moved = "ALTER TABLE item ADD COLUMN cost; UPDATE item SET cost = price WHERE id > 1;
                 ALTER TABLE item DROP COLUMN price";
    assert_eq!(
        seen("item", moved),
        ["item: 3 > 3 by id", "  price: dropped with 2", "  cost: added"]
    );
}

#[test]
fn columns_come_without_a_look_at_the_rows_and_go_with_their_values() {
    assert_eq!(
        seen(
            "item+ loose+",
            "ALTER TABLE item ADD COLUMN weight; ALTER TABLE loose DROP COLUMN count"
        ),
        ["item: 3 > 3", "  weight: added", "loose: 3 > 3 by rowid", "  count: dropped with 3"]
    );
}

#[test]
fn a_column_that_goes_and_comes_back_has_lost_its_values() {
    let anew = "ALTER TABLE item DROP COLUMN price; ALTER TABLE item ADD COLUMN price TEXT";
    let lost = "  price: 2 changed: 1: '2s 6d' > NULL; 3: '1s' > NULL";
    assert_eq!(seen("item+ item+", anew), ["item: 3 > 3 by id", lost]);
    let more = format!("{anew}; ALTER TABLE item ADD COLUMN weight");
    assert_eq!(seen("item+ item+ item+", &more), ["item: 3 > 3 by id", lost, "  weight: added"]);
}

#[test]
fn rows_without_a_key_that_were_made_anew_are_told_by_their_content() {
    let anew = |rest: &str| {
        format!(
            "CREATE TABLE copy (word, count); INSERT INTO copy SELECT * FROM loose ORDER BY word DESC;
             DROP TABLE loose; ALTER TABLE copy RENAME TO loose; {rest}"
        )
    };
    assert_eq!(seen("", &anew("")), ["loose: 3 > 3 by content"]);
    assert_eq!(
        seen(
            "",
            &anew("DELETE FROM loose WHERE rowid = 1; INSERT INTO loose VALUES ('n', 1), ('n', 2)")
        ),
        ["loose: 3 > 4 by content", "  1 gone: ('y', 2)", "  2 new: ('n', 1); ('n', 2)"]
    );
}

#[test]
fn keys_that_hold_null_and_values_that_look_alike_are_told_apart() {
    let rows = "CREATE TABLE t (k TEXT PRIMARY KEY, v); INSERT INTO t VALUES (NULL, 1), (NULL, 2.0), ('a', x'00');
                CREATE TABLE r (rowid TEXT, _rowid_ TEXT, oid TEXT); INSERT INTO r VALUES (1, 2, 3)";
    assert_eq!(
        seen_from(
            rows,
            "t r",
            "UPDATE t SET v = CASE v WHEN 2 THEN 2 ELSE v END; UPDATE r SET oid = 4"
        ),
        [
            "r: 1 > 1 by content",
            "  1 gone: ('1', '2', '3')",
            "  1 new: ('1', '2', '4')",
            "t: 3 > 3 by rowid",
            "  v: 1 changed: 2: 2.0 > 2",
        ]
    );
}

#[test]
fn what_a_table_loses_while_it_has_another_name_is_seen() {
    assert_eq!(
        seen(
            "x item+ x+ x+",
            "ALTER TABLE item RENAME TO x; UPDATE x SET price = NULL WHERE id = 3;
             ALTER TABLE x ADD COLUMN size; ALTER TABLE x RENAME TO item",
        ),
        ["item: 3 > 3 by id", "  price: 1 changed: 3: '1s' > NULL", "  size: added"]
    );
}

#[test]
fn an_index_of_values_that_are_elsewhere_is_not_taken_for_what_it_was() {
    let rows =
        "CREATE TABLE text (id INTEGER PRIMARY KEY, body); INSERT INTO text VALUES (1, 'hello');
         CREATE VIRTUAL TABLE found USING fts5 (body, content = 'text', content_rowid = 'id');
         INSERT INTO found (found) VALUES ('rebuild')";
    assert_eq!(
        seen_from(rows, "found", "INSERT INTO found (found) VALUES ('delete-all')"),
        ["found: 1 > 1 by content", "  it is an index of values that it does not keep"]
    );
}

#[test]
fn what_is_virtual_is_compared_by_content() {
    let rows = "CREATE VIRTUAL TABLE f USING fts5 (body); INSERT INTO f VALUES ('one'), ('two')";
    assert_eq!(
        seen_from(rows, "f f_content f_data", "UPDATE f SET body = 'three' WHERE rowid = 2"),
        ["f: 2 > 2 by content", "  1 gone: ('two')", "  1 new: ('three')"]
    );
}

#[test]
fn a_large_table_is_compared_in_parts_and_told_in_order() {
    let rows = "CREATE TABLE n (id INTEGER PRIMARY KEY, v);
                WITH RECURSIVE i(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM i WHERE n < 60000)
                INSERT INTO n SELECT n, n FROM i";
    let change = "UPDATE n SET v = -v WHERE id % 10000 = 0; DELETE FROM n WHERE id > 59998";
    assert_eq!(
        seen_from(rows, "n", change),
        [
            "n: 60000 > 59998 by id",
            "  2 gone: 59999; 60000",
            "  v: 5 changed: 10000: 10000 > -10000; 20000: 20000 > -20000; 30000: 30000 > -30000",
        ]
    );
}

#[test]
fn the_end_may_be_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.db");
    Connection::open(&path).unwrap().execute_batch(ROWS).unwrap();
    let application = runner_engine::ApplicationNames::default();
    let sides = Sides { before: path.clone(), after: path, application };
    assert!(compare(&sides, &writes("item"), &|| true).is_err());
}
