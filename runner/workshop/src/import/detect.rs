//! Finds out whose folder it is: by the names of its files, by what is in them, and by what the project is built with.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::folder::{Folder, SourceFile};
use super::formats::{drizzle_journal, is_flyway, is_sea_orm, is_type_orm};
use super::{ImportError, Tool};

/// Tools of which one file can be.
type Candidates = BTreeSet<Tool>;

/// The tool whose folder it is; where somebody `asked` for one, that one, if all files can be of it.
///
/// # Errors
/// No file is of a tool that is known; two files are of different ones; all may be of either of two.
pub(super) fn detect(folder: &Folder, asked: Option<Tool>) -> Result<Tool, ImportError> {
    let claims: Vec<(&SourceFile, Candidates)> =
        folder.files.iter().filter_map(|file| Some((file, candidates(folder, file)?))).collect();
    if let Some(asked) = asked {
        return of_the_asked(folder, asked, &claims);
    }
    let Some((first, of_first)) = claims.first() else {
        return Err(ImportError::NothingToImport {
            folder: folder.root.clone(),
            below: below(folder),
        });
    };
    let mut common = of_first.clone();
    for (file, candidates) in &claims {
        let both: Candidates = common.intersection(candidates).copied().collect();
        if both.is_empty() {
            return Err(two_tools((first, &common), (file, candidates)));
        }
        common = both;
    }
    one_of(folder, &common)
}

fn of_the_asked(
    folder: &Folder,
    asked: Tool,
    claims: &[(&SourceFile, Candidates)],
) -> Result<Tool, ImportError> {
    let other = claims.iter().find(|(_, candidates)| !candidates.contains(&asked));
    match other.and_then(|(file, candidates)| Some((file, candidates.first()?))) {
        // Names that only look like another tool's are no reason to doubt what a person says.
        Some((file, tool)) if is_certain(file, *tool) => {
            Err(ImportError::OtherTool { tool: asked, file: file.path.clone(), looks_like: *tool })
        }
        _ if claims.is_empty() => {
            Err(ImportError::NothingToImport { folder: folder.root.clone(), below: below(folder) })
        }
        _ => Ok(asked),
    }
}

/// Whether `file` says itself that it is of `tool`.
fn is_certain(file: &SourceFile, tool: Tool) -> bool {
    match tool {
        Tool::Dbmate | Tool::Goose => file.without(".sql").is_some(),
        Tool::Drizzle => file.name == "_journal.json",
        _ => false,
    }
}

fn two_tools(one: (&SourceFile, &Candidates), other: (&SourceFile, &Candidates)) -> ImportError {
    let first = |candidates: &Candidates| candidates.first().copied().unwrap_or(Tool::Plain);
    ImportError::TwoTools {
        tools: [first(one.1), first(other.1)],
        files: [one.0.path.clone(), other.0.path.clone()],
    }
}

/// Which of `common` it is, if anything else shows it.
fn one_of(folder: &Folder, common: &Candidates) -> Result<Tool, ImportError> {
    let mut left = common.iter().copied();
    if let (Some(only), None) = (left.next(), left.next()) {
        return Ok(only);
    }
    let clues = clues(&folder.root);
    let mut likely = common.intersection(&clues).copied();
    match (likely.next(), likely.next()) {
        (Some(only), None) => Ok(only),
        // Whose files they are makes no difference to what is in them.
        (None, _) if common.contains(&Tool::Plain) => Ok(Tool::Plain),
        _ => {
            let among = if common.is_disjoint(&clues) { common } else { &(common & &clues) };
            let among = among.iter().copied().filter(|tool| *tool != Tool::Plain).collect();
            Err(ImportError::EitherTool { folder: folder.root.clone(), tools: among })
        }
    }
}

/// The tools that `file` can be of; `None`: it is no migration.
fn candidates(folder: &Folder, file: &SourceFile) -> Option<Candidates> {
    let of = |tools: &[Tool]| Some(tools.iter().copied().collect());
    if file.path == Path::new(drizzle_journal()) {
        return of(&[Tool::Drizzle]);
    }
    if let Some(name) = file.only_folder() {
        match file.name.as_str() {
            "up.sql" => return of(of_a_folder(folder, file, name)),
            "migration.sql" => return of(&[Tool::Prisma]),
            _ => {}
        }
    }
    let stem = |ending| file.without(ending);
    if let Some(stem) = stem(".sql").or_else(|| stem(".rs"))
        && let Some(is_integer) = is_flyway(stem)
    {
        return match is_integer {
            _ if stem.starts_with('R') || stem.starts_with('B') => of(&[Tool::Flyway]),
            _ if file.without(".rs").is_some() => of(&[Tool::Refinery]),
            true if file.is_at_the_top() => of(&[Tool::Refinery, Tool::Flyway]),
            _ => of(&[Tool::Flyway]),
        };
    }
    if let Some(stem) = stem(".sql").or_else(|| stem(".rs"))
        && is_sea_orm(stem)
    {
        return of(&[Tool::SeaOrm]);
    }
    if !file.is_at_the_top() {
        return None;
    }
    let script = stem(".ts").or_else(|| stem(".js"));
    if let Some(stem) = stem(".sql").or(script)
        && is_type_orm(stem)
    {
        return of(&[Tool::TypeOrm]);
    }
    of_a_file(folder, file)
}

