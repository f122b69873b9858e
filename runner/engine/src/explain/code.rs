//! The codes: a lasting name for each kind of error, whatever its message.

use std::fmt;
use std::str::FromStr;

use runner_operations::suggest::near;
use serde::{Deserialize, Serialize};

use super::ExplainError;

/// The codes with their names, and the page of each in `codes/`: a heading, and its text.
macro_rules! codes {
    ($($code:ident = $name:literal),* $(,)?) => {
        /// A kind of error. Names are part of the command line's contract: a name is never given to
        /// another kind.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[non_exhaustive]
        pub enum Code {
            $(
                #[doc = include_str!(concat!("codes/", $name, ".md"))]
                #[serde(rename = $name)]
                $code,
            )*
        }

        impl Code {
            /// All there are.
            pub const ALL: &[Self] = &[$(Self::$code),*];

            /// Its name.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$code => $name,)* }
            }

            /// Its page, in Markdown: a heading, and what there is to say.
            fn page(self) -> &'static str {
                match self { $(Self::$code => include_str!(concat!("codes/", $name, ".md")),)* }
            }
        }
    };
}

codes! {
    EditedMigration = "edited-migration",
    MissingMigration = "missing-migration",
    RenamedMigration = "renamed-migration",
    NewerDatabase = "newer-database",
    OutOfOrderMigration = "out-of-order-migration",
    PartlyReplaced = "partly-replaced",
    OnlyRecorded = "only-recorded",
    UnfinishedMigration = "unfinished-migration",
    HalfDone = "half-done",
    BatchedUnderWay = "batched-under-way",
    Paused = "paused",
    OtherStages = "other-stages",
    SchemaChanged = "schema-changed",
    RepeatableFiles = "repeatable-files",
    RepeatableBroken = "repeatable-broken",
    SeveralDrifts = "several-drifts",

    IrreversibleMigration = "irreversible-migration",
    MigrationGone = "migration-gone",
    MigrationFailed = "migration-failed",
    MigrationPanicked = "migration-panicked",
    MigrationCrashed = "migration-crashed",
    TimedOut = "timed-out",
    Stopped = "stopped",

    TransactionDenied = "transaction-denied",
    AttachDenied = "attach-denied",
    PragmaDenied = "pragma-denied",
    HistoryDenied = "history-denied",
    SettingDenied = "setting-denied",
    SchemaEditDenied = "schema-edit-denied",
    OutsideOfStep = "outside-of-step",
    TransactionLost = "transaction-lost",
    TransactionLeft = "transaction-left",
    NotStartedAnyMore = "not-started-any-more",
    ChangesEscaped = "changes-escaped",
    LockLost = "lock-lost",
    StalePlan = "stale-plan",
    DatabaseMoved = "database-moved",
    StatementLeft = "statement-left",

    BrokenForeignKeys = "broken-foreign-keys",
    ReferencesRedirected = "references-redirected",
    StatementsBroken = "statements-broken",
    BuiltinReplaced = "builtin-replaced",
    BuiltinLeft = "builtin-left",
    RowsLost = "rows-lost",
    LossesNotKept = "losses-not-kept",
    KeptNotPutBack = "kept-not-put-back",
    KeepFile = "keep-file",
    KeptFile = "kept-file",
    ObjectsLost = "objects-lost",
    SchemaLeft = "schema-left",
    NotInOneTransaction = "not-in-one-transaction",
    OutcomeUnknown = "outcome-unknown",
    HistoryDisagrees = "history-disagrees",

    NotABundle = "not-a-bundle",
    DamagedBundle = "damaged-bundle",
    ReplacedBundle = "replaced-bundle",
    OtherBundleFormat = "other-bundle-format",
    OtherTarget = "other-target",
    OwnSqlite = "own-sqlite",
    BadPublicKey = "bad-public-key",
    NotSigned = "not-signed",
    BadUsableSince = "bad-usable-since",
    BadReplaces = "bad-replaces",
    BadLoses = "bad-loses",

    LibraryUnreadable = "library-unreadable",
    BadLibrary = "bad-library",
    OtherMachine = "other-machine",
    NoExport = "no-export",
    OtherAbi = "other-abi",
    NewerSqliteNeeded = "newer-sqlite-needed",
    NewerRunnerNeeded = "newer-runner-needed",
    OtherMigration = "other-migration",
    OtherSource = "other-source",
    LibraryNotLoaded = "library-not-loaded",

    DatabaseBusy = "database-busy",
    DiskFull = "disk-full",
    DiskFailed = "disk-failed",
    DamagedDatabase = "damaged-database",
    NotADatabase = "not-a-database",
    SqliteRefused = "sqlite-refused",

    NoDatabase = "no-database",
    UnusableFile = "unusable-file",
    NoFolder = "no-folder",
    ReadOnlyDatabase = "read-only-database",
    HardLinks = "hard-links",
    LeftoverJournal = "leftover-journal",
    ForeignKeysStayOn = "foreign-keys-stay-on",

    ForeignHistory = "foreign-history",
    UnknownRepair = "unknown-repair",
    NothingToRepair = "nothing-to-repair",
    NoReason = "no-reason",
    AnotherSchema = "another-schema",

    FileInTheWay = "file-in-the-way",
    ReservedName = "reserved-name",
    BackupDiffers = "backup-differs",
    NoBackup = "no-backup",
    ProtectedDatabase = "protected-database",
    UndeclaredLoss = "undeclared-loss",
    ForeignBackup = "foreign-backup",
    BackupInUse = "backup-in-use",
    DamagedBackup = "damaged-backup",
    JournalLeft = "journal-left",
    CannotKeep = "cannot-keep",

    NoFleet = "no-fleet",
    BadFleetPlan = "bad-fleet-plan",
    OtherFleetPlan = "other-fleet-plan",
    BadFleetReport = "bad-fleet-report",
    AppliedByAnother = "applied-by-another",
    FleetIncomplete = "fleet-incomplete",
    SameFile = "same-file",
    NetworkFileSystem = "network-file-system",

    NoConfiguration = "no-configuration",
    BadConfiguration = "bad-configuration",
    BadDatabaseUrl = "bad-database-url",

    NoMigrations = "no-migrations",
    BadWorkspace = "bad-workspace",
    BadFolderName = "bad-folder-name",
    SameTimestamp = "same-timestamp",
    BadManifest = "bad-manifest",

    UnknownMigration = "unknown-migration",
    AmbiguousMigration = "ambiguous-migration",
    NotApplied = "not-applied",

    NothingToSquash = "nothing-to-squash",
    ReplacedAlready = "replaced-already",
    NotSquashed = "not-squashed",
    NotRepeatable = "not-repeatable",

    NoCargo = "no-cargo",
    BuildNotPrepared = "build-not-prepared",
    NotFetched = "not-fetched",
    NoDependency = "no-dependency",
    LockConflict = "lock-conflict",
    AppliedMigration = "applied-migration",
    BuildFailed = "build-failed",
    SourceInMotion = "source-in-motion",
    NoLibrary = "no-library",

    NoModels = "no-models",
    BadModels = "bad-models",
    ModelsFailed = "models-failed",

    BadName = "bad-name",
    BadField = "bad-field",
    BadTemplate = "bad-template",
    NotTheApi = "not-the-api",

    NotImportable = "not-importable",
    UnknownOldHistory = "unknown-old-history",
    UnfinishedElsewhere = "unfinished-elsewhere",
    OtherOldHistory = "other-old-history",
    OtherOldSchema = "other-old-schema",

    BadRename = "bad-rename",
    NothingToFill = "nothing-to-fill",
    NotTyped = "not-typed",
    NotDerivable = "not-derivable",
    LosesData = "loses-data",

    SchemaUnread = "schema-unread",
    SchemaNotCopied = "schema-not-copied",

    BadTest = "bad-test",
    TestFailed = "test-failed",
    RehearsalFailed = "rehearsal-failed",
    NotAsRehearsed = "not-as-rehearsed",
    CheckFailed = "check-failed",
    NotConfirmed = "not-confirmed",

    UnreadableFile = "unreadable-file",
    UnwritableFile = "unwritable-file",
    NoScratchFolder = "no-scratch-folder",
    SystemRefused = "system-refused",
    BadArguments = "bad-arguments",
    UnknownCode = "unknown-code",
}

