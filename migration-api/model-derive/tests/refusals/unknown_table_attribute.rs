use migration_model::Table;

#[derive(Table)]
#[table(stric)]
struct Player {
    id: i64,
    name: String,
}

fn main() {}
