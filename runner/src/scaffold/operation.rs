//! The two ways of a migration that a pattern describes, as code.

use minijinja::{Value, context};

use super::ScaffoldError;
use super::code::{Call, Code, call, text};
use super::field::{self, Field, FieldError, Reason};
use super::pattern::Pattern;

/// What stands in `migrate_forward` and, if there is one, in `migrate_backward`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Operation {
    pub(super) forward: String,
    pub(super) backward: Backward,
}

/// The way back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Backward {
    /// This code, below lines of comment.
    Code { notes: Vec<String>, code: String },
    /// None, for nothing is known of this column but its name.
    Irreversible { column: String },
}

/// Where the body of a method stands.
const INDENT: usize = 8;

impl Operation {
    /// Writes the code for `pattern` on the columns that `fields` describe.
    pub(super) fn write(pattern: Pattern<'_>, fields: &[String]) -> Result<Self, ScaffoldError> {
        match pattern {
            Pattern::CreateTable { table } => {
                let columns = field::columns(fields)?;
                Ok(Self::of(&migrator(create_table(table, &columns)), &migrator(drop_table(table))))
            }
            Pattern::AddColumns { table } => {
                let columns = field::columns(fields)?;
                if let Some((at, _)) = columns.iter().enumerate().find(|(_, c)| c.needs_default()) {
                    return Err(FieldError::new(&fields[at], Reason::NeedsDefault).into());
                }
                Ok(Self::of(&all(added(table, &columns)), &all(dropped(table, &columns))))
            }
            Pattern::DropColumns { table, column } if fields.is_empty() => Ok(Self {
                forward: body(&migrator(call("drop_column", [text(table), text(column)]))),
                backward: Backward::Irreversible { column: column.into() },
            }),
            Pattern::DropColumns { table, .. } => {
                let columns = field::columns(fields)?;
                let notes = columns
                    .iter()
                    .filter(|column| column.needs_default())
                    .map(|column| {
                        format!(
                            "`{}` is NOT NULL: if `{table}` has rows by then, it needs a default.",
                            column.name
                        )
                    })
                    .collect();
                Ok(Self {
                    forward: body(&all(dropped(table, &columns))),
                    backward: Backward::Code { notes, code: body(&all(added(table, &columns))) },
                })
            }
            Pattern::RenameColumn { .. } if !fields.is_empty() => {
                Err(ScaffoldError::FieldToRename { field: fields[0].clone() })
            }
            Pattern::RenameColumn { table, column, to } => {
                let rename = |from, to| call("rename_column", [text(table), text(from), text(to)]);
                Ok(Self::of(&migrator(rename(column, to)), &migrator(rename(to, column))))
            }
            Pattern::AddIndex { table } => {
                let columns = field::names(fields)?;
                // Under a name of its own, so that the way back drops this index and no other.
                let name = format!("{table}_{}", columns.join("_"));
                let list = Code::List(columns.iter().map(|column| text(column)).collect());
                let index = Code::from(call("Index::on", [text(table), list]))
                    .then(call("named", [text(&name)]));
                Ok(Self::of(
                    &migrator(call("create_index", [index])),
                    &migrator(call("drop_index", [text(&name)])),
                ))
            }
        }
    }

    /// What the template is filled in with.
    pub(super) fn values(&self) -> Value {
        let forward = &self.forward;
        match &self.backward {
            Backward::Code { notes, code } => {
                let notes: Vec<Value> = notes.iter().map(Value::from).collect();
                context! { forward, notes, backward => code, irreversible => () }
            }
            Backward::Irreversible { column } => {
                context! { forward, backward => (), irreversible => column }
            }
        }
    }

    fn of(forward: &Code, backward: &Code) -> Self {
        let backward = Backward::Code { notes: Vec::new(), code: body(backward) };
        Self { forward: body(forward), backward }
    }
}

fn body(code: &Code) -> String {
    code.layout(INDENT, 0)
}

fn migrator(call: Call) -> Code {
    Code::Word("migrator".into()).then(call)
}

/// One operation as a method of the migrator, several in one run: they share a rebuild.
fn all(mut operations: Vec<Call>) -> Code {
    if operations.len() == 1 {
        return migrator(operations.remove(0));
    }
    let operations = operations.into_iter().map(|call| call.of("Operation").into()).collect();
    migrator(call("run", [Code::List(operations)]))
}

