//! Where a rollback journal keeps the pages of a database as they were
//! (<https://sqlite.org/fileformat2.html#the_rollback_journal>).

use std::collections::HashMap;

use rusqlite::ffi;

/// Where the pages are that a database had before a transaction.
pub(crate) struct OldPages {
    page_size: i64,
    /// How many pages there were.
    count: i64,
    /// Where in the journal a page lies, by its number less one; the others still lie in the database.
    in_journal: HashMap<i64, i64>,
}

/// Where to read from.
pub(crate) struct Part {
    /// The place in the journal; `None`: where it is in the database.
    pub(crate) in_journal: Option<i64>,
    pub(crate) length: usize,
}

/// The head of a part of the journal. Each part has as many pages as were synced at once; in the last one
/// they may not be synced yet, and then none of them is written over.
struct Head {
    records: Option<u32>,
    pages: u32,
    sector_size: u32,
    page_size: u32,
}

impl Head {
    const LENGTH: usize = 28;
    const MAGIC: [u8; 8] = [0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7];

    fn read(bytes: &[u8; Self::LENGTH]) -> Self {
        let number = |at: usize| {
            bytes[at..at + 4].iter().fold(0, |number, byte| number << 8 | u32::from(*byte))
        };
        Self {
            records: (bytes[..8] == Self::MAGIC).then(|| number(8)),
            pages: number(16),
            sector_size: number(20),
            page_size: number(24),
        }
    }
}

impl OldPages {
    /// Those of a journal that has `size` bytes and is read by `read`.
    ///
    /// # Errors
    /// It cannot be read, or is no journal.
    pub(crate) fn of(
        size: i64,
        mut read: impl FnMut(&mut [u8], i64) -> rusqlite::Result<()>,
    ) -> rusqlite::Result<Self> {
        /// SQLite cannot know how many there are: all to the end.
        const ALL: u32 = u32::MAX;
        let mut bytes = [0; Head::LENGTH];
        read(&mut bytes, 0)?;
        let mut head = Head::read(&bytes);
        let (sector, page) = (i64::from(head.sector_size), i64::from(head.page_size));
        if !(512..=65536).contains(&page) || !(32..=65536).contains(&sector) {
            return Err(rusqlite::Error::SqliteFailure(
                ffi::Error::new(ffi::SQLITE_CORRUPT),
                Some("the rollback journal cannot be read".into()),
            ));
        }
        let mut old =
            Self { page_size: page, count: i64::from(head.pages), in_journal: HashMap::new() };
        // The number of the page, the page, and a checksum.
        let record = 4 + page + 4;
        let mut at = 0;
        while let Some(records) = head.records {
            let first = at + sector;
            let fit = (size - first).max(0) / record;
            let records = if records == ALL { fit } else { fit.min(i64::from(records)) };
            for number in 0..records {
                let place = first + number * record;
                let mut page = [0; 4];
                read(&mut page, place)?;
                let page = i64::from(u32::from_be_bytes(page)) - 1;
                old.in_journal.entry(page).or_insert(place + 4);
            }
            at = (first + records * record + sector - 1) / sector * sector;
            if records == 0 || at + sector > size {
                break;
            }
            read(&mut bytes, at)?;
            head = Head::read(&bytes);
        }
        Ok(old)
    }

    /// How many bytes the database had.
    pub(crate) fn size(&self) -> i64 {
        self.count * self.page_size
    }

    /// Where to read from the place `at` on, up to `most` bytes; `None` at the end.
    pub(crate) fn find(&self, at: i64, most: usize) -> Option<Part> {
        if most == 0 || at >= self.size() {
            return None;
        }
        let (page, inside) = (at / self.page_size, at % self.page_size);
        let in_journal = self.in_journal.get(&page).map(|place| place + inside);
        let left = usize::try_from(self.page_size - inside).unwrap_or(usize::MAX);
        Some(Part { in_journal, length: left.min(most) })
    }
}
