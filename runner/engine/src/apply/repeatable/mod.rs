//! Views and triggers that are defined in files, while steps are taken: they make way for a migration and come back
//! (`in_the_way`, `restore`), are applied anew after the last step (`finish`, `alone`), and must compile (`compile`).

mod alone;
mod compile;
mod finish;
mod in_the_way;
mod restore;

pub(super) use finish::Finished;
pub(super) use in_the_way::InTheWay;
