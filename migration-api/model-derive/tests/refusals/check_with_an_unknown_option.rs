use migration_model::Table;

#[derive(Table)]
#[table(check("id > 0", named = "x"))]
struct Player {
    id: i64,
    name: String,
}

fn main() {}
