use migration_model::Table;

#[derive(Table)]
struct Player<T> {
    id: T,
}

fn main() {}
