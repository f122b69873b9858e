//! Looks into a library's file before any code of it can run: opening one that is cut short kills
//! the process, and opening a foreign one runs its initialisers.

use std::fs::{self};
use std::io;
use std::path::Path;

use object::read::{ExportTarget, NameOrOrdinal, ReadCache, ReadRef};
use object::{Architecture, Object, ObjectSection, ObjectSegment};

use super::blocks::Blocks;
use super::export::Export;
use super::export::{EmbeddedDigest, short};
use crate::explain::Code;
use crate::hint::{self, Hint};
use crate::id::MigrationId;
use crate::regular_file;

/// The length of a descriptor that is read from the file: all before the fields that the loader fills in. Only
/// the digest follows these.
const HEAD: u64 = 24;

/// The fields of a descriptor that are in the file itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// `FLAG_*` bits.
    pub flags: u32,
    /// The digest of its source; `None` for an older minor version, which has none.
    pub source: Option<EmbeddedDigest>,
}

/// Checks that the file at `path` is a whole dynamic library for this machine, exports `export` in this version
/// of the ABI, and was built from the source with the digest `source`. Reads headers and symbols, not the code. A
/// library of an older minor version has no digest.
///
/// # Errors
/// What is wrong with it.
pub fn inspect(path: &Path, export: &'static Export, source: &str) -> Result<(), InspectError> {
    look(path, export, Some(HOST))?.source.map_or(Ok(()), |embedded| embedded.verify(source))
}

/// As [`inspect`], of a library in memory.
///
/// # Errors
/// As [`inspect`].
pub(crate) fn inspect_bytes(
    library: &[u8],
    export: &'static Export,
    source: &str,
) -> Result<(), InspectError> {
    let head = look_into(library, library.len() as u64, export, Some(HOST))?;
    head.source.map_or(Ok(()), |embedded| embedded.verify(source))
}

/// Reads the descriptor in the file at `path`, if that is a whole dynamic library for the machine `wanted`, or
/// for any machine if none is given.
///
/// # Errors
/// As [`inspect`].
pub fn look(
    path: &Path,
    export: &'static Export,
    wanted: Option<Architecture>,
) -> Result<Head, InspectError> {
    let unreadable = |source| InspectError::Unreadable { source };
    // Before it is opened: to open a named pipe is to wait for its other end.
    let metadata = fs::metadata(path).map_err(unreadable)?;
    if !metadata.is_file() {
        return Err(InspectError::NotAFile);
    }
    if metadata.len() == 0 {
        return Err(InspectError::Empty);
    }
    let file = regular_file::open(path).map_err(unreadable)?;
    let cache = ReadCache::new(Blocks::of(file, metadata.len()));
    look_into(&cache, metadata.len(), export, wanted)
}

/// As [`look`], of the `length` bytes in `data`.
///
/// # Errors
/// As [`inspect`].
pub fn look_into<'d>(
    data: impl ReadRef<'d>,
    length: u64,
    export: &'static Export,
    wanted: Option<Architecture>,
) -> Result<Head, InspectError> {
    let object = object::File::parse(data).map_err(InspectError::NotALibrary)?;
    if wanted.is_some_and(|wanted| object.architecture() != wanted) {
        return Err(InspectError::OtherMachine { found: object.architecture() });
    }
    for segment in object.segments() {
        let (start, size) = segment.file_range();
        if start.checked_add(size).is_none_or(|end| end > length) {
            return Err(InspectError::CutShort { length });
        }
    }
    // The table of sections comes last in a file. Every section has a name, unless what was to be
    // written there never was, as after a power cut.
    let has_name = |name: object::Result<&[u8]>| name.is_ok_and(|name| !name.is_empty());
    if !object.sections().all(|section| has_name(section.name_bytes())) {
        return Err(InspectError::CutShort { length });
    }
    let address = descriptor_address(&object, export).ok_or(InspectError::NoExport { export })?;
    let none = InspectError::NotADescriptor { export };
    let Some(place) = place(&object, address) else { return Err(none) };
    let Ok(head) = data.read_bytes_at(place, HEAD) else { return Err(none) };
    if let Some(error) = judge(head, export) {
        return Err(error);
    }
    let digest = export.source_digest;
    let source = if size(head) as usize >= digest + size_of::<EmbeddedDigest>() {
        let bytes = data.read_at::<[u8; 32]>(place + digest as u64).map_err(|()| none)?;
        Some(EmbeddedDigest(*bytes))
    } else {
        None
    };
    Ok(Head { flags: flags(head), source })
}

