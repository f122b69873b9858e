//! `runner check`.

use runner::backup::Unverified;
use runner::bundle::BundleFile;
use runner::check::{self, Finding};
use runner::explain::Code;
use runner::hint::Hint;
use runner::{Config, Exit, Overrides, Project};
use serde_json::json;

use super::args::{CheckArgs, CheckBundleArgs, CheckOther, Checked, Common, current_folder};
use super::commands::in_commands;
use super::failure::Failure;
use super::schema::{Reader, coloured};
use super::{hints, open, output};

pub(super) fn run(common: &Common, args: &CheckArgs) -> Result<(), Failure> {
    if let Some(CheckOther::Bundle(args)) = &args.other {
        return bundle(common, args);
    }
    let reader = Reader::open(common, args.replaying)?;
    let has_models = reader.config().models.is_some();
    let everything = args.what.is_empty();
    let looks_at = |what| match what {
        _ if args.what.contains(&what) => true,
        Checked::Models => everything && has_models,
        Checked::Pending | Checked::Drift => everything,
        // A project whose migrations nobody tries is none the worse.
        Checked::Destructive => false,
    };
    let mut findings = Vec::new();
    if [Checked::Pending, Checked::Drift, Checked::Destructive].into_iter().any(looks_at) {
        let project = reader.project()?;
        project.verify()?;
        let status = open::status(&project, common)?;
        if looks_at(Checked::Pending) {
            findings.extend(Finding::pending(&status));
        }
        if looks_at(Checked::Drift) {
            findings.extend(Finding::drift(&status));
        }
        if looks_at(Checked::Destructive) {
            project.exempt_from_declaring()?;
            findings.extend(Finding::destructive(&status, &project.verdicts_of(&status)?));
        }
    }
    if looks_at(Checked::Models) {
        let models = reader.models()?;
        findings.extend(Finding::models(&reader.migrations()?, &models.schema, &models.renames)?);
    }
    let mut unverified = None;
    if args.paranoid {
        let database = &reader.config().database;
        let verified = check::verify(database, common.busy_timeout())?;
        findings.extend(verified.damage);
        unverified = Some(verified.unverified);
    }
    let well = [
        (looks_at(Checked::Pending), "nothing is pending"),
        (looks_at(Checked::Drift), "nothing has drifted"),
        (looks_at(Checked::Models), "the models agree with the migrations"),
        (looks_at(Checked::Destructive), "nothing that is pending loses what it does not declare"),
        (unverified.as_ref().is_some_and(Vec::is_empty), "the database is undamaged"),
        (
            unverified.as_ref().is_some_and(|it| !it.is_empty()),
            "the rest of the database is undamaged",
        ),
    ];
    let well: Vec<&str> =
        well.iter().filter(|(holds, _)| *holds).map(|(_, words)| *words).collect();
    conclude(common, &findings, unverified.as_deref(), &well)
}

/// `runner check bundle`: the folder of migrations is looked at, and no database.
fn bundle(common: &Common, args: &CheckBundleArgs) -> Result<(), Failure> {
    let here = current_folder()?;
    let BundleFile { path: named, signed_by } = common.bundle_or(args.file.as_deref());
    let manifest = BundleFile { path: here.join(&named), signed_by }.read_manifest()?;
    let overrides = Overrides { bundle: None, signed_by: None, ..common.overrides(false) };
    let project = Project::open(Config::find(&here, &overrides)?)?;
    let findings = check::against_bundle(&project, &named, &manifest)?;
    let well = format!("`{}` is what the folder of migrations says", named.display());
    conclude(common, &findings, None, &[&well])
}

fn conclude(
    common: &Common,
    findings: &[Finding],
    unverified: Option<&[Unverified]>,
    well: &[&str],
) -> Result<(), Failure> {
    show(common, findings, unverified, well);
    if findings.is_empty() { Ok(()) } else { Err(failed(findings)) }
}

/// Tells what was found, and what could not be looked at if that was asked for; where nothing was
/// found, what is `well`: no more than was looked at.
fn show(common: &Common, findings: &[Finding], unverified: Option<&[Unverified]>, well: &[&str]) {
    if common.json {
        let document = |finding: &Finding| {
            let mut document = json!(finding);
            document["ways_out"] = json!(ways_out(finding));
            document
        };
        let findings: Vec<_> = findings.iter().map(document).collect();
        let mut document = json!({ "ok": findings.is_empty(), "findings": findings });
        if let Some(unverified) = unverified {
            document["unverified"] = json!(unverified);
        }
        return output::json(&document);
    }
    for what in unverified.unwrap_or_default() {
        output::line(&what.to_string());
    }
    let share_a_way_out = common_ways_out(findings).is_some();
    for finding in findings {
        output::line(&finding.sentence());
        if let Finding::Models { diff, losses } = finding {
            output::composed(&coloured(diff));
            losses.iter().for_each(|loss| output::line(&format!("would be lost: {loss}")));
        }
        if !share_a_way_out {
            hints::alternatives(&ways_out(finding));
        }
    }
    if findings.is_empty() {
        output::line(&well.join(", "));
    }
}

fn ways_out(finding: &Finding) -> Vec<String> {
    hints::ways_out(&finding.ways_out())
}

/// The ways out of all findings, where each has the same.
fn common_ways_out(findings: &[Finding]) -> Option<Vec<Hint>> {
    let (first, others) = findings.split_first()?;
    let ways_out = first.ways_out();
    others.iter().all(|other| other.ways_out() == ways_out).then_some(ways_out)
}

fn failed(findings: &[Finding]) -> Failure {
    let hint = common_ways_out(findings).map(|ways_out| in_commands(&Hint::either(ways_out)));
    let message = format!("the check found {}", output::count(findings.len(), "thing"));
    Failure {
        exit: Exit::Failed,
        code: Code::CheckFailed,
        message,
        causes: Vec::new(),
        hint,
        statement: None,
    }
}
