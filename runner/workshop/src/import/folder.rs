//! The files of another tool's folder.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use runner_engine::regular_file;

use super::ImportError;

/// How far below the folder files are looked for: some tools have a folder for each migration, or for each release.
const DEPTH: usize = 4;

/// Folders of what is built, and of packages.
const LEFT_ALONE: [&str; 3] = ["target", "node_modules", "__pycache__"];

/// The files in a folder, sorted by their paths.
pub(super) struct Folder {
    pub(super) root: PathBuf,
    pub(super) files: Vec<SourceFile>,
}

/// A file of a folder.
pub(super) struct SourceFile {
    /// From the folder on.
    pub(super) path: PathBuf,
    /// The folders that it is in, the outermost first.
    pub(super) folders: Vec<String>,
    /// Its name.
    pub(super) name: String,
    /// What is in it, if it is of a kind that is read.
    pub(super) bytes: Vec<u8>,
    /// The same as text, without a byte order mark.
    pub(super) text: String,
}

impl Folder {
    /// The files in `root`.
    ///
    /// # Errors
    /// No folder; a file that cannot be read; files that are no UTF-8, all of them.
    pub(super) fn open(root: &Path) -> Result<Self, ImportError> {
        let mut files = Vec::new();
        let mut not_text = Vec::new();
        collect(root, &mut Vec::new(), &mut files, &mut not_text)?;
        if !not_text.is_empty() {
            not_text.sort();
            return Err(ImportError::NotUtf8 { files: not_text });
        }
        files.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(Self { root: root.to_owned(), files })
    }

    /// The file at this path below the folder.
    pub(super) fn file(&self, path: impl AsRef<Path>) -> Option<&SourceFile> {
        let path = path.as_ref();
        let found = self.files.binary_search_by(|file| file.path.as_path().cmp(path));
        found.ok().and_then(|at| self.files.get(at))
    }
}

impl SourceFile {
    /// The name without `ending`, if it has that, whatever its case.
    pub(super) fn without(&self, ending: &str) -> Option<&str> {
        let at = self.name.len().checked_sub(ending.len())?;
        let (stem, rest) = self.name.split_at_checked(at)?;
        rest.eq_ignore_ascii_case(ending).then_some(stem)
    }

    /// Whether it is in the folder itself, and in none below.
    pub(super) fn is_at_the_top(&self) -> bool {
        self.folders.is_empty()
    }

    /// The folder that it is in, if that is in the folder itself.
    pub(super) fn only_folder(&self) -> Option<&str> {
        match self.folders.as_slice() {
            [folder] => Some(folder),
            _ => None,
        }
    }
}

fn collect(
    root: &Path,
    folders: &mut Vec<String>,
    files: &mut Vec<SourceFile>,
    not_text: &mut Vec<PathBuf>,
) -> Result<(), ImportError> {
    let below: PathBuf = folders.iter().collect();
    let folder = if folders.is_empty() { root.to_owned() } else { root.join(&below) };
    let unreadable = |path: &Path| {
        let path = path.to_owned();
        move |source: io::Error| ImportError::Unreadable { path, source }
    };
    for entry in fs::read_dir(&folder).map_err(unreadable(&folder))? {
        let entry = entry.map_err(unreadable(&folder))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let place = entry.path();
        if name.starts_with('.') {
            continue;
        }
        if place.is_dir() {
            if folders.len() < DEPTH && !LEFT_ALONE.contains(&name.as_str()) {
                folders.push(name);
                collect(root, folders, files, not_text)?;
                folders.pop();
            }
            continue;
        }
        let path = below.join(&name);
        let mut file = SourceFile {
            path,
            folders: folders.clone(),
            name,
            bytes: Vec::new(),
            text: String::new(),
        };
        if is_read(&file.name) {
            file.bytes =
                regular_file::read(&place, regular_file::TEXT).map_err(unreadable(&place))?;
            match text(&file.bytes) {
                Some(text) => file.text = text.to_owned(),
                None => not_text.push(file.path.clone()),
            }
        }
        files.push(file);
    }
    Ok(())
}

/// The text that `bytes` are, without a byte order mark. SQLite ends at a zero byte, so that with one they are none.
fn text(bytes: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(bytes).ok()?;
    (!text.contains('\0')).then(|| text.trim_start_matches('\u{feff}'))
}

/// Whether a file of this name is read, and not only known to be there.
fn is_read(name: &str) -> bool {
    const ENDINGS: [&str; 7] = [".sql", ".toml", ".conf", "_journal.json", ".ts", ".js", ".rs"];
    ENDINGS.iter().any(|ending| name.to_ascii_lowercase().ends_with(ending))
}
