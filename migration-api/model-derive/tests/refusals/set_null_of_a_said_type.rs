use migration_model::Table;

#[derive(Table)]
struct Player {
    #[column(primary_key)]
    id: i64,
    #[column(type = "INT", references = "room.id", on_update = set_null)]
    score: i64,
}

fn main() {}
