//! A migration from the difference of two schemas.

use migration_api::difference::{Change, Loss, Options, PerhapsRenamed, Rename, Undecided};
use runner::autogenerate::{
    AutogenerateError, Derived, DerivedFixup, Fill, WayBack, around_fixups, derive,
    refuse_no_tables,
};
use runner::scaffold::{self, Content, Created, TypedMigration, TypedTable};
use runner::schema::{Blueprint, DanglingKey};
use serde_json::{Value, json};

use super::super::args::{Common, CreateArgs, spelled};
use super::super::failure::Failure;
use super::super::schema::Reader;
use super::super::{consent, output};
use super::{ask, made, typed};

pub(super) fn run(common: &Common, args: &CreateArgs) -> Result<(), Failure> {
    let reader = Reader::open(common, args.replaying)?;
    let schemas = Schemas::read(&reader, args)?;
    let dangling = schemas.dangling_keys(args)?;
    let asks = !common.json && consent::can_ask();
    let tables = typed::tables(&schemas.from, Some(&schemas.to), &args.typed)?;
    let Some(Found { derived, options, fills }) = schemas.derive(args, &tables, asks)? else {
        return nothing(common, &schemas);
    };
    let (created, derived, fixups) = if tables.is_empty() {
        let ways = derived.ways();
        let content = Content::Operations(&ways);
        (scaffold::create(reader.config(), &args.name, content)?, derived, None)
    } else {
        let between = (&schemas.from, &schemas.to);
        let DerivedFixup { migration, derived } =
            around_fixups(between, &options, &fills, &derived, tables)?;
        let content = Content::Typed(&migration);
        (scaffold::create(reader.config(), &args.name, content)?, derived, Some(migration))
    };
    for key in &dangling {
        output::error(&format!(
            "note: {key}: the migration takes it over as it is; repair it in one behind it"
        ));
    }
    if common.json {
        let mut document = document(&created, &derived);
        if let Some(migration) = &fixups {
            document["typed"] = json!(typed::names(&migration.tables));
        }
        document["dangling_keys"] = json!(strings(dangling.iter()));
        document["left_out"] = json!(schemas.to.left_out());
        output::json(&document);
    } else {
        print(&created, &derived, fixups.as_ref());
    }
    Ok(())
}

/// What there is and what is wanted.
struct Schemas {
    from: Blueprint,
    to: Blueprint,
    /// What the models say of older names.
    was: Vec<Rename>,
}

impl Schemas {
    fn read(reader: &Reader<'_>, args: &CreateArgs) -> Result<Self, Failure> {
        if args.derived.from_database {
            reader.require_database()?;
        }
        if !args.derived.auto {
            let to = reader.database()?;
            return Ok(Self { from: reader.migrations()?, to, was: Vec::new() });
        }
        let models = reader.models()?;
        let from = match args.derived.from_database {
            true => reader.database()?,
            false => reader.migrations()?,
        };
        if !args.drop_all_tables {
            refuse_no_tables(&from, &models.schema)?;
        }
        Ok(Self { from, to: models.schema, was: models.renames })
    }

    /// What is broken in a database that a migration is to give as it is.
    fn dangling_keys(&self, args: &CreateArgs) -> Result<Vec<DanglingKey>, Failure> {
        match args.derived.auto {
            true => Ok(Vec::new()),
            false => {
                let schema = self.to.schema()?;
                Ok(DanglingKey::all(&schema))
            }
        }
    }

