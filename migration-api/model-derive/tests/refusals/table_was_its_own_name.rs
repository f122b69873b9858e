use migration_model::Table;

#[derive(Table)]
#[was("player")]
struct Player {
    id: i64,
    name: String,
}

fn main() {}
