//! The tables of the tools: what each is called, which columns it has, and what its rows mean.

mod drizzle;
mod flyway;
mod golang_migrate;
mod goose;
mod labels;
mod prisma;
mod row_each;
mod sqlx;

use rusqlite::Connection;

use super::AppliedError;
use super::row::OldRow;
use crate::import::Tool;

/// A table that a tool keeps its history in.
pub(super) struct Format {
    pub(super) tool: Tool,
    pub(super) table: &'static str,
    /// The columns that it has always.
    pub(super) columns: &'static [&'static str],
    /// Columns that some versions of the tool add.
    pub(super) later: &'static [&'static str],
    /// Tables of the tool beside it, which belong to no migration.
    pub(super) beside: &'static [&'static str],
    /// Whether the tables beside it are always there: they tell it from a table of another tool that looks the same.
    pub(super) needs_those: bool,
    pub(super) read: fn(&Connection, &'static str) -> Result<Contents, AppliedError>,
}

/// What is in a table.
#[derive(Default)]
pub(super) struct Contents {
    pub(super) rows: Vec<OldRow>,
    /// As [`OldHistory::skipped`](super::OldHistory::skipped).
    pub(super) skipped: Vec<String>,
}

impl From<Vec<OldRow>> for Contents {
    fn from(rows: Vec<OldRow>) -> Self {
        Self { rows, skipped: Vec::new() }
    }
}

const fn format(
    tool: Tool,
    table: &'static str,
    columns: &'static [&'static str],
    read: fn(&Connection, &'static str) -> Result<Contents, AppliedError>,
) -> Format {
    Format { tool, table, columns, later: &[], beside: &[], needs_those: false, read }
}

/// All that are known.
pub(super) const ALL: &[Format] = &[
    format(
        Tool::Sqlx,
        "_sqlx_migrations",
        &["version", "description", "installed_on", "success", "checksum", "execution_time"],
        sqlx::read,
    ),
    format(Tool::Diesel, "__diesel_schema_migrations", &["version", "run_on"], row_each::diesel),
    format(
        Tool::Refinery,
        "refinery_schema_history",
        &["version", "name", "applied_on", "checksum"],
        row_each::refinery,
    ),
    format(Tool::SeaOrm, "seaql_migrations", &["version", "applied_at"], row_each::sea_orm),
    format(Tool::GolangMigrate, "schema_migrations", &["version", "dirty"], golang_migrate::read),
    Format {
        beside: &["ar_internal_metadata"],
        needs_those: true,
        ..format(Tool::Rails, "schema_migrations", &["version"], row_each::versions)
    },
    format(Tool::Dbmate, "schema_migrations", &["version"], row_each::versions),
    format(
        Tool::Goose,
        "goose_db_version",
        &["id", "version_id", "is_applied", "tstamp"],
        goose::read,
    ),
    format(
        Tool::Flyway,
        "flyway_schema_history",
        &[
            "installed_rank",
            "version",
            "description",
            "type",
            "script",
            "checksum",
            "installed_by",
            "installed_on",
            "execution_time",
            "success",
        ],
        flyway::read,
    ),
    Format {
        later: &["name", "applied_at", "version"],
        ..format(
            Tool::Drizzle,
            "__drizzle_migrations",
            &["id", "hash", "created_at"],
            drizzle::read,
        )
    },
    Format {
        beside: &["typeorm_metadata"],
        ..format(Tool::TypeOrm, "migrations", &["id", "timestamp", "name"], row_each::typeorm)
    },
    format(
        Tool::Prisma,
        "_prisma_migrations",
        &[
            "id",
            "checksum",
            "finished_at",
            "migration_name",
            "logs",
            "rolled_back_at",
            "started_at",
            "applied_steps_count",
        ],
        prisma::read,
    ),
    format(
        Tool::PeeweeMigrate,
        "migratehistory",
        &["id", "name", "migrated_at"],
        labels::peewee_migrate,
    ),
    // The other tool of that name calls its column so.
    format(
        Tool::PeeweeMigrate,
        "migratehistory",
        &["id", "name", "migrated"],
        labels::peewee_migrations,
    ),
    format(Tool::Pwmigrate, "schema_migration", &["id", "name", "applied"], labels::pwmigrate),
    format(Tool::Alembic, "alembic_version", &["version_num"], labels::alembic),
    format(Tool::Django, "django_migrations", &["id", "app", "name", "applied"], labels::django),
    Format {
        later: &["id"],
        ..format(
            Tool::SqliteUtils,
            "_sqlite_migrations",
            &["migration_set", "name", "applied_at"],
            labels::sqlite_utils,
        )
    },
];

impl Format {
    /// Whether a table with these columns is of this format.
    pub(super) fn fits(&self, columns: &[String]) -> bool {
        let has = |name: &&&str| columns.iter().any(|column| column.eq_ignore_ascii_case(name));
        let is_known = |column: &String| {
            let mut known = self.columns.iter().chain(self.later);
            known.any(|name| name.eq_ignore_ascii_case(column))
        };
        self.columns.iter().filter(has).count() == self.columns.len()
            && columns.iter().all(is_known)
    }
}
