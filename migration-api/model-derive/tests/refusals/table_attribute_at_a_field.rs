use migration_model::Table;

#[derive(Table)]
struct Player {
    #[column(primary_key)]
    id: i64,
    #[table(strict)]
    score: i64,
}

fn main() {}
