//! Loads a library whose bytes were verified in memory. Exactly these bytes are loaded, whoever else may write
//! to the folder for temporary files.
//!
//! On Linux they are written to a sealed file without a name ([`memory_file`](super::memory_file)). If the system has
//! none, or if memory should not hold so many bytes, they are written to a folder that only this user can change
//! ([`private_folder`](super::private_folder)), and lose their name there once they are loaded.

#[cfg(target_os = "linux")]
use super::memory_file::{self, has_room};
use super::private_folder::{NoPlace, PrivateFolder};
use crate::ffi::{self, Opened};
use crate::id::MigrationId;

/// Why a library that was verified is not loaded.
pub(crate) enum Unloadable {
    /// The system's loader refuses it.
    Refused(libloading::Error),
    /// There is no place to load it from.
    NoPlace(NoPlace),
}

/// Loads some libraries, one after the other.
#[derive(Default)]
pub(crate) struct Loader {
    folder: Option<PrivateFolder>,
}

impl Loader {
    /// Loads `library`, that of the migration `id`, for good.
    ///
    /// # Errors
    /// See [`Unloadable`].
    pub(crate) fn open(&mut self, id: &MigrationId, library: &[u8]) -> Result<Opened, Unloadable> {
        if has_room(library)
            && let Some(opened) = open_in_memory(id, library)
        {
            return opened;
        }
        match self.open_in_folder(id, library) {
            // Better more memory than none loaded.
            Err(Unloadable::NoPlace(no_place)) => {
                open_in_memory(id, library).unwrap_or(Err(Unloadable::NoPlace(no_place)))
            }
            outcome => outcome,
        }
    }

    fn open_in_folder(&mut self, id: &MigrationId, library: &[u8]) -> Result<Opened, Unloadable> {
        let folder = match self.folder.take() {
            Some(folder) => folder,
            None => PrivateFolder::new().map_err(Unloadable::NoPlace)?,
        };
        let folder = self.folder.insert(folder);
        let opened = folder.load(id, library, ffi::open).map_err(Unloadable::NoPlace)?;
        opened.map_err(Unloadable::Refused)
    }
}

/// `None`: there is no memory to load it from.
#[cfg(target_os = "linux")]
fn open_in_memory(id: &MigrationId, library: &[u8]) -> Option<Result<Opened, Unloadable>> {
    let opened = memory_file::load(id, library, ffi::open)?;
    Some(opened.map_err(Unloadable::Refused))
}

#[cfg(not(target_os = "linux"))]
fn open_in_memory(_id: &MigrationId, _library: &[u8]) -> Option<Result<Opened, Unloadable>> {
    None
}

/// Elsewhere there are no such files.
#[cfg(not(target_os = "linux"))]
fn has_room(_library: &[u8]) -> bool {
    false
}
