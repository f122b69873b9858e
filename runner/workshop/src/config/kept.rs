//! Which migrations' losses are kept, and for how long.

use std::num::NonZeroU32;

use runner_engine::kept::{KeepLost, KeptOf, Retention};
use serde::Deserialize;

/// What `keep_lost` in `runner.toml` says.
#[derive(Debug, Deserialize)]
#[serde(
    untagged,
    expecting = "expected `true`, `false`, or a list of migrations as `[\"drop_note_from_player\"]`"
)]
pub(super) enum Kept {
    /// What every migration loses, or none.
    Every(bool),
    /// What these lose, by their ids or names.
    Of(Vec<String>),
}

impl Default for Kept {
    fn default() -> Self {
        Self::Every(false)
    }
}

impl Kept {
    /// How it is kept, for so many days, and at most so many megabytes.
    pub(super) fn for_at_most(
        &self,
        days: Option<NonZeroU32>,
        megabytes: Option<NonZeroU32>,
    ) -> KeepLost {
        const MB: u64 = 1_000_000;
        KeepLost {
            of: match self {
                Self::Every(true) => KeptOf::All,
                Self::Every(false) => KeptOf::None,
                Self::Of(names) => KeptOf::Named(names.clone()),
            },
            retention: Retention {
                days: days.map(NonZeroU32::get),
                bytes: megabytes.map(|megabytes| u64::from(megabytes.get()) * MB),
            },
            ..KeepLost::default()
        }
    }
}
