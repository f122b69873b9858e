//! `runner import`: the folders of other tools, small ones of each format, as migrations.

mod bad_input;
mod built;
mod formats;
mod long_history;
mod refusals;

use std::fs;

use crate::sandbox::Sandbox;

/// A project, and beside its migrations the folder `old` with `files`.
fn project_with(files: &[(&str, &str)]) -> Sandbox {
    let sandbox = Sandbox::project();
    for (path, text) in files {
        sandbox.write(format!("old/{path}"), text);
    }
    sandbox
}

/// The migrations that there are: the id of each, the first line of its code and what is declared in it, and its SQL.
fn migrations(sandbox: &Sandbox) -> String {
    let mut ids: Vec<String> = fs::read_dir(sandbox.path("migrations"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with(|first: char| first.is_ascii_digit()))
        .collect();
    ids.sort();
    let mut text = String::new();
    for id in ids {
        let code = sandbox.read(format!("migrations/{id}/src/lib.rs"));
        text += &format!("# {id}\n{}\n", code.lines().next().unwrap());
        for declared in code.lines().filter(|line| line.contains("const ")) {
            text += &format!("{}\n", declared.trim());
        }
        for (sign, file) in [('>', "forward.sql"), ('<', "backward.sql")] {
            let path = format!("migrations/{id}/{file}");
            if sandbox.path(&path).exists() {
                let sql = sandbox.read(path);
                text.extend(
                    sql.lines().map(|line| format!("{sign} {line}").trim_end().to_owned() + "\n"),
                );
            }
        }
    }
    text
}
