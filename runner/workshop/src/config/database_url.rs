//! How a database is named: by a path, or as other tools write it in `DATABASE_URL`.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use percent_encoding::percent_decode_str;

/// A database named by a path, or by a URL: `sqlite:path`, `sqlite://path`, `sqlite:///absolute/path`, the same
/// with `sqlite3:` or `file:` or behind `jdbc:`, and with `?mode=rwc` if it may be made.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct DatabaseUrl {
    pub(super) path: PathBuf,
    pub(super) create: bool,
}

/// What is before the colon of a URL for SQLite: sqlx and diesel write the first, Rails and dbmate the
/// second, Prisma, Drizzle, libSQL and SQLite itself the third.
const SCHEMES: [&str; 3] = ["sqlite", "sqlite3", "file"];

/// What is before the URL in Java, as Flyway and Liquibase take it.
const JDBC: &str = "jdbc:";

/// Parameters of other tools that say nothing about the file: how their pools and caches work.
const OF_CONNECTIONS: [&str; 4] = ["cache", "connection_limit", "socket_timeout", "pool_timeout"];

impl DatabaseUrl {
    /// Reads `text`; a relative path is relative to `folder`.
    pub(super) fn parse(text: &OsStr, folder: &Path) -> Result<Self, UrlError> {
        // A path that is not UTF-8 is a path and no URL.
        let Some(words) = text.to_str() else {
            return Ok(Self { path: folder.join(text), create: false });
        };
        let jdbc = words.get(..JDBC.len()).filter(|start| start.eq_ignore_ascii_case(JDBC));
        let url = jdbc.map_or(words, |jdbc| &words[jdbc.len()..]);
        let of_sqlite = url
            .split_once(':')
            .filter(|(scheme, _)| SCHEMES.iter().any(|known| known.eq_ignore_ascii_case(scheme)));
        let Some((_, rest)) = of_sqlite else {
            let other = url.split_once(if jdbc.is_some() { ":" } else { "://" });
            return match other {
                Some((scheme, _)) => Err(UrlError::Scheme(scheme.to_owned())),
                None if words == ":memory:" => Err(UrlError::Memory),
                None => Ok(Self { path: folder.join(words), create: false }),
            };
        };
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        let path = path.strip_prefix("//").unwrap_or(path);
        let create = may_be_made(query)?;
        match percent_decode_str(path).decode_utf8() {
            _ if path.is_empty() => Err(UrlError::NoPath),
            Ok(path) if path == ":memory:" => Err(UrlError::Memory),
            Ok(path) if path.contains('\0') => Err(UrlError::Encoding),
            Ok(path) => Ok(Self { path: folder.join(&*path), create }),
            Err(_) => Err(UrlError::Encoding),
        }
    }
}

/// What the parameters behind `?` say about making the database.
fn may_be_made(query: &str) -> Result<bool, UrlError> {
    let mut create = false;
    for parameter in query.split('&').filter(|parameter| !parameter.is_empty()) {
        let name = parameter.split('=').next().unwrap_or_default();
        match parameter {
            "mode=rw" => {}
            "mode=rwc" => create = true,
            "mode=memory" => return Err(UrlError::Memory),
            _ if OF_CONNECTIONS.contains(&name) => {}
            other => return Err(UrlError::Parameter(other.to_owned())),
        }
    }
    Ok(create)
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
    /// Nothing follows `sqlite:` or `file:`.
    #[error("no path follows the colon")]
    NoPath,
    /// What `%` stands for is no UTF-8, or no character that a path has.
    #[error("the path is not written in UTF-8, with `%` and two digits for other characters")]
    Encoding,
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
            ("sqlite3:a.db", "/p/a.db", false),
            ("SQLite:a.db", "/p/a.db", false),
            ("file:a.db", "/p/a.db", false),
            ("jdbc:sqlite:a.db", "/p/a.db", false),
            ("JDBC:sqlite:/x/a.db", "/x/a.db", false),
            ("jdbc.db", "/p/jdbc.db", false),
            ("file:./a.db?connection_limit=1", "/p/./a.db", false),
            ("file:///x/a.db?mode=rwc&cache=shared", "/x/a.db", true),
            ("sqlite:a%20b.db", "/p/a b.db", false),
            ("a%20b.db", "/p/a%20b.db", false),
            ("./file:a.db", "/p/./file:a.db", false),
            ("a?b.db", "/p/a?b.db", false),
        ] {
            assert_eq!(parse(text), Ok((path.to_owned(), create)), "{text}");
        }
    }

    #[test]
    fn what_names_no_file_is_refused() {
        assert_eq!(parse("postgres://h/d"), Err(UrlError::Scheme("postgres".into())));
        assert_eq!(parse("jdbc:postgresql://h/d"), Err(UrlError::Scheme("postgresql".into())));
        assert_eq!(parse("jdbc:h2:mem:a"), Err(UrlError::Scheme("h2".into())));
        assert_eq!(parse("jdbc:sqlite::memory:"), Err(UrlError::Memory));
        assert_eq!(parse("sqlite::memory:"), Err(UrlError::Memory));
        assert_eq!(parse(":memory:"), Err(UrlError::Memory));
        assert_eq!(parse("file::memory:?cache=shared"), Err(UrlError::Memory));
        assert_eq!(parse("file:a?mode=memory"), Err(UrlError::Memory));
        assert_eq!(parse("sqlite:"), Err(UrlError::NoPath));
        assert_eq!(parse("file://?mode=rw"), Err(UrlError::NoPath));
        assert_eq!(parse("file:a%ff"), Err(UrlError::Encoding));
        assert_eq!(parse("file:a%00.db"), Err(UrlError::Encoding));
        assert_eq!(parse("sqlite:a?mode=ro"), Err(UrlError::Parameter("mode=ro".into())));
    }
}
