//! What SQLite does not find. SQLite has no code for this, only a message.

/// Something that an application may have and this connection has not.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Unknown {
    Function(String),
    Collation(String),
    /// A module for virtual tables, or a tokenizer of FTS5.
    Module(String),
}

impl Unknown {
    /// What SQLite's `words` say it does not know, if they say so.
    pub(super) fn in_words(words: &str) -> Option<Self> {
        let after = |before: &str| {
            let (_, name) = words.split_once(before)?;
            // The statement may follow, and behind a function of a definition its parentheses.
            let name = name.split(" in ").next().unwrap_or(name).trim();
            Some(name.strip_suffix("()").unwrap_or(name).to_owned())
        };
        after("no such function: ")
            .or_else(|| after("unknown function: "))
            .map(Self::Function)
            .or_else(|| after("no such collation sequence: ").map(Self::Collation))
            .or_else(|| after("no such module: ").map(Self::Module))
            .or_else(|| after("no such tokenizer: ").map(Self::Module))
    }

    pub(super) fn name(&self) -> &str {
        match self {
            Self::Function(name) | Self::Collation(name) | Self::Module(name) => name,
        }
    }
}
