//! Opens a dynamic library for good, and reads the descriptor in it.

use std::mem::ManuallyDrop;
use std::path::Path;

use libloading::Library;
use migration_api::abi::{self, Descriptor};

/// One of the two functions of a migration.
#[derive(Clone, Copy)]
pub(crate) struct Entry(abi::Entry);

impl Entry {
    pub(super) fn get(self) -> abi::Entry {
        self.0
    }
}

/// The fields of a descriptor, read and copied out.
pub(crate) struct Open {
    pub(crate) magic: [u8; 8],
    pub(crate) size: u32,
    pub(crate) major: u16,
    /// What follows is `None` unless magic, size and major are right.
    pub(crate) rest: Option<Rest>,
}

/// What may be believed once the head of a descriptor is right.
pub(crate) struct Rest {
    pub(crate) sqlite_minimum: u32,
    pub(crate) flags: u32,
    pub(crate) id: String,
    pub(crate) api_version: String,
    pub(crate) forward: Entry,
    pub(crate) backward: Entry,
}

/// Opens the library at `path`, an absolute path, and never closes it: code of it may have left
/// thread-locals, hooks or threads behind.
///
/// # Errors
/// The loader's error: not a library for this machine, an undefined symbol, no descriptor.
pub(crate) fn open(path: &Path) -> Result<Open, libloading::Error> {
    // SAFETY: running the initialisers of a library is running its code. The caller built it from
    // the project's own sources and has looked at the file; a migration is trusted code.
    let library = ManuallyDrop::new(unsafe { load(path)? });
    // SAFETY: a symbol of this name is a `Descriptor`, or shorter, and its head is compared before
    // the rest is believed. The reference is good for ever, since the library is never closed.
    unsafe {
        let symbol = library.get::<*const Descriptor>(abi::SYMBOL)?;
        let descriptor: *const Descriptor = *symbol;
        Ok(read(descriptor))
    }
}

/// # Safety
/// The library's initialisers may run.
#[cfg(unix)]
pub(super) unsafe fn load(path: &Path) -> Result<Library, libloading::Error> {
    use libloading::os::unix::{Library as UnixLibrary, RTLD_LOCAL, RTLD_NOW};
    // SAFETY: passed on to the caller.
    Ok(unsafe { UnixLibrary::open(Some(path), RTLD_NOW | RTLD_LOCAL)? }.into())
}

/// # Safety
/// The library's initialisers may run.
#[cfg(not(unix))]
pub(super) unsafe fn load(path: &Path) -> Result<Library, libloading::Error> {
    // SAFETY: passed on to the caller.
    unsafe { Library::new(path) }
}

/// Copies a descriptor out.
///
/// # Safety
/// `descriptor` points to at least the head of one, in memory that stays.
unsafe fn read(descriptor: *const Descriptor) -> Open {
    // SAFETY: the head (magic, size, abi_major) has the same place in every version.
    let (magic, size, major) = unsafe {
        (
            (&raw const (*descriptor).magic).read(),
            (&raw const (*descriptor).size).read(),
            (&raw const (*descriptor).abi_major).read(),
        )
    };
    let whole =
        magic == abi::MAGIC && size as usize >= size_of::<Descriptor>() && major == abi::MAJOR;
    // SAFETY: of the right kind, size and major, so it is a whole `Descriptor` of this version.
    let rest = whole.then(|| unsafe { &*descriptor }).map(|descriptor| Rest {
        sqlite_minimum: descriptor.sqlite_minimum,
        flags: descriptor.flags,
        // SAFETY: the texts of a descriptor are constants of the library.
        id: unsafe { descriptor.id.read() }.unwrap_or_default().to_owned(),
        // SAFETY: as above.
        api_version: unsafe { descriptor.api_version.read() }.unwrap_or_default().to_owned(),
        forward: Entry(descriptor.forward),
        backward: Entry(descriptor.backward),
    });
    Open { magic, size, major, rest }
}
