//! The first content of a new migration: a template, or what its name asks for.

use minijinja::{Value, context};

use super::code::Position;
use super::loses::{constant, loses};
use super::name::Name;
use super::operations::{Written, body, comment};
use super::pattern::Pattern;
use super::template::{File, Template};
use super::typed::TypedMigration;
use super::{ScaffoldError, rustfmt};
use crate::config::Config;

/// The template for what no pattern describes.
const BLANK: &str = "blank";

/// What a migration begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content<'a> {
    /// The template of this name.
    Template(&'a str),
    /// What the migration's name asks for, on columns that these fields describe; the template `blank`
    /// if the name asks for nothing that is known, or for a change that needs fields and has none.
    ///
    /// The names are [`PATTERNS`](super::PATTERNS), a field is `name:type[:modifier...]`.
    Named(&'a [String]),
    /// These operations, as code.
    Operations(&'a Directions),
    /// Data fixups over rows as structs, with the operations around them.
    Typed(&'a TypedMigration),
}

/// What the code of a new migration comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// The template that was asked for.
    Template,
    /// The name, which says what to write.
    Pattern,
    /// The operations that were asked for.
    Operations,
    /// Rows as structs.
    Typed,
    /// The template `blank`: the name fits this one of the [`PATTERNS`](super::PATTERNS), which has
    /// nothing to write without fields.
    NoFields {
        /// The pattern.
        pattern: &'static str,
    },
    /// The template `blank`: the name fits none of the [`PATTERNS`](super::PATTERNS).
    NoPattern {
        /// The fields that nothing was made of.
        unused: Vec<String>,
    },
}

/// A migration's code before it is written.
pub(super) struct Beginning {
    pub(super) origin: Origin,
    code: Code,
}

/// What a migration's code is filled in from.
enum Code {
    /// The template of this name.
    Template(String),
    /// Operations.
    Operations(Directions),
    /// Fixups over rows as structs.
    Typed(TypedMigration),
}

impl Beginning {
    /// What `content` asks for under this name.
    pub(super) fn of(name: &Name, content: Content<'_>) -> Result<Self, ScaffoldError> {
        let blank = |origin| Self { origin, code: Code::Template(BLANK.into()) };
        let fields = match content {
            Content::Template(template) => {
                let code = Code::Template(template.into());
                return Ok(Self { origin: Origin::Template, code });
            }
            Content::Operations(ways) => {
                let code = Code::Operations(ways.clone());
                return Ok(Self { origin: Origin::Operations, code });
            }
            Content::Typed(typed) => {
                return Ok(Self { origin: Origin::Typed, code: Code::Typed(typed.clone()) });
            }
            Content::Named(fields) => fields,
        };
        let Some(pattern) = Pattern::of(name.as_str(), fields) else {
            return Ok(blank(Origin::NoPattern { unused: fields.to_vec() }));
        };
        if fields.is_empty() && pattern.needs_fields() {
            return Ok(blank(Origin::NoFields { pattern: pattern.form() }));
        }
        Ok(Self { origin: Origin::Pattern, code: Code::Operations(pattern.ways(fields)?) })
    }

    /// Its files, filled in with `values`. What comes from the runner's own templates is laid out as
    /// the project has its code; a template of the project's own is taken as it is.
    pub(super) fn files(&self, config: &Config, values: Value) -> Result<Vec<File>, ScaffoldError> {
        // What is not set is told from what is misspelled.
        let unset = context! {
            modules => (), batched => (), values_unknown => (), backward => (), irreversible => (), reasons => (), loses => ()
        };
        let (template, values, more) = match &self.code {
            Code::Operations(ways) => (
                Template::operations(),
                context! { ..ways.values(), ..values, ..unset },
                Vec::new(),
            ),
            Code::Typed(typed) => (
                Template::operations(),
                context! { ..typed.values(), ..values, ..unset },
                typed.files(),
            ),
            Code::Template(name) => (Template::find(name, &config.templates)?, values, Vec::new()),
        };
        let mut files = template.fill_in(&values)?;
        files.extend(more);
        if let Template::BuiltIn(_) = template {
            let rust = |file: &&mut File| file.path.extension().is_some_and(|end| end == "rs");
            for file in files.iter_mut().filter(rust) {
                if let Some(text) = rustfmt::laid_out(&file.bytes, &config.migrations) {
                    file.bytes = text;
                }
            }
        }
        Ok(files)
    }
}

/// What is in `migrate_forward` and, if there is one, in `migrate_backward`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Directions {
    /// The way forward.
    pub forward: Vec<Written>,
    /// The way back.
    pub backward: Backward,
}

/// The way back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Backward {
    /// These operations.
    Operations(Vec<Written>),
    /// None, for nothing is known of a column but its name.
    Irreversible {
        /// The column.
        column: String,
    },
    /// None, for what was there cannot be made by operations.
    Underivable {
        /// Why not, a sentence each.
        reasons: Vec<String>,
    },
}

