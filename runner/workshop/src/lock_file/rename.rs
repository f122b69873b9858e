//! A package of the workspace gets another name in the lock file: everything else in it stays.

use std::io;
use std::path::Path;

use super::lock::Lock;
use runner_engine::{regular_file, whole_file};

/// Calls the package `old` of `workspace` `new` in its lock file. Where there is none, or another text than cargo writes,
/// the next build does it.
///
/// # Errors
/// The file cannot be written.
pub(crate) fn rename(workspace: &Path, old: &str, new: &str) -> io::Result<()> {
    let path = workspace.join("Cargo.lock");
    let text = regular_file::read_text(&path, regular_file::TEXT).unwrap_or_default();
    let Some(mut lock) = Lock::of(&text) else { return Ok(()) };
    lock.rename(old, new);
    let renamed = lock.text();
    if renamed == text { Ok(()) } else { whole_file::write(&path, renamed.as_bytes()) }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn package(name: &str) -> String {
        format!(
            "[[package]]\nname = \"{name}\"\nversion = \"0.0.0\"\ndependencies = [\n \"migration-api\",\n]\n"
        )
    }

    fn lock(names: [&str; 3]) -> String {
        format!("version = 4\n\n{}", names.map(package).join("\n"))
    }

    #[test]
    fn a_package_with_another_name_stands_where_cargo_would_put_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("Cargo.lock");
        fs::write(&path, lock(["m1_a", "m2_b", "migration-api"])).unwrap();
        rename(folder.path(), "m1_a", "m3_a").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), lock(["m2_b", "m3_a", "migration-api"]));
        fs::write(&path, "<<<<<<< HEAD\n").unwrap();
        rename(folder.path(), "m1_a", "m3_a").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "<<<<<<< HEAD\n");
        fs::remove_file(&path).unwrap();
        rename(folder.path(), "m1_a", "m3_a").unwrap();
        assert!(!path.exists());
    }
}
