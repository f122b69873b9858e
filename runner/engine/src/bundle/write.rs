//! Writes a bundle: the counterpart of `open.rs` and `unpack.rs`.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

use super::header::header;
use super::layout::{DIGEST_NAME, DIGEST_SIZE, END, MANIFEST_NAME, digest_line, name, padding};
use super::manifest::{Bundled, Manifest};
use crate::sum::sha256;
use crate::whole_file;

/// A library as it goes into a bundle.
#[derive(Debug)]
pub struct PackedLibrary {
    /// What the manifest says of it.
    pub bundled: Bundled,
    /// The library, compressed.
    pub bytes: Vec<u8>,
}

/// Writes a bundle to `path`, whole or not at all, and replaces what is there.
///
/// # Errors
/// The folder cannot be written.
pub fn write(path: &Path, manifest: &Manifest, all: &[PackedLibrary]) -> io::Result<()> {
    let fill = |file: &mut File| {
        let mut written = io::BufWriter::new(file);
        write_to(&mut written, manifest, all)?;
        written.flush()
    };
    whole_file::write_with(path, fill)
}

fn write_to(to: &mut impl Write, manifest: &Manifest, all: &[PackedLibrary]) -> io::Result<()> {
    let mut text = serde_json::to_vec_pretty(manifest)?;
    text.push(b'\n');
    let line = digest_line(&sha256(&text));
    debug_assert_eq!(line.len() as u64, DIGEST_SIZE);
    entry(to, DIGEST_NAME, line.as_bytes())?;
    entry(to, MANIFEST_NAME, &text)?;
    for packed in all {
        entry(to, &name(&packed.bundled), &packed.bytes)?;
    }
    zeros(to, END)
}

fn entry(to: &mut impl Write, name: &str, bytes: &[u8]) -> io::Result<()> {
    let size = bytes.len() as u64;
    to.write_all(&header(name, size))?;
    to.write_all(bytes)?;
    zeros(to, padding(size))
}

fn zeros(to: &mut impl Write, count: u64) -> io::Result<()> {
    io::copy(&mut io::Read::take(io::repeat(0), count), to).map(|_| ())
}
