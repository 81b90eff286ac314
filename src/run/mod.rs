//! The upgrade tier: one run of it, from the plan to the verdict.
//!
//! A run resolves the base, pins base and head, deploys the base, checks it,
//! deploys the head over it, checks that, and says whether the canonical moves.

mod bases;
mod checkout;
mod deployer;
mod evidence;
mod label;
mod legs;
mod plan;
mod promotion;
mod request;
mod stops;
mod upgrade_test;
pub(crate) mod verdict;

pub(crate) use bases::{AskedBases, BaseName, NamedBase, Naming, find_bases};
pub use checkout::Checkout;
pub(crate) use checkout::version_on_disk;
pub use deployer::{DeployError, Deployer};
// A part of the evidence of a Docker Swarm, which is there to be read as data.
#[doc(hidden)]
pub use evidence::DeployedService;
pub use evidence::{Deployed, Evidence, PreviousKind, StackEvidence, TestedHead};
pub use plan::{OwnedPlan, PlannedBase, PlannedStep, Resolver, STEP_BACK};
pub use promotion::Promotion;
pub use request::{Conditions, RunError, RunRequest};
// A field of the request of a run, which goes straight where nothing is said.
#[doc(hidden)]
pub use stops::Route;
pub(crate) use stops::{AskedStops, StopName};
pub use upgrade_test::{Run, test_upgrade};
pub(crate) use verdict::{Side, VerdictKind};
pub use verdict::{Stage, Verdict};
