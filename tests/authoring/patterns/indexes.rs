//! An index is made under a name of its own.

use insta::assert_snapshot;

use super::round_trip::{project, schema, there_and_back};

#[test]
fn add_index_makes_an_index_and_drops_no_other() {
    let sandbox = project("CREATE TABLE pat_knight (name TEXT, score INTEGER)");
    let index = ["add_index_to_pat_knight", "name", "score"];
    assert_snapshot!(there_and_back(&sandbox, &index), @r#"
    //! Add index to pat knight.

    use migration_api::prelude::*;

    #[derive(Default)]
    pub struct AddIndexToPatKnight;

    impl Migration for AddIndexToPatKnight {
        fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
            migrator
                .create_index(Index::on("pat_knight", ["name", "score"]).named("pat_knight_name_score"))
        }

        fn migrate_backward(&self, migrator: &mut Migrator) -> Result {
            migrator.drop_index("pat_knight_name_score")
        }
    }

    export_migration!(AddIndexToPatKnight);
    --- makes
      Text("CREATE TABLE pat_knight (name TEXT, score INTEGER)")
      Text("CREATE INDEX pat_knight_name_score ON pat_knight (name, score)")
    rows of pat_knight
    "#);
    // An index of that name is in the way, and is still there after the way back.
    sandbox
        .database()
        .execute_batch("CREATE INDEX pat_knight_name_score ON pat_knight (name)")
        .unwrap();
    let before = schema(&sandbox);
    assert_eq!(sandbox.run(&["migrate"]).code, Some(1));
    assert_eq!(schema(&sandbox), before);
}
