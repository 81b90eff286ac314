//! Decides from which older version an upgrade test must start.

mod cli;
mod deploy;
mod process;
pub mod recipe;
mod report;
pub mod run;
mod shard;
pub mod simulate;
pub mod store;
mod sweep;
pub mod verify;

pub use cli::{ExitStatus, Process, run as run_command};

/// What this project's own tests and benches reach beyond the promised names.
/// Nothing here is promised: a name may go with any release.
#[doc(hidden)]
pub mod internals {
    pub use crate::deploy::TreeDeployer;
    pub use crate::recipe::previous::Previous;
    pub use crate::report::{ReplayReport, write_replay_end, write_replay_json};
    pub use crate::run::verdict::PreviousUse;
    pub use crate::shard::Shard;
    pub use crate::simulate::backend::Observed;
    pub use crate::simulate::expectation::{PlanKind, VerdictKind};
    pub use crate::simulate::interpreter::StepReport;
    pub use crate::simulate::replay::replay_on_model;
    pub use crate::store::StoreStep;
    pub use crate::verify::campaign::blocks::Extent;
    pub use crate::verify::campaign::{Start, teeth, try_mutant};
    pub use crate::verify::phase::PHASES;
    pub use crate::verify::subject::mutants::MUTANTS;
    pub use crate::verify::world::case::{Main, SkipWording};
    pub use crate::verify::world::small::{SMALL_WORLDS, SmallWorlds};
}
