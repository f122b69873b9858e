use migration_model::Table;

#[derive(Table)]
struct Player {
    #[column(references = "room(hotel, number)")]
    room: i64,
}

fn main() {}
