use migration_model::Table;

#[derive(Table)]
#[table(index(name dsc))]
struct Player {
    id: i64,
    name: String,
}

fn main() {}
