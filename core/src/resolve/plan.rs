//! The answer of the chain.

use crate::version::{PublishedVersion, Version};

use super::{CommitId, Reason, SkipReason};

/// From which base to upgrade, and the rules that were asked.
#[derive(Clone, Debug)]
pub struct BasePlan<'a> {
    /// The base.
    pub base: Base<'a>,
    /// How the base compares to the head; `None` for a skip, which has no base.
    pub delta: Option<Delta>,
    /// Every rule that was asked, in order; the last one decided.
    pub trail: Vec<Step<'a>>,
}

impl<'a> BasePlan<'a> {
    fn decision(&self) -> &Step<'a> {
        self.trail
            .last()
            .expect("a plan's trail ends with the rule that decided")
    }

    /// The rule that decided.
    pub fn rung(&self) -> Rung {
        self.decision().rung
    }

    /// One sentence of why; [`Display`](std::fmt::Display) writes it.
    pub fn reason(&self) -> &Reason<'a> {
        &self.decision().because
    }
}

/// What the upgrade starts from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Base<'a> {
    /// A published version, deployed from exactly its tag.
    Version(&'a PublishedVersion),
    /// A commit without a tag: the main tip.
    Ref(CommitId),
    /// Nothing: there is no upgrade to test, and this is why.
    Skip(SkipReason<'a>),
}

/// One rule of the chain that was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step<'a> {
    /// Which rule.
    pub rung: Rung,
    /// Whether it left the decision to the next rule.
    pub passed: bool,
    /// Why it passed or how it decided.
    pub because: Reason<'a>,
}

/// A rule of the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case")
)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
pub enum Rung {
    /// The upgrade tier is declared not applicable.
    Declared,
    /// The operator gives the base version.
    Override,
    /// The last-green version is older than the head.
    Canonical,
    /// The last-green version is not older: the newest published version that is.
    StepBack,
    /// No canonical, policy `release-first`: the newest older published version.
    Release,
    /// No canonical: the main tip.
    MainTip,
}

impl Rung {
    /// The name of the rule, as the JSON plan has it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Declared => "declared",
            Self::Override => "override",
            Self::Canonical => "canonical",
            Self::StepBack => "step-back",
            Self::Release => "release",
            Self::MainTip => "main-tip",
        }
    }
}

/// How the base compares to the head.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case")
)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
pub enum Delta {
    /// The base is strictly older: a real upgrade.
    Forward,
    /// They are the same version: an upgrade that tests nothing.
    None,
    /// The base is newer: an upgrade that runs backwards.
    Backward,
    /// One of the two versions cannot be read, or the order does not compare them.
    Unknown,
}

impl Delta {
    /// Compares a base with a head; it is unknown where one of the two is.
    pub fn between(base: Option<&Version>, head: Option<&Version>) -> Self {
        match (base, head) {
            (Some(base), Some(head)) if base.is_same_version(head) => Self::None,
            (Some(base), Some(head)) if !base.is_comparable(head) => Self::Unknown,
            (Some(base), Some(head)) if base < head => Self::Forward,
            (Some(_), Some(_)) => Self::Backward,
            (None, _) | (_, None) => Self::Unknown,
        }
    }

    /// The name of the delta, as the JSON plan has it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Forward => "forward",
            Self::None => "none",
            Self::Backward => "backward",
            Self::Unknown => "unknown",
        }
    }
}
