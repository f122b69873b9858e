//! Opens a library of models for good, and calls the function that describes them.

use std::any::Any;
use std::ffi::c_void;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::Path;

use migration_model::abi::{self, Call, Descriptor, Failure};

use migration_api::difference::Rename;
use runner_engine::ffi::descriptor;

use crate::described::{Described, Origin, SourceLine, Sql};

/// The function of an open library.
pub(crate) struct OpenModels {
    describe: abi::Describe,
    /// The digest of the source that it was built from; `None` where the library does not know of it.
    pub(crate) source: Option<[u8; 32]>,
}

/// The head of a descriptor that is not right.
pub(crate) struct Head {
    pub(crate) magic: [u8; 8],
    pub(crate) size: u32,
    pub(crate) major: u16,
}

/// Opens the library at `path`, an absolute path, and never closes it: code of it may have left
/// thread-locals, hooks or threads behind.
///
/// # Errors
/// The loader's error; in what it gives, a descriptor that is of another kind.
pub(crate) fn open_models(path: &Path) -> Result<Result<OpenModels, Head>, libloading::Error> {
    // SAFETY: running the initialisers of a library is running its code. The caller built it from
    // the project's own sources and has looked at the file; models are trusted code. A symbol of this
    // name is a `Descriptor`, or shorter, and its head is compared before the rest is believed.
    Ok(unsafe { read(descriptor(path, abi::SYMBOL)?) })
}

/// # Safety
/// `descriptor` points to at least the head of one, in memory that stays.
unsafe fn read(descriptor: *const Descriptor) -> Result<OpenModels, Head> {
    // SAFETY: the head (magic, size, abi_major) has the same place in every version.
    let (magic, size, major) = unsafe {
        (
            (&raw const (*descriptor).magic).read(),
            (&raw const (*descriptor).size).read(),
            (&raw const (*descriptor).abi_major).read(),
        )
    };
    if magic != abi::MAGIC || size < abi::SMALLEST_DESCRIPTOR || major != abi::MAJOR {
        return Err(Head { magic, size, major });
    }
    // SAFETY: of the right kind and major, and this is a field of the smallest descriptor.
    let describe = unsafe { (&raw const (*descriptor).describe).read() };
    let source = (size as usize >= size_of::<Descriptor>())
        // SAFETY: it is so long that it has the last field of this version.
        .then(|| unsafe { (&raw const (*descriptor).source_digest).read() });
    Ok(OpenModels { describe, source })
}

/// What the context pointer of the call leads to.
#[derive(Default)]
struct Context {
    described: Described,
    failure: Option<String>,
    /// A panic of ours: it may not unwind through the library, so it waits for the return.
    panic: Option<Box<dyn Any + Send>>,
}

impl OpenModels {
    /// What the models are.
    ///
    /// # Errors
    /// What the library says went wrong.
    pub(crate) fn describe(&self) -> Result<Described, String> {
        let mut context = Context::default();
        let call = Call {
            size: size_of::<Call>() as u32,
            abi_minor: u32::from(abi::MINOR),
            context: (&raw mut context).cast(),
            sql,
            renamed,
            fail,
        };
        // SAFETY: the function comes from a descriptor of the right kind and version, and `call`, with
        // all it points to, outlives it.
        let status = unsafe { (self.describe)(&raw const call) };
        if let Some(payload) = context.panic {
            resume_unwind(payload);
        }
        match (status, context.failure) {
            (abi::DONE, None) => Ok(context.described),
            (_, Some(failure)) => Err(failure),
            (status, None) => Err(format!("it returned {status} and gave no reason")),
        }
    }
}

/// Shows the context behind `pointer` to `use_it`; a panic waits until the library returns.
///
/// # Safety
/// `pointer` is the context of the running call.
unsafe fn with_context(pointer: *mut c_void, use_it: impl FnOnce(&mut Context)) {
    // SAFETY: the caller vouches for the pointer; the library calls from the thread of the call.
    let context = unsafe { &mut *pointer.cast::<Context>() };
    if let Err(payload) = catch_unwind(AssertUnwindSafe(|| use_it(context))) {
        context.panic.get_or_insert(payload);
    }
}

unsafe extern "C" fn sql(context: *mut c_void, sql: *const abi::Sql) {
    // SAFETY: the library passes the context on, and lends the SQL for this call.
    unsafe {
        with_context(context, |context| {
            let sql = &*sql;
            let place = SourceLine { file: text(sql.file), line: sql.line as usize };
            context.described.sql.push(Sql { origin: Origin::Code(place), text: text(sql.text) });
        });
    }
}

unsafe extern "C" fn renamed(context: *mut c_void, renamed: *const abi::Renamed) {
    // SAFETY: the library passes the context on, and lends the names for this call.
    unsafe {
        with_context(context, |context| {
            let renamed = &*renamed;
            let (from, to) = (text(renamed.from), text(renamed.to));
            match renamed.kind {
                abi::RENAMED_TABLE => context.described.renames.push(Rename::Table { from, to }),
                abi::RENAMED_COLUMN => {
                    let table = text(renamed.table);
                    context.described.renames.push(Rename::Column { table, from, to });
                }
                _ => {}
            }
        });
    }
}

unsafe extern "C" fn fail(context: *mut c_void, failure: *const Failure) {
    // SAFETY: the library passes the context on, and lends the failure for this call.
    unsafe {
        with_context(context, |context| {
            let failure = &*failure;
            let message = text(failure.message);
            context.failure = Some(match failure.line {
                0 => format!("it panicked: {message}"),
                line => format!("it panicked at {}:{line}: {message}", text(failure.file)),
            });
        });
    }
}

/// # Safety
/// `text` is readable.
unsafe fn text(text: abi::Text) -> String {
    // SAFETY: passed on to the caller.
    unsafe { text.read() }.unwrap_or("(text that is not UTF-8)").to_owned()
}
