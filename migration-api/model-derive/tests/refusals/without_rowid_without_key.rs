use migration_model::Table;

#[derive(Table)]
#[table(without_rowid)]
struct Player {
    id: i64,
    name: String,
}

fn main() {}
