use migration_model::Table;

#[derive(Table)]
enum Player {
    One,
}

fn main() {}
