//! `runner man`: manual pages, from the same definition as the help.

use std::fs;
use std::io;
use std::path::Path;

use clap::builder::Resettable;
use clap::{Command, CommandFactory as _};
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};
use serde_json::json;

use super::args::{Arguments, Common, ManArgs};
use super::failure::Failure;
use super::output;

pub(super) fn run(common: &Common, args: &ManArgs) -> Result<(), Failure> {
    let folder = &args.folder;
    fs::create_dir_all(folder).map_err(|error| {
        Failure::of_system(&format!("cannot make the folder `{}`", folder.display()), &error)
    })?;
    let mut pages = Vec::new();
    write(folder, &definition(), &mut pages)?;
    if common.json {
        output::json(&json!({ "folder": folder.to_string_lossy(), "pages": pages }));
    } else {
        for page in &pages {
            output::line(&format!("made {}", folder.join(page).display()));
        }
    }
    Ok(())
}

/// The command line, with what it derives for itself: the names of subcommands, flags of every command.
fn definition() -> Command {
    let mut command = Arguments::command().disable_help_subcommand(true);
    command.build();
    command
}

/// Writes the page of `command`, and those of the commands below it.
fn write(folder: &Path, command: &Command, pages: &mut Vec<String>) -> Result<(), Failure> {
    let man = Man::new(command.clone());
    let name = man.get_filename();
    let text = page(command, &man)
        .map_err(|error| Failure::of_system("cannot write a manual page", &error))?;
    output::write(&folder.join(&name), &text)?;
    pages.push(name);
    command.get_subcommands().try_for_each(|below| write(folder, below, pages))
}

/// The page of a command; that of the runner itself tells what belongs to all.
fn page(command: &Command, man: &Man) -> io::Result<String> {
    let mut text = Vec::new();
    let is_main = command.get_name() == "runner";
    if is_main {
        // What is below its help has sections of its own here.
        Man::new(command.clone().after_help(Resettable::Reset)).render(&mut text)?;
        for (title, entries) in SECTIONS {
            section(title, entries).to_writer(&mut text)?;
        }
    } else {
        man.render(&mut text)?;
    }
    Ok(with_values(command, &String::from_utf8(text).map_err(io::Error::other)?))
}

/// A page whose synopsis shows for each option what value it takes, which clap's leaves out.
fn with_values(command: &Command, page: &str) -> String {
    let end = page.find(".SH DESCRIPTION").unwrap_or(0);
    let mut synopsis = page[..end].to_owned();
    for option in command.get_arguments().filter(|it| it.get_action().takes_values()) {
        if let (Some(long), Some(values)) = (option.get_long(), option.get_value_names()) {
            let name = format!("\\fB\\-\\-{}\\fR", long.replace('-', "\\-"));
            let with_values = format!("{name} \\fI{}\\fR]", values.join(" "));
            synopsis = synopsis.replace(&format!("{name}]"), &with_values);
        }
    }
    synopsis + &page[end..]
}

/// A section that is a list.
fn section(title: &str, entries: &[(&str, &str)]) -> Roff {
    let mut roff = Roff::new();
    roff.control("SH", [title]);
    for (term, words) in entries {
        roff.control("TP", []);
        roff.text([bold(*term)]);
        roff.text([roman(*words)]);
    }
    roff
}

type Entries = &'static [(&'static str, &'static str)];

/// What the help of a command has no place for.
const SECTIONS: [(&str, Entries); 4] = [
    ("EXIT STATUS", EXITS),
    ("FILES", FILES),
    ("ENVIRONMENT", ENVIRONMENT),
    ("SEE ALSO", SEE_ALSO),
];

const EXITS: Entries = &[
    ("0", "Done, or nothing to do."),
    ("1", "A migration, a build or the machine failed; or something was found by check or test."),
    ("2", "Not usable as it is: arguments, configuration, project."),
    ("3", "Refused, because it would not be safe."),
    ("4", "The database is damaged, or is none."),
    ("75", "Busy or full: try again."),
    ("129, 130, 143", "Stopped by SIGHUP, SIGINT, SIGTERM, and rolled back."),
];

const FILES: Entries = &[
    ("runner.toml", "The configuration: the nearest, in the current folder or above. Its keys:"),
    ("    database", "The database. It is made if it is not there."),
    ("    migrations", "The folder of migrations; without it, migrations."),
    ("    templates", "The folder of your own templates for create; without it, templates."),
    (
        "    models",
        "A file of SQL, or the folder of a crate, that says what the database should be.",
    ),
    ("    schema_file", "A file of SQL that migrate keeps as the schema of the database is."),
    (
        "    backup",
        "Whether the database is backed up before migrations are applied: true or false.",
    ),
    ("    backups", "The folder of backups; without it, backups."),
    ("    backup_keep", "How many backups of migrate are kept."),
    (
        "    keep_lost",
        "Whether what migrations lose is kept, to be put back: true, false, or a list of migrations.",
    ),
    ("    kept_days, kept_megabytes", "For how long, and how much of it at most."),
    ("    check_losses_after", "The last migration that need not declare what it loses."),
    (".env", "Beside runner.toml: DATABASE_URL, where the environment has none."),
    ("migrations/", "A cargo workspace: a crate for each migration, YYYYMMDD_HHMMSS_name."),
];

const ENVIRONMENT: Entries = &[
    ("DATABASE_URL", "The database: a path, or sqlite: or file: and a path."),
    ("NO_COLOR, CLICOLOR, CLICOLOR_FORCE, TERM", "Whether there are colours."),
    ("TMPDIR", "The folder for the copies that dry runs and trials work on."),
    ("CARGO_TARGET_DIR", "Where cargo builds, and whatever else cargo reads."),
];

const SEE_ALSO: Entries = &[
    ("runner help", "The commands."),
    ("runner explain", "What the code below an error means, and what to do about it."),
];

#[cfg(test)]
mod tests {
    use super::*;

    /// The text of a page as a person reads it, as far as names go.
    fn plain(page: &str) -> String {
        page.replace("\\-", "-").replace("\\fB", "").replace("\\fI", "").replace("\\fR", "")
    }

    fn check(command: &Command) {
        let page = plain(&page(command, &Man::new(command.clone())).unwrap());
        let name = command.get_name();
        for argument in command.get_arguments().filter(|argument| !argument.is_hide_set()) {
            let entry = match argument.get_long() {
                Some(long) => format!("--{long}"),
                None => argument.get_value_names().unwrap()[0].to_string(),
            };
            assert!(page.contains(&entry), "{name}: {entry} is missing in\n{page}");
            if argument.get_long().is_some() && argument.get_action().takes_values() {
                // Some synopses leave the options out.
                assert!(
                    !page.contains(&format!("{entry}]")),
                    "{name}: {entry} takes something\n{page}"
                );
            }
        }
        for below in command.get_subcommands() {
            assert!(page.contains(&format!("-{}(1)", below.get_name())), "{name}:\n{page}");
            check(below);
        }
    }

    #[test]
    fn every_command_and_every_flag_is_on_a_page() {
        check(&definition());
    }

    #[test]
    fn the_main_page_has_every_exit_code_and_every_key_of_the_configuration() {
        let command = definition();
        let page = plain(&page(&command, &Man::new(command.clone())).unwrap());
        for word in
            ["EXIT STATUS", "75", "130", "backup_keep", "models", "DATABASE_URL", "NO_COLOR"]
        {
            assert!(page.contains(word), "{word} is missing in\n{page}");
        }
    }
}
