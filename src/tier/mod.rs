//! The upgrade tier: one run of it, from the plan to the verdict.
//!
//! A run resolves the base, pins base and head, deploys the base, checks it,
//! deploys the head over it, checks that, and says whether the canonical moves.

mod command_deployer;
mod deployer;
mod pin;
mod plan;
mod program;
mod promotion;
mod record;
mod run;
mod run_file;
mod swarm;
mod tree_deployer;
mod verdict;

pub use command_deployer::{CommandDeployer, CommandRun, Commands, StageLog};
pub use deployer::{DeployError, Deployed, Deployer, Turn};
pub use pin::Pinned;
pub use plan::{DESIGN_A, PlannedBase, PlannedStep, Resolver, TierPlan};
pub use program::{CommandLine, ParseCommandLineError};
pub(crate) use program::{end_group, new_group};
pub use promotion::{NotPromoted, Promotion};
pub use record::{
    BaseRecord, DeployedRecord, EvidenceRecord, HeadRecord, PromotionRecord, RunRecord,
    StackRecord, StepRecord,
};
pub use run::{Conditions, TierError, TierRequest, run_tier};
pub(crate) use run_file::{FOLDER_BEGINNING, RunFile};
pub use swarm::{Leftover, SwarmDeployer, SwarmSettings, require_swarm, sweep_leftovers};
pub(crate) use swarm::{stack_name, word};
pub use tree_deployer::{Behaviour, Range, TreeDeployer};
pub(crate) use tree_deployer::{PREVIOUS_MARK, SIMULATION_FILE};
pub use verdict::{Evidence, PreviousUse, StackEvidence, Stage, TierRun, Verdict};
