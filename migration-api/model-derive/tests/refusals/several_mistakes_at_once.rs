use migration_model::Table;

#[derive(Table)]
#[table(strct)]
struct Player {
    #[column(primary)]
    id: i64,
    #[column(defualt = 0)]
    score: i64,
}

migration_model::export_models!(Player);

fn main() {}
