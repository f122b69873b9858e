//! The digest of a crate's source, which the runner hands to its compiler.

/// The 32 bytes that the first 64 characters of `text` write in hexadecimal digits; zeros if they write
/// none, or there is no text. What follows only makes cargo see another value, and build anew.
#[must_use]
pub(super) const fn source_digest(text: Option<&str>) -> [u8; 32] {
    const NONE: [u8; 32] = [0; 32];
    let Some(text) = text else { return NONE };
    let digits = text.as_bytes();
    if digits.len() < 64 {
        return NONE;
    }
    let mut digest = NONE;
    let mut place = 0;
    while place < digest.len() {
        let (Some(high), Some(low)) = (value(digits[2 * place]), value(digits[2 * place + 1]))
        else {
            return NONE;
        };
        digest[place] = high << 4 | low;
        place += 1;
    }
    digest
}

const fn value(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sixty_four_digits_are_thirty_two_bytes_whatever_follows() {
        let digits = "0123456789abcdef".repeat(4);
        let bytes = [0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef].repeat(4);
        assert_eq!(source_digest(Some(&digits)).as_slice(), bytes);
        assert_eq!(source_digest(Some(&format!("{digits}-2"))).as_slice(), bytes);
    }

    #[test]
    fn anything_else_is_no_digest() {
        for text in [None, Some(""), Some(&*"a".repeat(63)), Some(&*"g".repeat(64))] {
            assert_eq!(source_digest(text), [0; 32], "{text:?}");
        }
    }
}
