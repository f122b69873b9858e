use migration_model::Table;

#[derive(Table)]
#[table(strict, strict)]
struct Player {
    id: i64,
    name: String,
}

fn main() {}
