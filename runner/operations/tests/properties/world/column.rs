//! A column and the clauses it draws.

use super::Table;
use crate::database::quoted;
use crate::draft::ColumnDraft;

const TYPES: [&str; 8] =
    ["INTEGER", "TEXT", "REAL", "BLOB", "", "VARCHAR(10)", "NUMERIC", "DECIMAL (4, 2)"];
const STRICT_TYPES: [&str; 6] = ["INTEGER", "TEXT", "REAL", "BLOB", "ANY", "INT"];

#[derive(Debug, Clone)]
pub(crate) struct Column {
    pub(crate) name: String,
    pub(crate) declared_type: String,
    pub(crate) is_not_null: bool,
    pub(crate) default: Option<String>,
    pub(crate) is_unique: bool,
    pub(crate) collate: Option<&'static str>,
    /// An expression, perhaps with a name.
    pub(crate) check: Option<(Option<String>, String)>,
    /// The position of the table whose `id` it refers to.
    pub(crate) reference: Option<usize>,
    /// The expression and how it is kept, and the column that it is over.
    pub(crate) generated: Option<(String, usize)>,
    pub(crate) comment: &'static str,
}

impl Column {
    pub(super) fn id() -> Self {
        Self {
            name: "id".to_owned(),
            declared_type: "INTEGER".to_owned(),
            is_not_null: false,
            default: None,
            is_unique: false,
            collate: None,
            check: None,
            reference: None,
            generated: None,
            comment: "",
        }
    }

    pub(super) fn of(
        draft: &ColumnDraft,
        name: String,
        is_strict: bool,
        earlier: &[Column],
        count: usize,
    ) -> Self {
        let types: &[&str] = if is_strict { &STRICT_TYPES } else { &TYPES };
        let mut declared_type = types[usize::from(draft.declared_type) % types.len()];
        let over = earlier.len() - 1;
        let generated = (draft.generated > 0).then(|| {
            let source = quoted(&earlier[over].name);
            let storage = if draft.generated.is_multiple_of(2) { "STORED" } else { "VIRTUAL" };
            let (expression, its_type) = match draft.generated % 3 {
                0 => (format!("length({source})"), "INTEGER"),
                1 => (format!("typeof({source}) || ',)'"), "TEXT"),
                _ => (format!("coalesce(hex({source}), 'x')"), "TEXT"),
            };
            declared_type = its_type;
            (format!("GENERATED ALWAYS AS ({expression}) {storage}"), over)
        });
        let is_plain = generated.is_none();
        let reference = (draft.reference > 0 && is_plain).then(|| {
            declared_type = "INTEGER";
            usize::from(draft.reference) % count
        });
        let is_distinct = is_plain && reference.is_none();
        let check = (draft.check > 0).then(|| {
            let expression = match draft.check % 3 {
                0 => format!("length({}) < 1000", quoted(&name)),
                1 => format!("{} IS NOT 'a,b)(' -- no, )\n  ", quoted(&name)),
                _ => format!("typeof({}) <> 'x--y'", quoted(&name)),
            };
            (draft.check.is_multiple_of(2).then(|| format!("ck {name}")), expression)
        });
        Self {
            declared_type: declared_type.to_owned(),
            is_not_null: draft.is_not_null && is_plain,
            default: (draft.default > 0 && is_plain).then(|| default(declared_type, draft.default)),
            is_unique: draft.is_unique && is_distinct,
            collate: match draft.collate {
                0 => None,
                1..=3 => Some("NOCASE"),
                _ => Some("RTRIM"),
            },
            check,
            reference,
            generated,
            comment: ["", " -- a, b)\n ", " /* c, ); */", ""][usize::from(draft.comment) % 4],
            name,
        }
    }

    /// Whether no two rows hold the same value in it.
    pub(super) fn is_distinct(&self) -> bool {
        self.generated.is_none() && self.reference.is_none()
    }

    pub(super) fn may_refer(&self) -> bool {
        self.name != "id" && self.is_distinct() && !self.is_unique && self.default.is_none()
    }

    pub(super) fn sql(&self, key: &str, tables: &[Table]) -> String {
        let mut sql = quoted(&self.name);
        if !self.declared_type.is_empty() {
            sql += &format!(" {}", self.declared_type);
        }
        sql += key;
        sql += if self.is_not_null { " NOT NULL" } else { "" };
        sql += match (self.is_unique, self.comment.is_empty()) {
            (false, _) => "",
            (true, true) => " UNIQUE",
            (true, false) => " UNIQUE ON CONFLICT REPLACE",
        };
        if let Some(default) = &self.default {
            sql += &format!(" DEFAULT {default}");
        }
        if let Some((name, expression)) = &self.check {
            if let Some(name) = name {
                sql += &format!(" CONSTRAINT {}", quoted(name));
            }
            sql += &format!(" CHECK ({expression})");
        }
        if let Some(collation) = self.collate {
            sql += &format!(" COLLATE {collation}");
        }
        if let Some(parent) = self.reference {
            let parent = quoted(&tables[parent].name);
            sql += &format!(" REFERENCES {parent} (\"id\") ON DELETE CASCADE");
        }
        if let Some((generated, _)) = &self.generated {
            sql += &format!(" {generated}");
        }
        sql + self.comment
    }
}

fn default(declared_type: &str, choice: u8) -> String {
    match declared_type {
        "INTEGER" | "INT" => ["0", "-7", "(1 + 2)", "TRUE"][usize::from(choice) % 4].to_owned(),
        "REAL" => "-0.5".to_owned(),
        "BLOB" => "x'00FF'".to_owned(),
        "TEXT" | "VARCHAR(10)" => {
            ["'it''s, (x)'", "CURRENT_TIMESTAMP", "(lower('A') || ')')", "'007'"]
                [usize::from(choice) % 4]
                .to_owned()
        }
        _ => ["5", "'5'", "5.0", "NULL"][usize::from(choice) % 4].to_owned(),
    }
}
