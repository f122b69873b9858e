//! Fixups between random schemas.

#[path = "../../../runner/operations/tests/difference/two_worlds.rs"]
mod two_worlds;

use proptest::prelude::*;
use runner::autogenerate::{AutogenerateError, around_fixups, derive};
use runner::scaffold::TypedTable;
use runner::schema::Blueprint;
use runner::workshop::Error;

use two_worlds::two_worlds;

fn blueprint(of: &str, script: &str) -> Blueprint {
    let blueprint = Blueprint::empty(of).unwrap();
    blueprint.connection().execute_batch(script).unwrap();
    blueprint
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    /// That both ways lead where they should is proven before they are given. A case takes half a second.
    #[test]
    fn what_is_derived_can_be_put_around_fixups_over_all_tables(worlds in two_worlds()) {
        let from = blueprint("the migrations", &worlds.one.script());
        let to = blueprint("the models", &worlds.other.script());
        let derived = derive(&from, &to, &worlds.options, &[]);
        let Ok(Some(derived)) = derived else { return Ok(()) };
        let normal = from.schema().unwrap().normal();
        let tables = normal.tables.iter().map(|table| table.name.as_str());
        let tables: Vec<_> =
            tables.map(|name| TypedTable::find(&normal, from.of(), name).unwrap()).collect();
        let fixups = around_fixups((&from, &to), &worlds.options, &[], &derived, tables);
        // Where all of these need one another at once, a person puts the fixup between them.
        if let Err(error) = fixups {
            let refused = matches!(error, Error::Autogenerate(AutogenerateError::Refused { .. }));
            prop_assert!(refused, "{}", error);
        }
    }
}
