//! `export_migration!`: the line that makes a crate a migration.

/// Exports a type as the migration of this crate, once per crate. The type implements
/// [`Migration`](crate::Migration) and [`Default`].
///
/// The migration's id is the name of the package without its leading `m`. The runner has it built with the
/// digest of its source in a variable of the environment that is for this crate alone: cargo builds it
/// anew when that changes, and no other.
#[cfg(feature = "plugin")]
#[macro_export]
macro_rules! export_migration {
    ($migration:ty $(,)?) => {
        /// What the runner looks for in this library.
        #[unsafe(no_mangle)]
        pub static RUNNER_MIGRATION: $crate::abi::Descriptor = $crate::descriptor::<$migration>(
            env!("CARGO_PKG_NAME"),
            option_env!(concat!("RUNNER_SOURCE_DIGEST_", env!("CARGO_PKG_NAME"))),
            {
                const IDS: &[&str] = <$migration as $crate::Migration>::REPLACES;
                const TEXTS: [$crate::abi::Text; IDS.len()] = $crate::texts(IDS);
                &TEXTS
            },
            {
                const NAMES: &[&str] = <$migration as $crate::Migration>::LOSES;
                const TEXTS: [$crate::abi::Text; NAMES.len()] = $crate::texts(NAMES);
                &TEXTS
            },
        );
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
