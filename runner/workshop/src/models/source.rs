//! What `models = "..."` in `runner.toml` means.

use std::path::{Path, PathBuf};

use super::failure::ModelsError;

/// Where the models are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ModelsSource {
    /// A file of SQL.
    SqlFile(PathBuf),
    /// The folder of a crate.
    Crate(PathBuf),
}

impl ModelsSource {
    /// Models at `path`: a name that ends in `.sql` is that of a file, any other that of a crate's
    /// folder. Whether it is there is asked when the models are needed.
    #[must_use]
    pub fn of(path: PathBuf) -> Self {
        if path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("sql")) {
            Self::SqlFile(path)
        } else {
            Self::Crate(path)
        }
    }

    /// The file or the folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        match self {
            Self::SqlFile(path) | Self::Crate(path) => path,
        }
    }

    /// Checks that there is what the name promises.
    ///
    /// # Errors
    /// There is not.
    pub(super) fn inspect(&self) -> Result<(), ModelsError> {
        let path = self.path().to_owned();
        if !path.exists() {
            return Err(ModelsError::NotThere { path });
        }
        let is_right = match self {
            Self::SqlFile(file) => file.is_file(),
            Self::Crate(folder) => folder.join("Cargo.toml").is_file(),
        };
        if is_right { Ok(()) } else { Err(ModelsError::NoModels { path }) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_tells_a_file_of_sql_from_a_crate() {
        let file = |path: &str| matches!(ModelsSource::of(path.into()), ModelsSource::SqlFile(_));
        assert!(file("schema.sql") && file("/x/Schema.SQL"));
        assert!(!file("models") && !file("../app") && !file("schema.sql.d"));
    }
}
