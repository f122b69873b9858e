//! `runner migrate --as-rehearsed` does what was rehearsed, or nothing.

use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};

use super::scene::{Scene, source};
use crate::sandbox::{Outcome, TARGET};

const FORWARD: &str = "UPDATE player SET price = price || '!'";
const BACKWARD: Option<&str> = Some("UPDATE player SET price = rtrim(price, '!')");

fn migrate(scene: &Scene) -> Outcome {
    scene.sandbox.run(&["migrate", "--as-rehearsed"])
}

/// Refused, in this point, with nothing changed.
#[track_caller]
fn refused(scene: &Scene, point: &str) {
    let before = scene.sandbox.contents();
    let outcome = migrate(scene);
    assert_eq!(outcome.code, Some(3), "{outcome:?}");
    assert!(outcome.stderr.contains("error: this is not what was rehearsed: "), "{outcome:?}");
    assert!(outcome.stderr.contains(point), "{point}: {outcome:?}");
    assert!(outcome.stderr.contains("runner explain not-as-rehearsed"), "{outcome:?}");
    assert!(outcome.stderr.contains("`runner rehearse`"), "{outcome:?}");
    assert_eq!(scene.sandbox.contents(), before);
}

/// The file that the last rehearsal is kept in.
fn kept(scene: &Scene) -> PathBuf {
    let path = scene.sandbox.path("app.db");
    let mut sum = runner::sum::Sum::new();
    sum.part(path.as_os_str().as_encoded_bytes());
    let start = format!("runner-rehearsal-{:.16}-", sum.hex());
    let entries = fs::read_dir(TARGET).unwrap().map(|entry| entry.unwrap().path());
    let mut found = entries
        .filter(|it| it.file_name().is_some_and(|name| name.to_string_lossy().starts_with(&start)));
    found.next().unwrap()
}

fn edit(scene: &Scene, change: impl FnOnce(&mut Value)) {
    let file = kept(scene);
    let mut document: Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
    change(&mut document);
    fs::write(file, document.to_string()).unwrap();
}

#[test]
fn what_was_rehearsed_is_done_though_rows_have_changed_since() {
    let scene = Scene::new();
    scene.pending("as_rehearsed", "", FORWARD, BACKWARD);
    scene.rehearse(&[]).succeeded();
    scene.execute("INSERT INTO player VALUES (4, 'barbara', NULL, '4s')");
    migrate(&scene).succeeded();
    assert!(scene.sandbox.contents().contains("4s!"));
    // Then there is nothing to compare.
    migrate(&scene).succeeded();
}

#[test]
fn without_a_rehearsal_that_went_well_nothing_is_done() {
    let scene = Scene::new();
    let id = scene.pending("as_not_rehearsed", "", FORWARD, BACKWARD);
    refused(&scene, "there was no rehearsal on");
    scene.rehearse(&[]).succeeded();
    fs::write(kept(&scene), "{").unwrap();
    refused(&scene, "cannot be read by this version");
    scene.rehearse(&[]).succeeded();
    edit(&scene, |document| document["format"] = json!(99));
    refused(&scene, "cannot be read by this version");
    let lossy = source("", "UPDATE player SET price = 1", Some(""));
    scene.sandbox.write(format!("migrations/{id}/src/lib.rs"), &lossy);
    assert_eq!(scene.rehearse(&[]).code, Some(1));
    refused(&scene, "failed");
}

