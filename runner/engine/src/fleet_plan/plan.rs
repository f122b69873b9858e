//! The plan of a fleet: its databases, frozen, so that a shard means the same wherever it is computed.
//!
//! It is text, JSON lines: the first says what is planned, then each database has one, ordered by path. The first has
//! the SHA-256 of all the rest, too, so that no edit is carried out.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::failure::{FleetError, PlanFlaw};
use super::path_text::PathText;
use crate::bundle::Bundle;
use crate::database::Database;
use crate::id::MigrationId;
use crate::regular_file;
use crate::sum::sha256;
use crate::whole_file;

/// The version of the text.
const VERSION: u32 = 1;

/// Which databases are to be brought where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FleetPlan {
    /// The [digest](Bundle::digest) of the bundle that it is for.
    pub bundle: String,
    /// The migration that is the last one applied afterwards.
    pub target: MigrationId,
    /// When it was made.
    pub made: Timestamp,
    /// The machine that the databases are on, as it calls itself; `None`: wherever it is read.
    pub host: Option<String>,
    tenants: Vec<Tenant>,
    identity: String,
}

/// A database of a fleet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tenant {
    /// The file, by an absolute path.
    pub path: PathBuf,
    /// How large it was when the plan was made; 0: it was not there.
    pub bytes: u64,
    /// Whether it goes before all others.
    pub canary: bool,
}

/// The first line.
#[derive(Debug, Serialize, Deserialize)]
struct Head {
    plan: u32,
    bundle: String,
    target: MigrationId,
    databases: usize,
    made: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    host: Option<String>,
    /// That of the text without this field; while that is computed there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sha256: Option<String>,
}

/// The line of a database.
#[derive(Debug, Serialize, Deserialize)]
struct Line {
    n: usize,
    #[serde(flatten)]
    path: PathText,
    bytes: u64,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    canary: bool,
}

impl FleetPlan {
    /// Plans to bring `tenants` to `target` by `bundle`. One path is one database, however often it is
    /// given; nothing is read.
    ///
    /// # Errors
    /// There is none.
    pub fn new(
        bundle: &Bundle,
        target: MigrationId,
        host: Option<String>,
        tenants: impl IntoIterator<Item = Tenant>,
    ) -> Result<Self, FleetError> {
        Self::of_tenants(bundle.digest().to_owned(), target, host, tenants)
    }

    pub(crate) fn of_tenants(
        bundle: String,
        target: MigrationId,
        host: Option<String>,
        tenants: impl IntoIterator<Item = Tenant>,
    ) -> Result<Self, FleetError> {
        let mut by_path: BTreeMap<PathBuf, Tenant> = BTreeMap::new();
        for tenant in tenants {
            let canary = tenant.canary;
            by_path.entry(tenant.path.clone()).or_insert(tenant).canary |= canary;
        }
        // By bytes: a path is ordered by its components, and lines are compared as text.
        let mut tenants: Vec<Tenant> = by_path.into_values().collect();
        tenants.sort_by(|a, b| bytes(&a.path).cmp(bytes(&b.path)));
        if tenants.is_empty() {
            return Err(FleetError::NoDatabases);
        }
        let made = Timestamp::now();
        let plan = Self { bundle, target, made, host, tenants, identity: String::new() };
        let identity = sha256(plan.text().as_bytes());
        Ok(Self { identity, ..plan })
    }

    /// Its databases, ordered by path. The index of one is its number in reports.
    #[must_use]
    pub fn tenants(&self) -> &[Tenant] {
        &self.tenants
    }

    /// Whether the file at `path` is one of its databases, by whatever name.
    #[must_use]
    pub fn has(&self, path: &Path) -> bool {
        let identity = |path: &Path| Database::existing_at(path).identity();
        let (absolute, there) = (std::path::absolute(path), identity(path));
        self.tenants.iter().any(|tenant| {
            absolute.as_ref().is_ok_and(|path| *path == tenant.path)
                || (cfg!(unix) && there.is_some() && identity(&tenant.path) == there)
        })
    }

    /// The SHA-256 of its text, which every report repeats.
    #[must_use]
    pub fn identity(&self) -> &str {
        &self.identity
    }

    /// Refuses another bundle than the one that it is for.
    ///
    /// # Errors
    /// It is another.
    pub fn check_bundle(&self, bundle: &Bundle) -> Result<(), FleetError> {
        if self.bundle == bundle.digest() {
            return Ok(());
        }
        Err(FleetError::OtherBundle {
            planned: self.bundle.clone(),
            given: bundle.digest().to_owned(),
        })
    }

    /// Writes it to the file at `path`, in the place of what is there.
    ///
    /// # Errors
    /// The system refuses.
    pub fn write(&self, path: &Path) -> Result<(), FleetError> {
        let unwritable = |source| FleetError::Unwritable { path: path.to_owned(), source };
        whole_file::write(path, self.text().as_bytes()).map_err(unwritable)
    }

    /// Reads the file at `path`.
    ///
    /// # Errors
    /// It cannot be read; it is no plan, or not the whole of one.
    pub fn read(path: &Path) -> Result<Self, FleetError> {
        let text = regular_file::open(path).and_then(io::read_to_string);
        let text =
            text.map_err(|source| FleetError::Unreadable { path: path.to_owned(), source })?;
        Self::of_text(&text).map_err(|flaw| FleetError::BadPlan { path: path.to_owned(), flaw })
    }

