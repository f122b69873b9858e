//! Another schema like one.

use crate::dice::Dice;
use crate::draft::{COLLATIONS, CONFLICTS, Draft, Key, Rule, TYPES, Table};

impl Draft {
    /// This schema with some changes.
    pub(crate) fn mutated(&self, dice: &mut Dice) -> Self {
        let mut draft = self.clone();
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

    fn change_rule(&mut self, dice: &mut Dice) {
        if let Some(Rule::Unique { collation, conflict, .. }) = self.rules.last_mut() {
            *collation = dice.one_of(&COLLATIONS);
            *conflict = dice.one_of(&CONFLICTS);
        }
    }
}
