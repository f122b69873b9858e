//! Compresses libraries. All contain the same standard library of Rust and the same migration-api, so
//! each is stored as its difference from the first: a fifth of what it takes alone.
//!
//! By hand: `zstd --decompress --patch-from=FIRST FILE.zst`.

use std::io;

use zstd_safe::{CCtx, CParameter, DCtx, ErrorCode, compress_bound, get_error_name};

/// The library that the others differ from. The first differs from nothing.
pub(super) type First<'f> = &'f [u8];

/// `library`, compressed. The same libraries give the same bytes.
///
/// # Errors
/// The compressor's.
pub fn compress(library: &[u8], first: &[u8]) -> io::Result<Vec<u8>> {
    /// A higher one takes many times as long, for a fifth less.
    const LEVEL: i32 = 6;
    /// So far back, as a power of two, may the decoder be made to look without being asked to allow it.
    const FARTHEST: u32 = 27;
    let window = (first.len() + library.len()).next_power_of_two().trailing_zeros();
    let mut packed = Vec::with_capacity(compress_bound(library.len()));
    let mut compressor = CCtx::create();
    compressor.set_parameter(CParameter::CompressionLevel(LEVEL)).map_err(failed)?;
    compressor.set_parameter(CParameter::WindowLog(window.clamp(20, FARTHEST))).map_err(failed)?;
    compressor.ref_prefix(first).map_err(failed)?;
    compressor.compress2(&mut packed, library).map_err(failed)?;
    packed.shrink_to_fit();
    Ok(packed)
}

fn failed(code: ErrorCode) -> io::Error {
    io::Error::other(get_error_name(code))
}

/// Decompresses one library after the other, into the same memory: fresh memory takes as long as decompressing.
pub(super) struct Decompressor<'f> {
    context: DCtx<'f>,
    library: Vec<u8>,
}

impl<'f> Decompressor<'f> {
    pub(super) fn new() -> Self {
        Self { context: DCtx::create(), library: Vec::new() }
    }

    /// The decompressed bytes, or `None` if there are not `size` of them. No more than these are ever made.
    pub(super) fn decompress(
        &mut self,
        packed: &[u8],
        first: First<'f>,
        size: u64,
    ) -> Option<&[u8]> {
        let size = usize::try_from(size).ok()?;
        if self.library.len() < size {
            self.library.resize(size, 0);
        }
        let library = &mut self.library[..size];
        self.context.ref_prefix(first).ok()?;
        let made = self.context.decompress(library, packed).ok()?;
        (made == size).then_some(library)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_like_the_first_takes_little() {
        let first: Vec<u8> =
            (0..2_000_000u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
        let mut like = first.clone();
        like[1_000_000] ^= 1;
        let packed = compress(&like, &first).unwrap();
        assert!(packed.len() < 10_000, "{}", packed.len());
        let mut decompressor = Decompressor::new();
        let small = compress(b"small", &[]).unwrap();
        // The same memory for a large one, a small one, and the large one again.
        for (packed, before, library) in
            [(&packed, &*first, &*like), (&small, &[], b"small"), (&packed, &first, &like)]
        {
            let size = library.len() as u64;
            assert!(decompressor.decompress(packed, before, size) == Some(library));
        }
    }

    #[test]
    fn what_is_more_or_less_than_it_says_is_not_made() {
        let bomb = compress(&vec![0; 10_000_000], &[]).unwrap();
        assert!(bomb.len() < 10_000);
        let mut decompressor = Decompressor::new();
        assert_eq!(decompressor.decompress(&bomb, &[], 100), None);
        assert_eq!(decompressor.decompress(&bomb, &[], 10_000_001), None);
        assert!(decompressor.decompress(&bomb, &[], 10_000_000).is_some());
        // What was in the memory before is neither taken for it nor added to it.
        assert_eq!(decompressor.decompress(&bomb, &[], 100), None);
        assert!(decompressor.decompress(&bomb, &[], 10_000_000) == Some(&vec![0; 10_000_000]));
    }
}
