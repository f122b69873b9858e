//! What the code that `#[derive(Table)]` writes calls: for the rest of the text it needs to know types,
//! which a macro does not. Not for anybody else.

/// A column, all of whose names are spelled for SQL.
#[derive(Debug)]
pub struct Column {
    /// Its name.
    pub name: &'static str,
    /// Its declared type.
    pub declared: &'static str,
    /// Whether it may be NULL.
    pub nullable: bool,
    /// Whether it is the whole primary key: as an INTEGER it is the rowid, which is never NULL
    /// (<https://sqlite.org/lang_createtable.html#rowid>).
    pub is_key: bool,
    /// Its other clauses.
    pub clauses: &'static str,
    /// Where it leads to.
    pub reference: Option<Reference>,
}

/// A foreign key, without the columns that it is of.
#[derive(Debug)]
pub struct Reference {
    /// The table it leads to, as it is called.
    pub table: &'static str,
    /// The columns there, as they are called.
    pub columns: &'static [&'static str],
    /// Its actions, and whether it is deferred.
    pub actions: &'static str,
}

/// The text that makes a table.
#[must_use]
pub fn create_table(
    name: &str,
    columns: &[Column],
    constraints: &[String],
    options: &str,
) -> String {
    let columns = columns.iter().map(Column::sql);
    let items: Vec<String> =
        columns.chain(constraints.iter().cloned()).map(|item| format!("  {item}")).collect();
    format!("CREATE TABLE {name} (\n{}\n){options}", items.join(",\n"))
}

/// A foreign key of a table.
#[must_use]
pub fn foreign_key(columns: &str, reference: &Reference) -> String {
    format!("FOREIGN KEY ({columns}) {}", reference.sql())
}

impl Column {
    fn sql(&self) -> String {
        let mut sql = format!("{} {}", self.name, self.declared);
        let is_rowid = self.is_key && is_integer(self.declared);
        if !self.nullable && !is_rowid {
            sql += " NOT NULL";
        }
        sql += self.clauses;
        if let Some(reference) = &self.reference {
            sql += " ";
            sql += &reference.sql();
        }
        sql
    }
}

impl Reference {
    fn sql(&self) -> String {
        let columns: Vec<String> = self.columns.iter().map(|name| quote(name)).collect();
        let Self { table, actions, .. } = self;
        format!("REFERENCES {} ({}){actions}", quote(table), columns.join(", "))
    }
}

fn quote(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// The column of the field `field`; if there is none, the field's own name.
#[must_use]
pub const fn column_of(
    columns: &[(&'static str, &'static str)],
    field: &'static str,
) -> &'static str {
    let mut at = 0;
    while at < columns.len() {
        if same(columns[at].0, field, Case::Matters) {
            return columns[at].1;
        }
        at += 1;
    }
    field
}

/// Whether the field `field` is a column.
#[must_use]
pub const fn is_column(columns: &[(&'static str, &'static str)], field: &'static str) -> bool {
    let mut at = 0;
    while at < columns.len() {
        if same(columns[at].0, field, Case::Matters) {
            return true;
        }
        at += 1;
    }
    false
}

/// Whether SQLite takes a key of this type for the rowid.
#[must_use]
pub const fn is_integer(declared: &str) -> bool {
    same(declared, "INTEGER", Case::DoesNotMatter)
}

/// Whether a STRICT table may have a column of this type (<https://sqlite.org/stricttables.html>).
#[must_use]
pub const fn is_strict(declared: &str) -> bool {
    const TYPES: [&str; 6] = ["INT", "INTEGER", "REAL", "TEXT", "BLOB", "ANY"];
    let mut at = 0;
    while at < TYPES.len() {
        if same(declared, TYPES[at], Case::DoesNotMatter) {
            return true;
        }
        at += 1;
    }
    false
}

#[derive(Clone, Copy)]
enum Case {
    Matters,
    DoesNotMatter,
}

const fn same(a: &str, b: &str, case: Case) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if a.len() != b.len() {
        return false;
    }
    let mut at = 0;
    while at < a.len() {
        let equal = match case {
            Case::Matters => a[at] == b[at],
            Case::DoesNotMatter => a[at].eq_ignore_ascii_case(&b[at]),
        };
        if !equal {
            return false;
        }
        at += 1;
    }
    true
}
