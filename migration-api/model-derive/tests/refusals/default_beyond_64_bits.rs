use migration_model::Table;

#[derive(Table)]
struct Player {
    #[column(primary_key)]
    id: i64,
    #[column(default = 9223372036854775808)]
    score: i64,
}

fn main() {}
