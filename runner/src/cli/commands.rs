//! What a hint asks for, as a person types it.

use std::borrow::Cow;
use std::path::Path;

use runner::hint::{Action, Hint};

/// `hint` with commands for its actions.
pub(super) fn in_commands(hint: &Hint) -> String {
    hint.worded(|action| format!("`{}`", command(action)))
}

fn command(action: &Action) -> String {
    match action {
        Action::ShowStatus => "runner status".to_owned(),
        Action::ShowRepairs => "runner repair".to_owned(),
        Action::ListCodes => "runner explain".to_owned(),
        Action::Migrate => "runner migrate".to_owned(),
        Action::MigrateNewDatabase => "runner migrate --create".to_owned(),
        Action::MigrateOutOfOrder => "runner migrate --allow-out-of-order".to_owned(),
        Action::MigrateWithoutBackup => "runner migrate --no-backup".to_owned(),
        Action::Redo { steps: 1 } => "runner redo".to_owned(),
        Action::Redo { steps } => format!("runner redo --steps {steps}"),
        Action::AcceptEdit(id) => repair(&format!("--accept {id}")),
        Action::AcceptRows(id) => format!("runner test --accept {id}"),
        Action::AcceptSchema => repair("--accept-schema"),
        Action::RecordAsApplied => "runner fake".to_owned(),
        Action::Forget(id) => repair(&format!("--forget {id}")),
        Action::RecordRename { id, to } => repair(&format!("--renamed {id} --to {to}")),
        Action::RecordFinished(id) => repair(&format!("--finished {id}")),
        Action::RecordNotStarted(id) => repair(&format!("--not-started {id}")),
        Action::Abandon(id) => format!("runner repair --abandon {id}"),
        Action::GiveLaterTimestamp(Some(id)) => format!("runner rebase {id}"),
        Action::GiveLaterTimestamp(None) => "runner rebase ID".to_owned(),
        Action::RevertLast => "runner migrate --backward".to_owned(),
        Action::Backup { database } => format!("runner backup --database {}", quoted(database)),
        Action::Restore => "runner restore FILE".to_owned(),
        Action::Rehearse => "runner rehearse".to_owned(),
        Action::RehearseIn => "runner rehearse --copy-in DIR".to_owned(),
        Action::RehearseWithoutWayBack => "runner rehearse --no-way-back".to_owned(),
        Action::MakeFolder(folder) => format!("mkdir -p {}", quoted(folder)),
        Action::RemoveFile(file) => format!("rm {}", quoted(file)),
        Action::Bundle => "runner bundle".to_owned(),
        Action::BundleInto => "runner bundle -o FILE".to_owned(),
        Action::BundleAnew(file) => format!("runner bundle -o {}", quoted(file)),
        Action::BundleFor { target } => format!("runner bundle --target {target}"),
        Action::SignBundle => "runner bundle --sign KEY".to_owned(),
        Action::TryMigrations => "runner test".to_owned(),
        Action::MakeProject => "runner init".to_owned(),
        Action::WriteMigration => "runner create NAME".to_owned(),
        Action::WriteMigrationForModels => "runner create NAME --auto".to_owned(),
        Action::WriteLossyMigrationForModels => "runner create NAME --auto --allow-loss".to_owned(),
        Action::WriteMigrationForDatabase => "runner create NAME --from-database".to_owned(),
        Action::ShowSchema => "runner schema dump FILE".to_owned(),
        Action::ImportFrom(tool) => format!("runner import --from {tool} FOLDER"),
        Action::MigrateWithoutKeeping => "runner migrate --no-keep-lost".to_owned(),
        Action::NameKeptFile => "runner migrate --backward --kept-in FILE".to_owned(),
        Action::PurgeKept(id) => format!("runner kept purge {id}"),
        Action::ImportAgreed => "runner import --yes FOLDER".to_owned(),
    }
}

fn repair(what: &str) -> String {
    format!("runner repair {what} --reason TEXT")
}

/// A path as a shell reads it.
fn quoted(path: &Path) -> String {
    let path = path.to_string_lossy();
    // Nothing quotes a name with a NUL, and no file has one.
    shlex::try_quote(&path).unwrap_or(Cow::Borrowed(&path)).into_owned()
}
