//! Views and triggers.

use super::context::{Pair, Scene};
use super::remade::is_remade;
use crate::difference::change::Change;
use crate::operation::Operation;
use crate::schema::normal::{Name, Trigger, View};

/// Whether `view` goes, for good or to come back.
fn goes(scene: Scene<'_>, view: &View) -> bool {
    scene.away.views.contains(&view.name) || !scene.target.views.contains(view)
}

/// Whether `trigger` is to be dropped by itself: not one that goes with its table.
fn is_dropped(scene: Scene<'_>, trigger: &Trigger) -> bool {
    let table = trigger.table.as_str();
    if scene.away.triggers.contains(&trigger.name) {
        return true;
    }
    if scene.gone().any(|gone| gone.name.is(table)) {
        return false;
    }
    !scene.target.triggers.contains(trigger) || goes_with(scene, &trigger.table)
}

/// Whether what a trigger watches is made anew.
fn goes_with(scene: Scene<'_>, watched: &Name) -> bool {
    let name = watched.as_str();
    let view = scene.current.views.iter().find(|view| view.name == *watched);
    let table = scene.current.table(name).zip(scene.target.table(name));
    view.is_some_and(|view| goes(scene, view))
        || table.is_some_and(|(old, new)| is_remade(scene, &Pair { old, new }))
}

pub(super) fn drop_triggers(scene: Scene<'_>) -> Vec<Change> {
    let triggers = scene.current.triggers.iter().filter(|trigger| is_dropped(scene, trigger));
    triggers.map(|trigger| execute(format!("DROP TRIGGER {}", trigger.name))).collect()
}

/// Drops views, the one over another before that other.
pub(super) fn drop_views(scene: Scene<'_>) -> Vec<Change> {
    let views = scene.current.views_in_order().into_iter().rev().filter(|view| goes(scene, view));
    views.map(|view| execute(format!("DROP VIEW {}", view.name))).collect()
}

pub(super) fn create_views(scene: Scene<'_>) -> Vec<Change> {
    let stays = |view: &View| scene.current.views.contains(view) && !goes(scene, view);
    let views = scene.target.views_in_order().into_iter().filter(|view| !stays(view));
    views.map(|view| execute(view.definition.source().trim().to_owned())).collect()
}

pub(super) fn create_triggers(scene: Scene<'_>) -> Vec<Change> {
    let stays =
        |trigger: &Trigger| scene.current.triggers.contains(trigger) && !is_dropped(scene, trigger);
    let triggers = scene.target.triggers.iter().filter(|trigger| !stays(trigger));
    triggers.map(|trigger| execute(trigger.definition.source().trim().to_owned())).collect()
}

fn execute(sql: String) -> Change {
    Change::new(Operation::execute(sql))
}
