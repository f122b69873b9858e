//! The library reads models in its own process.

use migration_api::difference::Rename;
use runner::models::{self, ModelsError, ModelsSource};
use runner::{ApplicationNames, BuildOptions, Stop};

use super::project::{with_crate, with_sql};
use crate::sandbox::Sandbox;

fn read(sandbox: &Sandbox) -> Result<models::Models, ModelsError> {
    let config = sandbox.config();
    models::read(
        &config.models.unwrap(),
        &config.application,
        BuildOptions::default(),
        &Stop::default(),
    )
}

#[test]
fn both_kinds_of_models_are_a_schema_and_its_old_names() {
    let of_file =
        read(&with_sql("-- was: visitor\nCREATE TABLE \"caller\" (\"name\" TEXT)")).unwrap();
    let of_crate = read(&with_crate(
        "models_in_process",
        "#[derive(migration_model::Table)]\n#[was(\"visitor\")]\n\
         pub struct Caller { pub name: Option<String> }\n\
         migration_model::export_models!(Caller);\n",
    ))
    .unwrap();
    for models in [&of_file, &of_crate] {
        let table = models.schema.schema().unwrap();
        let table = table.table("caller").unwrap();
        assert_eq!(table.columns[0].name, "name");
        let renamed = Rename::Table { from: "visitor".into(), to: "caller".into() };
        assert_eq!(models.renames, [renamed]);
    }
}

#[test]
fn a_panic_of_models_is_an_error_and_not_a_panic() {
    let sandbox = with_crate(
        "models_that_panic_in_process",
        "pub struct Caller;\n\
         impl migration_model::Table for Caller {\n\
             const NAME: &'static str = \"caller\";\n\
             const COLUMNS: &'static [(&'static str, &'static str)] = &[];\n\
             fn definition() -> migration_model::Definition { panic!(\"not today\") }\n\
         }\n\
         migration_model::export_models!(Caller);\n",
    );
    let error = read(&sandbox).unwrap_err();
    assert!(matches!(&error, ModelsError::Load { .. }), "{error:?}");
    let cause = std::error::Error::source(&error).unwrap().to_string();
    assert_eq!(cause, "it panicked at src/lib.rs:5: not today");
}

#[test]
fn a_build_that_is_stopped_is_no_success() {
    let sandbox = with_crate("models_stopped", "compile_error!(\"never\");");
    let stop = Stop::default();
    stop.request();
    let source = ModelsSource::of(sandbox.path("models"));
    let error = models::read(&source, &ApplicationNames::default(), BuildOptions::default(), &stop)
        .unwrap_err();
    assert_eq!(runner::workshop::Error::from(error).exit(), runner::Exit::Interrupted);
}
