//! What a squash is only written for if a person agrees.

use runner::MigrationId;
use runner::explain::Code;
use runner::squash::{OneWay, RowDifference, listed};

use super::super::args::Yes;
use super::super::consent::Loss;
use super::super::failure::Failure;

/// Asks about migrations that have no way back.
pub(super) fn to_one_way(one_way: &[OneWay], yes: Yes) -> Result<(), Failure> {
    if one_way.is_empty() {
        return Ok(());
    }
    let ids: Vec<MigrationId> = one_way.iter().map(|OneWay(id)| id.clone()).collect();
    let have = if ids.len() == 1 { "has" } else { "have" };
    let fact = format!(
        "{} {have} no way back (that of the squash would drop all that it makes)",
        runner::id::listed(&ids)
    );
    Loss { act: "squash them", yes }.agree(&fact, Code::NotConfirmed)
}

/// Asks about rows that are others each time.
pub(super) fn to_varying(varying: &[RowDifference], yes: Yes) -> Result<(), Failure> {
    if varying.is_empty() {
        return Ok(());
    }
    let fact = format!("the migrations give other rows each time ({})", listed(varying));
    Loss { act: "write those of the first time", yes }.agree(&fact, Code::NotRepeatable)
}
