//! What the files define, in the order in which it is made.

use migration_api::operation::script;
use runner_operations::schema::Program;
use serde::{Deserialize, Serialize};

use super::definition::{Definition, ProgramKind};
use super::failure::{Problem, RepeatableError};

/// A file of views and triggers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RepeatableFile {
    /// Its name, as errors give it: the folder is in it.
    pub file: String,
    /// Its text.
    pub text: String,
}

/// All views and triggers that the files define.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "Vec<RepeatableFile>", into = "Vec<RepeatableFile>")]
pub struct Definitions {
    files: Vec<RepeatableFile>,
    all: Vec<Definition>,
}

impl Definitions {
    /// Reads the `files`.
    ///
    /// # Errors
    /// Statements that make no view and no trigger, and what is defined twice: all of them.
    pub fn read(files: Vec<RepeatableFile>) -> Result<Self, RepeatableError> {
        let (mut all, mut problems) = (Vec::<Definition>::new(), Vec::new());
        for RepeatableFile { file, text } in &files {
            // Git may write other ends of lines on another machine, which are no other text.
            let text = text.trim_start_matches('\u{feff}').replace("\r\n", "\n");
            for (line, sql) in script::lines(&text) {
                match Program::parse(sql) {
                    Ok(program) => {
                        let new = Definition::of(file, line, program, sql);
                        match all.iter().find(|old| old.is(new.kind, &new.name)) {
                            Some(first) => problems.push(twice(&new, first)),
                            None => all.push(new),
                        }
                    }
                    Err(reason) => problems.push(Problem {
                        file: file.clone(),
                        line: Some(line),
                        reason: reason.to_string(),
                    }),
                }
            }
        }
        if !problems.is_empty() {
            return Err(RepeatableError::Files { problems });
        }
        // SQLite looks up what a view reads when the view is used, so that views need no order among them. A
        // trigger is made on what is there.
        all.sort_by_key(|definition| definition.kind);
        Ok(Self { files, all })
    }

    /// The files that they were read from.
    #[must_use]
    pub fn files(&self) -> &[RepeatableFile] {
        &self.files
    }

    /// All of them, views first.
    #[must_use]
    pub fn all(&self) -> &[Definition] {
        &self.all
    }

    /// That of the `kind` of this name.
    #[must_use]
    pub fn get(&self, kind: ProgramKind, name: &str) -> Option<&Definition> {
        self.all.iter().find(|definition| definition.is(kind, name))
    }
}

fn twice(new: &Definition, first: &Definition) -> Problem {
    let reason = format!(
        "the {} `{}` is defined in {}:{} already",
        new.kind, new.name, first.file, first.line
    );
    Problem { file: new.file.clone(), line: Some(new.line), reason }
}

impl TryFrom<Vec<RepeatableFile>> for Definitions {
    type Error = RepeatableError;

    fn try_from(files: Vec<RepeatableFile>) -> Result<Self, RepeatableError> {
        Self::read(files)
    }
}

impl From<Definitions> for Vec<RepeatableFile> {
    fn from(definitions: Definitions) -> Self {
        definitions.files
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(file: &str, text: &str) -> RepeatableFile {
        RepeatableFile { file: file.to_owned(), text: text.to_owned() }
    }

    #[test]
    fn views_come_first_and_neither_blanks_nor_ends_of_lines_are_text() {
        let text = "\u{feff}-- who is there\r\nCREATE TRIGGER t AFTER INSERT ON p BEGIN SELECT 1;\r\nEND;\r\n;\n\
                    CREATE VIEW v AS\n  SELECT 1;";
        let definitions = Definitions::read(vec![file("a.sql", text)]).unwrap();
        let all: Vec<_> = definitions.all().iter().map(|it| (it.line, it.sql.as_str())).collect();
        let trigger = "CREATE TRIGGER t AFTER INSERT ON p BEGIN SELECT 1;\nEND";
        assert_eq!(all, [(5, "CREATE VIEW v AS\n  SELECT 1"), (2, trigger)]);
        let json = serde_json::to_string(&definitions).unwrap();
        assert_eq!(serde_json::from_str::<Definitions>(&json).unwrap(), definitions);
    }

    #[test]
    fn all_that_is_wrong_is_named_at_once() {
        let files = vec![
            file("a.sql", "CREATE VIEW v AS SELECT 1;\nDROP TABLE t;"),
            file("b.sql", "CREATE VIEW V AS SELECT 2; CREATE TEMP VIEW w AS SELECT 1"),
        ];
        let error = Definitions::read(files).unwrap_err();
        assert_eq!(
            error.to_string(),
            "files of views and triggers cannot be used:\n    \
             a.sql:2: `DROP TABLE` makes no view and no trigger\n    \
             b.sql:1: the view `V` is defined in a.sql:1 already\n    \
             b.sql:1: what is TEMPORARY is gone with the connection"
        );
    }
}