    /// Derives what is to be written; of what nobody but a person can know, the person is asked. Each
    /// time the operations are tried, so they are derived anew only after an answer.
    fn derive(
        &self,
        args: &CreateArgs,
        tables: &[TypedTable],
        asks: bool,
    ) -> Result<Option<Found>, Failure> {
        let mut fills = args.fill.clone();
        let options = |renames: &[Rename]| args.comparing.options(&self.was, renames);
        let derive = |renames: &[Rename], fills: &[Fill]| {
            derive(&self.from, &self.to, &options(renames), fills)
        };
        let (mut renames, mut refused) = (Vec::new(), Vec::new());
        let mut derived = derive(&renames, &fills)?;
        // Once a table is renamed, columns of it may be as well.
        while let Some(found) = &derived {
            let suggested = found.forward.perhaps_renamed.iter().map(Rename::from);
            let new: Vec<_> = suggested.filter(|rename| !refused.contains(rename)).collect();
            let taken = match (args.rename_as_suggested, asks) {
                (true, _) => new.clone(),
                (false, true) => ask::renames(&found.forward, &new)?,
                (false, false) => Vec::new(),
            };
            if taken.is_empty() {
                break;
            }
            refused.extend(new.into_iter().filter(|rename| !taken.contains(rename)));
            renames.extend(taken);
            derived = derive(&renames, &fills)?;
        }
        if asks {
            // What the code of a fixup decides is not asked.
            let undecided: Vec<_> = derived
                .iter()
                .flat_map(|derived| {
                    undecided(derived).filter(|it| !is_of_a_fixup(it, tables, derived))
                })
                .collect();
            let answers = ask::fills(&undecided)?;
            if !answers.is_empty() {
                fills.extend(answers);
                derived = derive(&renames, &fills)?;
            }
        }
        // What is gone from the database already is not asked about.
        if args.derived.auto
            && !args.may_lose()
            && let Some(derived) = &derived
        {
            // Whoever said that it is no rename knows that it is lost.
            let is_known = |loss: &&Loss| refused.iter().any(|rename| gone_with(rename, loss));
            let losses: Vec<&Loss> = derived
                .forward
                .losses_of_values()
                .filter(|loss| !is_known(loss) && !is_read_by_a_fixup(loss, tables, derived))
                .collect();
            let may_go = losses.is_empty() || (asks && ask::losses(&losses)?);
            if !may_go {
                return Err(would_lose(derived));
            }
        }
        Ok(derived.map(|derived| Found { derived, options: options(&renames), fills }))
    }
}

/// What is to be written, and what it was derived with.
struct Found {
    derived: Derived,
    options: Options,
    fills: Vec<Fill>,
}

fn undecided(derived: &Derived) -> impl Iterator<Item = &Undecided> {
    derived.changes().filter_map(|change| change.undecided.as_ref())
}

/// Whether a fixup over one of `tables` decides it.
fn is_of_a_fixup(undecided: &Undecided, tables: &[TypedTable], derived: &Derived) -> bool {
    match undecided {
        Undecided::Fill { table, .. } => goes_over(table, tables, derived),
        _ => false,
    }
}

/// Whether what goes is read by a fixup over one of `tables` before.
fn is_read_by_a_fixup(loss: &Loss, tables: &[TypedTable], derived: &Derived) -> bool {
    match loss {
        Loss::Table { table } | Loss::Column { table, .. } | Loss::Values { table, .. } => {
            goes_over(table, tables, derived)
        }
        _ => false,
    }
}

/// Whether `table`, by its name before or after, is one of `tables`.
fn goes_over(table: &str, tables: &[TypedTable], derived: &Derived) -> bool {
    let before = derived.forward.renamed.iter().find_map(|rename| match rename {
        Rename::Table { from, to } if to.eq_ignore_ascii_case(table) => Some(from.as_str()),
        _ => None,
    });
    let before = before.unwrap_or(table);
    tables.iter().any(|own| own.name().eq_ignore_ascii_case(before))
}

/// The refusal to write what takes values away that nobody let go, with the renames that would keep some.
fn would_lose(derived: &Derived) -> Failure {
    let sentences = strings(derived.forward.losses_of_values());
    let renames = derived.forward.perhaps_renamed.iter();
    let renames =
        renames.map(|perhaps| format!("{perhaps}: `--rename {}`", spelled(&Rename::from(perhaps))));
    AutogenerateError::Loses { sentences, renames: renames.collect() }.into()
}

/// Whether `loss` is what goes where `rename` is none.
fn gone_with(rename: &Rename, loss: &Loss) -> bool {
    match (rename, loss) {
        (Rename::Table { from, .. }, Loss::Table { table }) => from == table,
        (Rename::Column { table: of, from, .. }, Loss::Column { table, column }) => {
            of == table && from == column
        }
        _ => false,
    }
}

