//! Where a panic happened and what it said.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::panic;
use std::sync::Once;

thread_local! {
    static LAST: RefCell<Option<(String, u32)>> = const { RefCell::new(None) };
    static LISTENING: Cell<bool> = const { Cell::new(false) };
}

/// From here on, a panic on this thread is remembered and not printed: the runner shows it once. The
/// hook is this library's alone, like the standard library it belongs to.
pub(super) fn remember_location() {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let usual = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if LISTENING.get() {
                let place = info.location();
                LAST.set(place.map(|place| (place.file().to_owned(), place.line())));
            } else {
                usual(info);
            }
        }));
    });
    LISTENING.set(true);
}

/// The file and the line of the last panic on this thread.
pub(super) fn last_location() -> Option<(String, u32)> {
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
