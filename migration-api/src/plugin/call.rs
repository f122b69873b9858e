//! The functions behind a descriptor: from the host's C call to the author's method and back.

use std::io::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};

use rusqlite::{Connection, ffi};

use super::abi::{self, Call, Descriptor, Text};
use super::source_digest::source_digest;
use super::{perform, report, stage};
use crate::host::{Host, Stage};
use crate::operation::Operation;
use crate::stage::Mode;
use crate::{Migration, Migrator, OperationError, Result, panic};

/// The descriptor of the migration `M` in the package named `package`, which is built from the source with
/// the digest `source`. `replaces` has the texts of [`Migration::REPLACES`], `loses` those of [`Migration::LOSES`]; see
/// `export_migration!`.
#[must_use]
pub const fn descriptor<M: Migration + Default>(
    package: &'static str,
    source: Option<&str>,
    replaces: &'static [Text],
    loses: &'static [Text],
) -> Descriptor {
    Descriptor {
        magic: abi::MAGIC,
        size: size_of::<Descriptor>() as u32,
        abi_major: abi::MAJOR,
        abi_minor: abi::MINOR,
        sqlite_minimum: ffi::SQLITE_VERSION_NUMBER.unsigned_abs(),
        flags: flags::<M>(),
        id: Text::lend(id_of(package)),
        api_version: Text::lend(env!("CARGO_PKG_VERSION")),
        forward: forward::<M>,
        backward: backward::<M>,
        usable_since: Text::lend(match M::USABLE_SINCE {
            Some(id) => id,
            None => "",
        }),
        source_digest: source_digest(source),
        replaces: replaces.as_ptr(),
        replaced: replaces.len(),
        loses: loses.as_ptr(),
        lost: loses.len(),
    }
}

/// `texts` as a descriptor lends them.
#[must_use]
pub const fn texts<const N: usize>(texts: &[&'static str]) -> [Text; N] {
    let mut lent = [Text::lend(""); N];
    let mut at = 0;
    while at < N {
        lent[at] = Text::lend(texts[at]);
        at += 1;
    }
    lent
}

const fn mode<M: Migration>() -> Mode {
    if M::BATCHED { Mode::Stages } else { Mode::Whole }
}

const fn flags<M: Migration>() -> u32 {
    let irreversible = if M::REVERSIBLE { 0 } else { abi::FLAG_IRREVERSIBLE };
    let no_transaction = if M::TRANSACTIONAL { 0 } else { abi::FLAG_NO_TRANSACTION };
    let batched = if M::BATCHED { abi::FLAG_BATCHED } else { 0 };
    let half_done = if M::REVERSIBLE_HALF_DONE { abi::FLAG_REVERSIBLE_HALF_DONE } else { 0 };
    assert!(
        M::TRANSACTIONAL || !M::BATCHED,
        "a batched migration has transactions: leave out `TRANSACTIONAL`"
    );
    assert!(
        M::BATCHED || !M::REVERSIBLE_HALF_DONE,
        "`REVERSIBLE_HALF_DONE` is for a batched migration: any other is done or not done"
    );
    assert!(
        M::REPLACES.is_empty() || (M::TRANSACTIONAL && !M::BATCHED),
        "a migration that replaces others is one transaction: it runs, or is recorded, as a whole"
    );
    let replaces = if M::REPLACES.is_empty() { 0 } else { abi::FLAG_REPLACES };
    irreversible | no_transaction | abi::FLAG_HOST_PERFORMS | batched | half_done | replaces
}

/// Cargo refuses package names that begin with a digit, so packages have an `m` before the id.
const fn id_of(package: &str) -> &str {
    match package.as_bytes() {
        [b'm', ..] => package.split_at(1).1,
        _ => package,
    }
}

unsafe extern "C" fn forward<M: Migration + Default>(call: *const Call) -> u32 {
    // SAFETY: the host keeps the contract of `abi::Call` until this function returns.
    let call = unsafe { &*call };
    run(call, mode::<M>(), |migrator| M::default().migrate_forward(migrator))
}

unsafe extern "C" fn backward<M: Migration + Default>(call: *const Call) -> u32 {
    // SAFETY: the host keeps the contract of `abi::Call` until this function returns.
    let call = unsafe { &*call };
    run(call, mode::<M>(), |migrator| M::default().migrate_backward(migrator))
}

/// Runs `work` on the host's database. Nothing unwinds out of it: each library has a Rust standard
/// library of its own, and a panic that crossed would abort the process.
///
/// `work` is a pointer, so that this function and all that it drops are compiled once, and not in each migration.
fn run(call: &Call, mode: Mode, work: fn(&mut Migrator) -> Result) -> u32 {
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        panic::remember();
        let connection = match adopt(call) {
            Ok(connection) => connection,
            Err(error) => return report::setup(call, &error),
        };
        let result = work(&mut Migrator::in_mode(&connection, call, mode));
        // This library has a buffer of its own, which nobody else would empty.
        let _ = std::io::stdout().flush();
        match result {
            Ok(()) => abi::DONE,
            Err(error) => report::error(call, &error),
        }
    }));
    outcome.unwrap_or_else(|payload| {
        let place = panic::last().and_then(|panicked| panicked.place);
        let status = report::panic(call, &panic::message(&*payload), place.as_ref());
        // A payload may panic when it is dropped, and there is nobody left to catch that.
        std::mem::forget(payload);
        status
    })
}

/// Takes over the host's SQLite and its connection. Dropping the result closes nothing.
fn adopt(call: &Call) -> Result<Connection> {
    // SAFETY: the host gives the routines of the SQLite that opened `database`, and both outlive
    // the call; `from_handle` does not own what it is given.
    unsafe {
        ffi::rusqlite_extension_init2(call.routines.cast_mut().cast())?;
        Ok(Connection::from_handle(call.database.cast())?)
    }
}

/// The host's services, as the migrator sees them.
impl Host for Call {
    fn log(&self, message: &str) {
        // SAFETY: `context` is the host's own, and the text lives until the function returns.
        unsafe { (self.log)(self.context, Text::lend(message)) }
    }

    fn progress(&self, done: u64, total: u64) {
        // SAFETY: `context` is the host's own.
        unsafe { (self.progress)(self.context, done, total) }
    }

    fn should_stop(&self) -> bool {
        // SAFETY: `context` is the host's own.
        unsafe { (self.should_stop)(self.context) != 0 }
    }

    fn perform(
        &self,
        connection: &Connection,
        operations: &[Operation],
    ) -> Result<(), OperationError> {
        perform::ask(self, connection, operations)
    }

    fn stage(&self, stage: &mut Stage<'_>) -> Result {
        stage::ask(self, stage)
    }
}
