//! The picture as SVG.

use std::fmt::Write as _;

use super::colour::COLOURS;
use super::entity::{Entity, Model, Relation};
use super::picture::{End, Line, Mark, Picture, Rectangle};
use super::size::{CELL, GAP, inner_widths};
use super::text::{SIZE, escaped, shortened};
use super::tree::Side;

/// The diagram as a picture: an SVG document of its own, with no fonts and no scripts from elsewhere,
/// on a white ground. The same schema gives the same text.
///
/// A line ends with a crow's foot at a child, with a bar where the foreign key is unique, and with an
/// arrow at the parent.
pub(super) fn svg(model: &Model) -> String {
    let picture = Picture::of(model);
    let (width, height) = (picture.width, picture.height);
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" \
         width=\"{width}\" height=\"{height}\" font-family=\"ui-monospace, 'DejaVu Sans Mono', \
         Menlo, Consolas, monospace\" font-size=\"{SIZE}\">\n\
         <title>Entity-relationship diagram</title>\n\
         <rect width=\"{width}\" height=\"{height}\" fill=\"#ffffff\"/>\n"
    );
    for (number, entity) in picture.model.entities.iter().enumerate() {
        text += &tree(&picture, number, entity);
    }
    for (number, entity) in picture.model.entities.iter().enumerate() {
        text += &table(entity, picture.boxes[number], colour(&picture, number));
    }
    for end in &picture.ends {
        text += &mark(&picture, end);
    }
    text + "</svg>\n"
}

fn colour(picture: &Picture, entity: usize) -> &'static str {
    COLOURS[picture.colours[entity]]
}

/// All lines to one parent, as one path, with a white edge: where two trees cross, one is under the
/// other, and where lines of one tree meet, they are joined.
fn tree(picture: &Picture, number: usize, entity: &Entity) -> String {
    let lines = picture.lines.iter().filter(|line| line.parent == number && line.from != line.to);
    let path = |Line { from, to, .. }: &Line| format!("M{} {}L{} {}", from.0, from.1, to.0, to.1);
    let path: String = lines.map(path).collect();
    if path.is_empty() {
        return String::new();
    }
    let (colour, name) = (colour(picture, number), escaped(&entity.name));
    format!(
        "<path d=\"{path}\" fill=\"none\" stroke=\"#ffffff\" stroke-width=\"4.5\"/>\n\
         <path class=\"lines\" d=\"{path}\" fill=\"none\" stroke=\"{colour}\" \
         stroke-width=\"1.5\" stroke-linecap=\"round\"><title>to {name}</title></path>\n"
    )
}

fn table(entity: &Entity, own: Rectangle, colour: &str) -> String {
    let Rectangle { left, top, width, height } = own;
    let (name, shown) = (escaped(&entity.name), escaped(&entity.label));
    let dashes = if entity.exists { "" } else { " stroke-dasharray=\"4 3\"" };
    let mut text = format!(
        "<g class=\"table\">\n<title>{name}</title>\n\
         <rect class=\"box\" x=\"{left}\" y=\"{top}\" width=\"{width}\" height=\"{height}\" \
         fill=\"#f8fafc\" stroke=\"{colour}\"{dashes}/>\n\
         <rect x=\"{left}\" y=\"{top}\" width=\"{width}\" height=\"{CELL}\" fill=\"{colour}\"/>\n\
         <text x=\"{}\" y=\"{}\" fill=\"#ffffff\" font-weight=\"bold\">{shown}</text>\n",
        left + GAP,
        baseline(top),
    );
    let [keys, _, _] = inner_widths(entity);
    let names = left + GAP + if keys > 0 { keys + GAP } else { 0 };
    for (row, number) in entity.rows.iter().zip(1..) {
        let y = baseline(top + number * CELL);
        let weight = if row.keys.contains(&"PK") { " font-weight=\"bold\"" } else { "" };
        let mut cell = |x: i32, style: &str, words: &str| {
            if !words.is_empty() {
                let words = escaped(words);
                let _ = writeln!(text, "<text x=\"{x}\" y=\"{y}\"{style}>{words}</text>");
            }
        };
        cell(left + GAP, &format!(" fill=\"{colour}\""), &row.keys.join(" "));
        cell(names, &format!(" fill=\"#111827\"{weight}"), &row.label);
        let right = " fill=\"#4b5563\" text-anchor=\"end\"";
        cell(left + width - GAP, right, &shortened(&row.declared_type));
    }
    text + "</g>\n"
}

fn baseline(top: i32) -> i32 {
    top + CELL / 2 + SIZE / 3
}

/// The mark where a line touches a box. At a child it has the words of the foreign key.
fn mark(picture: &Picture, end: &End) -> String {
    let (x, y) = end.at;
    let out = |by: i32| match end.side {
        Side::Left => x - by,
        Side::Right => x + by,
    };
    let path = match end.mark {
        Mark::Arrow => format!("M{x} {y}L{} {}L{} {}Z", out(8), y - 4, out(8), y + 4),
        Mark::Bar => format!("M{} {}L{} {}", out(6), y - 5, out(6), y + 5),
        Mark::CrowsFoot => format!("M{x} {}L{} {y}L{x} {}", y - 5, out(9), y + 5),
    };
    let colour = colour(picture, end.parent);
    let fill = if end.mark == Mark::Arrow { colour } else { "none" };
    let words = end.relation.map(|number| {
        let words = escaped(&sentence(&picture.model, &picture.model.relations[number]));
        format!("<title>{words}</title>")
    });
    // A key of several columns holds them together.
    let (first, last) = end.rows;
    let together = if first < last {
        let bar = format!("M{x} {first}L{x} {last}");
        format!("<path d=\"{bar}\" stroke=\"{colour}\" stroke-width=\"4\"/>\n")
    } else {
        String::new()
    };
    let class = if end.relation.is_some() { "foreign-key" } else { "key" };
    format!(
        "{together}<path class=\"{class}\" d=\"{path}\" fill=\"{fill}\" stroke=\"{colour}\" \
         stroke-width=\"1.5\">{}</path>\n",
        words.unwrap_or_default()
    )
}

/// `stay (room_id) to room (id)`.
fn sentence(model: &Model, relation: &Relation) -> String {
    let side = |entity: usize, rows: &[usize]| {
        let entity = &model.entities[entity];
        let names: Vec<&str> = rows.iter().map(|row| entity.rows[*row].name.as_str()).collect();
        format!("{} ({})", entity.name, names.join(", "))
    };
    let child = side(relation.child, &relation.from);
    format!("{child} to {}", side(relation.parent, &relation.to))
}
