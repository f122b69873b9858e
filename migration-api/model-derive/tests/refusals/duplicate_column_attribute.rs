use migration_model::Table;

#[derive(Table)]
struct Player {
    #[column(primary_key)]
    id: i64,
    #[column(default = 0)]
    #[column(default = 1)]
    score: i64,
}

fn main() {}
