use migration_model::Table;

#[derive(Table)]
#[table(tablespace = "fast")]
struct Player {
    id: i64,
    name: String,
}

fn main() {}
