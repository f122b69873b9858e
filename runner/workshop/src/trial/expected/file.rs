//! The text of an `expected.sql`: queries in parts, one for each [`Moment`], and below each query its rows as comments.

use std::ops::Range;

use super::difference::Moment;
use super::row;

/// What a line of a result begins with.
const ROW: &str = "-->";

/// A file that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ExpectedFile {
    text: String,
    pub(super) queries: Vec<Query>,
}

/// A query, and what stands below it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Query {
    pub(super) after: Moment,
    /// Without its semicolon.
    pub(super) sql: String,
    /// The line on which it begins.
    pub(super) line: usize,
    /// The heading and the rows, each on a line; empty: nothing is written yet.
    pub(super) result: Vec<String>,
    /// Where the lines of the result are.
    written: Vec<Range<usize>>,
    /// Where it ends.
    end: usize,
}

/// What is wrong with a file, and on which line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::trial) struct Misread {
    pub(in crate::trial) line: usize,
    pub(in crate::trial) message: String,
}

impl ExpectedFile {
    /// Reads `text`.
    ///
    /// # Errors
    /// A query in no part; rows without a query; a part that is none; a query that does not end.
    pub(super) fn read(text: &str) -> Result<Self, Misread> {
        let mut reader = Reader { text, at: 0, part: None, queries: Vec::new() };
        while reader.step()? {}
        Ok(Self { text: text.to_owned(), queries: reader.queries })
    }

    /// The text, with `results` in the place of those of the queries at these places.
    pub(super) fn with(&self, results: &[(usize, Vec<String>)]) -> String {
        let end_of_line = if self.text.contains("\r\n") { "\r\n" } else { "\n" };
        let mut text = self.text.clone();
        // From the end, so that what is before stays where it is.
        for (place, result) in results.iter().rev() {
            let query = &self.queries[*place];
            let lines = |result: &[String]| -> String {
                result.iter().map(|line| format!("{ROW} {line}{end_of_line}")).collect()
            };
            for range in query.written.iter().rev() {
                text.replace_range(range.clone(), "");
            }
            let at =
                query.written.first().map_or_else(|| self.end_of_line(query.end), |it| it.start);
            let begins_a_line = at == 0 || text[..at].ends_with('\n');
            let begin = if begins_a_line { "" } else { end_of_line };
            text.insert_str(at, &format!("{begin}{}", lines(result)));
        }
        text
    }

    /// The text with `more` behind it.
    pub(super) fn followed_by(&self, more: &str) -> String {
        let kept = self.text.trim_end();
        if kept.is_empty() { more.to_owned() } else { format!("{kept}\n\n{more}") }
    }

    /// The place behind the line of `at`, unless another statement follows on it.
    fn end_of_line(&self, at: usize) -> usize {
        let rest = &self.text[at..];
        let line = rest.split_inclusive('\n').next().unwrap_or_default();
        let is_free = line.trim().is_empty() || line.trim_start().starts_with("--");
        if is_free { at + line.len() } else { at }
    }
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
    part: Option<Moment>,
    queries: Vec<Query>,
}

impl Reader<'_> {
    /// Reads a comment or a query. `false`: there is nothing more.
    fn step(&mut self) -> Result<bool, Misread> {
        let text = self.text;
        let rest =
            text[self.at..].trim_start_matches(|it: char| it.is_whitespace() || it == '\u{feff}');
        self.at = text.len() - rest.len();
        if rest.is_empty() {
            return Ok(false);
        }
        if rest.starts_with("--") {
            let line = rest.split('\n').next().unwrap_or_default();
            self.comment(line.trim_end())?;
            self.at += line.len();
        } else if rest.starts_with("/*") {
            self.at += end_of_comment(rest);
        } else if rest.starts_with(';') {
            self.at += 1;
        } else {
            self.query(rest)?;
        }
        Ok(true)
    }

    fn comment(&mut self, comment: &str) -> Result<(), Misread> {
        if let Some(row) = comment.strip_prefix(ROW) {
            let range = self.whole_line(comment.len());
            let Some(query) = self.queries.last_mut() else {
                return self
                    .refuse("rows stand below the query that gives them, and there is none");
            };
            let row = row::normal(row);
            if row != row::NO_ROWS {
                query.result.push(row);
            }
            query.written.push(range);
            return Ok(());
        }
        let words: Vec<&str> = comment.trim_start_matches('-').split_whitespace().collect();
        let is_part = words.first().is_some_and(|word| word.eq_ignore_ascii_case("after"));
        // A longer sentence that begins so is a remark.
        if !is_part || words.len() > 4 {
            return Ok(());
        }
        let said = words.join(" ").to_ascii_lowercase();
        let said = said.trim_end_matches(':');
        match [Moment::Forward, Moment::Backward].into_iter().find(|part| said == part.mark()) {
            Some(part) => self.part = Some(part),
            None => {
                return self.refuse(&format!(
                    "`{comment}` is no part: there are `-- after forward` and `-- after backward`"
                ));
            }
        }
        Ok(())
    }

    /// Where the comment of this length is, with its line end if it has the line for itself.
    fn whole_line(&self, length: usize) -> Range<usize> {
        let before = self.text[..self.at].rfind('\n').map_or(0, |at| at + 1);
        let is_alone = self.text[before..self.at].trim().is_empty();
        let end = self.at + length;
        let line_end = self.text[end..].find('\n').map_or(self.text.len(), |at| end + at + 1);
        if is_alone { before..line_end } else { self.at..line_end }
    }

    fn query(&mut self, rest: &str) -> Result<(), Misread> {
        let Some(after) = self.part else {
            return self.refuse("before the first query stands when it is run: `-- after forward` or `-- after backward`");
        };
        let Some(length) = end_of_query(rest) else {
            return self.refuse("this query has no `;` at its end");
        };
        let sql = &rest[..length];
        if let Some(inside) = sql.find(&format!("\n{ROW}")) {
            let line = self.line_at(self.at + inside + 1);
            let message = "rows stand inside a query: it has no `;` before them".to_owned();
            return Err(Misread { line, message });
        }
        let line = self.line_at(self.at);
        self.at += length + 1;
        let sql = sql.trim_end().to_owned();
        let (result, written) = (Vec::new(), Vec::new());
        self.queries.push(Query { after, sql, line, result, written, end: self.at });
        Ok(())
    }

    fn refuse<T>(&self, message: &str) -> Result<T, Misread> {
        Err(Misread { line: self.line_at(self.at), message: message.to_owned() })
    }

    fn line_at(&self, at: usize) -> usize {
        self.text[..at].matches('\n').count() + 1
    }
}

