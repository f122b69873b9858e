use migration_model::Table;

#[derive(Table)]
#[table(without_rowid)]
struct Player {
    #[column(primary_key, autoincrement)]
    id: i64,
}

fn main() {}
