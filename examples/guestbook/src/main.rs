//! A guestbook: `guestbook DATABASE [MESSAGE]` writes a message into it, and shows all.

use std::path::Path;
use std::process::ExitCode;

use runner::{Bundle, Database, Event, StartOptions};
use rusqlite::Connection;

/// All migrations, built. `runner bundle -o guestbook.bundle` makes the file.
static MIGRATIONS: &[u8] = include_bytes!("../guestbook.bundle");

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let Some(path) = arguments.next() else {
        eprintln!("usage: guestbook DATABASE [MESSAGE]");
        return ExitCode::from(2);
    };
    if let Err(error) = migrate(Path::new(&path)) {
        eprintln!("the guestbook does not open: {error}");
        for cause in error.causes() {
            eprintln!("  {cause}");
        }
        return ExitCode::FAILURE;
    }
    match serve(Path::new(&path), arguments.next()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// Brings the database up to date, or gives the reason why it is not.
fn migrate(path: &Path) -> Result<(), runner::Error> {
    let up_to_date = Bundle::from_bytes(MIGRATIONS)?.migrate(
        &Database::at(path),
        &StartOptions::default(),
        &mut |event| match event {
            Event::Finished { id, .. } => eprintln!("applied {id}"),
            Event::Log { message, .. } => eprintln!("{message}"),
            _ => {}
        },
    )?;
    if !up_to_date.newer.is_empty() {
        eprintln!("the database is newer than this guestbook, which can still use it");
    }
    Ok(())
}

/// What the application is for.
fn serve(path: &Path, message: Option<String>) -> rusqlite::Result<()> {
    let connection = Connection::open(path)?;
    if let Some(message) = message {
        connection.execute("INSERT INTO entry (message) VALUES (?1)", [message])?;
    }
    let mut entries = connection.prepare("SELECT message FROM entry ORDER BY id")?;
    for message in entries.query_map([], |row| row.get::<_, String>(0))? {
        println!("{}", message?);
    }
    Ok(())
}
