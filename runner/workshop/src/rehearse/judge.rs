//! Judges what is lost: what steps took away, and did not come back.

use runner_engine::LossName;
use runner_engine::verdict::LossKind;

use super::record::{ColumnFate, TableDifference};

/// Something that a step took away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Taken {
    pub(super) name: LossName,
    pub(super) kind: LossKind,
}

/// What a step that left these differences took away, by the names before it. Where there was no row and no value,
/// nothing was.
pub(super) fn taken(tables: &[TableDifference]) -> Vec<Taken> {
    let mut all = Vec::new();
    for table in tables {
        let Some(name) = &table.before else { continue };
        if table.after.is_none() {
            if table.rows_before > 0 {
                all.push(Taken { name: LossName::of_table(name), kind: LossKind::Table });
            }
            continue;
        }
        if !table.gone.is_empty() {
            all.push(Taken { name: LossName::of_table(name), kind: LossKind::Rows });
        }
        for column in &table.columns {
            let kind = match &column.fate {
                ColumnFate::Changed(_) => LossKind::Values,
                ColumnFate::Dropped { values: 1.. } => LossKind::Column,
                _ => continue,
            };
            all.push(Taken { name: LossName::of_column(name, &column.name), kind });
        }
    }
    all
}

/// Whether what was `taken`, by the names of the beginning, is not there again, if that differs from what came back by
/// these `tables`.
pub(super) fn is_lost(taken: &Taken, tables: &[TableDifference]) -> bool {
    let Some(table) = tables.iter().find(|it| is_called(it, taken.name.table())) else {
        return false;
    };
    let is_there = table.after.is_some();
    match (taken.kind, taken.name.column()) {
        (LossKind::Table, _) => !table.keeps_everything(),
        (LossKind::Rows, _) => !is_there || !table.gone.is_empty(),
        (LossKind::Column | LossKind::Values, column) => {
            let is_it = |name: &str| column.is_some_and(|it| it.eq_ignore_ascii_case(name));
            !is_there || table.columns.iter().any(|column| is_it(&column.name))
        }
    }
}

fn is_called(table: &TableDifference, name: &str) -> bool {
    table.before.as_deref().is_some_and(|before| before.eq_ignore_ascii_case(name))
}

/// What differs by these `tables` though no step took it away: the way back did. `taken` has the names of the
/// beginning.
pub(super) fn faults(tables: &[TableDifference], taken: &[Taken]) -> Vec<String> {
    let mut faults = Vec::new();
    for table in tables {
        let name = table.name();
        let of_table = |kinds: &[LossKind]| {
            taken
                .iter()
                .any(|it| kinds.contains(&it.kind) && it.name.table().eq_ignore_ascii_case(name))
        };
        let whole = of_table(&[LossKind::Table]);
        let rows = of_table(&[LossKind::Table, LossKind::Rows]);
        if table.before.is_none() {
            continue;
        }
        if table.after.is_none() && !whole && table.rows_before > 0 {
            faults.push(format!("the table `{name}` is gone"));
        }
        if !table.gone.is_empty() && !rows {
            let first = first(&table.gone.examples);
            faults.push(format!("`{name}` lacks {}{first}", counted(table.gone.count)));
        }
        if !table.new.is_empty() && !whole {
            let first = first(&table.new.examples);
            let rows = counted(table.new.count);
            faults.push(format!("`{name}` has {rows} more than it had{first}"));
        }
        for column in &table.columns {
            let of_column = LossName::of_column(name, &column.name);
            let is_known = rows || taken.iter().any(|it| it.name == of_column);
            match &column.fate {
                ColumnFate::Changed(sample) if !is_known => {
                    let first = sample.examples.first().map_or(String::new(), |it| {
                        format!(": of {}, {} is now {}", it.key, it.before, it.after)
                    });
                    let rows = counted(sample.count);
                    faults.push(format!("`{name}.{}` is another in {rows}{first}", column.name));
                }
                ColumnFate::Dropped { values: 1.. } if !is_known => {
                    faults.push(format!("`{name}.{}` is gone", column.name));
                }
                _ => {}
            }
        }
    }
    faults
}

fn first(examples: &[String]) -> String {
    examples.first().map_or(String::new(), |key| format!(", as {key}"))
}

fn counted(rows: u64) -> String {
    if rows == 1 { "1 row".to_owned() } else { format!("{rows} rows") }
}
