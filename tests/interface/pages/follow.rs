//! Does what a page shows.

use std::fs;
use std::path::{Path, PathBuf};

use super::piece::{Piece, Writing, pieces, split};
use crate::sandbox::{Outcome, Sandbox, repository, wait_until};

/// Does what a page shows, in a folder `game` that pages call `/srv/game`, and gives the number of
/// commands. Pages run at the same time and build into one folder, so their migrations have different
/// names.
pub(crate) fn follow(page: &str) -> usize {
    let text = fs::read_to_string(repository().join(page)).unwrap();
    let tour = Sandbox::empty();
    fs::create_dir(tour.path("game")).unwrap();
    let game = tour.below("game");
    let mut commands = Vec::new();
    let mut pipelines = Vec::new();
    for piece in pieces(&text) {
        match piece {
            Piece::File { path, text, how } => {
                let file = find(&game, &path);
                pipelines.extend(of_a_pipeline(&file, &text));
                write(&file, &text, how);
            }
            Piece::Command { words, output, code } => {
                let outcome = run(&tour, &game, &words);
                let shown = words.join(" ");
                assert_eq!(outcome.code, Some(code), "{page}: {shown}\n{}", outcome.shown());
                let told = if code == 0 { "" } else { &outcome.stderr };
                let printed = (outcome.stdout + told).replace("[ROOT]", "/srv/game");
                assert_eq!(printed, game.normal(&output), "{page}: {shown}");
                commands.push(words);
            }
        }
    }
    for command in pipelines {
        assert!(
            commands.contains(&command),
            "{page} shows {command:?} in a file and does not run it"
        );
    }
    commands.len()
}

fn write(file: &Path, text: &str, how: Writing) {
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    let before = match how {
        Writing::Whole => String::new(),
        Writing::Added => fs::read_to_string(file).unwrap(),
    };
    fs::write(file, before + text).unwrap();
}

fn run(tour: &Sandbox, game: &Sandbox, words: &[String]) -> Outcome {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["cargo", "run", "--", arguments @ ..] => in_the_repository(tour, arguments),
        ["runner", arguments @ ..] => game.run(arguments),
        ["git", arguments @ ..] => in_git(game, arguments),
        ["mv", old, new] => rename(game, old, new),
        ["sed", "-i", script, path] => substitute(&find(game, path), script),
        ["sqlite3", database, sql] => in_the_shell(game, database, sql),
        ["minisign", "-G", "-W", "-p", public, "-s", secret] => {
            made_by_minisign(game, public, secret)
        }
        ["cat", path] => Outcome {
            code: Some(0),
            stdout: game.normal(&fs::read_to_string(find(game, path)).unwrap()),
            stderr: String::new(),
        },
        other => panic!("a page runs {other:?}, which this test does not know"),
    }
}

/// The calls of the runner in a file for a CI, which must be among what the page runs.
fn of_a_pipeline(file: &Path, text: &str) -> Vec<Vec<String>> {
    if file.extension().is_none_or(|extension| extension != "yml") {
        return Vec::new();
    }
    let command = regex::Regex::new(r"(?m)^\s*(?:- )?(?:run: )?(runner .*)$").unwrap();
    command.captures_iter(text).map(|found| split(&found[1])).collect()
}

/// The file that `path` means in `sandbox`.
fn find(sandbox: &Sandbox, path: &str) -> PathBuf {
    let Some((folder, rest)) = path.split_once("/*") else { return sandbox.path(path) };
    let (end, below) = rest.split_once('/').unwrap();
    let found = fs::read_dir(sandbox.path(folder))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|entry| entry.to_string_lossy().ends_with(end));
    found.unwrap_or_else(|| panic!("nothing is called {path}")).join(below)
}

