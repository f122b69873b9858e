//! The bytes of a bundle: in this program, or in a file that stays open.

use std::borrow::Cow;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use super::failure::Flaw;

/// The bytes of a bundle.
#[derive(Debug)]
pub(super) enum Content {
    Bytes(Cow<'static, [u8]>),
    File { file: File, path: PathBuf, length: u64 },
}

impl Content {
    /// All of the `file` at `path`, as long as it is now.
    pub(super) fn file(file: File, path: PathBuf) -> io::Result<Self> {
        let length = file.metadata()?.len();
        Ok(Self::File { file, path, length })
    }

    /// How many there are.
    pub(super) fn length(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::File { length, .. } => *length,
        }
    }

    /// The file that they are in.
    pub(super) fn path(&self) -> Option<&Path> {
        match self {
            Self::Bytes(_) => None,
            Self::File { path, .. } => Some(path),
        }
    }

    /// The `size` bytes from `start`.
    ///
    /// # Errors
    /// There are not so many, or not any more; they cannot be read.
    pub(super) fn read(&self, start: u64, size: u64) -> Result<Cow<'_, [u8]>, Flaw> {
        let cut_short = |found| Flaw::CutShort { expected: start.saturating_add(size), found };
        let end = start.checked_add(size).filter(|end| *end <= self.length());
        let Some(end) = end else { return Err(cut_short(self.length())) };
        // It fits: so many bytes there are.
        let place = |at| usize::try_from(at).unwrap_or(usize::MAX);
        match self {
            Self::Bytes(bytes) => Ok(Cow::Borrowed(&bytes[place(start)..place(end)])),
            Self::File { file, .. } => {
                let mut piece = vec![0; place(size)];
                match read_exact_at(file, &mut piece, start) {
                    Ok(()) => Ok(Cow::Owned(piece)),
                    // It was as long when it was opened.
                    Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                        Err(cut_short(file.metadata()?.len()))
                    }
                    Err(error) => Err(error.into()),
                }
            }
        }
    }
}

/// Reads at a position: forked processes share the position of the file itself.
#[cfg(unix)]
fn read_exact_at(file: &File, piece: &mut [u8], start: u64) -> io::Result<()> {
    use std::os::unix::fs::FileExt as _;
    file.read_exact_at(piece, start)
}

/// As on Unix.
#[cfg(windows)]
fn read_exact_at(file: &File, mut piece: &mut [u8], mut start: u64) -> io::Result<()> {
    use std::os::windows::fs::FileExt as _;
    while !piece.is_empty() {
        match file.seek_read(piece, start)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            length => {
                piece = &mut piece[length..];
                start += length as u64;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// A file of 100,000 bytes, each told by its place.
    fn bytes() -> Vec<u8> {
        (0..100_000u32).map(|at| (at % 251) as u8).collect()
    }

    #[test]
    fn processes_that_share_the_open_file_after_a_fork_do_not_disturb_each_other() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("bundle");
        fs::write(&path, bytes()).unwrap();
        // What a fork leaves in either process: two descriptors of one open file, with one position.
        let parent = File::open(&path).unwrap();
        let children = [parent.try_clone().unwrap(), parent.try_clone().unwrap(), parent];
        let contents = children.map(|file| Content::file(file, path.clone()).unwrap());
        std::thread::scope(|scope| {
            for content in &contents {
                scope.spawn(move || {
                    for start in (0..99_000).step_by(97) {
                        let read = content.read(start, 1000).unwrap();
                        assert!(read[..] == bytes()[start as usize..][..1000], "{start}");
                    }
                });
            }
        });
    }

    #[test]
    fn a_file_that_is_cut_while_it_is_open_is_told_with_its_length() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("bundle");
        fs::write(&path, bytes()).unwrap();
        let content = Content::file(File::open(&path).unwrap(), path.clone()).unwrap();
        File::options().write(true).open(&path).unwrap().set_len(700).unwrap();
        let flaw = content.read(512, 1000).unwrap_err();
        assert!(matches!(flaw, Flaw::CutShort { expected: 1512, found: 700 }), "{flaw}");
    }
}
