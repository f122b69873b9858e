//! A diagram, and how it is written: as SVG or as Mermaid.

use migration_api::schema::Schema;

use super::entity::{Entity, Model};
use super::{mermaid, svg};

/// Tables and their foreign keys, ready to be drawn.
#[derive(Debug, Clone)]
pub struct Diagram {
    model: Model,
}

impl Diagram {
    /// All of a schema.
    #[must_use]
    pub fn of(schema: &Schema) -> Self {
        Self { model: Model::of(schema) }
    }

    /// These tables of it, and those to which at most `steps` foreign keys lead from them, in either
    /// direction.
    ///
    /// # Errors
    /// The first name that no table has.
    pub fn around<'n>(&self, tables: &'n [String], steps: usize) -> Result<Self, &'n str> {
        let known = |name: &'n String| {
            let is_it = |entity: &Entity| entity.name.eq_ignore_ascii_case(name);
            self.model.entities.iter().position(is_it).ok_or(name.as_str())
        };
        let numbers = tables.iter().map(known).collect::<Result<Vec<_>, _>>()?;
        Ok(Self { model: self.model.around(&numbers, steps) })
    }

    /// As an SVG picture, which is a document of its own.
    #[must_use]
    pub fn svg(&self) -> String {
        svg::svg(&self.model)
    }

    /// As text for Mermaid.
    #[must_use]
    pub fn mermaid(&self) -> String {
        mermaid::mermaid(&self.model)
    }
}
