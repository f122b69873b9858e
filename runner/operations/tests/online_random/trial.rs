//! One database, one application, one rebuild.

use std::fmt::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::time::Duration;

use migration_api::Migrator;
use rusqlite::Connection;

use crate::application::Application;
use crate::chance::Chance;
use crate::rebuild::{Advanced, Rebuild};
use crate::world::{Rowid, World};
use crate::{state, statement, world};

/// What happens next.
#[derive(Debug, Clone)]
enum Step {
    /// A connection of the application runs a statement.
    Run { connection: usize, sql: String },
    /// The same, a statement that changes the schema.
    Define { connection: usize, sql: String },
    /// The rebuild goes on by at most so many rows; `Torn`: and is rolled back, as if the process had died.
    Advance { rows: usize, end: BatchEnd },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum BatchEnd {
    Committed,
    Torn,
}

/// All that a seed makes.
pub(crate) struct Trial {
    world: World,
    /// Of the database, and of each connection.
    settings: Vec<String>,
    /// The rows that are there before.
    rows: Vec<String>,
    steps: Vec<Step>,
}

/// The two databases, and who is at them.
struct Scene {
    application: Vec<Application>,
    rebuild: Rebuild,
    copy: Connection,
    /// Whether the application changed the schema.
    defined: bool,
}

impl Scene {
    /// Nobody is in a transaction any more.
    fn end_application(&self) -> Result<(), String> {
        self.application.iter().try_for_each(|application| application.run("ROLLBACK"))
    }

    fn compare(&self, rowid: Rowid) -> Result<(), String> {
        compare(&self.rebuild.connection, &self.copy, rowid)
    }
}

/// A connection as a runner has it.
fn runner(path: &Path) -> Connection {
    let connection = Connection::open(path).unwrap();
    connection.busy_timeout(Duration::ZERO).unwrap();
    connection.execute_batch("PRAGMA synchronous = OFF; PRAGMA foreign_keys = OFF").unwrap();
    connection
}

/// How it ended.
#[derive(Debug, Clone)]
pub(crate) enum End {
    Swapped,
    /// Both the online and the ordinary rebuild were refused, for this reason.
    Refused(String),
    /// Only the online one was refused, before anything was done.
    NotBegun(String),
    Faulty(String),
}

impl End {
    pub(crate) fn kind(&self) -> String {
        match self {
            Self::Swapped => "swapped".to_owned(),
            Self::Refused(why) => format!("refused: {}", short(why)),
            Self::NotBegun(why) => format!("not begun: {}", short(why)),
            Self::Faulty(_) => "faulty".to_owned(),
        }
    }
}

fn short(why: &str) -> String {
    why.split('`').step_by(2).collect::<Vec<_>>().join("..").chars().take(120).collect()
}

/// So many connections the application has; the last only reads.
const CONNECTIONS: usize = 3;

impl Trial {
    pub(crate) fn drawn(seed: u64) -> Self {
        let mut chance = Chance::seeded(seed);
        let world = world::draw(&mut chance);
        let mut settings =
            vec![format!("PRAGMA journal_mode = {}", chance.pick(&["WAL", "DELETE", "PERSIST"]))];
        for _ in 0..CONNECTIONS {
            settings.push(format!(
                "PRAGMA foreign_keys = {}; PRAGMA recursive_triggers = {}; PRAGMA ignore_check_constraints = {}",
                chance.pick(&["ON", "OFF"]),
                chance.pick(&["ON", "OFF"]),
                chance.pick(&["OFF", "OFF", "OFF", "ON"]),
            ));
        }
        let rows = (0..5 + chance.below(30))
            .map(|_| statement::draw(&mut chance, &world))
            .filter(|sql| !sql.starts_with("DELETE"))
            .collect();
        let steps = steps(&mut chance, &world);
        Self { world, settings, rows, steps }
    }

    pub(crate) fn run(&self) -> End {
        catch_unwind(AssertUnwindSafe(|| self.tried()))
            .unwrap_or_else(|_| Err("it panicked".to_owned()))
            .unwrap_or_else(End::Faulty)
    }

    fn tried(&self) -> Result<End, String> {
        let folder = tempfile::tempdir().unwrap();
        let (online, ordinary) =
            (folder.path().join("online.db"), folder.path().join("ordinary.db"));
        self.make(&online, &ordinary);
        let application = self.settings[1..]
            .iter()
            .map(|settings| Application::open(&online, &ordinary, settings))
            .collect();
        let copy = runner(&ordinary);
        let rebuild = match Rebuild::begin(runner(&online), &self.world.operations) {
            Ok(rebuild) => rebuild,
            Err(why) => {
                return Ok(match self.ordinary(&copy) {
                    Ok(()) => End::NotBegun(why),
                    Err(_) => End::Refused(why),
                });
            }
        };
        copy.execute_batch(&alike()).map_err(|error| error.to_string())?;
        self.go_through(&mut Scene { application, rebuild, copy, defined: false })
    }

