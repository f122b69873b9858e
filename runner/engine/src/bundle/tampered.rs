//! Tests that a change of any byte of a bundle is found. The libraries here are not real: they are
//! never loaded.

use super::compress::compress;
use super::header::BLOCK;
use super::layout::END;
use super::manifest::{Abi, Bundled, FORMAT, Manifest, Sized, TARGET};
use super::{Bundle, BundleError, Flaw, PackedLibrary, write};
use migration_api::abi;

/// A small bundle of two migrations.
fn bundle() -> Vec<u8> {
    bundle_of(&manifest(), &libraries())
}

fn libraries() -> [Vec<u8>; 2] {
    [vec![1; 700], (0..=255).collect()]
}

fn manifest() -> Manifest {
    let [first, second] = libraries();
    let bundled = |id: &str, library: &[u8], before: &[u8]| Bundled {
        id: id.parse().unwrap(),
        source_digest: "source".into(),
        reversible: true,
        replaces: Vec::new(),
        transactional: true,
        library: Sized::of(library),
        packed: Sized::of(&compress(library, before).unwrap()),
    };
    Manifest {
        format: FORMAT,
        target: TARGET.to_owned(),
        abi: Abi { major: abi::MAJOR, minor: abi::MINOR },
        runner: "0.1.0".into(),
        migration_api: "0.1.0".into(),
        rustc: "rustc 1.95.0".into(),
        migrations: vec![
            bundled("20250101_000000_a", &first, &[]),
            bundled("20250102_000000_b", &second, &first),
        ],
        repeatable: None,
    }
}

fn bundle_of(manifest: &Manifest, [first, second]: &[Vec<u8>; 2]) -> Vec<u8> {
    let bytes = [compress(first, &[]).unwrap(), compress(second, first).unwrap()];
    let all: Vec<_> = manifest
        .migrations
        .iter()
        .zip(bytes)
        .map(|(bundled, bytes)| PackedLibrary { bundled: bundled.clone(), bytes })
        .collect();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bundle");
    write(&path, manifest, &all).unwrap();
    std::fs::read(path).unwrap()
}

/// Reads all of it.
fn verify(bytes: Vec<u8>) -> Result<(), BundleError> {
    Bundle::from_bytes(bytes)?.verify()
}

#[test]
fn a_changed_byte_anywhere_is_refused() {
    let good = bundle();
    verify(good.clone()).unwrap();
    for place in 0..good.len() {
        for bit in [0x01, 0x20, 0x80, 0xff] {
            let mut bytes = good.clone();
            bytes[place] ^= bit;
            assert!(verify(bytes).is_err(), "byte {place} of {} ^ {bit:#x}", good.len());
        }
    }
}

#[test]
fn a_bundle_of_any_other_length_is_refused() {
    let good = bundle();
    for length in 0..good.len() {
        assert!(verify(good[..length].to_vec()).is_err(), "{length} of {} bytes", good.len());
    }
    for more in [1, BLOCK as usize, END as usize] {
        let longer = [good.clone(), vec![0; more]].concat();
        let flaw = verify(longer).unwrap_err().flaw;
        assert!(matches!(flaw, Flaw::Longer { .. }), "{flaw}");
    }
}

#[test]
fn a_block_that_is_missing_doubled_or_moved_is_refused() {
    let good = bundle();
    let blocks: Vec<&[u8]> = good.chunks(BLOCK as usize).collect();
    for place in 0..blocks.len() {
        let mut missing = blocks.clone();
        missing.remove(place);
        assert!(verify(missing.concat()).is_err(), "without block {place}");
        let mut twice = blocks.clone();
        twice.insert(place, blocks[place]);
        assert!(verify(twice.concat()).is_err(), "twice block {place}");
        for other in 0..place {
            let mut moved = blocks.clone();
            moved.swap(place, other);
            assert!(moved == blocks || verify(moved.concat()).is_err(), "{place} and {other}");
        }
    }
}

#[test]
fn a_bundle_with_digests_that_are_right_and_a_manifest_that_is_not_is_refused() {
    let flaw = |change: fn(&mut Manifest)| {
        let mut manifest = manifest();
        change(&mut manifest);
        verify(bundle_of(&manifest, &libraries())).unwrap_err().flaw.to_string()
    };
    let of = |texts: [String; 6]| texts.join("\n");
    insta::assert_snapshot!(of([
        flaw(|manifest| manifest.format = 2),
        flaw(|manifest| manifest.abi.major = 9),
        flaw(|manifest| manifest.migrations.swap(0, 1)),
        flaw(|manifest| manifest.migrations[1].id = manifest.migrations[0].id.clone()),
        flaw(|manifest| manifest.migrations[1].library.size = u64::MAX),
        flaw(|manifest| manifest.migrations[1].packed.size = u64::MAX),
    ]), @"
    it has the format 2, and this runner reads 1
    it speaks version 9 of the plugin ABI, and this runner speaks 1
    its manifest names `20250101_000000_a` where an older migration, or none, should be
    its manifest names `20250101_000000_a` where an older migration, or none, should be
    its manifest claims too many bytes for `20250102_000000_b`
    its manifest claims too many bytes for `20250102_000000_b`
    ");
    let other = flaw(|manifest| manifest.target = "sparc-sun-solaris".into());
    assert!(other.starts_with("it was built for `sparc-sun-solaris`"), "{other}");
}

#[test]
fn a_file_of_another_kind_is_no_bundle() {
    for other in [&b""[..], b"PK\x03\x04", &[0; 10_000], &[b'x'; 10_000]] {
        let flaw = verify(other.to_vec()).unwrap_err().flaw;
        assert!(matches!(flaw, Flaw::NoBundle | Flaw::CutShort { .. }), "{flaw}");
    }
}
