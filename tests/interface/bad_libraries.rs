//! A built file that is not the migration it should be is refused before any code of it runs, and
//! before the database is touched; never does it take the process with it.
#![cfg(unix)]

use std::env::consts::{DLL_PREFIX, DLL_SUFFIX};
use std::error::Error as _;
use std::fs;
use std::iter;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use crate::sandbox::{Sandbox, TARGET};
use insta::assert_snapshot;
use runner::job::BuiltStep;
use runner::kept::KeepLost;
use runner::load::Artifact;
use runner::{ApplicationNames, ApplyOptions, Database, Direction, Job, MigrationId};
use tempfile::TempDir;

/// Where the library of a migration is once it was built: where cargo builds it, and where it links
/// or copies it to.
fn libraries(id: &str) -> [PathBuf; 2] {
    let name = format!("{DLL_PREFIX}m{id}{DLL_SUFFIX}");
    ["debug/deps", "debug"].map(|folder| Path::new(TARGET).join(folder).join(&name))
}

/// A good migration: its id, the bytes of its library and the digest of its source, built once for all
/// tests of this file.
fn good() -> &'static (MigrationId, Vec<u8>, String) {
    static GOOD: OnceLock<(MigrationId, Vec<u8>, String)> = OnceLock::new();
    GOOD.get_or_init(|| {
        let sandbox = Sandbox::project();
        let id = sandbox.sql_migration("badlib_good", "CREATE TABLE t (a)", "DROP TABLE t");
        sandbox.run(&["migrate", "--dry-run"]).succeeded();
        let digest = runner::digest::source(&sandbox.path("migrations").join(&id)).unwrap();
        (id.parse().unwrap(), fs::read(&libraries(&id)[1]).unwrap(), digest)
    })
}

/// A place for files that are loaded as the good migration.
struct Place {
    folder: TempDir,
}

impl Place {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        fs::write(self.path(name), bytes).unwrap();
        self.path(name)
    }

    fn job(&self, id: &MigrationId, library: PathBuf) -> Job {
        let source_digest = good().2.clone();
        let artifact = Artifact {
            id: id.clone(),
            library: library.into(),
            source_digest,
            source: None,
            text: None,
            replaces: Vec::new(),
        };
        Job {
            backups: None,
            definitions: None,
            keep: KeepLost::default(),
            bundle: None,
            premise: None,
            database: Database::at(self.path("app.db")),
            steps: vec![BuiltStep { direction: Direction::Forward, artifact }],
            options: ApplyOptions::default(),
            application: ApplicationNames::default(),
        }
    }

    /// Applies the file at `library` as the migration `id` and gives the error with all there is to
    /// it, or nothing if there was none. After an error there must be no database.
    fn apply_as(&self, id: &MigrationId, library: PathBuf) -> Option<String> {
        let job = self.job(id, library);
        let error = job.apply(&mut |event| panic!("{event:?}")).err()?;
        assert!(!job.database.path.exists());
        let mut text = format!("exit {}\n{error}\n", error.exit() as u8);
        for cause in iter::successors(error.source(), |cause| (**cause).source()) {
            text += &format!("caused by: {cause}\n");
        }
        text += &error.hint().map_or_else(String::new, |hint| format!("hint: {hint}\n"));
        let text = text.replace(&self.folder.path().display().to_string(), "[FOLDER]");
        Some(text.replace(&id.to_string(), "[ID]"))
    }

    /// How the file at `library` is refused as the good migration.
    #[track_caller]
    fn refusal(&self, library: PathBuf) -> String {
        let shown = library.display().to_string();
        self.apply_as(&good().0, library).unwrap_or_else(|| panic!("{shown} was applied"))
    }
}

#[test]
fn a_built_file_that_was_spoiled_is_built_anew() {
    let sandbox = Sandbox::project();
    let id = sandbox.sql_migration("badlib_spoiled", "CREATE TABLE t (a)", "DROP TABLE t");
    sandbox.run(&["migrate", "--dry-run"]).succeeded();
    // Cargo goes by its own notes and the time of the file, and takes it for fresh.
    for library in libraries(&id) {
        fs::write(library, "this is not what was built").unwrap();
    }
    sandbox.run(&["migrate"]).succeeded();
    assert_eq!(sandbox.run(&["status"]).stdout.lines().last(), Some("1 applied, 0 pending"));
}

