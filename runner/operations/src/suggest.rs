//! "Did you mean": names that look alike, by one measure wherever a name is not known.

/// Those of `names` that look like `name`, the likest first, three at most.
#[must_use]
pub fn near<'n>(name: &str, names: impl IntoIterator<Item = &'n str>) -> Vec<String> {
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
}
