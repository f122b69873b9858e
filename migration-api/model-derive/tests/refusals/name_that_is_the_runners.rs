use migration_model::Table;

#[derive(Table)]
#[table(name = "_runner_player")]
struct Player {
    id: i64,
    name: String,
}

fn main() {}
