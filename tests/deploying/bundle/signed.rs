//! Signatures: made by the runner, and as minisign makes them.

use std::fs;
use std::io::Cursor;
use std::process::{Command, Stdio};

use insta::assert_snapshot;
use minisign::KeyPair;
use runner::Bundle;

use super::scene::{Place, good};
use crate::sandbox::Sandbox;

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

/// What `minisign -G -W` made, with its public key.
const WITHOUT_A_PASSWORD: [&str; 2] = [
    "untrusted comment: minisign encrypted secret key\nRWQAAEIyAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAaATZSwRiY/DjrrNjNs09jQR0hDHcDCtkPWtoZZCHA5HlSapX3s/WGAjGF3FD3txWuDODHZSSbYVHsYVyepzt+2OjK+xMyZ8EAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n",
    "RWRoBNlLBGJj8AjGF3FD3txWuDODHZSSbYVHsYVyepzt+2OjK+xMyZ8E",
];

#[test]
fn a_key_without_a_password_as_minisign_makes_it_signs() {
    let sandbox = Sandbox::project();
    let [key, public] = WITHOUT_A_PASSWORD;
    sandbox.write("key", key);
    sandbox.run(&["bundle", "--sign", "key"]).succeeded();
    let bundle = Bundle::open(&sandbox.path("migrations.bundle")).unwrap();
    bundle.signed_by(public, &sandbox.read("migrations.bundle.minisig")).unwrap();
}

#[test]
fn a_key_with_a_password_is_told_where_nobody_can_be_asked() {
    let keys = KeyPair::generate_encrypted_keypair(Some("password".to_owned())).unwrap();
    let sandbox = Sandbox::project();
    sandbox.write("key", &keys.sk.to_box(None).unwrap().into_string());
    // A session of its own has no terminal.
    let mut command = Command::new("setsid");
    command.args(["--wait", env!("CARGO_BIN_EXE_runner"), "bundle", "--sign", "key"]);
    sandbox.prepare(&mut command);
    let outcome = sandbox.outcome(&command.stdin(Stdio::null()).output().unwrap());
    assert_snapshot!(outcome.shown(), @"
    exit 2
    --- stderr
    error: cannot use the secret key `key`
      caused by: it has a password, and there is no terminal to ask for it
    hint: `minisign -G -W` makes a pair of keys without a password
    ");
}

#[test]
fn a_key_that_is_none_signs_nothing_and_nothing_is_built() {
    let sandbox = Sandbox::project();
    sandbox.write("key", "no key\n");
    let outcome = sandbox.untouched(&["bundle", "--sign", "key"]);
    assert_eq!(outcome.code, Some(2), "{}", outcome.shown());
    assert!(outcome.stderr.starts_with("error: cannot use the secret key `"), "{}", outcome.stderr);
}
