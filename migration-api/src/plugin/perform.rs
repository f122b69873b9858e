//! Has the host carry out operations.

use std::ffi::c_void;
use std::mem::offset_of;

use migration_operation::wire;
use rusqlite::Connection;

use super::abi::{self, Bytes, Call};
use crate::operation::{Operation, OperationError, Refusal};

/// Has the host behind `call` carry out `operations`, on its own connection, which `connection` is too.
///
/// # Errors
/// The host's reason, as it was there.
pub(super) fn ask(
    call: &Call,
    connection: &Connection,
    operations: &[Operation],
) -> Result<(), OperationError> {
    let failed = |reason: &str| {
        let attempt = "have the runner carry out operations".to_owned();
        OperationError::new(attempt, Refusal::Unreadable { reason: reason.to_owned() })
    };
    // Nobody but a host of this minor loads a plugin with our flag; one that does all the same has no
    // function there, but whatever follows its table in memory.
    if (call.size as usize) < offset_of!(Call, stage) {
        return Err(failed("it is older than this migration"));
    }
    // SAFETY: the handles are only compared.
    if unsafe { connection.handle() }.cast::<c_void>() != call.database {
        return Err(failed("it is asked for on a connection that is not its own"));
    }
    let operations = wire::encode(operations);
    let mut answer: Option<Vec<u8>> = None;
    // SAFETY: `context` is the host's own; the bytes and `answer` outlive the call, and nobody else uses
    // `answer` meanwhile.
    let status = unsafe {
        (call.perform)(call.context, Bytes::lend(&operations), (&raw mut answer).cast(), take)
    };
    match (status, answer) {
        (abi::PERFORMED, _) => Ok(()),
        (abi::REFUSED, Some(answer)) => {
            Err(wire::decode_error(&answer).unwrap_or_else(OperationError::from))
        }
        _ => Err(failed("the runner failed meanwhile, and nothing was done")),
    }
}

/// Copies the host's answer.
unsafe extern "C" fn take(taker: *mut c_void, answer: Bytes) {
    // SAFETY: the host hands back the pointer that it was given, before it returns, and lends the bytes.
    unsafe {
        *taker.cast::<Option<Vec<u8>>>() = answer.read().map(<[u8]>::to_vec);
    }
}
