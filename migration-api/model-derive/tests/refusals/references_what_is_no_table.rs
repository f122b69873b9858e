use migration_model::Table;

struct Room {
    id: i64,
}

#[derive(Table)]
struct Player {
    #[column(references(Room::id))]
    room: i64,
}

fn main() {}
