use migration_model::Table;

#[derive(Table)]
struct Player {
    #[column(primary_key)]
    id: i64,
    #[column(generated = "1", default = 1)]
    score: i64,
}

fn main() {}
