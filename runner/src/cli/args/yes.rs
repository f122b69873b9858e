//! The answer to a question that would be asked.

use clap::Args;

#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct Yes {
    /// Agree to what would be asked, as of a protected database
    #[arg(long, short)]
    yes: bool,
}

impl Yes {
    pub(crate) fn is_given(self) -> bool {
        self.yes
    }
}
