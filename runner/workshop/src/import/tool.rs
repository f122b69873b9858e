//! The tools whose histories are known here.

use std::fmt;
use std::str::FromStr;

/// The tools, each with the word that stands for it on the command line, and its name.
macro_rules! tools {
    ($($tool:ident = $word:literal, $name:literal, $source:ident;)*) => {
        /// A tool that a history comes from.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Tool {
            $(
                #[doc = $name]
                $tool,
            )*
        }

        impl Tool {
            /// All there are.
            pub const ALL: &[Self] = &[$(Self::$tool),*];

            /// The word for it, as in `--from sqlx`.
            #[must_use]
            pub fn word(self) -> &'static str {
                match self { $(Self::$tool => $word,)* }
            }

            /// Its name, as in a sentence.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$tool => $name,)* }
            }

            /// What of its history can be read.
            #[must_use]
            pub fn source(self) -> HistorySource {
                match self { $(Self::$tool => HistorySource::$source,)* }
            }
        }
    };
}

/// What of a tool's history can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HistorySource {
    /// Files of SQL, and a table of those that are applied.
    Files,
    /// The table alone: its migrations are code of another language.
    Table,
}

tools! {
    Sqlx = "sqlx", "sqlx", Files;
    Diesel = "diesel", "diesel", Files;
    Refinery = "refinery", "refinery", Files;
    SeaOrm = "sea-orm", "sea-orm-migration", Files;
    Dbmate = "dbmate", "dbmate", Files;
    Goose = "goose", "goose", Files;
    GolangMigrate = "golang-migrate", "golang-migrate", Files;
    Flyway = "flyway", "Flyway", Files;
    RusqliteMigration = "rusqlite_migration", "rusqlite_migration", Files;
    Drizzle = "drizzle", "drizzle-kit", Files;
    TypeOrm = "typeorm", "TypeORM", Files;
    Prisma = "prisma", "Prisma", Files;
    Plain = "plain", "plain SQL", Files;
    PeeweeMigrate = "peewee_migrate", "peewee_migrate", Table;
    Pwmigrate = "pwmigrate", "pwmigrate", Table;
    Alembic = "alembic", "Alembic", Table;
    Django = "django", "Django", Table;
    Rails = "rails", "Rails", Table;
    SqliteUtils = "sqlite-utils", "sqlite-utils", Table;
    UserVersion = "user_version", "`user_version`", Table;
}

impl Tool {
    /// The tables in which it keeps its history.
    pub(super) fn own_tables(self) -> &'static [&'static str] {
        match self {
            Self::Sqlx => &["_sqlx_migrations"],
            Self::Diesel => &["__diesel_schema_migrations"],
            Self::Refinery => &["refinery_schema_history"],
            Self::SeaOrm => &["seaql_migrations"],
            Self::Dbmate | Self::GolangMigrate => &["schema_migrations"],
            Self::Goose => &["goose_db_version"],
            Self::Flyway => &["flyway_schema_history"],
            Self::Drizzle => &["__drizzle_migrations"],
            Self::TypeOrm => &["migrations", "typeorm_metadata"],
            Self::Prisma => &["_prisma_migrations"],
            _ => &[],
        }
    }
}

impl fmt::Display for Tool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Tool {
    type Err = UnknownTool;

    fn from_str(word: &str) -> Result<Self, UnknownTool> {
        let plain = |word: &str| word.to_ascii_lowercase().replace(['-', '_'], "");
        let asked = plain(word);
        Self::ALL
            .iter()
            .copied()
            .find(|tool| plain(tool.word()) == asked)
            .ok_or_else(|| UnknownTool { word: word.to_owned() })
    }
}

/// A word that stands for no tool.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{}` is none of the tools whose history can be imported", word.escape_debug())]
pub struct UnknownTool {
    word: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tool_is_known_by_its_word_however_it_is_joined() {
        for tool in Tool::ALL {
            assert_eq!(tool.word().parse(), Ok(*tool));
        }
        for (word, tool) in [
            ("SeaORM", Tool::SeaOrm),
            ("golang_migrate", Tool::GolangMigrate),
            ("rusqlite-migration", Tool::RusqliteMigration),
        ] {
            assert_eq!(word.parse(), Ok(tool));
        }
        assert!("liquibase".parse::<Tool>().is_err());
    }
}
