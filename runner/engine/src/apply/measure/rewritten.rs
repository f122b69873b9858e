//! Tables whose rows were copied anew.

use crate::apply::activity::Activity;
use crate::schema_objects::Objects;

/// The tables that were there `before` and are others `now`: what did this made them anew, as `seen` says, or gave
/// their name to a copy, whose rows lie elsewhere in the file. Where nothing was seen, the place alone says it: SQLite
/// itself moves a table only where another is dropped in a database with `auto_vacuum`.
pub(super) fn rewritten(before: &Objects, now: &Objects, seen: Option<&Activity>) -> Vec<String> {
    let may_be_anew = |name: &String| match seen {
        Some(seen) => seen.may_be_anew().any(|it| it == name),
        None => true,
    };
    let tables = before.iter().filter(|object| object.kind() == "table");
    let copied = tables.filter_map(|table| {
        let (was, is) = (before.root_page(table.name())?, now.root_page(table.name())?);
        let name = table.name().to_ascii_lowercase();
        let is_made = seen.is_some_and(|seen| seen.makes(&name));
        (is_made || (was != is && may_be_anew(&name))).then(|| table.name().to_owned())
    });
    copied.collect()
}
