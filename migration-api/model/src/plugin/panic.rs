//! Where a panic happened and what it said.

use std::any::Any;
use std::cell::Cell;
use std::mem::ManuallyDrop;
use std::panic;
use std::sync::Once;

/// A panic of the author's code.
#[derive(Debug)]
#[allow(dead_code, reason = "of models, only the place is told")]
pub(crate) struct Panicked {
    pub(crate) message: String,
    pub(crate) place: Option<Place>,
}

/// A place in the author's source.
#[derive(Debug, Clone)]
#[allow(dead_code, reason = "of models, the column is not told")]
pub(crate) struct Place {
    pub(crate) file: String,
    pub(crate) line: u32,
    pub(crate) column: u32,
}

thread_local! {
    // What a thread has to drop is registered for its end, and to do so the C library looks for this library among
    // all that are loaded: a run of a thousand migrations would look through a thousand a thousand times.
    static LAST: Cell<ManuallyDrop<Option<Panicked>>> = const { Cell::new(ManuallyDrop::new(None)) };
    static LISTENING: Cell<bool> = const { Cell::new(false) };
}

/// From here on, a panic on this thread is remembered and not printed: the runner shows it once.
/// Other threads keep the usual message. The hook is this library's alone, like
/// the standard library it belongs to.
pub(crate) fn remember() {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let usual = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !LISTENING.get() {
                return usual(info);
            }
            let place = info.location().map(|location| Place {
                file: location.file().to_owned(),
                line: location.line(),
                column: location.column(),
            });
            replace_last(Some(Panicked { message: message(info.payload()), place }));
        }));
    });
    replace_last(None);
    LISTENING.set(true);
}

/// The last panic on this thread since [`remember`].
pub(crate) fn last() -> Option<Panicked> {
    replace_last(None)
}

/// Has `panicked` be the last panic on this thread: it was on another one, or was caught on its way.
#[allow(dead_code, reason = "models start no threads")]
pub(crate) fn retell(panicked: Panicked) {
    replace_last(Some(panicked));
}

fn replace_last(panicked: Option<Panicked>) -> Option<Panicked> {
    ManuallyDrop::into_inner(LAST.replace(ManuallyDrop::new(panicked)))
}

/// What a panic said, or that it said nothing that can be shown.
pub(crate) fn message(payload: &(dyn Any + Send)) -> String {
    if let Some(text) = payload.downcast_ref::<&str>() {
        (*text).to_owned()
    } else if let Some(text) = payload.downcast_ref::<String>() {
        text.clone()
    } else {
        String::from("a panic whose value is not text")
    }
}
