//! Unpacks many libraries, on all processors, with a bounded amount of memory.

use std::borrow::Cow;
use std::num::NonZero;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::sync_channel;
use std::thread::{self, Scope, ScopedJoinHandle};

use super::failure::Flaw;
use super::header::BLOCK;
use super::manifest::Bundled;
use super::open::Shared;
use super::unpack::{judge, unpack, unpack_again};

/// How many bytes of libraries are kept between inspecting all of them and loading the first: no code
/// may run before all were inspected, and a thousand of them may exceed the memory.
const KEPT: usize = 32 * 1024 * 1024;

/// The libraries that were inspected, in order; `None`: one that is to be unpacked again.
pub(super) type LookedAt = Vec<Option<Vec<u8>>>;

impl Shared {
    /// Unpacks the `missing` libraries, compares each with its digest, and inspects it.
    ///
    /// # Errors
    /// The first that is not what it should be.
    pub(super) fn look_at(
        &self,
        missing: &[(u64, &Bundled)],
        first: &[u8],
    ) -> Result<LookedAt, Flaw> {
        let room = AtomicUsize::new(KEPT);
        let look = |&(at, bundled): &(u64, &Bundled)| {
            let library = unpack(bundled, &self.packed_at(at, bundled)?, self.before(at, first))?;
            judge(bundled, &library)?;
            let size = library.len();
            let has_room = room
                .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |room| room.checked_sub(size));
            Ok(has_room.is_ok().then_some(library))
        };
        let look_at_all = |share: &[(u64, &Bundled)]| -> Result<LookedAt, Flaw> {
            share.iter().map(look).collect()
        };
        let processors = thread::available_parallelism().map_or(1, NonZero::get);
        let share = missing.len().div_ceil(processors).max(1);
        let (own, others) = missing.split_at(share.min(missing.len()));
        thread::scope(|scope| {
            let look_at_all = &look_at_all;
            let lookers: Vec<_> = others
                .chunks(share)
                .map(|share| (share, spawn(scope, move || look_at_all(share))))
                .collect();
            let mut all = look_at_all(own)?;
            for (share, looker) in lookers {
                all.extend(match looker {
                    Some(looker) => looker.join().unwrap_or_else(|panic| resume_unwind(panic))?,
                    None => look_at_all(share)?,
                });
            }
            Ok(all)
        })
    }

    /// Passes each `missing` library to `take`, with its index, in order. While one is taken, the next
    /// is unpacked.
    ///
    /// # Errors
    /// That of `take`; one that cannot be read any more, by `fail`.
    pub(super) fn each<E, F: Into<E>>(
        &self,
        missing: &[(u64, &Bundled)],
        first: &[u8],
        looked_at: LookedAt,
        fail: impl Fn(Flaw) -> F,
        mut take: impl FnMut(usize, &[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        let unpacked = |place: usize| {
            let (at, bundled) = missing[place];
            unpack_again(bundled, &self.packed_at(at, bundled)?, self.before(at, first))
        };
        let kept: Vec<bool> = looked_at.iter().map(Option::is_some).collect();
        thread::scope(|scope| {
            let (sender, receiver) = sync_channel(1);
            let (unpacked, kept) = (&unpacked, &kept);
            let unpack_ahead = move || {
                let mut again = (0..).zip(kept).filter(|(_, kept)| !**kept);
                // Nobody takes any more after an error.
                again.all(|(place, _)| sender.send(unpacked(place)).is_ok())
            };
            let ahead = match kept.contains(&false) {
                true => spawn(scope, unpack_ahead),
                false => None,
            };
            for (place, library) in looked_at.into_iter().enumerate() {
                let library = match (library, &ahead) {
                    (Some(library), _) => Ok(library),
                    // Whoever unpacks ahead has ended by a panic, which goes on when the scope ends.
                    (None, Some(_)) => receiver.recv().unwrap_or_else(|_| unpacked(place)),
                    (None, None) => unpacked(place),
                };
                take(place, &library.map_err(|flaw| fail(flaw).into())?)?;
            }
            Ok(())
        })
    }

    /// The packed library of `bundled`, whose entry begins at the offset `at`.
    fn packed_at(&self, at: u64, bundled: &Bundled) -> Result<Cow<'_, [u8]>, Flaw> {
        self.content.read(at + BLOCK, bundled.packed.size)
    }

    /// The library that the one at the offset `at` is stored as a difference from.
    fn before<'f>(&self, at: u64, first: &'f [u8]) -> &'f [u8] {
        if at == self.head.len() as u64 { &[] } else { first }
    }
}

/// Does `work` on a thread, if one can be started.
fn spawn<'scope, T: Send + 'scope>(
    scope: &'scope Scope<'scope, '_>,
    work: impl FnOnce() -> T + Send + 'scope,
) -> Option<ScopedJoinHandle<'scope, T>> {
    thread::Builder::new().spawn_scoped(scope, work).ok()
}
