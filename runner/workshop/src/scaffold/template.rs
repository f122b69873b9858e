//! Templates: folders of files, of which those that end in `.jinja` are filled in.

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};
use std::{fs, io};

use include_dir::{Dir, include_dir};
use minijinja::syntax::SyntaxConfig;
use minijinja::{Environment, UndefinedBehavior, Value};

use super::{ScaffoldError, unreadable};
use runner_engine::regular_file;

// The folder is a link to that of the repository: a package holds only what is below its own folder.
/// The templates for migrations that are part of the runner.
static MIGRATIONS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/templates/migration");
/// That for a migration made of operations.
static OPERATIONS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/templates/operations");
/// That for a migration of another tool.
static IMPORTED: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/templates/imported");
/// That for a squash.
static SQUASH: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/templates/squash");
/// That for a project.
static PROJECT: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/templates/project");
/// That for rules of make.
static MAKEFILE: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/templates/makefile");

/// The ending of a file that is filled in; the file that is made has the name without it.
const FILLED_IN: &str = "jinja";

/// The manifest, without which a folder is no template for migrations.
const MANIFEST: &str = "Cargo.toml.jinja";

/// A file to be made.
pub(crate) struct File {
    /// Its path below the folder that is made.
    pub(crate) path: PathBuf,
    pub(crate) bytes: Vec<u8>,
}

/// The names of the templates for migrations: the project's own and the built-in ones.
#[must_use]
pub fn templates(own: &Path) -> Vec<String> {
    let built_in = MIGRATIONS
        .dirs()
        .filter_map(|folder| folder.path().file_name())
        .map(|name| name.to_string_lossy().into_owned());
    let own = fs::read_dir(own)
        .into_iter()
        .flatten()
        .flatten()
        .filter(|entry| is_migration(&entry.path()))
        .map(|entry| entry.file_name().to_string_lossy().into_owned());
    built_in.chain(own).collect::<BTreeSet<_>>().into_iter().collect()
}

/// A folder of files.
pub(crate) enum Template {
    /// Part of the runner.
    BuiltIn(&'static Dir<'static>),
    /// In the project's folder of templates.
    Own(PathBuf),
}

impl Template {
    /// The template for migrations called `name`: a folder in the project's `own` folder of templates,
    /// or a built-in one. A name is no path: what lies elsewhere is not copied.
    pub(super) fn find(name: &str, own: &Path) -> Result<Self, ScaffoldError> {
        let unknown = || ScaffoldError::NoTemplate { name: name.to_owned(), known: templates(own) };
        let mut parts = Path::new(name).components();
        if !matches!((parts.next(), parts.next()), (Some(Component::Normal(_)), None)) {
            return Err(unknown());
        }
        let mine = own.join(name);
        if is_migration(&mine) {
            return Ok(Self::Own(mine));
        }
        MIGRATIONS.get_dir(name).map(Self::BuiltIn).ok_or_else(unknown)
    }

    /// Of rules of make.
    pub(super) fn makefile() -> Self {
        Self::BuiltIn(&MAKEFILE)
    }

    /// Of a project.
    pub(super) fn project() -> Self {
        Self::BuiltIn(&PROJECT)
    }

    /// Of a migration of another tool.
    pub(crate) fn imported() -> Self {
        Self::BuiltIn(&IMPORTED)
    }

    /// Of a migration made of operations.
    pub(super) fn operations() -> Self {
        Self::BuiltIn(&OPERATIONS)
    }

    /// Of a migration in the place of others.
    pub(super) fn squash() -> Self {
        Self::BuiltIn(&SQUASH)
    }

    /// The files that it makes of these values.
    pub(crate) fn fill_in(&self, values: &Value) -> Result<Vec<File>, ScaffoldError> {
        match self {
            Self::BuiltIn(folder) => built_in(folder, values),
            Self::Own(folder) => from_folder(folder, values),
        }
    }
}

/// A template for migrations is a folder with a manifest.
fn is_migration(folder: &Path) -> bool {
    folder.join(MANIFEST).is_file() || folder.join("Cargo.toml").is_file()
}

fn built_in(folder: &Dir<'_>, values: &Value) -> Result<Vec<File>, ScaffoldError> {
    let mut files = Vec::new();
    let mut folders = vec![folder];
    while let Some(next) = folders.pop() {
        folders.extend(next.dirs());
        for file in next.files() {
            let path = file.path().strip_prefix(folder.path()).unwrap_or(file.path());
            files.push(fill_in(path, file.path(), file.contents(), values)?);
        }
    }
    Ok(files)
}

fn from_folder(root: &Path, values: &Value) -> Result<Vec<File>, ScaffoldError> {
    let mut files = Vec::new();
    let mut folders = vec![(root.to_owned(), Vec::new())];
    while let Some((folder, mut above)) = folders.pop() {
        let place = fs::canonicalize(&folder).map_err(unreadable(&folder))?;
        if above.contains(&place) {
            let words = "it is a link to a folder that it is in, and has no end";
            return Err(unreadable(&folder)(io::Error::other(words)));
        }
        above.push(place);
        let entries = fs::read_dir(&folder).map_err(unreadable(&folder))?;
        for entry in entries {
            let path = entry.map_err(unreadable(&folder))?.path();
            if path.is_dir() {
                folders.push((path, above.clone()));
                continue;
            }
            let bytes = regular_file::read(&path, regular_file::TEXT).map_err(unreadable(&path))?;
            let below = path.strip_prefix(root).unwrap_or(&path);
            files.push(fill_in(below, &path, &bytes, values)?);
        }
    }
    Ok(files)
}

/// The file to be made at `path` from the `bytes` of the file `from`.
fn fill_in(path: &Path, from: &Path, bytes: &[u8], values: &Value) -> Result<File, ScaffoldError> {
    if path.extension().is_none_or(|extension| extension != FILLED_IN) {
        return Ok(File { path: path.to_owned(), bytes: bytes.to_owned() });
    }
    let render = || {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_syntax(SyntaxConfig::builder().keep_trailing_newline(true).build()?);
        let name = path.to_string_lossy();
        environment.render_named_str(&name, &String::from_utf8_lossy(bytes), values)
    };
    let text =
        render().map_err(|source| ScaffoldError::BadTemplate { path: from.to_owned(), source })?;
    Ok(File { path: path.with_extension(""), bytes: text.into_bytes() })
}
