//! The affinity that SQLite reads from a declared type (<https://sqlite.org/datatype3.html#determination_of_column_affinity>).

/// What a column does to the values that are stored in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Affinity {
    /// Whole numbers, where nothing is lost.
    Integer,
    /// Text.
    Text,
    /// Whatever is given.
    Blob,
    /// Numbers, always with a point.
    Real,
    /// Numbers, where nothing is lost.
    Numeric,
}

impl Affinity {
    /// The affinity of a column that is declared as `declared_type`, in a table that is not STRICT.
    #[must_use]
    pub fn of(declared_type: &str) -> Self {
        let upper = declared_type.to_ascii_uppercase();
        let has = |words: &[&str]| words.iter().any(|word| upper.contains(word));
        if has(&["INT"]) {
            Self::Integer
        } else if has(&["CHAR", "CLOB", "TEXT"]) {
            Self::Text
        } else if upper.is_empty() || has(&["BLOB"]) {
            Self::Blob
        } else if has(&["REAL", "FLOA", "DOUB"]) {
            Self::Real
        } else {
            Self::Numeric
        }
    }

    /// The affinity in a table that may be STRICT: in one that is, ANY changes no value
    /// (<https://sqlite.org/stricttables.html>).
    #[must_use]
    pub fn in_table(declared_type: &str, strict: bool) -> Self {
        if strict && declared_type.eq_ignore_ascii_case("ANY") {
            Self::Blob
        } else {
            Self::of(declared_type)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rules_apply_in_their_order() {
        for (declared_type, affinity) in [
            ("CHARINT", Affinity::Integer),
            ("FLOATING POINT", Affinity::Integer),
            ("varchar(10)", Affinity::Text),
            ("", Affinity::Blob),
            ("DOUBLE", Affinity::Real),
            ("STRING", Affinity::Numeric),
            ("DATETIME", Affinity::Numeric),
        ] {
            assert_eq!(Affinity::of(declared_type), affinity, "{declared_type}");
        }
    }
}
