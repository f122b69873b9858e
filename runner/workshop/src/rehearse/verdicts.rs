//! What a rehearsal shows of each migration: its way back, and what it loses.

use runner_engine::job::Job;
use runner_engine::verdict::{FoundBy, Lost, Verdict, WayBack};
use runner_engine::{LossName, MigrationId, microseconds};

use super::course::{Forward, Step};
use super::judge::{self, Taken};
use super::origins::Origins;
use super::record::{RehearsedStep, RehearsedWayBack, UndeclaredLoss, WayBackEnd};

/// What is now known of each step; what the way back is to blame for is noted in `way_back`. What is not newer than
/// `exempt` need declare nothing.
pub(super) fn verdicts(
    forward: &Forward,
    way_back: &mut RehearsedWayBack,
    exempt: Option<&MigrationId>,
) -> Vec<Verdict> {
    let base = forward.base.map_or(0, |place| place + 1);
    let mut origins = Origins::default();
    let mut all_taken: Vec<Taken> = Vec::new();
    let mut verdicts = Vec::new();
    for (place, step) in forward.steps.iter().enumerate() {
        if place == base {
            origins = Origins::default();
        }
        let taken = judge::taken(&step.tables);
        let originally = |taken: &Taken| {
            let name = origins.of(&taken.name)?;
            Some(Taken { name, kind: taken.kind })
        };
        let (kind, losses): (WayBack, Vec<Taken>) = match way_of(step, place, forward, way_back) {
            WayBack::Works => {
                let is_lost = |it: &Taken| {
                    let origin = originally(it);
                    origin.is_some_and(|origin| judge::is_lost(&origin, &way_back.tables))
                };
                (WayBack::Works, taken.iter().filter(|it| is_lost(it)).cloned().collect())
            }
            WayBack::NotTried => (WayBack::NotTried, Vec::new()),
            none => (none, taken.clone()),
        };
        if place >= base {
            all_taken.extend(taken.iter().filter_map(originally));
        }
        let loses: &[LossName] = &step.seen.loses;
        let losses = losses.into_iter().map(|it| Lost::of(it.name, it.kind, loses)).collect();
        let mut verdict = Verdict::now(FoundBy::Rehearsal, kind, losses);
        verdict.exempt = exempt.is_some_and(|last| step.id <= *last);
        verdict.failed = matches!(
            &way_back.end, Some(WayBackEnd::Broken { id, .. }) if *id == step.id
        );
        verdicts.push(verdict);
        origins.follow(&step.tables);
    }
    if way_back.is_compared {
        way_back.faults = judge::faults(&way_back.tables, &all_taken);
    }
    verdicts
}

/// What is known of the way back of a step.
fn way_of(step: &Step, place: usize, forward: &Forward, way_back: &RehearsedWayBack) -> WayBack {
    let base = forward.base.map_or(0, |place| place + 1);
    match &way_back.end {
        _ if step.seen.is_irreversible => WayBack::DeclaredMissing,
        Some(WayBackEnd::Missing { id, declared: false }) if *id == step.id => WayBack::Missing,
        _ if way_back.is_compared && place >= base => WayBack::Works,
        _ => WayBack::NotTried,
    }
}

/// The step with what is known of it, as the document has it.
pub(super) fn told(step: Step, verdict: Verdict, job: &Job) -> RehearsedStep {
    let is_known = verdict.way_back != WayBack::NotTried;
    // What is kept because the migration says that it takes it away comes back by that.
    let taken = if job.keep.of.covers(&step.id) { judge::taken(&step.tables) } else { Vec::new() };
    let is_lost = |name: &LossName| {
        verdict.losses.iter().any(|lost| lost.name == *name)
            || taken.iter().any(|taken| taken.name == *name)
    };
    let not_lost = step.seen.loses.iter().filter(|name| is_known && !is_lost(name));
    RehearsedStep {
        id: step.id,
        took_us: microseconds(step.took),
        measured: step.seen.measured,
        log: step.seen.log,
        tables: step.tables,
        not_lost: not_lost.cloned().collect(),
        loses: step.seen.loses,
        verdict,
    }
}

/// What is lost by these steps, and none of them says so.
pub(super) fn undeclared(steps: &[RehearsedStep]) -> Vec<UndeclaredLoss> {
    let mut all = Vec::new();
    for step in steps {
        let names = step.verdict.undeclared().cloned().map(Some);
        let way_back = step.verdict.hides_missing_way_back().then_some(None);
        let id = &step.id;
        all.extend(names.chain(way_back).map(|name| UndeclaredLoss { id: id.clone(), name }));
    }
    all
}
