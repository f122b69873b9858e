//! Applications that apply a bundle by themselves: this very program, started again.

use std::fs;
use std::os::unix::fs::FileTypeExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;

use runner::{Bundle, Database, StartOptions};

/// What an application does with `app.bundle` in its folder.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Role {
    /// Opens it for each of its databases, so many, one after the other.
    Each(usize),
    /// The same on eight threads at once.
    Threads(usize),
}

const VARIABLE: &str = "APPLICATION_OF_A_BUNDLE";

/// Started in `folder`, by the words in `before`, which may change the world that it finds.
pub(crate) fn command(role: Role, folder: &Path, before: &[&str]) -> Command {
    let program = std::env::current_exe().unwrap();
    let mut words: Vec<_> = before.iter().map(|word| (*word).to_owned()).collect();
    words.push(program.to_str().unwrap().to_owned());
    words.extend(["--exact", "bundle::application::runs", "--nocapture"].map(str::to_owned));
    let mut command = Command::new(&words[0]);
    let role = match role {
        Role::Each(count) => format!("each {count}"),
        Role::Threads(count) => format!("threads {count}"),
    };
    command.args(&words[1..]).current_dir(folder).env(VARIABLE, role);
    command
}

/// What the application said, but for what the test program says by itself.
pub(crate) fn said(mut command: Command) -> String {
    let output = command.output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let lines = text.lines().filter_map(|line| line.split_once("| "));
    let said: String = lines.map(|(_, line)| format!("{line}\n")).collect();
    assert!(!said.is_empty(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    said
}

#[test]
fn runs() {
    let Ok(role) = std::env::var(VARIABLE) else { return };
    let (role, count) = role.split_once(' ').unwrap();
    let count: usize = count.parse().unwrap();
    match role {
        "each" => {
            migrate(0);
            let before = Held::now();
            (1..count).for_each(migrate);
            let grown = Held::now() != before;
            println!("| {} databases{}", count, if grown { ", and it grows" } else { "" });
        }
        _ => thread::scope(|scope| {
            for thread in 0..8 {
                scope.spawn(move || (0..count).for_each(|number| migrate(thread * count + number)));
            }
        }),
    }
    println!("| {} libraries", Held::now().libraries);
}

/// As the pages show.
fn migrate(number: usize) {
    let bytes = fs::read("app.bundle").unwrap();
    let database = Database::at(format!("{number}.db"));
    let migrated = Bundle::from_bytes(bytes)
        .map_err(runner::Error::from)
        .and_then(|bundle| bundle.migrate(&database, &StartOptions::default(), &mut |_| {}));
    if let Err(error) = migrated {
        println!("| exit {}: {error}", error.exit() as u8);
        error.causes().iter().for_each(|cause| println!("| caused by: {cause}"));
        error.hint().iter().for_each(|hint| println!("| hint: {hint}"));
    }
}

/// What a process has of its system.
#[derive(Debug, PartialEq, Eq)]
struct Held {
    /// Pieces of libraries of bundles that may be executed.
    libraries: usize,
    descriptors: Vec<PathBuf>,
}

impl Held {
    /// Nothing where there is no /proc.
    fn now() -> Self {
        let maps = fs::read_to_string("/proc/self/maps").unwrap_or_default();
        let is_library = |line: &&str| {
            line.contains(" r-xp ") && (line.contains("/memfd:2") || line.contains(".library"))
        };
        let descriptors = fs::read_dir("/proc/self/fd").into_iter().flatten().flatten();
        let is_file = |path: &PathBuf| {
            fs::metadata(path).is_ok_and(|found| !found.is_dir() && !found.file_type().is_fifo())
        };
        Self {
            libraries: maps.lines().filter(is_library).count(),
            descriptors: descriptors.map(|entry| entry.path()).filter(is_file).collect(),
        }
    }
}
