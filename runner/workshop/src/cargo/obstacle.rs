//! What kept cargo from building, as far as its own words say: each needs something else of a person.

/// What is known of it.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Obstacle<'w> {
    /// The stack is too small for it, or for what it runs.
    SmallStack,
    /// A manifest names the folder of a package, and nothing is there.
    NoFolder(&'w str),
    /// The lock file is as a merge left it.
    LockConflict,
    /// For this target rustc makes no dynamic libraries.
    NoLibraries(&'w str),
    /// A registry or a repository does not give what is needed.
    NotFetched,
    /// Something else, about which cargo says all that there is to say.
    Other,
}

impl<'w> Obstacle<'w> {
    /// Reads what cargo wrote.
    pub(super) fn of(words: &'w str) -> Self {
        const NOT_FETCHED: [&str; 7] = [
            "no matching package named",
            "failed to download",
            "download of ",
            "failed to fetch",
            "failed to clone",
            "failed to query replaced source",
            "unable to update registry",
        ];
        if has_too_little_stack(words) {
            return Self::SmallStack;
        }
        let missing = between(words, "failed to read `", "`").and_then(|path| {
            let folder = path.strip_suffix("Cargo.toml")?.trim_end_matches(['/', '\\']);
            (!std::path::Path::new(folder).exists()).then_some(folder)
        });
        if let Some(folder) = missing {
            return Self::NoFolder(folder);
        }
        if words.contains("failed to parse lock file") && words.contains("<<<<<<<") {
            return Self::LockConflict;
        }
        if words.contains("cannot produce cdylib") {
            return Self::NoLibraries(between(words, "as the target `", "`").unwrap_or_default());
        }
        match NOT_FETCHED.iter().any(|sign| words.contains(sign)) {
            true => Self::NotFetched,
            false => Self::Other,
        }
    }
}

/// Whether cargo, or what it ran, says that its stack is too small.
fn has_too_little_stack(words: &str) -> bool {
    words.contains("has overflowed its stack")
}

/// What is in `words` behind `start`, up to `end`.
fn between<'w>(words: &'w str, start: &str, end: &str) -> Option<&'w str> {
    let (_, rest) = words.split_once(start)?;
    Some(rest.split_once(end)?.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cargo_says_is_known_for_what_it_is() {
        for (words, obstacle) in [
            (
                "error: failed to load manifest for dependency `migration-api`\n\nCaused by:\n  failed to read \
                 `/home/alice/src/api/Cargo.toml`\n\nCaused by:\n  No such file or directory (os error 2)\n",
                Obstacle::NoFolder("/home/alice/src/api"),
            ),
            (
                "error: failed to parse lock file at: /srv/game/Cargo.lock\n\nCaused by:\n  TOML parse error at line 1, \
                 column 9\n    |\n  1 | <<<<<<< HEAD\n",
                Obstacle::LockConflict,
            ),
            (
                "error: cannot produce cdylib for `m1 v0.0.0 (/srv/game)` as the target `x86_64-unknown-linux-musl` \
                 does not support these crate types\n",
                Obstacle::NoLibraries("x86_64-unknown-linux-musl"),
            ),
            ("error: no matching package named `rusqlite` found\n", Obstacle::NotFetched),
            ("error: unclosed table, expected `]`\n", Obstacle::Other),
        ] {
            assert_eq!(Obstacle::of(words), obstacle, "{words}");
        }
    }
}
