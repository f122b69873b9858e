//! Adds to `exclude_tables` in `runner.toml`, and keeps the rest of the file as it is.

use std::io;
use std::path::Path;

use toml_edit::{Array, DocumentMut, value};

use super::ConfigError;
use super::file::ConfigFile;
use crate::schema::ExcludedTables;
use runner_engine::regular_file;
use runner_engine::whole_file;

const KEY: &str = "exclude_tables";

/// Adds `tables` to those that the configuration file `path` excludes. `false`: they are there, and nothing was
/// written.
///
/// # Errors
/// A file that is wrong, or that cannot be written.
pub fn exclude_tables(path: &Path, tables: &[String]) -> Result<bool, ConfigError> {
    let excluded = ExcludedTables::from(ConfigFile::read(path)?.exclude_tables);
    let new: Vec<_> = tables.iter().filter(|table| !excluded.contain(table)).collect();
    if new.is_empty() {
        return Ok(false);
    }
    let text = regular_file::read_text(path, regular_file::SETTINGS)
        .map_err(|source| ConfigError::Unreadable { path: path.to_owned(), source })?;
    let unwritable = |source| ConfigError::Unwritable { path: path.to_owned(), source };
    let mut file: DocumentMut =
        text.parse().map_err(|error| unwritable(io::Error::other(error)))?;
    let list = file.entry(KEY).or_insert(value(Array::new()));
    // A file with anything but a list there was not read.
    if let Some(list) = list.as_array_mut() {
        list.extend(new.into_iter().map(String::as_str));
    }
    whole_file::write(path, file.to_string().as_bytes()).map_err(unwritable)?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn tables_are_added_once_and_the_rest_stays_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("runner.toml");
        let before = "# ours\ndatabase = 'a.db' # here\n\n# models = \"app\"\n";
        fs::write(&path, before).unwrap();
        let tables = ["schema_migrations".to_owned(), "ar_internal_metadata".to_owned()];
        assert!(exclude_tables(&path, &tables[..1]).unwrap());
        assert!(exclude_tables(&path, &tables).unwrap());
        assert!(!exclude_tables(&path, &tables).unwrap());
        let list = "exclude_tables = [\"schema_migrations\", \"ar_internal_metadata\"]\n";
        let expected = before.replace("# here\n", &format!("# here\n{list}"));
        assert_eq!(fs::read_to_string(&path).unwrap(), expected);
    }
}
