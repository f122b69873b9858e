//! All that is known to have happened: the log, and what is in the history and among the repairs without it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rusqlite::Connection;

use super::{Entry, Happened, Known, read};
use crate::id::MigrationId;
use crate::record::history::{self, Record};
use crate::record::repairs::{self, RepairKind, Repaired};
use crate::record::{RecordError, rows};

/// Everything that is known to have happened to the history, oldest first. An older runner keeps no log: what it did is
/// known as far as the history and the repairs say it.
///
/// # Errors
/// SQLite's error; a row that is none of ours.
pub fn past(connection: &Connection) -> Result<Vec<Entry>, RecordError> {
    let log = read(connection)?;
    let history = history::read_all(connection)?;
    let repairs = repairs::repairs(connection)?;
    Ok(merge(log, &history, &repairs))
}

fn merge(log: Vec<Entry>, history: &[Record], repairs: &[Repaired]) -> Vec<Entry> {
    let began = log.first().and_then(|first| first.at);
    let known = |at: Timestamp| match began {
        Some(began) if at >= began => Known::NotLogged,
        _ => Known::BeforeTheLog,
    };
    let Applied { now, removed } = Applied::by(&log);
    let is_logged = |record: &&Record| match now.get(&record.id) {
        Some(at) => at.is_none_or(|at| same_moment(at, record.applied_at)),
        None => false,
    };
    let unlogged = |repair: &&Repaired| !log.iter().any(|entry| is_entry_of(entry, repair));
    // A row that a repair made is told as that repair.
    let is_of_a_repair = |record: &&Record| {
        repairs.iter().any(|repair| repair.id.as_ref() == Some(&record.id) && records(repair))
    };
    let rows = history.iter().filter(|row| !is_logged(row) && !is_of_a_repair(row));
    let rows = rows.map(|record| of_row(record, known(record.applied_at)));
    let repairs = repairs.iter().filter(unlogged);
    let repairs = repairs.map(|repair| of_repair(repair, known(repair.repaired_at)));
    let removed = removed.into_iter().map(|(id, at)| Entry {
        at: Some(at),
        ..Entry::not_logged(known(at), Happened::Applied, Some(id))
    });
    let mut others: Vec<Entry> = rows.chain(repairs).chain(removed).collect();
    others.sort_by_key(|entry| entry.at);

    let mut all = Vec::with_capacity(log.len() + others.len());
    let mut others = others.into_iter().peekable();
    for entry in log {
        while let Some(other) = others.next_if(|other| other.at < entry.at) {
            all.push(other);
        }
        all.push(entry);
    }
    all.extend(others);
    let is_gone = |id: &&MigrationId| history.iter().all(|record| record.id != **id);
    let reverted = |id: &MigrationId| {
        Entry::not_logged(Known::NotLogged, Happened::Reverted, Some(id.clone()))
    };
    all.extend(now.keys().filter(is_gone).map(reverted));
    all
}

/// What the log says of rows in the history.
#[derive(Default)]
struct Applied {
    /// Those that are there, and when they were applied; `None`: the row has a moment of its own.
    now: BTreeMap<MigrationId, Option<Timestamp>>,
    /// Those that went, and were applied without the log.
    removed: Vec<(MigrationId, Timestamp)>,
}

impl Applied {
    fn by(log: &[Entry]) -> Self {
        let mut applied = Self::default();
        for entry in log {
            if let Some(id) = &entry.id {
                applied.follow(id, entry);
            }
        }
        applied
    }

    fn follow(&mut self, id: &MigrationId, entry: &Entry) {
        let at = match &entry.what {
            Happened::Applied | Happened::Repaired(RepairKind::Fake) => entry.at,
            Happened::Repaired(RepairKind::Finished) if entry.source_digest.is_some() => entry.at,
            // What a newer runner did to it is not known.
            Happened::Imported | Happened::Replaced | Happened::Other(_) => None,
            Happened::Reverted | Happened::Repaired(RepairKind::Forget | RepairKind::Finished) => {
                return self.remove(id, entry.applied_at);
            }
            Happened::Repaired(RepairKind::Renamed) => {
                match entry.old_id.as_ref().and_then(|old| self.now.remove(old)) {
                    Some(at) => at,
                    None => return,
                }
            }
            Happened::Stage
            | Happened::Redefined
            | Happened::BackedUp
            | Happened::Purged
            | Happened::Repaired(_) => return,
        };
        self.now.insert(id.clone(), at);
    }

    /// Its row went, which said that it was applied `at` that moment.
    fn remove(&mut self, id: &MigrationId, at: Option<Timestamp>) {
        let logged = self.now.remove(id);
        let is_logged = |at| matches!(logged, Some(None)) || logged == Some(Some(at));
        self.removed.extend(at.filter(|at| !is_logged(*at)).map(|at| (id.clone(), at)));
    }
}

/// Whether a repair made the row of its migration.
fn records(repair: &Repaired) -> bool {
    repair.kind == RepairKind::Fake
        || repair.kind == RepairKind::Finished && repair.new_digest.is_some()
}

fn is_entry_of(entry: &Entry, repair: &Repaired) -> bool {
    entry.what == Happened::Repaired(repair.kind)
        && entry.id == repair.id
        && entry.at.is_some_and(|at| same_moment(at, repair.repaired_at))
}

/// Whether both are written as the same text.
fn same_moment(one: Timestamp, other: Timestamp) -> bool {
    rows::time_text(one) == rows::time_text(other)
}

