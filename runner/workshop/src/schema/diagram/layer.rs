//! The layer of each table, and its approximate height.

use std::collections::BTreeMap;

use dagre::graph::{Graph, GraphOptions};
use dagre::{EdgeLabel, LayoutOptions, NodeLabel, RankDir};

use super::entity::{Model, Relation};
use super::rank::{MOST_PASSED, Ranks};
use super::size::CELL;

/// The layout by dagre of the tables that have relations with others.
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
    pub(super) fn of(model: &Model, ranks: &Ranks, heights: &[i32]) -> Self {
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
        for (number, relation) in shown(model, ranks) {
            let (left, right) = ranks.ends(relation);
            let label = EdgeLabel { minlen: ranks.distance(relation), ..EdgeLabel::default() };
            let number = number.to_string();
            graph.set_edge(left.to_string(), right.to_string(), Some(label), Some(&number));
        }
        dagre::layout(&mut graph, Some(options()));
        Self::read(model, ranks, &graph)
    }

    /// Whether both ends of a relation are in one layer: those of one that dagre was not shown may be.
    pub(super) fn are_level(&self, relation: &Relation) -> bool {
        let layer = |entity: usize| self.spots[entity].map_or(0, |spot| spot.layer);
        layer(relation.parent) == layer(relation.child)
    }

    fn read(model: &Model, ranks: &Ranks, graph: &Graph<NodeLabel, EdgeLabel>) -> Self {
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
            let (left, right) = ranks.ends(relation);
            let (left, right) = (left.to_string(), right.to_string());
            passes[number] = match graph.edge(&left, &right, Some(&number.to_string())) {
                Some(edge) => {
                    let height =
                        |point: &dagre::Point| Some((*layers.get(&rounded(point.x))?, point.y));
                    edge.points.iter().filter_map(height).collect()
                }
                None => straight(spots[relation.parent], spots[relation.child]),
            };
        }
        Self { spots, passes, count: layers.len() }
    }
}

/// The heights at which a straight line from one spot to the other passes the layers between them.
fn straight(one: Option<Spot>, other: Option<Spot>) -> BTreeMap<usize, f64> {
    let (Some(one), Some(other)) = (one, other) else { return BTreeMap::new() };
    let (left, right) = if one.layer < other.layer { (one, other) } else { (other, one) };
    let slope = (right.middle - left.middle) / (right.layer - left.layer).max(1) as f64;
    (left.layer + 1..right.layer)
        .map(|layer| (layer, left.middle + slope * (layer - left.layer) as f64))
        .collect()
}

/// The relations that dagre is shown, the shortest first to be chosen.
fn shown<'m>(model: &'m Model, ranks: &Ranks) -> Vec<(usize, &'m Relation)> {
    let mut shown: Vec<_> = joining(model).collect();
    shown.sort_by_key(|(number, relation)| (ranks.between(relation), *number));
    let mut passed = 0;
    shown.retain(|(_, relation)| {
        passed += ranks.between(relation);
        passed <= MOST_PASSED
    });
    shown.sort_unstable_by_key(|(number, _)| *number);
    shown
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

/// All that is in one layer has the same middle, but for what floating point loses.
fn rounded(x: f64) -> i64 {
    x.round() as i64
}

#[cfg(test)]
mod tests {
    use migration_api::schema::Schema;

    use super::*;

    /// Tables that each refer to the one before and to the first.
    fn ladder(count: usize) -> Model {
        let connection = rusqlite::Connection::open_in_memory().unwrap();
        connection.execute_batch("CREATE TABLE t0 (id INTEGER PRIMARY KEY)").unwrap();
        for at in 1..count {
            let before = at - 1;
            let table = format!(
                "CREATE TABLE t{at} (id INTEGER PRIMARY KEY, a INTEGER REFERENCES t{before} (id), \
                 b INTEGER REFERENCES t0 (id))"
            );
            connection.execute_batch(&table).unwrap();
        }
        Model::of(&Schema::read(&connection).unwrap())
    }

    #[test]
    fn dagre_makes_few_nodes_of_many_tables() {
        let nodes = |count| {
            let (model, ranks) = (ladder(count), Ranks::of(&ladder(count)));
            let shown = shown(&model, &ranks);
            // All that lead to the next layer are among them.
            assert!(shown.len() >= count - 1);
            count + shown.iter().map(|(_, relation)| ranks.between(relation)).sum::<usize>()
        };
        assert_eq!(nodes(20), 20 + (0..19).sum::<usize>());
        assert!(nodes(400) <= 400 + MOST_PASSED);
    }
}
