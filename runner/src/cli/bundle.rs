//! `runner bundle`.

use runner::{Config, Project, bundle, size};
use serde_json::json;

use super::args::{BundleArgs, Common, current_folder};
use super::failure::Failure;
use super::progress::Progress;
use super::signals::Signals;
use super::signing_password::PasswordSource;
use super::{output, sign};

pub(super) fn run(common: &Common, args: &BundleArgs) -> Result<(), Failure> {
    let here = current_folder()?;
    let project = Project::open(Config::find(&here, &common.overrides(false))?)?;
    // Before the build, which takes a while.
    let password = PasswordSource::of(args.password_file.as_deref());
    let key = args.sign.as_deref().map(|key| sign::read_key(key, &password)).transpose()?;
    let signals = Signals::listen()?;
    let project = project.until(signals.stop.clone());
    let path = here.join(&args.output);
    let mut progress = Progress::new(!common.json);
    let options = args.building.options();
    let packed = bundle::make(&project, &path, args.target.as_deref(), options, &mut |event| {
        progress.show(&event);
    });
    progress.clear();
    let packed = packed.map_err(|error| signals.explain(error.into()))?;
    let signature = key.map(|key| sign::sign(&path, &key)).transpose()?;
    if common.json {
        output::json(&json!({
            "bundle": path.to_string_lossy(),
            "size": packed.size,
            "signature": signature.as_deref().map(std::path::Path::to_string_lossy),
            "manifest": packed.manifest,
        }));
        return Ok(());
    }
    let count = output::count(packed.manifest.migrations.len(), "migration");
    output::line(&format!(
        "packed {count} for {} into `{}` ({})",
        packed.manifest.target,
        output::short(&path),
        size::rounded_up(packed.size)
    ));
    if let Some(signature) = signature {
        output::line(&format!("signed it in `{}`", output::short(&signature)));
    }
    Ok(())
}
