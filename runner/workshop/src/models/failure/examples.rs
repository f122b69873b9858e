//! Values of the errors, for the catalogue of messages.

use super::*;
use crate::messages::{Examples, each_variant, sqlite};
use crate::models::build::MODELS;

impl Examples for ModelsError {
    fn examples() -> Vec<Self> {
        let path = || PathBuf::from("/srv/game/models");
        let place = || SourceLine::new("schema.sql", 12);
        let mut examples = each_variant!(ModelsError:
            NotConfigured { config: "/srv/game/runner.toml".into() },
            NotThere { path: path() },
            NoModels { path: path() },
            Unreadable { path: "/srv/game/schema.sql".into(), source: crate::messages::refused() },
            NotOfASchema { place: place(), word: "INSERT".into() },
            OfRows { place: place() },
            TookTooLong { place: place(), limit: std::time::Duration::from_secs(60) },
            TooLarge { place: place() },
            Temporary { place: place(), name: "cache".into() },
            OfTheRunner { place: place(), name: "_runner_migrations".into() },
            Refused {
                place: place(),
                sql: "CREATE INDEX player_name ON player (nmae)".into(),
                source: Box::new(sqlite(1, "no such column: nmae")),
            },
            Refused {
                place: place(),
                sql: "CREATE TABLE sqlite_sequence(name,seq)".into(),
                source: Box::new(sqlite(1, "object name reserved for internal use: sqlite_sequence")),
            },
            NoParent { place: place(), table: "item".into(), parent: "plyer".into() },
            NotAKey {
                place: place(),
                table: "item".into(),
                source: Box::new(sqlite(1, "foreign key mismatch - \"item\" referencing \"player\"")),
            },
            Broken {
                place: place(),
                kind: "view",
                name: "ranking".into(),
                reason: "no such column: points".into(),
            },
            LostWas { place: place(), name: "points".into() },
            Schema(SchemaError::example()),
            Scratch(sqlite(7, "out of memory")),
            Edited { folder: path() },
            NoLibrary { folder: path() },
            Cargo { folder: path(), source: CargoError::example() },
            Load { library: library(), reason: LoadReason::example() },
        );
        let others = CargoError::others();
        examples.extend(others.map(|source| Self::Cargo { folder: path(), source }));
        let others = LoadReason::others();
        examples.extend(others.map(|reason| Self::Load { library: library(), reason }));
        examples
    }
}

impl Examples for LoadReason {
    fn examples() -> Vec<Self> {
        each_variant!(LoadReason:
            Inspect(InspectError::NoExport { export: MODELS }),
            Inspect(InspectError::NotADescriptor { export: MODELS }),
            Inspect(InspectError::OtherAbi { found: 9, export: MODELS }),
            Inspect(InspectError::OtherAbi { found: 0, export: MODELS }),
            Inspect(InspectError::Empty),
            Open(libloading::Error::DlOpenUnknown),
            Failed("it panicked at models/src/lib.rs:7: not today".into()),
        )
    }
}

fn library() -> PathBuf {
    "/srv/game/target/debug/libmodels.so".into()
}
