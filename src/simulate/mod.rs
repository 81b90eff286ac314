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

pub use arm::Observed;
pub use compare::Mismatch;
pub use expectation::{Expectation, Expected, PlanKind, PreviousKind, VerdictKind};
pub use git_arm::PlayError;
pub use historical::HISTORICAL;
pub use player::StepReport;
pub use read::{ScenarioError, ScenarioFile, parse_scenario, read_scenario_file};
pub use replay::{ScenarioReport, replay, replay_on_model, scenario_schema};
pub use repository::{RepositoryBuilder, TagKind};
pub use scenario::Scenario;
use scenario::{Tag, Version};
pub use second_night::SecondNight;
pub use shipped::shipped_scenarios;
