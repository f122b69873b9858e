use migration_model::Table;

#[derive(Table)]
struct Player(i64);

fn main() {}
