//! From where libraries of a bundle are loaded: what is loaded is what was verified, whoever else may
//! write to the folder for temporary files, and as often as a bundle is opened, it is loaded once.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

use insta::assert_snapshot;
use runner::{Bundle, Database, StartOptions};

use super::application::{Role, command, said};
use super::archive::Archive;
use super::scene::{Place, good};
use crate::sandbox::{Sandbox, skipped};

#[test]
#[cfg(target_os = "linux")]
fn no_folder_for_temporary_files_is_needed() {
    let place = Place::with(good());
    for nowhere in ["nowhere", "app.bundle", "/proc"] {
        let mut command = place.command(&["migrate", "--create"]);
        let output = command.env("TMPDIR", place.sandbox.path(nowhere)).output().unwrap();
        place.sandbox.outcome(&output).succeeded();
        place.run(&["down", "--all", "--no-backup"]).succeeded();
    }
}

#[test]
fn a_bundle_that_was_replaced_is_told_when_it_is_opened_again_for_a_plan() {
    let place = Place::with(good());
    let mut other = Archive::read(good());
    other.manifest.runner = "another".to_owned();
    // As the process does that applies what another has planned.
    let planned = Bundle::open(&place.bundle()).unwrap();
    place.put(&other.write());
    let opened = Bundle::open(&place.bundle()).unwrap();
    let error = opened.with_digest(planned.digest()).unwrap_err();
    assert_eq!(error.exit() as u8, 75);
    assert_eq!(error.code().to_string(), "replaced-bundle");
}

#[test]
fn a_bundle_that_is_cut_while_it_is_open_is_refused_with_the_next_step() {
    let keys = minisign::KeyPair::generate_unencrypted_keypair().unwrap();
    // With a library that this process has not loaded yet: only then is it read.
    let mut archive = Archive::read(good());
    let first = zstd::decode_all(archive.entries[0].bytes.as_slice()).unwrap();
    archive.replace(0, &[first.as_slice(), b"cut"].concat());
    let place = Place::with(&archive.write());
    let bytes = fs::read(place.bundle()).unwrap();
    let signature =
        minisign::sign(None, &keys.sk, bytes.as_slice(), None, None).unwrap().into_string();
    let [bundle, signed] = [(); 2].map(|()| Bundle::open(&place.bundle()).unwrap());
    fs::File::options().write(true).open(place.bundle()).unwrap().set_len(700).unwrap();
    let database = Database::at(place.sandbox.path("app.db"));
    let migrated = bundle.migrate(&database, &StartOptions::default(), &mut |_| {}).unwrap_err();
    let verified = signed.signed_by(&keys.pk.to_base64(), &signature).unwrap_err();
    for error in [migrated, verified.into()] {
        assert_eq!(error.exit() as u8, 3);
        let causes: Vec<_> = error.causes().iter().map(ToString::to_string).collect();
        assert!(
            causes[0].ends_with(" bytes") && causes[0].contains("it has 700 of "),
            "{causes:?}"
        );
        let hint =
            "nothing was changed; copy it again, or make it anew with `bundle` of the command line";
        assert_eq!(error.hint().unwrap().to_string(), hint);
    }
    assert!(!place.sandbox.path("app.db").exists());
}

