//! A cargo workspace around the project must leave the migrations alone.

use std::path::Path;

use toml_edit::{Array, DocumentMut, Item};

use super::{ScaffoldError, unreadable, unwritable};
use runner_engine::regular_file;
use runner_engine::whole_file;

/// If `root` is a cargo workspace whose members could include the folder `migrations`, adds that
/// folder to `exclude`; nothing else of the manifest changes. Gives whether it wrote.
///
/// # Errors
/// A manifest that is no TOML; a file that cannot be written.
pub(super) fn exclude(root: &Path, migrations: &str) -> Result<bool, ScaffoldError> {
    let path = root.join("Cargo.toml");
    if !path.is_file() {
        return Ok(false);
    }
    let text = regular_file::read_text(&path, regular_file::SETTINGS).map_err(unreadable(&path))?;
    let mut manifest: DocumentMut = text.parse().map_err(|source| ScaffoldError::BadManifest {
        path: path.clone(),
        source: Box::new(source),
    })?;
    let Some(workspace) = manifest.get_mut("workspace").and_then(Item::as_table_like_mut) else {
        return Ok(false);
    };
    let excluded = workspace.entry("exclude").or_insert(toml_edit::value(Array::new()));
    let Some(excluded) = excluded.as_array_mut() else {
        return Ok(false);
    };
    if excluded.iter().any(|folder| folder.as_str() == Some(migrations)) {
        return Ok(false);
    }
    excluded.push(migrations);
    whole_file::write(&path, manifest.to_string().as_bytes()).map_err(unwritable(&path))?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn after(manifest: &str) -> (bool, String) {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("Cargo.toml");
        fs::write(&path, manifest).unwrap();
        let wrote = exclude(root.path(), "migrations").unwrap();
        (wrote, fs::read_to_string(path).unwrap())
    }

    #[test]
    fn a_workspace_excludes_the_migrations_and_keeps_the_rest_as_it_was() {
        let (wrote, text) = after("# mine\n[workspace]\nmembers = [\"*\"] # all\n");
        assert!(wrote);
        assert_eq!(
            text,
            "# mine\n[workspace]\nmembers = [\"*\"] # all\nexclude = [\"migrations\"]\n"
        );
        assert_eq!(after(&text), (false, text.clone()));
        let (_, text) = after("[workspace]\nexclude = [\"old\"]\n");
        assert_eq!(text, "[workspace]\nexclude = [\"old\", \"migrations\"]\n");
    }

    #[test]
    fn a_package_without_a_workspace_is_left_alone() {
        let package = "[package]\nname = 'a'\n";
        assert_eq!(after(package), (false, package.to_owned()));
        let nowhere = tempfile::tempdir().unwrap();
        assert!(!exclude(nowhere.path(), "migrations").unwrap());
    }
}
