//! `runner init --makefile`: what `runner` does, as rules of make.

use std::path::{Path, PathBuf};

use minijinja::context;

use super::template::Template;
use super::{ScaffoldError, unreadable, unwritable};
use runner_engine::regular_file;
use runner_engine::whole_file;

/// The rules, in a file of their own: a Makefile that is there belongs to somebody.
const RULES: &str = "migrate.mk";

/// The names under which make looks for its file, in its order.
const MAKEFILES: [&str; 3] = ["GNUmakefile", "makefile", "Makefile"];

/// What was made.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rules {
    /// Files that were made, relative to the project.
    pub made: Vec<PathBuf>,
    /// Files that were there and were left as they are.
    pub kept: Vec<PathBuf>,
    /// The Makefile that was there and does not include the rules yet.
    pub to_include: Option<PathBuf>,
}

/// Makes rules for make in the project at `root`, and a Makefile that includes them where there is none.
/// What is there already is never written over, so it may be run again.
///
/// # Errors
/// A folder in the way; a file that cannot be read or written.
pub fn makefile(root: &Path) -> Result<Rules, ScaffoldError> {
    let mut rules = Rules::default();
    let theirs = MAKEFILES.into_iter().find(|name| root.join(name).exists());
    for file in Template::makefile().fill_in(&context! {})? {
        let is_rules = file.path == Path::new(RULES);
        let there = if is_rules { Some(RULES) } else { theirs }.map(PathBuf::from);
        if let Some(there) = there.filter(|path| root.join(path).exists()) {
            let path = root.join(&there);
            if !path.is_file() {
                return Err(ScaffoldError::InTheWay { path });
            }
            let text =
                regular_file::read_text(&path, regular_file::TEXT).map_err(unreadable(&path))?;
            if !is_rules && !text.contains(RULES) {
                rules.to_include = Some(there.clone());
            }
            rules.kept.push(there);
            continue;
        }
        let path = root.join(&file.path);
        whole_file::write_new(&path, &file.bytes).map_err(unwritable(&path))?;
        rules.made.push(file.path);
    }
    rules.made.sort();
    rules.kept.sort();
    Ok(rules)
}
