use migration_model::Table;

#[derive(Table)]
#[table(primary_key(room, night))]
struct Stay {
    room: i64,
    night: Option<String>,
}

fn main() {}
