//! `#[derive(Table)]`: a struct with named fields as a table.
//!
//! From attributes to SQL, a step to a file: `attribute` reads an attribute's items, `table` and `column`
//! know which there are, `model` puts them together, `agree` refuses what cannot be together, `sql` writes
//! the text and `write` the code. What depends on types, which a macro does not see, is left to the
//! compiler as constants that do not evaluate (`assertion`).

mod agree;
mod assertion;
mod attribute;
mod column;
mod default;
mod index;
mod key;
mod model;
mod reference;
mod spell;
mod sql;
mod table;
mod write;

use proc_macro::TokenStream;
use syn::{DeriveInput, parse_macro_input};

/// Makes a struct with named fields a table; see `migration_model::Table`.
#[proc_macro_derive(Table, attributes(table, column, was))]
pub fn derive_table(input: TokenStream) -> TokenStream {
    write::table(&parse_macro_input!(input as DeriveInput)).into()
}
