//! A base plan that outlives what it was made from, and the resolvers that make
//! one.

use serde::{Deserialize, Serialize};

use samever_core::{Base, BasePlan, CommitId, Delta, Inputs, Rung, Version, resolve};

/// A base plan that owns its facts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnedPlan {
    /// The base.
    pub base: PlannedBase,
    /// The rule that decided, where the resolver tells.
    pub rung: Option<Rung>,
    /// One sentence of why; empty where the resolver gives none.
    pub reason: String,
    /// How the base compares to the head; `None` for a skip.
    pub delta: Option<Delta>,
    /// Every rule that was asked, in order.
    pub trail: Vec<PlannedStep>,
}

/// What the upgrade starts from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum PlannedBase {
    /// A published version.
    Version {
        /// The version that the tag publishes.
        version: Version,
        /// The tag.
        tag: String,
        /// The tag's commit, once it is known.
        commit: Option<CommitId>,
    },
    /// A commit without a tag: the main tip.
    Ref {
        /// The commit.
        commit: CommitId,
        /// The version that its label states, if that is known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        version: Option<Version>,
    },
    /// Nothing.
    Skip {
        /// The reason.
        reason: String,
    },
}

/// One rule of the chain that was asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedStep {
    /// Which rule.
    pub rung: Rung,
    /// Whether it left the decision to the next rule.
    pub passed: bool,
    /// Why it passed or how it decided.
    pub because: String,
}

impl std::fmt::Display for PlannedBase {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Version { version, tag, .. } => write!(formatter, "{version}, tag {tag}"),
            Self::Ref {
                version: Some(version),
                ..
            } => write!(formatter, "{version}, the main tip"),
            Self::Ref { version: None, .. } => formatter.write_str("the main tip"),
            Self::Skip { .. } => formatter.write_str("none"),
        }
    }
}

impl PlannedBase {
    /// The version of the base, if there is a base and its version is known.
    pub const fn version(&self) -> Option<&Version> {
        match self {
            Self::Version { version, .. } => Some(version),
            Self::Ref { version, .. } => version.as_ref(),
            Self::Skip { .. } => None,
        }
    }

    /// The commit of the base, if there is a base and its commit is known.
    pub const fn commit(&self) -> Option<CommitId> {
        match self {
            Self::Version { commit, .. } => *commit,
            Self::Ref { commit, .. } => Some(*commit),
            Self::Skip { .. } => None,
        }
    }

    /// Tells whether there is no base.
    pub const fn is_skip(&self) -> bool {
        matches!(self, Self::Skip { .. })
    }

    /// How the base compares to a head; `None` for a skip.
    pub(crate) fn delta(&self, head: Option<&Version>) -> Option<Delta> {
        (!self.is_skip()).then(|| Delta::between(self.version(), head))
    }
}

impl From<&BasePlan<'_>> for OwnedPlan {
    fn from(plan: &BasePlan<'_>) -> Self {
        let base = match plan.base {
            Base::Version(published) => PlannedBase::Version {
                version: published.version().clone(),
                tag: published.tag(),
                commit: None,
            },
            Base::Ref(commit) => PlannedBase::Ref {
                commit,
                version: None,
            },
            Base::Skip(reason) => PlannedBase::Skip {
                reason: reason.to_string(),
            },
        };
        let trail = plan.trail.iter().map(|step| PlannedStep {
            rung: step.rung,
            passed: step.passed,
            because: step.because.to_string(),
        });
        Self {
            base,
            rung: Some(plan.rung()),
            reason: plan.reason().to_string(),
            delta: plan.delta,
            trail: trail.collect(),
        }
    }
}

/// What decides from which base to upgrade, and how far a run trusts it.
#[derive(Clone, Copy)]
pub struct Resolver<'a> {
    /// Its name.
    pub name: &'a str,
    /// Decides, or says why no answer can be given.
    pub decide: &'a (dyn Fn(&Inputs<'_>) -> Result<OwnedPlan, String> + Sync),
    /// Whether a run refuses an upgrade from a version to itself.
    pub refuses_same_version: bool,
}

/// The chain of this crate.
pub const STEP_BACK: Resolver<'static> = Resolver {
    name: "design-a",
    decide: &design_a,
    refuses_same_version: true,
};

fn design_a(inputs: &Inputs<'_>) -> Result<OwnedPlan, String> {
    let plan = resolve(inputs).map_err(|error| error.to_string())?;
    let mut plan = OwnedPlan::from(&plan);
    if let PlannedBase::Ref { version, .. } = &mut plan.base {
        *version = inputs.main_tip.and_then(|tip| tip.version).cloned();
    }
    Ok(plan)
}
