//! Which databases are protected: whoever reverts or replaces one is asked before.

use std::fs;
use std::path::{Path, PathBuf};

use glob::{MatchOptions, Pattern};
use serde::Deserialize;

/// What `protected` in `runner.toml` says.
#[derive(Debug, Deserialize)]
#[serde(
    untagged,
    expecting = "expected `true`, `false`, or a list of patterns as `[\"live*.db\"]`"
)]
pub(super) enum Protected {
    /// Every database, or none.
    Every(bool),
    /// Those whose path a pattern fits.
    Matching(Vec<DatabasePattern>),
}

impl Default for Protected {
    fn default() -> Self {
        Self::Every(false)
    }
}

impl Protected {
    /// Whether that is said of the database at `path`. Patterns are relative to the folder `root`.
    pub(super) fn covers(&self, root: &Path, path: &Path) -> bool {
        match self {
            Self::Every(every) => *every,
            Self::Matching(patterns) => patterns.iter().any(|pattern| pattern.fits(root, path)),
        }
    }
}

/// A pattern for paths, as a shell has them: `*` within a name, `**` over folders, `?`, `[...]`. Without a `/` it is
/// one for the name of the file, in whatever folder.
#[derive(Debug, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct DatabasePattern(String);

impl TryFrom<String> for DatabasePattern {
    type Error = glob::PatternError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Pattern::new(&text)?;
        Ok(Self(text))
    }
}

impl DatabasePattern {
    fn fits(&self, root: &Path, path: &Path) -> bool {
        const WITHIN_A_NAME: MatchOptions = MatchOptions {
            case_sensitive: true,
            require_literal_separator: true,
            require_literal_leading_dot: false,
        };
        let fits = |pattern: &str, path: &Path| {
            Pattern::new(pattern).is_ok_and(|it| it.matches_path_with(path, WITHIN_A_NAME))
        };
        // A link to a database is that database, and so is one in a folder that a link leads to.
        let with_links = |path: &Path| [Some(path.to_owned()), fs::canonicalize(path).ok()];
        let mut paths = with_links(path).into_iter().flatten();
        if !self.0.contains('/') {
            return paths
                .any(|path| path.file_name().is_some_and(|name| fits(&self.0, Path::new(name))));
        }
        let roots: Vec<PathBuf> = with_links(root).into_iter().flatten().collect();
        paths.any(|path| {
            roots.iter().any(|root| {
                let folder = Pattern::escape(&root.to_string_lossy());
                // An absolute one stays as it is.
                let pattern = Path::new(&folder).join(&self.0);
                fits(&pattern.to_string_lossy(), &path)
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fits(pattern: &str, path: &str) -> bool {
        let pattern = DatabasePattern::try_from(pattern.to_owned()).unwrap();
        pattern.fits(Path::new("/srv/game [1]"), Path::new(path))
    }

    #[test]
    fn a_name_fits_in_whatever_folder_and_a_path_from_the_folder_of_the_configuration() {
        assert!(fits("live*.db", "/srv/live-2.db") && fits("live*.db", "/live.db"));
        assert!(!fits("live*.db", "/srv/live/test.db") && !fits("live*.db", "/srv/alive.db"));
        assert!(fits("data/*.db", "/srv/game [1]/data/a.db"));
        assert!(!fits("data/*.db", "/srv/game 1/data/a.db"));
        assert!(!fits("data/*.db", "/srv/game [1]/data/b/a.db"));
        assert!(fits("data/**/*.db", "/srv/game [1]/data/b/a.db"));
        assert!(fits("/var/lib/*/*.db", "/var/lib/game/a.db") && !fits("/var/*", "/srv/a"));
    }
}