#[test]
fn another_machine_file_or_schema_is_another_database() {
    let scene = Scene::new();
    scene.pending("as_elsewhere", "", FORWARD, BACKWARD);
    scene.rehearse(&[]).succeeded();
    edit(&scene, |document| document["machine"] = json!("staging"));
    refused(&scene, "the last rehearsal was on `staging`");
    scene.rehearse(&[]).succeeded();
    edit(&scene, |document| document["database"]["path"] = json!("/srv/copy/app.db"));
    refused(&scene, "the last rehearsal was of `/srv/copy/app.db`");

    scene.rehearse(&[]).succeeded();
    let path = scene.sandbox.path("app.db");
    fs::copy(&path, scene.sandbox.path("other.db")).unwrap();
    fs::rename(scene.sandbox.path("other.db"), &path).unwrap();
    refused(&scene, "was replaced by another file");

    scene.rehearse(&[]).succeeded();
    scene.execute("CREATE TABLE by_hand (a)");
    let reason = ["repair", "--accept-schema", "--reason", "made by hand"];
    scene.sandbox.run(&reason).succeeded();
    refused(&scene, "is not that of the last rehearsal");
}

#[test]
fn other_steps_or_sources_are_another_plan() {
    let scene = Scene::new();
    let id = scene.pending("as_planned", "", FORWARD, BACKWARD);
    scene.rehearse(&[]).succeeded();
    let edited = source("", "UPDATE player SET price = price || '?'", Some(""));
    scene.sandbox.write(format!("migrations/{id}/src/lib.rs"), &edited);
    refused(&scene, "the source of `");
    scene.sandbox.write(format!("migrations/{id}/src/lib.rs"), &source("", FORWARD, BACKWARD));
    scene.pending("as_planned_later", "", "DELETE FROM item", Some(""));
    refused(&scene, "the plan is another");
    scene.sandbox.run(&["migrate", "--as-rehearsed", "--to", "as_planned"]).succeeded();
}

#[test]
fn another_file_of_views_is_another_plan() {
    let scene = Scene::new();
    scene.pending("as_viewed", "", FORWARD, BACKWARD);
    scene.sandbox.write("repeatable/cheap.sql", "CREATE VIEW cheap AS SELECT name FROM player;");
    scene.rehearse(&[]).succeeded();
    scene.sandbox.write("repeatable/cheap.sql", "CREATE VIEW cheap AS SELECT price FROM player;");
    refused(&scene, "repeatable/cheap.sql");
    scene.rehearse(&[]).succeeded();
    migrate(&scene).succeeded();
}

#[cfg(unix)]
#[test]
fn a_schema_that_changes_after_the_look_is_found_under_the_lock() {
    use crate::gate::Held;
    let scene = Scene::new();
    // The runner has left no schema here that it would know again.
    fs::remove_dir_all(scene.sandbox.path("migrations").join(super::scene::GROUND_ID)).unwrap();
    let reason = ["repair", "--forget", "rehearsed_ground", "--reason", "to begin anew"];
    scene.sandbox.run(&reason).succeeded();
    scene.pending("as_locked", "", FORWARD, BACKWARD);
    scene.rehearse(&[]).succeeded();
    let held = Held::before_its_first_step(&scene.sandbox, &["migrate", "--as-rehearsed"]);
    scene.execute("CREATE TABLE by_hand (a)");
    let outcome = held.outcome();
    assert_eq!(outcome.code, Some(3), "{outcome:?}");
    assert!(outcome.stdout.contains("planning anew: the plan is no longer true"), "{outcome:?}");
    assert!(outcome.stderr.contains("is not that of the last rehearsal"), "{outcome:?}");
    assert!(!scene.sandbox.contents().contains('!'));
}

#[test]
fn a_bundle_is_rehearsed_and_what_was_found_is_kept_beside_the_database() {
    let scene = Scene::new();
    scene.pending("as_bundled", "", FORWARD, BACKWARD);
    scene.sandbox.run(&["bundle", "-o", "game.bundle"]).succeeded();
    let bundled = ["--bundle", "game.bundle"];
    scene.rehearse(&bundled).succeeded();
    assert!(scene.sandbox.path("app.db.rehearsal.json").exists());
    let arguments = [&["migrate", "--as-rehearsed"], &bundled[..]].concat();
    scene.sandbox.run(&arguments).succeeded();
}
