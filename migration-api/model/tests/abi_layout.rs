//! Freezes the C boundary of models: a change that moves a field breaks every library already built.
//! If a test here fails, append instead of moving, or raise `abi::MAJOR`.

use std::mem::{align_of, offset_of, size_of};

use migration_model::abi::{self, Call, Descriptor, Failure, Renamed, Sql, Text};

#[test]
fn magic_symbol_major_and_numbers_stay() {
    assert_eq!((abi::SYMBOL, &abi::MAGIC, abi::MAJOR), ("RUNNER_MODELS", b"RUNNERMO", 1));
    assert_eq!((abi::DONE, abi::FAILED, abi::RENAMED_TABLE, abi::RENAMED_COLUMN), (0, 1, 1, 2));
}

#[test]
fn the_head_of_a_descriptor_is_the_same_on_every_platform() {
    let head = [
        offset_of!(Descriptor, magic),
        offset_of!(Descriptor, size),
        offset_of!(Descriptor, abi_major),
        offset_of!(Descriptor, abi_minor),
        offset_of!(Descriptor, model_version),
    ];
    assert_eq!(head, [0, 8, 12, 14, 16]);
}

#[cfg(target_pointer_width = "64")]
#[test]
fn sizes_and_offsets_stay_on_64_bit() {
    assert_eq!((size_of::<Text>(), align_of::<Text>()), (16, 8));
    assert_eq!([offset_of!(Text, data), offset_of!(Text, len)], [0, 8]);

    // Of minor 0; minor 1 appends a field.
    assert_eq!(abi::SMALLEST_DESCRIPTOR, 40);
    assert_eq!((size_of::<Descriptor>(), align_of::<Descriptor>()), (72, 8));
    assert_eq!(offset_of!(Descriptor, describe), 32);
    assert_eq!(offset_of!(Descriptor, source_digest), 40);

    assert_eq!((size_of::<Call>(), align_of::<Call>()), (40, 8));
    assert_eq!(
        [
            offset_of!(Call, size),
            offset_of!(Call, abi_minor),
            offset_of!(Call, context),
            offset_of!(Call, sql),
            offset_of!(Call, renamed),
            offset_of!(Call, fail),
        ],
        [0, 4, 8, 16, 24, 32]
    );

    assert_eq!((size_of::<Sql>(), align_of::<Sql>()), (40, 8));
    assert_eq!(
        [
            offset_of!(Sql, size),
            offset_of!(Sql, line),
            offset_of!(Sql, file),
            offset_of!(Sql, text)
        ],
        [0, 4, 8, 24]
    );

    assert_eq!((size_of::<Renamed>(), align_of::<Renamed>()), (56, 8));
    assert_eq!(
        [
            offset_of!(Renamed, size),
            offset_of!(Renamed, kind),
            offset_of!(Renamed, table),
            offset_of!(Renamed, from),
            offset_of!(Renamed, to),
        ],
        [0, 4, 8, 24, 40]
    );

    assert_eq!((size_of::<Failure>(), align_of::<Failure>()), (40, 8));
    assert_eq!(
        [
            offset_of!(Failure, size),
            offset_of!(Failure, line),
            offset_of!(Failure, message),
            offset_of!(Failure, file),
        ],
        [0, 4, 8, 24]
    );
}