impl Code {
    /// What it means, in a line.
    #[must_use]
    pub fn summary(self) -> &'static str {
        let heading = self.page().lines().next().unwrap_or_default();
        heading.trim_start_matches("# ")
    }

    /// What it means, why it is refused, and what to do, in Markdown.
    #[must_use]
    pub fn explanation(self) -> &'static str {
        self.page().split_once('\n').map_or("", |(_, rest)| rest.trim())
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Code {
    type Err = ExplainError;

    fn from_str(text: &str) -> Result<Self, ExplainError> {
        let wanted = text.trim().trim_matches(['[', ']', '`']).to_lowercase().replace('_', "-");
        let is_wanted = |code: &&Self| code.name() == wanted;
        Self::ALL.iter().find(is_wanted).copied().ok_or_else(|| ExplainError::Unknown {
            name: text.to_owned(),
            nearest: nearest(&wanted),
        })
    }
}

/// The code whose name is most like `wanted`, if one is like it.
fn nearest(wanted: &str) -> Option<Code> {
    let begins = |code: &&Code| !wanted.is_empty() && code.name().starts_with(wanted);
    let alike = || {
        let name = near(wanted, Code::ALL.iter().map(|code| code.name())).into_iter().next()?;
        Code::ALL.iter().find(|code| code.name() == name)
    };
    Code::ALL.iter().find(begins).or_else(alike).copied()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::Path;

    use super::*;

    #[test]
    fn every_page_has_a_heading_and_says_something() {
        for code in Code::ALL {
            assert!(code.page().starts_with("# "), "{code}");
            assert!(!code.summary().ends_with('.'), "{code}");
            assert!(code.explanation().len() > 80, "{code} says too little");
        }
    }

    #[test]
    fn every_page_belongs_to_a_code() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/explain/codes");
        let files = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
        let pages: BTreeSet<String> =
            files.map(|path| path.file_stem().unwrap().to_string_lossy().into_owned()).collect();
        assert_eq!(pages, Code::ALL.iter().map(ToString::to_string).collect());
    }

    /// A user of the installed program has no folder `docs`.
    #[test]
    fn no_page_sends_its_reader_to_a_file_of_this_repository() {
        for code in Code::ALL {
            for folder in ["docs/", "runner/", "ARCHITECTURE", "CONTRIBUTING", "README"] {
                assert!(!code.page().contains(folder), "{code}: {folder}");
            }
        }
    }

    #[test]
    fn a_code_is_found_by_its_name_however_it_is_copied() {
        for text in ["edited-migration", "[edited-migration]", "Edited_Migration"] {
            assert_eq!(text.parse(), Ok(Code::EditedMigration));
        }
    }

    #[test]
    fn the_nearest_code_is_named() {
        assert_eq!(nearest("edited"), Some(Code::EditedMigration));
        assert_eq!(nearest("edited-migartion"), Some(Code::EditedMigration));
        assert_eq!(nearest("zzz"), None);
        assert_eq!(nearest(""), None);
    }

    #[test]
    fn a_code_is_its_name_in_json() {
        for code in Code::ALL {
            assert_eq!(serde_json::to_value(code).unwrap(), code.name());
        }
    }
}
