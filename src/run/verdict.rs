//! What a run found.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

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

/// A tree of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The version to upgrade from.
    Base,
    /// A version on the way between them.
    Stop,
    /// The version under test.
    Head,
}

impl Side {
    /// The name of the tree, as the reports have it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Base => "base",
            Self::Stop => "stop",
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
    /// A stop on the way did not deploy over what was before it.
    StopDeploy,
    /// A stop on the way did not work.
    StopCheck,
    /// The head did not deploy over the base, or over the last stop.
    Upgrade,
    /// The head did not deploy by itself, in a run without an upgrade.
    HeadDeploy,
    /// The head did not work.
    HeadCheck,
    /// Data could not be written into the base, or the head does not have it.
    Data,
    /// The head was to refuse the data of the base: it took it, or the base no longer works.
    Refusal,
    /// What ran was not what had been pinned.
    #[schemars(skip)]
    WrongVersion,
    /// The stack was not removed.
    #[schemars(skip)]
    Teardown,
}

impl Stage {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::NoDelta,
        Self::BaseDeploy,
        Self::BaseCheck,
        Self::StopDeploy,
        Self::StopCheck,
        Self::Upgrade,
        Self::HeadDeploy,
        Self::HeadCheck,
        Self::Data,
        Self::Refusal,
        Self::WrongVersion,
        Self::Teardown,
    ];

    /// The tree that the stage deploys or checks: base and stop at their own two
    /// stages, the head at all others.
    pub const fn side(self) -> Side {
        match self {
            Self::BaseDeploy | Self::BaseCheck => Side::Base,
            Self::StopDeploy | Self::StopCheck => Side::Stop,
            Self::NoDelta
            | Self::Upgrade
            | Self::HeadDeploy
            | Self::HeadCheck
            | Self::Data
            | Self::Refusal
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
            Self::StopDeploy => "stop-deploy",
            Self::StopCheck => "stop-check",
            Self::Upgrade => "upgrade",
            Self::HeadDeploy => "head-deploy",
            Self::HeadCheck => "head-check",
            Self::Data => "data",
            Self::Refusal => "refusal",
            Self::WrongVersion => "wrong-version",
            Self::Teardown => "teardown",
        }
    }
}

/// A verdict as data.
#[derive(Serialize, Deserialize)]
struct VerdictFields {
    verdict: VerdictKind,
    stage: Option<Stage>,
    why: Option<String>,
}

impl From<Verdict> for VerdictFields {
    fn from(verdict: Verdict) -> Self {
        let kind = verdict.kind();
        let (stage, why) = match verdict {
            Verdict::Red { stage, why } => (Some(stage), Some(why)),
            Verdict::Green | Verdict::Skipped => (None, None),
        };
        Self {
            verdict: kind,
            stage,
            why,
        }
    }
}

impl TryFrom<VerdictFields> for Verdict {
    type Error = &'static str;

    fn try_from(fields: VerdictFields) -> Result<Self, Self::Error> {
        match (fields.verdict, fields.stage, fields.why) {
            (VerdictKind::Green, None, None) => Ok(Self::Green),
            (VerdictKind::Skipped, None, None) => Ok(Self::Skipped),
            (VerdictKind::Red, Some(stage), Some(why)) => Ok(Self::Red { stage, why }),
            _ => Err("a red verdict has a stage and a reason, and no other has one"),
        }
    }
}
