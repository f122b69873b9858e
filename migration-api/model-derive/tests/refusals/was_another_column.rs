use migration_model::Table;

#[derive(Table)]
struct Player {
    #[column(primary_key)]
    id: i64,
    #[was("ID")]
    score: i64,
}

fn main() {}
