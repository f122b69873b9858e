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

/// The decompressed bytes, or `None` if there are not `size` of them. No more than these are ever made.
pub(super) fn decompress(packed: &[u8], first: First<'_>, size: u64) -> Option<Vec<u8>> {
    let mut library = Vec::with_capacity(usize::try_from(size).ok()?);
    let mut decompressor = DCtx::create();
    decompressor.ref_prefix(first).ok()?;
    decompressor.decompress(&mut library, packed).ok()?;
    (library.len() as u64 == size).then_some(library)
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
        assert_eq!(decompress(&packed, &first, 2_000_000), Some(like));
    }

    #[test]
    fn what_is_more_or_less_than_it_says_is_not_made() {
        let bomb = compress(&vec![0; 10_000_000], &[]).unwrap();
        assert!(bomb.len() < 10_000);
        assert_eq!(decompress(&bomb, &[], 100), None);
        assert_eq!(decompress(&bomb, &[], 10_000_001), None);
        assert_eq!(decompress(&bomb, &[], 10_000_000), Some(vec![0; 10_000_000]));
    }
}
