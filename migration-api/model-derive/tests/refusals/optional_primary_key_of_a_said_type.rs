use migration_model::Table;

#[derive(Table)]
struct Player {
    #[column(primary_key, type = "TEXT")]
    id: Option<std::net::IpAddr>,
}

fn main() {}
