use migration_model::Table;

#[derive(Table)]
#[table(name = "sqlite_player")]
struct Player {
    id: i64,
    name: String,
}

fn main() {}
