use migration_model::Table;

#[derive(Table)]
struct Player {
    #[column(primary_key)]
    id: i64,
    #[column(default = Level::One)]
    score: i64,
}

fn main() {}
