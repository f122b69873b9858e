//! The checksums that tools keep of the files that they ran.

use std::fmt;
use std::hash::Hash as _;

use sha2::{Digest as _, Sha256, Sha384};
use siphasher::sip::SipHasher13;

use crate::import::ForeignMigration;

/// The checksum of a file, as a tool's table has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Checksum {
    /// SHA-384 of the file: sqlx.
    Sha384(Vec<u8>),
    /// SHA-256 of the file in hexadecimal digits: Prisma, drizzle-kit. Old versions of Prisma wrote a byte below 16
    /// as one digit.
    Sha256(String),
    /// SipHash 1-3 of name, version and text: refinery.
    Sip(u64),
    /// CRC-32 of the lines without their ends: Flyway.
    Crc32(i32),
}

impl Checksum {
    /// Whether it is that of the file of `migration`. Ends of lines do not count: git changes them on some machines.
    #[must_use]
    pub fn is_of(&self, migration: &ForeignMigration) -> bool {
        let bytes = &migration.forward.bytes;
        if let Self::Crc32(found) = self {
            return *found == crc32_of_lines(bytes);
        }
        [bytes.clone(), with_line_ends(bytes, b"\n"), with_line_ends(bytes, b"\r\n")]
            .iter()
            .any(|bytes| self.is_of_bytes(bytes, migration))
    }

    fn is_of_bytes(&self, bytes: &[u8], migration: &ForeignMigration) -> bool {
        match self {
            Self::Sha384(found) => found.as_slice() == Sha384::digest(bytes).as_slice(),
            Self::Sha256(found) => {
                let digest = Sha256::digest(bytes);
                let digits = |byte: &u8| format!("{byte:02x}");
                let without_zeros = |byte: &u8| format!("{byte:x}");
                found.eq_ignore_ascii_case(&digest.iter().map(digits).collect::<String>())
                    || *found == digest.iter().map(without_zeros).collect::<String>()
            }
            Self::Sip(found) => sip(bytes, migration).contains(found),
            Self::Crc32(found) => *found == crc32_of_lines(bytes),
        }
    }
}

/// What refinery may have written: its versions are of 32 bits, or of 64 if it is built so.
fn sip(bytes: &[u8], migration: &ForeignMigration) -> Vec<u64> {
    let Ok(text) = str::from_utf8(bytes) else { return Vec::new() };
    let of = |version: &dyn Fn(&mut SipHasher13)| {
        let mut hasher = SipHasher13::new();
        migration.name.hash(&mut hasher);
        version(&mut hasher);
        text.hash(&mut hasher);
        std::hash::Hasher::finish(&hasher)
    };
    let version = &migration.version;
    let short = version.parse::<i32>().ok().map(|it| of(&|hasher| it.hash(hasher)));
    let long = version.parse::<i64>().ok().map(|it| of(&|hasher| it.hash(hasher)));
    short.into_iter().chain(long).collect()
}

/// Flyway reads a file line by line, without the mark that it may begin with.
fn crc32_of_lines(bytes: &[u8]) -> i32 {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut hasher = crc32fast::Hasher::new();
    bytes.split(|byte| matches!(byte, b'\n' | b'\r')).for_each(|line| hasher.update(line));
    hasher.finalize().cast_signed()
}

/// `bytes` with `end` as the end of each line.
fn with_line_ends(bytes: &[u8], end: &[u8]) -> Vec<u8> {
    let lines = bytes.split(|byte| *byte == b'\n');
    let lines: Vec<_> = lines.map(|line| line.strip_suffix(b"\r").unwrap_or(line)).collect();
    lines.join(end)
}

impl fmt::Display for Checksum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sha384(bytes) => bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}")),
            Self::Sha256(text) => f.write_str(text),
            Self::Sip(number) => write!(f, "{number}"),
            Self::Crc32(number) => write!(f, "{number}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::{Script, Wrapping};

    const TEXT: &str =
        "CREATE TABLE hero (id INTEGER PRIMARY KEY);\nINSERT INTO hero VALUES (1);\n";

    fn migration(version: &str, name: &str, text: &str) -> ForeignMigration {
        ForeignMigration {
            version: version.into(),
            name: name.into(),
            id: "20240131_093000_a".parse().unwrap(),
            forward: Script {
                file: "a.sql".into(),
                first_line: 1,
                bytes: text.into(),
                sql: text.into(),
            },
            backward: None,
            wrapping: Wrapping::Transaction,
            loses: Vec::new(),
        }
    }

    fn bytes(digits: &str) -> Vec<u8> {
        let byte = |at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap();
        (0..digits.len()).step_by(2).map(byte).collect()
    }

    /// The sums were computed by other programs.
    #[test]
    fn a_checksum_is_that_of_the_file_whatever_its_lines_end_with() {
        let of = [
            Checksum::Sha384(bytes(
                "beecc6b2f3ac078e680d20fbda2fcf6daba051335f6b5e27\
                 667aeb85839ebfbd4af5f5631ebf356e5aa37872b62fd3ac",
            )),
            Checksum::Sha256(
                "3412d9fdfd1c4e098c47b51b23416b087c86dd9a8308d6981bd4d8780a26e299".into(),
            ),
            // As old versions of Prisma wrote it.
            Checksum::Sha256("3412d9fdfd1c4e98c47b51b23416b87c86dd9a838d6981bd4d878a26e299".into()),
            Checksum::Crc32(1766909024),
        ];
        for checksum in of {
            for text in [TEXT.to_owned(), TEXT.replace('\n', "\r\n")] {
                assert!(checksum.is_of(&migration("1", "a", &text)), "{checksum}");
            }
            assert!(!checksum.is_of(&migration("1", "a", &format!("{TEXT} "))), "{checksum}");
        }
    }

    /// By refinery 0.9.
    #[test]
    fn the_checksum_of_refinery_has_the_name_and_the_version_in_it() {
        let text = "CREATE TABLE hero (id INTEGER PRIMARY KEY);\n";
        let checksum = Checksum::Sip(2888108274415987030);
        assert!(checksum.is_of(&migration("1", "initial", text)));
        assert!(!checksum.is_of(&migration("2", "initial", text)));
        assert!(!checksum.is_of(&migration("1", "initially", text)));
    }
}
