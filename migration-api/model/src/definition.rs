//! What a model says, as SQL.

/// What makes one table, with its indexes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Definition {
    /// `CREATE TABLE`, and a `CREATE INDEX` for each index, in order.
    pub statements: Vec<String>,
    /// What was called otherwise before.
    pub renames: Vec<Renamed>,
    /// The source file of the struct, as the compiler calls it.
    pub file: &'static str,
    /// The line in it, from 1.
    pub line: u32,
}

/// Something that got another name. It says so for as long as there are databases that know it by the
/// old one; where there is nothing of that name, it says nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Renamed {
    /// A table.
    Table {
        /// Its name before.
        from: String,
        /// Its name.
        to: String,
    },
    /// A column.
    Column {
        /// Its table, as it is called now.
        table: String,
        /// Its name before.
        from: String,
        /// Its name.
        to: String,
    },
}

impl Definition {
    /// The statements as one text, for a test's database or a look at it.
    #[must_use]
    pub fn sql(&self) -> String {
        self.statements.iter().map(|statement| format!("{statement};\n")).collect()
    }
}
