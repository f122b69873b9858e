use migration_model::Table;

#[derive(Table)]
#[table(foreign_key(columns(id, name), references(Room::id, Hotel::name)))]
struct Player {
    id: i64,
    name: String,
}

fn main() {}
