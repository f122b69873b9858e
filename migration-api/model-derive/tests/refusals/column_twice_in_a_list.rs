use migration_model::Table;

#[derive(Table)]
#[table(unique(id, id))]
struct Player {
    id: i64,
    name: String,
}

fn main() {}
