//! Split guest name in roomstay: `Lovelace, Ada (Countess)` is read in Rust and spread over columns.

use migration_api::prelude::*;

#[derive(Default)]
pub struct SplitGuestNameInRoomstay;

impl Migration for SplitGuestNameInRoomstay {
    fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
        migrator.run(
            ["family_name", "given_name", "title"]
                .map(|part| Operation::add_column("roomstay", Column::text(part))),
        )?;
        migrator.rows("roomstay").read(["guest_name"]).with_progress().update(
            ["family_name", "given_name", "title"],
            |row| {
                let name = Name::parse(&row.get::<String>("guest_name")?)
                    .ok_or("it is not written as the hotel writes names")?;
                Ok(Some((name.family, name.given, name.title)))
            },
        )?;
        Ok(())
    }

    fn migrate_backward(&self, migrator: &mut Migrator) -> Result {
        migrator.run(
            ["title", "given_name", "family_name"]
                .map(|part| Operation::drop_column("roomstay", part)),
        )
    }
}

/// The parts of `Family, Given (Title)`; the last two need not be there.
struct Name {
    family: String,
    given: Option<String>,
    title: Option<String>,
}

impl Name {
    fn parse(text: &str) -> Option<Self> {
        let trimmed = |part: &str| part.trim().to_owned();
        let (name, title) = match text.split_once('(') {
            Some((name, rest)) => (name, Some(trimmed(rest.trim_end().strip_suffix(')')?))),
            None => (text, None),
        };
        let (family, given) = match name.split_once(',') {
            Some((family, given)) => (trimmed(family), Some(trimmed(given))),
            None => (trimmed(name), None),
        };
        (!family.is_empty()).then_some(Self { family, given, title })
    }
}

export_migration!(SplitGuestNameInRoomstay);
