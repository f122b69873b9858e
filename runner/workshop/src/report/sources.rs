//! The sources of migrations, each once.

use std::collections::HashMap;

use runner_engine::source_text::SourceText;
use serde::{Serialize, Serializer};

/// Sources of migrations, by numbers. What is the same is there once.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    sources: Vec<SourceText>,
    /// By what they are packed.
    numbers: HashMap<Vec<(String, String)>, usize>,
}

impl Sources {
    /// The number of this source.
    pub(super) fn number(&mut self, source: SourceText) -> usize {
        let files = source.0.clone().into_iter().collect();
        let next = self.sources.len();
        let number = *self.numbers.entry(files).or_insert(next);
        if number == next {
            self.sources.push(source);
        }
        number
    }

    /// The source of this number.
    #[must_use]
    pub fn get(&self, number: usize) -> Option<&SourceText> {
        self.sources.get(number)
    }
}

impl Serialize for Sources {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.sources.iter().map(|source| {
            let files = source.0.iter();
            files.map(|(path, text)| SourceFile { path, text }).collect::<Vec<_>>()
        }))
    }
}

/// A file of a source.
#[derive(Serialize)]
struct SourceFile<'s> {
    /// Its path below the folder of the migration.
    path: &'s str,
    text: &'s str,
}
