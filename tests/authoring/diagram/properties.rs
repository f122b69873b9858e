//! Whatever the schema: no box on another, no line through a box or along another, nothing left out.

use migration_api::schema::Schema;
use proptest::prelude::*;
use roxmltree::{Document, Node};
use runner::schema::diagram::Diagram;

use super::any_schema::any_schema;

type Point = (i32, i32);
type Line = (Point, Point);

/// Left, top, right, bottom.
type Box = [i32; 4];

fn number(node: Node<'_, '_>, attribute: &str) -> i32 {
    node.attribute(attribute).unwrap().parse().unwrap()
}

fn of_class<'d>(document: &'d Document<'_>, class: &str) -> Vec<Node<'d, 'd>> {
    document.descendants().filter(|node| node.attribute("class") == Some(class)).collect()
}

/// The straight lines of a path like `M0 0L10 0M5 0L5 9`.
fn lines(path: &str) -> Vec<Line> {
    let point = |text: &str| {
        let (x, y) = text.split_once(' ').unwrap();
        (x.parse().unwrap(), y.parse().unwrap())
    };
    let line = |text: &str| {
        let (from, to) = text.split_once('L').unwrap();
        (point(from), point(to))
    };
    path.split('M').skip(1).map(line).collect()
}

fn overlap([al, at, ar, ab]: Box, [bl, bt, br, bb]: Box) -> bool {
    al < br && bl < ar && at < bb && bt < ab
}

/// Whether a line that is level or upright goes through the inside of a box.
fn crosses((from, to): Line, own: Box) -> bool {
    assert!(from.0 == to.0 || from.1 == to.1, "neither level nor upright: {from:?} {to:?}");
    let [left, top, right, bottom] = own;
    from.0.min(to.0) < right
        && from.0.max(to.0) > left
        && from.1.min(to.1) < bottom
        && from.1.max(to.1) > top
}

/// Whether two lines lie on one another for more than a point.
fn runs_along((a, b): Line, (c, d): Line) -> bool {
    let level = a.1 == b.1 && c.1 == d.1 && a.1 == c.1;
    let upright = a.0 == b.0 && c.0 == d.0 && a.0 == c.0;
    let shared = |a: i32, b: i32, c: i32, d: i32| a.min(b).max(c.min(d)) < a.max(b).min(c.max(d));
    level && shared(a.0, b.0, c.0, d.0) || upright && shared(a.1, b.1, c.1, d.1)
}

pub(crate) fn assert_readable(schema: &Schema, picture: &str) {
    let document = Document::parse(picture).unwrap();
    let root = document.root_element();
    let canvas = [0, 0, number(root, "width"), number(root, "height")];
    let boxes: Vec<Box> = of_class(&document, "box")
        .into_iter()
        .map(|node| {
            let (x, y) = (number(node, "x"), number(node, "y"));
            [x, y, x + number(node, "width"), y + number(node, "height")]
        })
        .collect();
    for (at, own) in boxes.iter().enumerate() {
        assert!(own[0] >= 0 && own[1] >= 0 && own[2] <= canvas[2] && own[3] <= canvas[3]);
        assert!(boxes[..at].iter().all(|other| !overlap(*own, *other)), "{picture}");
    }
    let trees: Vec<Vec<Line>> = of_class(&document, "lines")
        .into_iter()
        .map(|path| lines(path.attribute("d").unwrap()))
        .collect();
    for (at, tree) in trees.iter().enumerate() {
        for line in tree {
            assert!(boxes.iter().all(|own| !crosses(*line, *own)), "{line:?}\n{picture}");
            let mut others = trees[..at].iter().flatten();
            assert!(others.all(|other| !runs_along(*line, *other)), "{line:?}\n{picture}");
        }
    }
    let title = |node: Node<'_, '_>| {
        let title = node.children().find(|child| child.has_tag_name("title"))?;
        Some(title.text().unwrap_or_default().to_owned())
    };
    let drawn: Vec<String> = of_class(&document, "table").into_iter().filter_map(title).collect();
    for table in &schema.tables {
        assert!(drawn.contains(&table.name), "{}: {drawn:?}", table.name);
    }
    let keys: usize = schema.tables.iter().map(|table| table.foreign_keys().count()).sum();
    assert_eq!(of_class(&document, "foreign-key").len(), keys);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn any_schema_is_drawn_whole_and_nothing_lies_on_anything_else(sql in any_schema()) {
        let schema = super::schema(&sql);
        let picture = Diagram::of(&schema).svg();
        assert_readable(&schema, &picture);
        prop_assert_eq!(Diagram::of(&schema).svg(), picture);
    }

    #[test]
    fn mermaid_has_a_line_for_each_table_each_column_and_each_key(sql in any_schema()) {
        let schema = super::schema(&sql);
        let text = Diagram::of(&schema).mermaid();
        let lines = |begin: &str, end: &str| {
            text.lines().filter(|line| line.starts_with(begin) && line.contains(end)).count()
        };
        let columns: usize = schema.tables.iter().map(|table| table.columns.len()).sum();
        let keys: usize = schema.tables.iter().map(|table| table.foreign_keys().count()).sum();
        prop_assert_eq!(lines("    \"", "\" {"), schema.tables.len());
        prop_assert_eq!(lines("        ", ""), columns);
        prop_assert_eq!(lines("    \"", "o--"), keys);
        prop_assert_eq!(Diagram::of(&schema).mermaid(), text);
    }
}