fn of_row(record: &Record, known: Known) -> Entry {
    Entry {
        at: Some(record.applied_at),
        duration_us: Some(record.duration_us),
        runner_version: Some(record.runner_version.clone()),
        api_version: Some(record.api_version.clone()),
        sqlite_version: Some(record.sqlite_version.clone()),
        source_digest: Some(record.source_digest.clone()),
        ..Entry::not_logged(known, Happened::Applied, Some(record.id.clone()))
    }
}

fn of_repair(repair: &Repaired, known: Known) -> Entry {
    Entry {
        at: Some(repair.repaired_at),
        old_id: repair.old_id.clone(),
        detail: Some(repair.reason.clone()),
        runner_version: Some(repair.runner_version.clone()),
        ..Entry::not_logged(known, Happened::Repaired(repair.kind), repair.id.clone())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::record::{Record, import, insert, repair, replace, revert};

    const A: &str = "20250101_000000_a";
    const B: &str = "20250102_000000_b";
    const C: &str = "20250103_000000_c";
    const D: &str = "20250104_000000_d";

    fn row(id: &str, at: &str) -> Record {
        Record {
            applied_at: at.parse().unwrap(),
            runner_version: "0.0.1".into(),
            ..Record::example(id.parse().unwrap(), "source", "schema")
        }
    }

    /// What an older runner writes.
    fn by_an_older(connection: &Connection, sql: &str) {
        connection.execute_batch(sql).unwrap();
    }

    fn shown(connection: &Connection) -> Vec<String> {
        let all = past(connection).unwrap();
        let id = |entry: &Entry| entry.id.as_ref().map_or("-", MigrationId::name).to_owned();
        let show = |entry: &Entry| format!("{} {} {:?}", entry.what.word(), id(entry), entry.known);
        all.iter().map(show).collect()
    }

    fn repaired(kind: RepairKind, id: &str, old: Option<&str>, new: Option<&str>) -> Repaired {
        Repaired {
            repaired_at: Timestamp::now(),
            kind,
            id: Some(id.parse().unwrap()),
            old_id: old.map(|old| old.parse().unwrap()),
            old_digest: String::new(),
            new_digest: new.map(str::to_owned),
            reason: "for a test".into(),
            runner_version: "1".into(),
        }
    }

    #[test]
    fn what_changes_the_history_is_in_the_log_and_told_once() {
        let connection = Connection::open_in_memory().unwrap();
        assert_eq!(shown(&connection), [""; 0]);
        insert(&connection, &row(A, "2025-02-01T00:00:00Z")).unwrap();
        import(&connection, &row(B, "2020-02-01T00:00:00Z"), "by another tool").unwrap();
        let did = |kind, id, old, new| {
            repair(&connection, &repaired(kind, id, old, new), "schema", Vec::new())
        };
        did(RepairKind::Fake, C, None, Some("source")).unwrap();
        did(RepairKind::Forget, C, None, None).unwrap();
        did(RepairKind::Renamed, C, Some(A), Some("source")).unwrap();
        did(RepairKind::Accept, C, None, Some("edited")).unwrap();
        did(RepairKind::NotStarted, A, None, None).unwrap();
        did(RepairKind::Finished, A, None, Some("source")).unwrap();
        did(RepairKind::Finished, A, None, None).unwrap();
        let both = BTreeSet::from([B.parse().unwrap(), C.parse().unwrap()]);
        replace(&connection, &row(D, "2025-02-01T00:00:00Z"), &both).unwrap();
        assert_eq!(
            shown(&connection),
            [
                "applied a Logged",
                "imported b Logged",
                "fake c Logged",
                "forget c Logged",
                "renamed c Logged",
                "accept c Logged",
                "not_started a Logged",
                "finished a Logged",
                "finished a Logged",
                "replaced d Logged",
            ]
        );
    }

    #[test]
    fn what_an_older_runner_did_is_told_as_far_as_the_database_says_it() {
        let connection = Connection::open_in_memory().unwrap();
        insert(&connection, &row(A, "2025-01-01T00:00:00Z")).unwrap();
        by_an_older(&connection, "DROP TABLE _runner_log");
        assert_eq!(shown(&connection), ["applied a BeforeTheLog"]);
        insert(&connection, &row(B, "2025-03-01T00:00:00Z")).unwrap();
        by_an_older(
            &connection,
            "INSERT INTO _runner_migrations \
             SELECT '20250103_000000_c', '2025-04-01T00:00:00.000Z', duration_us, source_digest, schema_digest, \
             runner_version, api_version, sqlite_version, usable_since, schema_before, made, NULL, NULL \
             FROM _runner_migrations WHERE id LIKE '%_b'",
        );
        assert_eq!(
            shown(&connection),
            ["applied a BeforeTheLog", "applied b Logged", "applied c NotLogged"]
        );
        // This one reverts what that one had applied.
        let id: MigrationId = C.parse().unwrap();
        let (how, digests) = ((std::time::Duration::ZERO, "1"), ("source", "schema"));
        connection.execute_batch("SAVEPOINT here").unwrap();
        revert(&connection, &id, how, digests).unwrap();
        assert_eq!(
            shown(&connection),
            [
                "applied a BeforeTheLog",
                "applied b Logged",
                "applied c NotLogged",
                "reverted c Logged"
            ]
        );
        connection.execute_batch("ROLLBACK TO here").unwrap();
        // It took one back, and applied another anew.
        by_an_older(&connection, "DELETE FROM _runner_migrations WHERE id LIKE '%_b'");
        by_an_older(
            &connection,
            "UPDATE _runner_migrations SET applied_at = '2025-05-01T00:00:00.000Z' WHERE id LIKE '%_a'",
        );
        assert_eq!(
            shown(&connection),
            [
                "applied b Logged",
                "applied c NotLogged",
                "applied a NotLogged",
                "reverted b NotLogged"
            ]
        );
    }
}
