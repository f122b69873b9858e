//! The jobs for Kubernetes, as they are read. Nothing here runs them; `.ci/long fleets` compares them with the schema.

use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use yaml_rust2::{Yaml, YamlLoader};

use super::super::scene::Fleet;
use crate::sandbox::{long, skipped};

/// What the template prints for eight shards of a hundred databases.
fn printed(bundle: &str) -> String {
    let fleet = Fleet::of(100);
    fleet.plan(&["--canary", "2"]);
    std::fs::rename(fleet.sandbox.path("app.bundle"), fleet.sandbox.path(bundle)).unwrap();
    let mut command = fleet.sandbox.command(&["fleet", "template", "kubernetes"]);
    command.args(["--plan", "fleet.plan", "--shards", "8", "--at-a-time", "3", "--bundle", bundle]);
    fleet.sandbox.outcome(&command.output().unwrap()).succeeded().stdout
}

#[test]
fn a_plan_without_canaries_has_one_job_that_waits_for_nothing() {
    let fleet = Fleet::of(4);
    fleet.plan(&[]);
    let words = ["template", "kubernetes", "--plan", "fleet.plan", "--shards", "2"];
    let printed = fleet.run(&words).succeeded().stdout;
    assert_eq!(YamlLoader::load_from_str(&printed).unwrap().len(), 1);
    assert!(!printed.contains("canar") && !printed.contains("suspend"), "{printed}");
}

/// The canaries' job, and that of the shards.
fn jobs(text: &str) -> [Value; 2] {
    let jobs = YamlLoader::load_from_str(text).unwrap();
    jobs.iter().map(as_json).collect::<Vec<_>>().try_into().unwrap()
}

fn as_json(yaml: &Yaml) -> Value {
    match yaml {
        Yaml::Hash(fields) => fields
            .iter()
            .map(|(name, value)| (name.as_str().unwrap().to_owned(), as_json(value)))
            .collect(),
        Yaml::Array(values) => values.iter().map(as_json).collect(),
        Yaml::String(text) => json!(text),
        Yaml::Integer(number) => json!(number),
        Yaml::Boolean(value) => json!(value),
        other => panic!("{other:?}"),
    }
}

#[test]
fn shards_are_indexed_and_come_back_after_what_another_run_helps() {
    let [canaries, shards] = jobs(&printed("app.bundle"));
    for job in [&canaries, &shards] {
        assert_eq!((&job["apiVersion"], &job["kind"]), (&json!("batch/v1"), &json!("Job")));
        let spec = &job["spec"];
        // A policy for failures demands it.
        assert_eq!(spec["template"]["spec"]["restartPolicy"], "Never");
        assert_eq!(spec["podReplacementPolicy"], "Failed");
        let grace = spec["template"]["spec"]["terminationGracePeriodSeconds"].as_i64();
        assert!(grace.is_some_and(|seconds| seconds >= 300), "{grace:?}");
        let rules = spec["podFailurePolicy"]["rules"].as_array().unwrap();
        assert_eq!(rules.len(), 2);
        // The first that fits counts: a pod that is evicted ends with 143.
        assert_eq!(rules[0]["action"], "Ignore");
        let disrupted = json!([{"type": "DisruptionTarget", "status": "True"}]);
        assert_eq!(rules[0]["onPodConditions"], disrupted);
        // 75 and 143 are not among them: they are tried again.
        let codes = json!({"containerName": "runner", "operator": "In", "values": [1, 2, 3, 4]});
        assert_eq!(rules[1]["onExitCodes"], codes);
        let container = &spec["template"]["spec"]["containers"][0];
        assert_eq!(
            (&container["name"], &container["command"]),
            (&json!("runner"), &json!(["runner"]))
        );
    }
    let spec = &shards["spec"];
    assert_eq!(spec["completionMode"], "Indexed");
    assert_eq!((&spec["completions"], &spec["parallelism"]), (&json!(8), &json!(3)));
    assert_eq!(spec["backoffLimitPerIndex"], 3);
    assert_eq!(spec["podFailurePolicy"]["rules"][1]["action"], "FailIndex");
    assert_eq!(
        spec["template"]["spec"]["containers"][0]["args"],
        json!([
            "fleet",
            "migrate",
            "--bundle=app.bundle",
            "--plan=fleet.plan",
            "--shard=$(JOB_COMPLETION_INDEX)/8",
            "--report=reports/$(JOB_COMPLETION_INDEX).jsonl",
        ])
    );
}

#[test]
fn shards_wait_for_the_canaries() {
    let [canaries, shards] = jobs(&printed("app.bundle"));
    assert_eq!(shards["spec"]["suspend"], true);
    assert_eq!(canaries["spec"]["podFailurePolicy"]["rules"][1]["action"], "FailJob");
    assert_eq!(canaries["spec"]["backoffLimit"], 3);
    let arguments = &canaries["spec"]["template"]["spec"]["containers"][0]["args"];
    assert!(arguments.as_array().unwrap().contains(&json!("--canary-only")), "{arguments}");
}

#[test]
fn a_path_is_read_as_it_was_given_whatever_is_in_it() {
    let [canaries, shards] = jobs(&printed("a: b #c $(E) \"d\""));
    for job in [canaries, shards] {
        let arguments = &job["spec"]["template"]["spec"]["containers"][0]["args"];
        // Kubernetes makes one of two dollars, and expands nothing then.
        assert_eq!(arguments[2], "--bundle=a: b #c $$(E) \"d\"");
    }
}

#[test]
fn each_job_is_one_by_the_schema_of_kubernetes() {
    if !long() {
        return skipped("the schema is asked by `.ci/long fleets` alone (RUNNER_TEST_LONG=1)");
    }
    let program = std::env::var("KUBERNETES_VALIDATE").unwrap_or("kubernetes-validate".to_owned());
    let text = printed("app.bundle");
    let judge = |text: &str| {
        let mut file = tempfile::Builder::new().suffix(".yaml").tempfile().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        let mut command = Command::new(&program);
        command.arg("--strict").arg(file.path()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.output().ok()
    };
    let Some(output) = judge(&text) else {
        return skipped("`kubernetes-validate` (PyPI) is not installed");
    };
    assert!(output.status.success(), "{output:?}");
    let slip = judge(&text.replace("podReplacementPolicy", "podReplacmentPolicy")).unwrap();
    assert!(!slip.status.success(), "{slip:?}");
}