/// Lines that are longer than what dagre is shown, too.
#[test]
fn tables_that_refer_far_are_drawn_as_readably() {
    let connection = rusqlite::Connection::open_in_memory().unwrap();
    connection.execute_batch("CREATE TABLE t0 (id INTEGER PRIMARY KEY)").unwrap();
    for at in 1..60_usize {
        let parents = std::collections::BTreeSet::from([at - 1, at / 2, at * 7 % at.max(3)]);
        let keys: String = parents
            .iter()
            .map(|parent| format!(", r{parent} INTEGER REFERENCES t{parent} (id)"))
            .collect();
        let table = format!("CREATE TABLE t{at} (id INTEGER PRIMARY KEY{keys})");
        connection.execute_batch(&table).unwrap();
    }
    let schema = Schema::read(&connection).unwrap();
    assert_readable(&schema, &Diagram::of(&schema).svg());
}

fn shape(schema: &Schema) -> f64 {
    let picture = Diagram::of(schema).svg();
    let document = Document::parse(&picture).unwrap();
    let root = document.root_element();
    f64::from(number(root, "width")) / f64::from(number(root, "height"))
}

#[test]
fn many_tables_have_the_shape_of_a_screen_and_are_drawn_as_readably() {
    let tables = |count: usize, more: &dyn Fn(usize) -> String| {
        let table = |at: usize| {
            format!("CREATE TABLE t{at} (id INTEGER PRIMARY KEY, a TEXT, b TEXT{});", more(at))
        };
        (0..count).map(table).collect::<String>()
    };
    let to = |parent: usize| format!(", p{parent} INTEGER REFERENCES t{parent} (id)");
    for (title, sql) in [
        ("alone", tables(95, &|_| String::new())),
        ("around one", tables(95, &|at| if at > 0 { to(0) } else { String::new() })),
        ("two generations", tables(95, &|at| if at > 0 { to(at / 12) } else { String::new() })),
        ("in pairs", tables(95, &|at| if at % 2 == 1 { to(at - 1) } else { String::new() })),
        (
            "of an application",
            tables(95, &|at| match at {
                0..10 => String::new(),
                10..40 => to(at % 10),
                _ => to(at % 10) + &to(10 + at % 30),
            }),
        ),
    ] {
        let schema = super::schema(&sql);
        assert_readable(&schema, &Diagram::of(&schema).svg());
        let shape = shape(&schema);
        assert!((0.9..=3.0).contains(&shape), "{title}: {shape}");
    }
}

#[test]
fn a_part_has_the_tables_that_are_named_and_those_beside_them() {
    let schema = super::schema(
        "CREATE TABLE a (id INTEGER PRIMARY KEY); CREATE TABLE b (id INTEGER PRIMARY KEY REFERENCES a);
         CREATE TABLE c (id INTEGER PRIMARY KEY REFERENCES b); CREATE TABLE d (id INTEGER REFERENCES c);
         CREATE TABLE alone (x);",
    );
    let drawn = |tables: &[&str], steps: usize| {
        let tables: Vec<String> = tables.iter().map(|table| (*table).to_owned()).collect();
        let part = Diagram::of(&schema).around(&tables, steps).map_err(str::to_owned)?;
        let tables = |line: &str| line.starts_with("    \"") && line.ends_with('{');
        let names = part.mermaid();
        let names =
            names.lines().filter(|line| tables(line)).map(|line| line.replace([' ', '"', '{'], ""));
        Ok::<_, String>(names.collect::<Vec<_>>().join(" "))
    };
    assert_eq!(drawn(&["B"], 0).unwrap(), "b");
    assert_eq!(drawn(&["b"], 1).unwrap(), "a b c");
    assert_eq!(drawn(&["d", "alone"], 1).unwrap(), "c d alone");
    assert_eq!(drawn(&["b"], 9).unwrap(), "a b c d");
    assert_eq!(drawn(&["b", "e"], 1).unwrap_err(), "e");
}
