//! A bundle taken apart, to be put together otherwise: with all its digests right.

use runner::bundle::{Manifest, Sized};
use tar::{EntryType, Header};

/// An entry of a tar archive.
#[derive(Clone)]
pub(crate) struct Entry {
    pub(crate) name: Vec<u8>,
    pub(crate) kind: EntryType,
    pub(crate) bytes: Vec<u8>,
}

impl Entry {
    pub(crate) fn file(name: &str, bytes: &[u8]) -> Self {
        Self { name: name.into(), kind: EntryType::Regular, bytes: bytes.to_vec() }
    }
}

/// What is in a bundle.
#[derive(Clone)]
pub(crate) struct Archive {
    pub(crate) manifest: Manifest,
    /// What comes after the manifest.
    pub(crate) entries: Vec<Entry>,
}

impl Archive {
    pub(crate) fn read(bundle: &[u8]) -> Self {
        let mut archive = tar::Archive::new(bundle);
        let mut entries = archive.entries().unwrap().map(|entry| {
            let mut entry = entry.unwrap();
            let mut bytes = Vec::new();
            std::io::Read::read_to_end(&mut entry, &mut bytes).unwrap();
            Entry { name: entry.path_bytes().into_owned(), kind: EntryType::Regular, bytes }
        });
        let _digest = entries.next().unwrap();
        let manifest = serde_json::from_slice(&entries.next().unwrap().bytes).unwrap();
        Self { manifest, entries: entries.collect() }
    }

    /// Puts other bytes in the place of a library, and says so in the manifest.
    pub(crate) fn replace(&mut self, place: usize, library: &[u8]) {
        let mut packed = zstd::stream::write::Encoder::new(Vec::new(), 1).unwrap();
        std::io::Write::write_all(&mut packed, library).unwrap();
        let packed = packed.finish().unwrap();
        self.manifest.migrations[place].library = Sized::of(library);
        self.manifest.migrations[place].packed = Sized::of(&packed);
        self.entries[place].bytes = packed;
    }

    /// Its only migration, `id`, under so many ids.
    pub(crate) fn multiplied(mut self, id: &str, count: usize) -> Self {
        let one = zstd::decode_all(self.entries[0].bytes.as_slice()).unwrap();
        let (migration, entry) = (self.manifest.migrations.remove(0), self.entries.remove(0));
        let places: Vec<_> = memchr::memmem::find_iter(&one, id).collect();
        for number in 0..count {
            let other = format!(
                "20200101_{:02}{:02}{:02}{}",
                number / 3600,
                number / 60 % 60,
                number % 60,
                &id[15..]
            );
            let mut library = one.clone();
            for place in &places {
                library[*place..][..id.len()].copy_from_slice(other.as_bytes());
            }
            self.manifest.migrations.push(migration.clone());
            self.manifest.migrations[number].id = other.parse().unwrap();
            self.entries
                .push(Entry { name: format!("migrations/{other}.zst").into(), ..entry.clone() });
            self.replace(number, &library);
        }
        self
    }

    pub(crate) fn write(&self) -> Vec<u8> {
        let mut manifest = serde_json::to_vec_pretty(&self.manifest).unwrap();
        manifest.push(b'\n');
        let digest = format!("{}  manifest.json\n", Sized::of(&manifest).sha256);
        let mut bundle = Vec::new();
        let beginning = [
            Entry::file("manifest.sha256", digest.as_bytes()),
            Entry::file("manifest.json", &manifest),
        ];
        for entry in beginning.iter().chain(&self.entries) {
            bundle.extend(header(entry).as_bytes());
            bundle.extend(&entry.bytes);
            bundle.resize(bundle.len().next_multiple_of(512), 0);
        }
        bundle.extend([0; 1024]);
        bundle
    }
}

/// The header as a bundle has it; the name is written as it is, whatever it leads to.
fn header(entry: &Entry) -> Header {
    let mut header = Header::new_ustar();
    header.as_mut_bytes()[..entry.name.len()].copy_from_slice(&entry.name);
    header.set_entry_type(entry.kind);
    header.set_size(entry.bytes.len() as u64);
    header.set_mode(0o644);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(0);
    header.set_cksum();
    header
}
