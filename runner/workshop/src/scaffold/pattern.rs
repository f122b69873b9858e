//! What the name of a migration asks for: `add_level_to_player` adds `level` to `player`.

mod operations;

/// A change that a name describes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pattern<'a> {
    /// `create_TABLE`.
    CreateTable { table: &'a str },
    /// `add_WHAT_to_TABLE`: the fields are the columns.
    AddColumns { table: &'a str },
    /// `drop_COLUMN_from_TABLE`: the fields are the columns, or else the name has the only one.
    DropColumns { table: &'a str, column: &'a str },
    /// `rename_COLUMN_to_TO_in_TABLE`.
    RenameColumn { table: &'a str, column: &'a str, to: &'a str },
    /// `add_index_to_TABLE`: the fields are the names of columns.
    AddIndex { table: &'a str },
}

/// The names that say what a migration does, as they are written down for people.
pub const PATTERNS: [&str; 5] = [
    "create_TABLE FIELD...",
    "add_X_to_TABLE FIELD...",
    "drop_COLUMN_from_TABLE [FIELD...]",
    "rename_COLUMN_to_NEW_in_TABLE",
    "add_index_to_TABLE COLUMN...",
];

impl<'a> Pattern<'a> {
    /// The pattern of a name in snake case. A name can often be read in two ways; then a reading whose
    /// column is among the `fields` goes first, and after that the one with the shortest table.
    pub(super) fn of(name: &'a str, fields: &[String]) -> Option<Self> {
        if let Some(table) = name.strip_prefix("add_index_to_")
            && !fields.iter().any(|field| field.starts_with("index:"))
        {
            return Some(Self::AddIndex { table });
        }
        if let Some(table) = name.strip_prefix("create_") {
            return Some(Self::CreateTable { table });
        }
        if let Some(rest) = name.strip_prefix("add_") {
            let (_, table) = parted(rest, "_to_", fields)?;
            return Some(Self::AddColumns { table });
        }
        if let Some(rest) = name.strip_prefix("drop_") {
            let (column, table) = parted(rest, "_from_", fields)?;
            return Some(Self::DropColumns { table, column });
        }
        let (rest, table) = parted(name.strip_prefix("rename_")?, "_in_", &[])?;
        let (column, to) = parted(rest, "_to_", &[])?;
        Some(Self::RenameColumn { table, column, to })
    }

    /// How it is written down among the [`PATTERNS`].
    pub(super) fn form(&self) -> &'static str {
        let [create_table, add_columns, drop_columns, rename_column, add_index] = PATTERNS;
        match self {
            Self::CreateTable { .. } => create_table,
            Self::AddColumns { .. } => add_columns,
            Self::DropColumns { .. } => drop_columns,
            Self::RenameColumn { .. } => rename_column,
            Self::AddIndex { .. } => add_index,
        }
    }

    /// Whether there is nothing to write without fields.
    pub(super) fn needs_fields(&self) -> bool {
        match self {
            Self::CreateTable { .. } | Self::AddColumns { .. } | Self::AddIndex { .. } => true,
            Self::DropColumns { .. } | Self::RenameColumn { .. } => false,
        }
    }
}

/// What is before and after the word `between`.
fn parted<'a>(text: &'a str, between: &str, fields: &[String]) -> Option<(&'a str, &'a str)> {
    let readings = || {
        text.match_indices(between)
            .map(|(at, word)| (&text[..at], &text[at + word.len()..]))
            .filter(|(before, after)| !before.is_empty() && !after.is_empty())
    };
    let is_field = |name: &str| {
        fields.iter().any(|field| field.split(':').next().is_some_and(|field| field == name))
    };
    readings().find(|(before, _)| is_field(before)).or_else(|| readings().last())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of<'a>(name: &'a str, fields: &[&str]) -> Option<Pattern<'a>> {
        Pattern::of(name, &fields.iter().map(ToString::to_string).collect::<Vec<_>>())
    }

    #[test]
    fn a_name_says_what_it_does() {
        for (name, form, expected) in [
            ("create_room", "create_TABLE FIELD...", Pattern::CreateTable { table: "room" }),
            (
                "add_level_to_player",
                "add_X_to_TABLE FIELD...",
                Pattern::AddColumns { table: "player" },
            ),
            (
                "drop_level_from_player",
                "drop_COLUMN_from_TABLE [FIELD...]",
                Pattern::DropColumns { table: "player", column: "level" },
            ),
            (
                "rename_xp_to_experience_in_player",
                "rename_COLUMN_to_NEW_in_TABLE",
                Pattern::RenameColumn { table: "player", column: "xp", to: "experience" },
            ),
            (
                "add_index_to_player",
                "add_index_to_TABLE COLUMN...",
                Pattern::AddIndex { table: "player" },
            ),
        ] {
            assert_eq!(of(name, &[]), Some(expected), "{name}");
            assert_eq!(expected.form(), form);
        }
        for name in [
            "blank",
            "create",
            "add_level",
            "add_to_player",
            "drop_player",
            "rename_a_to_b",
            "rename_a_in_t",
            "readd_a_to_b",
        ] {
            assert_eq!(of(name, &[]), None, "{name}");
        }
    }

    #[test]
    fn of_two_readings_the_fields_choose() {
        let name = "add_time_to_live_to_code";
        assert_eq!(of(name, &[]), Some(Pattern::AddColumns { table: "code" }));
        let name = "add_link_to_room_to_door";
        assert_eq!(of(name, &["link:text"]), Some(Pattern::AddColumns { table: "room_to_door" }));
        assert_eq!(
            of("drop_away_from_keyboard_from_player", &["away_from_keyboard:text"]),
            Some(Pattern::DropColumns { table: "player", column: "away_from_keyboard" })
        );
        // A column may be called `index`; other fields do not make an index a column.
        assert_eq!(
            of("add_index_to_book", &["index:integer"]),
            Some(Pattern::AddColumns { table: "book" })
        );
        assert_eq!(
            of("add_index_to_book", &["title:text"]),
            Some(Pattern::AddIndex { table: "book" })
        );
    }
}