fn flags(head: &[u8]) -> u32 {
    head.last_chunk::<4>().map_or(0, |flags| u32::from_le_bytes(*flags))
}

fn size(head: &[u8]) -> u32 {
    head[8..].first_chunk::<4>().map_or(0, |size| u32::from_le_bytes(*size))
}

/// The architecture this runner was built for.
const HOST: Architecture = if cfg!(target_arch = "x86_64") {
    Architecture::X86_64
} else if cfg!(target_arch = "aarch64") {
    Architecture::Aarch64
} else if cfg!(target_arch = "x86") {
    Architecture::I386
} else if cfg!(target_arch = "riscv64") {
    Architecture::Riscv64
} else {
    Architecture::Unknown
};

/// The address of the descriptor in memory. Mach-O puts a `_` before each name.
fn descriptor_address<'data>(object: &impl Object<'data>, export: &'static Export) -> Option<u64> {
    object.exports().ok()?.filter_map(Result::ok).find_map(|found| {
        let NameOrOrdinal::Name(name) = found.name() else { return None };
        let name = name.strip_prefix(b"_").unwrap_or(name);
        match found.target() {
            ExportTarget::Address { address } if name == export.symbol.as_bytes() => Some(address),
            _ => None,
        }
    })
}

/// The offset in the file that is mapped to `address`. To ask for the data of a segment would read all of
/// it.
fn place<'data>(object: &impl Object<'data>, address: u64) -> Option<u64> {
    object.segments().find_map(|segment| {
        let (start, size) = segment.file_range();
        let offset = address.checked_sub(segment.address())?;
        (offset < size).then(|| start.checked_add(offset))?
    })
}

fn judge(head: &[u8], export: &'static Export) -> Option<InspectError> {
    let (magic, rest) = head.split_first_chunk::<8>()?;
    let (size, rest) = rest.split_first_chunk::<4>()?;
    let (major, _) = rest.split_first_chunk::<2>()?;
    let (size, major) = (u32::from_le_bytes(*size), u16::from_le_bytes(*major));
    let right = *magic == export.magic && size as usize >= export.smallest && major == export.major;
    (!right).then(|| judge_head(*magic, size, major, export))
}

/// The error of a descriptor with this head.
pub fn judge_head(magic: [u8; 8], size: u32, major: u16, export: &'static Export) -> InspectError {
    if magic != export.magic {
        InspectError::NotADescriptor { export }
    } else if major != export.major {
        InspectError::OtherAbi { found: major, export }
    } else {
        InspectError::ShortDescriptor { size }
    }
}

/// How to have cargo build a wrong file anew. To delete it is not enough: cargo has it under a second name, and
/// would link that.
pub(super) fn build_anew(id: &MigrationId) -> Hint {
    format!(
        "`cargo clean --package {}` in the folder of migrations removes it; then run the command \
         again, which builds it anew",
        id.package()
    )
    .into()
}

