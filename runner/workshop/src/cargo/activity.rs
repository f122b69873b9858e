//! What cargo is at, as it says on standard error: what it draws for people there, and the lines between.

use std::time::Duration;

use runner_engine::Event;

/// What cargo is asked for, so that it draws its bar although nobody looks at it: only there it says how much there is
/// to build, and what it builds at the moment.
pub(super) const DRAWN: [(&str, &str); 2] =
    [("CARGO_TERM_PROGRESS_WHEN", "always"), ("CARGO_TERM_PROGRESS_WIDTH", "200")];

/// What cargo is at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Activity {
    /// It builds `packages`; `done` parts of `total` are built, which is 0 if that is not known.
    Compiling { done: usize, total: usize, packages: Vec<String> },
    /// It waits until another cargo is done.
    Waiting,
}

impl Activity {
    /// What a piece of standard error says of it, if anything.
    pub(super) fn of(piece: &str) -> Option<Self> {
        let (status, rest) = piece.trim().split_once(' ')?;
        match status {
            "Building" => bar(rest),
            "Compiling" => {
                let package = rest.split(' ').next()?.to_owned();
                Some(Self::Compiling { done: 0, total: 0, packages: vec![package] })
            }
            "Blocking" => Some(Self::Waiting),
            _ => None,
        }
    }

    /// The event for it, `since` its beginning.
    pub(super) fn event(&self, since: Duration) -> Event {
        match self.clone() {
            Self::Compiling { done, total, packages } => {
                Event::Compiling { done, total, packages, since }
            }
            Self::Waiting => Event::WaitingForCargo { since },
        }
    }

    /// Whether it says as much as `other`, which would take its place.
    pub(super) fn is_as_much_as(&self, other: &Self) -> bool {
        let total = |activity: &Self| match activity {
            Self::Compiling { total, .. } => *total,
            Self::Waiting => 0,
        };
        total(self) >= total(other) || matches!(self, Self::Waiting)
    }
}

/// `[====>     ] 17/38: libsqlite3-sys(build), serde`.
fn bar(text: &str) -> Option<Activity> {
    let (_, text) = text.strip_prefix('[')?.split_once("] ")?;
    let (numbers, packages) = text.split_once(": ").unwrap_or((text, ""));
    let (done, total) = numbers.trim().split_once('/')?;
    // What is in brackets behind a name is which part of the package it is.
    let name = |part: &str| part.split('(').next().unwrap_or(part).trim().to_owned();
    let mut packages: Vec<String> = packages.split(", ").map(name).collect();
    packages.retain(|name| !name.is_empty() && name != "...");
    packages.dedup();
    Some(Activity::Compiling { done: done.parse().ok()?, total: total.parse().ok()?, packages })
}

/// Whether a piece is drawn over by the next: it is no part of what cargo has to say.
pub(super) fn is_drawn_over(piece: &[u8]) -> bool {
    piece.ends_with(b"\r")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cargo_draws_says_how_far_it_is() {
        let compiling = |done, total, packages: &[&str]| {
            let packages = packages.iter().map(|&name| name.to_owned()).collect();
            Some(Activity::Compiling { done, total, packages })
        };
        for (piece, activity) in [
            (
                "    Building [====>      ] 17/38: libsqlite3-sys(build), serde, m20250106_090000_add_level   \r",
                compiling(17, 38, &["libsqlite3-sys", "serde", "m20250106_090000_add_level"]),
            ),
            ("    Building [           ] 0/2\r", compiling(0, 2, &[])),
            ("    Building [=>         ] 1/9: serde, ...\r", compiling(1, 9, &["serde"])),
            ("   Compiling serde v1.0.229\n", compiling(0, 0, &["serde"])),
            ("    Blocking waiting for file lock on build directory\n", Some(Activity::Waiting)),
            ("error: could not compile `a`\n", None),
            ("    Building [broken\r", None),
            ("\n", None),
        ] {
            assert_eq!(Activity::of(piece), activity, "{piece}");
        }
    }
}
