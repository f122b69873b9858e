//! A fleet that an application migrates by the library, in its own process.

use runner::fleet::{Fleet, FleetEvent, FleetOptions, FleetPlan, InProcess, State, Tenant};
use runner::{Bundle, Stop};

use super::scene::{Fleet as Scene, built};

#[test]
fn an_application_migrates_its_tenants_and_hears_of_each() {
    let scene = Scene::of(6);
    scene.add_wish("wish", "fail");
    let bundle = Bundle::from_bytes(built().bundle.clone()).unwrap();
    let tenants = ["0000", "0001", "0002", "0003", "0004", "0005", "wish"].map(|name| Tenant {
        path: scene.path(name),
        bytes: 1,
        canary: false,
    });
    let target = built().second.parse().unwrap();
    let plan = FleetPlan::new(&bundle, target, None, tenants).unwrap();
    let stop = Stop::default();
    let fleet = Fleet::new(&plan, &bundle, FleetOptions::of(&plan), &stop).unwrap();
    let workers = vec![InProcess { stop: stop.clone() }; 2];
    let mut done = 0;
    let summary = fleet
        .migrate(workers, None, &mut |event| {
            done += i32::from(matches!(event, FleetEvent::Done { .. }));
        })
        .unwrap();
    assert_eq!((summary.count(State::Applied), summary.count(State::Failed), done), (6, 1, 7));
    scene.all_are_at_the_target(["0000", "0001", "0002", "0003", "0004", "0005"]);
    assert_eq!(scene.runs("wish"), 0);
}
