use migration_model::Table;

#[derive(Table)]
struct Player {
    #[column(primary_key)]
    id: i64,
    #[column(default = "a\0b")]
    score: String,
}

fn main() {}
