//! The source of a migration in a bundle: a frame behind that of its library.

use super::frame::{self, Magic};
use crate::source_text::PackedSource;

/// `library`, which is compressed, with the `source` behind it.
#[must_use]
pub fn with_source(library: Vec<u8>, source: &PackedSource) -> Vec<u8> {
    frame::append(library, Magic::SOURCE, source.bytes())
}

/// The source behind a library; `None`: an older runner has packed it.
pub(super) fn source_in(packed: &[u8]) -> Option<PackedSource> {
    frame::find(packed, Magic::SOURCE).map(PackedSource::of)
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

            let with_more = frame::append(packed, Magic::VERDICTS, b"{}");
            assert_eq!(decompressor.decompress(&with_more, before, size), Some(&*library));
            assert_eq!(source_in(&with_more).and_then(|it| it.unpack()), Some(source.clone()));
            assert_eq!(frame::find(&with_more, Magic::VERDICTS), Some(b"{}".as_slice()));
        }
    }
}
