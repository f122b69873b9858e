//! `runner init`.

use std::path::Path;

use runner::scaffold::{self, Api, Rules};
use serde_json::json;

use super::args::{Common, InitArgs};
use super::failure::Failure;
use super::output;

pub(super) fn run(common: &Common, args: &InitArgs) -> Result<(), Failure> {
    let api = match (&args.api_path, &args.api_git, &args.api_version) {
        (Some(path), ..) => Api::Path(path.clone()),
        (None, Some(url), _) => Api::Git { url: url.clone(), rev: args.rev.clone() },
        (None, None, Some(version)) => Api::Version(version.clone()),
        (None, None, None) => Api::of_this_runner()?,
    };
    let outcome = scaffold::init(&args.folder, &api)?;
    let rules = if args.makefile { scaffold::makefile(&args.folder)? } else { Rules::default() };
    let (made, kept) = ([outcome.made, rules.made].concat(), [outcome.kept, rules.kept].concat());
    if common.json {
        output::json(&json!({
            "made": made, "kept": kept, "excluded": outcome.excluded,
            "ignored": outcome.ignored, "only_here": outcome.only_here.as_deref().map(Path::to_string_lossy),
            "to_include": rules.to_include,
        }));
        return Ok(());
    }
    for path in &made {
        output::line(&format!("made {}", display(&args.folder, path)));
    }
    for path in &kept {
        output::line(&format!("kept {}", display(&args.folder, path)));
    }
    if outcome.excluded {
        let migrations = outcome.migrations.display();
        output::line(&format!("edited Cargo.toml: the workspace excludes `{migrations}`"));
    }
    if outcome.ignored {
        output::line("edited .gitignore: the database is ignored");
    }
    if let Some(folder) = &outcome.only_here {
        let manifest = display(&args.folder, &outcome.migrations.join("Cargo.toml"));
        output::note(&format!(
            "`{manifest}` takes migration-api from `{}`, which other machines may not have: `--api-path DIR` \
             takes it from a folder of the same repository, `--api-git URL` from another one",
            folder.display()
        ));
    }
    if let Some(makefile) = &rules.to_include {
        let makefile = display(&args.folder, makefile);
        output::line(&format!("next: write `include migrate.mk` at the end of {makefile}"));
    }
    output::line("next: `runner create NAME` makes a migration, `runner migrate` applies it");
    Ok(())
}

/// `path` in `folder`, without a leading `./`.
fn display(folder: &Path, path: &Path) -> String {
    folder.strip_prefix(".").unwrap_or(folder).join(path).display().to_string()
}
