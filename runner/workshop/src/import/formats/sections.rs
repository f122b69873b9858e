//! Both ways in one file, under comments: dbmate and goose.

use super::{Found, FoundMigration, Moment, Rank, as_number, leading_digits, number};
use crate::import::Tool;
use crate::import::finding::{Finding, What};
use crate::import::folder::{Folder, SourceFile};
use crate::import::history::Script;

/// Reads the migrations at the top of `folder`.
pub(super) fn read(folder: &Folder, tool: Tool) -> Found {
    let mut found = Found::default();
    for file in folder.files.iter().filter(|file| file.is_at_the_top()) {
        let Some(stem) = file.without(".sql") else {
            let is_code = tool == Tool::Goose
                && file.without(".go").is_some_and(|stem| leading_digits(stem).is_some())
                && file.without("_test.go").is_none();
            if is_code {
                found.refuse_code(file, tool);
            }
            continue;
        };
        let sections = Sections::of(file, tool);
        match (leading_digits(stem), sections.forward.is_some()) {
            (Some((digits, rest)), true) => {
                let name = rest.trim_start_matches(['_', '-', '.']);
                found.findings.extend(sections.findings.iter().cloned());
                found.migrations.extend(migration(file, digits, name, sections, tool));
            }
            _ => found.leave_out(file, tool),
        }
    }
    found
}

fn migration(
    file: &SourceFile,
    digits: &str,
    name: &str,
    sections: Sections,
    tool: Tool,
) -> Option<FoundMigration> {
    // dbmate compares its versions as texts, goose as numbers.
    let (rank, version) = match tool {
        Tool::Dbmate => (Rank::Text(digits.to_owned()), digits.to_owned()),
        _ => (number(digits), as_number(digits)),
    };
    Some(FoundMigration {
        rank,
        version,
        moment: Moment::Digits(digits.to_owned()),
        name: name.to_owned(),
        forward: sections.forward?,
        backward: sections.backward,
        no_transaction: sections.no_transaction.map(|line| (file.path.clone(), line)),
    })
}

/// The sections of a file.
#[derive(Default)]
struct Sections {
    forward: Option<Script>,
    backward: Option<Script>,
    no_transaction: Option<usize>,
    findings: Vec<Finding>,
}

/// What a line says of the lines behind it.
enum Mark {
    Forward,
    Backward,
    NoTransaction,
    /// The tool puts values of the environment into the SQL.
    Environment,
}

impl Sections {
    fn of(file: &SourceFile, tool: Tool) -> Self {
        let mut sections = Self::default();
        let mut current: Option<Mark> = None;
        for (at, line) in file.text.split_inclusive('\n').enumerate() {
            let mark = Mark::of(line, tool);
            if tool == Tool::Dbmate && mark.is_some() && asks_for_no_transaction(line) {
                sections.no_transaction = Some(at + 1);
            }
            match mark {
                Some(Mark::NoTransaction) => sections.no_transaction = Some(at + 1),
                Some(Mark::Environment) => {
                    let what = What::Placeholder;
                    let sql = line.trim().to_owned();
                    let finding = Finding::of_file(&file.path, what);
                    sections.findings.push(Finding { line: Some(at + 1), sql, ..finding });
                }
                Some(direction) => {
                    sections.begin(&direction, file, at + 2);
                    current = Some(direction);
                }
                None => sections.add(current.as_ref(), line),
            }
        }
        sections
    }

    fn begin(&mut self, direction: &Mark, file: &SourceFile, first_line: usize) {
        let empty = Script {
            file: file.path.clone(),
            first_line,
            bytes: file.bytes.clone(),
            sql: String::new(),
        };
        let section = match direction {
            Mark::Backward => &mut self.backward,
            _ => &mut self.forward,
        };
        section.get_or_insert(empty);
    }

    fn add(&mut self, direction: Option<&Mark>, line: &str) {
        let section = match direction {
            Some(Mark::Backward) => self.backward.as_mut(),
            Some(_) => self.forward.as_mut(),
            None => None,
        };
        if let Some(section) = section {
            section.sql.push_str(line);
        }
    }
}

impl Mark {
    fn of(line: &str, tool: Tool) -> Option<Self> {
        let comment = line.trim().strip_prefix("--")?.trim();
        if tool == Tool::Dbmate {
            let rest = comment.strip_prefix("migrate:")?;
            return match rest.split_whitespace().next()? {
                "up" => Some(Self::Forward),
                "down" => Some(Self::Backward),
                _ => None,
            };
        }
        let words = comment.strip_prefix("+goose")?.trim().to_ascii_lowercase();
        match words.as_str() {
            "up" => Some(Self::Forward),
            "down" => Some(Self::Backward),
            "no transaction" => Some(Self::NoTransaction),
            "envsub on" => Some(Self::Environment),
            // The runner finds the end of a statement by itself.
            _ => None,
        }
    }
}

/// Whether a line of dbmate has the option `transaction:false`.
fn asks_for_no_transaction(line: &str) -> bool {
    line.split_whitespace().any(|word| word == "transaction:false")
}
