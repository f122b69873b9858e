//! Runs a job in a child process of this program: a migration that aborts, exits or hangs takes
//! nothing with it and never looks like success.

use std::collections::BTreeMap;
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use runner::apply::ApplyError;
use runner::{Direction, Event, Exit, Job, MigrationId, Observer, Report, record, started};
use tempfile::TempDir;

use super::failure::Failure;
use super::output;
use super::worker::{self, Line};

/// How much longer than its timeout a migration may take to stop when its SQL is interrupted.
const GRACE: Duration = Duration::from_secs(2);

/// Does `job` in a child process. It has succeeded when the child reports so and the history, read
/// again here, agrees.
///
/// # Errors
/// What the child reports; a child that ends without a report; a history that does not agree.
pub(super) fn apply(job: &Job, observe: &mut Observer<'_>) -> Result<Report, Failure> {
    let temporary = job.options.dry_run.then(tempfile::tempdir).transpose();
    let temporary = temporary.map_err(ApplyError::NoScratchFolder)?;
    let mut child = spawn(job, temporary.as_ref()).map_err(|error| {
        Failure::of_system("cannot start the process that runs migrations", &error)
    })?;
    let lines = listen(&mut child);
    let mut running = Running { id: None, deadline: None };
    let mut last = None;
    let mut killed = false;
    loop {
        match next(&lines, running.deadline) {
            Ok(Line::Event(event)) => {
                running.follow(&event, job.options.timeout);
                observe(event);
            }
            Ok(Line::Done(report)) => last = Some(Ok(report)),
            Ok(Line::Failed(failure)) => last = Some(Err(failure)),
            Err(RecvTimeoutError::Disconnected) => break,
            Err(RecvTimeoutError::Timeout) => {
                killed = true;
                running.deadline = None;
                let _ = child.kill();
            }
        }
    }
    let status = child.wait().map_err(|error| {
        Failure::of_system("cannot wait for the process that runs migrations", &error)
    })?;
    match last {
        Some(Ok(report)) => agree(job).map(|()| report),
        Some(Err(failure)) => Err(failure),
        None if killed => Err(hung(&running, job)),
        None => Err(crashed(&running, status, job)),
    }
}

/// Starts the child. What it makes in `temporary` is removed even if it dies.
fn spawn(job: &Job, temporary: Option<&TempDir>) -> io::Result<Child> {
    let mut command = Command::new(std::env::current_exe()?);
    let backups = job.backups.as_ref().map(|backups| &backups.folder);
    command
        .arg(worker::COMMAND)
        .arg(&job.database.path)
        .args(backups)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    if let Some(folder) = temporary {
        for name in ["TMPDIR", "TMP", "TEMP"] {
            command.env(name, folder.path());
        }
    }
    let mut child = command.spawn()?;
    // The paths go as arguments: they need not be UTF-8.
    let mut sent = job.clone();
    sent.database.path = PathBuf::new();
    if let Some(backups) = &mut sent.backups {
        backups.folder = PathBuf::new();
    }
    if let Some(mut input) = child.stdin.take() {
        input.write_all(&serde_json::to_vec(&sent)?)?;
    }
    Ok(child)
}

/// Reads the child's lines on a thread, so that waiting for one can have an end.
fn listen(child: &mut Child) -> Receiver<Line> {
    let (sender, receiver) = mpsc::channel();
    if let Some(pipe) = child.stdout.take() {
        thread::spawn(move || {
            for text in BufReader::new(pipe).lines().map_while(Result::ok) {
                match serde_json::from_str(&text) {
                    Ok(line) => {
                        if sender.send(line).is_err() {
                            return;
                        }
                    }
                    Err(_) => output::error(&text),
                }
            }
        });
    }
    receiver
}

fn next(lines: &Receiver<Line>, deadline: Option<Instant>) -> Result<Line, RecvTimeoutError> {
    match deadline {
        Some(deadline) => lines.recv_timeout(deadline.saturating_duration_since(Instant::now())),
        None => lines.recv().map_err(|_| RecvTimeoutError::Disconnected),
    }
}

