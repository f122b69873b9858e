//! Plans, shards and reports: what they say, and what is refused.

use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::process::Command;

use insta::assert_snapshot;

use super::scene::{Fleet, built};

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
    fleet.sandbox.write("digest.plan", &plan.replacen(digest, &"0".repeat(64), 1));
    fleet.sandbox.write("moved.plan", &plan.replacen("0000.db", "00000.db", 1));
    fleet.sandbox.write("longer.plan", &(plan.clone() + "\n"));
    fs::write(fleet.sandbox.path("newer.bundle"), &built().newer).unwrap();
    let words =
        ["plan", "--databases", "data/*.db", "-o", "other.plan", "--bundle", "newer.bundle"];
    fleet.sandbox.run(&[&["fleet"], &words[..]].concat()).succeeded();
    fleet.run(&["migrate", "--databases", "data/0001.db", "--report", "report"]).succeeded();
    let mut told = String::new();
    for words in [
        &["plan", "--databases", "nowhere/*.db", "-o", "new.plan"][..],
        &["plan", "--databases", "data/[", "-o", "new.plan"],
        &["migrate", "--plan", "cut.plan"],
        &["migrate", "--plan", "newer.plan"],
        &["migrate", "--plan", "edited.plan"],
        &["migrate", "--plan", "digest.plan"],
        &["migrate", "--plan", "moved.plan"],
        &["migrate", "--plan", "longer.plan"],
        &["migrate", "--plan", "other.plan"],
        &["template", "slurm", "--plan", "other.plan", "--shards", "1"],
        &["migrate", "--plan", "missing.plan"],
        &["migrate", "--plan", "fleet.plan", "--shard", "2/2"],
        &["migrate", "--plan", "fleet.plan", "--report", "report"],
        &["migrate", "--plan", "fleet.plan", "--report", "report", "--only", "failed"],
        &["report", "--plan", "fleet.plan", "report"],
        &["migrate", "--plan", "fleet.plan", "--report", "fleet.plan"],
        &["migrate", "--plan", "fleet.plan", "--report", "data/0000.db"],
        &["migrate", "--databases", "data/*.db", "--report", "data/0000.db"],
        &["report", "--plan", "fleet.plan", "data/0000.db"],
        &["migrate", "--databases", "data/*.db", "--report", "report"],
        &["migrate", "--databases", "data/*.db", "--shard", "0/2"],
        &["migrate", "--databases", "data/*.db", "--canary-only"],
        &["migrate", "--databases", "data/*.db", "--only-applied-by", "report"],
        &["migrate", "--databases", "data/*.db", "--report", "new", "--only", "failed"],
        &["migrate", "--plan", "fleet.plan", "--shard", "0/0"],
        &["migrate", "--plan", "fleet.plan", "--jobs", "0"],
        &["migrate", "--plan", "fleet.plan", "--max-failures", "101%"],
        &["migrate", "--databases", "data/*.db", "--database", "app.db"],
        &["template", "slurm", "--plan", "fleet.plan", "--shards", "3"],
    ] {
        let outcome = fleet.sandbox.unchanged_by(fleet.command(words));
        assert_eq!(outcome.code, Some(2), "{words:?} {}", outcome.shown());
        told += &format!("$ {}\n{}\n", words.join(" "), outcome.stderr);
    }
    assert_snapshot!(told, @"
    $ plan --databases nowhere/*.db -o new.plan
    error: no file matches `nowhere/*.db`
    hint: no database was touched; see whether the pattern is right

    $ plan --databases data/[ -o new.plan
    error: no file matches `data/[`
    hint: no database was touched; see whether the pattern is right

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

    $ migrate --plan digest.plan
    error: cannot use the plan `digest.plan`
      caused by: it was edited: its text is not the one that it has the SHA-256 of
    hint: no database was touched; copy it again, or make it anew

    $ migrate --plan moved.plan
    error: cannot use the plan `moved.plan`
      caused by: it was edited: its text is not the one that it has the SHA-256 of
    hint: no database was touched; copy it again, or make it anew

    $ migrate --plan longer.plan
    error: cannot use the plan `longer.plan`
      caused by: it was edited: its text is not the one that it has the SHA-256 of
    hint: no database was touched; copy it again, or make it anew

    $ migrate --plan other.plan
    error: the plan is for the bundle with the digest `[DIGEST]`, and this one has `[DIGEST]`
    hint: no database was touched; use the bundle, or the sources, that the plan was made with, or make the plan anew

    $ template slurm --plan other.plan --shards 1
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

    $ migrate --databases data/*.db --report report
    error: line 1 of `report` is of another plan
    hint: name the plan that the report was written for, or another file for the report

    $ migrate --databases data/*.db --shard 0/2
    error: the argument '--databases <GLOB>...' cannot be used with '--shard <K/N>'

    Usage: runner fleet migrate --bundle <FILE> <--plan <FILE>|--databases <GLOB>...>

    For more information, try '--help'.

    $ migrate --databases data/*.db --canary-only
    error: the argument '--databases <GLOB>...' cannot be used with '--canary-only'

    Usage: runner fleet migrate --bundle <FILE> <--plan <FILE>|--databases <GLOB>...>

    For more information, try '--help'.

    $ migrate --databases data/*.db --only-applied-by report
    error: the argument '--databases <GLOB>...' cannot be used with '--only-applied-by <REPORT>'

    Usage: runner fleet migrate --bundle <FILE> <--plan <FILE>|--databases <GLOB>...>

    For more information, try '--help'.

    $ migrate --databases data/*.db --report new --only failed
    error: the argument '--databases <GLOB>...' cannot be used with '--only <STATE>'

    Usage: runner fleet migrate --report <FILE> --bundle <FILE> <--plan <FILE>|--databases <GLOB>...>

    For more information, try '--help'.

    $ migrate --plan fleet.plan --shard 0/0
    error: invalid value '0/0' for '--shard <K/N>': of 0 shards there is none: N is 1 at least

    For more information, try '--help'.

    $ migrate --plan fleet.plan --jobs 0
    error: invalid value '0' for '--jobs <J>': not a whole number from 1 on

    For more information, try '--help'.

    $ migrate --plan fleet.plan --max-failures 101%
    error: invalid value '101%' for '--max-failures <N|P%>': not a number of databases, such as 10, or a share of them from 1% to 100%

    For more information, try '--help'.

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

/// What a printed job says where its engine would begin.
fn job(fleet: &Fleet, engine: &str, plan: &str, hosts: &str) -> (Option<i32>, String) {
    let words = ["template", engine, "--plan", plan, "--shards", "1"];
    fleet.sandbox.write("job.sh", &fleet.printed(&words));
    began(fleet, hosts)
}

fn began(fleet: &Fleet, hosts: &str) -> (Option<i32>, String) {
    let mut command = Command::new("bash");
    fleet.sandbox.prepare(command.arg("job.sh").env("HOSTS", hosts));
    for engine in ["parallel", "sbatch"] {
        let path = fleet.sandbox.path(format!("engines/{engine}"));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, format!("#!/bin/sh\necho {engine} \"$@\" >&2\necho 1\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }
    let path = std::env::var("PATH").unwrap();
    command.env("PATH", format!("{}:{path}", fleet.sandbox.path("engines").display()));
    let outcome = fleet.sandbox.outcome(&command.output().unwrap());
    (outcome.code, outcome.stderr)
}

#[test]
fn a_job_for_another_plan_of_the_same_name_begins_nothing() {
    let fleet = Fleet::of(2);
    for engine in ["slurm", "parallel"] {
        fleet.plan(&["--canary", "1"]);
        let (code, said) = job(&fleet, engine, "fleet.plan", "");
        assert_eq!(code, Some(0), "{said}");
        assert!(said.contains("canaries"), "{said}");
        fleet.plan(&[]);
        let (code, said) = began(&fleet, "");
        assert_eq!(code, Some(2), "{said}");
        assert!(said.contains("not the plan that this job was printed for"), "{said}");
        let (code, said) = job(&fleet, engine, "fleet.plan", "");
        assert_eq!(code, Some(0), "{said}");
        assert!(!said.contains("canar"), "{said}");
    }
}

#[test]
fn a_job_for_the_plan_of_a_machine_runs_there_alone() {
    let fleet = Fleet::of(2);
    fleet.run(&["plan", "-o", "fleet.plan", "--by-host", "db1=data/*.db"]).succeeded();
    let words = ["template", "slurm", "--plan", "fleet.db1.plan", "--shards", "1"];
    let printed = fleet.run(&words).succeeded().stdout;
    assert!(printed.contains("\n#SBATCH --nodelist=db1\n"), "{printed}");
    for (hosts, code) in
        [("", 0), ("db1", 0), ("8/db1", 0), ("8/me@db1", 0), ("8/db2", 2), ("8/db1,8/db2", 2)]
    {
        let (came, said) = job(&fleet, "parallel", "fleet.db1.plan", hosts);
        assert_eq!(came, Some(code), "{hosts}: {said}");
    }
}

#[test]
fn a_plan_for_another_machine_is_refused_there() {
    let fleet = Fleet::of(2);
    let here = String::from_utf8(Command::new("uname").arg("-n").output().unwrap().stdout).unwrap();
    let here = format!("{}=data/0000.db", here.trim().to_uppercase());
    fleet.run(&["plan", "-o", "here.plan", "--by-host", &here]).succeeded();
    let plan = format!("here.{}.plan", here.split('=').next().unwrap());
    fleet.run(&["status", "--plan", &plan]).succeeded();
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
