//! The header of an entry in a tar archive, as POSIX defines it (`ustar`,
//! <https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html>). It is written in one way alone, and
//! read only to say what else is there.

use std::iter;
use std::ops::Range;

/// The size of a header, and the unit of all lengths in a tar archive.
pub(super) const BLOCK: u64 = 512;

type Header = [u8; BLOCK as usize];

const NAME: Range<usize> = 0..100;
const MODE: Range<usize> = 100..108;
const OWNER: Range<usize> = 108..116;
const GROUP: Range<usize> = 116..124;
const SIZE: Range<usize> = 124..136;
const TIME: Range<usize> = 136..148;
const SUM: Range<usize> = 148..156;
const KIND: usize = 156;
const FORMAT: Range<usize> = 257..265;

/// That of a file which everybody may read. No name in a bundle is longer than the field.
pub(super) fn header(name: &str, size: u64) -> Header {
    debug_assert!(name.len() <= NAME.len(), "{name}");
    let mut header = [0; BLOCK as usize];
    header.iter_mut().zip(name.bytes().take(NAME.len())).for_each(|(to, byte)| *to = byte);
    write_number(&mut header[MODE], 0o644);
    write_number(&mut header[OWNER], 0);
    write_number(&mut header[GROUP], 0);
    write_number(&mut header[SIZE], size);
    write_number(&mut header[TIME], 0);
    header[KIND] = b'0';
    header[FORMAT].copy_from_slice(b"ustar\x0000");
    let sum = sum(&header);
    write_number(&mut header[SUM], sum);
    header
}

/// The size that a header says, if it says one.
pub(super) fn size(header: &[u8]) -> Option<u64> {
    read_number(header.get(SIZE)?)
}

/// What a header that should not be there says, for a person to read.
pub(super) fn described(found: &[u8], expected: &str) -> String {
    if found.iter().all(|byte| *byte == 0) {
        return "the end".to_owned();
    }
    let Some(header) = found.first_chunk().filter(|header| is_sound(header)) else {
        return "something that is no entry".to_owned();
    };
    let name: Vec<u8> = header[NAME].iter().copied().take_while(|byte| *byte != 0).collect();
    let name = String::from_utf8_lossy(&name).escape_debug().to_string();
    match header[KIND] {
        b'0' | 0 if name == expected => "one with another header".to_owned(),
        b'0' | 0 => format!("an entry `{name}`"),
        b'1' | b'2' => format!("a link `{name}`"),
        _ => format!("`{name}`, which is no file"),
    }
}

/// Whether the sum in a header is that of its bytes.
fn is_sound(header: &Header) -> bool {
    read_number(&header[SUM]) == Some(sum(header))
}

/// The sum of all bytes, where its own field counts as spaces.
fn sum(header: &Header) -> u64 {
    let others = header[..SUM.start].iter().chain(&header[SUM.end..]);
    others.chain(iter::repeat_n(&b' ', SUM.len())).map(|byte| u64::from(*byte)).sum()
}

/// Fills `field` with octal digits, and a NUL at its end. What has more digits than it has room for is no size of
/// a bundle: it loses the first ones, and is found to differ.
fn write_number(field: &mut [u8], mut number: u64) {
    let Some((end, digits)) = field.split_last_mut() else { return };
    *end = 0;
    for digit in digits.iter_mut().rev() {
        *digit = b'0' + (number % 8) as u8;
        number /= 8;
    }
}

fn read_number(field: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(field).ok()?;
    u64::from_str_radix(text.trim_matches([' ', '\0']), 8).ok()
}

#[cfg(test)]
mod tests {
    use tar::EntryType;

    use super::*;
    use crate::sum::sha256;

    #[test]
    fn a_header_stays_as_it_is_to_the_byte() {
        // Bundles that are deployed have these bytes.
        let sum = sha256(&header("migrations/20250101_000000_a.zst", 1234));
        insta::assert_snapshot!(sum, @"7386e0bb8167cf2d117611e1d07845aa8b57494c4ec2285f713a3dc4edb086db");
    }

    #[test]
    fn every_reader_of_tar_finds_the_name_and_the_size() {
        for bytes in [0, 7, 8, 511, 512, 0o77_777_777_777] {
            let header = header("manifest.json", bytes);
            let read = tar::Header::from_byte_slice(&header);
            assert_eq!(read.entry_type(), EntryType::Regular);
            assert_eq!(&*read.path_bytes(), b"manifest.json");
            assert_eq!((read.entry_size().unwrap(), read.mode().unwrap()), (bytes, 0o644));
            let mut summed = read.clone();
            summed.set_cksum();
            assert_eq!(summed.as_bytes(), &header);
            assert_eq!(size(&header), Some(bytes));
        }
    }

    #[test]
    fn what_is_there_instead_is_named() {
        let mut link = tar::Header::new_gnu();
        link.set_entry_type(EntryType::Symlink);
        link.set_path("a").unwrap();
        link.set_link_name("/etc/passwd").unwrap();
        link.set_size(0);
        link.set_cksum();
        assert_eq!(described(link.as_bytes(), "x"), "a link `a`");
        assert_eq!(described(&header("b", 1), "x"), "an entry `b`");
        assert_eq!(described(&header("b", 1), "b"), "one with another header");
        assert_eq!(described(&[0; 512], "x"), "the end");
        assert_eq!(described(&[7; 512], "x"), "something that is no entry");
    }
}
