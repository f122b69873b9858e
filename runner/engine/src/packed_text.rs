//! Texts in little room: several in one, compressed where that makes them shorter, as what is another than in a text that is known.

use zstd_safe::{CCtx, CParameter, DCtx};

/// The largest text that is unpacked, in bytes. What claims to be larger is damaged.
const LARGEST: usize = 64 * 1024 * 1024;

/// The first byte where the text itself follows.
const PLAIN: u8 = 0;

/// The first byte where the length of the text follows, and then a frame of Zstandard.
const ZSTD: u8 = 1;

/// `text`, packed. Whoever unpacks it must have `like`, which may be empty: what is the same in both takes no room.
pub(crate) fn pack(text: &[u8], like: &[u8]) -> Vec<u8> {
    match compressed(text, like) {
        Some(frame) if frame.len() + 4 < text.len() => {
            let length = u32::try_from(text.len()).unwrap_or(u32::MAX).to_le_bytes();
            [&[ZSTD], length.as_slice(), &frame].concat()
        }
        _ => [&[PLAIN], text].concat(),
    }
}

/// The text that [`pack`] was given, with the same `like`; `None`: these bytes are not from there.
pub(crate) fn unpack(packed: &[u8], like: &[u8]) -> Option<Vec<u8>> {
    let (form, rest) = packed.split_first()?;
    match *form {
        PLAIN => Some(rest.to_owned()),
        ZSTD => {
            let (length, frame) = rest.split_first_chunk()?;
            let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
            let mut text = Vec::with_capacity(Some(length).filter(|it| *it <= LARGEST)?);
            let mut context = DCtx::create();
            context.ref_prefix(like).ok()?;
            context.decompress(&mut text, frame).ok()?;
            (text.len() == length).then_some(text)
        }
        _ => None,
    }
}

fn compressed(text: &[u8], like: &[u8]) -> Option<Vec<u8>> {
    /// In less than this there is nothing to find.
    const LEAST: usize = 64;
    const LEVEL: i32 = 3;
    if text.len() < LEAST || text.len() > LARGEST {
        return None;
    }
    // The tables of the compressor are as large as the window: a step has no time to clear megabytes.
    let window = (like.len() + text.len()).next_power_of_two().trailing_zeros().clamp(10, 27);
    let mut packed = Vec::with_capacity(zstd_safe::compress_bound(text.len()));
    let mut context = CCtx::create();
    context.set_parameter(CParameter::CompressionLevel(LEVEL)).ok()?;
    context.set_parameter(CParameter::WindowLog(window)).ok()?;
    context.ref_prefix(like).ok()?;
    context.compress2(&mut packed, text).ok()?;
    Some(packed)
}

/// All parts, each after its length.
pub(crate) fn join<'t>(parts: impl Iterator<Item = &'t [u8]>) -> Vec<u8> {
    let mut all = Vec::new();
    for part in parts {
        all.extend(u32::try_from(part.len()).unwrap_or(u32::MAX).to_le_bytes());
        all.extend(part);
    }
    all
}

/// The parts that were [joined](join); `None`: these bytes are not from there.
pub(crate) fn split(mut all: &[u8]) -> Option<Vec<&[u8]>> {
    let mut parts = Vec::new();
    while !all.is_empty() {
        let (length, rest) = all.split_first_chunk()?;
        let (part, rest) = rest.split_at_checked(length_of(length)?)?;
        parts.push(part);
        all = rest;
    }
    Some(parts)
}

pub(crate) fn length_of(bytes: &[u8; 4]) -> Option<usize> {
    usize::try_from(u32::from_le_bytes(*bytes)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_comes_back_and_what_is_known_takes_no_room() {
        let table = |columns: usize| {
            let columns: Vec<_> = (0..columns).map(|n| format!("column_{n} TEXT")).collect();
            format!("CREATE TABLE t ({})", columns.join(", ")).into_bytes()
        };
        let (before, after) = (table(500), table(501));
        let packed = pack(&after, &before);
        assert!(packed.len() < 100, "{}", packed.len());
        assert_eq!(unpack(&packed, &before), Some(after.clone()));
        assert_ne!(unpack(&packed, &table(499)), Some(after));
        for text in [b"".as_slice(), b"short", &[7; 64], &table(3)] {
            assert_eq!(unpack(&pack(text, b""), b"").as_deref(), Some(text));
        }
    }

    #[test]
    fn what_is_damaged_or_claims_too_much_is_none() {
        let bomb = pack(&vec![0; 10_000_000], b"");
        assert!(bomb.len() < 10_000);
        let mut less = bomb.clone();
        less[1..5].copy_from_slice(&100u32.to_le_bytes());
        assert_eq!(unpack(&less, b""), None);
        let mut more = bomb;
        more[1..5].copy_from_slice(&u32::MAX.to_le_bytes());
        assert_eq!(unpack(&more, b""), None);
        assert_eq!(unpack(b"", b""), None);
        assert_eq!(unpack(&[9, 1, 2], b""), None);
        assert_eq!(unpack(&[ZSTD, 1], b""), None);
    }
}
