//! Forty tables.

use runner::schema::diagram::Diagram;

use super::properties::assert_readable;
use super::schema;

#[test]
fn forty_tables_are_drawn_and_no_line_crosses_a_box() {
    let schema = schema(include_str!("hotel.sql"));
    assert_eq!(schema.tables.len(), 40);
    let picture = Diagram::of(&schema).svg();
    assert_readable(&schema, &picture);
    // To look at it: `DIAGRAM=/tmp/hotel.svg cargo test -p migration-runner --test diagram`.
    if let Some(path) = std::env::var_os("DIAGRAM") {
        std::fs::write(path, picture).unwrap();
    }
}
