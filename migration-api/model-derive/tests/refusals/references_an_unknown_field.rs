use migration_model::Table;

#[derive(Table)]
struct Room {
    id: i64,
}

#[derive(Table)]
struct Player {
    #[column(references(Room::ident))]
    room: i64,
}

fn main() {}
