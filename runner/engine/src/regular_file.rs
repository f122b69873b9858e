//! Opens and reads files whose names somebody gave, or that are found by their names, in a time and with an
//! amount of memory that have an end: a named pipe waits for its other end, a device may go on for ever.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Read as _};
use std::path::Path;

/// What a text of settings, keys or a manifest may have: many times what people write.
pub const SETTINGS: u64 = 1 << 20;

/// What models in SQL may have.
pub const SCHEMA: u64 = 16 << 20;

/// What a file of rows or of a template may have.
pub const TEXT: u64 = 64 << 20;

/// What a file of a crate's source may have, and a library.
pub const SOURCE: u64 = 1 << 30;

/// Opens the file at `path` to read it.
///
/// # Errors
/// The system's; it is no regular file.
pub fn open(path: &Path) -> io::Result<File> {
    // To open a device may already do something, so it is looked at first.
    require_regular(&fs::metadata(path)?)?;
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        // If it has become a pipe or a terminal in between, opening it neither waits nor takes it over.
        let flags = rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::NOCTTY;
        options.custom_flags(flags.bits().cast_signed());
    }
    let file = options.read(true).open(path)?;
    require_regular(&file.metadata()?)?;
    Ok(file)
}

/// The bytes of the file at `path`, of which there may be `limit`.
///
/// # Errors
/// As [`open`]; there are more.
pub fn read(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    let file = open(path)?;
    let size = file.metadata()?.len();
    if size > limit {
        return Err(too_large(limit));
    }
    let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or_default());
    // It may grow meanwhile, and what /proc has says that it is empty.
    file.take(limit + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit { Err(too_large(limit)) } else { Ok(bytes) }
}

/// The text of the file at `path`, of which there may be `limit` bytes.
///
/// # Errors
/// As [`read`]; it is not UTF-8.
pub fn read_text(path: &Path, limit: u64) -> io::Result<String> {
    String::from_utf8(read(path, limit)?)
        .map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "it is not UTF-8"))
}

fn require_regular(metadata: &Metadata) -> io::Result<()> {
    if metadata.is_file() {
        return Ok(());
    }
    let what = if metadata.is_dir() { "a folder" } else { kind(metadata) };
    Err(io::Error::new(io::ErrorKind::InvalidInput, format!("it is {what} and no regular file")))
}

#[cfg(unix)]
fn kind(metadata: &Metadata) -> &'static str {
    use std::os::unix::fs::FileTypeExt as _;
    match metadata.file_type() {
        kind if kind.is_fifo() => "a named pipe",
        kind if kind.is_socket() => "a socket",
        _ => "a device",
    }
}

#[cfg(not(unix))]
fn kind(_metadata: &Metadata) -> &'static str {
    "a device"
}

fn too_large(limit: u64) -> io::Error {
    const MEGABYTE: u64 = 1 << 20;
    let text = format!("it has more than {} MiB, and no more is read", limit.div_ceil(MEGABYTE));
    io::Error::new(io::ErrorKind::FileTooLarge, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_up_to_its_limit_and_no_further() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.toml");
        fs::write(&path, "123456").unwrap();
        assert_eq!(read(&path, 6).unwrap(), b"123456");
        let error = read(&path, 5).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::FileTooLarge, "{error}");
        fs::write(&path, [0xff]).unwrap();
        assert_eq!(read_text(&path, 9).unwrap_err().kind(), io::ErrorKind::InvalidData);
        // Of which only what is asked for is read, however large it is.
        File::create(&path).unwrap().set_len(1 << 34).unwrap();
        assert!(read(&path, SETTINGS).unwrap_err().to_string().contains("more than 1 MiB"));
        let error = open(folder.path()).unwrap_err();
        assert_eq!(error.to_string(), "it is a folder and no regular file");
    }

    #[cfg(unix)]
    #[test]
    fn neither_a_pipe_nor_a_device_is_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let said = |path: &Path| read(path, SETTINGS).unwrap_err().to_string();
        assert_eq!(said(&pipe), "it is a named pipe and no regular file");
        assert_eq!(said(Path::new("/dev/zero")), "it is a device and no regular file");
    }
}
