use migration_model::export_models;

struct Player;

export_models!(Player);

fn main() {}
