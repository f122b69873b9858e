//! Every error of this crate as a person sees it, in one snapshot that is to be read from top to bottom. The
//! refusals of operations are in another: that of their own crate.

use std::error::Error as StdError;
use std::iter;

use insta::assert_snapshot;
use rusqlite::ffi;

use crate::difference::{DifferenceError, RenameError};
use crate::perform::{Kind, OperationError, Refusal};
use crate::schema::SchemaError;

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
    let mut catalogue = String::from("\n# Differences\n");
    for error in difference_errors() {
        catalogue += &shown(&error);
    }
    insta::with_settings!({ omit_expression => true }, { assert_snapshot!(catalogue) });
}

fn shown(error: &(dyn StdError + 'static)) -> String {
    iter::successors(error.source(), |cause| StdError::source(*cause))
        .filter(|cause| !cause.is::<ffi::Error>())
        .fold(format!("\n{error}\n"), |text, cause| text + &format!("  caused by: {cause}\n"))
}

fn difference_errors() -> Vec<DifferenceError> {
    let (from, to) = (|| "player".to_owned(), || "gamer".to_owned());
    let (old, new) = (|| "level".to_owned(), || "rank".to_owned());
    let renames = each_variant!(RenameError:
        NoTable { from: from(), to: to() },
        NoNewTable { from: from(), to: to() },
        NoColumn { table: to(), from: old(), to: new() },
        NoNewColumn { table: to(), from: old(), to: new() },
        Unclear { from: old(), to: new() },
        Twice { name: old() },
    );
    let refusal = Box::new(Refusal::NameTaken { kind: Kind::View, name: to() });
    let attempt = "rename table `player` to `gamer`".to_owned();
    let mut errors = each_variant!(DifferenceError:
        Rename(RenameError::Twice { name: from() }),
        Scratch(sqlite(ffi::SQLITE_ERROR, "no such collation sequence: german")),
        Schema(SchemaError::Sqlite(sqlite(ffi::SQLITE_CORRUPT, "database disk image is malformed"))),
        Refused(OperationError { attempt, refusal, statement: None }),
    );
    errors.extend(renames.into_iter().map(DifferenceError::Rename));
    errors
}

/// An error of SQLite, as it is in a chain: with its code, and in words.
fn sqlite(code: i32, words: &str) -> rusqlite::Error {
    rusqlite::Error::SqliteFailure(ffi::Error::new(code), Some(words.to_owned()))
}
