//! A column as a field.

use migration_api::schema::Affinity;
use migration_api::schema::normal::{Column, Table};
use proc_macro2::TokenStream;
use quote::quote;

use crate::schema::{field_type, is_option};

/// The type of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FieldType {
    of: &'static str,
    /// Whether it is an `Option`.
    nullable: bool,
}

/// Takes whatever a column holds, NULL too.
const ANY: &str = "Value";

impl FieldType {
    /// What `column` of `table` holds, as far as its declaration says: in a table that is not STRICT a row may hold
    /// something else, which is an error when it is read.
    pub(super) fn of(table: &Table, column: &Column) -> Self {
        let of = match field_type(&column.declared_type).0 {
            _ if holds_any(&column.declared_type) => ANY,
            // SQLite keeps any number in a BOOLEAN column, and `bool` would read each but 0 as the same.
            "bool" => "i64",
            known => known,
        };
        Self { of, nullable: of != ANY && is_option(table, column) }
    }

    pub(super) fn tokens(self) -> TokenStream {
        let of: TokenStream = match self.of {
            "Vec<u8>" => quote!(Vec<u8>),
            simple => {
                let name = quote::format_ident!("{simple}");
                quote!(#name)
            }
        };
        if self.nullable { quote!(Option<#of>) } else { of }
    }

    pub(super) fn is_any(self) -> bool {
        self.of == ANY
    }

    /// Whether it is not the same, whatever is said of NULL.
    pub(super) fn is_another_than(self, other: Self) -> bool {
        self.of != other.of
    }

    /// Whether a value of this type is none of the `other`.
    pub(super) fn needs_change_to(self, other: Self) -> bool {
        self.is_another_than(other) || self.is_nullable_beside(other)
    }

    /// Whether it is the same but for NULL, which the `other` has no place for.
    pub(super) fn is_nullable_beside(self, other: Self) -> bool {
        self.of == other.of && self.nullable && !other.nullable
    }
}

/// Whether a column so declared keeps values of several types as they are: an ANY, one without a type, and one that is
/// NUMERIC, in which 12 is an integer, 12.5 a real, and `n/a` a text.
fn holds_any(declared: &str) -> bool {
    const KNOWN: [&str; 3] = ["BOOL", "DATE", "TIME"];
    match Affinity::of(declared) {
        Affinity::Numeric => !KNOWN.iter().any(|known| declared.contains(known)),
        Affinity::Blob => !declared.contains("BLOB"),
        _ => false,
    }
}
