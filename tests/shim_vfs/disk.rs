//! A folder on a disk that keeps its promises and no more: what was synced lasts, the rest is lost,
//! kept or torn when the power is cut.

use std::collections::BTreeMap;

use super::recording::Change;

/// Files by name.
pub type Files = BTreeMap<String, Vec<u8>>;

/// A disk writes these or does not; each by itself, in any order.
const SECTOR: usize = 512;

/// What becomes of that which was not synced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Loss {
    /// All of it is gone.
    Dropped,
    /// All of it is there.
    Kept,
    /// What is in the files is there, but not that files were made or deleted.
    NamesDropped,
    /// The disk came as far as some sector; the number chooses it.
    Cut(u64),
    /// About half of the sectors are there, as if written in any order; the number chooses them.
    Torn(u64),
}

/// The bytes of one file, under whatever name.
#[derive(Debug, Clone, Default)]
struct Content {
    lasting: Vec<u8>,
    unsynced: Vec<Piece>,
}

/// The smallest thing that happens wholly or not at all.
#[derive(Debug, Clone)]
enum Piece {
    Write { at: usize, bytes: Vec<u8> },
    Truncate { size: usize },
}

/// A folder.
#[derive(Debug, Clone, Default)]
pub struct Disk {
    contents: Vec<Content>,
    names: BTreeMap<String, usize>,
    /// Names that were given or, with nothing behind them, taken away since the folder was synced.
    unsynced_names: Vec<(String, Option<usize>)>,
}

impl Disk {
    /// One that holds `files`, all of it synced.
    pub fn with(files: Files) -> Self {
        let mut disk = Self::default();
        for (name, lasting) in files {
            disk.names.insert(name, disk.contents.len());
            disk.contents.push(Content { lasting, unsynced: Vec::new() });
        }
        disk
    }

    /// What a change does to it.
    pub fn take(&mut self, change: &Change) {
        match change {
            Change::Create { file } => {
                self.unsynced_names.push((file.clone(), Some(self.contents.len())));
                self.contents.push(Content::default());
            }
            Change::Write { file, at, bytes } => self.content(file).write(*at, bytes),
            Change::Truncate { file, size } => {
                self.content(file).unsynced.push(Piece::Truncate { size: *size });
            }
            Change::Sync { file, folder } => {
                self.content(file).sync();
                self.sync_names(*folder);
            }
            Change::Delete { file, folder } => {
                self.unsynced_names.push((file.clone(), None));
                self.sync_names(*folder);
            }
            Change::Rename { from, to } => {
                let content = self.place(from);
                self.unsynced_names.push((to.clone(), Some(content)));
                self.unsynced_names.push((from.clone(), None));
            }
            Change::SyncFolder => self.sync_names(true),
            Change::Told => {}
        }
    }

    /// What is found after a power cut now.
    pub fn after_power_cut(&self, loss: Loss) -> Files {
        let mut dice = Dice::of(loss);
        let mut names = self.names.clone();
        let lasting_names = match loss {
            Loss::Dropped | Loss::NamesDropped => 0,
            Loss::Kept => self.unsynced_names.len(),
            Loss::Cut(_) | Loss::Torn(_) => dice.below(self.unsynced_names.len() + 1),
        };
        apply(&mut names, &self.unsynced_names[..lasting_names]);
        let content = |at: usize| self.contents[at].after_power_cut(loss, &mut dice);
        let (names, places): (Vec<_>, Vec<_>) = names.into_iter().unzip();
        names.into_iter().zip(places.into_iter().map(content)).collect()
    }

    fn content(&mut self, name: &str) -> &mut Content {
        let place = self.place(name);
        &mut self.contents[place]
    }

    fn place(&self, name: &str) -> usize {
        let mut names = self.names.clone();
        apply(&mut names, &self.unsynced_names);
        names[name]
    }

    fn sync_names(&mut self, folder: bool) {
        if folder {
            apply(&mut self.names, &std::mem::take(&mut self.unsynced_names));
        }
    }
}

fn apply(names: &mut BTreeMap<String, usize>, changes: &[(String, Option<usize>)]) {
    for (name, place) in changes {
        match place {
            Some(place) => names.insert(name.clone(), *place),
            None => names.remove(name),
        };
    }
}

impl Content {
    /// Splits what is written where the disk's sectors end.
    fn write(&mut self, mut at: usize, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let (piece, rest) = bytes.split_at(bytes.len().min(SECTOR - at % SECTOR));
            self.unsynced.push(Piece::Write { at, bytes: piece.to_vec() });
            at += piece.len();
            bytes = rest;
        }
    }

    fn sync(&mut self) {
        for piece in std::mem::take(&mut self.unsynced) {
            piece.happen_to(&mut self.lasting);
        }
    }

    fn after_power_cut(&self, loss: Loss, dice: &mut Dice) -> Vec<u8> {
        let mut bytes = self.lasting.clone();
        let reached = match loss {
            Loss::Dropped => 0,
            Loss::Cut(_) => dice.below(self.unsynced.len() + 1),
            Loss::Kept | Loss::NamesDropped | Loss::Torn(_) => self.unsynced.len(),
        };
        for piece in &self.unsynced[..reached] {
            // An older version of a sector may stay although a newer one was written after it: left
            // out here is as good as written in another order.
            if !matches!(loss, Loss::Torn(_)) || dice.below(2) == 0 {
                piece.happen_to(&mut bytes);
            }
        }
        bytes
    }
}

impl Piece {
    fn happen_to(&self, file: &mut Vec<u8>) {
        match self {
            Self::Write { at, bytes } => {
                let end = at + bytes.len();
                // A hole reads as zeros.
                file.resize(file.len().max(end), 0);
                file[*at..end].copy_from_slice(bytes);
            }
            Self::Truncate { size } => file.truncate(*size),
        }
    }
}

/// Numbers that look random and are the same in every run (splitmix64).
struct Dice(u64);

impl Dice {
    fn of(loss: Loss) -> Self {
        match loss {
            Loss::Cut(seed) | Loss::Torn(seed) => Self(seed),
            Loss::Dropped | Loss::Kept | Loss::NamesDropped => Self(0),
        }
    }

    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((bits ^ (bits >> 31)) % end as u64) as usize
    }
}