/// Why this runner cannot load a library.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InspectError {
    /// The file system refused.
    #[error("it cannot be read")]
    Unreadable {
        /// Why.
        source: io::Error,
    },
    /// It is a folder or a device.
    #[error("it is not a file")]
    NotAFile,
    /// It has no bytes.
    #[error("it is empty")]
    Empty,
    /// Its headers are not those of a library.
    #[error("it is not a dynamic library, or it is cut short")]
    NotALibrary(#[source] object::Error),
    /// It was built for another processor.
    #[error("it was built for {found:?}, and this machine is {HOST:?}")]
    OtherMachine {
        /// The processor it was built for.
        found: Architecture,
    },
    /// The file is shorter than its headers say.
    #[error("it is cut short: the file ends after {length} bytes")]
    CutShort {
        /// The length of the file.
        length: u64,
    },
    /// It exports no such symbol.
    #[error("it exports no {export}")]
    NoExport {
        /// What it should export.
        export: &'static Export,
    },
    /// The symbol is something else than a descriptor.
    #[error("what it exports as `{}` is not a {}", export.symbol, export.words.descriptor)]
    NotADescriptor {
        /// What it should export.
        export: &'static Export,
    },
    /// It has another major version of the ABI.
    #[error("it speaks version {found} of {}, and this runner speaks {}", export.words.abi, export.major)]
    OtherAbi {
        /// Its version.
        found: u16,
        /// What it should export.
        export: &'static Export,
    },
    /// It holds the digest of another source.
    #[error(
        "it was built from another source: its digest is {}, and should be {}",
        short(found),
        short(expected)
    )]
    OtherSource {
        /// The digest in it.
        found: String,
        /// That of the source that it should be built from.
        expected: String,
    },
    /// It holds no digest: its compiler was not given one.
    #[error("it does not say which source it was built from")]
    NoSource,
    /// Its descriptor is shorter than any of this major version.
    #[error("its descriptor says that it is {size} bytes long, which is too short")]
    ShortDescriptor {
        /// Its size.
        size: u32,
    },
}

impl InspectError {
    /// What `runner explain` has to say about it.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            Self::Unreadable { .. } => Code::LibraryUnreadable,
            Self::NotAFile
            | Self::Empty
            | Self::NotALibrary(_)
            | Self::CutShort { .. }
            | Self::NotADescriptor { .. }
            | Self::ShortDescriptor { .. } => Code::BadLibrary,
            Self::OtherMachine { .. } => Code::OtherMachine,
            Self::NoExport { .. } => Code::NoExport,
            Self::OtherAbi { .. } => Code::OtherAbi,
            Self::OtherSource { .. } | Self::NoSource => Code::OtherSource,
        }
    }

    /// Whether a new build by cargo may cure it.
    pub fn is_of_this_build(&self) -> bool {
        matches!(
            self,
            Self::NotAFile
                | Self::Empty
                | Self::NotALibrary(_)
                | Self::CutShort { .. }
                | Self::OtherSource { .. }
                | Self::NoSource
        )
    }

    /// What to do next about the library of the migration `id`.
    #[must_use]
    pub fn hint(&self, id: &MigrationId) -> Option<Hint> {
        self.next(|| build_anew(id))
    }

    /// What to do next; `build_anew` is the hint how to have a wrong file built anew.
    #[doc(hidden)]
    pub fn next(&self, build_anew: impl FnOnce() -> Hint) -> Option<Hint> {
        Some(match self {
            Self::Unreadable { source } => return hint::reading(source),
            Self::NoExport { export } => export.words.how_to_export.into(),
            Self::NotADescriptor { export } => {
                format!("only `{}!` may export that name, and once per crate", export.words.by)
                    .into()
            }
            Self::OtherAbi { found, export } if *found > export.major => format!(
                "use a newer runner, or build the {export} with an older `{}`",
                export.words.package
            )
            .into(),
            Self::OtherAbi { export, .. } => {
                format!("build the {export} with a newer `{}`", export.words.package).into()
            }
            Self::NoSource => {
                "does something between the runner and rustc, as a wrapper, drop variables \
                               of the environment?"
                    .into()
            }
            Self::OtherSource { .. } => "run the command again, which builds it anew".into(),
            _ => build_anew(),
        })
    }
}

#[cfg(test)]
mod examples {
    use super::*;
    use crate::messages::{Examples, each_variant, refused};

    impl Examples for InspectError {
        fn examples() -> Vec<Self> {
            each_variant!(InspectError:
                Unreadable { source: refused() },
                NotAFile,
                Empty,
                NotALibrary(object::File::parse(&b"#!/bin/sh\nexec true\n"[..]).err().unwrap()),
                OtherMachine { found: Architecture::Sparc64 },
                CutShort { length: 4096 },
                NoExport { export: Export::MIGRATION },
                NotADescriptor { export: Export::MIGRATION },
                OtherAbi { found: Export::MIGRATION.major + 1, export: Export::MIGRATION },
                OtherAbi { found: Export::MIGRATION.major - 1, export: Export::MIGRATION },
                OtherSource { found: "a".repeat(64), expected: "b".repeat(64) },
                NoSource,
                ShortDescriptor { size: 8 },
            )
        }
    }
}
