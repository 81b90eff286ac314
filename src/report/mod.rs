//! Results as text for people and as JSON for programs.

mod json;
mod plan_json;
mod plan_text;

use crate::resolve::{BasePlan, CommitId, Inputs};

pub use plan_json::write_plan_json;
pub use plan_text::write_plan_text;

/// A base plan with what a reader needs to know around it.
#[derive(Clone, Copy, Debug)]
pub struct PlanReport<'a> {
    /// The recipe's name.
    pub recipe: &'a str,
    /// What the chain was told.
    pub inputs: &'a Inputs<'a>,
    /// What it answered.
    pub plan: &'a BasePlan<'a>,
    /// The commit of the base, if there is a base.
    pub base_commit: Option<CommitId>,
}
