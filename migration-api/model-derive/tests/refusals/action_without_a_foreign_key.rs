use migration_model::Table;

#[derive(Table)]
struct Player {
    #[column(primary_key)]
    id: i64,
    #[column(on_delete = cascade)]
    score: i64,
}

fn main() {}
