//! A backup that is made while others write, for migrations that let them. In WAL mode it is of a snapshot, which is in
//! nobody's way. With a rollback journal a reader keeps all others from committing, so the copy is made in short steps,
//! and begins again if somebody wrote between two of them.

use std::path::{Path, PathBuf};
use std::thread;

use rusqlite::Connection;

use super::finished::{self, look_through_file};
use super::in_use::InUse;
use super::make::{in_folder, keep, last_of_this_state, report, size};
use super::partial::Partial;
use super::verification::Soundness;
use super::{BackupError, Backups};
use crate::database::{Copied, JournalMode, Pace, copy_in_steps};
use crate::event::{Event, Observer};
use crate::unverified::Unverified;

/// Backs up the file at `database`, which `original` reads and others go on writing to, and removes the oldest
/// backups. `original` is in no transaction, and waits for locks as long as it was told to. If the last backup holds
/// just this state, it is that one. A new database is not backed up. No process removes the backup while the returned
/// value lives.
///
/// # Errors
/// As [`backup`](super::backup); others wrote each time that a copy was made.
pub(crate) fn beside_writers(
    original: &Connection,
    database: &Path,
    backups: &Backups,
    observe: &mut Observer<'_>,
) -> Result<Option<InUse>, BackupError> {
    at_pace(original, database, backups, Pace::default(), observe)
}

fn at_pace(
    original: &Connection,
    database: &Path,
    backups: &Backups,
    pace: Pace,
    observe: &mut Observer<'_>,
) -> Result<Option<InUse>, BackupError> {
    let reading = || BackupError::sqlite("read", database);
    let made = match JournalMode::of(original).map_err(reading())? {
        JournalMode::Wal => {
            let snapshot = original.unchecked_transaction().map_err(reading())?;
            let made = keep(&snapshot, database, backups, observe)?;
            snapshot.rollback().map_err(reading())?;
            made
        }
        JournalMode::Delete => keep_in_steps(original, database, backups, pace, observe)?,
    };
    let Some((path, in_use)) = made else { return Ok(None) };
    observe(Event::WritersGoOn);
    backups.prune(database, &path);
    Ok(Some(in_use))
}

/// As [`keep`], in steps.
fn keep_in_steps(
    original: &Connection,
    database: &Path,
    backups: &Backups,
    pace: Pace,
    observe: &mut Observer<'_>,
) -> Result<Option<(PathBuf, InUse)>, BackupError> {
    if size(original).map_err(BackupError::sqlite("read", database))? == 0 {
        return Ok(None);
    }
    in_folder(backups, || {
        let (copy, unverified) = copy_of_one_state(original, database, backups, pace, observe)?;
        // Whether the last backup is of this state is only known now: to compare it with the database would be in the
        // way of those who write.
        let last = finished::open(copy.path())
            .and_then(|state| Ok((size(&state)?, state)))
            .map(|(size, state)| last_of_this_state(&state, size, database, backups))
            .map_err(BackupError::sqlite("read", copy.path()))?;
        let (path, in_use, unverified) = match last {
            Some(last) => last,
            None => {
                let (path, in_use) = copy.publish(database, backups.names(database))?;
                (path, in_use, unverified)
            }
        };
        report(&path, unverified, observe);
        Ok((path, in_use))
    })
    .map(Some)
}

