//! Boxes, lines and ends, each where it is drawn.

use super::colour::{COLOURS, colours};
use super::columns::{Columns, LANE, MARGIN, STUB};
use super::entity::{Children, Model};
use super::lane::{self, Crossing};
use super::layer::Layers;
use super::layout::{Places, Port};
use super::line::{child_side, gaps};
use super::packing::packed;
use super::part::Part;
use super::path::paths;
use super::rank::Ranks;
use super::size::{CELL, size};
use super::tree::{Side, Tree, trees};

/// The diagram in units of the picture.
#[derive(Debug, Clone)]
pub(super) struct Picture {
    pub(super) model: Model,
    pub(super) boxes: Vec<Rectangle>,
    /// Of each entity, the number of its colour.
    pub(super) colours: Vec<usize>,
    pub(super) lines: Vec<Line>,
    pub(super) ends: Vec<End>,
    /// Of each relation, the corners of its line, from the child to the parent.
    pub(super) paths: Vec<Vec<(i32, i32)>>,
    pub(super) width: i32,
    pub(super) height: i32,
}

/// Where the box of an entity is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Rectangle {
    pub(super) left: i32,
    pub(super) top: i32,
    pub(super) width: i32,
    pub(super) height: i32,
}

/// A straight line of a tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Line {
    /// The entity that the tree leads to.
    pub(super) parent: usize,
    pub(super) from: (i32, i32),
    pub(super) to: (i32, i32),
}

/// Where a line touches a box.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct End {
    /// The entity that the tree leads to.
    pub(super) parent: usize,
    /// The relation; none at the parent, where several arrive.
    pub(super) relation: Option<usize>,
    pub(super) at: (i32, i32),
    /// The heights of the first and the last row that it belongs to.
    pub(super) rows: (i32, i32),
    /// On which side of the box.
    pub(super) side: Side,
    pub(super) mark: Mark,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    Arrow,
    CrowsFoot,
    Bar,
}

impl Picture {
    /// Parts that no foreign key joins are laid out one by one, and then side by side.
    pub(super) fn of(model: &Model) -> Self {
        let parts = model.parts();
        let pictures: Vec<Self> =
            parts.iter().map(|part| Self::of_a_part(part.model.clone())).collect();
        let sizes: Vec<_> = pictures.iter().map(Self::size).collect();
        let packed = packed(&sizes, 2 * CELL);
        let mut whole = Self {
            boxes: vec![Rectangle { left: 0, top: 0, width: 0, height: 0 }; model.entities.len()],
            colours: vec![0; model.entities.len()],
            lines: Vec::new(),
            ends: Vec::new(),
            paths: vec![Vec::new(); model.relations.len()],
            width: packed.width + 2 * MARGIN,
            height: packed.height + 2 * MARGIN,
            model: model.clone(),
        };
        for ((number, part), corner) in parts.iter().enumerate().zip(packed.corners) {
            whole.put_part(number, part, &pictures[number], corner);
        }
        whole
    }

    /// Without the room around it.
    fn size(&self) -> (i32, i32) {
        (self.width - 2 * MARGIN, self.height - 2 * MARGIN)
    }

    fn put_part(&mut self, number: usize, part: &Part, picture: &Self, (x, y): (i32, i32)) {
        let moved = |(left, top): (i32, i32)| (left + x, top + y);
        for (own, entity) in part.entities.iter().enumerate() {
            let Rectangle { left, top, width, height } = picture.boxes[own];
            let (left, top) = moved((left, top));
            self.boxes[*entity] = Rectangle { left, top, width, height };
            // Tables without foreign keys have different colours, too.
            self.colours[*entity] = (picture.colours[own] + number) % COLOURS.len();
        }
        self.lines.extend(picture.lines.iter().map(|line| Line {
            parent: part.entities[line.parent],
            from: moved(line.from),
            to: moved(line.to),
        }));
        for (path, relation) in picture.paths.iter().zip(&part.relations) {
            self.paths[*relation] = path.iter().copied().map(moved).collect();
        }
        self.ends.extend(picture.ends.iter().map(|end| End {
            parent: part.entities[end.parent],
            relation: end.relation.map(|relation| part.relations[relation]),
            at: moved(end.at),
            rows: (end.rows.0 + y, end.rows.1 + y),
            ..*end
        }));
    }

