//! Reads a file block by block for whoever asks for many small pieces of it that lie close together, as those that
//! are looked at in a library do: a hundred in five places.

use std::fs::File;
use std::io::{self, Read as _, Seek, SeekFrom};

use object::read::ReadCacheOps;

/// Bytes in a block. All that is before the code of a library fits into one.
const BLOCK: usize = 8 << 10;

/// A file, and the blocks of it that were read.
pub(super) struct Blocks {
    file: File,
    length: u64,
    /// Where the next piece begins.
    at: u64,
    /// Each with the offset where it begins. There are as many as there are places that are looked at, since larger
    /// pieces pass by them.
    read: Vec<(u64, Vec<u8>)>,
}

impl Blocks {
    /// `file`, which has `length` bytes.
    pub(super) fn of(file: File, length: u64) -> Self {
        Self { file, length, at: 0, read: Vec::new() }
    }

    /// The rest of the block that the next piece begins in.
    fn rest(&mut self) -> Result<&[u8], ()> {
        let start = self.at - self.at % BLOCK as u64;
        let place = match self.read.iter().position(|(it, _)| *it == start) {
            Some(place) => place,
            None => {
                let mut block = Vec::with_capacity(BLOCK);
                Seek::seek(&mut self.file, SeekFrom::Start(start)).map_err(drop)?;
                (&self.file).take(BLOCK as u64).read_to_end(&mut block).map_err(drop)?;
                self.read.push((start, block));
                self.read.len() - 1
            }
        };
        let skipped = usize::try_from(self.at - start).map_err(drop)?;
        self.read[place].1.get(skipped..).ok_or(())
    }
}

impl ReadCacheOps for Blocks {
    fn len(&mut self) -> Result<u64, ()> {
        Ok(self.length)
    }

    fn seek(&mut self, at: u64) -> Result<u64, ()> {
        self.at = at;
        Ok(at)
    }

    fn read(&mut self, piece: &mut [u8]) -> Result<usize, ()> {
        let rest = self.rest()?;
        let read = rest.len().min(piece.len());
        piece[..read].copy_from_slice(&rest[..read]);
        self.at += read as u64;
        Ok(read)
    }

    fn read_exact(&mut self, piece: &mut [u8]) -> Result<(), ()> {
        if piece.len() > BLOCK {
            Seek::seek(&mut self.file, SeekFrom::Start(self.at)).map_err(drop)?;
            io::Read::read_exact(&mut self.file, piece).map_err(drop)?;
            self.at += piece.len() as u64;
            return Ok(());
        }
        let mut rest = piece;
        while !rest.is_empty() {
            match self.read(rest)? {
                0 => return Err(()),
                read => rest = &mut rest[read..],
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_piece_is_what_the_file_has_there_wherever_it_begins_and_ends() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("library");
        let bytes: Vec<u8> = (0..5 * BLOCK + 7).map(|at| (at / 3) as u8).collect();
        fs::write(&path, &bytes).unwrap();
        let mut blocks = Blocks::of(File::open(&path).unwrap(), bytes.len() as u64);
        let ends = [1, 100, BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK + 9];
        for start in [0, 5, BLOCK - 3, BLOCK, 3 * BLOCK - 9] {
            for length in ends {
                let mut piece = vec![0; length];
                blocks.seek(start as u64).unwrap();
                blocks.read_exact(&mut piece).unwrap();
                assert_eq!(piece, bytes[start..start + length]);
            }
        }
        // Behind the end there is nothing, and of what goes beyond it what is there.
        blocks.seek(bytes.len() as u64 - 7).unwrap();
        assert_eq!(blocks.read(&mut [0; 9]), Ok(7));
        assert_eq!(blocks.read(&mut [0; 9]), Ok(0));
        assert_eq!(blocks.read_exact(&mut [0; 9]), Err(()));
        blocks.seek(u64::MAX).unwrap();
        assert_eq!(blocks.read(&mut [0; 9]), Err(()));
    }
}