    pub(super) fn text(&self) -> String {
        let mut head = Head {
            plan: VERSION,
            bundle: self.bundle.clone(),
            target: self.target.clone(),
            databases: self.tenants.len(),
            made: self.made,
            host: self.host.clone(),
            sha256: None,
        };
        let mut lines = String::new();
        for (n, tenant) in self.tenants.iter().enumerate() {
            let path = PathText::of(&tenant.path);
            lines += &line(&Line { n, path, bytes: tenant.bytes, canary: tenant.canary });
        }
        head.sha256 = Some(sha256((line(&head) + &lines).as_bytes()));
        line(&head) + &lines
    }

    pub(super) fn of_text(text: &str) -> Result<Self, PlanFlaw> {
        let mut lines = text.lines().peekable();
        let head = lines.next().unwrap_or_default();
        #[derive(Deserialize)]
        struct Version {
            plan: u32,
        }
        // Another version may have another form: its number is read first, by itself.
        let Version { plan } = serde_json::from_str(head).map_err(|_| PlanFlaw::NotAPlan)?;
        if plan != VERSION {
            return Err(PlanFlaw::OtherVersion { found: plan, known: VERSION });
        }
        let head: Head =
            serde_json::from_str(head).map_err(|source| PlanFlaw::Line { number: 1, source })?;
        let mut tenants: Vec<Tenant> = Vec::new();
        while let Some(text) = lines.next() {
            let (n, number) = (tenants.len(), tenants.len() + 2);
            if n == head.databases {
                return Err(PlanFlaw::Edited);
            }
            let line: Line = match serde_json::from_str(text) {
                Ok(line) => line,
                // Whoever copied it was stopped in the middle of a line.
                Err(_) if lines.peek().is_none() => break,
                Err(source) => return Err(PlanFlaw::Line { number, source }),
            };
            let path = line.path.path().ok_or(PlanFlaw::Path { number })?;
            if !path.is_absolute() {
                return Err(PlanFlaw::Relative { number });
            }
            let follows = tenants.last().is_none_or(|before| bytes(&before.path) < bytes(&path));
            if line.n != n || !follows {
                return Err(PlanFlaw::Order { number });
            }
            tenants.push(Tenant { path, bytes: line.bytes, canary: line.canary });
        }
        if tenants.len() != head.databases {
            return Err(PlanFlaw::Length { expected: head.databases, found: tenants.len() });
        }
        let Head { bundle, target, made, host, .. } = head;
        let identity = sha256(text.as_bytes());
        let plan = Self { bundle, target, made, host, tenants, identity };
        if plan.text() == text { Ok(plan) } else { Err(PlanFlaw::Edited) }
    }
}

fn bytes(path: &Path) -> &[u8] {
    path.as_os_str().as_encoded_bytes()
}

/// `value` as a line of JSON.
#[allow(
    clippy::expect_used,
    reason = "no key of these is anything but text, and nothing else fails"
)]
pub(crate) fn line(value: &impl Serialize) -> String {
    let text = serde_json::to_string(value).expect("its keys are text");
    text + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tenant(path: &str) -> Tenant {
        Tenant { path: path.into(), bytes: 8192, canary: false }
    }

    fn plan(tenants: impl IntoIterator<Item = Tenant>) -> FleetPlan {
        FleetPlan::of_tenants("0a1b".into(), "20250101_000000_a".parse().unwrap(), None, tenants)
            .unwrap()
    }

    fn read(text: &str) -> Result<FleetPlan, String> {
        FleetPlan::of_text(text).map_err(|flaw| flaw.to_string())
    }

    #[test]
    fn a_plan_is_ordered_has_each_path_once_and_survives_its_text() {
        let canary = Tenant { canary: true, ..tenant("/srv/b.db") };
        let plan = plan([tenant("/srv/b.db"), tenant("/srv/a.db"), canary, tenant("/srv-2/a.db")]);
        let paths: Vec<_> = plan.tenants().iter().map(|tenant| tenant.path.to_str()).collect();
        assert_eq!(paths, ["/srv-2/a.db", "/srv/a.db", "/srv/b.db"].map(Some));
        assert!(plan.tenants()[2].canary);
        assert_eq!(read(&plan.text()).unwrap(), plan);
    }

    #[test]
    fn wherever_a_plan_is_cut_off_it_is_refused() {
        let text = plan((0..20).map(|n| tenant(&format!("/srv/{n}.db")))).text();
        for length in 0..text.len() {
            assert!(read(&text[..length]).is_err(), "{length}");
        }
    }

    #[test]
    fn what_is_no_plan_of_this_version_says_so() {
        let good = plan([tenant("/srv/a.db"), tenant("/srv/b.db")]).text();
        let swapped: Vec<&str> = good.lines().collect();
        let swapped = [swapped[0], swapped[2], swapped[1]].join("\n");
        let said = [
            "",
            "{}",
            "SQLite format 3",
            &good.replacen("\"plan\":1", "\"plan\":2", 1),
            &good.replacen("a.db", "b.db", 1),
            &good.replacen("\"bytes\":8192", "\"bytes\":-1", 1),
            &swapped,
            &(good.clone() + "{}\n"),
            &(good.clone() + "\n"),
            &good.replacen("/srv/", "srv/", 1),
            &good.replacen("a.db", "aa.db", 1),
            &good.replacen("0a1b", "0a1c", 1),
        ]
        .map(|text| read(text).unwrap_err());
        insta::assert_debug_snapshot!(said);
    }
}
