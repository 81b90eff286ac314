//! Real runs: one upgrade with its canonical kept in a store, and the sweep
//! over a catalogue of recipes.

mod catalogue;
mod journal;
mod outcome;
mod plan;
mod sweep;
mod sweep_lock;
mod upgrade;

pub(crate) use catalogue::TIMEOUT_SECONDS;
pub use catalogue::{Catalogue, CatalogueError, Entry, HeadChoice, Setup};
pub use journal::Journal;
pub use outcome::{Came, LogRecord, Outcome, Row};
pub use plan::{Planned, plan_sweep};
pub use sweep::{Event, Sweep, SweepOrder, still_holds, sweep};
pub use sweep_lock::{Scope, SweepLock, SweepLockError};
pub use upgrade::{Deployment, UpgradeError, UpgradeOrder, upgrade};
