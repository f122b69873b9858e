//! Opens a dynamic library for good, and reads the descriptor in it.

use std::mem::{ManuallyDrop, offset_of};
use std::path::Path;
use std::slice;

use libloading::Library;
use migration_api::abi::{self, Descriptor, Text};

/// One of the two functions of a migration.
#[derive(Clone, Copy)]
pub(crate) struct Entry(abi::Entry);

impl Entry {
    pub(super) fn get(self) -> abi::Entry {
        self.0
    }
}

/// The fields of a descriptor, read and copied out.
#[derive(Clone)]
pub(crate) struct Opened {
    pub(crate) magic: [u8; 8],
    pub(crate) size: u32,
    pub(crate) major: u16,
    /// What follows is `None` unless magic, size and major are right.
    pub(crate) rest: Option<Rest>,
}

/// What may be believed once the head of a descriptor is right.
#[derive(Clone)]
pub(crate) struct Rest {
    pub(crate) sqlite_minimum: u32,
    pub(crate) flags: u32,
    pub(crate) id: String,
    pub(crate) api_version: String,
    /// Empty where the plugin does not know of it.
    pub(crate) usable_since: String,
    /// The migrations that it replaces; none where the plugin does not know of it.
    pub(crate) replaces: Vec<String>,
    /// What it says that it takes away; none where the plugin does not know of it.
    pub(crate) loses: Vec<String>,
    /// The digest of the source that it was built from; `None` where the plugin does not know of it.
    pub(crate) source: Option<[u8; 32]>,
    pub(crate) forward: Entry,
    pub(crate) backward: Entry,
}

/// Opens the library at `path`, an absolute path, and never closes it: code of it may have left
/// thread-locals, hooks or threads behind.
///
/// # Errors
/// The loader's error: not a library for this machine, an undefined symbol, no descriptor.
pub(crate) fn open(path: &Path) -> Result<Opened, libloading::Error> {
    // SAFETY: running the initialisers of a library is running its code. The caller built it from
    // the project's own sources and has looked at the file; a migration is trusted code. A symbol of
    // this name is a `Descriptor`, or shorter, and its head is compared before the rest is believed.
    Ok(unsafe { read(descriptor(path, abi::SYMBOL)?) })
}

/// Opens the library at `path`, an absolute path, for good, as `open` does, and gives what its `symbol`
/// points to.
///
/// # Errors
/// The loader's error.
///
/// # Safety
/// The library's initialisers may run, and the symbol is a pointer. Where it points there may be less
/// than a `D`.
pub unsafe fn descriptor<D>(path: &Path, symbol: &str) -> Result<*const D, libloading::Error> {
    // SAFETY: passed on to the caller.
    let library = ManuallyDrop::new(unsafe { load(path)? });
    // SAFETY: passed on to the caller. The pointer is good for ever, since the library is never closed.
    let symbol = unsafe { library.get::<*const D>(symbol)? };
    Ok(*symbol)
}

/// # Safety
/// The library's initialisers may run.
#[cfg(unix)]
unsafe fn load(path: &Path) -> Result<Library, libloading::Error> {
    use libloading::os::unix::{Library as UnixLibrary, RTLD_LOCAL, RTLD_NOW};
    // SAFETY: passed on to the caller.
    Ok(unsafe { UnixLibrary::open(Some(path), RTLD_NOW | RTLD_LOCAL)? }.into())
}

/// # Safety
/// The library's initialisers may run.
#[cfg(not(unix))]
unsafe fn load(path: &Path) -> Result<Library, libloading::Error> {
    // SAFETY: passed on to the caller.
    unsafe { Library::new(path) }
}

/// Copies a descriptor out.
///
/// # Safety
/// `descriptor` points to at least the head of one, in memory that stays.
unsafe fn read(descriptor: *const Descriptor) -> Opened {
    // SAFETY: the head (magic, size, abi_major) has the same place in every version.
    let (magic, size, major) = unsafe {
        (
            (&raw const (*descriptor).magic).read(),
            (&raw const (*descriptor).size).read(),
            (&raw const (*descriptor).abi_major).read(),
        )
    };
    let whole = magic == abi::MAGIC && size >= abi::SMALLEST_DESCRIPTOR && major == abi::MAJOR;
    // SAFETY: of the right kind and major, and as long as it says.
    let rest = whole.then(|| unsafe { read_rest(descriptor, size) });
    Opened { magic, size, major, rest }
}

/// Copies out what follows the head. A field that came with a later minor is read if the descriptor is
/// so long.
///
/// # Safety
/// `descriptor` points to a descriptor of this major with `size` bytes, at least the smallest, in memory
/// that stays.
unsafe fn read_rest(descriptor: *const Descriptor, size: u32) -> Rest {
    // SAFETY: these are the fields of the smallest descriptor.
    let (sqlite_minimum, flags, id, api_version, forward, backward) = unsafe {
        (
            (&raw const (*descriptor).sqlite_minimum).read(),
            (&raw const (*descriptor).flags).read(),
            (&raw const (*descriptor).id).read(),
            (&raw const (*descriptor).api_version).read(),
            (&raw const (*descriptor).forward).read(),
            (&raw const (*descriptor).backward).read(),
        )
    };
    let reaches = |end: usize| size as usize >= end;
    let usable_since = match reaches(offset_of!(Descriptor, source_digest)) {
        // SAFETY: it is so long that it has this field.
        true => unsafe { (&raw const (*descriptor).usable_since).read() },
        false => Text::lend(""),
    };
    let source = reaches(offset_of!(Descriptor, replaces))
        // SAFETY: it is so long that it has this field.
        .then(|| unsafe { (&raw const (*descriptor).source_digest).read() });
    let replaces = match reaches(offset_of!(Descriptor, loses)) {
        // SAFETY: it is so long that it has these fields.
        true => unsafe {
            let first = (&raw const (*descriptor).replaces).read();
            list(first, (&raw const (*descriptor).replaced).read())
        },
        false => &[],
    };
    let loses = match reaches(size_of::<Descriptor>()) {
        // SAFETY: it is so long that it has the last fields of this version.
        true => unsafe {
            let first = (&raw const (*descriptor).loses).read();
            list(first, (&raw const (*descriptor).lost).read())
        },
        false => &[],
    };
    // SAFETY: the texts of a descriptor are constants of the library.
    let text = |text: Text| unsafe { text.read() }.unwrap_or_default().to_owned();
    Rest {
        sqlite_minimum,
        flags,
        id: text(id),
        api_version: text(api_version),
        usable_since: text(usable_since),
        replaces: replaces.iter().map(|id| text(*id)).collect(),
        loses: loses.iter().map(|name| text(*name)).collect(),
        source,
        forward: Entry(forward),
        backward: Entry(backward),
    }
}

/// So many texts from `first` on.
///
/// # Safety
/// They are constants of a library: `first` points to `count` of them, one after the other, unless `count` is 0.
unsafe fn list<'l>(first: *const Text, count: usize) -> &'l [Text] {
    match count {
        0 => &[],
        // SAFETY: the caller vouches for it.
        _ => unsafe { slice::from_raw_parts(first, count) },
    }
}
