use migration_model::Table;

#[derive(Table)]
#[table(index(unique))]
struct Player {
    id: i64,
    name: String,
}

fn main() {}
