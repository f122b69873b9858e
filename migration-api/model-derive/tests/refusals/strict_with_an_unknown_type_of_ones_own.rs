use migration_model::{ColumnType, Table};

struct Code;

impl ColumnType for Code {
    const DECLARED: &'static str = "VARCHAR(10)";
}

#[derive(Table)]
#[table(strict)]
struct Player {
    code: Option<Code>,
}

fn main() {}
