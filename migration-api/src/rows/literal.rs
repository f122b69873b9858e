//! Values as messages show them: as SQL writes them, and not too long.

use rusqlite::types::ValueRef;

/// The characters of a text that a message shows, or the bytes of a blob twice over.
const SHOWN: usize = 60;

/// `value` as SQL writes it; what is long is cut, with its length behind.
pub(super) fn literal(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Null => "NULL".to_owned(),
        ValueRef::Integer(integer) => integer.to_string(),
        ValueRef::Real(real) => format!("{real:?}"),
        ValueRef::Text(text) => quoted(text),
        ValueRef::Blob(blob) => hexadecimal(blob),
    }
}

fn quoted(bytes: &[u8]) -> String {
    let Ok(text) = str::from_utf8(bytes) else {
        return format!("{}, a text that is not UTF-8", hexadecimal(bytes));
    };
    let mut characters = text.chars();
    let shown: String = characters.by_ref().take(SHOWN).collect();
    let shown = shown.escape_debug().to_string().replace("\\'", "''").replace("\\\"", "\"");
    if characters.next().is_none() {
        format!("'{shown}'")
    } else {
        format!("'{shown}…' ({} bytes)", bytes.len())
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    let shown: String = bytes.iter().take(SHOWN / 2).map(|byte| format!("{byte:02x}")).collect();
    if bytes.len() <= SHOWN / 2 {
        format!("x'{shown}'")
    } else {
        format!("x'{shown}…' ({} bytes)", bytes.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_shown_as_sql_writes_them_and_long_ones_are_cut() {
        let shown = |value| literal(value);
        assert_eq!(shown(ValueRef::Null), "NULL");
        assert_eq!(shown(ValueRef::Real(1.0)), "1.0");
        assert_eq!(shown(ValueRef::Text("it's \"2s\"\n".as_bytes())), "'it''s \"2s\"\\n'");
        assert_eq!(shown(ValueRef::Text(b"a\xff")), "x'61ff', a text that is not UTF-8");
        assert_eq!(shown(ValueRef::Blob(&[0, 255])), "x'00ff'");
        let long = "ü".repeat(61);
        assert_eq!(
            shown(ValueRef::Text(long.as_bytes())),
            format!("'{}…' (122 bytes)", "ü".repeat(60))
        );
    }
}
