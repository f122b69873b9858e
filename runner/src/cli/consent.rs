//! Asks before something is done that takes away what a database holds: on a terminal, or by `--yes`.

use std::io::{IsTerminal as _, stderr, stdin};
use std::path::Path;

use dialoguer::Confirm;
use dialoguer::theme::ColorfulTheme;
use runner::explain::Code;
use runner::{Config, Exit, MigrationId};

use super::args::Yes;
use super::failure::Failure;
use super::output;

/// Whether somebody can be asked.
pub(super) fn can_ask() -> bool {
    stdin().is_terminal() && stderr().is_terminal()
}

/// The answer to a `question` at a terminal.
pub(super) fn ask(question: &str) -> dialoguer::Result<bool> {
    Confirm::with_theme(&ColorfulTheme::default()).with_prompt(question).default(false).interact()
}

/// Something that takes away what a database holds, or what a file of the project would have said of it.
pub(super) struct Loss<'l> {
    /// What is to be done: "revert 2 migrations".
    pub(super) act: &'l str,
    /// The answer that the command line has.
    pub(super) yes: Yes,
}

const FOREIGN: &str = "has the history of another project's migrations";

/// Whether the history `held` has migrations, and none of `ours`. Where there are none of ours there is nothing to
/// compare with.
fn is_foreign(held: &[MigrationId], ours: &[&[MigrationId]]) -> bool {
    let is_ours = |id| ours.iter().any(|ids| ids.contains(id));
    !held.is_empty() && ours.iter().any(|ids| !ids.is_empty()) && !held.iter().any(is_ours)
}

impl Loss<'_> {
    /// Asks if the database of `config` is protected. Every command that reverts, empties or replaces a database
    /// calls this before it begins.
    ///
    /// # Errors
    /// Nobody agreed. Nothing was changed.
    pub(super) fn of_a_database(&self, config: &Config) -> Result<(), Failure> {
        if !config.protected {
            return Ok(());
        }
        let database = output::short(&config.database.path);
        self.agree(&format!("`{database}` is protected"), Code::ProtectedDatabase)
    }

    /// Asks if the database of `config` is protected, before a migration is applied that is known to lose what it does
    /// not declare.
    ///
    /// # Errors
    /// As [`Self::of_a_database`].
    pub(super) fn undeclared(&self, config: &Config) -> Result<(), Failure> {
        if !config.protected {
            return Ok(());
        }
        let database = output::short(&config.database.path);
        let fact = format!("`{database}` is protected");
        self.agree(&fact, Code::UndeclaredLoss).map_err(|failure| Failure {
            hint: Some(
                "nothing was changed; let the migration declare it, or keep what it takes away; `--yes` agrees to lose it"
                    .to_owned(),
            ),
            ..failure
        })
    }

    /// Asks whatever the database is: `squash` has made what so many migrations made that it replaces, and its way back
    /// takes away all of it.
    ///
    /// # Errors
    /// As [`Self::of_a_database`].
    pub(super) fn of_a_squash(&self, squash: &MigrationId, replaces: usize) -> Result<(), Failure> {
        let replaces = output::count(replaces, "migration");
        self.agree(&format!("`{squash}` made all that {replaces} made"), Code::NotConfirmed)
    }

    /// Asks before views or triggers of the database of `config` go, which no file defines any more.
    ///
    /// # Errors
    /// As [`Self::of_a_database`].
    pub(super) fn of_what_no_file_defines(&self, config: &Config) -> Result<(), Failure> {
        let folder = output::short(&config.repeatable);
        self.agree(&format!("no file of `{folder}` defines it any more"), Code::NotConfirmed)
    }

    /// Asks whatever the databases are: there are many.
    ///
    /// # Errors
    /// As [`Self::of_a_database`].
    pub(super) fn of_a_fleet(&self) -> Result<(), Failure> {
        self.agree("many databases would lose what is reverted", Code::NotConfirmed)
    }

    /// Asks whatever the database is, which has the history `held`: all that it holds goes. `known` are the
    /// migrations of this project.
    ///
    /// # Errors
    /// As [`Self::of_a_database`].
    pub(super) fn of_all(
        &self,
        config: &Config,
        held: &[MigrationId],
        known: &[MigrationId],
    ) -> Result<(), Failure> {
        if config.protected {
            return self.of_a_database(config);
        }
        let fact = if is_foreign(held, &[known]) { FOREIGN } else { "is there already" };
        let database = output::short(&config.database.path);
        self.agree(&format!("`{database}` {fact}"), Code::NotConfirmed)
    }

    /// Asks if the `backup`, which has the history `held`, is not of this project: `here` is what its database
    /// has in the history, if there is a database, `known` are its migrations.
    ///
    /// # Errors
    /// As [`Self::of_a_database`].
    pub(super) fn by_a_foreign_backup(
        &self,
        backup: &Path,
        held: &[MigrationId],
        here: Option<&[MigrationId]>,
        known: &[MigrationId],
    ) -> Result<(), Failure> {
        // A database without a history loses none.
        let has_history = here.map_or(!known.is_empty(), |here| !here.is_empty());
        let fact = match held {
            [] if has_history => "has no history of migrations",
            _ if is_foreign(held, &[known, here.unwrap_or_default()]) => FOREIGN,
            _ => return Ok(()),
        };
        self.agree(&format!("`{}` {fact}", output::short(backup)), Code::ForeignBackup)
    }

    /// Asks because of a `fact`, whatever the database is.
    ///
    /// # Errors
    /// As [`Self::of_a_database`], with this `code`.
    pub(super) fn agree(&self, fact: &str, code: Code) -> Result<(), Failure> {
        let Self { act, yes } = self;
        let refused = |why: &str| {
            Err(Failure {
                exit: Exit::Refused,
                code,
                message: format!("{fact}, and nobody agreed to {act}"),
                causes: vec![why.to_owned()],
                hint: Some("nothing was changed; `--yes` agrees".to_owned()),
                statement: None,
            })
        };
        if yes.is_given() {
            return Ok(());
        }
        if !can_ask() {
            return refused("there is no terminal to ask on");
        }
        match ask(&format!("{fact}. Really {act}?")) {
            Ok(true) => Ok(()),
            Ok(false) => refused("the answer was no"),
            Err(error) => refused(&error.to_string()),
        }
    }
}