#[test]
fn an_application_that_opens_its_bundle_for_each_database_loads_it_once() {
    let place = Place::with(good());
    let folder = place.sandbox.root();
    assert_snapshot!(said(command(Role::Each(40), &folder, &[])), @r"
    40 databases
    2 libraries
    ");
    assert_eq!(applied(&folder, 39), 2);
}

#[test]
fn a_library_is_known_by_its_packed_bytes_and_not_by_what_the_manifest_says_of_it() {
    let place = Place::with(good());
    let migrate = |bundle: Vec<u8>, name: &str| {
        let database = Database::at(place.sandbox.path(name));
        let bundle = Bundle::from_bytes(bundle).unwrap();
        bundle.migrate(&database, &StartOptions::default(), &mut |_| {}).unwrap();
        let connection = rusqlite::Connection::open(&database.path).unwrap();
        let tables = "SELECT group_concat(name) FROM (SELECT name FROM sqlite_schema \
                      WHERE type = 'table' AND name NOT LIKE '\\_%' ESCAPE '\\' ORDER BY name)";
        connection.query_row(tables, [], |row| row.get::<_, String>(0)).unwrap()
    };
    assert_eq!(migrate(good().to_vec(), "app.db"), "one,two");
    // As if each were the other one, which this process has loaded.
    let mut other = Archive::read(good());
    let [one, two] = &mut other.manifest.migrations[..] else { panic!("not two") };
    std::mem::swap(&mut one.library.sha256, &mut two.library.sha256);
    assert_eq!(migrate(other.write(), "other.db"), "one,two");
}

#[test]
fn threads_that_migrate_many_databases_at_once_share_what_is_loaded() {
    let place = Place::with(good());
    let folder = place.sandbox.root();
    assert_snapshot!(said(command(Role::Threads(10), &folder, &[])), @"2 libraries");
    assert!((0..80).all(|number| applied(&folder, number) == 2));
}

#[test]
fn a_bundle_of_many_libraries_needs_few_descriptors() {
    let place = Place::with(many());
    let folder = place.sandbox.root();
    let few = ["sh", "-c", r#"ulimit -n 32; exec "$0" "$@""#];
    assert_eq!(
        said(command(Role::Each(1), &folder, &few)),
        format!("1 databases\n{MANY} libraries\n")
    );
    assert_eq!(applied(&folder, 0), MANY);
    // More than memory should hold: the rest has a folder, and is not found there any more.
    let temporary = place.sandbox.path("temporary");
    fs::create_dir(&temporary).unwrap();
    let mut command = command(Role::Each(2), &folder, &few);
    command.env("TMPDIR", &temporary);
    said(command);
    assert_eq!(fs::read_dir(&temporary).unwrap().count(), 0);
}

/// In a world of its own, made by `line` of a shell. `None`: that is not allowed here.
fn in_a_world(line: &str) -> Option<[String; 7]> {
    let words = ["unshare", "--mount", "--pid", "--fork", "sh", "-c"].map(str::to_owned);
    let allowed = Command::new("unshare").args(["--mount", "--pid", "--fork", "true"]).output();
    if !allowed.is_ok_and(|output| output.status.success()) {
        skipped("this user may not make a world of its own (`unshare`)");
        return None;
    }
    let [a, b, c, d, e, f] = words;
    Some([a, b, c, d, e, f, format!(r#"{line} && exec "$0" "$@""#)])
}

const WITHOUT_PROC: &str = "mount -t tmpfs none /proc";

/// What the application says in that world, with a folder for temporary files that has this mode.
fn said_in(line: &str, mode: u32) -> Option<(Place, String)> {
    let words = in_a_world(line)?;
    let place = Place::with(good());
    let temporary = place.sandbox.path("temporary");
    fs::create_dir(&temporary).unwrap();
    fs::set_permissions(&temporary, fs::Permissions::from_mode(mode)).unwrap();
    let words: Vec<_> = words.iter().map(String::as_str).collect();
    let mut command = command(Role::Each(3), &place.sandbox.root(), &words);
    command.env("TMPDIR", &temporary);
    let said = place.sandbox.normal(&said(command));
    assert_eq!(fs::read_dir(&temporary).unwrap().count(), 0);
    Some((place, said))
}

#[test]
fn without_proc_libraries_are_loaded_from_a_private_folder() {
    let Some((place, said)) = said_in(WITHOUT_PROC, 0o1777) else { return };
    assert_eq!(said, "3 databases\n0 libraries\n");
    assert_eq!(applied(&place.sandbox.root(), 2), 2);
}

#[test]
fn a_folder_where_others_could_swap_the_libraries_is_refused() {
    let Some((place, said)) = said_in(WITHOUT_PROC, 0o777) else { return };
    let first: Vec<_> = said.lines().take(3).collect();
    assert_snapshot!(first.join("\n"), @r"
    exit 3: cannot use the bundle in this program
    caused by: it is not unpacked to `[ROOT]/temporary`: others may write to `[ROOT]/temporary`, and could swap its libraries
    hint: nothing was changed; load from a folder of your own: `mkdir -m 700 $HOME/tmp; export TMPDIR=$HOME/tmp`, and the command again
    ");
    assert!(!place.was_loaded());
}

#[test]
fn a_folder_that_is_mounted_noexec_is_told_as_what_it_is() {
    let line = format!("mount -t tmpfs -o noexec none temporary && {WITHOUT_PROC}");
    let Some((_, said)) = said_in(&line, 0o700) else { return };
    let first: Vec<_> = said.lines().take(3).collect();
    assert_snapshot!(first.join("\n"), @r"
    exit 1: cannot use the bundle in this program
    caused by: its libraries cannot be loaded from `[ROOT]/temporary`, which is mounted `noexec`
    hint: nothing was changed; load from a folder of your own: `mkdir -m 700 $HOME/tmp; export TMPDIR=$HOME/tmp`, and the command again
    ");
}

#[test]
fn memory_files_that_may_not_be_programs_are_good_enough() {
    let line = "mount -t proc proc /proc && echo 2 >/proc/sys/vm/memfd_noexec";
    let Some((place, said)) = said_in(line, 0o777) else { return };
    assert_eq!(said, "3 databases\n2 libraries\n");
    assert_eq!(applied(&place.sandbox.root(), 2), 2);
}

/// How many migrations are applied to the database of this number.
fn applied(folder: &Path, number: usize) -> usize {
    let database = rusqlite::Connection::open(folder.join(format!("{number}.db"))).unwrap();
    let count = "SELECT count(*) FROM _runner_migrations";
    database.query_row(count, [], |row| row.get::<_, u32>(0)).unwrap() as usize
}

const MANY: usize = 200;

/// A bundle with many libraries: one under many names.
fn many() -> &'static [u8] {
    static BUNDLE: OnceLock<Vec<u8>> = OnceLock::new();
    BUNDLE.get_or_init(|| {
        let sandbox = Sandbox::project();
        let id = sandbox.sql_migration("bundle_many", "CREATE TABLE IF NOT EXISTS many (a)", "");
        sandbox.run(&["bundle"]).succeeded();
        let bundle = fs::read(sandbox.path("migrations.bundle")).unwrap();
        Archive::read(&bundle).multiplied(&id, MANY).write()
    })
}
