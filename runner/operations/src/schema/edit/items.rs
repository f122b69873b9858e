//! The items of a table's list, columns and constraints: added, taken out, put in order, with the
//! lines and comments that belong to them.

use sqlite3_parser::lexer::Splitter as _;
use sqlite3_parser::lexer::sql::Tokenizer;

use super::Draft;
use crate::schema::sql;

impl<'t> Draft<'t> {
    /// Puts `definition` behind the last column, before the table constraints.
    pub(crate) fn add_column(&mut self, definition: &str) {
        match self.table.layout.constraints.first() {
            Some(constraint) => self.insert_before(constraint.start, definition),
            None => self.add_item(definition),
        }
    }

    /// Puts `definition` where the column at `position` is.
    pub(crate) fn add_column_at(&mut self, position: usize, definition: &str) {
        match self.table.layout.columns.get(position) {
            Some(column) => self.insert_before(column.whole.start, definition),
            None => self.add_column(definition),
        }
    }

    /// Puts `definition` behind the last table constraint.
    pub(crate) fn add_constraint(&mut self, definition: &str) {
        self.add_item(definition);
    }

    fn insert_before(&mut self, at: usize, definition: &str) {
        let blanks = match self.indentation(at) {
            Some(indentation) => format!("\n{indentation}"),
            None => " ".to_owned(),
        };
        self.insert(at, format!("{definition},{blanks}"));
    }

    /// Puts `definition` at the end of the list: on a line of its own where the list has lines.
    fn add_item(&mut self, definition: &str) {
        let items = self.table.layout.items();
        let Some(last) = items.last() else { return };
        let close = self.table.layout.close;
        let line = self.text()[last.end..close].rfind('\n').map(|at| last.end + at + 1);
        match (line, self.indentation(last.start)) {
            (Some(line), Some(indentation)) if self.text()[line..close].trim().is_empty() => {
                let indentation = indentation.to_owned();
                self.insert(last.end, ",");
                self.insert(line, format!("{indentation}{definition}\n"));
            }
            _ => self.insert(last.end, format!(", {definition}")),
        }
    }

    /// The blanks before `at`, if `at` is the first in its line.
    fn indentation(&self, at: usize) -> Option<&'t str> {
        let line = self.text()[..at].rfind('\n')? + 1;
        let blanks = &self.text()[line..at];
        blanks.trim().is_empty().then_some(blanks)
    }

    /// Takes the column at `position` out, with the comment behind it in its line.
    pub(crate) fn remove_column(&mut self, position: usize) {
        self.remove_item(position);
    }

    /// Takes the table constraint at `position` out, with the comment behind it in its line.
    pub(crate) fn remove_constraint(&mut self, position: usize) {
        self.remove_item(self.table.columns.len() + position);
    }

    fn remove_item(&mut self, position: usize) {
        let items = self.table.layout.items();
        let item = items[position].clone();
        let start = match self.indentation(item.start) {
            Some(blanks) => item.start - blanks.len() - 1,
            None => item.start,
        };
        match items.get(position + 1) {
            Some(next) => {
                let comma = self.comma_between(item.end, next.start);
                let behind = comma.map_or(item.end, |comma| comma + 1);
                let end = match self.end_of_line(behind, next.start) {
                    Some(end) if start < item.start => end,
                    Some(end) => end + 1,
                    None => next.start,
                };
                // Without a line of its own to leave, the next item takes the place as it is.
                let start = if end == next.start { item.start } else { start };
                self.replace(start..end, "");
            }
            None if position == 0 => self.replace(item, ""),
            None => {
                let before = items[position - 1].end;
                if let Some(comma) = self.comma_between(before, item.start) {
                    self.replace(comma..comma + 1, "");
                }
                let blank = self.text()[before..start].trim_end().len();
                let start = if self.text()[before + blank..start].contains('\n') {
                    start
                } else {
                    before + blank
                };
                self.replace(start.max(self.after_comma(before, item.start))..item.end, "");
            }
        }
    }

    fn comma_between(&self, from: usize, to: usize) -> Option<usize> {
        let tokens = sql::tokens(&self.text()[from..to]).ok()?;
        tokens.first().map(|comma| from + comma.span.start)
    }

    fn after_comma(&self, from: usize, to: usize) -> usize {
        self.comma_between(from, to).map_or(from, |comma| comma + 1)
    }

    /// Where the line ends in which `from` is, if only blanks and comments come before that.
    fn end_of_line(&self, from: usize, to: usize) -> Option<usize> {
        let mut at = from;
        while at < to {
            let rest = &self.text()[at..to];
            let (None, length) = Tokenizer::new().split(rest.as_bytes()).ok()? else {
                return None;
            };
            let is_comment = !rest.starts_with(char::is_whitespace);
            match rest[..length].find('\n') {
                // A comment between slashes may hold line ends of its own.
                Some(end) if !is_comment || rest.starts_with("--") => return Some(at + end),
                _ => at += length,
            }
        }
        None
    }

    /// Puts the columns in the order that `order` gives by their old places.
    pub(crate) fn reorder(&mut self, order: &[usize]) {
        for (slot, &from) in self.table.layout.columns.iter().zip(order) {
            let text = &self.text()[self.table.layout.columns[from].whole.clone()];
            self.replace(slot.whole.clone(), text);
        }
    }
}
