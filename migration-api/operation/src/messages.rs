//! Every refusal as an author sees it, in one snapshot that is to be read from top to bottom.

use std::error::Error as StdError;
use std::iter;

use insta::assert_snapshot;
use rusqlite::ffi;

use crate::{
    KeyedTable, Kind, Need, OperationError, Refusal, Relayed, SchemaError, SyntaxError,
    SyntaxReason,
};

/// Values of an enum, written as in Rust but without its name. A variant that is left out does not
/// compile; one may be there more than once.
macro_rules! each_variant {
    ($enum:ident: $(
        $variant:ident $(($inner:expr))? $({ $($field:ident $(: $value:expr)?),* $(,)? })?
    ),* $(,)?) => {{
        #[allow(dead_code, unreachable_patterns, reason = "it is there to be compiled")]
        fn is_among_them(error: &$enum) {
            match error { $($enum::$variant { .. } => {})* }
        }
        vec![$($enum::$variant $(($inner))? $({ $($field $(: $value)?),* })?),*]
    }};
}

#[test]
fn every_error_says_what_is_wrong() {
    let mut catalogue = String::from("\n# Operations\n");
    for refusal in refusals() {
        let attempt = "drop column `level` of table `player`".to_owned();
        catalogue += &shown(&OperationError::new(attempt, refusal));
    }
    catalogue += "\n# Schema\n";
    for error in schema_errors() {
        catalogue += &shown(&error);
    }
    insta::with_settings!({ omit_expression => true }, { assert_snapshot!(catalogue) });
}

