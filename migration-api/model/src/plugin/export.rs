//! `export_models!`: the line that makes a crate one of models.

/// Exports tables as the models of this crate, once per crate, for `runner` to read.
///
/// ```
/// # use migration_model::{Table, export_models};
/// # #[derive(Table)] struct Player { name: String }
/// # #[derive(Table)] struct Room { number: i64 }
/// export_models!(Player, Room; sql = "CREATE VIEW name AS SELECT name FROM player;");
/// ```
///
/// What no struct can say, as views and triggers, follows as SQL, after the tables: a literal, or
/// `include_str!("../views.sql")`.
#[macro_export]
macro_rules! export_models {
    ($($table:ty),* $(,)? $(; sql = $sql:expr)? $(,)?) => {
        /// What the runner looks for in this library.
        #[unsafe(no_mangle)]
        pub static RUNNER_MODELS: $crate::abi::Descriptor = {
            struct Exported;
            impl $crate::Models for Exported {
                fn definitions() -> ::std::vec::Vec<$crate::Definition> {
                    ::std::vec![$(<$table as $crate::Table>::definition()),*]
                }
                $(fn sql() -> $crate::Definition {
                    $crate::Definition {
                        statements: ::std::vec![::std::string::String::from($sql)],
                        renames: ::std::vec::Vec::new(),
                        file: ::std::file!(),
                        line: ::std::line!(),
                    }
                })?
            }
            $crate::descriptor::<Exported>(::std::option_env!(::std::concat!(
                "RUNNER_SOURCE_DIGEST_",
                ::std::env!("CARGO_CRATE_NAME")
            )))
        };
    };
}
