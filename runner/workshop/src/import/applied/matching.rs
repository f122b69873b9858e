//! Finds the migrations of a folder that a tool's table says are applied.

use std::collections::HashMap;

use super::row::{OldHistory, OldRow, Reach};
use crate::import::{ForeignHistory, ForeignMigration, Tool};

/// A migration of the folder, and the row that says that it is applied.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Matched<'h> {
    pub(crate) migration: &'h ForeignMigration,
    pub(crate) row: &'h OldRow,
}

/// What is applied of `folder`, in its order; or the versions that it does not have.
pub(crate) fn matching<'h>(
    old: &'h OldHistory,
    folder: &'h ForeignHistory,
) -> Result<Vec<Matched<'h>>, Vec<String>> {
    let mut rows: Vec<Option<&OldRow>> = vec![None; folder.migrations.len()];
    // Most versions are spelled as they are in the folder, and there may be thousands.
    let versions = folder.migrations.iter().enumerate();
    let spelled: HashMap<_, _> = versions.map(|(at, it)| (it.version.as_str(), at)).collect();
    let mut unknown = Vec::new();
    for row in &old.rows {
        let is_it = |migration: &ForeignMigration| is_about(folder.tool, row, migration);
        let at = spelled.get(row.version.as_str()).copied();
        let at = at.or_else(|| folder.migrations.iter().position(is_it));
        match (row.reach, at) {
            (Reach::One, Some(at)) => rows[at] = Some(row),
            (Reach::UpTo | Reach::Baseline, Some(at)) => {
                rows[..=at].iter_mut().for_each(|it| *it = it.or(Some(row)));
            }
            (Reach::Baseline, None) => {
                let Some(baseline) = parts(&row.version) else { continue };
                for (migration, it) in folder.migrations.iter().zip(&mut rows) {
                    if parts(&migration.version).is_some_and(|version| version <= baseline) {
                        *it = it.or(Some(row));
                    }
                }
            }
            (Reach::One | Reach::UpTo, None) => unknown.push(row.version.clone()),
        }
    }
    if !unknown.is_empty() {
        return Err(unknown);
    }
    let matched = folder.migrations.iter().zip(rows);
    Ok(matched.filter_map(|(migration, row)| Some(Matched { migration, row: row? })).collect())
}

/// Whether `row` is about `migration`.
fn is_about(tool: Tool, row: &OldRow, migration: &ForeignMigration) -> bool {
    let (version, name) = (&migration.version, &migration.name);
    is_same(&row.version, version)
        || match tool {
            // The whole name of the folder or the file is the version there.
            Tool::Prisma | Tool::SeaOrm => {
                row.version == *name || row.version == format!("{version}_{name}")
            }
            // Both the time and the text say which one it is, and either may have been changed.
            Tool::Drizzle => row.checksum.as_ref().is_some_and(|sum| sum.is_of(migration)),
            _ => false,
        }
}

/// Whether two texts are one version: `007` is `7`, and `1.0` is `1`.
fn is_same(one: &str, other: &str) -> bool {
    one == other || parts(one).is_some_and(|one| parts(other).is_some_and(|other| one == other))
}

/// The numbers of a version of digits, which may be joined by dots, dashes or underscores.
fn parts(version: &str) -> Option<Vec<u64>> {
    let parts = version.split(['.', '_', '-']).map(|part| part.parse().ok());
    let mut parts: Vec<u64> = parts.collect::<Option<_>>()?;
    while parts.len() > 1 && parts.last() == Some(&0) {
        parts.pop();
    }
    Some(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_as_numbers() {
        for (one, other) in [("7", "007"), ("1", "1.0"), ("1.2", "1_2"), ("m1_a", "m1_a")] {
            assert!(is_same(one, other), "{one} {other}");
        }
        for (one, other) in [("1.1", "1.10"), ("1", "2"), ("m1_a", "m1_b"), ("10", "1")] {
            assert!(!is_same(one, other), "{one} {other}");
        }
    }
}
