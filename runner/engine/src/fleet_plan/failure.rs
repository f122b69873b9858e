//! Why a fleet, or a database of one, is not migrated.

use std::io;
use std::path::PathBuf;

use crate::exit::{self, Exit};
use crate::explain::{self, Code};
use crate::hint::{self, Hint};
use crate::id::MigrationId;

/// Why a fleet, or a database of one, is not migrated.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FleetError {
    /// No database was found.
    #[error("there are no databases to plan for")]
    NoDatabases,
    /// A file cannot be read.
    #[error("cannot read `{}`", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// A file cannot be written.
    #[error("cannot write `{}`", path.display())]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// A plan that cannot be used.
    #[error("cannot use the plan `{}`", path.display())]
    BadPlan {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        flaw: PlanFlaw,
    },
    /// The plan is for another bundle.
    #[error("the plan is for the bundle with the digest `{planned}`, and this one has `{given}`")]
    OtherBundle {
        /// The digest of the bundle that it is for.
        planned: String,
        /// That of the bundle that is there.
        given: String,
    },
    /// The plan is for another machine.
    #[error("the plan is for the machine `{planned}`, and this one is `{here}`")]
    OtherHost {
        /// The machine that it is for.
        planned: String,
        /// This one.
        here: String,
    },
    /// A report of another plan.
    #[error("line {number} of `{}` is of another plan", path.display())]
    OtherPlan {
        /// The report.
        path: PathBuf,
        /// The line, counted from 1.
        number: usize,
    },
    /// A report that cannot be used.
    #[error("cannot use the report `{}`", path.display())]
    BadReport {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        flaw: ReportFlaw,
    },
    /// What is to be taken back lies below what another runner applied.
    #[error("`{}` has `{id}`, which the runs of the report did not apply", path.display())]
    AppliedByAnother {
        /// The database.
        path: PathBuf,
        /// The first such migration.
        id: MigrationId,
    },
    /// A canary is not at the target, and is not among the databases that are taken.
    #[error("the canary `{}` is {state}, so no other database is begun", path.display())]
    Canary {
        /// The canary.
        path: PathBuf,
        /// The state that it was found in.
        state: &'static str,
    },
    /// Two databases of the plan are one file.
    #[error("`{}` is the same file as `{}`", path.display(), other.display())]
    SameFile {
        /// The second.
        path: PathBuf,
        /// The first.
        other: PathBuf,
    },
    /// The database is on a file system that SQLite's locks cannot be trusted on.
    #[error("`{}` is on a file system of the kind {kind}", path.display())]
    Network {
        /// The database.
        path: PathBuf,
        /// The kind, as it is commonly called.
        kind: &'static str,
    },
}

/// What is wrong with a plan.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PlanFlaw {
    /// It begins with other text.
    #[error("it is not the plan of a fleet")]
    NotAPlan,
    /// Another version of the text.
    #[error("it has version {found} of the form, and this runner knows {known}")]
    OtherVersion {
        /// Its version.
        found: u32,
        /// The one that is known.
        known: u32,
    },
    /// There are fewer databases than it says, or more.
    #[error("it names {found} of {expected} databases")]
    Length {
        /// How many it says that there are.
        expected: usize,
        /// How many there are.
        found: usize,
    },
    /// A line that cannot be read.
    #[error("line {number} of it is not right")]
    Line {
        /// The line, counted from 1.
        number: usize,
        /// Why.
        source: serde_json::Error,
    },
    /// A path that is none on this system.
    #[error("line {number} of it has no path that this system knows")]
    Path {
        /// The line, counted from 1.
        number: usize,
    },
    /// A path that is not absolute.
    #[error("the path in line {number} of it is relative")]
    Relative {
        /// The line, counted from 1.
        number: usize,
    },
    /// Its text is not the one that was written.
    #[error("it was edited: its text is not the one that it has the SHA-256 of")]
    Edited,
    /// The lines are not in their order.
    #[error("line {number} of it is not in its place")]
    Order {
        /// The line, counted from 1.
        number: usize,
    },
}

/// What is wrong with a report.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReportFlaw {
    /// It begins with something else, or has no whole line.
    #[error("it is not the report of a fleet")]
    NotAReport,
    /// A state that a newer runner writes.
    #[error("line {number} of it has the state `{state}`, which this runner does not know")]
    State {
        /// The line, counted from 1.
        number: usize,
        /// The state.
        state: String,
    },
    /// A line that says something else than this runner would.
    #[error("line {number} of it is not right")]
    Line {
        /// The line, counted from 1.
        number: usize,
        /// Why.
        source: serde_json::Error,
    },
}

