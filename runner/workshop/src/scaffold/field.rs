//! A column as the command line describes it: `level:integer:not_null:default=1`.

mod declared_type;
mod refusal;
mod value;

use declared_type::DeclaredType;
use migration_api::operation::Column;
pub use refusal::FieldError;
pub(super) use refusal::Reason;

/// Reads `name:type[:modifier...]`.
fn read(given: &str) -> Result<Column, Reason> {
    let mut parts = value::split(given)?.into_iter();
    let name = named(parts.next().unwrap_or_default())?;
    let DeclaredType { declared, words } = DeclaredType::read(parts.next().ok_or(Reason::NoType)?)?;
    let mut column = Column::new(name, declared);
    let mut seen = Vec::new();
    for part in parts {
        let (modifier, value) = part.split_once('=').map_or((part, None), |(a, b)| (a, Some(b)));
        let modifier = match modifier.to_ascii_lowercase() {
            modifier if modifier == "notnull" => "not_null".to_owned(),
            modifier => modifier,
        };
        column = match (modifier.as_str(), value) {
            ("not_null", None) => column.not_null(),
            // So is every column that is not said to be another.
            ("null", None) => column,
            ("unique", None) => column.unique(),
            ("primary_key", None) => column.primary_key(),
            ("default", value) => {
                column.default_sql(value::default(value.unwrap_or_default(), words)?)
            }
            ("references", value) => {
                let parent = value.and_then(|value| value.split_once('.'));
                let (table, parent) = parent.ok_or(Reason::References)?;
                column.references(named(table)?, named(parent)?)
            }
            _ => return Err(Reason::Modifier(part.to_owned())),
        };
        if seen.contains(&modifier) {
            return Err(Reason::ModifierTwice(modifier));
        }
        seen.push(modifier);
    }
    let is_said = |modifier: &str| seen.iter().any(|it| it == modifier);
    if is_said("null") && is_said("not_null") {
        return Err(Reason::NullOrNot);
    }
    Ok(column)
}

/// Whether a row that is there cannot have a value for this column.
pub(super) fn needs_default(column: &Column) -> bool {
    column.not_null
        && column.primary_key.is_none()
        && column.default.as_ref().is_none_or(|default| default == "NULL")
}

/// Columns, each with a name of its own.
pub(super) fn columns(given: &[String]) -> Result<Vec<Column>, FieldError> {
    let mut columns: Vec<Column> = Vec::new();
    for text in given {
        let column = read(text).map_err(|reason| FieldError::new(text, reason))?;
        if columns.iter().any(|other| other.name.eq_ignore_ascii_case(&column.name)) {
            return Err(FieldError::new(text, Reason::NameTwice));
        }
        columns.push(column);
    }
    Ok(columns)
}

/// Bare names of columns, each another.
pub(super) fn names(given: &[String]) -> Result<Vec<String>, FieldError> {
    let mut names: Vec<String> = Vec::new();
    for text in given {
        let refuse = |reason| FieldError::new(text, reason);
        if text.contains(':') {
            return Err(refuse(Reason::NotBare));
        }
        let name = named(text).map_err(refuse)?;
        if names.iter().any(|other| other.eq_ignore_ascii_case(&name)) {
            return Err(refuse(Reason::NameTwice));
        }
        names.push(name);
    }
    Ok(names)
}

fn named(name: &str) -> Result<String, Reason> {
    let word = |character: char| character.is_ascii_alphanumeric() || character == '_';
    if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) || !name.chars().all(word)
    {
        return Err(Reason::Name(name.to_owned()));
    }
    Ok(name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_becomes_a_column() {
        for (given, expected) in [
            ("level:integer", Column::integer("level")),
            ("a:Any", Column::new("a", "ANY")),
            ("a:'DECIMAL(10, 2)'", Column::new("a", "DECIMAL(10, 2)")),
            (
                "a:blob:unique:not_null:primary_key",
                Column::blob("a").primary_key().not_null().unique(),
            ),
            ("a:integer:references=room.id", Column::integer("a").references("room", "id")),
            ("a:Text:NOT_NULL:Default=1", Column::text("a").not_null().default("1")),
            ("a:real:default='x:\"''y'", Column::real("a").default("x:\"'y")),
            ("a:string:notnull", Column::text("a").not_null()),
            ("a:int:null", Column::integer("a")),
            ("a:bool:default=true", Column::new("a", "BOOLEAN").default(true)),
            ("a:varchar(20)", Column::new("a", "VARCHAR(20)")),
            ("a:decimal(10,2):default=1.5", Column::new("a", "DECIMAL(10,2)").default(1.5)),
            (
                "a:datetime:default=(strftime('%H:%M', 'now')):unique",
                Column::new("a", "DATETIME").default_sql("(strftime('%H:%M', 'now'))").unique(),
            ),
        ] {
            assert_eq!(read(given).unwrap(), expected, "{given}");
        }
    }

    #[test]
    fn what_is_not_right_is_refused_for_its_reason() {
        let text = str::to_owned;
        for (given, reason) in [
            ("", Reason::Name(text(""))),
            (":integer", Reason::Name(text(""))),
            ("2a:integer", Reason::Name(text("2a"))),
            ("a b:integer", Reason::Name(text("a b"))),
            ("a", Reason::NoType),
            ("a:", Reason::NoType),
            ("a:strng", Reason::Type(text("strng"))),
            ("a:text:null:notnull", Reason::NullOrNot),
            ("a:text:notnull:not_null", Reason::ModifierTwice(text("not_null"))),
            ("a:text:default=(now(", Reason::Expression(text("(now("))),
            ("a:text:default=(1))", Reason::Expression(text("(1))"))),
            ("a:''", Reason::DeclaredType(text(""))),
            ("a:'INTEGER NOT NULL'", Reason::DeclaredType(text("INTEGER NOT NULL"))),
            ("a:text:uniqe", Reason::Modifier(text("uniqe"))),
            ("a:text:", Reason::Modifier(text(""))),
            ("a:text:unique=1", Reason::Modifier(text("unique=1"))),
            ("a:text:unique:unique", Reason::ModifierTwice(text("unique"))),
            ("a:text:default", Reason::NoValue),
            ("a:text:default=", Reason::NoValue),
            ("a:integer:default=ture", Reason::NoNumber(text("ture"))),
            ("a:real:default=1,5", Reason::NoNumber(text("1,5"))),
            ("a:text:references=room", Reason::References),
            ("a:text:references", Reason::References),
            ("a:text:references=a.b.c", Reason::Name(text("b.c"))),
            ("a:text:default='b", Reason::Quote),
            ("a:text:default='b'c", Reason::Quote),
        ] {
            assert_eq!(read(given).unwrap_err(), reason, "{given}");
        }
    }

    #[test]
    fn names_differ_in_more_than_case() {
        let given = |fields: &[&str]| fields.iter().map(ToString::to_string).collect::<Vec<_>>();
        let error = columns(&given(&["a:text", "A:text"])).unwrap_err();
        assert_eq!(error, FieldError::new("A:text", Reason::NameTwice));
        let error = names(&given(&["a", "b", "a"])).unwrap_err();
        assert_eq!(error, FieldError::new("a", Reason::NameTwice));
        let error = names(&given(&["a:text"])).unwrap_err();
        assert_eq!(error, FieldError::new("a:text", Reason::NotBare));
    }
}
