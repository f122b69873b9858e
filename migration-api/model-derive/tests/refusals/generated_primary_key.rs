use migration_model::Table;

#[derive(Table)]
struct Player {
    #[column(generated = "1", primary_key)]
    id: i64,
    name: String,
}

fn main() {}
