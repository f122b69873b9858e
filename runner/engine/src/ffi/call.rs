//! Calls a function of a migration, and serves its requests meanwhile.

use std::any::Any;
use std::cell::RefCell;
use std::ffi::c_void;
use std::mem::MaybeUninit;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::{ptr, slice};

use migration_api::abi::{self, Answer, Bytes, Call, Failure, Text};
use migration_api::operation::{Operation, OperationError, wire};
use rusqlite::Connection;

use super::stage::{StageEnd, StageRequest};
use super::{Entry, routines};

/// What a running migration may ask for. A function that it registered with SQLite is called in the
/// middle of `perform`, and may ask for something itself: so no borrow lasts as long as a call.
pub(crate) trait Services {
    fn log(&self, message: &str);
    fn progress(&self, done: u64, total: u64);
    fn should_stop(&self) -> bool;
    /// Carries out `operations`: all of them or none.
    fn perform(&self, operations: &[Operation]) -> Result<(), OperationError>;
    /// Goes through a stage of a batched migration, or passes over it if it is done.
    fn stage(&self, stage: &StageRequest<'_>) -> StageEnd;
}

/// Why a migration failed, as reported by migration-api in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PluginFailure {
    pub(crate) kind: PluginFailureKind,
    pub(crate) message: String,
    /// The errors behind it, the nearest first.
    pub(crate) causes: Vec<String>,
    /// File, line and column.
    pub(crate) place: Option<(String, u32, u32)>,
    /// SQLite's extended result code, or 0.
    pub(crate) sqlite_code: i32,
    /// The statement that failed, if it is known; behind it those of the same script that would not have been
    /// let through either.
    pub(crate) statements: Vec<PluginStatement>,
}

/// A statement that failed, as the glue of its migration reported it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PluginStatement {
    /// Which error it is about: 0 is the message, 1 the first of the causes.
    pub(crate) cause: usize,
    /// The file that it is in, from the folder of the crate on.
    pub(crate) file: Option<String>,
    /// The line and the column, from 1, in that file or in the text that the statement is of.
    pub(crate) place: Option<(u32, u32)>,
    pub(crate) sql: String,
    /// What the database says of its failure, found here.
    pub(crate) detail: Option<String>,
}

/// The kinds of failure that need different words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PluginFailureKind {
    Error,
    Panic,
    Irreversible,
    Setup,
}

/// What the context pointer of a call points to.
struct Context<'s> {
    services: &'s dyn Services,
    failure: RefCell<Option<PluginFailure>>,
    /// The first panic of a service: it may not unwind through the plugin, so it waits for the return.
    panic: RefCell<Option<Box<dyn Any + Send>>>,
}

impl<'s> Context<'s> {
    fn new(services: &'s dyn Services) -> Self {
        Self { services, failure: RefCell::default(), panic: RefCell::default() }
    }

    /// What the plugin passes to each service.
    fn pointer(&self) -> *mut c_void {
        ptr::from_ref(self).cast_mut().cast()
    }
}

/// Runs `entry` on `connection`, and returns its report.
///
/// # Errors
/// What the migration reported. If it reported nothing, it has failed as well.
pub(crate) fn call(
    entry: Entry,
    connection: &Connection,
    routines: &routines::Routines,
    services: &dyn Services,
) -> Result<(), PluginFailure> {
    let context = Context::new(services);
    let call = Call {
        size: size_of::<Call>() as u32,
        abi_minor: u32::from(abi::MINOR),
        // SAFETY: the handle is lent for the call, and nobody else uses the connection meanwhile.
        database: unsafe { connection.handle() }.cast(),
        routines: routines.as_ptr(),
        context: context.pointer(),
        log,
        progress,
        should_stop,
        fail,
        perform,
        stage,
    };
    // SAFETY: `entry` comes from a descriptor of the right kind and version, and `call`, with all it
    // points to, outlives it.
    let status = unsafe { (entry.get())(&raw const call) };
    if let Some(payload) = context.panic.into_inner() {
        resume_unwind(payload);
    }
    match (status, context.failure.into_inner()) {
        (abi::DONE, None) => Ok(()),
        (_, Some(failure)) => Err(failure),
        (status, None) => Err(PluginFailure {
            kind: PluginFailureKind::Error,
            message: format!("the library returned {status} and gave no reason"),
            causes: Vec::new(),
            place: None,
            sqlite_code: 0,
            statements: Vec::new(),
        }),
    }
}

