use migration_model::Table;

#[derive(Table)]
#[table(index("lower(name)"))]
struct Player {
    id: i64,
    name: String,
}

fn main() {}
