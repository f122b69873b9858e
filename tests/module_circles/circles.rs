//! The circles in a graph of rooms.

use std::fmt;

use petgraph::algo::tarjan_scc;
use petgraph::graphmap::DiGraphMap;

use crate::references::References;

/// So many places of a reference are shown.
const SHOWN: usize = 3;

/// Rooms each of which leads to every other, and what leads from one to the next.
#[derive(Debug)]
pub(crate) struct Circle {
    pub(crate) rooms: Vec<String>,
    references: References,
}

/// All circles, by name. No room is in two of them.
pub(crate) fn find(references: &References) -> Vec<Circle> {
    let edges = references.keys().map(|(from, to)| (from.as_str(), to.as_str()));
    let graph = DiGraphMap::<_, ()>::from_edges(edges);
    let circle = |rooms: Vec<&str>| {
        let inside = |(from, to): &(String, String)| {
            rooms.contains(&from.as_str()) && rooms.contains(&to.as_str())
        };
        let references = references.iter().filter(|(edge, _)| inside(edge));
        let references = references.map(|(edge, places)| (edge.clone(), places.clone())).collect();
        let mut rooms: Vec<_> = rooms.into_iter().map(str::to_owned).collect();
        rooms.sort();
        Circle { rooms, references }
    };
    let mut circles: Vec<_> =
        tarjan_scc(&graph).into_iter().filter(|rooms| rooms.len() > 1).map(circle).collect();
    circles.sort_by(|one, other| one.rooms.cmp(&other.rooms));
    circles
}

impl fmt::Display for Circle {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "a circle of {} rooms: {}", self.rooms.len(), self.rooms.join(", "))?;
        for ((from, to), places) in &self.references {
            let shown = places.iter().take(SHOWN).map(String::as_str).collect::<Vec<_>>();
            write!(out, "  {from} -> {to}: {}", shown.join(", "))?;
            match places.len().saturating_sub(SHOWN) {
                0 => writeln!(out)?,
                more => writeln!(out, " and {more} more")?,
            }
        }
        Ok(())
    }
}
