//! Words that errors have in common: lists, and names that look alike.

use std::fmt;

pub(super) struct On<'n>(pub(super) &'n Option<String>);

impl fmt::Display for On<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.as_ref().map_or(Ok(()), |table| write!(f, " on `{table}`"))
    }
}

pub(super) struct Near<'n>(pub(super) &'n [String]);

impl fmt::Display for Near<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.0.iter().map(|name| format!("`{name}`")).collect();
        if names.is_empty() { Ok(()) } else { write!(f, "; did you mean {}?", names.join(" or ")) }
    }
}

pub(super) struct Listed<'l, T>(pub(super) &'l [T]);

impl<T: fmt::Display> fmt::Display for Listed<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 5;
        let shown: Vec<_> = self.0.iter().take(SHOWN).map(ToString::to_string).collect();
        f.write_str(&shown.join(", "))?;
        match self.0.len().saturating_sub(SHOWN) {
            0 => Ok(()),
            more => write!(f, " and {more} more"),
        }
    }
}

/// Those of `names` that look like `name`, the likest first.
pub(super) fn near<'n>(name: &str, names: impl IntoIterator<Item = &'n str>) -> Vec<String> {
    const ALIKE: f64 = 0.8;
    const SHOWN: usize = 3;
    let wanted = name.to_lowercase();
    let mut alike: Vec<(f64, &str)> = names
        .into_iter()
        .map(|other| (strsim::jaro_winkler(&wanted, &other.to_lowercase()), other))
        .filter(|(likeness, _)| *likeness >= ALIKE)
        .collect();
    alike.sort_by(|a, b| b.0.total_cmp(&a.0));
    alike.into_iter().take(SHOWN).map(|(_, other)| other.to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::perform::Refusal;

    #[test]
    fn a_name_that_is_almost_right_is_put_right() {
        let refusal = Refusal::UnknownTable {
            table: "plyer".into(),
            near: near("plyer", ["player", "room", "Players"]),
        };
        assert_eq!(
            refusal.to_string(),
            "there is no table `plyer`; did you mean `player` or `Players`?"
        );
        assert!(near("x", ["player"]).is_empty());
    }

    #[test]
    fn a_long_list_is_cut() {
        let all: Vec<_> = (1..=7).map(|n| n.to_string()).collect();
        assert_eq!(Listed(&all).to_string(), "1, 2, 3, 4, 5 and 2 more");
    }
}
