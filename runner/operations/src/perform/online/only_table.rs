//! The one table that operations are about.

use crate::operation::{Operation, Refusal};
use crate::perform::session::Result;
use crate::schema::Schema;
use crate::schema::name::same;

/// The name of the table that `operations` are about.
///
/// # Errors
/// They are about none or several, or do something else than to change its shape.
pub(super) fn only_table(operations: &[Operation], schema: &Schema) -> Result<String> {
    let mut names = Names::default();
    for operation in operations {
        names.follow(operation, schema)?;
    }
    names.first.ok_or_else(|| refuse(None, "the operations are about no table".to_owned()))
}

fn refuse(table: Option<&String>, reason: String) -> Refusal {
    Refusal::NotOnline { table: table.cloned(), reason: reason.into() }
}

/// The names of the table while operations are carried out.
#[derive(Default)]
struct Names {
    first: Option<String>,
    now: Option<String>,
    /// The names that its indexes get.
    indexes: Vec<String>,
}

impl Names {
    fn follow(&mut self, operation: &Operation, schema: &Schema) -> Result {
        let about = match operation {
            Operation::CreateTable(_)
            | Operation::DropTable { .. }
            | Operation::Execute { .. }
            | Operation::RenameTable { only: true, .. } => {
                let reason = "it is a change of the shape of one table, and this is something else: do that in a step";
                return Err(refuse(self.now.as_ref(), reason.to_owned()));
            }
            Operation::AddIndex(index) => {
                self.indexes.extend(index.name.clone());
                Some(index.table.clone())
            }
            Operation::DropIndex { name, .. } => self.table_of(name, schema),
            Operation::RenameIndex { name, to } => {
                let about = self.table_of(name, schema);
                self.indexes.push(to.clone());
                about
            }
            operation => operation.table().map(str::to_owned),
        };
        if let (Some(now), Some(about)) = (&self.now, &about)
            && !same(now, about)
        {
            let reason =
                format!("one of the operations is about `{about}`; change each table for itself");
            return Err(refuse(Some(now), reason));
        }
        if self.first.is_none() {
            self.first.clone_from(&about);
        }
        self.now = match operation {
            Operation::RenameTable { to, .. } => Some(to.clone()),
            _ => about.or(self.now.take()),
        };
        Ok(())
    }

    /// The name, by now, of the table with this index.
    fn table_of(&self, index: &str, schema: &Schema) -> Option<String> {
        if self.indexes.iter().any(|new| same(new, index)) {
            return self.now.clone();
        }
        let table = &schema.index(index)?.table;
        let is_own = self.first.as_ref().is_some_and(|first| same(first, table));
        if is_own { self.now.clone() } else { Some(table.clone()) }
    }
}
