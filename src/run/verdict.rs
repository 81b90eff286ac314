//! What a run found.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::recipe::{CanonicalRecord, TreeId};
use samever_core::{CommitId, Delta, Head, RecipeVersion, Rung};

use crate::run::deployer::Deployed;
use crate::run::plan::{PlannedBase, PlannedStep};
use crate::run::promotion::Promotion;
use crate::run::record::{VerdictFields, label};

/// The outcome of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "VerdictFields", into = "VerdictFields")]
pub enum Verdict {
    /// The upgrade went well.
    Green,
    /// It did not.
    Red {
        /// Where it failed.
        stage: Stage,
        /// What was found.
        why: String,
    },
    /// There was no upgrade to test, for the plan's reason; the head alone was
    /// deployed and went well.
    Skipped,
}

impl Verdict {
    /// Where it failed, of a red one.
    pub const fn stage(&self) -> Option<Stage> {
        match self {
            Self::Red { stage, .. } => Some(*stage),
            Self::Green | Self::Skipped => None,
        }
    }

    /// The kind of the verdict.
    pub const fn kind(&self) -> VerdictKind {
        match self {
            Self::Green => VerdictKind::Green,
            Self::Red { .. } => VerdictKind::Red,
            Self::Skipped => VerdictKind::Skipped,
        }
    }
}

/// A verdict
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum VerdictKind {
    /// `green`
    Green,
    /// `red`
    Red,
    /// `skipped`
    Skipped,
}

impl VerdictKind {
    /// The name of the verdict, as the reports have it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Green => "green",
            Self::Red => "red",
            Self::Skipped => "skipped",
        }
    }
}

/// One of the two trees of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The version to upgrade from.
    Base,
    /// The version under test.
    Head,
}

impl Side {
    /// The name of the tree, as the reports have it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Base => "base",
            Self::Head => "head",
        }
    }
}

/// A stage of a run; also the place where a red run failed.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// Base and head are the same version, so the upgrade would test nothing.
    NoDelta,
    /// The base did not deploy: never blamed on the head.
    BaseDeploy,
    /// The base did not work.
    BaseCheck,
    /// The head did not deploy over the base.
    Upgrade,
    /// The head did not deploy by itself, in a run without an upgrade.
    HeadDeploy,
    /// The head did not work.
    HeadCheck,
    /// What ran was not what had been pinned.
    #[schemars(skip)]
    WrongVersion,
    /// The stack was not removed.
    #[schemars(skip)]
    Teardown,
}

impl Stage {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::NoDelta,
        Self::BaseDeploy,
        Self::BaseCheck,
        Self::Upgrade,
        Self::HeadDeploy,
        Self::HeadCheck,
        Self::WrongVersion,
        Self::Teardown,
    ];

    /// The tree that the stage deploys or checks: the base at its own two
    /// stages, the head at all others.
    pub const fn side(self) -> Side {
        match self {
            Self::BaseDeploy | Self::BaseCheck => Side::Base,
            Self::NoDelta
            | Self::Upgrade
            | Self::HeadDeploy
            | Self::HeadCheck
            | Self::WrongVersion
            | Self::Teardown => Side::Head,
        }
    }

    /// The name of the stage, as the reports have it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::NoDelta => "no-delta",
            Self::BaseDeploy => "base-deploy",
            Self::BaseCheck => "base-check",
            Self::Upgrade => "upgrade",
            Self::HeadDeploy => "head-deploy",
            Self::HeadCheck => "head-check",
            Self::WrongVersion => "wrong-version",
            Self::Teardown => "teardown",
        }
    }
}

/// One run of the upgrade tier. Its serialization is the one of the reports and
/// of what a sweep keeps; the recipe's name stands beside it there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// The recipe's name.
    #[serde(skip)]
    pub recipe: String,
    /// From what the upgrade started.
    pub plan: PlannedBase,
    /// The rule that decided, where the resolver tells.
    pub rung: Option<Rung>,
    /// One sentence of why; empty where the resolver gives none.
    pub reason: String,
    /// How the base compares to the head; `None` for a skip.
    pub delta: Option<Delta>,
    /// What was tested.
    pub head: TestedHead,
    /// The outcome.
    #[serde(flatten)]
    pub verdict: Verdict,
    /// What the outcome rests on.
    pub evidence: Evidence,
    /// Whether the canonical moves.
    pub promotion: Promotion,
    /// Every rule that was asked, in order.
    pub trail: Vec<PlannedStep>,
}

/// What was tested.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestedHead {
    /// The commit.
    pub commit: CommitId,
    /// Its version, or why that cannot be read.
    #[serde(flatten, with = "label")]
    pub version: Result<RecipeVersion, String>,
}

impl TestedHead {
    /// The head that a resolver was asked about.
    pub(crate) fn of(head: &Head<'_>) -> Self {
        Self {
            commit: head.commit,
            version: head.version.cloned().map_err(str::to_owned),
        }
    }

    /// The record of a green run of this head, where its version is known.
    pub(crate) fn record(&self, recipe: &str) -> Option<CanonicalRecord> {
        Some(CanonicalRecord {
            recipe: Some(recipe.to_owned()),
            version: self.version.as_ref().ok()?.clone(),
            commit: Some(self.commit),
        })
    }
}

/// What was pinned, and what was read back from the stack.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// Of the base, where there is one.
    pub base: Option<StackEvidence>,
    /// Of the head.
    pub head: Option<StackEvidence>,
    /// What became of `previous/`.
    pub previous: PreviousKind,
    /// The version that a stale `previous/` is for.
    pub previous_version: Option<RecipeVersion>,
}

/// What was pinned of one tree, and what the stack then ran.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StackEvidence {
    /// The commit.
    pub commit: CommitId,
    /// Its tree, as checked out and proved.
    #[serde(rename = "pinned_tree")]
    pub tree: TreeId,
    /// What the stack ran after the deployment, if it came to that.
    pub deployed: Option<Deployed>,
}

/// What became of `previous/`
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum PreviousKind {
    /// `none`
    #[default]
    None,
    /// `applied`
    Applied,
    /// `stale`
    Stale,
}

impl PreviousKind {
    /// The name of the use, as the reports have it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Applied => "applied",
            Self::Stale => "stale",
        }
    }
}
