//! Why a history of another tool was not imported.

use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};

use runner_engine::exit::{self, Exit};
use runner_engine::explain::Code;
use runner_engine::hint::{self, Action, Hint};
use runner_engine::id::MigrationId;

use super::applied::AppliedError;
use super::{Finding, Tool};

/// Why a history of another tool was not imported. Nothing was written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// What is applied to a database was not taken over.
    #[error(transparent)]
    Applied(#[from] AppliedError),
    /// The folder holds no migration of a tool that is known.
    #[error("`{}` holds no migrations of a tool that is known", folder.display())]
    NothingToImport {
        /// The folder.
        folder: PathBuf,
        /// A folder below, in which there is SQL.
        below: Option<PathBuf>,
    },
    /// The tool's migrations are code of another language; its history is read from a database alone.
    #[error("the migrations of {tool} are no SQL files")]
    NoFiles {
        /// The tool.
        tool: Tool,
    },
    /// Files of two tools lie in one folder.
    #[error(
        "`{}` is a migration of {}, and `{}` of {}",
        files[0].display(), tools[0], files[1].display(), tools[1]
    )]
    TwoTools {
        /// The tools.
        tools: [Tool; 2],
        /// A file of each.
        files: [PathBuf; 2],
    },
    /// A file says itself that it is of another tool than was named.
    #[error("`{}` is a migration of {looks_like}, and not of {tool}", file.display())]
    OtherTool {
        /// The tool that was named.
        tool: Tool,
        /// The file.
        file: PathBuf,
        /// The tool that it is of.
        looks_like: Tool,
    },
    /// The files can be of either of several tools.
    #[error("the migrations in `{}` can be of {}", folder.display(), either(tools))]
    EitherTool {
        /// The folder.
        folder: PathBuf,
        /// The tools.
        tools: Vec<Tool>,
    },
    /// Two migrations have one version.
    #[error("`{}` and `{}` have the same version, {version}", files[0].display(), files[1].display())]
    SameVersion {
        /// The version.
        version: String,
        /// The files.
        files: [PathBuf; 2],
    },
    /// Files that are no text.
    #[error("{} no text in UTF-8", are(files))]
    NotUtf8 {
        /// All of them.
        files: Vec<PathBuf>,
    },
    /// A file that the tool cannot do without is not there.
    #[error("there is no `{}`", path.display())]
    NoFile {
        /// The file.
        path: PathBuf,
    },
    /// The list of the migrations is not right.
    #[error("`{}` is not right", path.display())]
    BadJournal {
        /// The list.
        path: PathBuf,
        /// Where and why.
        source: serde_json::Error,
    },
    /// There is something that cannot be imported as it is.
    #[error("`{}` cannot be imported as it is:{}", folder.display(), places(findings))]
    InTheWay {
        /// The folder.
        folder: PathBuf,
        /// All that is in the way.
        findings: Vec<Finding>,
    },
    /// There is something that a person must agree to.
    #[error("nobody agreed to this:{}", places(findings))]
    NotAgreed {
        /// All of it.
        findings: Vec<Finding>,
    },
    /// The folders of the tool's migrations lie among those of the project's own.
    #[error("the folders of {tool} in `{}` are in the way of the migrations that are to be made there", folder.display())]
    SameFolder {
        /// The tool.
        tool: Tool,
        /// The folder.
        folder: PathBuf,
    },
    /// A migration of the same id is there, with other SQL.
    #[error("`{id}` is there already, and is another")]
    AlreadyThere {
        /// The migration.
        id: MigrationId,
    },
    /// A file of views and triggers of this name is there, with other SQL.
    #[error("`{}` is there already, and is another", path.display())]
    OtherFile {
        /// The file.
        path: PathBuf,
    },
    /// A migration of the project is older than one that is to be imported.
    #[error("`{id}` is there already, and is older than `{newest}`, which is to be imported")]
    OlderMigration {
        /// The migration.
        id: MigrationId,
        /// The newest that is to be imported.
        newest: MigrationId,
    },
    /// No database in memory.
    #[error("cannot try the migrations on a database in memory")]
    Scratch {
        /// Why.
        source: rusqlite::Error,
    },
    /// The file system refused.
    #[error("cannot read `{}`", path.display())]
    Unreadable {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl ImportError {
    /// The exit that this asks for.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match self {
            Self::Applied(error) => error.exit(),
            Self::InTheWay { .. } | Self::NotAgreed { .. } => Exit::Refused,
            Self::Scratch { source } => exit::of_sqlite(source),
            _ => Exit::Usage,
        }
    }

    /// What `runner explain` has to say about it.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            Self::Applied(error) => error.code(),
            Self::NotAgreed { .. } => Code::NotConfirmed,
            Self::AlreadyThere { .. } | Self::OtherFile { .. } => Code::FileInTheWay,
            Self::Scratch { .. } => Code::SqliteRefused,
            Self::Unreadable { .. } => Code::UnreadableFile,
            _ => Code::NotImportable,
        }
    }

    /// What to do next.
    #[must_use]
    pub fn hint(&self) -> Option<Hint> {
        Some(match self {
            Self::Applied(error) => return error.hint(),
            Self::NothingToImport { below: Some(below), .. } => {
                format!("name the folder that the tool reads them from, as `{}`", below.display())
                    .into()
            }
            Self::NothingToImport { below: None, .. } => {
                "name the folder that the tool reads them from".into()
            }
            Self::NoFiles { .. } => {
                "its history is in the database: leave the folder out, and name that".into()
            }
            Self::TwoTools { .. } => {
                "import one tool's files first: copy them into a folder of their own".into()
            }
            Self::OtherTool { looks_like, .. } => {
                Hint::from(Action::ImportFrom(looks_like.word())).and(" imports them")
            }
            Self::EitherTool { tools, .. } => {
                Hint::either(tools.iter().map(|tool| Action::ImportFrom(tool.word()).into()))
            }
            Self::SameVersion { .. } => {
                "nobody could say which comes first: leave one out in a copy of the folder, and import \
                 the copy"
                    .into()
            }
            Self::NotUtf8 { files } => {
                let file = files.first().map(PathBuf::as_path).unwrap_or(Path::new("FILE"));
                format!(
                    "save them in UTF-8, in a copy of the folder, and import the copy; as by `iconv -f UTF-16 -t UTF-8 {}`",
                    file.display()
                )
                .into()
            }
            Self::InTheWay { findings, .. } => ways_out(findings),
            Self::NotAgreed { .. } => {
                Hint::from("nothing was written; ").and(Action::ImportAgreed).and(" agrees")
            }
            Self::SameFolder { .. } => Hint::from(
                "name another folder in `runner.toml`, as by `migrations = \"db/migrations\"`, and ",
            )
            .and(Action::MakeProject)
            .and(" makes it"),
            Self::AlreadyThere { id } => {
                format!("move the folder of `{id}` away, if the one to be imported is right").into()
            }
            Self::OtherFile { path } => {
                format!("move `{}` away, if the one to be imported is right", path.display()).into()
            }
            Self::OlderMigration { id, .. } => {
                Hint::from("what is imported comes first: move its folder away, import, move it back, and ")
                    .and(Action::GiveLaterTimestamp(Some(id.clone())))
                    .and(" gives it a later timestamp")
            }
            Self::NoFile { .. } | Self::BadJournal { .. } | Self::Scratch { .. } => return None,
            Self::Unreadable { source, .. } => return hint::reading(source),
        })
    }
}

