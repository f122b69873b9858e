//! Where the bytes of a bundle lie: in this program, or in a file that stays open.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, Read, Seek as _, SeekFrom};
use std::sync::{Mutex, PoisonError};

/// The bytes of a bundle.
#[derive(Debug)]
pub(super) enum Content {
    Bytes(Cow<'static, [u8]>),
    File { file: Mutex<File>, length: u64 },
}

impl Content {
    /// All of a file, as long as it is now.
    pub(super) fn file(file: File) -> io::Result<Self> {
        let length = file.metadata()?.len();
        Ok(Self::File { file: Mutex::new(file), length })
    }

    /// How many there are.
    pub(super) fn length(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::File { length, .. } => *length,
        }
    }

    /// Hands those from `start` to `read`, one reader at a time.
    pub(super) fn from<T, E: From<io::Error>>(
        &self,
        start: u64,
        read: impl FnOnce(&mut dyn Read) -> Result<T, E>,
    ) -> Result<T, E> {
        match self {
            Self::Bytes(bytes) => {
                let start = usize::try_from(start).unwrap_or(usize::MAX);
                read(&mut bytes.get(start..).unwrap_or_default())
            }
            Self::File { file, .. } => {
                let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
                file.seek(SeekFrom::Start(start))?;
                read(&mut *file)
            }
        }
    }
}
