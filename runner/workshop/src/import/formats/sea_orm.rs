//! `m20220101_000001_create_player`: the names of sea-orm-migration. Its migrations are Rust; what is read is the SQL
//! that they ran, in files of their names.

use super::{Found, FoundMigration, Moment, Rank, listed, whole};
use crate::import::Tool;
use crate::import::folder::{Folder, SourceFile};

/// Reads `m..._name.sql`, `m..._name.up.sql` with `.down.sql`, and folders `m..._name` with `up.sql` and `down.sql`.
pub(super) fn read(folder: &Folder) -> Found {
    let mut found = Found::default();
    for file in &folder.files {
        if let Some(title) = file.without(".rs").filter(|stem| stamp(stem).is_some()) {
            let is_there = |path: &str| folder.file(listed(&file.folders, path)).is_some();
            let has_sql = is_there(&format!("{title}.sql"))
                || is_there(&format!("{title}.up.sql"))
                || folder.files.iter().any(|other| {
                    other.name == "up.sql" && other.folders.last().is_some_and(|it| it == title)
                });
            if !has_sql {
                found.refuse_code(file, Tool::SeaOrm);
            }
            continue;
        }
        let Some(stem) = file.without(".sql") else { continue };
        let in_a_folder = file.folders.last().filter(|_| matches!(stem, "up" | "down"));
        let title = in_a_folder.map_or(stem, String::as_str);
        let title =
            title.strip_suffix(".up").or_else(|| title.strip_suffix(".down")).unwrap_or(title);
        match stamp(title) {
            None => found.leave_out(file, Tool::SeaOrm),
            Some(_) if stem == "down" || stem.ends_with(".down") => {}
            Some(digits) => found.migrations.push(migration(folder, file, title, digits)),
        }
    }
    found
}

fn migration(folder: &Folder, file: &SourceFile, title: &str, digits: String) -> FoundMigration {
    let back = match file.name.as_str() {
        "up.sql" => "down.sql".to_owned(),
        _ => format!("{title}.down.sql"),
    };
    FoundMigration {
        rank: Rank::Text(title.to_owned()),
        version: title.to_owned(),
        moment: Moment::Digits(digits),
        name: title.get(17..).unwrap_or_default().to_owned(),
        forward: whole(file),
        backward: folder.file(listed(&file.folders, &back)).map(whole),
        no_transaction: None,
    }
}

/// The digits of `m20220101_000001_create_player`.
pub(in crate::import) fn stamp(title: &str) -> Option<String> {
    let rest = title.strip_prefix('m')?;
    let (day, rest) = rest.split_once('_')?;
    let (time, name) = rest.split_once('_')?;
    let digits =
        |text: &str, length| text.len() == length && text.bytes().all(|it| it.is_ascii_digit());
    (digits(day, 8) && digits(time, 6) && !name.is_empty()).then(|| format!("{day}{time}"))
}
