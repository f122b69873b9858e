//! What an import does otherwise than the tool did, and what it cannot do.

use std::fmt;
use std::path::{Path, PathBuf};

use runner_engine::apply::Denied;

use super::Tool;

/// Something in a file that is not as it was, or in the way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The file, from the folder on.
    pub file: PathBuf,
    /// The line, from 1, where it is in one.
    pub line: Option<usize>,
    /// The SQL that it is about; empty, where it is about the file.
    pub sql: String,
    /// What it is.
    pub what: What,
}

/// What becomes of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// It is written otherwise than it was, and does the same; or is not needed.
    Done,
    /// It is written otherwise if a person agrees.
    Asks,
    /// Nothing is written while it is there.
    Refused,
}

/// What is not as it was, or in the way.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum What {
    /// BEGIN or COMMIT.
    Transaction,
    /// `PRAGMA foreign_keys` or `defer_foreign_keys`.
    ForeignKeys,
    /// A setting of the connection.
    Setting,
    /// A statement about the table in which the tool keeps its history.
    OwnTable {
        /// The tool.
        tool: Tool,
    },
    /// A statement is added before it: what goes with a table is dropped by name, where it does not come back.
    DropAdded {
        /// The statement.
        statement: String,
    },
    /// A mark that asks for no transaction, where nothing needs to be outside of one.
    NeedlessMark,
    /// What SQLite does only outside of a transaction.
    OutsideOfTransaction,
    /// The same, among statements that would not be rolled back any more.
    AmongOthers,
    /// The file begins with a byte order mark.
    ByteOrderMark,
    /// Lines end with a carriage return.
    CarriageReturns,
    /// It is no migration of the tool.
    LeftOut {
        /// The tool.
        tool: Tool,
    },
    /// A file of Flyway that stands for the migrations before it on a new database.
    Baseline,
    /// The way back has no statement, and the way forward has.
    EmptyWayBack,
    /// The way back does not run.
    BrokenWayBack {
        /// What SQLite says.
        words: String,
    },
    /// A function, a module or a collation that this SQLite has not.
    OfTheApplication {
        /// What SQLite says.
        words: String,
    },
    /// The guard of a migration lets it through nowhere.
    Denied(Denied),
    /// SQLite refuses it.
    NotSqlite {
        /// What SQLite says.
        words: String,
    },
    /// What the runner rolls a migration back for.
    LeavesBroken {
        /// What is broken.
        words: String,
    },
    /// The tool fills something in.
    Placeholder,
    /// A migration that is code.
    Code {
        /// The tool.
        tool: Tool,
    },
    /// It is written for another database.
    OtherDatabase {
        /// The database.
        name: String,
    },
    /// A file that is applied anew when it changes holds more than views and triggers.
    NotRepeatable {
        /// What is wrong.
        words: String,
    },
    /// DROP of a view or a trigger, in a file that is applied anew when it changes.
    ReplacedAnyway,
}

impl Finding {
    /// Of a whole file.
    pub(super) fn of_file(file: &Path, what: What) -> Self {
        Self { file: file.to_owned(), line: None, sql: String::new(), what }
    }

    /// `0003_add_level.sql:7: ALTER TABLE ...`, as far as it is known.
    #[must_use]
    pub fn place(&self) -> String {
        const LONGEST: usize = 60;
        let mut place = self.file.display().to_string();
        if let Some(line) = self.line {
            place += &format!(":{line}");
        }
        let words: Vec<&str> = self.sql.split_whitespace().collect();
        let sql = words.join(" ");
        match sql.char_indices().nth(LONGEST) {
            _ if sql.is_empty() => place,
            None => format!("{place}: {sql}"),
            Some((end, _)) => format!("{place}: {} ...", &sql[..end]),
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place(), self.what)
    }
}

