//! `runner squash`: a migration in the place of others, in a folder that is made as a whole or not at all.

use minijinja::context;

use super::content::Origin;
use super::create::{Created, write_whole};
use super::name::Name;
use super::template::{File, Template};
use super::{ScaffoldError, rustfmt, unwritable};
use crate::config::Config;
use crate::discover::{DiscoverError, discover};
use runner_engine::id::MigrationId;
use runner_engine::regular_file;

/// What is written of a squash.
pub(crate) struct SquashCrate<'s> {
    pub(crate) id: &'s MigrationId,
    pub(crate) name: &'s Name,
    /// The migrations that its `REPLACES` names.
    pub(crate) replaces: &'s [MigrationId],
    /// The last of the migrations that it replaces.
    pub(crate) last: &'s MigrationId,
    /// The files of SQL that its way forward runs, by their names.
    pub(crate) forward: Vec<(&'static str, String)>,
    /// The SQL of its way back.
    pub(crate) backward: String,
}

/// Makes the crate of a squash.
///
/// # Errors
/// Another migration has its timestamp; a file that cannot be written, and then nothing is left behind.
pub(crate) fn create_squash(
    config: &Config,
    squash: SquashCrate<'_>,
) -> Result<Created, ScaffoldError> {
    let SquashCrate { id, name, replaces, last, forward, backward } = squash;
    let migrations = &config.migrations;
    // Whoever makes another migration waits meanwhile, and so no two get one timestamp.
    let manifest = migrations.join("Cargo.toml");
    let lock = regular_file::open(&manifest).map_err(unwritable(&manifest))?;
    lock.lock().map_err(unwritable(&manifest))?;
    let known = discover(migrations)?;
    if let Some(other) = known.iter().find(|source| source.id.stamp() == id.stamp()) {
        let ids = vec![other.id.clone(), id.clone()];
        return Err(DiscoverError::SameTime { ids }.into());
    }
    let texts = |ids: &[MigrationId]| ids.iter().map(ToString::to_string).collect::<Vec<_>>();
    let names: Vec<_> = forward.iter().map(|(name, _)| *name).collect();
    let values = context! {
        package => id.package(),
        type_name => name.type_name(),
        count => replaces.len(),
        replaces => texts(replaces),
        last => last.as_str(),
        forward => names,
    };
    let mut files = Template::squash().fill_in(&values)?;
    for file in files.iter_mut().filter(|file| file.path.ends_with("lib.rs")) {
        if let Some(text) = rustfmt::laid_out(&file.bytes, migrations) {
            file.bytes = text;
        }
    }
    let sql = forward.into_iter().chain([("backward.sql", backward)]);
    files.extend(sql.map(|(name, text)| File { path: name.into(), bytes: text.into_bytes() }));
    files.sort_by(|a, b| a.path.cmp(&b.path));
    let folder = migrations.join(id.as_str());
    write_whole(migrations, &folder, &files)?;
    let files = files.into_iter().map(|file| file.path).collect();
    Ok(Created { id: id.clone(), folder, files, origin: Origin::Template, namesakes: Vec::new() })
}
