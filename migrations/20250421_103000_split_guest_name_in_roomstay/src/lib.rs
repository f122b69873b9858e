//! Split guest name in roomstay: `Lovelace, Ada (Countess)` is read in Rust and spread over columns.

use std::error::Error as StdError;
use std::fmt;

use migration_api::prelude::*;
use rusqlite::params;

#[derive(Default)]
pub struct SplitGuestNameInRoomstay;

impl Migration for SplitGuestNameInRoomstay {
    fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
        migrator.run(
            ["family_name", "given_name", "title"]
                .map(|part| Operation::add_column("roomstay", Column::text(part))),
        )?;

        let connection = migrator.connection();
        let mut read = connection.prepare("SELECT id, guest_name FROM roomstay")?;
        let mut write = connection.prepare(
            "UPDATE roomstay SET family_name = ?2, given_name = ?3, title = ?4 WHERE id = ?1",
        )?;
        let mut rows = read.query([])?;
        while let Some(row) = rows.next()? {
            let (id, text): (i64, String) = (row.get(0)?, row.get(1)?);
            let name = Name::parse(&text).ok_or(Unreadable { id, text: text.clone() })?;
            write.execute(params![id, name.family, name.given, name.title])?;
        }
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
struct Name<'t> {
    family: &'t str,
    given: Option<&'t str>,
    title: Option<&'t str>,
}

impl<'t> Name<'t> {
    fn parse(text: &'t str) -> Option<Self> {
        let (name, title) = match text.split_once('(') {
            Some((name, rest)) => (name, Some(rest.trim_end().strip_suffix(')')?.trim())),
            None => (text, None),
        };
        let (family, given) = match name.split_once(',') {
            Some((family, given)) => (family, Some(given.trim())),
            None => (name, None),
        };
        let family = family.trim();
        (!family.is_empty()).then_some(Self { family, given, title })
    }
}

/// A guest whose name is not written as the hotel writes names.
#[derive(Debug)]
struct Unreadable {
    id: i64,
    text: String,
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot read the guest name `{}` of roomstay {}", self.text, self.id)
    }
}

impl StdError for Unreadable {}

export_migration!(SplitGuestNameInRoomstay);
