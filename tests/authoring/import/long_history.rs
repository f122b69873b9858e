//! A long history is imported whole, by one command.

use super::{migrations, project_with};

#[test]
fn a_thousand_files_become_a_thousand_migrations() {
    let sandbox = project_with(&[]);
    for number in 1..=1000 {
        sandbox.write(
            format!("old/{number:04}_create_t{number}.up.sql"),
            &format!("CREATE TABLE t{number} (id INTEGER PRIMARY KEY, a TEXT);\n"),
        );
        sandbox.write(
            format!("old/{number:04}_create_t{number}.down.sql"),
            &format!("DROP TABLE t{number};\n"),
        );
    }
    sandbox.run(&["import", "old"]).succeeded();
    let text = migrations(&sandbox);
    assert_eq!(text.matches("# 2000").count(), 1000);
    assert!(text.contains("# 20000101_001640_create_t1000\n"));
}