/// A copy of one state of the database, looked through; with what could not be verified. Its rows are not compared with
/// those of the database, which may be others by now.
fn copy_of_one_state(
    original: &Connection,
    database: &Path,
    backups: &Backups,
    pace: Pace,
    observe: &mut Observer<'_>,
) -> Result<(Partial, Vec<Unverified>), BackupError> {
    for attempt in 0..pace.times {
        thread::sleep(pace.pause_before(attempt));
        let size = size(original).map_err(BackupError::sqlite("read", database))?;
        let copy = Partial::new(&backups.folder, size)?;
        let mut pages = |done, total| observe(Event::BackingUp { done, total });
        let copied = copy
            .open()
            .and_then(|mut file| copy_in_steps(original, &mut file, pace, &mut pages))
            .map_err(BackupError::sqlite("write", copy.path()))?;
        if copied == Copied::Overtaken {
            continue;
        }
        let looked = look_through_file(copy.path(), backups.verification, |_| ());
        return match looked.map_err(BackupError::sqlite("read", copy.path()))?.0 {
            Soundness::Sound(unverified) => Ok((copy, unverified)),
            Soundness::Damaged(found) => {
                Err(BackupError::DatabaseDamaged { path: database.to_owned(), found })
            }
        };
    }
    Err(BackupError::WrittenMeanwhile { path: database.to_owned(), times: pace.times })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::database::Database;

    /// A database of some hundred pages that others write to, and the folder of its backups.
    struct Scene {
        _folder: tempfile::TempDir,
        database: Database,
        backups: Backups,
        /// Waits for nobody: each of its commits shows that nobody was in its way.
        writer: Connection,
    }

    const QUICK: Pace = Pace { step: Duration::ZERO, times: 3, longest_pause: Duration::ZERO };

    impl Scene {
        fn of(mode: &str) -> Self {
            let folder = tempfile::tempdir().unwrap();
            let database = Database::at(folder.path().join("app.db"));
            let backups = Backups { folder: folder.path().join("backups"), ..Backups::default() };
            let writer = Connection::open(&database.path).unwrap();
            writer.busy_timeout(Duration::ZERO).unwrap();
            writer.pragma_update(None, "journal_mode", mode).unwrap();
            writer
                .execute_batch(
                    "CREATE TABLE filler (text TEXT);
                     WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 900)
                     INSERT INTO filler SELECT hex(randomblob(2000)) FROM n;
                     CREATE TABLE one (id INTEGER PRIMARY KEY);
                     CREATE TABLE other (id INTEGER PRIMARY KEY);",
                )
                .unwrap();
            Self { _folder: folder, database, backups, writer }
        }

        /// Commits a row to each of two tables.
        fn write(&self) {
            self.writer
                .execute_batch(
                    "BEGIN IMMEDIATE; INSERT INTO one DEFAULT VALUES;
                     INSERT INTO other DEFAULT VALUES; COMMIT",
                )
                .unwrap();
        }

        /// Backs up, and calls `meanwhile` with the number of events before at each step of the copy. Returns the
        /// names of the other events.
        fn back_up(
            &self,
            mut meanwhile: impl FnMut(usize),
        ) -> Result<(PathBuf, Vec<Event>), BackupError> {
            let original = self.database.open_witness(Duration::ZERO).unwrap();
            let (mut steps, mut events) = (0, Vec::new());
            let mut observe = |event| match event {
                Event::BackingUp { .. } => {
                    meanwhile(steps);
                    steps += 1;
                }
                event => events.push(event),
            };
            at_pace(&original, &self.database.path, &self.backups, QUICK, &mut observe)?.unwrap();
            match events.remove(0) {
                Event::BackedUp { path } => Ok((path, events)),
                event => panic!("{event:?}"),
            }
        }

        fn count(&self) -> usize {
            self.backups.folder.read_dir().map_or(0, |all| {
                all.filter(|entry| entry.as_ref().unwrap().path().extension().is_some()).count()
            })
        }
    }

    /// How many rows each of the two tables has in a backup, which has all the others.
    #[track_caller]
    fn rows(backup: &Path) -> u32 {
        let backup = Connection::open(backup).unwrap();
        let one = |sql| backup.query_row(sql, [], |row| row.get::<_, u32>(0)).unwrap();
        assert_eq!(one("SELECT count(*) FROM filler WHERE length(text) = 4000"), 900);
        assert_eq!(one("SELECT count(*) FROM one"), one("SELECT count(*) FROM other"));
        one("SELECT count(*) FROM one")
    }

    #[test]
    fn a_snapshot_is_in_nobodys_way_and_holds_nothing_of_what_was_written_meanwhile() {
        let scene = Scene::of("WAL");
        scene.write();
        let (path, events) = scene.back_up(|_| scene.write()).unwrap();
        assert_eq!((rows(&path), events), (1, vec![Event::WritersGoOn]));
        scene.write();
        assert!(scene.back_up(|_| scene.write()).unwrap().0 != path);
    }

    #[test]
    fn between_two_steps_others_commit_and_the_copy_begins_again() {
        let scene = Scene::of("DELETE");
        scene.write();
        let (path, events) = scene
            .back_up(|steps| {
                if steps < 2 {
                    scene.write();
                }
            })
            .unwrap();
        assert_eq!((rows(&path), events), (3, vec![Event::WritersGoOn]));
    }

    #[test]
    fn after_some_times_the_copy_is_given_up_and_nothing_is_left() {
        let scene = Scene::of("DELETE");
        let error = scene.back_up(|_| scene.write()).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!(
                "others wrote to `{}` each of the 3 times that it was copied",
                scene.database.path.display()
            )
        );
        assert!(error.hint().unwrap().to_string().contains("makes no backup"));
        assert!(!scene.backups.folder.exists());
    }

    #[test]
    fn of_a_state_that_has_a_backup_no_other_is_made() {
        for mode in ["WAL", "DELETE"] {
            let scene = Scene::of(mode);
            scene.write();
            let (path, _) = scene.back_up(|_| ()).unwrap();
            let before = scene.count();
            assert_eq!(scene.back_up(|_| ()).unwrap().0, path, "{mode}");
            assert_eq!(scene.count(), before, "{mode}");
            scene.write();
            assert_ne!(scene.back_up(|_| ()).unwrap().0, path, "{mode}");
        }
    }

    #[test]
    fn a_damaged_database_is_not_backed_up() {
        for mode in ["WAL", "DELETE"] {
            let scene = Scene::of(mode);
            scene
                .writer
                .execute_batch(
                    "CREATE INDEX damaged ON one (id); INSERT INTO one VALUES (1), (2);
                     PRAGMA writable_schema = ON;
                     UPDATE sqlite_schema SET sql = replace(sql, '(id)', '(id DESC)')
                     WHERE name = 'damaged'",
                )
                .unwrap();
            let error = scene.back_up(|_| ()).unwrap_err();
            assert!(matches!(error, BackupError::DatabaseDamaged { .. }), "{mode}: {error}");
            assert!(!scene.backups.folder.exists(), "{mode}");
        }
    }
}
