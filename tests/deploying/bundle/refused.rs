//! Bundles that are not right: refused with exit 3, before any library of them is loaded. That every
//! single byte counts is shown by a test beside the code, with a bundle that is small.

use insta::assert_snapshot;
use tar::EntryType;

use super::archive::{Archive, Entry};
use super::scene::{Place, good};

/// What is said of the good bundle, changed. The migrations have other names in each run.
#[track_caller]
fn refusal(change: impl FnOnce(&mut Archive)) -> String {
    let mut archive = Archive::read(good());
    change(&mut archive);
    let said = Place::with(&archive.write()).refusal();
    // How large libraries are is up to the compiler.
    regex::Regex::new(r"\b\d{5,}\b").unwrap().replace_all(&said, "[N]").into_owned()
}

#[test]
fn the_good_one_put_together_again_is_the_same() {
    assert!(Archive::read(good()).write() == good());
}

#[test]
fn changed_bytes_all_over_a_real_bundle_are_refused() {
    let place = Place::with(good());
    let length = good().len();
    // Every so many bytes, with the first and the last.
    for at in (0..length).step_by(length / 40).chain([length - 1]) {
        let mut bytes = good().to_vec();
        bytes[at] ^= 0x10;
        place.put(&bytes);
        place.refusal();
    }
    place.put(good());
    place.run(&["migrate", "--create"]).succeeded();
    assert!(place.was_loaded());
}

