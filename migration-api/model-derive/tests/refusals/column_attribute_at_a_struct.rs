use migration_model::Table;

#[derive(Table)]
#[column(unique)]
struct Player {
    id: i64,
    name: String,
}

fn main() {}
