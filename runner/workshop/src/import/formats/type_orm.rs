//! `1577836800000-CreatePlayer`: TypeORM. Of its classes, the SQL that `up` and `down` hand to `queryRunner.query` is
//! read; what does more than that is code.

use super::{Found, FoundMigration, Moment, Rank, leading_digits, listed, whole};
use crate::import::Tool;
use crate::import::folder::{Folder, SourceFile};

/// Reads the migrations at the top of `folder`.
pub(super) fn read(folder: &Folder) -> Found {
    let mut found = Found::default();
    for file in folder.files.iter().filter(|file| file.is_at_the_top()) {
        let Some(stem) = file.without(".sql") else {
            if is_code(file) {
                found.refuse_code(file, Tool::TypeOrm);
            }
            continue;
        };
        let title = stem.strip_suffix(".up").unwrap_or(stem);
        match parts(title) {
            Some(_) if stem.ends_with(".down") => {}
            Some((digits, name)) => found.migrations.push(migration(folder, file, digits, name)),
            None => found.leave_out(file, Tool::TypeOrm),
        }
    }
    found
}

fn migration(folder: &Folder, file: &SourceFile, digits: &str, name: &str) -> FoundMigration {
    let back = format!("{digits}-{name}.down.sql");
    FoundMigration {
        rank: Rank::Text(digits.to_owned()),
        version: digits.to_owned(),
        moment: Moment::Digits(digits.to_owned()),
        name: name.to_owned(),
        forward: whole(file),
        backward: folder.file(listed(&file.folders, &back)).map(whole),
        no_transaction: None,
    }
}

/// Whether it is a class, and not what a compiler says of one.
fn is_code(file: &SourceFile) -> bool {
    let stem = file.without(".ts").or_else(|| file.without(".js"));
    stem.is_some_and(|stem| parts(stem).is_some()) && file.without(".d.ts").is_none()
}

/// The time and the name in `1577836800000-CreatePlayer`.
pub(in crate::import) fn parts(title: &str) -> Option<(&str, &str)> {
    let (digits, rest) = leading_digits(title)?;
    let name = rest.strip_prefix('-')?;
    (digits.len() == 13).then_some((digits, name))
}