impl Directions {
    /// What the template is filled in with.
    pub(super) fn values(&self) -> Value {
        let forward = body(&self.forward);
        let (backward, irreversible, reasons) = match &self.backward {
            Backward::Operations(back) => (Some(body(back)), None, Vec::new()),
            Backward::Irreversible { column } => (None, Some(column), Vec::new()),
            Backward::Underivable { reasons } => {
                let lines =
                    reasons.iter().flat_map(|it| comment(&format!("- {it}"), Position::Body));
                (None, None, lines.collect())
            }
        };
        let loses = constant(&loses(&self.forward));
        context! { forward, backward, irreversible, reasons, loses }
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::{btree_set, vec};
    use proptest::prelude::*;

    use super::*;
    use crate::config::Overrides;

    fn word() -> impl Strategy<Value = String> {
        "x[a-z]{0,23}"
    }

    fn field() -> impl Strategy<Value = String> {
        let declared =
            prop_oneof![Just("integer"), Just("text"), Just("any"), Just("'DECIMAL(10, 2)'")];
        let default = prop_oneof![
            Just(String::new()),
            any::<i64>().prop_map(|number| format!(":default={number}")),
            proptest::num::f64::NORMAL.prop_map(|number| format!(":default={number:?}")),
            "[^']{0,150}".prop_map(|text| format!(":default='{text}'")),
        ];
        let references = prop_oneof![
            Just(String::new()),
            (word(), word()).prop_map(|(table, column)| format!(":references={table}.{column}"))
        ];
        let key = prop_oneof![Just(""), Just(":unique"), Just(":primary_key")];
        (word(), declared, key, default, references).prop_map(
            |(name, declared, key, default, references)| {
                format!("{name}:{declared}{key}{default}{references}")
            },
        )
    }

    /// A name and its fields.
    fn asked() -> impl Strategy<Value = (String, Vec<String>)> {
        let fields = || {
            vec(field(), 2..6).prop_map(|fields| {
                fields.iter().enumerate().map(|(n, field)| format!("c{n}{field}")).collect()
            })
        };
        let columns = btree_set("[a-z]{1,7}|[a-z]{1,20}", 1..24);
        prop_oneof![
            (word(), fields()).prop_map(|(table, fields)| (format!("create_{table}"), fields)),
            (word(), fields()).prop_map(|(table, fields)| (format!("add_x_to_{table}"), fields)),
            (word(), fields()).prop_map(|(table, fields)| (format!("drop_x_from_{table}"), fields)),
            (word(), word()).prop_map(|(column, table)| {
                (format!("drop_{column}_from_{table}"), Vec::new())
            }),
            (word(), columns).prop_map(|(table, columns)| {
                (format!("add_index_to_{table}"), columns.into_iter().collect())
            }),
            (word(), word(), word()).prop_filter("another name", |(a, b, _)| a != b).prop_map(
                |(column, to, table)| (format!("rename_{column}_to_{to}_in_{table}"), Vec::new())
            ),
            "[a-z]{60,100}".prop_map(|name| (name, Vec::new())),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(96))]

        /// However long its expressions are. This holds where there is a rustfmt: without one the
        /// lines are prettyplease's, which differ from rustfmt's wherever there is more than one.
        #[test]
        fn new_code_is_rust_and_rustfmt_leaves_it_as_it_is((name, fields) in asked()) {
            let folder = tempfile::tempdir().unwrap();
            std::fs::write(folder.path().join("runner.toml"), "database = \"a.db\"\nmigrations = \".\"\n").unwrap();
            // Whatever `DATABASE_URL` is here.
            let overrides = Overrides { database: Some("a.db".into()), ..Overrides::default() };
            let config = Config::find(folder.path(), &overrides).unwrap();
            let name = Name::parse(&name).unwrap();
            let beginning = Beginning::of(&name, Content::Named(&fields)).unwrap();
            let values = context! {
                id => "", package => "", name => name.as_str(),
                type_name => name.type_name(), sentence => name.sentence(),
            };
            let files = beginning.files(&config, values).unwrap();
            let library = files.into_iter().find(|file| file.path.ends_with("lib.rs")).unwrap().bytes;
            let again = rustfmt::laid_out(&library, &config.migrations).unwrap();
            let text = String::from_utf8(library).unwrap();
            prop_assert!(syn::parse_file(&text).is_ok(), "{}", text);
            prop_assert_eq!(String::from_utf8(again).unwrap(), text);
        }
    }
}
