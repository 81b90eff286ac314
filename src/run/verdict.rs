//! What a run found.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::recipe::TreeId;
use samever_core::{CommitId, RecipeVersion};

use crate::run::deployer::Deployed;
use crate::run::plan::OwnedPlan;
use crate::run::promotion::Promotion;

/// The outcome of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
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
    Skipped {
        /// The plan's reason.
        reason: String,
    },
}

impl Verdict {
    /// The name of the verdict, as the reports have it.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Green => "green",
            Self::Red { .. } => "red",
            Self::Skipped { .. } => "skipped",
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

/// One run of the upgrade tier.
#[derive(Clone, Debug)]
pub struct Run {
    /// The recipe's name.
    pub recipe: String,
    /// The commit under test.
    pub head: CommitId,
    /// Its version, or why that cannot be read.
    pub head_version: Result<RecipeVersion, String>,
    /// From which base, and why.
    pub plan: OwnedPlan,
    /// The outcome.
    pub verdict: Verdict,
    /// What the outcome rests on.
    pub evidence: Evidence,
    /// Whether the canonical moves.
    pub promotion: Promotion,
}

/// What was pinned, and what was read back from the stack.
#[derive(Clone, Debug, Default)]
pub struct Evidence {
    /// Of the base, where there is one.
    pub base: Option<StackEvidence>,
    /// Of the head.
    pub head: Option<StackEvidence>,
    /// What became of `previous/`.
    pub previous: PreviousUse,
}

/// What was pinned of one tree, and what the stack then ran.
#[derive(Clone, Debug)]
pub struct StackEvidence {
    /// The commit.
    pub commit: CommitId,
    /// Its tree, as checked out and proved.
    pub tree: TreeId,
    /// What the stack ran after the deployment, if it came to that.
    pub deployed: Option<Deployed>,
}

/// What became of a recipe's `previous/`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum PreviousUse {
    /// There is none, or no base to apply it to.
    #[default]
    None,
    /// It was laid over the base.
    Applied,
    /// It is for this version, which is not the base.
    Stale(RecipeVersion),
}

impl PreviousUse {
    /// The name of the use, as the reports have it.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Applied => "applied",
            Self::Stale(_) => "stale",
        }
    }
}
