//! `export_migration!`: the line that makes a crate a migration.

/// Exports a type as the migration of this crate, once per crate. The type implements
/// [`Migration`](crate::Migration) and [`Default`].
///
/// The migration's id is the name of the package without its leading `m`.
#[cfg(feature = "plugin")]
#[macro_export]
macro_rules! export_migration {
    ($migration:ty $(,)?) => {
        /// What the runner looks for in this library.
        #[unsafe(no_mangle)]
        pub static RUNNER_MIGRATION: $crate::abi::Descriptor =
            $crate::descriptor::<$migration>(env!("CARGO_PKG_NAME"));
    };
}

/// Exports a type as the migration of this crate; needs the feature `plugin`.
#[cfg(not(feature = "plugin"))]
#[macro_export]
macro_rules! export_migration {
    ($($anything:tt)*) => {
        compile_error!(
            "export_migration! needs migration-api's feature `plugin`: in migrations/Cargo.toml write \
             `migration-api = { path = \"..\", features = [\"plugin\"] }` under [workspace.dependencies]"
        );
    };
}
