//! One lock file of two, where each side only adds packages.

use std::collections::{BTreeMap, BTreeSet};

use super::conflict::Sides;
use super::lock::{Key, Lock, Package};

/// The name of a package that the sides do not agree about.
pub(super) type Differing = String;

/// Puts together what each of `sides` has. Versions stay: packages that both have must be the same. What only a
/// migration needs that `is_gone` is left out, as cargo does.
///
/// # Errors
/// What the sides do not agree about, as they would if one of them only added packages.
pub(super) fn merge(sides: &Sides, is_gone: impl Fn(&str) -> bool) -> Result<String, Differing> {
    let whole = || "the file as a whole".to_owned();
    let ours = Lock::of(&sides.ours).ok_or_else(whole)?;
    let theirs = Lock::of(&sides.theirs).ok_or_else(whole)?;
    if ours.head != theirs.head {
        return Err(whole());
    }
    let of_theirs = theirs.by_name();
    for (name, packages) in ours.by_name() {
        // Another version of a package changes how others name it, too.
        if of_theirs.get(name).is_some_and(|their| *their != packages) {
            return Err(format!("`{name}`"));
        }
    }
    let packages = ours.packages.into_iter().chain(theirs.packages).collect();
    let packages = needed(packages, is_gone);
    Ok(Lock { head: ours.head, packages }.text())
}

/// Of `packages`, those on this machine that are not gone, and what they depend on.
fn needed(
    packages: BTreeMap<Key, Package>,
    is_gone: impl Fn(&str) -> bool,
) -> BTreeMap<Key, Package> {
    let mut kept = BTreeSet::new();
    let is_root = |key: &&Key| key.source.is_none() && !is_gone(&key.name);
    let mut to_visit: Vec<&Key> = packages.keys().filter(is_root).collect();
    while let Some(key) = to_visit.pop() {
        if kept.insert(key.clone()) {
            let dependencies = &packages[key].dependencies;
            let is_meant = |other: &&Key| dependencies.iter().any(|words| other.is_named(words));
            to_visit.extend(packages.keys().filter(is_meant));
        }
    }
    packages.into_iter().filter(|(key, _)| kept.contains(key)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "# It is not intended for manual editing.\nversion = 4\n\n";

    fn package(name: &str, version: &str, source: &str, dependencies: &[&str]) -> String {
        let mut text = format!("[[package]]\nname = \"{name}\"\nversion = \"{version}\"\n");
        if !source.is_empty() {
            text += &format!("source = \"{source}\"\nchecksum = \"00\"\n");
        }
        if !dependencies.is_empty() {
            let lines: Vec<_> = dependencies.iter().map(|name| format!(" \"{name}\",\n")).collect();
            text += &format!("dependencies = [\n{}]\n", lines.concat());
        }
        text
    }

    fn lock(packages: &[String]) -> String {
        HEAD.to_owned() + &packages.join("\n")
    }

    fn merged(ours: &[String], theirs: &[String]) -> Result<String, Differing> {
        let sides = Sides { ours: lock(ours), theirs: lock(theirs) };
        merge(&sides, |name| name == "m3_gone")
    }

    fn api() -> String {
        package("migration-api", "0.1.0", "", &["rusqlite"])
    }

    fn rusqlite(version: &str) -> String {
        package("rusqlite", version, "registry", &[])
    }

    fn member(name: &str, dependencies: &[&str]) -> String {
        package(name, "0.0.0", "", &[&["migration-api"], dependencies].concat())
    }

    #[test]
    fn each_side_keeps_its_migrations_and_what_they_alone_need() {
        let regex = package("regex", "1.2.0", "registry", &[]);
        let [alice, bob] = [member("m2_alice", &["regex"]), member("m1_bob", &[])];
        let ours = [bob.clone(), api(), rusqlite("1.0.0")];
        let theirs = [alice.clone(), api(), regex.clone(), rusqlite("1.0.0")];
        let both = lock(&[bob, alice, api(), regex, rusqlite("1.0.0")]);
        assert_eq!(merged(&ours, &theirs), Ok(both.clone()));
        assert_eq!(merged(&theirs, &ours), Ok(both));
    }

    #[test]
    fn what_was_taken_away_does_not_come_back() {
        let ours = [member("m1_bob", &[]), api(), rusqlite("1.0.0")];
        let gone =
            [member("m3_gone", &["regex"]), api(), package("regex", "1.2.0", "registry", &[])];
        let theirs = [&gone[..], &[rusqlite("1.0.0")]].concat();
        assert_eq!(merged(&ours, &theirs), Ok(lock(&ours)));
    }

    #[test]
    fn another_version_on_one_side_is_for_a_person() {
        let side = |version| [member("m1_bob", &[]), api(), rusqlite(version)];
        assert_eq!(merged(&side("1.0.0"), &side("1.0.1")), Err("`rusqlite`".into()));
        let two = [&side("1.0.0")[..], &[rusqlite("2.0.0")]].concat();
        assert_eq!(merged(&side("1.0.0"), &two), Err("`rusqlite`".into()));
        let other = [member("m1_bob", &["rusqlite"]), api(), rusqlite("1.0.0")];
        assert_eq!(merged(&side("1.0.0"), &other), Err("`m1_bob`".into()));
    }

    #[test]
    fn what_cargo_does_not_write_is_not_merged() {
        let ours = lock(&[api()]);
        for theirs in ["version = 3\n".to_owned(), ours.clone() + "\n[metadata]\na = \"b\"\n"] {
            let sides = Sides { ours: ours.clone(), theirs };
            assert!(merge(&sides, |_| false).is_err());
        }
    }
}