#[test]
fn a_crate_that_exports_nothing_is_refused_with_the_line_to_write() {
    let sandbox = Sandbox::project();
    sandbox.migration("badlib_nothing", "pub fn unused() {}\n");
    assert_snapshot!(sandbox.untouched(&["migrate"]).shown(), @"
    exit 3
    --- stderr
    error: cannot load the migration `[STAMP]_badlib_nothing` from `[TARGET]/debug/libm[STAMP]_badlib_nothing.so`
      caused by: it exports no migration
    hint: nothing was changed; write `export_migration!(YourType);` at the end of its `src/lib.rs`
    explain: runner explain no-export
    ");
}

#[test]
fn a_crate_that_exports_something_else_under_the_name_is_refused() {
    let refusal = |name: &str, value: u8| {
        let sandbox = Sandbox::project();
        let source = format!(
            "#[unsafe(no_mangle)]\npub static mut RUNNER_MIGRATION: [u8; 99] = [{value}; 99];\n"
        );
        sandbox.migration(name, &source);
        sandbox.untouched(&["migrate"]).shown().replace(name, "[NAME]")
    };
    assert_snapshot!(refusal("badlib_ones", 1), @"
    exit 3
    --- stderr
    error: cannot load the migration `[STAMP]_[NAME]` from `[TARGET]/debug/libm[STAMP]_[NAME].so`
      caused by: what it exports as `RUNNER_MIGRATION` is not a migration's descriptor
    hint: nothing was changed; only `export_migration!` may export that name, and once per crate
    explain: runner explain bad-library
    ");
    // Zeros need no place in the file, so there is nothing to read.
    assert_eq!(refusal("badlib_zeros", 0), refusal("badlib_ones", 1));
}

#[test]
fn a_library_with_a_function_that_nobody_has_is_refused_when_it_is_opened() {
    let sandbox = Sandbox::project();
    sandbox.migration(
        "badlib_undefined",
        "use migration_api::prelude::*;\n\
         unsafe extern \"C\" { fn badlib_nobody_has_this(); }\n\
         #[derive(Default)]\npub struct M;\nimpl Migration for M {\n\
         fn migrate_forward(&self, _: &mut Migrator) -> Result {\n\
         unsafe { badlib_nobody_has_this() };\nOk(())\n}\n}\nexport_migration!(M);\n",
    );
    let outcome = sandbox.untouched(&["migrate"]);
    assert_eq!(outcome.code, Some(3), "{}", outcome.shown());
    assert!(outcome.stderr.contains("caused by: the system's loader refuses it"));
    assert!(outcome.stderr.contains("undefined symbol: badlib_nobody_has_this"));
}

#[test]
fn what_is_no_library_is_refused() {
    let place = Place::new();
    assert_snapshot!(place.refusal(place.path("missing.so")), @"
    exit 3
    cannot load the migration `[ID]` from `[FOLDER]/missing.so`
    caused by: it cannot be read
    caused by: No such file or directory (os error 2)
    hint: nothing was changed; see whether this is the right path
    ");
    fs::create_dir(place.path("folder.so")).unwrap();
    assert_snapshot!(place.refusal(place.path("folder.so")), @"
    exit 3
    cannot load the migration `[ID]` from `[FOLDER]/folder.so`
    caused by: it is not a file
    hint: nothing was changed; `cargo clean --package m[ID]` in the folder of migrations removes it; then run the command again, which builds it anew
    ");
    assert_snapshot!(place.refusal(place.file("empty.so", b"")), @"
    exit 3
    cannot load the migration `[ID]` from `[FOLDER]/empty.so`
    caused by: it is empty
    hint: nothing was changed; `cargo clean --package m[ID]` in the folder of migrations removes it; then run the command again, which builds it anew
    ");
    assert_snapshot!(place.refusal(place.file("text.so", b"#!/bin/sh\necho hello\n")), @"
    exit 3
    cannot load the migration `[ID]` from `[FOLDER]/text.so`
    caused by: it is not a dynamic library, or it is cut short
    caused by: Unknown file magic
    hint: nothing was changed; `cargo clean --package m[ID]` in the folder of migrations removes it; then run the command again, which builds it anew
    ");
}

#[test]
fn a_named_pipe_is_refused_and_not_waited_for() {
    let place = Place::new();
    let made = std::process::Command::new("mkfifo").arg(place.path("pipe.so")).status();
    assert!(made.unwrap().success());
    assert!(place.refusal(place.path("pipe.so")).contains("caused by: it is not a file\n"));
}

/// What a process has loaded can be read here: a library that surely is one.
#[cfg(target_os = "linux")]
#[test]
fn a_library_of_the_system_is_refused() {
    let place = Place::new();
    let maps = fs::read_to_string("/proc/self/maps").unwrap();
    let libc = maps
        .lines()
        .filter_map(|line| line.split_once('/').map(|(_, path)| PathBuf::from(format!("/{path}"))))
        .find(|path| path.file_name().is_some_and(|name| name.to_string_lossy().contains("libc")))
        .unwrap();
    let copy = place.file("libc.so", &fs::read(libc).unwrap());
    assert_snapshot!(place.refusal(copy), @"
    exit 3
    cannot load the migration `[ID]` from `[FOLDER]/libc.so`
    caused by: it exports no migration
    hint: nothing was changed; write `export_migration!(YourType);` at the end of its `src/lib.rs`
    ");
    // A program has no such export either, and loading one is not even possible.
    let program = std::env::current_exe().unwrap();
    assert!(place.refusal(program).contains("caused by: it exports no migration\n"));
}

/// Offsets in the descriptor, which `abi_layout` freezes.
mod offset {
    pub(super) const SIZE: usize = 8;
    pub(super) const MAJOR: usize = 12;
    pub(super) const SQLITE_MINIMUM: usize = 16;
    pub(super) const FLAGS: usize = 20;
    #[cfg(target_pointer_width = "64")]
    pub(super) const SOURCE_DIGEST: usize = 88;
}

/// The good library, with `patch` written over its descriptor at `offset`.
fn patched(offset: usize, patch: &[u8]) -> Vec<u8> {
    let mut bytes = good().1.clone();
    // The magic stands in the descriptor, and may stand in code that compares with it: what follows
    // the right one is the size and the version of this ABI.
    let head: Vec<u8> = [
        migration_api::abi::MAGIC.as_slice(),
        &u32::try_from(size_of::<migration_api::abi::Descriptor>()).unwrap().to_le_bytes(),
        &migration_api::abi::MAJOR.to_le_bytes(),
    ]
    .concat();
    let places: Vec<usize> =
        (0..bytes.len() - head.len()).filter(|at| bytes[*at..].starts_with(&head)).collect();
    let [descriptor] = places[..] else { panic!("{places:?}") };
    bytes[descriptor + offset..][..patch.len()].copy_from_slice(patch);
    bytes
}

#[test]
fn a_descriptor_that_is_not_for_this_runner_is_refused_with_the_true_reason() {
    let place = Place::new();
    let refusal = |name: &str, offset: usize, patch: &[u8]| {
        place.refusal(place.file(name, &patched(offset, patch)))
    };
    assert_snapshot!(refusal("magic.so", 0, b"another!"), @"
    exit 3
    cannot load the migration `[ID]` from `[FOLDER]/magic.so`
    caused by: what it exports as `RUNNER_MIGRATION` is not a migration's descriptor
    hint: nothing was changed; only `export_migration!` may export that name, and once per crate
    ");
    assert_snapshot!(refusal("newer.so", offset::MAJOR, &2u16.to_le_bytes()), @"
    exit 3
    cannot load the migration `[ID]` from `[FOLDER]/newer.so`
    caused by: it speaks version 2 of the plugin ABI, and this runner speaks 1
    hint: nothing was changed; use a newer runner, or build the migration with an older `migration-api`
    ");
    assert_snapshot!(refusal("older.so", offset::MAJOR, &0u16.to_le_bytes()), @"
    exit 3
    cannot load the migration `[ID]` from `[FOLDER]/older.so`
    caused by: it speaks version 0 of the plugin ABI, and this runner speaks 1
    hint: nothing was changed; build the migration with a newer `migration-api`
    ");
    assert_snapshot!(refusal("short.so", offset::SIZE, &14u32.to_le_bytes()), @"
    exit 3
    cannot load the migration `[ID]` from `[FOLDER]/short.so`
    caused by: its descriptor says that it is 14 bytes long, which is too short
    hint: nothing was changed; `cargo clean --package m[ID]` in the folder of migrations removes it; then run the command again, which builds it anew
    ");
    let sqlite = refusal("sqlite.so", offset::SQLITE_MINIMUM, &3_999_001u32.to_le_bytes());
    assert_snapshot!(sqlite.replace(rusqlite::version(), "[SQLITE]"), @"
    exit 3
    cannot load the migration `[ID]` from `[FOLDER]/sqlite.so`
    caused by: it needs SQLite 3.999.1 or newer, and this runner holds [SQLITE]
    hint: nothing was changed; use a newer runner, or build the migration with an older `migration-api`
    ");
    assert_snapshot!(refusal("flags.so", offset::FLAGS, &(1u32 << 31).to_le_bytes()), @"
    exit 3
    cannot load the migration `[ID]` from `[FOLDER]/flags.so`
    caused by: it was built with `migration-api` 0.1.0 and asks for something that this runner (0.1.0) does not know
    hint: nothing was changed; use a newer runner, or build the migration with an older `migration-api`
    ");
}

#[cfg(target_pointer_width = "64")]
#[test]
fn a_library_of_another_source_is_refused() {
    let place = Place::new();
    let refusal = |name: &str, digest: [u8; 32]| {
        place.refusal(place.file(name, &patched(offset::SOURCE_DIGEST, &digest)))
    };
    let other = refusal("other_source.so", [0xab; 32]);
    assert_snapshot!(other.replace(&good().2[..12], "[DIGEST]"), @"
    exit 3
    cannot load the migration `[ID]` from `[FOLDER]/other_source.so`
    caused by: it was built from another source: its digest is abababababab, and should be [DIGEST]
    hint: nothing was changed; run the command again, which builds it anew
    ");
    assert_snapshot!(refusal("no_source.so", [0; 32]), @"
    exit 3
    cannot load the migration `[ID]` from `[FOLDER]/no_source.so`
    caused by: it does not say which source it was built from
    hint: nothing was changed; does something between the runner and rustc, as a wrapper, drop variables of the environment?
    ");
}

#[test]
fn a_descriptor_that_says_more_or_less_than_this_runner_knows_is_still_good() {
    const MINOR: usize = 14;
    for (name, offset, patch) in [
        ("longer.so", offset::SIZE, &4096u32.to_le_bytes()[..]),
        ("minor.so", MINOR, &9u16.to_le_bytes()),
        // Of minor 0, which has a field less.
        ("minor_0.so", offset::SIZE, &72u32.to_le_bytes()),
    ] {
        let place = Place::new();
        let library = place.file(name, &patched(offset, patch));
        // Under another id, so that the last check is the one that refuses.
        let other: MigrationId = "20250101_000000_badlib_other".parse().unwrap();
        let refusal = place.apply_as(&other, library).unwrap();
        assert!(refusal.contains("it says that it is the migration"), "{refusal}");
    }
}

#[test]
fn a_migration_that_names_no_older_one_as_the_oldest_that_can_use_the_database_is_refused() {
    for (name, since) in [("badlib_word", "create_player"), ("badlib_later", "29990101_000000_a")] {
        let sandbox = Sandbox::project();
        let source = format!(
            "use migration_api::prelude::*;\n#[derive(Default)]\npub struct M;\n\
             impl Migration for M {{\nconst USABLE_SINCE: Option<&'static str> = Some({since:?});\n\
             fn migrate_forward(&self, _: &mut Migrator) -> Result {{ Ok(()) }}\n}}\n\
             export_migration!(M);\n"
        );
        sandbox.migration(name, &source);
        let outcome = sandbox.untouched(&["migrate"]);
        assert_eq!(outcome.code, Some(3), "{}", outcome.shown());
        let why =
            format!("its `USABLE_SINCE` is `{since}`, which is no id of a migration before it");
        assert!(outcome.stderr.contains(&sandbox.normal(&why)), "{}", outcome.shown());
    }
}

#[test]
fn a_migration_that_loses_what_is_no_table_and_no_column_is_refused() {
    let sandbox = Sandbox::project();
    let source = "use migration_api::prelude::*;\n#[derive(Default)]\npub struct M;\n\
         impl Migration for M {\nconst LOSES: &[&str] = &[\"player\", \"player.note.old\"];\n\
         fn migrate_forward(&self, _: &mut Migrator) -> Result { Ok(()) }\n}\n\
         export_migration!(M);\n";
    sandbox.migration("badlib_loses", source);
    let outcome = sandbox.untouched(&["migrate"]);
    assert_eq!(outcome.code, Some(3), "{}", outcome.shown());
    assert!(outcome.stderr.contains("its `LOSES` has `player.note.old`"), "{}", outcome.shown());
}

#[test]
fn a_library_that_is_another_migration_is_refused() {
    let place = Place::new();
    let (id, bytes, _) = good();
    let other: MigrationId = "20250101_000000_badlib_other".parse().unwrap();
    let refusal = place.apply_as(&other, place.file("other.so", bytes)).unwrap();
    assert_snapshot!(refusal.replace(id.as_str(), "[GOOD]"), @"
    exit 3
    cannot load the migration `[ID]` from `[FOLDER]/other.so`
    caused by: it says that it is the migration `[GOOD]`
    hint: nothing was changed; `cargo clean --package m[ID]` in the folder of migrations removes it; then run the command again, which builds it anew
    ");
}

#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
#[test]
fn a_library_for_another_machine_is_refused() {
    const MACHINE: usize = 18;
    const AARCH64: u16 = 183;
    const NO_SUCH_MACHINE: u16 = 0xfffe;
    let place = Place::new();
    let built_for = |machine: u16| {
        let mut bytes = good().1.clone();
        bytes[MACHINE..][..2].copy_from_slice(&machine.to_le_bytes());
        place.refusal(place.file("machine.so", &bytes))
    };
    assert_snapshot!(built_for(AARCH64), @"
    exit 3
    cannot load the migration `[ID]` from `[FOLDER]/machine.so`
    caused by: it was built for Aarch64, and this machine is X86_64
    hint: nothing was changed; `cargo clean --package m[ID]` in the folder of migrations removes it; then run the command again, which builds it anew
    ");
    assert_snapshot!(built_for(NO_SUCH_MACHINE), @"
    exit 3
    cannot load the migration `[ID]` from `[FOLDER]/machine.so`
    caused by: it was built for Unknown, and this machine is X86_64
    hint: nothing was changed; `cargo clean --package m[ID]` in the folder of migrations removes it; then run the command again, which builds it anew
    ");
}

#[test]
fn a_library_that_is_cut_short_anywhere_is_refused() {
    let place = Place::new();
    let (id, bytes, _) = good();
    let path = place.file("cut.so", bytes);
    let file = fs::File::options().write(true).open(&path).unwrap();
    // Each length near the end and the beginning, where the headers are, and around each page
    // between, where the system would find nothing behind its mapping.
    const NEAR: usize = 300;
    const PAGE: usize = 4096;
    let lengths = (0..bytes.len()).rev().filter(|length| {
        *length < NEAR || *length + NEAR > bytes.len() || (length % PAGE + 1) % PAGE <= 2
    });
    let mut tried = 0;
    for length in lengths {
        file.set_len(length as u64).unwrap();
        let refusal = place.apply_as(id, path.clone());
        let refusal = refusal.unwrap_or_else(|| panic!("applied with {length} bytes"));
        assert!(refusal.starts_with("exit 3\n"), "{length}: {refusal}");
        tried += 1;
    }
    assert!(tried > 2 * NEAR);
}

#[test]
fn a_library_whose_end_was_never_written_is_refused() {
    let place = Place::new();
    let (id, bytes, _) = good();
    let path = place.file("zeros.so", bytes);
    let file = fs::File::options().write(true).open(&path).unwrap();
    const PAGE: usize = 4096;
    /// The last thing in the file is the entry of a section, of which the last bytes are zeros
    /// anyway: where less than an entry is lost, nothing is.
    const ENTRY: usize = 64;
    // As a file system may leave it after a power cut: the length is right, the rest is zeros.
    for start in
        (0..=bytes.len() - ENTRY).step_by(PAGE).skip(1).collect::<Vec<_>>().into_iter().rev()
    {
        file.write_all_at(&vec![0; bytes.len() - start], start as u64).unwrap();
        let refusal = place.apply_as(id, path.clone());
        let refusal =
            refusal.unwrap_or_else(|| panic!("applied with zeros from {start} of {}", bytes.len()));
        assert!(refusal.starts_with("exit 3\n"), "{start}: {refusal}");
    }
}

#[test]
fn the_good_library_is_good() {
    let place = Place::new();
    let (id, bytes, _) = good();
    let job = place.job(id, place.file("good.so", bytes));
    let report = job.apply(&mut |_| {}).unwrap();
    assert_eq!(report.done.len(), 1);
}
