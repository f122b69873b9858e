//! Which table stands in which layer, and about how high.

use std::collections::BTreeMap;

use dagre::graph::{Graph, GraphOptions};
use dagre::{EdgeLabel, LayoutOptions, NodeLabel, RankDir};

use super::entity::{Model, Relation};
use super::place::CELL;

/// What dagre makes of the tables that have relations with others.
pub(super) struct Layers {
    /// Of each entity that has relations, its layer, from the left, and the middle of its height.
    pub(super) spots: Vec<Option<Spot>>,
    /// Of each relation, the height at which it passes each layer between its ends.
    pub(super) passes: Vec<BTreeMap<usize, f64>>,
    /// How many layers there are.
    pub(super) count: usize,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Spot {
    pub(super) layer: usize,
    pub(super) middle: f64,
}

impl Layers {
    /// For boxes of these heights, counted in cells.
    pub(super) fn of(model: &Model, heights: &[i32]) -> Self {
        let mut graph =
            Graph::with_options(GraphOptions { directed: true, multigraph: true, compound: false });
        for relation in &model.relations {
            for entity in [relation.parent, relation.child] {
                let height = f64::from(heights[entity] * CELL);
                graph.set_node(
                    entity.to_string(),
                    Some(NodeLabel { width: 100.0, height, ..NodeLabel::default() }),
                );
            }
        }
        for (number, relation) in joining(model) {
            let (parent, child) = (relation.parent.to_string(), relation.child.to_string());
            graph.set_edge(parent, child, Some(EdgeLabel::default()), Some(&number.to_string()));
        }
        dagre::layout(&mut graph, Some(options()));
        Self::read(model, &graph)
    }

    fn read(model: &Model, graph: &Graph<NodeLabel, EdgeLabel>) -> Self {
        let node = |entity: usize| {
            let node = graph.node(&entity.to_string())?;
            Some((rounded(node.x?), node.y?))
        };
        let nodes: Vec<_> = (0..model.entities.len()).map(node).collect();
        let columns: BTreeMap<i64, ()> = nodes.iter().flatten().map(|(x, _)| (*x, ())).collect();
        let layers: BTreeMap<i64, usize> =
            columns.into_keys().enumerate().map(|(n, x)| (x, n)).collect();
        let spot = |(x, middle): (i64, f64)| Spot { layer: layers[&x], middle };
        let spots: Vec<_> = nodes.into_iter().map(|node| node.map(spot)).collect();
        let mut passes = vec![BTreeMap::new(); model.relations.len()];
        for (number, relation) in joining(model) {
            let (parent, child) = (relation.parent.to_string(), relation.child.to_string());
            let edge = graph.edge(&parent, &child, Some(&number.to_string()));
            let points = edge.map(|edge| edge.points.as_slice()).unwrap_or_default();
            let height = |point: &dagre::Point| Some((*layers.get(&rounded(point.x))?, point.y));
            passes[number] = points.iter().filter_map(height).collect();
        }
        Self { spots, passes, count: layers.len() }
    }
}

/// The relations between two tables. One with itself changes no layers.
fn joining(model: &Model) -> impl Iterator<Item = (usize, &Relation)> {
    model.relations.iter().enumerate().filter(|(_, relation)| relation.parent != relation.child)
}

fn options() -> LayoutOptions {
    LayoutOptions {
        rankdir: RankDir::LR,
        nodesep: f64::from(2 * CELL),
        edgesep: f64::from(CELL),
        ..LayoutOptions::default()
    }
}

/// All that stands in one layer has the same middle, but for what floating point loses.
fn rounded(x: f64) -> i64 {
    x.round() as i64
}
