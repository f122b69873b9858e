use migration_model::Table;

#[derive(Table)]
#[table(unique(level))]
struct Player {
    id: i64,
    name: String,
}

fn main() {}
