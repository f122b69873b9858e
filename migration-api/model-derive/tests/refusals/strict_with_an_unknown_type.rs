use migration_model::Table;

#[derive(Table)]
#[table(strict)]
struct Player {
    #[column(primary_key)]
    id: i64,
    #[column(type = "VARCHAR(10)")]
    score: String,
}

fn main() {}