/// Of a file of SQL at the top.
fn of_a_file(folder: &Folder, file: &SourceFile) -> Option<Candidates> {
    let of = |tools: &[Tool]| Some(tools.iter().copied().collect());
    let stem = file.without(".sql")?;
    let has_line = |mark: &str| {
        let is = |line: &str| {
            line.trim().strip_prefix("--").is_some_and(|it| it.trim().starts_with(mark))
        };
        file.text.lines().any(is)
    };
    if has_line("+goose Up") || has_line("+goose up") {
        return of(&[Tool::Goose]);
    }
    if has_line("migrate:up") {
        return of(&[Tool::Dbmate]);
    }
    if folder.file(drizzle_journal()).is_some() {
        return None;
    }
    if matches!(stem, "up" | "down") {
        return of(&[Tool::Plain]);
    }
    let digits = stem.bytes().take_while(u8::is_ascii_digit).count();
    let is_numbered = digits > 0 && stem[digits..].starts_with('_');
    let has_direction = stem.ends_with(".up") || stem.ends_with(".down");
    match (is_numbered, has_direction) {
        (true, true) => of(&[Tool::Sqlx, Tool::GolangMigrate, Tool::Plain]),
        (true, false) => of(&[Tool::Sqlx, Tool::Plain]),
        (false, _) if digits > 0 => of(&[Tool::Plain]),
        // `schema.sql` and `seed.sql` are no migrations.
        _ => None,
    }
}

/// Of the folder `name` with an `up.sql` in it.
fn of_a_folder(folder: &Folder, file: &SourceFile, name: &str) -> &'static [Tool] {
    let digits = name.bytes().take_while(u8::is_ascii_digit).count();
    let rest = &name[digits..];
    let is_dashed = digits == 4
        && name
            .get(..17)
            .is_some_and(|stamp| stamp.bytes().filter(|byte| *byte == b'-').count() == 3);
    let has_settings = folder.file(file.path.with_file_name("metadata.toml")).is_some();
    match () {
        () if is_sea_orm(name) => &[Tool::SeaOrm],
        () if is_dashed || has_settings => &[Tool::Diesel],
        () if digits > 0 && rest.starts_with('-') => &[Tool::RusqliteMigration, Tool::Plain],
        () if digits > 0 => &[Tool::Diesel, Tool::Plain],
        () => &[Tool::Plain],
    }
}

/// What the project around `folder` is built with.
fn clues(folder: &Path) -> Candidates {
    /// Files of projects, words in them, and the tools that are meant by these.
    const CLUES: [(&str, &str, Tool); 11] = [
        ("Cargo.toml", "sqlx", Tool::Sqlx),
        ("Cargo.toml", "diesel", Tool::Diesel),
        ("Cargo.toml", "refinery", Tool::Refinery),
        ("Cargo.toml", "rusqlite_migration", Tool::RusqliteMigration),
        ("go.mod", "golang-migrate/migrate", Tool::GolangMigrate),
        ("diesel.toml", "", Tool::Diesel),
        ("flyway.conf", "", Tool::Flyway),
        ("flyway.toml", "", Tool::Flyway),
        ("pom.xml", "flyway", Tool::Flyway),
        ("build.gradle", "flyway", Tool::Flyway),
        ("build.gradle.kts", "flyway", Tool::Flyway),
    ];
    /// How many folders above are looked into.
    const ABOVE: usize = 6;
    let place = fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned());
    for project in place.ancestors().take(ABOVE) {
        let found: Candidates = CLUES
            .into_iter()
            .filter(|(file, word, _)| {
                fs::read_to_string(project.join(file)).is_ok_and(|text| text.contains(word))
            })
            .map(|(_, _, tool)| tool)
            .collect();
        // The nearest project is that of the folder. Beyond the repository there is another.
        if !found.is_empty() || project.join(".git").exists() {
            return found;
        }
    }
    Candidates::new()
}

/// A folder below in which there are migrations, as where there is one for each kind of database.
fn below(folder: &Folder) -> Option<PathBuf> {
    let is_sqlite = |name: &str| name.to_ascii_lowercase().contains("sqlite");
    let mut folders: Vec<&str> = folder
        .files
        .iter()
        .filter(|file| file.without(".sql").is_some())
        .filter_map(|file| file.folders.first().map(String::as_str))
        .collect();
    folders.sort_by_key(|name| !is_sqlite(name));
    folders.first().map(|name| folder.root.join(name))
}
