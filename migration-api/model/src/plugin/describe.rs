//! The function behind a descriptor: gives the host the models of a crate.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::abi::{self, Call, Descriptor, Failure, Renamed, Sql, Text};
use super::panic;
use super::source_digest::source_digest;
use crate::{Definition, definition};

/// What a crate exports; see `export_models!`.
pub trait Models {
    /// Its tables.
    fn definitions() -> Vec<Definition>;

    /// What it says in SQL besides, to be given last.
    fn sql() -> Definition {
        Definition { statements: Vec::new(), renames: Vec::new(), file: "", line: 0 }
    }
}

/// The descriptor of the models `M`, which are built from the source with the digest `source`.
#[must_use]
pub const fn descriptor<M: Models>(source: Option<&str>) -> Descriptor {
    Descriptor {
        magic: abi::MAGIC,
        size: size_of::<Descriptor>() as u32,
        abi_major: abi::MAJOR,
        abi_minor: abi::MINOR,
        model_version: Text::lend(env!("CARGO_PKG_VERSION")),
        describe: describe::<M>,
        source_digest: source_digest(source),
    }
}

/// Nothing unwinds out of it: each library has a Rust standard library of its own, and a panic that
/// crossed would abort the process.
unsafe extern "C" fn describe<M: Models>(call: *const Call) -> u32 {
    // SAFETY: the host keeps the contract of `abi::Call` until this function returns.
    let call = unsafe { &*call };
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        panic::remember();
        for definition in M::definitions().iter().chain([&M::sql()]) {
            describe_definition(call, definition);
        }
    }));
    match outcome {
        Ok(()) => abi::DONE,
        Err(payload) => {
            fail(call, &panic::message(&*payload));
            // A payload may panic when it is dropped, and there is nobody left to catch that.
            std::mem::forget(payload);
            abi::FAILED
        }
    }
}

fn describe_definition(call: &Call, definition: &Definition) {
    for statement in &definition.statements {
        let sql = Sql {
            size: size_of::<Sql>() as u32,
            line: definition.line,
            file: Text::lend(definition.file),
            text: Text::lend(statement),
        };
        // SAFETY: `context` is the host's own, and all that is lent outlives the call.
        unsafe { (call.sql)(call.context, &raw const sql) }
    }
    for renamed in &definition.renames {
        let (kind, table, from, to) = match renamed {
            definition::Renamed::Table { from, to } => (abi::RENAMED_TABLE, to, from, to),
            definition::Renamed::Column { table, from, to } => {
                (abi::RENAMED_COLUMN, table, from, to)
            }
        };
        let renamed = Renamed {
            size: size_of::<Renamed>() as u32,
            kind,
            table: Text::lend(table),
            from: Text::lend(from),
            to: Text::lend(to),
        };
        // SAFETY: as above.
        unsafe { (call.renamed)(call.context, &raw const renamed) }
    }
}

fn fail(call: &Call, message: &str) {
    let place = panic::last().and_then(|panicked| panicked.place);
    let (file, line) = place.map(|place| (place.file, place.line)).unwrap_or_default();
    let failure = Failure {
        size: size_of::<Failure>() as u32,
        line,
        message: Text::lend(message),
        file: Text::lend(&file),
    };
    // SAFETY: `context` is the host's own, and everything lent in `failure` outlives the call.
    unsafe { (call.fail)(call.context, &raw const failure) }
}
