//! Takes over a history that [`import`](crate::import) has read: a crate for each migration (`crates`), and what is applied
//! to a database (`applied`, `recorded`; `alone` where there are no files).

mod alone;
mod applied;
mod crates;
mod recorded;

pub use alone::record_alone;
pub use applied::{Found, OtherFile, Proof, Taken, Takeover};
pub use crates::{Consent, Written, preview, write};
pub use recorded::Recorded;
