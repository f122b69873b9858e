use migration_model::Table;

#[derive(Table)]
struct Player {
    #[column(primary_key)]
    id: i64,
    #[was("score")]
    score: i64,
}

fn main() {}
