//! The positions of boxes, and of lines that pass them, on a grid of cells: one for each line of text.

use std::collections::BTreeMap;

use super::layer::Layers;
use super::size::CELL;
use super::tree::{Side, Tree};

/// A height in the middle of a cell. What comes from the left of a gap between layers and what comes
/// from its right have different distances to the middle, so they never run along one another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Port {
    /// A line arrives at a parent.
    Parent(Side),
    /// A line leaves a child, as the first or as another one in its cell.
    Child(Side, usize),
    /// A line passes a layer.
    Pass { layer: usize },
}

impl Port {
    /// The height of this port in the cell.
    pub(super) fn height(self, cell: i32) -> i32 {
        let off = match self {
            Self::Parent(Side::Right) => -4,
            Self::Child(Side::Right, nth) => [2, 8][nth % 2],
            Self::Parent(Side::Left) => 5,
            Self::Child(Side::Left, nth) => [-1, -7][nth % 2],
            Self::Pass { layer } if layer.is_multiple_of(2) => -10,
            Self::Pass { .. } => 10,
        };
        cell * CELL + CELL / 2 + off
    }
}

/// The cells that are taken.
pub(super) struct Places {
    /// The first cell of each box in a layer.
    pub(super) tops: Vec<Option<i32>>,
    /// The cell in which a tree passes a layer.
    pub(super) passes: BTreeMap<(usize, usize), i32>,
    /// How many cells there are from top to bottom.
    pub(super) height: i32,
}

/// Something that takes cells of a layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Item {
    Box(usize),
    Pass(usize),
}

/// How much of its height a picture fills at least, unless all of it moves together.
const DENSE: f64 = 0.6;

impl Item {
    /// How many cells it takes. Between boxes a cell stays free.
    fn size(self, heights: &[i32]) -> i32 {
        match self {
            Self::Box(entity) => heights[entity] + 1,
            Self::Pass(_) => 1,
        }
    }
}

/// How many cells the items of a layer need.
fn needed(items: &[(i32, Item)], heights: &[i32]) -> i32 {
    items.iter().map(|(_, item)| item.size(heights)).sum()
}

/// One below the other, from the top, where they are wanted or below that.
fn down(items: &[(i32, Item)], heights: &[i32]) -> Vec<i32> {
    let mut free = 0;
    let cell = |(wanted, item): &(i32, Item)| {
        let cell = (*wanted).max(free);
        free = cell + item.size(heights);
        cell
    };
    items.iter().map(cell).collect()
}

/// What is below the end moves up, with what is in its way.
fn up(cells: &mut [i32], items: &[(i32, Item)], heights: &[i32], end: i32) {
    let mut end = end;
    for (cell, (_, item)) in cells.iter_mut().zip(items).rev() {
        *cell = (*cell).min(end - item.size(heights));
        end = *cell;
    }
}

impl Places {
    /// Where dagre has it, moved onto the grid. What would overlap moves down. It keeps a line of its own
    /// for each relation, where those of one tree are one here: where that makes the picture much higher
    /// than its boxes are, everything moves together.
    pub(super) fn of(layers: &Layers, trees: &[Tree], heights: &[i32]) -> Self {
        let mut wanted: BTreeMap<usize, Vec<(i32, Item)>> = BTreeMap::new();
        for (entity, spot) in layers.spots.iter().enumerate() {
            if let Some(spot) = spot {
                let top = spot.middle / f64::from(CELL) - f64::from(heights[entity]) / 2.0;
                let item = (top.round() as i32, Item::Box(entity));
                wanted.entry(spot.layer).or_default().push(item);
            }
        }
        for (number, tree) in trees.iter().enumerate() {
            for (layer, height) in &tree.passes {
                let cell = (height / f64::from(CELL)).floor() as i32;
                wanted.entry(*layer).or_default().push((cell, Item::Pass(number)));
            }
        }
        let room = wanted.values().map(|items| needed(items, heights)).max().unwrap_or_default();
        let whole = wanted.values().flatten().map(|(cell, item)| cell + item.size(heights)).max();
        let scale = f64::from(room) / f64::from(whole.unwrap_or_default().max(1));
        let mut places =
            Self { tops: vec![None; heights.len()], passes: BTreeMap::new(), height: 0 };
        for (layer, mut items) in wanted {
            items.sort_unstable();
            if scale < DENSE {
                items.iter_mut().for_each(|(cell, item)| {
                    let half = f64::from(item.size(heights)) / 2.0;
                    *cell = ((f64::from(*cell) + half) * scale - half).round() as i32;
                });
            }
            let mut cells = down(&items, heights);
            if scale < DENSE {
                up(&mut cells, &items, heights, room);
            }
            places.take(layer, &items, &cells, heights);
        }
        places
    }

    fn take(&mut self, layer: usize, items: &[(i32, Item)], cells: &[i32], heights: &[i32]) {
        for ((_, item), cell) in items.iter().zip(cells) {
            match *item {
                Item::Box(entity) => self.tops[entity] = Some(*cell),
                Item::Pass(tree) => drop(self.passes.insert((tree, layer), *cell)),
            }
            self.height = self.height.max(cell + item.size(heights));
        }
    }

    /// The cell of a row of a box; that of its title without one.
    pub(super) fn cell(&self, entity: usize, row: Option<usize>) -> i32 {
        let below = row.map_or(0, |row| i32::try_from(row).unwrap_or_default() + 1);
        self.tops[entity].unwrap_or_default() + below
    }
}
