//! Views and triggers as they are written in files: what the head of a statement says. The rest is SQLite's to read.

use std::fmt;

use sqlite3_parser::dialect::TokenType;

use super::name::{same, unquote};
use super::sql::tokens;

/// A statement that makes a view or a trigger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Program {
    /// CREATE VIEW.
    View {
        /// Its name.
        name: String,
    },
    /// CREATE TRIGGER.
    Trigger {
        /// Its name.
        name: String,
        /// The table or view that it watches.
        table: String,
        /// What it waits for.
        verb: Verb,
        /// The columns of UPDATE OF; empty: any.
        columns: Vec<String>,
    },
}

/// What a trigger waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// INSERT.
    Insert,
    /// UPDATE.
    Update,
    /// DELETE.
    Delete,
}

/// Why a statement makes no view and no trigger that stays in the database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotAProgram {
    /// It is another statement.
    Other {
        /// Its first words.
        words: String,
    },
    /// What it makes is gone with the connection.
    Temporary,
    /// What it makes is in another database.
    OtherDatabase {
        /// The database.
        database: String,
    },
    /// It does not say what it makes.
    Unfinished,
}

impl fmt::Display for NotAProgram {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Other { words } => write!(f, "`{words}` makes no view and no trigger"),
            Self::Temporary => f.write_str("what is TEMPORARY is gone with the connection"),
            Self::OtherDatabase { database } => {
                write!(f, "it is for the database `{database}`, and there is `main` alone")
            }
            Self::Unfinished => f.write_str("it does not say what it makes"),
        }
    }
}

impl Program {
    /// Reads the head of the statement `sql`.
    ///
    /// # Errors
    /// It is another statement, or one that makes nothing lasting.
    pub fn parse(sql: &str) -> Result<Self, NotAProgram> {
        // A literal that does not end is behind the head or is its own error.
        let spans = tokens(sql).map_err(|_| NotAProgram::Unfinished)?;
        let words: Vec<&str> = spans.iter().map(|token| &sql[token.span.clone()]).collect();
        let mut head = Head { words: &words, at: 0 };
        if !head.takes("CREATE") {
            return Err(head.other());
        }
        let is_temporary = head.takes("TEMP") || head.takes("TEMPORARY");
        let is_view = head.takes("VIEW");
        if !is_view && !head.takes("TRIGGER") {
            return Err(head.other());
        }
        if is_temporary {
            return Err(NotAProgram::Temporary);
        }
        if head.takes("IF") {
            head.at += 2;
        }
        let name = head.name()?;
        if is_view {
            return Ok(Self::View { name });
        }
        let verb = head.verb()?;
        // The columns of UPDATE OF are before it, and the first ON is of the table.
        let on = spans[head.at..].iter().position(|token| token.kind == TokenType::TK_ON);
        let on = head.at + on.ok_or(NotAProgram::Unfinished)?;
        let columns = words[head.at..on].iter().filter(|word| !same(word, "OF") && **word != ",");
        let columns = columns.map(|word| unquote(word)).collect();
        head.at = on + 1;
        Ok(Self::Trigger { name, table: head.name()?, verb, columns })
    }
}

/// The words of a statement, which are read one after the other.
struct Head<'h> {
    words: &'h [&'h str],
    at: usize,
}

impl Head<'_> {
    fn takes(&mut self, keyword: &str) -> bool {
        let is_it = self.words.get(self.at).is_some_and(|word| same(word, keyword));
        self.at += usize::from(is_it);
        is_it
    }

    fn next(&mut self) -> Result<String, NotAProgram> {
        let word = self.words.get(self.at).ok_or(NotAProgram::Unfinished)?;
        self.at += 1;
        Ok(unquote(word))
    }

    /// A name, which may be that of `main` and a dot before it.
    fn name(&mut self) -> Result<String, NotAProgram> {
        let first = self.next()?;
        if !self.takes(".") {
            return Ok(first);
        }
        if !same(&first, "main") {
            return Err(NotAProgram::OtherDatabase { database: first });
        }
        self.next()
    }

    fn verb(&mut self) -> Result<Verb, NotAProgram> {
        while self.takes("BEFORE")
            || self.takes("AFTER")
            || self.takes("INSTEAD")
            || self.takes("OF")
        {}
        let verbs = [("INSERT", Verb::Insert), ("UPDATE", Verb::Update), ("DELETE", Verb::Delete)];
        let found = verbs.into_iter().find(|(word, _)| self.takes(word));
        found.map(|(_, verb)| verb).ok_or(NotAProgram::Unfinished)
    }

    fn other(&self) -> NotAProgram {
        let words: Vec<&str> = self.words.iter().take(2).copied().collect();
        NotAProgram::Other { words: words.join(" ") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn view(name: &str) -> Result<Program, NotAProgram> {
        Ok(Program::View { name: name.to_owned() })
    }

    fn trigger(
        name: &str,
        table: &str,
        verb: Verb,
        columns: &[&str],
    ) -> Result<Program, NotAProgram> {
        let columns = columns.iter().map(|it| (*it).to_owned()).collect();
        Ok(Program::Trigger { name: name.to_owned(), table: table.to_owned(), verb, columns })
    }

    #[test]
    fn the_head_says_what_is_made() {
        let of_a_trigger = |head: &str| Program::parse(&format!("{head} BEGIN SELECT 1; END"));
        for (sql, expected) in [
            ("CREATE VIEW v AS SELECT 1", view("v")),
            ("create /* a */ view if not exists main.\"a \"\"b\" (x) as select 1", view("a \"b")),
            ("CREATE VIEW [temp] AS SELECT 1", view("temp")),
        ] {
            assert_eq!(Program::parse(sql), expected, "{sql}");
        }
        for (head, expected) in [
            ("CREATE TRIGGER t INSERT ON p", trigger("t", "p", Verb::Insert, &[])),
            (
                "CREATE TRIGGER IF NOT EXISTS t AFTER UPDATE OF a, \"on\" ON main.p FOR EACH ROW",
                trigger("t", "p", Verb::Update, &["a", "on"]),
            ),
            ("CREATE TRIGGER t INSTEAD OF DELETE ON `a v`", trigger("t", "a v", Verb::Delete, &[])),
        ] {
            assert_eq!(of_a_trigger(head), expected, "{head}");
        }
    }

    #[test]
    fn what_makes_nothing_lasting_says_why() {
        for (sql, words) in [
            ("DROP VIEW v", "`DROP VIEW` makes no view and no trigger"),
            ("CREATE UNIQUE INDEX i ON t (a)", "`CREATE UNIQUE` makes no view and no trigger"),
            ("CREATE TEMP VIEW v AS SELECT 1", "what is TEMPORARY is gone with the connection"),
            (
                "CREATE VIEW temp.v AS SELECT 1",
                "it is for the database `temp`, and there is `main` alone",
            ),
            ("CREATE TRIGGER t AFTER", "it does not say what it makes"),
            ("CREATE VIEW", "it does not say what it makes"),
            ("", "`` makes no view and no trigger"),
        ] {
            assert_eq!(Program::parse(sql).unwrap_err().to_string(), words, "{sql}");
        }
    }
}
