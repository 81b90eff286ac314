//! What the tier takes of a resolver: a plan that owns its facts.

use samever_core::{Base, BasePlan, CommitId, Delta, Inputs, RecipeVersion, Rung, resolve};

/// A base plan that outlives what it was made from.
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
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PlannedBase {
    /// A published version.
    Version {
        /// The version that the tag publishes.
        version: RecipeVersion,
        /// The tag.
        tag: String,
    },
    /// A commit without a tag: the main tip, with its version if that is known.
    Ref {
        /// The commit.
        commit: CommitId,
        /// The version that its label states.
        version: Option<RecipeVersion>,
    },
    /// Nothing, for this reason.
    Skip(String),
}

/// One rule of the chain that was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
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
            Self::Version { version, tag } => write!(formatter, "{version}, tag {tag}"),
            Self::Ref {
                version: Some(version),
                ..
            } => write!(formatter, "{version}, the main tip"),
            Self::Ref { version: None, .. } => formatter.write_str("the main tip"),
            Self::Skip(_) => formatter.write_str("none"),
        }
    }
}

impl OwnedPlan {
    /// Copies what the chain answered.
    pub fn of(plan: &BasePlan<'_>, inputs: &Inputs<'_>) -> Self {
        let base = match plan.base {
            Base::Version(published) => PlannedBase::Version {
                version: published.version().clone(),
                tag: published.tag(),
            },
            Base::Ref(commit) => PlannedBase::Ref {
                commit,
                version: inputs.main_tip.and_then(|tip| tip.version).cloned(),
            },
            Base::Skip(reason) => PlannedBase::Skip(reason.to_string()),
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

/// Who decides from which base to upgrade, and how far the tier trusts it.
#[derive(Clone, Copy)]
pub struct Resolver<'a> {
    /// Its name.
    pub name: &'a str,
    /// Decides, or says why no answer can be given.
    pub decide: &'a (dyn Fn(&Inputs<'_>) -> Result<OwnedPlan, String> + Sync),
    /// Whether the tier refuses an upgrade from a version to itself.
    pub refuses_same_version: bool,
}

/// The chain of this crate.
pub const STEP_BACK: Resolver<'static> = Resolver {
    name: "design-a",
    decide: &design_a,
    refuses_same_version: true,
};

fn design_a(inputs: &Inputs<'_>) -> Result<OwnedPlan, String> {
    match resolve(inputs) {
        Ok(plan) => Ok(OwnedPlan::of(&plan, inputs)),
        Err(undecided) => Err(undecided.to_string()),
    }
}
