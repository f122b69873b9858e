use migration_model::Table;

#[derive(Table)]
#[table(primary_key)]
struct Player {
    id: i64,
    name: String,
}

fn main() {}
