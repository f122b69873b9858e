//! `references`: where a foreign key leads to, and what happens there.

use proc_macro2::Span;
use syn::ext::IdentExt as _;
use syn::parse::ParseStream;
use syn::punctuated::Punctuated;
use syn::{Ident, LitStr, Path, Result, Token, parenthesized, token};

use crate::attribute::{Flag, flag, once, text, unknown, value};
use crate::key::Fields;

/// The columns that a foreign key leads to.
pub(crate) enum Target {
    /// `references = "room.id"`, or `"room(hotel, number)"`.
    Names { table: String, columns: Vec<String> },
    /// `references(Room::hotel, Room::number)`: a struct, and fields of it.
    Fields { table: Path, fields: Vec<Ident> },
}

/// A foreign key.
#[derive(Default)]
pub(crate) struct ForeignKey {
    pub(crate) target: Option<(Span, Target)>,
    pub(crate) on_delete: Option<Action>,
    pub(crate) on_update: Option<Action>,
    pub(crate) deferrable: Flag,
}

/// What happens to rows whose parent is gone.
pub(crate) struct Action {
    pub(crate) span: Span,
    pub(crate) sql: &'static str,
}

/// The attributes of a foreign key.
pub(crate) const KEYS: [&str; 4] = ["references", "on_delete", "on_update", "deferrable"];

const ACTIONS: [(&str, &str); 5] = [
    ("cascade", "CASCADE"),
    ("restrict", "RESTRICT"),
    ("set_null", "SET NULL"),
    ("set_default", "SET DEFAULT"),
    ("no_action", "NO ACTION"),
];

impl ForeignKey {
    /// Reads one of [`KEYS`].
    pub(crate) fn read(&mut self, key: &Ident, input: ParseStream<'_>) -> Result<()> {
        match key.to_string().as_str() {
            "references" => once(&mut self.target, key, (key.span(), Target::read(key, input)?)),
            "on_delete" => once(&mut self.on_delete, key, Action::read(key, input)?),
            "on_update" => once(&mut self.on_update, key, Action::read(key, input)?),
            _ => flag(&mut self.deferrable, key, input),
        }
    }

    /// Reads `foreign_key(columns(a, b), references(...), ...)`.
    pub(crate) fn of_table(key: &Ident, input: ParseStream<'_>) -> Result<(Fields, Self)> {
        let mut columns = None;
        let mut foreign_key = Self::default();
        if input.peek(token::Paren) {
            let content;
            parenthesized!(content in input);
            while !content.is_empty() {
                let word = content.call(Ident::parse_any)?;
                match word.to_string().as_str() {
                    "columns" => once(&mut columns, &word, Fields::read(&word, &content)?)?,
                    name if KEYS.contains(&name) => foreign_key.read(&word, &content)?,
                    _ => return Err(unknown("option", &word, KEYS.into_iter().chain(["columns"]))),
                }
                if !content.is_empty() {
                    content.parse::<Token![,]>()?;
                }
            }
        }
        let how = "write `foreign_key(columns(a, b), references(Room::a, Room::b))`";
        let error = || syn::Error::new(key.span(), how);
        let columns = columns.ok_or_else(error)?;
        let (span, target) = foreign_key.target.as_ref().ok_or_else(error)?;
        if columns.names.len() != target.len() {
            let message = format!(
                "a key of {} columns leads to as many, and not to {}",
                columns.names.len(),
                target.len()
            );
            return Err(syn::Error::new(*span, message));
        }
        Ok((columns, foreign_key))
    }

    /// Its actions, with a blank before each.
    pub(crate) fn actions(&self) -> String {
        let mut sql = String::new();
        for (event, action) in [("DELETE", &self.on_delete), ("UPDATE", &self.on_update)] {
            if let Some(action) = action {
                sql += &format!(" ON {event} {}", action.sql);
            }
        }
        if self.deferrable.is_some() {
            // Without INITIALLY DEFERRED, DEFERRABLE changes nothing: https://sqlite.org/foreignkeys.html
            sql += " DEFERRABLE INITIALLY DEFERRED";
        }
        sql
    }
}

impl Target {
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Names { columns, .. } => columns.len(),
            Self::Fields { fields, .. } => fields.len(),
        }
    }

    fn read(key: &Ident, input: ParseStream<'_>) -> Result<Self> {
        if input.peek(token::Paren) {
            let content;
            parenthesized!(content in input);
            Self::fields(key, Punctuated::parse_terminated(&content)?)
        } else {
            Self::names(&text(key, input)?)
        }
    }

    fn names(literal: &LitStr) -> Result<Self> {
        let text = literal.value();
        let name = |text: &str| Some(text.trim().to_owned()).filter(|name| !name.is_empty());
        let split = || {
            if let Some((table, rest)) = text.split_once('(') {
                let columns: Option<_> =
                    rest.trim_end().strip_suffix(')')?.split(',').map(name).collect();
                return Some((name(table)?, columns?));
            }
            let (table, column) = text.split_once('.')?;
            Some((name(table)?, vec![name(column)?]))
        };
        match split() {
            Some((table, columns)) => Ok(Self::Names { table, columns }),
            None => Err(syn::Error::new(
                literal.span(),
                "write `\"table.column\"`, or `\"table(column, column)\"`, or name a struct: \
                 `references(Room::id)`",
            )),
        }
    }

    fn fields(key: &Ident, paths: Punctuated<Path, Token![,]>) -> Result<Self> {
        let mut found: Option<(Path, Vec<Ident>)> = None;
        for path in paths {
            let (table, field) = split(&path).ok_or_else(|| {
                let message = "write the struct and its field: `references(Room::id)`";
                syn::Error::new_spanned(&path, message)
            })?;
            match &mut found {
                None => found = Some((table, vec![field])),
                Some((first, fields)) if same(first, &table) => fields.push(field),
                Some(_) => {
                    return Err(syn::Error::new_spanned(&path, "a key leads to one table"));
                }
            }
        }
        match found {
            Some((table, fields)) => Ok(Self::Fields { table, fields }),
            None => Err(syn::Error::new(key.span(), "write `references(Room::id)`")),
        }
    }
}

/// `Room::id` as `Room` and `id`.
fn split(path: &Path) -> Option<(Path, Ident)> {
    let mut table = path.clone();
    let field = table.segments.pop()?.ident;
    table.segments.pop_punct();
    (!table.segments.is_empty()).then_some((table, field))
}

fn same(a: &Path, b: &Path) -> bool {
    let words = |path: &Path| -> Vec<String> {
        path.segments.iter().map(|segment| segment.ident.unraw().to_string()).collect()
    };
    words(a) == words(b)
}

impl Action {
    fn read(key: &Ident, input: ParseStream<'_>) -> Result<Self> {
        let word: Ident = value(key, input)?;
        match ACTIONS.iter().find(|(name, _)| word == name) {
            Some((_, sql)) => Ok(Self { span: word.span(), sql }),
            None => Err(unknown("action", &word, ACTIONS.iter().map(|(name, _)| *name))),
        }
    }
}
