//! Questions that only a person can answer, where one is looking: on a terminal.

use dialoguer::theme::ColorfulTheme;
use dialoguer::{Confirm, Input};
use migration_api::difference::{Difference, Loss, Rename, Undecided};
use runner::autogenerate::Fill;

use super::super::failure::Failure;

/// Which of what may be renamed is, of those that are `asked` about.
pub(super) fn renames(difference: &Difference, asked: &[Rename]) -> Result<Vec<Rename>, Failure> {
    let mut renames = Vec::new();
    let perhaps_renamed = difference.perhaps_renamed.iter();
    for perhaps in perhaps_renamed.filter(|perhaps| asked.contains(&Rename::from(*perhaps))) {
        let is_renamed = Confirm::with_theme(&ColorfulTheme::default())
            .with_prompt(format!("{perhaps}. Was it? If not, what it holds is lost"))
            .interact()
            .map_err(|error| not_answered(&error))?;
        if is_renamed {
            renames.push(Rename::from(perhaps));
        }
    }
    Ok(renames)
}

/// Whether everything that would be lost may be.
pub(super) fn losses(losses: &[&Loss]) -> Result<bool, Failure> {
    for loss in losses {
        let may_go = Confirm::with_theme(&ColorfulTheme::default())
            .with_prompt(format!("{loss}. Is that meant?"))
            .default(false)
            .interact()
            .map_err(|error| not_answered(&error))?;
        if !may_go {
            return Ok(false);
        }
    }
    Ok(true)
}

/// What rows get where nothing says it. One that is left open stays for the code.
pub(super) fn fills(undecided: &[&Undecided]) -> Result<Vec<Fill>, Failure> {
    let mut fills = Vec::new();
    for undecided in undecided {
        let Undecided::Fill { table, column } = undecided else { continue };
        let expression: String = Input::with_theme(&ColorfulTheme::default())
            .with_prompt(format!("{undecided} (an SQL expression; empty: decide in the code)"))
            .allow_empty(true)
            .interact_text()
            .map_err(|error| not_answered(&error))?;
        if !expression.trim().is_empty() {
            let (table, column) = (table.clone(), column.clone());
            fills.push(Fill { table, column, expression: expression.trim().to_owned() });
        }
    }
    Ok(fills)
}

fn not_answered(error: &dialoguer::Error) -> Failure {
    Failure::of_system("the question was not answered; nothing was written", error)
}
