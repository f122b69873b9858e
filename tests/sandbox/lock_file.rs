//! The versions that migrations are built with.

use std::fs;
use std::sync::OnceLock;

use super::repository;

/// The lock file of the sample migrations, without themselves. A project without one asks the registry, and takes
/// what is newest there: each asks again, and what two of them share is built twice once something new is out.
pub fn of_migrations() -> &'static str {
    static TEXT: OnceLock<String> = OnceLock::new();
    TEXT.get_or_init(|| {
        let text = fs::read_to_string(repository().join("migrations/Cargo.lock")).unwrap();
        let is_a_sample = |package: &&str| package.starts_with("\nname = \"m2");
        let packages = text.split("[[package]]").filter(|package| !is_a_sample(package));
        packages.collect::<Vec<_>>().join("[[package]]")
    })
}