fn shown(error: &(dyn StdError + 'static)) -> String {
    iter::successors(error.source(), |cause| StdError::source(*cause))
        .filter(|cause| !cause.is::<ffi::Error>())
        .fold(format!("\n{error}\n"), |text, cause| text + &format!("  caused by: {cause}\n"))
}

pub(crate) fn refusals() -> Vec<Refusal> {
    let table = || "player".to_owned();
    let column = || "level".to_owned();
    let rows = || vec!["row 2".to_owned(), "row 7".to_owned()];
    let near = || vec!["players".to_owned(), "playing".to_owned()];
    let constraint = || sqlite(ffi::SQLITE_CONSTRAINT, "datatype mismatch");
    let mut refusals = each_variant!(Refusal:
        UnknownTable { table: table(), near: near() },
        UnknownTable { table: table(), near: Vec::new() },
        UnknownColumn { table: table(), column: column(), near: near() },
        UnknownIndex { index: "by_level".into(), near: near() },
        UnknownConstraint { table: table(), constraint: "`fair`".into(), near: near() },
        NameTaken { kind: Kind::View, name: table() },
        DuplicateColumn { table: table(), column: column() },
        NotATable { kind: Kind::View, name: table() },
        ReservedName("sqlite_player".into()),
        EmptyName { what: "a column".into() },
        HidesRowid { table: table(), column: "rowid".into() },
        NotSql { what: "default".into(), text: "1 +".into(), source: syntax_reason() },
        BadExpression {
            what: "CHECK".into(),
            text: "level > score".into(),
            source: sqlite(ffi::SQLITE_ERROR, "no such column: score"),
        },
        NoValue { table: table(), column: column() },
        NullsLeft { table: table(), column: column(), rows: Vec::new(), count: 0 },
        NullsLeft { table: table(), column: column(), rows: rows(), count: 7 },
        KeyIsNotNull { table: table(), column: column(), keyed: KeyedTable::WithoutRowid },
        KeyIsNotNull { table: table(), column: column(), keyed: KeyedTable::Strict },
        RowidHasNoDefault { table: table(), column: column() },
        CheckFails { table: table(), check: "`fair`".into(), rows: 3, examples: rows() },
        CheckFails { table: table(), check: "`fair`".into(), rows: 1, examples: Vec::new() },
        NotUnique {
            table: table(),
            terms: "`name`, `level`".into(),
            count: 1,
            values: vec!["'ann', 3 in rows 2 and 7".into()],
            source: Box::new(sqlite(ffi::SQLITE_CONSTRAINT, "UNIQUE constraint failed: player.name, player.level")),
        },
        Needed { what: "column `level` of `player`".into(), by: vec![needs().remove(0)] },
        Needed {
            what: "column `level` of `player`".into(),
            by: needs().split_off(4),
        },
        Breaks {
            kind: Kind::View,
            name: "board".into(),
            table: None,
            source: sqlite(ffi::SQLITE_ERROR, "no such column: level"),
        },
        ByPlace { kind: Kind::Trigger, name: "watch".into(), table: Some(table()) },
        JoinsOther {
            kind: Kind::View,
            name: "board".into(),
            table: None,
            join: "NATURAL JOIN".into(),
            column: column(),
        },
        ReadsOther {
            kind: Kind::Trigger,
            name: "watch".into(),
            table: Some(table()),
            column: column(),
            source_table: "team".into(),
        },
        IsGenerated { table: table(), column: column(), what: "backfill".into() },
        ParentNotUnique { child: table(), parent: "team".into(), columns: "(`name`)".into() },
        ForeignKeys(vec!["row 7 of `player` points to no row of `team`".into()]),
        OnlyColumn { table: table(), column: column() },
        OnlyOwnColumn { table: table(), column: column() },
        AutomaticIndex("sqlite_autoindex_player_1".into()),
        Enforced,
        TransactionControl("COMMIT".into()),
        DoesNotFit { table: table(), source: constraint(), rows: Vec::new(), count: 0 },
        DoesNotFit { table: table(), source: constraint(), rows: rows(), count: 2 },
        NotCopied { table: table(), source: sqlite(ffi::SQLITE_FULL, "database or disk is full") },
        RowsLost { table: table(), before: 3, after: 2 },
        NotOnline { table: Some(table()), reason: "it is a virtual table; change it in a step".into() },
        NotOnline { table: None, reason: "the operations are about no table".into() },
        ChangedMeanwhile { table: table(), what: "index `by_level`".into() },
        UnknownOperation { operation: "`grow_column`".into() },
        Unreadable { reason: "missing field `operations`".into() },
        StatementRunning { sql: "SELECT name FROM player".into() },
        BlobOpen,
        Nested,
        Other(Relayed::new(vec!["it is too warm".to_owned(), "28 degrees".to_owned()])),
        Schema(schema_errors().swap_remove(0)),
        Sqlite(sqlite(ffi::SQLITE_BUSY, "database is locked")),
    );
    let needed = |by| Refusal::Needed { what: "column `level` of `player`".into(), by: vec![by] };
    refusals.extend(needs().into_iter().skip(1).map(needed));
    refusals.extend(kinds().into_iter().map(|kind| Refusal::NotATable { kind, name: table() }));
    refusals
}

fn needs() -> Vec<Need> {
    let player = || "player".to_owned();
    let level = || "level".to_owned();
    each_variant!(Need:
        Object { kind: Kind::View, name: "board".into() },
        ForeignKey { child: player() },
        Rows { child: player() },
        GeneratedColumn { column: level() },
        Check { column: level() },
        PrimaryKey,
        Constraint { title: "fair".into() },
    )
}

fn kinds() -> Vec<Kind> {
    each_variant!(Kind: Table, VirtualTable, ShadowTable, View, Trigger, Index)
}

fn schema_errors() -> Vec<SchemaError> {
    each_variant!(SchemaError:
        Sqlite(sqlite(ffi::SQLITE_CORRUPT, "database disk image is malformed")),
        Text { name: "player".into(), source: syntax_error() },
        Disagrees { table: "player".into(), difference: "the type of column `level`".into() },
    )
}

fn syntax_error() -> SyntaxError {
    SyntaxError { sql: "CREATE TABLE player (".into(), reason: syntax_reason() }
}

fn syntax_reason() -> SyntaxReason {
    let reasons = each_variant!(SyntaxReason:
        Grammar("near \"+\": syntax error".into()),
        TooDeep,
        Other("single statement".into()),
    );
    reasons.into_iter().next().unwrap()
}

/// An error of SQLite, as it is in a chain: with its code, and in words.
fn sqlite(code: i32, words: &str) -> rusqlite::Error {
    rusqlite::Error::SqliteFailure(ffi::Error::new(code), Some(words.to_owned()))
}
