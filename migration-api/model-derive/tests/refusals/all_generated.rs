use migration_model::Table;

#[derive(Table)]
struct Player {
    #[column(generated = "1")]
    one: i64,
}

fn main() {}