/// Runs `service` with the context behind `pointer`; a panic waits until the migration returns.
///
/// # Safety
/// `pointer` is the context of the running call.
unsafe fn serve<T>(
    pointer: *mut c_void,
    otherwise: T,
    service: impl FnOnce(&Context<'_>) -> T,
) -> T {
    // SAFETY: the caller vouches for the pointer; the plugin calls from the thread of the call. A service
    // may be asked for inside another, so that the context is only ever shared.
    let context = unsafe { &*pointer.cast::<Context<'_>>() };
    match catch_unwind(AssertUnwindSafe(|| service(context))) {
        Ok(value) => value,
        Err(payload) => {
            context.panic.borrow_mut().get_or_insert(payload);
            otherwise
        }
    }
}

unsafe extern "C" fn log(context: *mut c_void, message: Text) {
    // SAFETY: the plugin passes the context on, and lends the text for this call.
    unsafe {
        serve(context, (), |context| {
            context.services.log(message.read().unwrap_or("(text that is not UTF-8)"));
        });
    }
}

unsafe extern "C" fn progress(context: *mut c_void, done: u64, total: u64) {
    // SAFETY: the plugin passes the context on.
    unsafe { serve(context, (), |context| context.services.progress(done, total)) }
}

unsafe extern "C" fn should_stop(context: *mut c_void) -> u32 {
    // SAFETY: the plugin passes the context on.
    unsafe { serve(context, 1, |context| u32::from(context.services.should_stop())) }
}

unsafe extern "C" fn fail(context: *mut c_void, failure: *const Failure) {
    // SAFETY: the plugin passes the context on, and lends the failure for this call.
    unsafe {
        serve(context, (), |context| drop(context.failure.replace(Some(copy(failure)))));
    }
}

unsafe extern "C" fn perform(
    context: *mut c_void,
    operations: Bytes,
    taker: *mut c_void,
    answer: Answer,
) -> u32 {
    // Neither of the two that means something: nothing was done, and the panic waits.
    const FAILED: u32 = 2;
    // SAFETY: the plugin passes the context on, and lends the bytes for this call. It takes the answer before
    // its function returns.
    unsafe {
        serve(context, FAILED, |context| {
            let operations = wire::decode(operations.read().unwrap_or_default());
            let done = operations
                .map_err(OperationError::from)
                .and_then(|operations| context.services.perform(&operations));
            match done {
                Ok(()) => abi::PERFORMED,
                Err(error) => {
                    let bytes = wire::encode_error(&error);
                    answer(taker, Bytes::lend(&bytes));
                    abi::REFUSED
                }
            }
        })
    }
}

unsafe extern "C" fn stage(context: *mut c_void, stage: *const abi::Stage) -> u32 {
    // SAFETY: the plugin passes the context on, and lends the stage for this call, on the thread that it was called on.
    unsafe {
        serve(context, abi::STAGE_ENDED, |context| {
            let request = StageRequest::of(stage);
            request.map_or(StageEnd::Ended, |request| context.services.stage(&request)).status()
        })
    }
}

/// # Safety
/// `failure` points to one of the size that it says, and what that lends is readable.
unsafe fn copy(failure: *const Failure) -> PluginFailure {
    let mut whole = MaybeUninit::<Failure>::zeroed();
    // SAFETY: that of an older plugin is shorter, and is read no further; what is missing stays zero, which
    // every field of it may be.
    let failure = unsafe {
        let size = ((*failure).size as usize).min(size_of::<Failure>());
        ptr::copy_nonoverlapping(failure.cast::<u8>(), whole.as_mut_ptr().cast(), size);
        whole.assume_init()
    };
    let text = |text: Text| {
        // SAFETY: passed on to the caller.
        unsafe { text.read() }.unwrap_or("(text that is not UTF-8)").to_owned()
    };
    // SAFETY: the plugin lends so many of each.
    let (causes, statements) = unsafe {
        (
            lent(failure.causes, failure.cause_count),
            lent(failure.statements, failure.statement_count),
        )
    };
    PluginFailure {
        kind: match failure.kind {
            abi::KIND_PANIC => PluginFailureKind::Panic,
            abi::KIND_IRREVERSIBLE => PluginFailureKind::Irreversible,
            abi::KIND_SETUP => PluginFailureKind::Setup,
            _ => PluginFailureKind::Error,
        },
        message: text(failure.message),
        causes: causes.iter().map(|cause| text(*cause)).collect(),
        place: (failure.line != 0).then(|| (text(failure.file), failure.line, failure.column)),
        sqlite_code: failure.sqlite_code,
        statements: statements
            .iter()
            .map(|statement| PluginStatement {
                cause: statement.cause as usize,
                file: Some(text(statement.file)).filter(|file| !file.is_empty()),
                place: (statement.line != 0).then_some((statement.line, statement.column)),
                sql: text(statement.sql),
                detail: None,
            })
            .collect(),
    }
}

/// # Safety
/// `first` is null, or there are `count` values that stay readable and unchanged for `'a`.
unsafe fn lent<'a, T>(first: *const T, count: usize) -> &'a [T] {
    if first.is_null() || count == 0 {
        return &[];
    }
    // SAFETY: the caller vouches for it.
    unsafe { slice::from_raw_parts(first, count) }
}

#[cfg(test)]
mod tests {
    use migration_api::operation::Refusal;

    use super::*;

    /// Fails by panic where it is asked to do something.
    struct Panics;

    impl Services for Panics {
        fn log(&self, _message: &str) {}
        fn progress(&self, _done: u64, _total: u64) {}
        fn should_stop(&self) -> bool {
            false
        }
        fn perform(&self, operations: &[Operation]) -> Result<(), OperationError> {
            panic!("{} operations", operations.len())
        }
        fn stage(&self, _stage: &StageRequest<'_>) -> StageEnd {
            StageEnd::Ended
        }
    }

    unsafe extern "C" fn take(taker: *mut c_void, answer: Bytes) {
        // SAFETY: `ask` hands out a pointer to a list of bytes, and waits.
        unsafe { *taker.cast::<Vec<u8>>() = answer.read().unwrap().to_vec() }
    }

    /// What `perform` returns and answers to `bytes`, and what waits afterwards.
    fn ask(bytes: &[u8]) -> (u32, Vec<u8>, Option<String>) {
        let context = Context::new(&Panics);
        let mut answer = Vec::new();
        // SAFETY: all that is pointed to outlives the call.
        let status = unsafe {
            perform(context.pointer(), Bytes::lend(bytes), (&raw mut answer).cast(), take)
        };
        let panic = context.panic.into_inner().map(|panic| *panic.downcast::<String>().unwrap());
        (status, answer, panic)
    }

    #[test]
    fn a_panic_does_not_unwind_into_the_plugin_and_is_no_success() {
        let (status, answer, panic) = ask(&wire::encode(&[Operation::drop_table("t")]));
        assert!(status != abi::PERFORMED && status != abi::REFUSED);
        assert_eq!((answer.len(), panic.as_deref()), (0, Some("1 operations")));
    }

    #[test]
    fn what_the_host_does_not_know_is_refused_by_name() {
        // A plugin of a later version: {"version": 1, "operations": [{"op": "split_table", "table": "t"}]}.
        let later = b"\xa2gversion\x01joperations\x81\xa2bopksplit_tableetableat";
        let (status, answer, panic) = ask(later);
        let error = wire::decode_error(&answer).unwrap();
        assert_eq!((status, panic), (abi::REFUSED, None));
        assert!(
            matches!(&*error.refusal, Refusal::UnknownOperation { operation }
            if operation == "`split_table`"),
            "{error:?}"
        );
    }

    #[test]
    fn bytes_that_are_not_there_are_no_operations() {
        let context = Context::new(&Panics);
        let mut answer = Vec::<u8>::new();
        let nothing = Bytes { data: ptr::null(), len: 7 };
        // SAFETY: all that is pointed to outlives the call.
        let status = unsafe { perform(context.pointer(), nothing, (&raw mut answer).cast(), take) };
        let error = wire::decode_error(&answer).unwrap();
        assert_eq!(status, abi::REFUSED);
        assert!(matches!(&*error.refusal, Refusal::Unreadable { .. }), "{error:?}");
    }
}