/// The tools, as in a sentence.
fn either(tools: &[Tool]) -> String {
    let names: Vec<_> = tools.iter().map(|tool| tool.name()).collect();
    names.join(" or of ")
}

/// The files, as the subject of a sentence.
fn are(files: &[PathBuf]) -> String {
    let names: Vec<_> = files.iter().map(|file| format!("`{}`", file.display())).collect();
    match names.as_slice() {
        [only] => format!("{only} is"),
        several => format!("{} are", several.join(", ")),
    }
}

/// Each finding in a line of its own.
fn places(findings: &[Finding]) -> String {
    findings.iter().fold(String::new(), |mut text, finding| {
        // Nothing refuses to be written to a string.
        let _ = write!(text, "\n{finding}");
        text
    })
}

/// What to do about the `findings`, each said once.
fn ways_out(findings: &[Finding]) -> Hint {
    let mut ways_out: Vec<String> = Vec::new();
    for way_out in findings.iter().filter_map(|finding| finding.what.way_out()) {
        if !ways_out.contains(&way_out) {
            ways_out.push(way_out);
        }
    }
    format!("nothing was written; {}", ways_out.join("\n")).into()
}

#[cfg(test)]
mod examples {
    use super::*;
    use crate::import::What;
    use crate::messages::{self, Examples, each_variant, refused};

    fn finding(what: What) -> Finding {
        Finding {
            file: "0007_add_level.sql".into(),
            line: Some(3),
            sql: "ALTER TABLE player DROP COLUMN IF EXISTS level".into(),
            what,
        }
    }

    impl Examples for ImportError {
        fn examples() -> Vec<Self> {
            let folder = || PathBuf::from("/srv/game/db/migrations");
            let files = || ["0001_create_player.sql".into(), "0001_create_room.sql".into()];
            let words = "near \"EXISTS\": syntax error".to_owned();
            let function = "no such function: slug".to_owned();
            let journal = serde_json::from_str::<u8>("{").unwrap_err();
            let mut examples = each_variant!(ImportError:
                Applied(AppliedError::example()),
                NothingToImport { folder: folder(), below: None },
                NothingToImport { folder: folder(), below: Some(folder().join("sqlite")) },
                NoFiles { tool: Tool::Alembic },
                TwoTools { tools: [Tool::Dbmate, Tool::Goose], files: files() },
                OtherTool {
                    tool: Tool::Sqlx,
                    file: "0001_create_player.sql".into(),
                    looks_like: Tool::Goose,
                },
                EitherTool { folder: folder(), tools: vec![Tool::Refinery, Tool::Flyway] },
                SameVersion { version: "1".into(), files: files() },
                NotUtf8 { files: files().into() },
                NoFile { path: folder().join("meta/_journal.json") },
                BadJournal { path: folder().join("meta/_journal.json"), source: journal },
                InTheWay { folder: folder(), findings: vec![finding(What::NotSqlite { words })] },
                NotAgreed {
                    findings: vec![finding(What::OfTheApplication { words: function })],
                },
                SameFolder { tool: Tool::Diesel, folder: folder() },
                AlreadyThere { id: messages::id() },
                OtherFile { path: "/srv/game/repeatable/report.sql".into() },
                OlderMigration {
                    id: messages::id(),
                    newest: messages::named("20250107_090000_add_score"),
                },
                Scratch { source: rusqlite::Error::InvalidQuery },
                Unreadable { path: folder(), source: refused() },
            );
            examples.extend(AppliedError::others().map(Self::Applied));
            examples
        }
    }
}
