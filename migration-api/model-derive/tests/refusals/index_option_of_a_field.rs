use migration_model::Table;

#[derive(Table)]
struct Player {
    #[column(primary_key)]
    id: i64,
    #[column(index(wher = "score > 0"))]
    score: i64,
}

fn main() {}