/// The migration whose code runs now, and when the child is killed for it.
struct Running {
    id: Option<MigrationId>,
    deadline: Option<Instant>,
}

impl Running {
    fn follow(&mut self, event: &Event, timeout: Option<Duration>) {
        match event {
            Event::Started { id, .. } => {
                self.id = Some(id.clone());
                self.deadline = timeout.map(|timeout| Instant::now() + timeout + GRACE);
            }
            Event::Finished { .. } | Event::AlreadyDone { .. } => {
                *self = Self { id: None, deadline: None };
            }
            _ => {}
        }
    }

    /// Who is to be named when the child is gone.
    fn name(&self) -> String {
        match &self.id {
            Some(id) => format!("the migration `{id}`"),
            None => "loading the migrations, or the runner itself,".to_owned(),
        }
    }
}

/// The history must say what the report says.
fn agree(job: &Job) -> Result<(), Failure> {
    if job.options.dry_run {
        return Ok(());
    }
    let mut wanted: BTreeMap<&MigrationId, Direction> = BTreeMap::new();
    for step in &job.steps {
        wanted.insert(&step.artifact.id, step.direction);
    }
    let applied = applied(job)?;
    let differs = wanted.into_iter().find(|(id, direction)| {
        applied.binary_search(id).is_ok() != (*direction == Direction::Forward)
    });
    match differs {
        None => Ok(()),
        Some((id, _)) => Err(Failure {
            exit: Exit::Failed,
            message: format!("the history does not say about `{id}` what was reported"),
            causes: Vec::new(),
            hint: Some("another runner may work on this database; see `runner status`".into()),
        }),
    }
}

/// What the history says now.
fn applied(job: &Job) -> Result<Vec<MigrationId>, runner::Error> {
    match job.database.look(job.options.busy_timeout)? {
        Some(connection) => Ok(record::ids(&connection)?),
        None => Ok(Vec::new()),
    }
}

/// Whether `id` is recorded as started and not as finished.
fn is_started(job: &Job, id: &MigrationId) -> bool {
    let Ok(Some(connection)) = job.database.look(job.options.busy_timeout) else { return false };
    started::read(&connection).is_ok_and(|all| all.iter().any(|started| started.id == *id))
}

fn hung(running: &Running, job: &Job) -> Failure {
    let seconds = job.options.timeout.unwrap_or_default().as_secs_f64();
    Failure {
        exit: Exit::Failed,
        message: format!(
            "{} ran for longer than {seconds} s, did not stop when its SQL was interrupted, \
             and was killed",
            running.name()
        ),
        causes: Vec::new(),
        hint: Some(aftermath(running, job)),
    }
}

fn crashed(running: &Running, status: ExitStatus, job: &Job) -> Failure {
    let how = status.to_string();
    Failure {
        exit: Exit::Failed,
        message: format!(
            "{} ended its process without a report ({})",
            running.name(),
            how.trim_end_matches(" (core dumped)")
        ),
        causes: Vec::new(),
        hint: Some(aftermath(running, job)),
    }
}

/// Clears up after the child, and tells what is in the database.
fn aftermath(running: &Running, job: &Job) -> String {
    if !job.options.dry_run {
        // Somebody else may be writing by now, who clears up just as well.
        let _ = job.database.clear_up(job.options.busy_timeout);
    }
    match (applied(job), &running.id) {
        (_, Some(id)) if is_started(job, id) => format!(
            "`{id}` runs without a transaction, so what it did before that stays; `runner status` \
             tells how to go on"
        ),
        (Ok(applied), Some(id)) => {
            let is = if applied.binary_search(id).is_ok() { "is" } else { "is not" };
            format!("SQLite rolled back what was not committed; `{id}` {is} applied")
        }
        (Ok(_), None) => "nothing was applied by it".to_owned(),
        (Err(_), _) => "`runner status` tells what is applied".to_owned(),
    }
}
