use migration_model::Table;

#[derive(Table)]
struct Player {
    #[column(primary_key)]
    id: i64,
    #[was("points")]
    #[was("marks")]
    score: i64,
}

fn main() {}
