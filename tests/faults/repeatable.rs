//! The power is cut while views and triggers are made anew: all of them are the old ones, or all the new ones, and the
//! next run makes them the new ones.

use std::collections::BTreeSet;
use std::fs;

use runner::{Bundle, Database, Event, StartOptions};

use crate::power_cuts::losses;
use crate::sandbox::{Sandbox, rows};
use crate::shim_vfs::{self, Change, Disk, Files, record, tell};

/// A database with old views, and a bundle with new ones.
struct Views {
    sandbox: Sandbox,
    bundle: Bundle,
}

impl Views {
    fn planned(name: &str, next: Option<&str>) -> Self {
        shim_vfs::install();
        let sandbox = Sandbox::project();
        sandbox.sql_migration(&format!("{name}_1"), "CREATE TABLE t (a)", "DROP TABLE t");
        let write = |text: u8| {
            let view = |name: char| format!("CREATE VIEW {name} AS SELECT {text} AS a FROM t;\n");
            sandbox.write("repeatable/all.sql", &('a'..='e').map(view).collect::<String>());
        };
        write(1);
        sandbox.run(&["migrate"]).succeeded();
        if let Some(sql) = next {
            sandbox.sql_migration(&format!("{name}_2"), sql, "SELECT 1");
        }
        write(2);
        sandbox.run(&["bundle"]).succeeded();
        let bundle = Bundle::open(&sandbox.path("migrations.bundle")).unwrap();
        Self { sandbox, bundle }
    }

    fn migrate(&self) {
        let database = Database::at(self.sandbox.path("app.db"));
        let tell_of_it = &mut |event| {
            if matches!(event, Event::Redefined(_)) {
                tell();
            }
        };
        self.bundle.migrate(&database, &StartOptions::default(), tell_of_it).unwrap();
    }

    fn files(&self) -> Files {
        let is_of_the_database = |name: &String| name.starts_with("app.db");
        let names = fs::read_dir(self.sandbox.root()).unwrap();
        let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names
            .filter(is_of_the_database)
            .map(|name| (name.clone(), fs::read(self.sandbox.path(name)).unwrap()))
            .collect()
    }

    fn put(&self, files: &Files) {
        for name in self.files().into_keys() {
            fs::remove_file(self.sandbox.path(name)).unwrap();
        }
        for (name, bytes) in files {
            fs::write(self.sandbox.path(name), bytes).unwrap();
        }
    }

    /// What the views say, and whether the schema is as the history says.
    fn texts(&self) -> BTreeSet<String> {
        let there = "SELECT substr(sql, 15) FROM sqlite_schema WHERE type = 'view' ORDER BY name";
        let texts = rows(&self.sandbox.database(), there);
        assert_eq!(texts.lines().count(), 5, "{texts}");
        texts.lines().map(|text| text.trim().to_owned()).collect()
    }
}

/// Does it once, and cuts the power after each change.
fn cut_everywhere(views: &Views) {
    let start = views.files();
    let old = views.texts();
    let ((), changes) = record(|| views.migrate());
    let new = views.texts();
    assert!(old.len() == 1 && new.len() == 1 && old != new, "{old:?} {new:?}");
    let (mut disk, mut told, mut count) = (Disk::with(start), false, 0);
    let (mut seen, mut found) = (BTreeSet::new(), BTreeSet::new());
    for (moment, change) in changes.iter().enumerate() {
        disk.take(change);
        if *change == Change::Told && !told {
            told = true;
            seen.clear();
        }
        for loss in losses(moment) {
            let files = disk.after_power_cut(loss);
            if !seen.insert(files.clone()) {
                continue;
            }
            count += 1;
            views.put(&files);
            let texts = views.texts();
            assert!(texts == new || (texts == old && !told), "{moment} {change:?}: {texts:?}");
            found.insert(texts);
            if count % 20 == 0 {
                views.migrate();
                assert_eq!(views.texts(), new);
            }
        }
    }
    println!("{count} disks after {} changes", changes.len());
    assert!(found == BTreeSet::from([old.clone(), new.clone()]) && count > 20, "{found:?} {count}");
}

#[test]
fn after_a_power_cut_the_old_ones_are_there_or_the_new_ones() {
    cut_everywhere(&Views::planned("repeatable_cut", None));
}

#[test]
fn after_a_power_cut_in_the_last_step_they_are_those_of_the_step() {
    let views = Views::planned("repeatable_cut_step", Some("ALTER TABLE t ADD COLUMN b"));
    cut_everywhere(&views);
}
