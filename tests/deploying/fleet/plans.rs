//! Plans, shards and reports: what they say, and what is refused.

use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::symlink;

use insta::assert_snapshot;

use super::scene::Fleet;

#[test]
fn a_plan_is_the_same_for_all_shards_which_together_are_all_of_it() {
    let fleet = Fleet::of(25);
    fleet.plan(&["--canary", "2"]);
    let mut reports = Vec::new();
    for shard in 0..4 {
        let report = format!("report-{shard}");
        let of = format!("{shard}/4");
        let words = ["migrate", "--plan", "fleet.plan", "--report", &report, "--shard", &of];
        fleet.run(&words).succeeded();
        assert!(fleet.report(&report).iter().all(|line| line["shard"] == of));
        reports.push(report);
    }
    let names: Vec<&str> = reports.iter().map(String::as_str).collect();
    let words = [&["report", "--plan", "fleet.plan"][..], &names].concat();
    // The canaries are in no shard.
    let outcome = fleet.run(&words);
    assert_snapshot!(outcome.shown(), @"
    exit 75
    --- stdout
    23 databases: 23 applied
      23 at [STAMP]_fleet_two
    2 databases in no report:
      data/0000.db
      data/0024.db
    --- stderr
    error: no report says what came of 2 databases of the plan
    hint: migrate the plan again, or the shards that are missing: what is done is passed over
    ");
    let canaries = ["migrate", "--plan", "fleet.plan", "--canary-only", "--report", "canaries"];
    fleet.run(&canaries).succeeded();
    let outcome = fleet.run(&[&words[..], &["canaries", "--html", "report.html"]].concat());
    assert_snapshot!(outcome.shown(), @"
    exit 0
    --- stdout
    25 databases: 25 applied
      25 at [STAMP]_fleet_two
    ");
    let page = fleet.sandbox.read("report.html");
    assert!(page.contains("25 of 25 databases reported"), "{page}");
}

#[test]
fn a_path_that_is_no_text_goes_through_plan_worker_and_report() {
    let fleet = Fleet::of(1);
    let odd = fleet.sandbox.path("data").join(std::ffi::OsStr::from_bytes(b"\xff\xfe \"x\n.db"));
    fs::rename(fleet.path("0000"), &odd).unwrap();
    fleet.plan(&[]);
    fleet.run(&["migrate", "--plan", "fleet.plan", "--report", "report"]).succeeded();
    let line = &fleet.outcomes("report")[0];
    assert_eq!(line["state"], "applied");
    assert!(line["path_base64"].is_string(), "{line}");
}

#[test]
fn patterns_find_what_a_shell_would_and_links_but_nothing_beside_a_database() {
    let fleet = Fleet::of(1);
    let data = fleet.sandbox.path("data");
    for folder in ["a", "b/c", ".hidden"] {
        fs::create_dir_all(data.join(folder)).unwrap();
        fs::copy(fleet.path("0000"), data.join(folder).join("app.db")).unwrap();
    }
    symlink("a", data.join("linked")).unwrap();
    symlink(&data, data.join("b/loop")).unwrap();
    symlink("nowhere", data.join("broken.db")).unwrap();
    fs::write(data.join("0000.db-wal"), "").unwrap();
    let mut found = String::new();
    for pattern in ["data/*.db*", "data/*/app.db", "data/**/app.db", "data/{a,b}/**", "*/0000.db"] {
        let words = ["plan", "--databases", pattern, "-o", "fleet.plan"];
        let outcome = fleet.run(&words);
        found += &format!("{pattern}\n");
        if outcome.code != Some(0) {
            found += &outcome.stderr;
            continue;
        }
        for line in fleet.report("fleet.plan").iter().skip(1) {
            found += &format!("  {}\n", fleet.sandbox.normal(line["path"].as_str().unwrap()));
        }
    }
    assert_snapshot!(found, @"
    data/*.db*
      [ROOT]/data/0000.db
      [ROOT]/data/broken.db
    data/*/app.db
      [ROOT]/data/.hidden/app.db
      [ROOT]/data/a/app.db
      [ROOT]/data/linked/app.db
    data/**/app.db
      [ROOT]/data/.hidden/app.db
      [ROOT]/data/a/app.db
      [ROOT]/data/b/c/app.db
      [ROOT]/data/linked/app.db
    data/{a,b}/**
      [ROOT]/data/a/app.db
      [ROOT]/data/b/c
      [ROOT]/data/b/c/app.db
    */0000.db
      [ROOT]/data/0000.db
    ");
}

#[test]
fn what_is_no_fleet_is_refused_before_anything_is_touched() {
    let fleet = Fleet::of(2);
    fleet.plan(&[]);
    let plan = fleet.sandbox.read("fleet.plan");
    fleet.sandbox.write("cut.plan", &plan[..plan.len() - 20]);
    fleet.sandbox.write("newer.plan", &plan.replacen("\"plan\":1", "\"plan\":2", 1));
    fleet.sandbox.write("edited.plan", &plan.replacen("0001.db", "0000.db", 1));
    let head = plan.lines().next().unwrap();
    let digest = head.split('"').nth(5).unwrap();
    fleet.sandbox.write("other.plan", &plan.replacen(digest, &"0".repeat(64), 1));
    fleet.run(&["migrate", "--databases", "data/0001.db", "--report", "report"]).succeeded();
    let mut told = String::new();
    for words in [
        &["plan", "--databases", "nowhere/*.db", "-o", "new.plan"][..],
        &["plan", "--databases", "data/[", "-o", "new.plan"],
        &["migrate", "--plan", "cut.plan"],
        &["migrate", "--plan", "newer.plan"],
        &["migrate", "--plan", "edited.plan"],
        &["migrate", "--plan", "other.plan"],
        &["migrate", "--plan", "missing.plan"],
        &["migrate", "--plan", "fleet.plan", "--shard", "2/2"],
        &["migrate", "--plan", "fleet.plan", "--report", "report"],
        &["migrate", "--plan", "fleet.plan", "--report", "report", "--only", "failed"],
        &["report", "--plan", "fleet.plan", "report"],
        &["migrate", "--plan", "fleet.plan", "--report", "fleet.plan"],
        &["migrate", "--plan", "fleet.plan", "--report", "data/0000.db"],
        &["migrate", "--databases", "data/*.db", "--report", "data/0000.db"],
        &["report", "--plan", "fleet.plan", "data/0000.db"],
        &["migrate", "--databases", "data/*.db", "--database", "app.db"],
        &["template", "slurm", "--plan", "fleet.plan", "--shards", "3"],
    ] {
        let outcome = fleet.sandbox.unchanged_by(fleet.command(words));
        assert_eq!(outcome.code, Some(2), "{words:?} {}", outcome.shown());
        told += &format!("$ {}\n{}\n", words.join(" "), outcome.stderr);
    }
    assert_snapshot!(told, @"
    $ plan --databases nowhere/*.db -o new.plan
    error: there are no databases to plan for
    hint: nothing was written; see whether the patterns are right

    $ plan --databases data/[ -o new.plan
    error: there are no databases to plan for
    hint: nothing was written; see whether the patterns are right

    $ migrate --plan cut.plan
    error: cannot use the plan `cut.plan`
      caused by: it names 1 of 2 databases
    hint: no database was touched; copy it again, or make it anew

    $ migrate --plan newer.plan
    error: cannot use the plan `newer.plan`
      caused by: it has version 2 of the form, and this runner knows 1
    hint: use the runner that made it, or make it anew

    $ migrate --plan edited.plan
    error: cannot use the plan `edited.plan`
      caused by: line 3 of it is not in its place
    hint: no database was touched; copy it again, or make it anew

    $ migrate --plan other.plan
    error: the plan is for the bundle with the digest `[DIGEST]`, and this one has `[DIGEST]`
    hint: no database was touched; use the bundle, or the sources, that the plan was made with, or make the plan anew

    $ migrate --plan missing.plan
    error: cannot read `missing.plan`
      caused by: No such file or directory (os error 2)
    hint: see whether this is the right path

    $ migrate --plan fleet.plan --shard 2/2
    error: invalid value '2/2' for '--shard <K/N>': of 2 shards the first is 0/2 and the last 1/2

    For more information, try '--help'.

    $ migrate --plan fleet.plan --report report
    error: line 1 of `report` is of another plan
    hint: name the plan that the report was written for, or another file for the report

    $ migrate --plan fleet.plan --report report --only failed
    error: line 1 of `report` is of another plan
    hint: name the plan that the report was written for, or another file for the report

    $ report --plan fleet.plan report
    error: line 1 of `report` is of another plan
    hint: name the plan that the report was written for, or another file for the report

    $ migrate --plan fleet.plan --report fleet.plan
    error: cannot use the report `fleet.plan`
      caused by: it is not the report of a fleet
    hint: nothing was touched; name the report of a run, or for a new one a file that is not there

    $ migrate --plan fleet.plan --report data/0000.db
    error: cannot use the report `data/0000.db`
      caused by: it is not the report of a fleet
    hint: nothing was touched; name the report of a run, or for a new one a file that is not there

    $ migrate --databases data/*.db --report data/0000.db
    error: cannot use the report `data/0000.db`
      caused by: it is not the report of a fleet
    hint: nothing was touched; name the report of a run, or for a new one a file that is not there

    $ report --plan fleet.plan data/0000.db
    error: cannot use the report `data/0000.db`
      caused by: it is not the report of a fleet
    hint: nothing was touched; name the report of a run, or for a new one a file that is not there

    $ migrate --databases data/*.db --database app.db
    error: a fleet has no `--database`
    hint: name its databases by `--databases`

    $ template slurm --plan fleet.plan --shards 3
    error: the plan has 2 databases that are no canaries, too few for 3 shards
    hint: ask for fewer shards
    ");
}

#[test]
fn a_job_is_not_printed_for_a_folder_with_reports_of_another_plan() {
    let fleet = Fleet::of(4);
    fs::create_dir(fleet.sandbox.path("reports")).unwrap();
    fleet.plan(&[]);
    let template = ["template", "parallel", "--plan", "fleet.plan", "--shards", "2"];
    let words = ["migrate", "--plan", "fleet.plan", "--report", "reports/0.jsonl"];
    fleet.run(&[&words[..], &["--shard", "0/2"]].concat()).succeeded();
    fleet.run(&template).succeeded();
    fleet.plan(&[]);
    assert_snapshot!(fleet.run(&template).shown(), @"
    exit 2
    --- stderr
    error: line 1 of `reports/0.jsonl` is of another plan
    hint: name the plan that the report was written for, or another file for the report
    ");
    fleet.run(&[&template[..], &["--reports", "later"]].concat()).succeeded();
}

#[test]
fn a_plan_for_another_machine_is_refused_there() {
    let fleet = Fleet::of(2);
    let hosts = ["there=data/0000.db", "there=data/0001.db"];
    let words = [&["plan", "-o", "fleet.plan", "--by-host"][..], &hosts].concat();
    fleet.run(&words).succeeded();
    let words = ["migrate", "--plan", "fleet.there.plan"];
    let outcome = fleet.sandbox.unchanged_by(fleet.command(&words));
    assert_eq!(outcome.code, Some(2), "{}", outcome.shown());
    assert!(outcome.stderr.contains("the plan is for the machine `there`"), "{}", outcome.stderr);
}

#[test]
fn status_counts_versions_and_writes_nothing() {
    let fleet = Fleet::of(5);
    fleet.run(&["migrate", "--databases", "data/0001.db", "data/0003.db"]).succeeded();
    fs::write(fleet.path("empty"), "").unwrap();
    let words = ["status", "--databases", "data/*.db"];
    let outcome = fleet.sandbox.unchanged_by(fleet.command(&words));
    assert_snapshot!(outcome.shown(), @"
    exit 0
    --- stdout
    6 databases: 3 pending, 2 already, 1 empty
      2 at [STAMP]_fleet_two
      3 at [STAMP]_fleet_one
    ");
}

#[test]
fn only_what_a_report_has_in_a_state_is_taken_again() {
    let fleet = Fleet::of(2);
    fleet.add_wish("wish", "fail");
    fleet.plan(&[]);
    let words = ["migrate", "--plan", "fleet.plan", "--report", "report"];
    assert_eq!(fleet.run(&words).code, Some(1));
    assert_eq!(fleet.outcomes("report").len(), 3);
    fleet.open("wish").execute_batch("DELETE FROM wish").unwrap();
    fleet.run(&[&words[..], &["--only", "failed,busy"]].concat()).succeeded();
    assert_eq!(fleet.outcomes("report").len(), 4);
    fleet.run(&["report", "--plan", "fleet.plan", "report"]).succeeded();
}
