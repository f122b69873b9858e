use super::*;
use crate::operation::{Check, ForeignKey, Index, PrimaryKey, Unique};
use migration_api::Migrator;

const SETUP: &str = "CREATE TABLE p (k INTEGER PRIMARY KEY, c TEXT UNIQUE);
    CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT NOT NULL DEFAULT 'x' COLLATE NOCASE, b INT,
      CONSTRAINT u UNIQUE (b), CHECK (b > 0), FOREIGN KEY (b) REFERENCES p (k) ON DELETE CASCADE);
    CREATE UNIQUE INDEX i ON t (lower(a) DESC, b) WHERE b IS NOT NULL;
    INSERT INTO p VALUES (1, 'a'); INSERT INTO t VALUES (3, 'q', 1), (5, 'r', NULL);";

fn meaning(connection: &rusqlite::Connection) -> Vec<String> {
    let questions = [
        "SELECT group_concat(name || type || \"notnull\" || ifnull(dflt_value, '-') || pk) \
         FROM pragma_table_info('t')",
        "SELECT group_concat(name || \"unique\" || partial) FROM \
         (SELECT * FROM pragma_index_list('t') ORDER BY origin, name)",
        "SELECT group_concat(\"table\" || \"from\" || \"to\" || on_delete) \
         FROM pragma_foreign_key_list('t')",
        "SELECT strict || wr FROM pragma_table_list('t')",
        "SELECT group_concat(quote(id) || quote(a) || quote(b)) FROM t",
    ];
    let ask = |sql| connection.query_row(sql, [], |row| row.get::<_, Option<String>>(0));
    questions.iter().map(|sql| ask(sql).unwrap().unwrap_or_default()).collect()
}

#[test]
fn there_and_back_is_where_it_began() {
    for operation in [
        Operation::create_table(
            crate::operation::Table::new("n").column(crate::operation::Column::text("a")),
        ),
        Operation::rename_table("T", "z"),
        Operation::rename_table_only("T", "z"),
        Operation::rename_column("t", "A", "z"),
        Operation::add_column("t", crate::operation::Column::text("z").unique()),
        Operation::alter_column_type("t", "b", "TEXT"),
        Operation::set_not_null("t", "id"),
        Operation::drop_not_null("t", "a"),
        Operation::set_default("t", "a", "y"),
        Operation::set_default("t", "b", 7),
        Operation::drop_default("t", "a"),
        Operation::drop_collate("t", "a"),
        Operation::set_collate("t", "b", "RTRIM"),
        Operation::add_index(Index::on("t", ["a"])),
        Operation::drop_index("I"),
        Operation::rename_index("i", "z"),
        Operation::add_unique("t", Unique::new(["a"])),
        Operation::add_check("t", Check::new("a <> 'z'").named("z")),
        Operation::drop_constraint("t", "U"),
        Operation::drop_constraint("t", WhichConstraint::Check("b>0".into())),
        Operation::drop_foreign_key("t", ["B"]),
        Operation::set_primary_key("t", PrimaryKey::new(["a"])),
        Operation::reorder_columns("t", ["b"]),
        Operation::set_table_options("t", TableOptions::new().without_rowid(true)),
        Operation::set_table_options("p", TableOptions::new().strict(true)),
    ] {
        let connection = rusqlite::Connection::open_in_memory().unwrap();
        connection.execute_batch(SETUP).unwrap();
        let before = meaning(&connection);
        let schema = Schema::read(&connection).unwrap();
        let inverse = operation.inverse(&schema).unwrap_or_else(|| panic!("{operation}"));
        let mut migrator = Migrator::new(&connection);
        migrator.run([operation.clone()]).unwrap_or_else(|error| panic!("{error:?}"));
        migrator.run([inverse]).unwrap_or_else(|error| panic!("{operation}: {error:?}"));
        assert_eq!(meaning(&connection), before, "{operation}");
    }
}

#[test]
fn a_default_that_is_a_bare_word_comes_back_as_the_string_that_it_is() {
    let connection = rusqlite::Connection::open_in_memory().unwrap();
    connection
        .execute_batch("CREATE TABLE t (a DEFAULT it, b DEFAULT [i's], c DEFAULT true)")
        .unwrap();
    let schema = Schema::read(&connection).unwrap();
    for (column, value) in [("a", "'it'"), ("b", "'i''s'"), ("c", "true")] {
        let inverse = Operation::drop_default("t", column).inverse(&schema);
        assert_eq!(inverse, Some(Operation::set_default_sql("t", column, value)));
    }
}

#[test]
fn a_default_comes_back_with_its_value_however_it_is_spelled() {
    for default in [
        "abc",
        "\"a b\"",
        "[it's]",
        "`x`",
        "'it''s'",
        "''",
        "key",
        "No",
        "first",
        "desc",
        "abort",
        "5",
        "-5",
        "+5",
        "- 5",
        "+ 5",
        "-'5'",
        "1e3",
        "-1.5e-3",
        ".5",
        "0x10",
        "-0x10",
        "1_000",
        "9223372036854775808",
        "-9223372036854775808",
        "9e999",
        "x'00ff'",
        "X''",
        "NULL",
        "TRUE",
        "False",
        "\"true\"",
        "CURRENT_DATE",
        "current_date",
        "(abs(-1))",
        "(1 + 2)",
        "('a' || 'b')",
        "((7))",
        "/* why */ abc",
        "-- why\n abc",
        "/* why */ true",
        "(-- why\n 1)",
    ] {
        let connection = rusqlite::Connection::open_in_memory().unwrap();
        connection.execute_batch(&format!("CREATE TABLE t (a DEFAULT {default}, b)")).unwrap();
        let value = || -> String {
            connection.execute("INSERT INTO t (b) VALUES (1)", []).unwrap();
            connection
                .query_row("SELECT quote(a) || typeof(a) FROM t ORDER BY rowid DESC", [], |r| {
                    r.get(0)
                })
                .unwrap()
        };
        let before = value();
        let schema = Schema::read(&connection).unwrap();
        for change in [Operation::drop_default("t", "a"), Operation::set_default("t", "a", "y")] {
            let inverse = change.inverse(&schema).unwrap();
            Migrator::new(&connection)
                .run([change, inverse.clone()])
                .unwrap_or_else(|error| panic!("{default}: {inverse}: {error:?}"));
            assert_eq!(value(), before, "{default}: {inverse}");
        }
    }
}

#[test]
fn what_is_lost_has_no_way_back() {
    let connection = rusqlite::Connection::open_in_memory().unwrap();
    connection.execute_batch(SETUP).unwrap();
    let schema = Schema::read(&connection).unwrap();
    for operation in [
        Operation::drop_table("t"),
        Operation::drop_column("t", "b"),
        Operation::execute("SELECT 1"),
        Operation::set_not_null_filling("t", "b", "1"),
        Operation::alter_column_type_using("t", "b", "TEXT", "hex(b)"),
        Operation::drop_default("t", "b"),
        Operation::add_foreign_key("t", ForeignKey::new(["b"]).references("p", ["k"])),
        Operation::rename_table("nothing", "x"),
    ] {
        assert_eq!(operation.inverse(&schema), None, "{operation}");
    }
}