/// The semicolon that ends the query with which `text` begins.
fn end_of_query(text: &str) -> Option<usize> {
    let mut at = 0;
    while let Some(letter) = text[at..].chars().next() {
        let rest = &text[at..];
        at += match letter {
            ';' => return Some(at),
            '\'' | '"' | '`' => 2 + rest[1..].find(letter)?,
            '[' => 1 + rest.find(']')?,
            '-' if rest.starts_with("--") => rest.find('\n').unwrap_or(rest.len()),
            '/' if rest.starts_with("/*") => end_of_comment(rest),
            other => other.len_utf8(),
        };
    }
    None
}

fn end_of_comment(text: &str) -> usize {
    text.find("*/").map_or(text.len(), |end| end + 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "\
-- Prices were texts.
-- after forward
SELECT name, pence FROM stay -- ;
 WHERE name <> ';' ORDER BY id;
--> name|pence
-- a remark
--> 'Ada' |   30

SELECT 1 WHERE 0;
--> 1
--> (no rows)

-- After backward:
SELECT fee FROM stay; /* twice */ SELECT 2;";

    fn rows(lines: &[&str]) -> Vec<String> {
        lines.iter().map(|&line| line.to_owned()).collect()
    }

    #[test]
    fn queries_are_read_with_their_parts_lines_and_rows() {
        let file = ExpectedFile::read(FILE).unwrap();
        let read: Vec<_> =
            file.queries.iter().map(|it| (it.after, it.line, it.result.clone())).collect();
        assert_eq!(
            read,
            [
                (Moment::Forward, 3, rows(&["name | pence", "'Ada' | 30"])),
                (Moment::Forward, 9, rows(&["1"])),
                (Moment::Backward, 14, Vec::new()),
                (Moment::Backward, 14, Vec::new()),
            ]
        );
        assert_eq!(file.queries[3].sql, "SELECT 2");
    }

    #[test]
    fn rows_are_replaced_and_everything_else_stays() {
        let file = ExpectedFile::read(FILE).unwrap();
        let results = [
            (0, rows(&["name | pence", "'Ada' | 36", "'Tom' | NULL"])),
            (2, rows(&["fee", "(no rows)"])),
            (3, rows(&["2", "2"])),
        ];
        let written = file.with(&results);
        assert_eq!(
            written,
            FILE.replace(
                "--> name|pence\n-- a remark\n--> 'Ada' |   30\n",
                "--> name | pence\n--> 'Ada' | 36\n--> 'Tom' | NULL\n-- a remark\n"
            )
            .replace(
                "SELECT fee FROM stay; /* twice */ SELECT 2;",
                "SELECT fee FROM stay;\n--> fee\n--> (no rows)\n /* twice */ SELECT 2;\n--> 2\n--> 2\n"
            )
        );
        let again = ExpectedFile::read(&written).unwrap();
        assert_eq!(again.queries[0].result, results[0].1);
        assert_eq!(again.with(&results), written);
    }

    #[test]
    fn line_ends_stay_as_they_are() {
        let text = "-- after forward\r\nSELECT 1;\r\n--> 1\r\n--> 2\r\nSELECT 3;";
        let file = ExpectedFile::read(text).unwrap();
        assert_eq!(file.queries[0].result, ["1", "2"]);
        assert_eq!(
            file.with(&[(0, rows(&["1", "1"])), (1, rows(&["3", "3"]))]),
            "-- after forward\r\nSELECT 1;\r\n--> 1\r\n--> 1\r\nSELECT 3;\r\n--> 3\r\n--> 3\r\n"
        );
    }

    #[test]
    fn what_is_no_such_file_is_named_with_its_line() {
        for (text, line, words) in [
            ("SELECT 1;", 1, "before the first query"),
            ("-- after forward\n\n--> 1", 3, "there is none"),
            ("-- after forward\nSELECT 1", 2, "no `;`"),
            ("-- after forward\nSELECT 'a;\n", 2, "no `;`"),
            ("-- after forward\nSELECT 1\n--> 1\nSELECT 2;", 3, "inside a query"),
            ("-- after the way back\nSELECT 1;", 1, "is no part"),
        ] {
            let misread = ExpectedFile::read(text).unwrap_err();
            assert_eq!(misread.line, line, "{text}");
            assert!(misread.message.contains(words), "{text}: {}", misread.message);
        }
        let remark = "-- after forward\n-- after all these years they are numbers\nSELECT 1;";
        assert_eq!(ExpectedFile::read(remark).unwrap().queries.len(), 1);
    }
}
