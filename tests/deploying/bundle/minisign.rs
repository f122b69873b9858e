//! The program `minisign`, in both directions: it verifies what the runner signs, and the runner verifies what it
//! signs. What it made once is in `tests/signing/`, for machines that do not have it.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use runner::Bundle;

use super::scene::good;
use crate::sandbox::{Sandbox, long, repository, skipped};

/// What minisign made.
fn made(name: &str) -> PathBuf {
    repository().join("tests/signing").join(name)
}

/// The key in a file with a public key.
fn public_key(text: &str) -> &str {
    text.lines().nth(1).unwrap()
}

#[test]
#[cfg(all(target_os = "linux", target_arch = "x86_64", target_env = "gnu"))]
fn signatures_that_minisign_made_are_verified() {
    let older = Bundle::open(&repository().join("tests/older/0.1.0/migrations.bundle")).unwrap();
    let read = |name: &str| fs::read_to_string(made(name)).unwrap();
    for (signer, other) in [("key", "key_with_password"), ("key_with_password", "key")] {
        let signature = read(&format!("by_{signer}.minisig"));
        let signed_by = |name: &str| {
            let key = read(&format!("{name}.pub"));
            older.clone().signed_by(public_key(&key), &signature)
        };
        signed_by(signer).unwrap();
        signed_by(other).unwrap_err();
    }
}

#[test]
fn keys_that_minisign_made_sign_with_and_without_a_password() {
    let sandbox = Sandbox::project();
    sandbox.sql_migration("bundle_minisign", "CREATE TABLE t (a)", "DROP TABLE t");
    sandbox.write("password", "correct horse\n");
    for (name, password) in
        [("key", &[][..]), ("key_with_password", &["--password-file", "password"])]
    {
        fs::copy(made(name), sandbox.path(name)).unwrap();
        sandbox.run(&[&["bundle", "--sign", name], password].concat()).succeeded();
        let public = fs::read_to_string(made(&format!("{name}.pub"))).unwrap();
        let bundle = Bundle::open(&sandbox.path("migrations.bundle")).unwrap();
        let signature = sandbox.read("migrations.bundle.minisig");
        bundle.signed_by(public_key(&public), &signature).unwrap();
    }
}

#[test]
fn minisign_verifies_ours_and_its_signatures_are_verified_here() {
    let sandbox = Sandbox::project();
    if Command::new("minisign").arg("-v").output().is_err() {
        assert!(!long(), "`.ci/long signatures` needs the program `minisign`");
        return skipped("there is no program `minisign`; `.ci/long signatures` needs it");
    }
    let minisign = |line: &str| {
        let mut shell = Command::new("sh");
        sandbox.prepare(shell.args(["-c", line]));
        sandbox.outcome(&shell.output().unwrap())
    };
    sandbox.sql_migration("bundle_really", "CREATE TABLE t (a)", "DROP TABLE t");
    sandbox.write("password", "a long one\n");
    minisign("minisign -G -W -p plain.pub -s plain").succeeded();
    minisign("printf 'a long one\na long one\n' | minisign -G -p locked.pub -s locked").succeeded();
    for name in ["plain", "locked"] {
        let key = public_key(&sandbox.read(format!("{name}.pub"))).to_owned();
        // It verifies ours.
        sandbox.run(&["bundle", "--sign", name, "--password-file", "password"]).succeeded();
        let verify = format!("minisign -V -p {name}.pub -m migrations.bundle");
        let said = minisign(&verify).succeeded().stdout;
        assert!(said.contains("Trusted comment: file:migrations.bundle"), "{said}");
        // We verify its.
        minisign(&format!("minisign -S -s {name} -m migrations.bundle <password")).succeeded();
        let status = ["status", "--bundle", "migrations.bundle", "--require-signature", &key];
        sandbox.run(&status).succeeded();
        // Neither of us takes one for other bytes.
        let signature = sandbox.read("migrations.bundle.minisig");
        fs::write(sandbox.path("other.bundle"), good()).unwrap();
        sandbox.write("other.bundle.minisig", &signature);
        let other = ["status", "--bundle", "other.bundle", "--require-signature", &key];
        assert_eq!(sandbox.run(&other).code, Some(3));
        assert_eq!(minisign(&verify.replace("migrations.", "other.")).code, Some(1));
    }
}
