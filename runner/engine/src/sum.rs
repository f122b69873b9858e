//! SHA-256 of several parts.

#[cfg(feature = "sha2")]
use sha2::{Digest as _, Sha256};

#[cfg(not(feature = "sha2"))]
use hmac_sha256::Hash as Sha256;

/// SHA-256 over parts, each preceded by its length, so that moving a byte from one part to the next
/// changes the sum.
#[derive(Clone, Default)]
pub struct Sum(Sha256);

impl Sum {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn part(&mut self, bytes: &[u8]) {
        self.0.update((bytes.len() as u64).to_le_bytes());
        self.0.update(bytes);
    }

    pub fn hex(self) -> String {
        hex(&self.0.finalize())
    }

    /// The SHA-256 of `bytes` alone.
    pub(crate) fn of(bytes: &[u8]) -> [u8; 32] {
        let mut digest = Sha256::new();
        digest.update(bytes);
        // Which of the two crates gives it, it has another type.
        let mut sum = [0; 32];
        sum.copy_from_slice(&digest.finalize());
        sum
    }
}

/// The SHA-256 of `bytes` in hexadecimal digits.
pub fn sha256(bytes: &[u8]) -> String {
    hex(&Sum::of(bytes))
}

/// `bytes` in hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digits = |byte: &u8| [byte >> 4, byte & 0xf].map(|half| DIGITS[usize::from(half)]);
    bytes.iter().flat_map(digits).map(char::from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sum_is_sha256_whoever_computes_it() {
        // The examples of the standard (FIPS 180-4).
        for (bytes, sum) in [
            ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (
                "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
            ),
        ] {
            assert_eq!(sha256(bytes.as_bytes()), sum);
        }
    }

    #[test]
    fn a_byte_that_moves_to_the_next_part_changes_the_sum() {
        let sum = |parts: [&str; 2]| {
            let mut sum = Sum::new();
            parts.iter().for_each(|part| sum.part(part.as_bytes()));
            sum.hex()
        };
        assert_ne!(sum(["ab", "c"]), sum(["a", "bc"]));
    }
}
