//! Where the verdicts of a workspace are kept: a file in cargo's target folder, which several processes may add to.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use runner_engine::partial_file::{self, Readers};
use runner_engine::regular_file;
use runner_engine::sum::sha256;
use runner_engine::{MigrationId, Verdict, Verdicts};

use crate::cargo::file_in_target;

/// The verdicts that are kept for a workspace: a line with the SHA-256 of the rest, and JSON. To lose them costs trials,
/// so nothing about the file is an error for who reads it.
pub(crate) struct VerdictStore {
    place: PathBuf,
}

impl VerdictStore {
    /// That of `workspace`.
    pub(crate) fn of(workspace: &Path) -> Self {
        Self { place: file_in_target(workspace, "verdicts", "json") }
    }

    /// What is kept; nothing, if the file is not there or is damaged.
    pub(crate) fn read(&self) -> Verdicts {
        let content = regular_file::read_text(&self.place, regular_file::TEXT).ok();
        let sound = content.as_ref().and_then(|content| {
            let (sum, verdicts) = content.split_once('\n')?;
            (sum == sha256(verdicts.as_bytes())).then(|| serde_json::from_str(verdicts).ok())?
        });
        sound.unwrap_or_default()
    }

    /// Adds what was `found` to what others may add at the same time.
    ///
    /// # Errors
    /// A target folder that is not there, or that cannot be written.
    pub(crate) fn add(
        &self,
        found: impl IntoIterator<Item = (MigrationId, String, Verdict)>,
    ) -> io::Result<()> {
        // Where files cannot be locked, who writes last may not have seen what another one adds.
        let lock = File::create(self.place.with_extension("lock"))?;
        let _ = lock.lock();
        let mut verdicts = self.read();
        verdicts.extend(found);
        let text = serde_json::to_string(&verdicts).map_err(io::Error::other)?;
        let folder = self.place.parent().unwrap_or(Path::new("."));
        let file = partial_file::create(folder, Readers::Everyone)?;
        fs::write(&file, format!("{}\n{text}", sha256(text.as_bytes())))?;
        file.persist(&self.place)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use runner_engine::verdict::{FoundBy, WayBack};

    use super::*;

    fn store(folder: &tempfile::TempDir) -> VerdictStore {
        VerdictStore { place: folder.path().join("verdicts.json") }
    }

    fn found(number: usize) -> (MigrationId, String, Verdict) {
        let id = format!("20250101_0000{number:02}_a").parse().unwrap();
        (id, "source".into(), Verdict::now(FoundBy::Test, WayBack::Works, Vec::new()))
    }

    #[test]
    fn what_many_add_at_the_same_time_is_all_there() {
        let folder = tempfile::tempdir().unwrap();
        thread::scope(|scope| {
            for number in 0..20 {
                let store = store(&folder);
                scope.spawn(move || store.add([found(number)]).unwrap());
            }
        });
        let kept = store(&folder).read();
        assert!((0..20).all(|number| kept.joined(&found(number).0, "source").is_some()));
    }

    #[test]
    fn a_damaged_file_is_none_and_is_replaced() {
        let damages: [fn(&mut Vec<u8>); 5] = [
            |content| content.clear(),
            |content| content.truncate(content.len() - 1),
            |content| content.push(0xff),
            |content| content[80] ^= 1,
            |content| *content = b"[]".to_vec(),
        ];
        for damage in damages {
            let folder = tempfile::tempdir().unwrap();
            let store = store(&folder);
            store.add([found(1)]).unwrap();
            let mut content = fs::read(&store.place).unwrap();
            damage(&mut content);
            fs::write(&store.place, content).unwrap();
            assert!(store.read().is_empty());
            store.add([found(2)]).unwrap();
            let kept = store.read();
            assert!(kept.knows(&found(2).0) && !kept.knows(&found(1).0));
        }
    }

    #[test]
    fn without_a_target_folder_nothing_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let store = VerdictStore { place: folder.path().join("target/verdicts.json") };
        assert!(store.add([found(1)]).is_err() && store.read().is_empty());
    }
}
