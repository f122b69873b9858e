use migration_model::Table;

#[derive(Table)]
#[table(index(name), index(name desc))]
struct Player {
    id: i64,
    name: String,
}

fn main() {}
