//! `DATABASE_URL`, as other tools write it.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

/// A database named by a path, `sqlite:path`, `sqlite://path` or `sqlite:///absolute/path`, with
/// `?mode=rwc` if it may be made.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct DatabaseUrl {
    pub(super) path: PathBuf,
    pub(super) create: bool,
}

impl DatabaseUrl {
    /// Reads `text`; a relative path is relative to `folder`.
    pub(super) fn parse(text: &OsStr, folder: &Path) -> Result<Self, UrlError> {
        let Some(text) = text.to_str() else {
            // A path that is not UTF-8 is a path and no URL.
            return Ok(Self { path: folder.join(text), create: false });
        };
        let Some(rest) = text.strip_prefix("sqlite:") else {
            return match text.split_once("://") {
                Some((scheme, _)) => Err(UrlError::Scheme(scheme.to_owned())),
                None if text == ":memory:" => Err(UrlError::Memory),
                None => Ok(Self { path: folder.join(text), create: false }),
            };
        };
        let rest = rest.strip_prefix("//").unwrap_or(rest);
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        if path.is_empty() {
            return Err(UrlError::NoPath);
        }
        if path == ":memory:" {
            return Err(UrlError::Memory);
        }
        let mut create = false;
        for parameter in query.split('&').filter(|parameter| !parameter.is_empty()) {
            match parameter {
                "mode=rw" => {}
                "mode=rwc" => create = true,
                other => return Err(UrlError::Parameter(other.to_owned())),
            }
        }
        Ok(Self { path: folder.join(path), create })
    }
}

/// Why text names no database.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UrlError {
    /// Another kind of database.
    #[error("`{0}:` is not SQLite")]
    Scheme(String),
    /// A database in memory, which is gone when the command ends.
    #[error("a database in memory is gone when the command ends")]
    Memory,
    /// Nothing follows `sqlite:`.
    #[error("no path follows `sqlite:`")]
    NoPath,
    /// Something after `?` that is not known.
    #[error("the parameter `{0}` is not known; there are `mode=rw` and `mode=rwc`")]
    Parameter(String),
    /// A line of `.env` that is none.
    #[error("it is not written NAME=value")]
    Line,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<(String, bool), UrlError> {
        let url = DatabaseUrl::parse(text.as_ref(), Path::new("/p"))?;
        Ok((url.path.to_string_lossy().into_owned(), url.create))
    }

    #[test]
    fn paths_and_urls_name_files() {
        for (text, path, create) in [
            ("a.db", "/p/a.db", false),
            ("/x/a.db", "/x/a.db", false),
            ("sqlite:a.db", "/p/a.db", false),
            ("sqlite://a.db", "/p/a.db", false),
            ("sqlite:///x/a.db", "/x/a.db", false),
            ("sqlite:a.db?mode=rwc", "/p/a.db", true),
            ("sqlite:a.db?mode=rw", "/p/a.db", false),
            ("file:a.db", "/p/file:a.db", false),
            ("a?b.db", "/p/a?b.db", false),
        ] {
            assert_eq!(parse(text), Ok((path.to_owned(), create)), "{text}");
        }
    }

    #[test]
    fn what_names_no_file_is_refused() {
        assert_eq!(parse("postgres://h/d"), Err(UrlError::Scheme("postgres".into())));
        assert_eq!(parse("sqlite::memory:"), Err(UrlError::Memory));
        assert_eq!(parse(":memory:"), Err(UrlError::Memory));
        assert_eq!(parse("sqlite:"), Err(UrlError::NoPath));
        assert_eq!(parse("sqlite:a?mode=ro"), Err(UrlError::Parameter("mode=ro".into())));
    }
}
