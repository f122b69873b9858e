//! A lock file as cargo writes it: a head, and a list of packages in order.

use std::collections::BTreeMap;

use cargo_metadata::semver::Version;
use serde::Deserialize;

/// What cargo sorts packages by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    pub(super) name: String,
    version: Version,
    pub(super) source: Option<String>,
}

/// A package of a lock file, as cargo wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Package {
    text: String,
    /// Each a name, with the version and the source behind it where more than one is called so.
    pub(super) dependencies: Vec<String>,
}

/// A lock file: what is before the packages, and the packages.
pub(super) struct Lock {
    pub(super) head: String,
    pub(super) packages: BTreeMap<Key, Package>,
}

impl Key {
    /// Whether a dependency that is written as `words` may be this package.
    pub(super) fn is_named(&self, words: &str) -> bool {
        let mut words = words.split(' ');
        words.next() == Some(&self.name)
            && words.next().is_none_or(|version| self.version.to_string() == version)
    }
}

impl Lock {
    /// The packages of each name.
    pub(super) fn by_name(&self) -> BTreeMap<&str, Vec<(&Key, &Package)>> {
        let mut named: BTreeMap<&str, Vec<_>> = BTreeMap::new();
        for (key, package) in &self.packages {
            named.entry(&key.name).or_default().push((key, package));
        }
        named
    }

    /// Reads what cargo writes; `None` if that is not it.
    pub(super) fn of(text: &str) -> Option<Self> {
        const START: &str = "[[package]]\n";
        let mut parts = text.split(START);
        let head = parts.next()?.to_owned();
        let mut packages = BTreeMap::new();
        for part in parts {
            let text = format!("{START}{}\n", part.trim_end());
            let Entry { mut package } = toml::from_str(&text).ok()?;
            let (Some(Fields { name, version, source, dependencies, .. }), true) =
                (package.pop(), package.is_empty())
            else {
                return None;
            };
            packages.insert(Key { name, version, source }, Package { text, dependencies });
        }
        Some(Self { head, packages })
    }

    /// As cargo writes it.
    pub(super) fn text(&self) -> String {
        let texts = self.packages.values().map(|package| package.text.as_str());
        self.head.clone() + &texts.collect::<Vec<_>>().join("\n")
    }

    /// The same, in which the package `old`, which nothing depends on, is called `new`.
    pub(super) fn rename(&mut self, old: &str, new: &str) {
        let Some(key) = self.packages.keys().find(|key| key.name == old).cloned() else { return };
        if let Some(mut package) = self.packages.remove(&key) {
            package.text = package.text.replace(&format!("\"{old}\""), &format!("\"{new}\""));
            self.packages.insert(Key { name: new.to_owned(), ..key }, package);
        }
    }
}

/// Whatever else is behind the last package, as patches that nothing uses, is not read.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    package: Vec<Fields>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    name: String,
    version: Version,
    source: Option<String>,
    #[expect(dead_code, reason = "what is not known here is not merged")]
    checksum: Option<String>,
    #[serde(default)]
    dependencies: Vec<String>,
}
