//! Freezes the C boundary: a change that moves a field breaks every migration already built.
//! If a test here fails, append instead of moving, or raise `abi::MAJOR`.

use std::mem::{align_of, offset_of, size_of};

use migration_api::abi::{
    self, Batch, BatchOutcome, Bytes, Call, Descriptor, Failure, Stage, Statement, Text,
};

#[test]
fn magic_symbol_and_major_stay() {
    assert_eq!((abi::SYMBOL, &abi::MAGIC, abi::MAJOR), ("RUNNER_MIGRATION", b"RUNNERMG", 1));
    assert_eq!(
        (abi::DONE, abi::FAILED, abi::FLAG_IRREVERSIBLE, abi::FLAG_NO_TRANSACTION),
        (0, 1, 1, 2)
    );
    assert_eq!((abi::PERFORMED, abi::REFUSED, abi::FLAG_HOST_PERFORMS), (0, 1, 4));
    assert_eq!((abi::FLAG_BATCHED, abi::FLAG_REVERSIBLE_HALF_DONE), (8, 16));
    assert_eq!(abi::FLAG_REPLACES, 32);
    assert_eq!([abi::STAGE_DONE, abi::STAGE_FAILED, abi::STAGE_ENDED], [0, 1, 2]);
    assert_eq!([abi::STAGE_STEP, abi::STAGE_ROWS, abi::STAGE_ONLINE], [1, 2, 3]);
    assert_eq!(
        [abi::KIND_ERROR, abi::KIND_PANIC, abi::KIND_IRREVERSIBLE, abi::KIND_SETUP],
        [1, 2, 3, 4]
    );
}

#[test]
fn the_head_of_a_descriptor_is_the_same_on_every_platform() {
    let head = [
        offset_of!(Descriptor, magic),
        offset_of!(Descriptor, size),
        offset_of!(Descriptor, abi_major),
        offset_of!(Descriptor, abi_minor),
        offset_of!(Descriptor, sqlite_minimum),
        offset_of!(Descriptor, flags),
        offset_of!(Descriptor, id),
    ];
    assert_eq!(head, [0, 8, 12, 14, 16, 20, 24]);
}

#[cfg(target_pointer_width = "64")]
#[test]
fn sizes_and_offsets_stay_on_64_bit() {
    assert_eq!((size_of::<Text>(), align_of::<Text>()), (16, 8));
    assert_eq!([offset_of!(Text, data), offset_of!(Text, len)], [0, 8]);
    assert_eq!((size_of::<Bytes>(), align_of::<Bytes>()), (16, 8));
    assert_eq!([offset_of!(Bytes, data), offset_of!(Bytes, len)], [0, 8]);

    // Of minor 0; minors 1 and 2 append a field each, minors 6 and 7 two.
    assert_eq!(abi::SMALLEST_DESCRIPTOR, 72);
    assert_eq!((size_of::<Descriptor>(), align_of::<Descriptor>()), (152, 8));
    assert_eq!(
        [
            offset_of!(Descriptor, api_version),
            offset_of!(Descriptor, forward),
            offset_of!(Descriptor, backward),
            offset_of!(Descriptor, usable_since),
            offset_of!(Descriptor, source_digest),
            offset_of!(Descriptor, replaces),
            offset_of!(Descriptor, replaced),
            offset_of!(Descriptor, loses),
            offset_of!(Descriptor, lost),
        ],
        [40, 56, 64, 72, 88, 120, 128, 136, 144]
    );

    // Of minors 0 to 2; minors 3 and 5 append a function each.
    assert_eq!(abi::SMALLEST_CALL, 64);
    assert_eq!((size_of::<Call>(), align_of::<Call>()), (80, 8));
    assert_eq!(
        [
            offset_of!(Call, size),
            offset_of!(Call, abi_minor),
            offset_of!(Call, database),
            offset_of!(Call, routines),
            offset_of!(Call, context),
            offset_of!(Call, log),
            offset_of!(Call, progress),
            offset_of!(Call, should_stop),
            offset_of!(Call, fail),
            offset_of!(Call, perform),
            offset_of!(Call, stage),
        ],
        [0, 4, 8, 16, 24, 32, 40, 48, 56, 64, 72]
    );

    // Of minors 0 to 3; minor 4 appends a list.
    assert_eq!(abi::SMALLEST_FAILURE, 72);
    assert_eq!((size_of::<Failure>(), align_of::<Failure>()), (88, 8));
    assert_eq!(
        [
            offset_of!(Failure, size),
            offset_of!(Failure, kind),
            offset_of!(Failure, message),
            offset_of!(Failure, causes),
            offset_of!(Failure, cause_count),
            offset_of!(Failure, file),
            offset_of!(Failure, line),
            offset_of!(Failure, column),
            offset_of!(Failure, sqlite_code),
            offset_of!(Failure, statements),
            offset_of!(Failure, statement_count),
        ],
        [0, 4, 8, 24, 32, 40, 56, 60, 64, 72, 80]
    );

    assert_eq!((size_of::<Statement>(), align_of::<Statement>()), (48, 8));
    assert_eq!(
        [
            offset_of!(Statement, size),
            offset_of!(Statement, cause),
            offset_of!(Statement, line),
            offset_of!(Statement, column),
            offset_of!(Statement, file),
            offset_of!(Statement, sql),
        ],
        [0, 4, 8, 12, 16, 32]
    );
}

#[cfg(target_pointer_width = "64")]
#[test]
fn stages_and_batches_stay_on_64_bit() {
    assert_eq!((size_of::<Stage>(), align_of::<Stage>()), (72, 8));
    assert_eq!(
        [
            offset_of!(Stage, size),
            offset_of!(Stage, kind),
            offset_of!(Stage, table),
            offset_of!(Stage, operations),
            offset_of!(Stage, skip_failures),
            offset_of!(Stage, worker),
            offset_of!(Stage, count),
            offset_of!(Stage, work),
        ],
        [0, 4, 8, 24, 40, 48, 56, 64]
    );
    assert_eq!((size_of::<Batch>(), align_of::<Batch>()), (56, 8));
    assert_eq!(
        [
            offset_of!(Batch, size),
            offset_of!(Batch, pass_over),
            offset_of!(Batch, rows),
            offset_of!(Batch, nanoseconds),
            offset_of!(Batch, cursor),
            offset_of!(Batch, taker),
            offset_of!(Batch, answer),
        ],
        [0, 4, 8, 16, 24, 40, 48]
    );
    assert_eq!((size_of::<BatchOutcome>(), align_of::<BatchOutcome>()), (96, 8));
    assert_eq!(
        [
            offset_of!(BatchOutcome, size),
            offset_of!(BatchOutcome, ended),
            offset_of!(BatchOutcome, seen),
            offset_of!(BatchOutcome, read),
            offset_of!(BatchOutcome, changed),
            offset_of!(BatchOutcome, cursor),
            offset_of!(BatchOutcome, key),
            offset_of!(BatchOutcome, values),
            offset_of!(BatchOutcome, reason),
        ],
        [0, 4, 8, 16, 24, 32, 48, 64, 80]
    );
}
