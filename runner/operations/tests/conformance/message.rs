//! What a person is shown of an error.

use migration_api::Error;

/// What an error says, with all that stands behind it.
pub(crate) fn of(error: &Error) -> String {
    let mut message = error.to_string();
    let mut source = error.source().source();
    while let Some(error) = source {
        message = format!("{message}: {error}");
        source = error.source();
    }
    message
}
