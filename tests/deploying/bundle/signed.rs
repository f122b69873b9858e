//! Signatures that the runner makes and verifies. What the program `minisign` makes is in `minisign.rs`.

use std::fs;
use std::io::Cursor;
use std::process::Command;

use insta::assert_snapshot;
use minisign::KeyPair;
use runner::Bundle;

use super::scene::{Place, good};
use crate::sandbox::Sandbox;
use crate::terminal;

fn sign(bytes: &[u8], keys: &KeyPair) -> String {
    minisign::sign(None, &keys.sk, Cursor::new(bytes), None, None).unwrap().into_string()
}

#[test]
fn a_bundle_that_the_runner_signs_is_taken_with_that_key_alone() {
    let sandbox = Sandbox::project();
    sandbox.sql_migration("bundle_signed", "CREATE TABLE t (a)", "DROP TABLE t");
    let keys = KeyPair::generate_unencrypted_keypair().unwrap();
    sandbox.write("key", &keys.sk.to_box(None).unwrap().into_string());
    let said = sandbox.run(&["bundle", "--sign", "key"]).succeeded().stdout;
    assert!(said.ends_with("signed it in `migrations.bundle.minisig`\n"), "{said}");
    let place = Place::with(&fs::read(sandbox.path("migrations.bundle")).unwrap());
    let key = keys.pk.to_base64();
    let migrate = ["migrate", "--create", "--require-signature", key.as_str()];
    assert_snapshot!(place.run(&migrate).shown(), @"
    exit 3
    --- stderr
    error: cannot use the bundle `[ROOT]/app.bundle`
      caused by: its signature cannot be read
      caused by: No such file or directory (os error 2)
    hint: nothing was changed; it belongs beside the bundle, as `FILE.minisig`: `runner bundle --sign KEY` makes it
    explain: runner explain not-signed
    ");
    fs::copy(sandbox.path("migrations.bundle.minisig"), place.sandbox.path("app.bundle.minisig"))
        .unwrap();
    let other = KeyPair::generate_unencrypted_keypair().unwrap().pk.to_base64();
    assert_snapshot!(place.run(&["migrate", "--create", "--require-signature", &other]).shown(), @"
    exit 3
    --- stderr
    error: cannot use the bundle `[ROOT]/app.bundle`
      caused by: it is not signed by the key that is required
      caused by: The signature was created with a different key than the one provided
    hint: nothing was changed; get the bundle from whom you trust
    explain: runner explain not-signed
    ");
    assert_snapshot!(place.run(&["migrate", "--require-signature", "none"]).shown(), @"
    exit 2
    --- stderr
    error: cannot use the bundle `[ROOT]/app.bundle`
      caused by: the public key that it is to be signed by is not one of minisign
      caused by: Invalid encoding in minisign data
    hint: it is one line of base64, the second in minisign's `.pub` file
    ");
    assert!(!place.sandbox.path("app.db").exists());
    place.run(&migrate).succeeded();
}

#[test]
fn a_good_bundle_with_the_signature_of_other_bytes_is_refused() {
    let keys = KeyPair::generate_unencrypted_keypair().unwrap();
    let key = keys.pk.to_base64();
    let mut other = good().to_vec();
    *other.last_mut().unwrap() ^= 1;
    let signed_by = |bytes: &'static [u8], signature: &str| {
        Bundle::from_bytes(bytes).unwrap().signed_by(&key, signature).map(|_| ())
    };
    signed_by(good(), &sign(good(), &keys)).unwrap();
    let error = signed_by(good(), &sign(&other, &keys)).unwrap_err();
    assert_eq!(error.exit() as u8, 3, "{error}");
    for text in ["", "no signature", "untrusted comment: x\nRUQ=\ntrusted comment: y\nRUQ=\n"] {
        assert_eq!(signed_by(good(), text).unwrap_err().exit() as u8, 3, "{text}");
    }
}

/// As minisign made them before it took digests: a letter says so.
fn sign_as_older_ones_do(bytes: &[u8], keys: &KeyPair) -> String {
    let signature = sign(bytes, keys);
    assert!(signature.contains("\nRU"), "{signature}");
    signature.replacen("\nRU", "\nRW", 1)
}

#[test]
fn an_older_signature_and_what_is_none_are_told_as_what_they_are() {
    let keys = KeyPair::generate_unencrypted_keypair().unwrap();
    let key = keys.pk.to_base64();
    let place = Place::with(good());
    let said = |signature: &str| {
        fs::write(place.sandbox.path("app.bundle.minisig"), signature).unwrap();
        place.run(&["migrate", "--create", "--require-signature", &key]).shown()
    };
    assert_snapshot!(said(&sign_as_older_ones_do(good(), &keys)), @"
    exit 3
    --- stderr
    error: cannot use the bundle `[ROOT]/app.bundle`
      caused by: its signature is of minisign's older kind, which is not verified here
    hint: nothing was changed; whoever has the key signs it anew: `minisign -S -H -s KEY -m FILE`, or `runner bundle --sign KEY`
    explain: runner explain not-signed
    ");
    assert_snapshot!(said("no signature"), @"
    exit 3
    --- stderr
    error: cannot use the bundle `[ROOT]/app.bundle`
      caused by: the file beside it is no signature of minisign
      caused by: Invalid encoding in minisign data
    hint: nothing was changed; get the `.minisig` file that belongs to it: `runner bundle --sign KEY` makes both
    explain: runner explain not-signed
    ");
    assert!(!place.sandbox.path("app.db").exists());
}

/// A project that can be packed, with a key that has a password. It is made anew, since minisign's own are
/// slow on purpose.
fn project_with_a_key(name: &str) -> (Sandbox, KeyPair) {
    let sandbox = Sandbox::project();
    sandbox.sql_migration(name, "CREATE TABLE t (a)", "DROP TABLE t");
    let keys = KeyPair::generate_encrypted_keypair(Some("correct horse".to_owned())).unwrap();
    sandbox.write("key", &keys.sk.to_box(None).unwrap().into_string());
    (sandbox, keys)
}

/// The signature beside the bundle is by `keys`; then it is removed.
#[track_caller]
fn assert_signed(sandbox: &Sandbox, keys: &KeyPair) {
    let bundle = Bundle::open(&sandbox.path("migrations.bundle")).unwrap();
    bundle.signed_by(&keys.pk.to_base64(), &sandbox.read("migrations.bundle.minisig")).unwrap();
    fs::remove_file(sandbox.path("migrations.bundle.minisig")).unwrap();
}

#[test]
fn a_password_comes_from_a_file_a_pipe_standard_input_or_the_environment() {
    let (sandbox, keys) = project_with_a_key("bundle_password");
    sandbox.write("password", "correct horse\nanother line\n");
    for line in [
        "\"$0\" bundle --sign key --password-file password",
        "echo correct horse | \"$0\" bundle --sign key --password-file -",
        "printf 'correct horse\\r\\n' | \"$0\" bundle --sign key --password-file /dev/fd/0",
        "RUNNER_SIGNING_PASSWORD='correct horse' \"$0\" bundle --sign key",
        // What is typed goes before what is in the environment.
        "RUNNER_SIGNING_PASSWORD=wrong \"$0\" bundle --sign key --password-file password",
    ] {
        let outcome = sandbox.outcome(&sandbox.shell(line).output().unwrap());
        assert!(outcome.succeeded().stdout.contains("signed it"), "{line}");
        assert_signed(&sandbox, &keys);
    }
}

#[test]
fn a_password_is_asked_for_on_the_terminal_and_not_among_the_output() {
    let (sandbox, keys) = project_with_a_key("bundle_asked");
    let mut command = Command::new("setsid");
    let line = "\"$0\" bundle --sign key --json >out.json";
    command.args(["--ctty", "--wait", "sh", "-c", line, env!("CARGO_BIN_EXE_runner")]);
    sandbox.prepare(&mut command);
    let question = "password of the secret key: ";
    let (code, shown) = terminal::answered(command, &[(question, "correct horse\n")]);
    assert_eq!(code, Some(0), "{shown}");
    let document: serde_json::Value = serde_json::from_str(&sandbox.read("out.json")).unwrap();
    assert!(document["signature"].is_string(), "{document}");
    assert_signed(&sandbox, &keys);
}

#[test]
fn what_keeps_a_password_from_being_used_is_told_before_anything_is_built() {
    let (sandbox, _) = project_with_a_key("bundle_unbuilt");
    sandbox.write("password", "battery staple\n");
    let said = |words: &[&str], variable: &str| {
        // A session of its own has no terminal.
        let mut command = Command::new("setsid");
        command.args(["--wait", env!("CARGO_BIN_EXE_runner"), "bundle"]).args(words);
        sandbox.prepare(command.env("RUNNER_SIGNING_PASSWORD", variable));
        sandbox.unchanged_by(command).shown()
    };
    assert_snapshot!(said(&["--sign", "key"], ""), @"
    exit 2
    --- stderr
    error: cannot use the secret key `key`
      caused by: it has a password, and there is no terminal to ask for it
      caused by: No such device or address (os error 6)
    hint: `--password-file FILE`, where `-` is standard input, or the variable `RUNNER_SIGNING_PASSWORD` has it; `minisign -G -W` makes a pair of keys without one
    ");
    assert_snapshot!(said(&["--sign", "key", "--password-file", "password"], ""), @"
    exit 2
    --- stderr
    error: cannot use the secret key `key`
      caused by: Wrong password for that key
    hint: its password was read from the first line of `password`
    ");
    assert_snapshot!(said(&["--sign", "key"], "battery staple"), @"
    exit 2
    --- stderr
    error: cannot use the secret key `key`
      caused by: Wrong password for that key
    hint: its password was read from the variable `RUNNER_SIGNING_PASSWORD`
    ");
    assert_snapshot!(said(&["--sign", "key", "--password-file", "passwd"], ""), @"
    exit 2
    --- stderr
    error: cannot use the secret key `key`
      caused by: its password cannot be read from the first line of `passwd`
      caused by: No such file or directory (os error 2)
    hint: `--password-file FILE` names a file whose first line it is, and `-` standard input
    ");
    assert_snapshot!(said(&["--password-file", "password"], ""), @"
    exit 2
    --- stderr
    error: the following required arguments were not provided:
      --sign <KEY>

    Usage: runner bundle --sign <KEY> --password-file <FILE>

    For more information, try '--help'.
    ");
}

#[test]
fn a_build_script_does_not_see_the_password() {
    let (sandbox, keys) = project_with_a_key("bundle_curious");
    let id = sandbox.sql_migration("bundle_spy", "CREATE TABLE u (a)", "DROP TABLE u");
    let spy = r#"fn main() { assert_eq!(std::env::var_os("RUNNER_SIGNING_PASSWORD"), None); }"#;
    sandbox.write(format!("migrations/{id}/build.rs"), spy);
    let mut command = sandbox.command(&["bundle", "--sign", "key"]);
    command.env("RUNNER_SIGNING_PASSWORD", "correct horse");
    sandbox.outcome(&command.output().unwrap()).succeeded();
    assert_signed(&sandbox, &keys);
}

#[test]
fn a_key_that_is_none_signs_nothing_and_nothing_is_built() {
    let sandbox = Sandbox::project();
    sandbox.write("key", "no key\n");
    let outcome = sandbox.untouched(&["bundle", "--sign", "key"]);
    assert_eq!(outcome.code, Some(2), "{}", outcome.shown());
    assert!(outcome.stderr.starts_with("error: cannot use the secret key `"), "{}", outcome.stderr);
}
