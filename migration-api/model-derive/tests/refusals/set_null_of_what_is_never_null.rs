use migration_model::Table;

#[derive(Table)]
struct Player {
    #[column(primary_key)]
    id: i64,
    #[column(references = "room.id", on_delete = set_null)]
    score: i64,
}

fn main() {}
