//! Results as text for people, and as JSON and `JUnit` for programs.

mod canonical;
mod json;
mod leftovers;
mod plan_json;
mod plan_text;
mod replay_json;
mod replay_junit;
mod replay_text;
mod run_text;
mod sweep_json;
mod sweep_plan;
mod sweep_text;
mod upgrade;
mod verify_json;
mod verify_junit;
mod verify_text;

pub(crate) use canonical::{CanonicalEntry, write_canonical_json, write_canonical_text};
pub(crate) use leftovers::write_leftovers;
pub(crate) use plan_json::write_plan_json;
pub(crate) use plan_text::write_plan_text;
pub use replay_json::write_replay_json;
pub(crate) use replay_junit::write_replay_junit;
pub use replay_text::write_replay_end;
pub(crate) use replay_text::write_scenario_line;
pub(crate) use sweep_json::{write_sweep_json, write_sweep_junit};
pub(crate) use sweep_plan::{write_matrix, write_sweep_plan_json, write_sweep_plan_text};
pub(crate) use sweep_text::{write_row_line, write_sweep_text};
pub(crate) use upgrade::{write_upgrade_json, write_upgrade_junit, write_upgrade_text};
pub(crate) use verify_json::{write_evidence, write_verify_json};
pub(crate) use verify_junit::write_verify_junit;
pub(crate) use verify_text::{write_verify_seed, write_verify_text};

use crate::simulate::ScenarioReport;
use crate::verify::{Extent, Hunt, Level, MutantOutcome};
use samever_core::{BasePlan, CommitId, Inputs};

/// A base plan with what a reader needs to know around it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PlanReport<'a> {
    /// The recipe's name.
    pub recipe: &'a str,
    /// What the chain was told.
    pub inputs: &'a Inputs<'a>,
    /// What it answered.
    pub plan: &'a BasePlan<'a>,
    /// The commit of the base, if there is a base.
    pub base_commit: Option<CommitId>,
}

/// What came of a replay.
#[derive(Clone, Copy, Debug)]
pub struct ReplayReport<'a> {
    /// The resolver's name.
    pub resolver: &'a str,
    /// The arguments that say what deployed, where that is not files alone.
    pub deployer: &'a str,
    /// Whether the scenarios are those that ship inside the program.
    pub shipped: bool,
    /// Each scenario.
    pub scenarios: &'a [ScenarioReport],
}

impl ReplayReport<'_> {
    /// How many scenarios did not come out as they say.
    pub fn failed(&self) -> usize {
        let failed = self.scenarios.iter().filter(|scenario| !scenario.passed());
        failed.count()
    }

    /// How many times the tier ran.
    pub fn runs(&self) -> usize {
        let runs = self
            .scenarios
            .iter()
            .map(|scenario| scenario.runs() as usize);
        runs.sum()
    }
}

/// What came of a trial.
#[derive(Clone, Copy, Debug)]
pub(crate) struct VerifyReport<'a> {
    /// Who was on trial.
    pub resolver: &'a str,
    /// By which rules it was judged.
    pub level: Level,
    /// What the random cases were made from.
    pub seed: u64,
    /// How far the hunt was to go.
    pub extent: Extent<'a>,
    /// After how many seconds it was to end, if after any.
    pub budget_seconds: Option<u64>,
    /// What was tried and found; `None` where only the teeth were shown.
    pub hunt: Option<&'a Hunt>,
    /// What came of the broken resolvers.
    pub teeth: &'a [MutantOutcome],
    /// Whether an interrupt ended it, so that nothing has passed.
    pub interrupted: bool,
    /// The command that meets the counterexample again.
    pub repeat: Option<&'a str>,
}

impl VerifyReport<'_> {
    /// How many broken resolvers were not convicted.
    pub(crate) fn survivors(&self) -> usize {
        let survivors = self.teeth.iter().filter(|tooth| tooth.found.is_none());
        survivors.count()
    }

    /// Whether there is nothing to object to.
    pub(crate) fn passed(&self) -> bool {
        !self.interrupted
            && self.survivors() == 0
            && self.hunt.is_none_or(|hunt| hunt.counterexample.is_none())
    }
}

/// A number of things, such as `1 run` or `2 runs`.
fn plural(count: usize, thing: &str) -> String {
    let ending = if count == 1 { "" } else { "s" };
    format!("{count} {thing}{ending}")
}
