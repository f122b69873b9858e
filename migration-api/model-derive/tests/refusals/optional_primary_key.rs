use migration_model::Table;

#[derive(Table)]
struct Player {
    #[column(primary_key)]
    id: Option<i64>,
}

fn main() {}