impl FleetError {
    /// The exit code.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match self {
            Self::NoDatabases
            | Self::BadPlan { .. }
            | Self::OtherBundle { .. }
            | Self::OtherHost { .. }
            | Self::OtherPlan { .. }
            | Self::BadReport { .. } => Exit::Usage,
            Self::Unreadable { source, .. } => exit::of_io(source, Exit::Usage),
            Self::Unwritable { source, .. } if is_missing(source) => Exit::Usage,
            Self::Unwritable { source, .. } => exit::of_writing(source),
            Self::AppliedByAnother { .. }
            | Self::Canary { .. }
            | Self::SameFile { .. }
            | Self::Network { .. } => Exit::Refused,
        }
    }

    /// Its code, for `runner explain`.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            Self::NoDatabases => Code::NoFleet,
            Self::Unreadable { .. } => Code::UnusableFile,
            Self::Unwritable { source, .. } => explain::of_io(source, Code::UnwritableFile),
            Self::BadPlan { .. } => Code::BadFleetPlan,
            Self::OtherBundle { .. } | Self::OtherHost { .. } | Self::OtherPlan { .. } => {
                Code::OtherFleetPlan
            }
            Self::BadReport { .. } => Code::BadFleetReport,
            Self::AppliedByAnother { .. } => Code::AppliedByAnother,
            Self::Canary { .. } => Code::FleetIncomplete,
            Self::SameFile { .. } => Code::SameFile,
            Self::Network { .. } => Code::NetworkFileSystem,
        }
    }

    /// What to do next.
    #[must_use]
    pub fn hint(&self) -> Option<Hint> {
        Some(match self {
            Self::NoDatabases => "nothing was written; see whether the patterns are right".into(),
            Self::Unreadable { source, .. } => return hint::reading(source),
            Self::Unwritable { source, .. } if is_missing(source) => {
                "make the folder that it is to be in".into()
            }
            Self::Unwritable { source, .. } => return hint::writing(source),
            Self::BadPlan { flaw: PlanFlaw::OtherVersion { .. }, .. } => {
                "use the runner that made it, or make it anew".into()
            }
            Self::BadPlan { .. } => "no database was touched; copy it again, or make it anew".into(),
            Self::OtherBundle { .. } => {
                "no database was touched; use the bundle, or the sources, that the plan was made with, or make \
                 the plan anew"
                    .into()
            }
            Self::OtherHost { .. } => "no database was touched; run it there".into(),
            Self::OtherPlan { .. } => {
                "name the plan that the report was written for, or another file for the report".into()
            }
            Self::BadReport { flaw: ReportFlaw::NotAReport, .. } => {
                "nothing was touched; name the report of a run, or for a new one a file that is not there".into()
            }
            Self::BadReport { .. } => {
                "nothing was touched; a newer runner may have written it: use that one".into()
            }
            Self::AppliedByAnother { .. } => {
                "it was left alone; take that one back first, by the report of the run that applied it".into()
            }
            Self::Canary { .. } => "migrate the canaries first, or all databases of the plan".into(),
            Self::SameFile { .. } => "it was left alone; give the plan one of its names".into(),
            Self::Network { kind: "FUSE", .. } => {
                "it was left alone; migrate it on the machine that holds the files. With LiteFS, on the \
                 primary: `litefs run -promote -- COMMAND`"
                    .into()
            }
            Self::Network { .. } => {
                "it was left alone; migrate it on the machine that holds the files".into()
            }
        })
    }
}

fn is_missing(source: &io::Error) -> bool {
    source.kind() == io::ErrorKind::NotFound
}

#[cfg(test)]
mod examples {
    use super::*;
    use crate::messages::{self, Examples, each_variant, refused};

    impl Examples for FleetError {
        fn examples() -> Vec<Self> {
            let path = || PathBuf::from("/srv/fleet.plan");
            let bad = |flaw| Self::BadPlan { path: path(), flaw };
            let bad_report = |flaw| Self::BadReport { path: "/srv/report.jsonl".into(), flaw };
            let own = each_variant!(FleetError:
                NoDatabases,
                Unreadable { path: path(), source: io::ErrorKind::NotFound.into() },
                Unwritable { path: path(), source: refused() },
                BadPlan { path: path(), flaw: PlanFlaw::NotAPlan },
                OtherBundle { planned: "0a1b2c3d".into(), given: "f0e1d2c3".into() },
                OtherHost { planned: "db1".into(), here: "db2".into() },
                OtherPlan { path: "/srv/report.jsonl".into(), number: 17 },
                BadReport { path: "/srv/report.jsonl".into(), flaw: ReportFlaw::NotAReport },
                AppliedByAnother { path: "/srv/a.db".into(), id: messages::id() },
                Canary { path: "/srv/a.db".into(), state: "pending" },
                SameFile { path: "/srv/b.db".into(), other: "/srv/a.db".into() },
                Network { path: "/mnt/a.db".into(), kind: "NFS" },
                Network { path: "/litefs/a.db".into(), kind: "FUSE" },
            );
            let flaws = PlanFlaw::others().map(bad).chain(ReportFlaw::others().map(bad_report));
            own.into_iter().chain(flaws).collect()
        }
    }

    impl Examples for ReportFlaw {
        fn examples() -> Vec<Self> {
            let source = serde_json::from_str::<u32>("x").unwrap_err();
            each_variant!(ReportFlaw:
                NotAReport,
                State { number: 17, state: "frozen".into() },
                Line { number: 17, source },
            )
        }
    }

    impl Examples for PlanFlaw {
        fn examples() -> Vec<Self> {
            let source = serde_json::from_str::<u32>("x").unwrap_err();
            each_variant!(PlanFlaw:
                NotAPlan,
                OtherVersion { found: 2, known: 1 },
                Length { expected: 1000, found: 998 },
                Line { number: 17, source },
                Path { number: 17 },
                Relative { number: 17 },
                Edited,
                Order { number: 17 },
            )
        }
    }
}
