use migration_model::Table;

#[derive(Table)]
#[table(primary_key(score))]
struct Player {
    #[column(primary_key)]
    id: i64,
    #[column(unique)]
    score: i64,
}

fn main() {}
