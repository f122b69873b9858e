use migration_model::Table;

#[derive(Table)]
struct Player {
    #[column(primary_key, autoincrement, type = "BIGINT")]
    id: i64,
}

fn main() {}