    fn of_a_part(model: Model) -> Self {
        let sizes: Vec<(i32, i32)> = model.entities.iter().map(size).collect();
        let heights: Vec<i32> = sizes.iter().map(|(_, height)| height / CELL).collect();
        let ranks = Ranks::of(&model).like_a_screen(&model, &sizes);
        let layers = Layers::of(&model, &ranks, &heights);
        let trees = trees(&model, &layers);
        let places = Places::of(&layers, &trees, &heights);
        let gaps: Vec<_> =
            gaps(&model, &layers, &trees, &places).into_iter().map(lane::lanes).collect();
        let columns = Columns::of(&layers, &sizes, &gaps);
        let mut picture = Self {
            boxes: vec![Rectangle { left: 0, top: 0, width: 0, height: 0 }; sizes.len()],
            colours: colours(sizes.len(), &trees, &gaps),
            lines: Vec::new(),
            ends: Vec::new(),
            paths: Vec::new(),
            width: columns.end.max(2 * MARGIN),
            height: places.height * CELL + 2 * MARGIN,
            model,
        };
        picture.put_boxes(&layers, &places, &columns, &sizes);
        picture.draw_gaps(&trees, &gaps, &columns);
        picture.draw_passes(&trees, &places, &columns);
        picture.put_ends(&layers, &trees);
        picture.paths = paths(&picture, &layers, &trees, &places, &gaps, &columns);
        picture
    }

    fn put_boxes(
        &mut self,
        layers: &Layers,
        places: &Places,
        columns: &Columns,
        sizes: &[(i32, i32)],
    ) {
        for (entity, spot) in layers.spots.iter().enumerate() {
            let Some(spot) = spot else { continue };
            let (width, height) = (columns.widths[spot.layer], sizes[entity].1);
            let top = MARGIN + places.cell(entity, None) * CELL;
            self.boxes[entity] = Rectangle { left: columns.lefts[spot.layer], top, width, height };
        }
        // A table without foreign keys has no layer.
        if layers.count == 0 {
            for (own, (width, height)) in self.boxes.iter_mut().zip(sizes) {
                *own = Rectangle { left: MARGIN, top: MARGIN, width: *width, height: *height };
                (self.width, self.height) = (width + 2 * MARGIN, height + 2 * MARGIN);
            }
        }
    }

    fn draw_gaps(&mut self, trees: &[Tree], gaps: &[Vec<(Crossing, usize)>], columns: &Columns) {
        for (gap, crossings) in gaps.iter().enumerate() {
            let left = columns.lefts[gap] + columns.widths[gap];
            let right = columns.lefts.get(gap + 1).copied().unwrap_or(columns.end);
            for (crossing, lane) in crossings {
                let parent = trees[crossing.tree].parent;
                let x = left + STUB + LANE * i32::try_from(*lane).unwrap_or_default();
                let mut line = |from: (i32, i32), to: (i32, i32)| {
                    let (from, to) = ((from.0, from.1 + MARGIN), (to.0, to.1 + MARGIN));
                    self.lines.push(Line { parent, from, to });
                };
                crossing.left.iter().for_each(|height| line((left, *height), (x, *height)));
                line((x, crossing.top()), (x, crossing.bottom()));
                crossing.right.iter().for_each(|height| line((x, *height), (right, *height)));
            }
        }
    }

    /// Through the layers, at heights where no box is.
    fn draw_passes(&mut self, trees: &[Tree], places: &Places, columns: &Columns) {
        for ((tree, layer), cell) in &places.passes {
            let y = Port::Pass { layer: *layer }.height(*cell) + MARGIN;
            let left = columns.lefts[*layer];
            let to = (left + columns.widths[*layer], y);
            self.lines.push(Line { parent: trees[*tree].parent, from: (left, y), to });
        }
    }

    fn put_ends(&mut self, layers: &Layers, trees: &[Tree]) {
        for tree in trees {
            let parent = tree.parent;
            let at = self.touch(parent, tree.row, tree.side, Port::Parent(tree.side));
            let arrow = End {
                parent,
                relation: None,
                at,
                rows: self.rows(parent, &[]),
                side: tree.side,
                mark: Mark::Arrow,
            };
            self.ends.push(arrow);
            for number in &tree.relations {
                let relation = &self.model.relations[*number];
                let side = child_side(layers.are_level(relation), tree.side);
                let (row, nth) = relation.leaves;
                let at = self.touch(relation.child, row, side, Port::Child(side, nth));
                let mark = match relation.children {
                    Children::One => Mark::Bar,
                    Children::Many => Mark::CrowsFoot,
                };
                let rows = self.rows(relation.child, &relation.from);
                self.ends.push(End { parent, relation: Some(*number), at, rows, side, mark });
            }
        }
    }

    /// From the middle of the first row to that of the last.
    fn rows(&self, entity: usize, rows: &[usize]) -> (i32, i32) {
        let middle = |row: usize| {
            self.boxes[entity].top + CELL * (1 + i32::try_from(row).unwrap_or_default()) + CELL / 2
        };
        let first = rows.iter().min().copied().map_or(0, middle);
        (first, rows.iter().max().copied().map_or(first, middle))
    }

    /// Where a line touches a row of a box, or its title.
    pub(super) fn touch(
        &self,
        entity: usize,
        row: Option<usize>,
        side: Side,
        port: Port,
    ) -> (i32, i32) {
        let own = self.boxes[entity];
        let below = row.map_or(0, |row| i32::try_from(row).unwrap_or_default() + 1);
        let x = match side {
            Side::Left => own.left,
            Side::Right => own.left + own.width,
        };
        (x, own.top + port.height(below))
    }
}