    /// Makes the two databases.
    fn make(&self, online: &Path, ordinary: &Path) {
        {
            let first = Connection::open(online).unwrap();
            first.execute_batch("PRAGMA synchronous = OFF").unwrap();
            for sql in self.world.schema.iter().chain(&self.rows) {
                // Not all that is drawn is possible.
                let _ = first.execute_batch(sql);
            }
            assert!(first.is_autocommit());
        }
        std::fs::copy(online, ordinary).unwrap();
        for path in [online, ordinary] {
            let mode = Connection::open(path).unwrap();
            mode.query_row(&self.settings[0], [], |_| Ok(())).unwrap();
        }
    }

    fn go_through(&self, scene: &mut Scene) -> Result<End, String> {
        for step in &self.steps {
            match step {
                Step::Run { connection, sql } => scene.application[*connection].run(sql)?,
                Step::Define { connection, sql } => {
                    scene.application[*connection].run(sql)?;
                    scene.defined = true;
                }
                Step::Advance { .. } if scene.application.iter().any(Application::writes) => {}
                Step::Advance { rows, end } => {
                    let advanced = match end {
                        BatchEnd::Committed => scene.rebuild.advance(*rows),
                        BatchEnd::Torn => scene.rebuild.tear(*rows),
                    };
                    if let Some(end) = self.after(advanced, scene)? {
                        return Ok(end);
                    }
                }
            }
        }
        scene.end_application()?;
        for _ in 0..10_000 {
            let advanced = scene.rebuild.advance(7);
            if matches!(advanced, Advanced::Busy) {
                return Err("it is busy, and nobody else is there".to_owned());
            }
            if let Some(end) = self.after(advanced, scene)? {
                return Ok(end);
            }
        }
        Err("it never ends".to_owned())
    }

    /// Does to the copy what was done online; how the trial ended, if it did.
    fn after(&self, advanced: Advanced, scene: &Scene) -> Result<Option<End>, String> {
        match advanced {
            Advanced::On | Advanced::Busy => Ok(None),
            Advanced::Swapped => match self.ordinary(&scene.copy) {
                Ok(()) => Ok(None),
                // Whether rows pointed to nothing before, it cannot tell of rows that change their numbers.
                Err(why) if why.contains("FOREIGN KEY") && self.world.rowid == Rowid::Changes => {
                    Ok(Some(End::Swapped))
                }
                Err(why) => Err(format!("swapped, but in one step: {why}")),
            },
            Advanced::Done => {
                scene.end_application()?;
                scene.compare(self.world.rowid)?;
                Ok(Some(End::Swapped))
            }
            Advanced::Refused(why) => {
                scene.end_application()?;
                scene.rebuild.abandon()?;
                // Where the schema was changed in the middle, it may be refused online alone.
                let (ordinary, why) = match scene.defined {
                    true => (
                        Err(end_alike(&scene.copy)),
                        format!("after a change of the schema: {why}"),
                    ),
                    false => (self.ordinary(&scene.copy), why),
                };
                if ordinary.is_ok() {
                    return Err(format!("refused online alone: {why}"));
                }
                scene.compare(Rowid::Stays)?;
                Ok(Some(End::Refused(why)))
            }
        }
    }

    fn ordinary(&self, copy: &Connection) -> Result<(), String> {
        end_alike(copy);
        Migrator::new(copy).run(self.world.operations.clone()).map_err(|error| {
            let source = error.source().source().map(ToString::to_string).unwrap_or_default();
            format!("{}: {source}", error.source())
        })
    }

    /// The same with as little as still fails.
    pub(crate) fn shortened(mut self) -> Self {
        let mut size = self.steps.len().max(1) / 2;
        while size > 0 {
            let mut at = 0;
            while at < self.steps.len() {
                let end = (at + size).min(self.steps.len());
                let removed: Vec<_> = self.steps.drain(at..end).collect();
                if !matches!(self.run(), End::Faulty(_)) {
                    self.steps.splice(at..at, removed);
                    at += size;
                }
            }
            size /= 2;
        }
        for rows in [true, false] {
            let mut at = 0;
            while at < self.texts(rows).len() {
                let removed = self.texts(rows).remove(at);
                if !matches!(self.run(), End::Faulty(_)) {
                    self.texts(rows).insert(at, removed);
                    at += 1;
                }
            }
        }
        self
    }