#[test]
fn a_bundle_that_is_cut_short_or_longer_is_refused() {
    let place = Place::with(&good()[..good().len() - 1]);
    let numbers = regex::Regex::new(r"\d+ of \d+|\d+").unwrap();
    assert_snapshot!(numbers.replace_all(&place.refusal(), "[N]"), @"
    error: cannot use the bundle `[ROOT]/app.bundle`
      caused by: it is cut short: it has [N] bytes
    hint: nothing was changed; copy it again, or make it anew with `runner bundle`
    explain: runner explain damaged-bundle
    ");
    for length in [0, 1, 511, 512, 513, 1000, good().len() / 2, good().len() - 512] {
        place.put(&good()[..length]);
        place.refusal();
    }
    place.put(&[good(), b"x"].concat());
    place.refusal();
}

#[test]
fn another_platform_abi_or_format_is_refused() {
    let other = |archive: &mut Archive| archive.manifest.target = "sparc64-unknown-none".into();
    assert_snapshot!(refusal(other), @"
    error: cannot use the bundle `[ROOT]/app.bundle`
      caused by: it was built for `sparc64-unknown-none`, and this runner for `[PLATFORM]`
    hint: nothing was changed; make one for this platform: `runner bundle --target [PLATFORM]`
    explain: runner explain other-target
    ");
    assert_snapshot!(refusal(|archive| archive.manifest.abi.major += 1), @"
    error: cannot use the bundle `[ROOT]/app.bundle`
      caused by: it speaks version 2 of the plugin ABI, and this runner speaks 1
    hint: nothing was changed; make it anew with the runner that is to apply it
    explain: runner explain other-abi
    ");
    assert_snapshot!(refusal(|archive| archive.manifest.format += 1), @"
    error: cannot use the bundle `[ROOT]/app.bundle`
      caused by: it has the format 2, and this runner reads 1
    hint: nothing was changed; make it anew with the runner that is to apply it
    explain: runner explain other-bundle-format
    ");
}

#[test]
fn a_missing_an_additional_or_a_double_entry_is_refused() {
    assert_snapshot!(refusal(|archive| drop(archive.entries.pop())), @"
    error: cannot use the bundle `[ROOT]/app.bundle`
      caused by: it is cut short: it has [N] of [N] bytes
    hint: nothing was changed; copy it again, or make it anew with `runner bundle`
    explain: runner explain damaged-bundle
    ");
    assert_snapshot!(refusal(|archive| drop(archive.entries.remove(0))), @"
    error: cannot use the bundle `[ROOT]/app.bundle`
      caused by: it is cut short: it has [N] of [N] bytes
    hint: nothing was changed; copy it again, or make it anew with `runner bundle`
    explain: runner explain damaged-bundle
    ");
    assert_snapshot!(refusal(|archive| archive.entries.push(Entry::file("more", b"more"))), @"
    error: cannot use the bundle `[ROOT]/app.bundle`
      caused by: it ends after [N] bytes, and something follows: there are [N]
    hint: nothing was changed; copy it again, or make it anew with `runner bundle`
    explain: runner explain damaged-bundle
    ");
    assert_snapshot!(refusal(|archive| archive.entries.push(archive.entries[1].clone())), @"
    error: cannot use the bundle `[ROOT]/app.bundle`
      caused by: it ends after [N] bytes, and something follows: there are [N]
    hint: nothing was changed; copy it again, or make it anew with `runner bundle`
    explain: runner explain damaged-bundle
    ");
    // With the length that is right.
    let twice = |archive: &mut Archive| archive.entries[1] = archive.entries[0].clone();
    assert!(!refusal(twice).is_empty());
    assert_snapshot!(refusal(|archive| archive.entries[0].name = b"migrations/other.zst".into()), @"
    error: cannot use the bundle `[ROOT]/app.bundle`
      caused by: next in it should be the entry `migrations/[STAMP]_bundle_one.zst`, and is an entry `migrations/other.zst`
    hint: nothing was changed; copy it again, or make it anew with `runner bundle`
    explain: runner explain damaged-bundle
    ");
    let in_the_manifest_twice = |archive: &mut Archive| {
        archive.manifest.migrations.push(archive.manifest.migrations[1].clone());
        archive.entries.push(archive.entries[1].clone());
    };
    assert_snapshot!(refusal(in_the_manifest_twice), @"
    error: cannot use the bundle `[ROOT]/app.bundle`
      caused by: its manifest names `[STAMP]_bundle_two` where an older migration, or none, should be
    hint: nothing was changed; copy it again, or make it anew with `runner bundle`
    explain: runner explain damaged-bundle
    ");
}

#[test]
fn names_that_lead_elsewhere_and_links_are_refused() {
    for name in ["../../../etc/cron.d/x", "/etc/cron.d/x", "migrations/../../x", "C:\\x"] {
        let said = refusal(|archive| archive.entries[1].name = name.into());
        assert!(said.contains("next in it should be the entry `migrations/"), "{said}");
        assert!(said.contains(&format!("and is an entry `{}`", name.escape_debug())), "{said}");
    }
    for kind in [EntryType::Symlink, EntryType::Link] {
        let said = refusal(|archive| archive.entries[1].kind = kind);
        assert!(said.contains("and is a link `migrations/"), "{said}");
    }
    for kind in [EntryType::Directory, EntryType::Fifo, EntryType::Char, EntryType::GNULongName] {
        let said = refusal(|archive| archive.entries[1].kind = kind);
        assert!(said.contains(", which is no file"), "{said}");
    }
}

#[test]
fn a_library_that_is_larger_than_it_says_or_than_can_be_is_refused() {
    // A bomb: 100 MB of zeros, packed into some kilobytes, that claim to be 1,000 bytes.
    let bomb = |archive: &mut Archive| {
        archive.replace(1, &vec![0; 100_000_000]);
        archive.manifest.migrations[1].library.size = 1000;
    };
    assert_snapshot!(refusal(bomb), @"
    error: cannot use the bundle `[ROOT]/app.bundle`
      caused by: `migrations/[STAMP]_bundle_two.zst` in it is not what was packed
    hint: nothing was changed; copy it again, or make it anew with `runner bundle`
    explain: runner explain damaged-bundle
    ");
    let claims = |archive: &mut Archive| archive.manifest.migrations[1].library.size = 1 << 60;
    assert_snapshot!(refusal(claims), @"
    error: cannot use the bundle `[ROOT]/app.bundle`
      caused by: its manifest claims too many bytes for `[STAMP]_bundle_two`
    hint: nothing was changed; copy it again, or make it anew with `runner bundle`
    explain: runner explain damaged-bundle
    ");
}

#[test]
fn a_library_that_is_no_migration_or_has_an_sqlite_is_refused() {
    // With the id, as if it were one.
    let with = |bytes: &[u8]| {
        refusal(|archive| {
            let id = archive.manifest.migrations[1].id.to_string();
            archive.replace(1, &[bytes, id.as_bytes()].concat());
        })
    };
    assert_snapshot!(with(b"#!/bin/sh\n"), @"
    error: cannot use the bundle `[ROOT]/app.bundle`
      caused by: the library of `[STAMP]_bundle_two` in it cannot be used
      caused by: it is not a dynamic library, or it is cut short
      caused by: Unknown file magic
    hint: nothing was changed; copy it again, or make it anew with `runner bundle`
    explain: runner explain bad-library
    ");
    let sqlite = b"CREATE TABLE x(type text,name text,tbl_name text,rootpage int,sql text)";
    assert_snapshot!(with(sqlite), @"
    error: cannot use the bundle `[ROOT]/app.bundle`
      caused by: the library of `[STAMP]_bundle_two` in it brings an SQLite of its own
    hint: nothing was changed; the migration, or a crate it depends on, asks for rusqlite's `bundled` or links to SQLite: take that away and make the bundle anew
    explain: runner explain own-sqlite
    ");
}

#[test]
fn a_library_under_the_name_of_another_is_refused() {
    let other = |archive: &mut Archive| {
        let id = format!("{}_and_more", archive.manifest.migrations[1].id);
        archive.entries[1].name = format!("migrations/{id}.zst").into();
        archive.manifest.migrations[1].id = id.parse().unwrap();
    };
    assert_snapshot!(refusal(other), @"
    error: cannot use the bundle `[ROOT]/app.bundle`
      caused by: the library of `[STAMP]_bundle_two_and_more` in it is not that of this migration
    hint: nothing was changed; copy it again, or make it anew with `runner bundle`
    explain: runner explain damaged-bundle
    ");
}