impl What {
    /// What becomes of it.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        match self {
            Self::Transaction
            | Self::ForeignKeys
            | Self::Setting
            | Self::OwnTable { .. }
            | Self::DropAdded { .. }
            | Self::NeedlessMark
            | Self::OutsideOfTransaction
            | Self::ByteOrderMark
            | Self::CarriageReturns
            | Self::LeftOut { .. }
            | Self::Baseline
            | Self::ReplacedAnyway
            | Self::EmptyWayBack
            | Self::BrokenWayBack { .. } => Outcome::Done,
            Self::AmongOthers | Self::OfTheApplication { .. } => Outcome::Asks,
            Self::Denied(_)
            | Self::NotSqlite { .. }
            | Self::LeavesBroken { .. }
            | Self::Placeholder
            | Self::Code { .. }
            | Self::OtherDatabase { .. }
            | Self::NotRepeatable { .. } => Outcome::Refused,
        }
    }

    /// The word for it in JSON.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Transaction => "transaction",
            Self::ForeignKeys => "foreign_keys",
            Self::Setting => "setting",
            Self::OwnTable { .. } => "own_table",
            Self::DropAdded { .. } => "drop_added",
            Self::NeedlessMark => "needless_mark",
            Self::OutsideOfTransaction => "outside_of_transaction",
            Self::AmongOthers => "outside_of_transaction_among_others",
            Self::ByteOrderMark => "byte_order_mark",
            Self::CarriageReturns => "carriage_returns",
            Self::LeftOut { .. } => "left_out",
            Self::Baseline => "baseline",
            Self::EmptyWayBack => "empty_way_back",
            Self::BrokenWayBack { .. } => "broken_way_back",
            Self::OfTheApplication { .. } => "of_the_application",
            Self::Denied(_) => "denied",
            Self::NotSqlite { .. } => "not_sqlite",
            Self::LeavesBroken { .. } => "leaves_broken",
            Self::Placeholder => "placeholder",
            Self::Code { .. } => "code",
            Self::OtherDatabase { .. } => "other_database",
            Self::NotRepeatable { .. } => "not_repeatable",
            Self::ReplacedAnyway => "replaced_anyway",
        }
    }

    /// What to do about it by hand, where something can be done.
    #[must_use]
    pub fn way_out(&self) -> Option<String> {
        Some(match self {
            Self::Denied(denied) => denied.way_out(),
            Self::NotSqlite { .. } => {
                "write in a copy of the folder what SQLite understands, and import the copy".into()
            }
            Self::LeavesBroken { .. } => {
                "let the same file mend it, in a copy of the folder, and import the copy".into()
            }
            Self::Placeholder => {
                "write the value in a copy of the folder, and import the copy".into()
            }
            Self::Code { tool: Tool::SeaOrm } => {
                "write the SQL that it ran beside it, in `m..._name.up.sql` and `m..._name.down.sql`"
                    .into()
            }
            Self::Code { tool: Tool::TypeOrm } => {
                "write the SQL that it ran beside it, in `1577836800000-Name.sql` and \
                 `1577836800000-Name.down.sql`"
                    .into()
            }
            Self::Code { .. } => {
                "write the SQL that it ran in a file of its name in a copy of the folder, and import \
                 the copy"
                    .into()
            }
            Self::NotRepeatable { .. } => {
                "move such statements into a migration of their own, in a copy of the folder, and import the copy".into()
            }
            Self::OtherDatabase { .. } => {
                "name a folder of migrations that were written for SQLite".into()
            }
            _ => return None,
        })
    }
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Transaction => f.write_str("taken out: the runner begins and commits"),
            Self::ForeignKeys => f.write_str(
                "taken out: no foreign key is enforced while a migration runs, and all are checked before it commits",
            ),
            Self::Setting => f.write_str(
                "taken out: it is a setting of the connection, which the application sets where it opens the database",
            ),
            Self::OwnTable { tool } => {
                write!(f, "taken out: it is about the table in which {tool} keeps its history")
            }
            Self::DropAdded { statement } => write!(
                f,
                "added before it: `{statement}`, since it does not come back with its table"
            ),
            Self::NeedlessMark => f.write_str(
                "runs in a transaction: nothing in it needs to be outside of one",
            ),
            Self::OutsideOfTransaction => f.write_str("runs without a transaction: SQLite does this in none"),
            Self::AmongOthers => f.write_str(
                "SQLite does this in no transaction, so that all of its file would run without one, and what \
                 fails there would not be rolled back",
            ),
            Self::ByteOrderMark => f.write_str("taken out: the byte order mark"),
            Self::CarriageReturns => f.write_str("kept: the lines end with a carriage return"),
            Self::LeftOut { tool } => write!(f, "left out: {tool} does not apply it"),
            Self::Baseline => {
                f.write_str("left out: it stands for the migrations before it, which are imported")
            }
            Self::EmptyWayBack => f.write_str("irreversible: the way back has no statement"),
            Self::BrokenWayBack { words } => {
                write!(f, "irreversible: the way back does not run: {words}")
            }
            Self::OfTheApplication { words } => {
                write!(f, "{words}: if the application has it, a migration must register it, too")
            }
            Self::Denied(denied) => write!(f, "no migration may {denied}"),
            Self::NotSqlite { words } => write!(f, "SQLite refuses it: {words}"),
            Self::LeavesBroken { words } => {
                write!(f, "a migration that leaves this is rolled back: {words}")
            }
            Self::Placeholder => f.write_str("the tool puts a value in its place"),
            Self::Code { tool: Tool::TypeOrm } => {
                f.write_str("it does more than hand texts of SQL to `queryRunner.query`")
            }
            Self::Code { tool } => write!(f, "it is code of {tool}, and no SQL"),
            Self::OtherDatabase { name } => {
                write!(f, "it is written for `{}`", name.escape_debug())
            }
            Self::NotRepeatable { words } => {
                write!(f, "only views and triggers can be applied anew whenever they change: {words}")
            }
            Self::ReplacedAnyway => f.write_str("taken out: what is there is replaced"),
        }
    }
}