fn nothing(common: &Common, Schemas { from, to, .. }: &Schemas) -> Result<(), Failure> {
    if common.json {
        output::json(&json!({ "id": Value::Null, "from": from.of(), "to": to.of() }));
    } else {
        output::line(&format!("no changes: {} and {} are the same", from.of(), to.of()));
    }
    Ok(())
}

fn print(created: &Created, derived: &Derived, fixups: Option<&TypedMigration>) {
    made(created);
    let tables = fixups.map_or(&[][..], |migration| &migration.tables);
    let (before, after) = match fixups {
        Some(migration) => derived.forward.changes.split_at(migration.forward.before.len()),
        None => (derived.forward.changes.as_slice(), [].as_slice()),
    };
    let operation = |change: &Change| output::line(&format!("  {}", change.operation));
    before.iter().for_each(operation);
    for table in tables {
        output::line(&format!("  your code for the rows of `{}`", table.name()));
    }
    after.iter().for_each(operation);
    let suggested = derived.forward.perhaps_renamed.iter().filter(|it| match Rename::from(*it) {
        // Its author has seen both columns.
        Rename::Column { table, .. } => !goes_over(&table, tables, derived),
        Rename::Table { .. } => true,
    });
    print_suggestions(&suggested.collect::<Vec<_>>());
    if let WayBack::None { reasons } = &derived.backward {
        output::line("back: there is no way, so the migration says that it is irreversible:");
        for reason in reasons {
            output::line(&format!("  - {reason}"));
        }
    }
    for (way, changes) in ways(derived) {
        for loss in changes.iter().flat_map(|change| &change.losses) {
            output::line(&format!("{way}: {loss}"));
        }
        for undecided in changes.iter().filter_map(|change| change.undecided.as_ref()) {
            output::line(&format!("{way}, waits for you: {undecided}"));
        }
    }
}

/// Says what may be a rename, and how it becomes one.
fn print_suggestions(suggested: &[&PerhapsRenamed]) {
    if let [perhaps] = suggested {
        let rename = spelled(&Rename::from(*perhaps));
        return output::line(&format!(
            "{perhaps}; then remove the folder, and create it again with `--rename {rename}`"
        ));
    }
    for perhaps in suggested {
        let rename = spelled(&Rename::from(*perhaps));
        output::line(&format!("{perhaps}; then `--rename {rename}`"));
    }
    if !suggested.is_empty() {
        output::line(
            "remove the folder then, and create it again so, or with `--rename-as-suggested` for all",
        );
    }
}

fn ways(derived: &Derived) -> [(&'static str, &[Change]); 2] {
    [("forward", &derived.forward.changes), ("back", derived.backward.changes())]
}

fn document(created: &Created, derived: &Derived) -> Value {
    let way = |changes: &[Change]| {
        json!({
            "operations": strings(changes.iter().map(|change| &change.operation)),
            "losses": strings(changes.iter().flat_map(|change| &change.losses)),
            "undecided": strings(changes.iter().filter_map(|change| change.undecided.as_ref())),
        })
    };
    let perhaps = derived.forward.perhaps_renamed.iter().map(Rename::from);
    let (backward, irreversible) = match &derived.backward {
        WayBack::Operations(back) => (way(&back.changes), [].as_slice()),
        WayBack::None { reasons } => (Value::Null, reasons.as_slice()),
    };
    json!({
        "id": created.id,
        "folder": created.folder.to_string_lossy(),
        "files": created.files,
        "namesakes": created.namesakes,
        "forward": way(&derived.forward.changes),
        "backward": backward,
        "irreversible": irreversible,
        "perhaps_renamed": perhaps.map(|rename| spelled(&rename)).collect::<Vec<_>>(),
    })
}

fn strings(items: impl Iterator<Item = impl ToString>) -> Vec<String> {
    items.map(|item| item.to_string()).collect()
}
