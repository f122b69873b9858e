//! `runner fleet template`.

use std::path::{Path, PathBuf};

use runner::fleet::{FleetPlan, Merged, Shard, Share};
use serde_json::json;

use super::super::args::{Common, Engine, FleetTemplateArgs};
use super::super::failure::Failure;
use super::super::output;
use super::opened::usage;

pub(super) fn run(common: &Common, args: &FleetTemplateArgs) -> Result<(), Failure> {
    let plan = FleetPlan::read(&args.plan).map_err(runner::Error::from)?;
    // By what another plan's job left in there, a shard of this one would be passed over as done.
    for report in reports_in(&args.reports) {
        Merged::refuse_other_than(&report, Some(&plan)).map_err(runner::Error::from)?;
    }
    let Some(bundle) = common.bundle() else {
        let hint = "name it by `--bundle FILE`, by the path that the job finds it at";
        return Err(usage("the job needs a bundle, and none is named", hint));
    };
    let opened = bundle.open().map_err(runner::Error::from)?;
    plan.check_bundle(&opened).map_err(runner::Error::from)?;
    let shards = args.shards.get() as usize;
    let others = plan.tenants().iter().filter(|tenant| !tenant.canary).count();
    if shards > others {
        let message = format!(
            "the plan has {} that are no canaries, too few for {shards} shards",
            output::count(others, "database")
        );
        return Err(usage(&message, "ask for fewer shards"));
    }
    let sizes = (0..shards).filter_map(|index| Shard::new(index, shards).ok());
    let largest = sizes.map(|shard| plan.share(Share::Shard(shard)).len()).max().unwrap_or(0);
    let (text, path): (_, fn(&Path) -> String) = match args.engine {
        Engine::Slurm => (include_str!("templates/slurm.sh"), in_shell),
        Engine::Parallel => (include_str!("templates/parallel.sh"), in_shell),
        Engine::Kubernetes => (include_str!("templates/kubernetes.yaml"), in_yaml),
    };
    let numbers: Vec<String> = (0..shards).map(|index| index.to_string()).collect();
    let has_canaries = others < plan.tenants().len();
    let text = section(text, "canaries", has_canaries);
    let text = section(&text, "host", plan.host.is_some())
        .replace("{host}", plan.host.as_deref().unwrap_or_default())
        .replace("{databases}", &plan.tenants().len().to_string())
        .replace("{shards}", &shards.to_string())
        .replace("{largest}", &largest.to_string())
        .replace("{identity}", plan.identity())
        .replace("{plan}", &path(&args.plan))
        .replace("{bundle}", &path(&bundle.path))
        .replace("{reports}", &path(&args.reports))
        .replace("{at_a_time}", &args.at_a_time.to_string())
        .replace("{numbers}", &numbers.join(" "));
    if common.json {
        output::json(&json!({ "shards": shards, "largest": largest, "job": text }));
    } else {
        output::script(&text);
    }
    Ok(())
}

/// `text` with what is between `#{ name` and `#} name` if it `is_kept`, and without these lines.
fn section(text: &str, name: &str, is_kept: bool) -> String {
    let (begin, end) = (format!("#{{ {name}"), format!("#}} {name}"));
    let mut is_inside = false;
    let mut kept = String::new();
    for line in text.split_inclusive('\n') {
        match line.trim() {
            mark if mark == begin => is_inside = true,
            mark if mark == end => is_inside = false,
            _ if is_inside && !is_kept => {}
            _ => kept += line,
        }
    }
    kept
}

/// The reports in `folder`, which need not be there yet.
fn reports_in(folder: &Path) -> impl Iterator<Item = PathBuf> {
    let files = std::fs::read_dir(folder).into_iter().flatten().flatten();
    files
        .map(|file| file.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "jsonl"))
}

/// A path as a shell reads it.
fn in_shell(path: &Path) -> String {
    let text = path.to_string_lossy();
    shlex::try_quote(&text).map_or_else(|_| text.to_string(), Into::into)
}

/// A path between the double quotes of YAML, in which Kubernetes expands no variable.
fn in_yaml(path: &Path) -> String {
    let quoted = json!(path.to_string_lossy()).to_string();
    quoted[1..quoted.len() - 1].replace("$(", "$$(")
}
