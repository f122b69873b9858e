//! Unpacks many libraries, with a bounded amount of memory: first all, on all processors, to inspect them, and then
//! one after the other, to load them.

use std::borrow::Cow;
use std::num::NonZero;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{self, Scope, ScopedJoinHandle};

use super::failure::Flaw;
use super::manifest::Bundled;
use super::open::Shared;
use super::unpack::{Unpacker, judge};

/// How many packed bytes are kept between inspecting all libraries and loading the first: no code may run
/// before all were inspected. The libraries themselves would be a hundred times as many, and to unpack one twice
/// costs no more than to take fresh memory for it.
const KEPT: usize = 32 * 1024 * 1024;

/// The packed bytes of the libraries that were inspected, in order; `None`: they are to be read again.
pub(super) type Inspected<'s> = Vec<Option<Cow<'s, [u8]>>>;

impl Shared {
    /// Compares the entries of the `missing` libraries, unpacks them, and inspects each library.
    ///
    /// # Errors
    /// The first that is not what it should be.
    pub(super) fn inspect_all(
        &self,
        missing: &[(u64, &Bundled)],
        first: &[u8],
    ) -> Result<Inspected<'_>, Flaw> {
        let room = AtomicUsize::new(KEPT);
        let inspect = |share: &[(u64, &Bundled)]| -> Result<Inspected<'_>, Flaw> {
            let mut unpacker = Unpacker::new();
            let inspect = |&(at, bundled): &(u64, &Bundled)| {
                let packed = self.packed(at, bundled)?;
                judge(bundled, unpacker.unpack(bundled, &packed, self.before(at, first))?)?;
                Ok(is_kept(&packed, &room).then_some(packed))
            };
            share.iter().map(inspect).collect()
        };
        let processors = thread::available_parallelism().map_or(1, NonZero::get);
        let share = missing.len().div_ceil(processors).max(1);
        let (own, others) = missing.split_at(share.min(missing.len()));
        thread::scope(|scope| {
            let inspect = &inspect;
            let inspectors: Vec<_> = others
                .chunks(share)
                .map(|share| (share, spawn(scope, move || inspect(share))))
                .collect();
            let mut all = inspect(own)?;
            for (share, inspector) in inspectors {
                all.extend(match inspector {
                    Some(inspector) => {
                        inspector.join().unwrap_or_else(|panic| resume_unwind(panic))?
                    }
                    None => inspect(share)?,
                });
            }
            Ok(all)
        })
    }

    /// Passes each `missing` library to `take`, with its place among them and its packed bytes, in order.
    ///
    /// # Errors
    /// That of `take`; one that cannot be read any more, by `fail`.
    pub(super) fn each<E, F: Into<E>>(
        &self,
        missing: &[(u64, &Bundled)],
        first: &[u8],
        inspected: Inspected<'_>,
        fail: impl Fn(Flaw) -> F,
        mut take: impl FnMut(usize, &[u8], &[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut unpacker = Unpacker::new();
        for (place, (packed, &(at, bundled))) in inspected.into_iter().zip(missing).enumerate() {
            let packed = packed.map_or_else(|| self.packed(at, bundled), Ok);
            let packed = packed.map_err(|flaw| fail(flaw).into())?;
            let library = unpacker.unpack(bundled, &packed, self.before(at, first));
            take(place, library.map_err(|flaw| fail(flaw).into())?, &packed)?;
        }
        Ok(())
    }

    /// The library that the one at the offset `at` is stored as a difference from.
    fn before<'f>(&self, at: u64, first: &'f [u8]) -> &'f [u8] {
        if at == self.head.len() as u64 { &[] } else { first }
    }
}

/// Whether `packed` is kept: it is in memory anyway, or has some of the `room`.
#[allow(clippy::ptr_arg, reason = "it matters whether it is borrowed")]
fn is_kept(packed: &Cow<'_, [u8]>, room: &AtomicUsize) -> bool {
    let take = |room: usize| room.checked_sub(packed.len());
    matches!(packed, Cow::Borrowed(_))
        || room.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).is_ok()
}

/// Does `work` on a thread, if one can be started.
fn spawn<'scope, T: Send + 'scope>(
    scope: &'scope Scope<'scope, '_>,
    work: impl FnOnce() -> T + Send + 'scope,
) -> Option<ScopedJoinHandle<'scope, T>> {
    thread::Builder::new().spawn_scoped(scope, work).ok()
}
