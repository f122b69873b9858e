//! The gate before a fleet: unless all canaries of its plan are at the target, no other database is begun.

use super::inspect::{self, Files, Found};
use super::run::Fleet;
use super::state::State;
use crate::error::Error;
use crate::fleet_plan::{FleetError, Share};
use crate::plan::Target;

/// Refuses to begin the databases `numbers` while a canary that is not among them is not at the target. Those among
/// them are taken first anyway. A shard leaves the canaries to a run of their own.
///
/// # Errors
/// One is not, or cannot be looked at.
pub(super) fn require_open(
    fleet: &Fleet<'_>,
    files: &Files,
    numbers: &[usize],
) -> Result<(), Error> {
    // What one run applied is taken back by the same choice: a canary that it did not touch is no gate to that.
    if fleet.options.share != Share::All || !matches!(fleet.options.target, Target::UpTo(_)) {
        return Ok(());
    }
    let is_canary = |n: usize| fleet.plan.tenants()[n].canary;
    if numbers.iter().all(|n| is_canary(*n)) {
        return Ok(());
    }
    let canaries = (0..fleet.plan.tenants().len()).filter(|n| is_canary(*n));
    for n in canaries.filter(|n| !numbers.contains(n)) {
        let state = match inspect::look(fleet, files, n)?.0 {
            Found::NothingToDo(state) => state,
            Found::Pending(_) => State::Pending,
        };
        if !opens(fleet, state) {
            let path = fleet.plan.tenants()[n].path.clone();
            return Err(FleetError::Canary { path, state: state.name() }.into());
        }
    }
    Ok(())
}

/// Whether a canary in this state lets the others begin. One that failed never does.
pub(super) fn opens(fleet: &Fleet<'_>, state: State) -> bool {
    let may_be_gone = matches!(state, State::Missing | State::Empty);
    state.is_good() || (may_be_gone && fleet.options.allow.contains(&state))
}
