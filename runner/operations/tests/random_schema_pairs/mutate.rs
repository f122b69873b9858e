//! Another schema like one.

use crate::dice::Dice;
use crate::draft::{COLLATIONS, CONFLICTS, Draft, Key, OTHER_THAN_ABORT, Rule, TYPES, Table};

impl Draft {
    /// This schema with some changes; often rows that were apart are in conflict afterwards.
    pub(crate) fn mutated(&self, dice: &mut Dice) -> Self {
        let mut draft = self.clone();
        if dice.percent(60) {
            let at = dice.below(draft.tables.len());
            draft.tables[at].bring_into_conflict(dice);
            if dice.percent(60) {
                return draft;
            }
        }
        for _ in 0..1 + dice.below(5) {
            draft.change(dice);
        }
        draft
    }

    fn change(&mut self, dice: &mut Dice) {
        let names: Vec<String> = self.tables.iter().map(|table| table.name.clone()).collect();
        match dice.below(20) {
            0 if self.tables.len() > 1 => drop(self.tables.remove(dice.below(self.tables.len()))),
            1 => self.draw_view(dice),
            2 => drop(self.views.pop()),
            3 => drop(self.triggers.pop()),
            _ => {
                let at = dice.below(self.tables.len());
                self.tables[at].change(&names, dice);
            }
        }
    }
}

impl Table {
    fn change(&mut self, names: &[String], dice: &mut Dice) {
        let at = dice.below(self.columns.len());
        match dice.below(16) {
            0..3 => self.draw_key(dice),
            3 => self.draw_rule(dice),
            4 => drop(self.rules.pop()),
            5..7 => self.change_rule(dice),
            7 => self.draw_column(dice),
            8 if self.columns.len() > 1 => drop(self.columns.remove(at)),
            9 => self.is_strict = !self.is_strict,
            10 => self.columns[at].declared = dice.one_of(&TYPES),
            11 => {
                self.columns[at].not_null = match self.columns[at].not_null {
                    Some(_) => None,
                    None => Some(dice.one_of(&CONFLICTS)),
                };
            }
            12 => self.columns[at].collation = dice.one_of(&COLLATIONS),
            13 => self.columns[at].generated = None,
            14 => self.draw_index(dice),
            _ => match dice.below(4) {
                0 => self.name = self.name.to_uppercase(),
                1 => self.is_without_rowid = !self.is_without_rowid && self.key != Key::None,
                2 => self.columns.reverse(),
                _ => self.draw_reference(names, dice),
            },
        }
    }

    /// Gives a column a rule by which rows that are apart now may be in conflict, and that does something
    /// else then than to stop.
    fn bring_into_conflict(&mut self, dice: &mut Dice) {
        let (at, conflict) = (dice.below(self.columns.len()), dice.one_of(&OTHER_THAN_ABORT));
        let collation = dice.one_of(&COLLATIONS);
        let column = &mut self.columns[at];
        match dice.below(6) {
            0 => {
                column.not_null = Some(conflict);
                column.default = " DEFAULT 7";
            }
            1 => column.collation = " COLLATE NOCASE",
            2 if at == 0 => self.key = Key::Single { collation, conflict },
            _ => {
                let column = column.name.clone();
                self.rules.retain(|rule| !rule.is_unique(&column));
                self.rules.push(Rule::Unique { column, collation, conflict });
            }
        }
    }

    fn change_rule(&mut self, dice: &mut Dice) {
        if let Some(Rule::Unique { collation, conflict, .. }) = self.rules.last_mut() {
            *collation = dice.one_of(&COLLATIONS);
            *conflict = dice.one_of(&CONFLICTS);
        }
    }
}

impl Rule {
    fn is_unique(&self, of: &str) -> bool {
        matches!(self, Self::Unique { column, .. } if column == of)
    }
}