    fn texts(&mut self, rows: bool) -> &mut Vec<String> {
        if rows { &mut self.rows } else { &mut self.world.schema }
    }

    /// What is wrong, and how it is seen again.
    pub(crate) fn told(&self) -> String {
        let End::Faulty(fault) = self.run() else { return "it does not fail each time".to_owned() };
        let mut told = format!("{fault}\n");
        for sql in self.world.schema.iter().chain(&self.rows) {
            writeln!(told, "{sql};").unwrap();
        }
        for setting in &self.settings {
            writeln!(told, "-- {setting}").unwrap();
        }
        for operation in &self.world.operations {
            writeln!(told, "-- {operation}").unwrap();
        }
        for step in &self.steps {
            match step {
                Step::Run { connection, sql } | Step::Define { connection, sql } => {
                    writeln!(told, "{connection}> {sql};")
                }
                Step::Advance { rows, end } => writeln!(told, "-- advance {rows} rows, {end:?}"),
            }
            .unwrap();
        }
        told
    }
}

/// When the triggers of an online change fire, and what of a row they read.
const EVENTS: [(&str, &str); 4] = [
    ("BEFORE INSERT", "new.id, new.u, new.n, new.w, new.v"),
    ("AFTER INSERT", "new.id"),
    ("BEFORE UPDATE", "old.id, old.n, old.w, new.id, new.u, new.n, new.w, new.v"),
    ("BEFORE DELETE", "old.id, old.n, old.w"),
];

/// Gives the copy triggers that do nothing: where a table has some, SQLite visits rows in another order, and of
/// several that get the same unique value by OR IGNORE another one wins.
fn alike() -> String {
    let trigger = |(n, (event, read)): (usize, &(&str, &str))| {
        format!("CREATE TRIGGER alike_{n} {event} ON t BEGIN SELECT {read}; END;")
    };
    EVENTS.iter().enumerate().map(trigger).collect()
}

fn end_alike(copy: &Connection) -> String {
    let drop = |n| format!("DROP TRIGGER IF EXISTS alike_{n};");
    let all: String = (0..EVENTS.len()).map(drop).collect();
    copy.execute_batch(&all).unwrap();
    String::new()
}

fn compare(online: &Connection, copy: &Connection, rowid: Rowid) -> Result<(), String> {
    match state::difference(&state::of(online, rowid), &state::of(copy, rowid)) {
        None => Ok(()),
        Some(difference) => Err(format!("the databases differ:{difference}")),
    }?;
    let sound: String = online
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .map_err(|error| error.to_string())?;
    // A row that breaks a constraint was let in with PRAGMA ignore_check_constraints.
    if sound == "ok"
        || sound.starts_with("CHECK constraint failed")
        || sound.starts_with("NULL value")
    {
        Ok(())
    } else {
        Err(sound)
    }
}

fn steps(chance: &mut Chance, world: &World) -> Vec<Step> {
    let mut steps = Vec::new();
    let run = |steps: &mut Vec<Step>, connection: usize, sql: &str| {
        steps.push(Step::Run { connection, sql: sql.to_owned() });
    };
    for _ in 0..20 + chance.below(60) {
        let connection = chance.below(CONNECTIONS - 1);
        match chance.below(20) {
            0 => {
                run(&mut steps, connection, "BEGIN IMMEDIATE");
                for _ in 0..1 + chance.below(4) {
                    run(&mut steps, connection, &statement::draw(chance, world));
                }
                if chance.one_in(3) {
                    run(&mut steps, connection, "SAVEPOINT s");
                    run(&mut steps, connection, &statement::draw(chance, world));
                    run(&mut steps, connection, chance.pick(&["ROLLBACK TO s", "RELEASE s"]));
                    run(&mut steps, connection, &statement::draw(chance, world));
                }
                run(&mut steps, connection, chance.pick(&["COMMIT", "COMMIT", "ROLLBACK"]));
                run(&mut steps, connection, "ROLLBACK");
            }
            1 => {
                let reader = CONNECTIONS - 1;
                run(&mut steps, reader, chance.pick(&["BEGIN", "COMMIT", "COMMIT"]));
                run(&mut steps, reader, "SELECT count(*), sum(n), max(w) FROM t");
            }
            2 if chance.one_in(12) => {
                steps.push(Step::Define { connection, sql: statement::of_schema(chance) });
            }
            2..=7 => steps.push(Step::Advance {
                rows: 1 + chance.below(6),
                end: if chance.one_in(6) { BatchEnd::Torn } else { BatchEnd::Committed },
            }),
            _ => run(&mut steps, connection, &statement::draw(chance, world)),
        }
    }
    steps
}
