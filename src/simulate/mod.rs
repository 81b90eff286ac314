//! Repositories made for a purpose, and what CI makes of them: scenario files
//! are replayed on real repositories, in temporary folders, and on a model.

pub(crate) mod backend;
pub(crate) mod behaviour;
mod bless;
mod check;
mod compare;
pub(crate) mod expectation;
mod git_backend;
mod ground;
pub(crate) mod interpreter;
pub(crate) mod last_green;
pub(crate) mod layout;
mod manner;
mod model_backend;
mod model_links;
mod model_stack;
mod model_stale;
mod model_way;
mod plain_files;
mod policy;
pub(crate) mod read;
pub(crate) mod replay;
mod repository;
mod scenario;
mod shipped;
mod swarm_compose;
mod texts;
mod version_file;

pub(crate) use backend::Observed;
pub(crate) use backend::{Backend, Ran, RunOrder, Tree};
pub(crate) use behaviour::{Behaviour, Range};
pub(crate) use bless::blessed;
pub(crate) use compare::{NO_ANSWER, expectation_of};
pub(crate) use expectation::{Expectation, PlanKind};
pub(crate) use git_backend::{GitBackend, PlayError, ReplaySwarm};
pub(crate) use ground::{GROUNDS, Ground};
pub(crate) use interpreter::StepReport;
pub(crate) use interpreter::play;
pub(crate) use last_green::LAST_GREEN;
pub(crate) use layout::LAYOUTS;
pub(crate) use manner::{Call, MISDEEDS};
pub(crate) use model_backend::ModelBackend;
pub(crate) use policy::PolicySetup;
pub(crate) use read::read_scenario_file;
pub use read::{ScenarioError, ScenarioFile, parse_scenario};
pub(crate) use replay::{ReplayError, ReplayOrder, build, replay_all};
pub use replay::{ScenarioReport, replay};
pub use repository::{RepositoryBuilder, TagKind};
pub use scenario::Scenario;
pub(crate) use scenario::{
    Break, Night, NightHead, PullRequest, RecipeSetup, Release, ReleaseMap, Step, TagMove,
};
pub(crate) use shipped::shipped_scenario;
pub use shipped::shipped_scenarios;
pub(crate) use texts::VersionText;
