use migration_model::Table;

#[derive(Table)]
#[table(foreign_key(references = "room.id"))]
struct Player {
    id: i64,
    name: String,
}

fn main() {}
