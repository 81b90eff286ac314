//! What a scenario is played on: something that can be published to and run.
//!
//! There are two: a real repository with the real tier, and a model in memory
//! that knows neither. The same steps on both must come out the same.

use std::collections::BTreeMap;

use crate::recipe::{CanonicalRecord, ExcludedVersions};
use crate::run::{BaseName, Conditions, PreviousKind, Route, Run, Stage, VerdictKind};
use samever_core::{CommitId, Delta, Policy, Rung, Version};

use super::PlanKind;
use crate::simulate::behaviour::Behaviour;
use crate::simulate::manner::Call;
use crate::simulate::repository::TagKind;

/// One tree of a recipe's history.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Tree {
    /// What it says of its version, in its label or in the file of its scheme, if it does.
    pub(crate) label: Option<String>,
    pub(crate) behaviour: Behaviour,
    pub(crate) files: BTreeMap<String, String>,
    pub(crate) links: BTreeMap<String, String>,
}

impl Tree {
    /// Tells whether nothing but the version labels differs.
    pub(crate) fn is_but_for_the_label(&self, other: &Self) -> bool {
        let unlabelled = |tree: &Self| Self {
            label: None,
            ..tree.clone()
        };
        unlabelled(self) == unlabelled(other)
    }
}

/// One run, as both arms are asked for it.
#[derive(Clone, Copy)]
pub(crate) struct RunOrder<'a> {
    pub(crate) head: &'a str,
    /// The head's version, where a scheme reads it nowhere and it is given by hand.
    pub(crate) head_version: Option<&'a Version>,
    pub(crate) canonical: Option<&'a CanonicalRecord>,
    pub(crate) override_version: Option<&'a Version>,
    pub(crate) declared: Option<&'a str>,
    /// The versions that must not be a base.
    pub(crate) excluded: &'a [ExcludedVersions],
    pub(crate) policy: Policy,
    /// The name of the base, where it is named.
    pub(crate) from: Option<&'a BaseName>,
    pub(crate) route: &'a Route,
    pub(crate) conditions: Conditions,
    /// What fails in this run for no fault of the recipe.
    pub(crate) flaky: Option<Flake>,
}

/// What fails once, for no fault of the recipe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flake {
    /// The check of the head.
    Check,
    /// The program that writes data into the base.
    Seed,
}

/// What came out of a run, in the words of a scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observed {
    /// The kind of the plan.
    pub plan: PlanKind,
    /// The base: its tag, or the version of the main tip.
    pub base: Option<String>,
    /// The rule that decided, where the resolver tells.
    pub rung: Option<Rung>,
    /// The reason of a skip, or the sentence that gives the reason.
    pub reason: String,
    /// The tags of the stops on the way.
    pub stops: Vec<String>,
    /// How base and head compare.
    pub delta: Option<Delta>,
    /// The verdict.
    pub verdict: VerdictKind,
    /// Where it is red.
    pub stage: Option<Stage>,
    /// What became of `previous/`.
    pub previous: PreviousKind,
    /// The settings of the operator's that change nothing any more.
    pub stale: Vec<String>,
    /// The new canonical, if it moved.
    pub promoted: Option<CanonicalRecord>,
}

/// What came out of a run.
#[derive(Clone, Debug)]
pub(crate) struct Ran {
    /// In the words of a scenario, or the message of a run without a verdict.
    pub(crate) observed: Result<Observed, String>,
    /// The whole account, where the arm gives one.
    pub(crate) account: Option<Box<Run>>,
    /// What the deployer was asked and what it said, where that was witnessed.
    pub(crate) calls: Option<Vec<Call>>,
}

/// Something that can be published to and run.
pub(crate) trait Backend {
    /// Why a step could not be played at all.
    type Error;

    /// Commits a tree on top of another commit.
    fn commit(&mut self, parent: Option<CommitId>, tree: &Tree) -> Result<CommitId, Self::Error>;
    /// Makes or moves tags.
    fn tag(&mut self, tags: &[(&str, CommitId, TagKind)]) -> Result<(), Self::Error>;
    /// Deletes a tag.
    fn delete_tag(&mut self, name: &str) -> Result<(), Self::Error>;
    /// Makes or moves a branch, by its full name.
    fn branch(&mut self, name: &str, commit: CommitId) -> Result<(), Self::Error>;
    /// The id of a commit's tree, as it was made, where there are such ids.
    fn tree_id(&self, _: CommitId) -> Result<Option<String>, Self::Error> {
        Ok(None)
    }
    /// Runs the tier once.
    fn run(&mut self, order: &RunOrder<'_>) -> Result<Ran, Self::Error>;
}