/// What `mv` does to a file, or to the folder of a migration. On a page that has the time at which the page was written.
fn rename(sandbox: &Sandbox, old: &str, new: &str) -> Outcome {
    if !old.contains('/') {
        fs::rename(sandbox.path(old), sandbox.path(new)).unwrap();
        return SILENT;
    }
    let title = |path: &str| path.rsplit_once('/').unwrap().1["20261121_143133".len()..].to_owned();
    let folder = find(sandbox, &format!("migrations/*{}/", title(old)));
    let found = folder.to_string_lossy().trim_end_matches('/').to_owned();
    fs::rename(&found, found.replace(&title(old), &title(new))).unwrap();
    SILENT
}

/// What git does. Nobody makes two migrations in one second on two branches, as a test would: they would have
/// one timestamp.
fn in_git(sandbox: &Sandbox, arguments: &[&str]) -> Outcome {
    let second = || jiff::Timestamp::now().as_second();
    let now = second();
    if arguments.first() == Some(&"switch") {
        wait_until(|| second() > now);
    }
    sandbox.git(arguments)
}

/// What `sed -i s/OLD/NEW/` does to a file.
fn substitute(file: &Path, script: &str) -> Outcome {
    let (old, new) = script[2..script.len() - 1].split_once('/').unwrap();
    fs::write(file, fs::read_to_string(file).unwrap().replace(old, new)).unwrap();
    SILENT
}

/// Success without a word.
const SILENT: Outcome = Outcome { code: Some(0), stdout: String::new(), stderr: String::new() };

/// What `minisign -G -W` does: the keys that it made once, which need no minisign here.
fn made_by_minisign(sandbox: &Sandbox, public: &str, secret: &str) -> Outcome {
    let made = repository().join("tests/signing");
    fs::copy(made.join("key.pub"), sandbox.path(public)).unwrap();
    fs::copy(made.join("key"), sandbox.path(secret)).unwrap();
    let key = sandbox.read(public);
    let stdout = format!(
        "The secret key was saved as {secret} - Keep it secret!\n\
         The public key was saved as {public} - That one can be public.\n\n\
         Files signed using this key pair can be verified with the following command:\n\n\
         minisign -Vm <file> -P {}\n\n",
        key.lines().nth(1).unwrap()
    );
    Outcome { code: Some(0), stdout, stderr: String::new() }
}

/// What SQLite's shell does with statements: their rows, with `|` between the columns.
fn in_the_shell(sandbox: &Sandbox, database: &str, sql: &str) -> Outcome {
    use rusqlite::fallible_iterator::FallibleIterator as _;
    let connection = rusqlite::Connection::open(sandbox.path(database)).unwrap();
    let mut stdout = String::new();
    let sql = match sql.strip_prefix(".read ") {
        Some(file) => sandbox.read(file),
        None => sql.to_owned(),
    };
    let mut batch = rusqlite::Batch::new(&connection, &sql);
    while let Some(mut statement) = batch.next().unwrap() {
        let width = statement.column_count();
        let mut rows = statement.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            let cells: Vec<String> = (0..width).map(|column| cell(row, column)).collect();
            stdout += &format!("{}\n", cells.join("|"));
        }
    }
    Outcome { code: Some(0), stdout, stderr: String::new() }
}

/// A value as the shell prints it.
fn cell(row: &rusqlite::Row<'_>, column: usize) -> String {
    use rusqlite::types::Value;
    match row.get(column).unwrap() {
        Value::Null => String::new(),
        Value::Integer(number) => number.to_string(),
        Value::Real(number) => format!("{number:?}"),
        Value::Text(text) => text,
        Value::Blob(bytes) => String::from_utf8(bytes).unwrap(),
    }
}

/// What `cargo run -- ARGUMENTS` does in the repository, with the database somewhere else.
fn in_the_repository(tour: &Sandbox, arguments: &[&str]) -> Outcome {
    let database = tour.path("game.db");
    let mut command = tour.command(arguments);
    command.current_dir(repository()).args(["--create", "--database"]).arg(&database);
    let mut outcome = tour.outcome(&command.output().unwrap());
    outcome.stdout = outcome.stdout.replace("[ROOT]/game.db", "game.db");
    outcome
}
