//! Backups that many processes make at once into one folder. `RUNNER_BACKUP_ROUNDS` says how often.
#![cfg(unix)]

use std::collections::BTreeSet;
use std::fs;
use std::process::{Child, Stdio};

use crate::sandbox::{Outcome, Sandbox, rows};
use rusqlite::Connection;

/// So many processes at once.
const AT_ONCE: usize = 8;

fn rounds() -> usize {
    std::env::var("RUNNER_BACKUP_ROUNDS").map_or(5, |rounds| rounds.parse().unwrap())
}

/// Makes a database that says whose it is.
fn make(sandbox: &Sandbox, database: &str, whose: &str) {
    let path = sandbox.path(database);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    Connection::open(path)
        .unwrap()
        .execute_batch(&format!(
            "CREATE TABLE owner (name TEXT); INSERT INTO owner VALUES ('{whose}')"
        ))
        .unwrap();
}

/// Whose a backup is.
fn owner(sandbox: &Sandbox, backup: &str) -> String {
    let connection = Connection::open(sandbox.path("backups").join(backup)).unwrap();
    assert_eq!(rows(&connection, "PRAGMA integrity_check"), "  Text(\"ok\")\n");
    connection.query_row("SELECT name FROM owner", [], |row| row.get(0)).unwrap()
}

/// Backs up all `databases` at once.
fn back_up(sandbox: &Sandbox, databases: &[String]) -> Vec<Outcome> {
    let start = |database: &String| -> Child {
        let mut command = sandbox.command(&["backup", "--database", database]);
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let children: Vec<_> = databases.iter().map(start).collect();
    let ends = children.into_iter().map(|child| child.wait_with_output().unwrap());
    ends.map(|output| sandbox.outcome(&output)).collect()
}

#[test]
fn all_get_a_whole_one_of_their_own_in_a_folder_that_is_still_to_be_made() {
    let sandbox = Sandbox::project();
    make(&sandbox, "app.db", "ada");
    let databases = vec!["app.db".to_owned(); AT_ONCE];
    for round in 0..rounds() {
        for outcome in back_up(&sandbox, &databases) {
            assert_eq!(outcome.code, Some(0), "round {round}: {}", outcome.shown());
        }
        let made = sandbox.backups();
        assert_eq!(made.len(), AT_ONCE, "round {round}: {made:?}");
        assert!(made.iter().all(|name| owner(&sandbox, name) == "ada"), "round {round}");
        assert_eq!(sandbox.read("backups/.gitignore"), "*\n");
        fs::remove_dir_all(sandbox.path("backups")).unwrap();
    }
}

#[test]
fn databases_of_one_file_name_do_not_push_each_other_out() {
    let sandbox = Sandbox::project().backs_up("backup_keep = 2");
    let tenants: Vec<_> = (0..15).map(|number| format!("tenant{number}")).collect();
    let databases: Vec<_> = tenants.iter().map(|name| format!("tenants/{name}/data.db")).collect();
    for (tenant, database) in tenants.iter().zip(&databases) {
        make(&sandbox, database, tenant);
    }
    for round in 0..rounds().max(3) {
        for databases in databases.chunks(AT_ONCE) {
            for outcome in back_up(&sandbox, databases) {
                assert_eq!(outcome.code, Some(0), "round {round}: {}", outcome.shown());
            }
        }
    }
    let owners: Vec<_> = sandbox.backups().iter().map(|name| owner(&sandbox, name)).collect();
    for tenant in &tenants {
        let own = owners.iter().filter(|owner| *owner == tenant).count();
        assert_eq!(own, 2, "{tenant} of {owners:?}");
    }
    // The name says which of them, the how-manieth, and when.
    let form = regex::Regex::new(r"^(data-[0-9a-f]{12})-\d{6}-\d{8}T\d{6}Z\.db$").unwrap();
    let series: BTreeSet<_> =
        sandbox.backups().iter().map(|name| form.captures(name).unwrap()[1].to_owned()).collect();
    assert_eq!(series.len(), tenants.len());
}
