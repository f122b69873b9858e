//! Where a panic happened and what it said.

use std::any::Any;
use std::cell::RefCell;
use std::panic;
use std::sync::Once;

/// A place in the author's source.
pub(super) struct Place {
    pub(super) file: String,
    pub(super) line: u32,
    pub(super) column: u32,
}

thread_local! {
    static LAST: RefCell<Option<Place>> = const { RefCell::new(None) };
    static LISTENING: RefCell<bool> = const { RefCell::new(false) };
}

/// From here on, a panic on this thread is remembered and not printed: the runner shows it once.
/// Other threads of the migration keep the usual message. The hook is this library's alone, like
/// the standard library it belongs to.
pub(super) fn remember_location() {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let usual = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !LISTENING.with_borrow(|listening| *listening) {
                return usual(info);
            }
            LAST.set(info.location().map(|location| Place {
                file: location.file().to_owned(),
                line: location.line(),
                column: location.column(),
            }));
        }));
    });
    LISTENING.set(true);
}

/// The place of the last panic on this thread.
pub(super) fn last_location() -> Option<Place> {
    LAST.take()
}

/// What a panic said, or that it said nothing that can be shown.
pub(super) fn message(payload: &(dyn Any + Send)) -> String {
    if let Some(text) = payload.downcast_ref::<&str>() {
        (*text).to_owned()
    } else if let Some(text) = payload.downcast_ref::<String>() {
        text.clone()
    } else {
        String::from("a panic whose value is not text")
    }
}
