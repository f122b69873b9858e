use migration_model::Table;

#[derive(Table)]
struct Player {
    #[column(primary_key, autoincrement)]
    name: String,
}

fn main() {}
