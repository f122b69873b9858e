//! What stands behind a library in its entry of a bundle: frames, which whoever decompresses skips
//! (<https://datatracker.ietf.org/doc/html/rfc8878#section-3.1.2>). An older runner loads the library as ever.

use zstd_safe::find_frame_compressed_size;

/// What a frame begins with: one of sixteen numbers that anybody may use.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Magic(u32);

impl Magic {
    /// The source of the migration.
    pub(super) const SOURCE: Self = Self(0x184D_2A5E);
    /// The verdicts of all migrations.
    pub(super) const VERDICTS: Self = Self(0x184D_2A5D);
}

/// `packed`, with `content` in a frame behind it; as it is, if that is too long for one.
pub(super) fn append(packed: Vec<u8>, magic: Magic, content: &[u8]) -> Vec<u8> {
    match u32::try_from(content.len()) {
        Ok(size) => {
            let (magic, size) = (magic.0.to_le_bytes(), size.to_le_bytes());
            [&*packed, &magic, &size, content].concat()
        }
        Err(_) => packed,
    }
}

/// The content of the frame with this `magic` behind a library; `None`: there is none.
pub(super) fn find(packed: &[u8], magic: Magic) -> Option<&[u8]> {
    let library = find_frame_compressed_size(packed).ok()?;
    let mut rest = packed.get(library..)?;
    loop {
        let (found, behind) = rest.split_first_chunk()?;
        let (size, behind) = behind.split_first_chunk()?;
        let size = usize::try_from(u32::from_le_bytes(*size)).ok()?;
        let (content, behind) = behind.split_at_checked(size)?;
        if u32::from_le_bytes(*found) == magic.0 {
            return Some(content);
        }
        rest = behind;
    }
}
