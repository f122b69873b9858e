//! The function of an author, and how it is called for a row.

use std::panic::Location;

use super::batch::{Budget, Stopped, Tally};
use super::cells::Cells;
#[cfg(doc)]
use super::cores;
use super::cursor::Cursor;
use super::failure::{Fault, RowError};
use super::layout::Layout;
use super::panicked;
use super::pass::Parts;
use super::reader::Left;
use super::row::Row;
use super::values::NewRow;
use crate::{Error, Result};

/// What is to be done with a row: whether it gets the values that were put into the new row.
pub(crate) type Function<'f> = dyn FnMut(&Row<'_>, &mut NewRow<'_>) -> Result<bool> + 'f;

/// The same, on several threads at a time.
pub(crate) type Pure<'f> = dyn Fn(&Row<'_>, &mut NewRow<'_>) -> Result<bool> + Sync + 'f;

/// The function, and where it runs.
pub(crate) enum Work<'f> {
    /// On the thread of the connection.
    Here(&'f mut Function<'f>),
    /// On a thread for each core, by [`cores::run`]. It is named only where all cores are asked for: a library that
    /// does not ask for them is built without threads and channels.
    Cores(&'f Pure<'f>, RunOnCores),
}

/// [`cores::run`].
pub(crate) type RunOnCores = for<'p> fn(
    &mut Parts<'p>,
    usize,
    &Pure<'_>,
    &mut Cursor,
    Budget,
    &mut dyn FnMut(u64),
) -> Result<(Left, Tally), Stopped>;

/// Calls the function for `row`, and says whether the row is to be written. Whatever goes wrong names the row.
pub(super) fn call(
    layout: &Layout,
    location: &'static Location<'static>,
    row: &Row<'_>,
    new: &mut Cells,
    function: impl FnOnce(&Row<'_>, &mut NewRow<'_>) -> Result<bool>,
) -> Result<bool> {
    let mark = new.mark();
    let before = new.len();
    let outcome = panicked::catch(|| function(row, &mut NewRow::new(new)));
    let (given, wanted) = (new.len() - before, layout.new.len());
    let fault = match outcome {
        Ok(Ok(true)) if given == wanted => return Ok(true),
        Ok(Ok(true)) => Fault::Count { given, wanted },
        Ok(Ok(false)) => {
            new.back_to(mark);
            return Ok(false);
        }
        Ok(Err(error)) if error.source().is::<RowError>() => return Err(error),
        Ok(Err(error)) => return Err(error.wrapped(|inner| row.error(Fault::Function(inner)))),
        Err(panic) => Fault::Panic(panic),
    };
    new.back_to(mark);
    Err(Error::from(row.error(fault)).at(location))
}
