//! `0001_create_player.sql`, or `0001_create_player.up.sql` beside `0001_create_player.down.sql`: sqlx, golang-migrate,
//! and many that wrote a few lines of their own.

use super::{
    Found, FoundMigration, Moment, Rank, as_number, leading_digits, listed, number, whole,
};
use crate::import::Tool;
use crate::import::folder::{Folder, SourceFile};

/// The line with which sqlx asks for no transaction, which is the first one.
const NO_TRANSACTION: &str = "-- no-transaction";

/// Reads the migrations at the top of `folder`.
pub(super) fn read(folder: &Folder, tool: Tool) -> Found {
    let mut found = Found::default();
    for file in folder.files.iter().filter(|file| file.is_at_the_top()) {
        let Some(stem) = file.without(".sql") else { continue };
        match Stem::of(stem, tool) {
            Some(Stem { direction: Direction::Backward, title, .. }) => {
                let has_forward = [".up.sql", ".sql"]
                    .iter()
                    .any(|ending| folder.file(format!("{title}{ending}")).is_some());
                if !has_forward {
                    found.leave_out(file, tool);
                }
            }
            Some(stem) => found.migrations.push(migration(folder, file, &stem, tool)),
            // `up.sql` and `down.sql` by themselves are read with the folders.
            None if tool == Tool::Plain && matches!(stem, "up" | "down") => {}
            None => found.leave_out(file, tool),
        }
    }
    found
}

fn migration(folder: &Folder, file: &SourceFile, stem: &Stem<'_>, tool: Tool) -> FoundMigration {
    let back = folder.file(listed(&file.folders, &format!("{}.down.sql", stem.title)));
    let says_so = tool == Tool::Sqlx && file.text.starts_with(NO_TRANSACTION);
    FoundMigration {
        rank: stem.rank(tool),
        version: stem.version(tool),
        moment: Moment::Digits(stem.digits.to_owned()),
        name: stem.name.to_owned(),
        forward: whole(file),
        backward: back.map(whole),
        no_transaction: says_so.then(|| (file.path.clone(), 1)),
    }
}

/// A file's name without its ending, in parts.
struct Stem<'f> {
    /// Without the direction.
    title: &'f str,
    digits: &'f str,
    name: &'f str,
    direction: Direction,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Direction {
    Forward,
    Backward,
}

impl<'f> Stem<'f> {
    fn of(stem: &'f str, tool: Tool) -> Option<Self> {
        let (title, direction) = match (stem.strip_suffix(".up"), stem.strip_suffix(".down")) {
            (Some(title), _) => (title, Direction::Forward),
            (_, Some(title)) => (title, Direction::Backward),
            _ => (stem, Direction::Forward),
        };
        leading_digits(title).and_then(|(digits, rest)| {
            let name = match tool {
                Tool::Plain => rest.trim_start_matches(['_', '-', '.', ' ']),
                _ => rest.strip_prefix('_')?,
            };
            Some(Self { title, digits, name, direction })
        })
    }

    fn version(&self, tool: Tool) -> String {
        match tool {
            Tool::Plain => self.title.to_owned(),
            _ => as_number(self.digits),
        }
    }

    /// No table tells plain files apart, so that two may have one number: then their names decide.
    fn rank(&self, tool: Tool) -> Rank {
        match tool {
            Tool::Plain => {
                Rank::Named(self.digits.parse().unwrap_or(u64::MAX), self.title.to_owned())
            }
            _ => number(self.digits),
        }
    }
}
