//! Repositories made for a purpose, and what CI makes of them: scenario files
//! are replayed on real repositories, in temporary folders, and on a model.

mod arm;
mod compare;
mod expectation;
mod git_arm;
mod historical;
mod model_arm;
mod player;
mod read;
mod replay;
mod repository;
mod scenario;
mod second_night;
mod shipped;
mod swarm_compose;
mod write;

pub use arm::Observed;
pub(crate) use arm::{Arm, Ran, RunOrder, Tree};
pub use compare::Mismatch;
pub use expectation::{Expectation, Expected, PlanKind, PreviousKind, VerdictKind};
pub(crate) use git_arm::GitArm;
pub use git_arm::{PlayError, ReplaySwarm};
pub use historical::HISTORICAL;
pub(crate) use model_arm::ModelArm;
pub use player::StepReport;
pub(crate) use player::play;
pub use read::{ScenarioError, ScenarioFile, parse_scenario, read_scenario_file};
pub use replay::{ScenarioReport, replay, replay_on_model, replay_on_swarm, scenario_schema};
pub use repository::{RepositoryBuilder, TagKind};
pub use scenario::Scenario;
pub(crate) use scenario::{
    Break, FallbackSetup, Night, NightHead, PolicySetup, PullRequest, RecipeSetup, Release,
    ReleaseMap, Step, Tag, TagMove, Version,
};
pub use second_night::SecondNight;
pub use shipped::shipped_scenarios;
pub(crate) use write::scenario_yaml;
