//! A column as the command line describes it: `level:integer:not_null:default=1`.

mod refusal;
mod value;

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

pub use refusal::FieldError;
pub(super) use refusal::Reason;
use value::{Default, Words};

/// A column to write code for.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Field {
    pub(super) name: String,
    declared_type: Type,
    pub(super) not_null: bool,
    unique: bool,
    pub(super) primary_key: bool,
    default: Option<Default>,
    /// A table and its column.
    references: Option<(String, String)>,
}

/// A declared type.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Type {
    /// One that has a builder of its own.
    Named(&'static str),
    /// `ANY`, or one that stood in quotes.
    Declared(String),
}

/// The types that need no quotes. `any` is a type of STRICT tables.
const TYPES: [&str; 5] = ["integer", "text", "real", "blob", "any"];

impl Field {
    /// Reads `name:type[:modifier...]`.
    fn parse(given: &str) -> Result<Self, FieldError> {
        Self::read(given).map_err(|reason| FieldError::new(given, reason))
    }

    fn read(given: &str) -> Result<Self, Reason> {
        let parts = value::split(given)?;
        let mut parts = parts.into_iter();
        let name = named(parts.next().unwrap_or_default())?;
        let declared_type = Type::read(parts.next().ok_or(Reason::NoType)?)?;
        let mut field = Self {
            name,
            declared_type,
            not_null: false,
            unique: false,
            primary_key: false,
            default: None,
            references: None,
        };
        let mut seen = Vec::new();
        for part in parts {
            let (modifier, value) =
                part.split_once('=').map_or((part, None), |(a, b)| (a, Some(b)));
            let modifier = modifier.to_ascii_lowercase();
            match (modifier.as_str(), value) {
                ("not_null", None) => field.not_null = true,
                ("unique", None) => field.unique = true,
                ("primary_key", None) => field.primary_key = true,
                ("default", value) => {
                    let value = value.unwrap_or_default();
                    field.default = Some(Default::read(value, field.declared_type.words())?);
                }
                ("references", value) => {
                    let parent = value.and_then(|value| value.split_once('.'));
                    let (table, column) = parent.ok_or(Reason::References)?;
                    field.references = Some((named(table)?, named(column)?));
                }
                _ => return Err(Reason::Modifier(part.to_owned())),
            }
            if seen.contains(&modifier) {
                return Err(Reason::ModifierTwice(modifier));
            }
            seen.push(modifier);
        }
        Ok(field)
    }

    /// Whether a row that is there cannot have a value for this column.
    pub(super) fn needs_default(&self) -> bool {
        self.not_null
            && !self.primary_key
            && self.default.as_ref().is_none_or(|default| *default == Default::Null)
    }

    /// `Column::integer("level").not_null()`; `with_key` writes the primary key at the column.
    pub(super) fn column(&self, with_key: bool) -> TokenStream {
        let name = &self.name;
        let column = match &self.declared_type {
            Type::Named(builder) => {
                let builder = format_ident!("{builder}");
                quote!(Column::#builder(#name))
            }
            Type::Declared(declared) => quote!(Column::new(#name, #declared)),
        };
        let primary_key = (self.primary_key && with_key).then(|| quote!(.primary_key()));
        let not_null = self.not_null.then(|| quote!(.not_null()));
        let unique = self.unique.then(|| quote!(.unique()));
        let default = self.default.as_ref().map(Default::method);
        let references =
            self.references.as_ref().map(|(table, parent)| quote!(.references(#table, #parent)));
        quote!(#column #primary_key #not_null #unique #default #references)
    }
}

impl Type {
    /// What a default value without quotes is that looks like nothing else.
    fn words(&self) -> Words {
        match self {
            Self::Named("text") => Words::All,
            Self::Named("integer" | "real") => Words::Refused,
            Self::Named(_) | Self::Declared(_) => Words::Others,
        }
    }

    fn read(given: &str) -> Result<Self, Reason> {
        if let Some(declared) = value::unquoted(given) {
            if !value::is_declared_type(&declared) {
                return Err(Reason::DeclaredType(declared));
            }
            return Ok(Self::Declared(declared));
        }
        match TYPES.iter().find(|name| name.eq_ignore_ascii_case(given)) {
            Some(&"any") => Ok(Self::Declared("ANY".into())),
            Some(name) => Ok(Self::Named(name)),
            None if given.is_empty() => Err(Reason::NoType),
            None => Err(Reason::Type(given.to_owned())),
        }
    }
}

/// Columns, each with a name of its own.
pub(super) fn columns(given: &[String]) -> Result<Vec<Field>, FieldError> {
    let mut fields: Vec<Field> = Vec::new();
    for text in given {
        let field = Field::parse(text)?;
        if fields.iter().any(|other| other.name.eq_ignore_ascii_case(&field.name)) {
            return Err(FieldError::new(text, Reason::NameTwice));
        }
        fields.push(field);
    }
    Ok(fields)
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

    fn code(given: &str) -> String {
        crate::scaffold::code::body(&Field::parse(given).unwrap().column(true))
    }

    #[test]
    fn a_field_becomes_a_builder() {
        for (given, expected) in [
            ("level:integer", r#"Column::integer("level")"#),
            ("a:Any", r#"Column::new("a", "ANY")"#),
            ("a:'DECIMAL(10, 2)'", r#"Column::new("a", "DECIMAL(10, 2)")"#),
            (
                "a:blob:unique:not_null:primary_key",
                r#"Column::blob("a").primary_key().not_null().unique()"#,
            ),
            ("a:integer:references=room.id", r#"Column::integer("a").references("room", "id")"#),
            ("a:Text:NOT_NULL:Default=1", r#"Column::text("a").not_null().default("1")"#),
            ("a:real:default='x:\"''y'", r#"Column::real("a").default("x:\"'y")"#),
        ] {
            assert_eq!(code(given), expected, "{given}");
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
            ("a:string", Reason::Type(text("string"))),
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
            assert_eq!(Field::read(given).unwrap_err(), reason, "{given}");
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
