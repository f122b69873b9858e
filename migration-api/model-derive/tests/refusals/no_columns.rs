use migration_model::Table;

#[derive(Table)]
struct Player {
    #[column(skip)]
    cache: i64,
}

fn main() {}