fn create_table(table: &str, columns: &[Field]) -> Call {
    let keys: Vec<&Field> = columns.iter().filter(|column| column.primary_key).collect();
    let one_key = keys.len() == 1;
    let mut code = Code::from(call("Table::new", [text(table)]));
    for column in columns {
        code = code.then(call("column", [column.column(one_key)]));
    }
    if keys.len() > 1 {
        let keys = keys.iter().map(|key| text(&key.name)).collect();
        code = code.then(call("primary_key", [Code::List(keys)]));
    }
    call("create_table", [code])
}

fn drop_table(table: &str) -> Call {
    call("drop_table", [text(table)])
}

fn added(table: &str, columns: &[Field]) -> Vec<Call> {
    columns.iter().map(|field| call("add_column", [text(table), field.column(true)])).collect()
}

/// The last first, as the way back from [`added`].
fn dropped(table: &str, columns: &[Field]) -> Vec<Call> {
    let drop = |field: &Field| {
        let name = if field.primary_key { "drop_column_cascade" } else { "drop_column" };
        call(name, [text(table), text(&field.name)])
    };
    columns.iter().rev().map(drop).collect()
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::process::{Command, Stdio};

    use proptest::prelude::*;

    use super::*;

    fn written(name: &str, fields: &[String]) -> Operation {
        Operation::write(Pattern::of(name, fields).unwrap(), fields).unwrap()
    }

    /// What rustfmt, with the configuration that cargo has without any, makes of the text.
    fn formatted(text: &str) -> String {
        let mut rustfmt = Command::new("rustfmt")
            .args(["--edition", "2024"])
            .current_dir(std::env::temp_dir())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        rustfmt.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
        let output = rustfmt.wait_with_output().unwrap();
        assert!(output.status.success(), "{text}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// None that is one of the words between the parts of a pattern.
    fn name() -> impl Strategy<Value = String> {
        "x[a-z]{0,23}"
    }

    fn field() -> impl Strategy<Value = String> {
        let declared = prop_oneof![
            Just("integer".to_owned()),
            Just("any".to_owned()),
            Just("'DECIMAL(10, 2)'".to_owned())
        ];
        let default = prop_oneof![
            Just(":default=1".to_owned()),
            "[a-z ]{1,60}".prop_map(|text| format!(":default='{text}'")),
            Just(String::new())
        ];
        let references = prop_oneof![
            Just(String::new()),
            (name(), name()).prop_map(|(table, column)| format!(":references={table}.{column}"))
        ];
        let unique = prop_oneof![Just(""), Just(":unique"), Just(":primary_key")];
        (name(), declared, unique, default, references).prop_map(
            |(name, declared, unique, default, references)| {
                format!("c{name}:{declared}{unique}{default}{references}")
            },
        )
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn the_code_is_rust_and_only_its_line_breaks_may_be_set_otherwise(
            many in proptest::collection::vec(
                (name(), proptest::collection::vec(field(), 1..4),
                    proptest::collection::btree_set("[a-z]{1,7}|[a-z]{1,20}", 1..24)),
                16,
            ),
        ) {
            let mut text = String::new();
            for (table, fields, columns) in many {
                let numbered: Vec<String> =
                    fields.iter().enumerate().map(|(n, field)| format!("c{n}{field}")).collect();
                let columns: Vec<String> = columns.into_iter().collect();
                let operations = [
                    written(&format!("create_{table}"), &numbered),
                    written(&format!("drop_x_from_{table}"), &numbered),
                    written(&format!("rename_{table}_to_{table}_in_{table}"), &[]),
                    written(&format!("add_index_to_{table}"), &columns),
                ];
                for operation in operations {
                    let Backward::Code { code, .. } = operation.backward else { unreachable!() };
                    for body in [operation.forward, code] {
                        if !text.is_empty() {
                            text += "\n";
                        }
                        text += &format!(
                            "impl A {{\n    fn a(&self) -> Result {{\n        {body}\n    }}\n}}\n"
                        );
                    }
                }
            }
            // What rustfmt may still do to it is to break lines elsewhere, with or without a comma.
            let letters = |text: &str| -> String {
                text.chars().filter(|letter| !letter.is_whitespace() && *letter != ',').collect()
            };
            prop_assert_eq!(letters(&formatted(&text)), letters(&text));
        }
    }
}
