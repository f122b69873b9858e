use migration_model::Table;

#[derive(Table)]
#[table(index(nmae))]
struct Player {
    id: i64,
    name: String,
}

fn main() {}
