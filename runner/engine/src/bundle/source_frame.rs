//! The source of a migration in a bundle: a frame behind that of its library, which whoever decompresses skips
//! (<https://datatracker.ietf.org/doc/html/rfc8878#section-3.1.2>). An older runner loads the library as ever.

use zstd_safe::find_frame_compressed_size;

use crate::source_text::PackedSource;

/// What the frame begins with: one of sixteen numbers that anybody may use.
const MAGIC: [u8; 4] = 0x184D_2A5Eu32.to_le_bytes();

/// `library`, which is compressed, with the `source` behind it.
#[must_use]
pub fn with_source(library: Vec<u8>, source: &PackedSource) -> Vec<u8> {
    match u32::try_from(source.bytes().len()) {
        Ok(size) => [&*library, &MAGIC, &size.to_le_bytes(), source.bytes()].concat(),
        Err(_) => library,
    }
}

/// The source behind a library; `None`: an older runner has packed it.
pub(super) fn source_in(packed: &[u8]) -> Option<PackedSource> {
    let library = find_frame_compressed_size(packed).ok()?;
    let (size, source) = packed.get(library..)?.strip_prefix(&MAGIC)?.split_first_chunk()?;
    let size = usize::try_from(u32::from_le_bytes(*size)).ok()?;
    (source.len() == size).then(|| PackedSource::of(source))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bundle::compress::{Decompressor, compress};
    use crate::source_text::SourceText;

    #[test]
    fn the_library_is_unpacked_as_if_there_were_none() {
        let mut source = SourceText::default();
        source.add("src/lib.rs", b"fn a() {}\n");
        let (first, library) = (vec![7; 5000], b"a library".repeat(1000));
        for before in [&[], &*first] {
            let alone = compress(&library, before).unwrap();
            assert_eq!(source_in(&alone), None);
            let packed = with_source(alone, &source.pack());
            let mut decompressor = Decompressor::new();
            let size = library.len() as u64;
            assert_eq!(decompressor.decompress(&packed, before, size), Some(&*library));
            assert_eq!(source_in(&packed).and_then(|it| it.unpack()), Some(source.clone()));
            assert_eq!(source_in(&packed[..packed.len() - 1]), None);
        }
    }
}
