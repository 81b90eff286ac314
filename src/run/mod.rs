//! The upgrade tier: one run of it, from the plan to the verdict.
//!
//! A run resolves the base, pins base and head, deploys the base, checks it,
//! deploys the head over it, checks that, and says whether the canonical moves.

mod checkout;
mod deployer;
mod plan;
mod promotion;
mod record;
mod upgrade_test;
pub(crate) mod verdict;

pub use checkout::Checkout;
pub(crate) use checkout::label_on_disk;
pub use deployer::{DeployError, Deployed, Deployer};
pub use plan::{OwnedPlan, PlannedBase, PlannedStep, Resolver, STEP_BACK};
pub use promotion::Promotion;
pub use upgrade_test::{Conditions, RunError, RunRequest, test_upgrade};
pub use verdict::{
    Evidence, PreviousKind, Run, Side, StackEvidence, Stage, TestedHead, Verdict, VerdictKind,
};
