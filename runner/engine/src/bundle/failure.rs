//! Why a bundle cannot be used.

use std::io;

use migration_api::abi;

use super::manifest::{FORMAT, TARGET};
use crate::exit::{self, Exit};
use crate::explain::{self, Code};
use crate::hint::{self, Action, Hint};
use crate::id::MigrationId;
use crate::load::{InspectError, NoPlace};

/// A bundle that is not usable. Nothing of it was loaded.
#[derive(Debug, thiserror::Error)]
#[error("cannot use the bundle {name}")]
pub struct BundleError {
    /// Its file, in backticks, or another description of where it is.
    pub name: String,
    /// What is wrong with it.
    #[source]
    pub flaw: Flaw,
}

/// What is wrong with a bundle.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Flaw {
    /// The file system refused.
    #[error("it cannot be read")]
    Unreadable(#[from] io::Error),
    /// It begins with other bytes.
    #[error("it is not a bundle")]
    NoBundle,
    /// The file ends too early.
    #[error("it is cut short: it has {found} of {expected} bytes")]
    CutShort {
        /// How long it should be, as far as that is known.
        expected: u64,
        /// How long it is.
        found: u64,
    },
    /// There are bytes after its end.
    #[error("it ends after {expected} bytes, and something follows: there are {found}")]
    Longer {
        /// How long it should be.
        expected: u64,
        /// How long it is.
        found: u64,
    },
    /// Bytes were changed.
    #[error("`{entry}` in it is not what was packed")]
    Changed {
        /// The entry of the archive.
        entry: String,
    },
    /// Padding was changed.
    #[error("there are not only zeros after `{after}` in it")]
    Padding {
        /// The entry before it.
        after: String,
    },
    /// An entry is missing, or there is another one.
    #[error("next in it should be the entry `{expected}`, and is {found}")]
    Entry {
        /// What should be there.
        expected: String,
        /// What is there.
        found: String,
    },
    /// A manifest that takes too much memory.
    #[error("its manifest claims {size} bytes")]
    ManifestTooLarge {
        /// How many.
        size: u64,
    },
    /// The manifest cannot be read.
    #[error("its manifest is not right")]
    Manifest(#[source] serde_json::Error),
    /// The bundle has another version of the format.
    #[error("it has the format {found}, and this runner reads {FORMAT}")]
    OtherFormat {
        /// Its version.
        found: u32,
    },
    /// Another platform.
    #[error("it was built for `{found}`, and this runner for `{TARGET}`")]
    OtherTarget {
        /// Its platform.
        found: String,
    },
    /// Another major version of the plugin ABI.
    #[error("it speaks version {found} of the plugin ABI, and this runner speaks {}", abi::MAJOR)]
    OtherAbi {
        /// Its version.
        found: u16,
    },
    /// A migration is in the manifest twice, or before an older one.
    #[error("its manifest names `{id}` where an older migration, or none, should be")]
    Order {
        /// The migration.
        id: MigrationId,
    },
    /// A library that takes too much memory.
    #[error("its manifest claims too many bytes for `{id}`")]
    TooLarge {
        /// The migration.
        id: MigrationId,
    },
    /// A library that cannot be loaded.
    #[error("the library of `{id}` in it cannot be used")]
    Library {
        /// The migration.
        id: MigrationId,
        /// Why.
        source: InspectError,
    },
    /// A library that does not contain the id of its migration.
    #[error("the library of `{id}` in it is not that of this migration")]
    OtherMigration {
        /// The migration.
        id: MigrationId,
    },
    /// A library with an SQLite in it: two in one process lose each other's locks.
    #[error("the library of `{id}` in it brings an SQLite of its own")]
    BringsSqlite {
        /// The migration.
        id: MigrationId,
    },
    /// There is no place to load its libraries from.
    #[error(transparent)]
    NoPlace(#[from] NoPlace),
    /// It was opened again, and is another bundle.
    #[error("it is another than that which the plan was made from")]
    Replaced,
    /// The key is not a public key of minisign.
    #[error("the public key that it is to be signed by is not one of minisign")]
    BadKey(#[source] minisign_verify::Error),
    /// There is no signature beside it.
    #[error("its signature cannot be read")]
    NoSignature(#[source] io::Error),
    /// The file beside it is not a signature.
    #[error("the file beside it is no signature of minisign")]
    NotASignature(#[source] minisign_verify::Error),
    /// The signature is of minisign's older kind, over the bytes themselves.
    #[error("its signature is of minisign's older kind, which is not verified here")]
    OlderSignature,
    /// The signature is that of another key or of other bytes.
    #[error("it is not signed by the key that is required")]
    Signature(#[source] minisign_verify::Error),
}

impl Flaw {
    /// It is one of the bundle `name`.
    pub(super) fn of(self, name: &str) -> BundleError {
        BundleError { name: name.to_owned(), flaw: self }
    }
}

impl BundleError {
    /// Its code, for `runner explain`.
    #[must_use]
    pub fn code(&self) -> Code {
        match &self.flaw {
            Flaw::Unreadable(_) => Code::UnreadableFile,
            Flaw::NoBundle => Code::NotABundle,
            Flaw::CutShort { .. }
            | Flaw::Longer { .. }
            | Flaw::Changed { .. }
            | Flaw::Padding { .. }
            | Flaw::Entry { .. }
            | Flaw::ManifestTooLarge { .. }
            | Flaw::Manifest(_)
            | Flaw::Order { .. }
            | Flaw::TooLarge { .. }
            | Flaw::OtherMigration { .. } => Code::DamagedBundle,
            Flaw::OtherFormat { .. } => Code::OtherBundleFormat,
            Flaw::OtherTarget { .. } => Code::OtherTarget,
            Flaw::OtherAbi { .. } => Code::OtherAbi,
            Flaw::Library { source, .. } => source.code(),
            Flaw::BringsSqlite { .. } => Code::OwnSqlite,
            Flaw::NoPlace(NoPlace::Unwritable { source, .. }) => {
                explain::of_io(source, Code::NoScratchFolder)
            }
            Flaw::NoPlace(_) => Code::NoScratchFolder,
            Flaw::Replaced => Code::ReplacedBundle,
            Flaw::BadKey(_) => Code::BadPublicKey,
            Flaw::NoSignature(_)
            | Flaw::NotASignature(_)
            | Flaw::OlderSignature
            | Flaw::Signature(_) => Code::NotSigned,
        }
    }

    /// The exit code.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match &self.flaw {
            Flaw::Unreadable(_) | Flaw::BadKey(_) => Exit::Usage,
            Flaw::Replaced => Exit::TryAgain,
            Flaw::NoPlace(NoPlace::Unwritable { source, .. }) => exit::of_io(source, Exit::Failed),
            Flaw::NoPlace(NoPlace::NoExec { .. }) => Exit::Failed,
            _ => Exit::Refused,
        }
    }

    /// What to do next.
    #[must_use]
    pub fn hint(&self) -> Option<Hint> {
        Some(match &self.flaw {
            Flaw::NoPlace(NoPlace::Unwritable { source, .. }) if hint::writing(source).is_some() => {
                return hint::writing(source);
            }
            Flaw::NoPlace(_) => "nothing was changed; load from a folder of your own: `mkdir -m 700 \
                                 $HOME/tmp; export TMPDIR=$HOME/tmp`, and the command again"
                .into(),
            Flaw::Replaced => {
                "nothing was changed; if it is still to be done, run the command again".into()
            }
            Flaw::Unreadable(error) if error.kind() == io::ErrorKind::NotFound => {
                Hint::from(Action::BundleInto).and(" makes one, where the migrations and cargo are")
            }
            Flaw::Unreadable(error) => return hint::reading(error),
            Flaw::NoBundle => Hint::from(Action::Bundle).and(" makes one"),
            Flaw::OtherTarget { .. } => {
                Hint::from("nothing was changed; make one for this platform: ")
                    .and(Action::BundleFor { target: TARGET.to_owned() })
            }
            Flaw::OtherFormat { .. } | Flaw::OtherAbi { .. } => {
                "nothing was changed; make it anew with the runner that is to apply it".into()
            }
            Flaw::BringsSqlite { .. } => {
                "nothing was changed; the migration, or a crate it depends on, asks for rusqlite's \
                 `bundled` or links to SQLite: take that away and make the bundle anew"
                    .into()
            }
            Flaw::BadKey(_) => "it is one line of base64, the second in minisign's `.pub` file".into(),
            Flaw::NoSignature(_) => {
                Hint::from("nothing was changed; it belongs beside the bundle, as `FILE.minisig`: ")
                    .and(Action::SignBundle)
                    .and(" makes it")
            }
            Flaw::NotASignature(_) => Hint::from("nothing was changed; get the `.minisig` file that belongs to it: ")
                .and(Action::SignBundle)
                .and(" makes both"),
            Flaw::OlderSignature => {
                Hint::from(
                "nothing was changed; whoever has the key signs it anew: `minisign -S -H -s KEY -m FILE`, or ",
            )
            .and(Action::SignBundle)
            }
            Flaw::Signature(_) => "nothing was changed; get the bundle from whom you trust".into(),
            _ => Hint::from("nothing was changed; copy it again, or make it anew with ").and(Action::Bundle),
        })
    }
}

#[cfg(test)]
mod examples {
    use super::*;
    use crate::messages::{self, Examples, each_variant, refused};

    impl Examples for BundleError {
        fn examples() -> Vec<Self> {
            let of = |flaw: Flaw| flaw.of("`/srv/game/migrations.bundle`");
            Flaw::examples().into_iter().map(of).collect()
        }
    }

    impl Examples for Flaw {
        fn examples() -> Vec<Self> {
            let entry = || format!("migrations/{}.zst", messages::id());
            let mut examples = each_variant!(Flaw:
                Unreadable(refused()),
                NoBundle,
                CutShort { expected: 4096, found: 1000 },
                Longer { expected: 4096, found: 4100 },
                Changed { entry: entry() },
                Padding { after: entry() },
                Entry { expected: entry(), found: "a link `../../etc/passwd`".into() },
                ManifestTooLarge { size: 1 << 40 },
                Manifest(serde_json::from_str::<u32>("{").unwrap_err()),
                OtherFormat { found: 2 },
                OtherTarget { found: "aarch64-apple-darwin".into() },
                OtherAbi { found: abi::MAJOR + 1 },
                Order { id: messages::id() },
                TooLarge { id: messages::id() },
                Library { id: messages::id(), source: InspectError::NoExport { export: crate::load::Export::MIGRATION } },
                OtherMigration { id: messages::id() },
                BringsSqlite { id: messages::id() },
                NoPlace(NoPlace::example()),
                Replaced,
                BadKey(minisign_verify::Error::InvalidEncoding),
                NoSignature(io::ErrorKind::NotFound.into()),
                NotASignature(minisign_verify::Error::InvalidEncoding),
                OlderSignature,
                Signature(minisign_verify::Error::UnexpectedKeyId),
            );
            examples.extend(NoPlace::others().map(Flaw::NoPlace));
            examples
        }
    }
}
