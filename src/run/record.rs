//! One run as data: what the reports show and what a sweep keeps of it.

use serde::{Deserialize, Serialize, Serializer};

use crate::run::deployer::Deployed;
use crate::run::plan::PlannedBase;
use crate::run::promotion::{NotPromoted, Promotion};
use crate::run::verdict::{PreviousUse, Run, StackEvidence, Verdict};

/// A run of the tier, in texts; what is not known is `null`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RunRecord {
    /// The base.
    pub plan: BaseRecord,
    /// The rule that decided, where the resolver tells.
    pub rung: Option<String>,
    /// One sentence of why.
    pub reason: String,
    /// How the base compares to the head; `None` for a skip.
    pub delta: Option<String>,
    /// What was tested.
    pub head: HeadRecord,
    /// `green`, `red` or `skipped`.
    pub verdict: String,
    /// Where it failed, of a red run.
    pub stage: Option<String>,
    /// How it failed, of a red run.
    pub why: Option<String>,
    /// What the verdict rests on.
    pub evidence: EvidenceRecord,
    /// Whether the canonical moves.
    pub promotion: PromotionRecord,
    /// Every rule that was asked, in order.
    pub trail: Vec<StepRecord>,
}

/// From what the upgrade started.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub(crate) enum BaseRecord {
    /// A published version.
    Version {
        /// The version.
        version: String,
        /// Its tag.
        tag: String,
        /// The tag's commit, where the run came to that.
        commit: Option<String>,
    },
    /// A commit without a tag.
    Ref {
        /// The commit.
        commit: String,
        /// The version that its label states.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        version: Option<String>,
    },
    /// Nothing.
    Skip {
        /// The reason.
        reason: String,
    },
}

/// What was tested.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct HeadRecord {
    /// The commit.
    pub commit: String,
    /// Its version.
    pub version: Option<String>,
    /// Why the version is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

/// What the verdict rests on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct EvidenceRecord {
    /// Of the base.
    pub base: Option<StackRecord>,
    /// Of the head.
    pub head: Option<StackRecord>,
    /// What became of `previous/`: `none`, `applied` or `stale`.
    pub previous: String,
    /// The version that a stale one is for.
    pub previous_version: Option<String>,
}

/// What was pinned of one tree, and what the stack then ran.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct StackRecord {
    /// The commit.
    pub commit: String,
    /// Its tree.
    pub pinned_tree: String,
    /// What the stack ran, if it came to that.
    pub deployed: Option<DeployedRecord>,
}

/// What the stack ran.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct DeployedRecord {
    /// The version.
    pub version: Option<String>,
    /// Why the version is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// The image of the running `app`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// The tree.
    pub tree: Option<String>,
    /// The version that last wrote the stack's data.
    pub data_version: Option<String>,
}

/// Whether the canonical moved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PromotionRecord {
    /// Whether it did.
    pub promoted: bool,
    /// Why it did or did not.
    pub because: String,
}

/// One rule that was asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct StepRecord {
    /// Which rule.
    pub rung: String,
    /// Whether it left the decision to the next.
    pub passed: bool,
    /// Why it passed or decided.
    pub because: String,
}

impl RunRecord {
    /// Puts a run into texts.
    pub(crate) fn of(run: &Run) -> Self {
        let base_commit = run.evidence.base.as_ref().map(|base| base.commit);
        let (stage, why) = match &run.verdict {
            Verdict::Red { stage, why } => (Some(stage.name().to_owned()), Some(why.clone())),
            Verdict::Green | Verdict::Skipped { .. } => (None, None),
        };
        let plan = &run.plan;
        Self {
            plan: BaseRecord::of(&plan.base, base_commit.map(|commit| commit.to_string())),
            rung: plan.rung.map(|rung| rung.name().to_owned()),
            reason: plan.reason.clone(),
            delta: plan.delta.map(|delta| delta.name().to_owned()),
            head: HeadRecord {
                commit: run.head.to_string(),
                version: run.head_version.as_ref().ok().map(ToString::to_string),
                why: run.head_version.clone().err(),
            },
            verdict: run.verdict.name().to_owned(),
            stage,
            why,
            evidence: EvidenceRecord {
                base: run.evidence.base.as_ref().map(StackRecord::of),
                head: run.evidence.head.as_ref().map(StackRecord::of),
                previous: run.evidence.previous.name().to_owned(),
                previous_version: match &run.evidence.previous {
                    PreviousUse::Stale(version) => Some(version.to_string()),
                    PreviousUse::None | PreviousUse::Applied => None,
                },
            },
            promotion: PromotionRecord::of(&run.promotion),
            trail: plan
                .trail
                .iter()
                .map(|step| StepRecord {
                    rung: step.rung.name().to_owned(),
                    passed: step.passed,
                    because: step.because.clone(),
                })
                .collect(),
        }
    }
}

impl Serialize for Run {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        RunRecord::of(self).serialize(serializer)
    }
}

impl BaseRecord {
    /// Puts a base into texts.
    pub(crate) fn of(base: &PlannedBase, base_commit: Option<String>) -> Self {
        match base {
            PlannedBase::Version { version, tag } => Self::Version {
                version: version.to_string(),
                tag: tag.clone(),
                commit: base_commit,
            },
            PlannedBase::Ref { commit, version } => Self::Ref {
                commit: commit.to_string(),
                version: version.as_ref().map(ToString::to_string),
            },
            PlannedBase::Skip(reason) => Self::Skip {
                reason: reason.clone(),
            },
        }
    }
}

impl StackRecord {
    fn of(evidence: &StackEvidence) -> Self {
        Self {
            commit: evidence.commit.to_string(),
            pinned_tree: evidence.tree.to_string(),
            deployed: evidence.deployed.as_ref().map(DeployedRecord::of),
        }
    }
}

impl DeployedRecord {
    fn of(deployed: &Deployed) -> Self {
        let version = deployed.version.as_ref();
        Self {
            version: version
                .and_then(|version| version.as_ref().ok())
                .map(ToString::to_string),
            why: match version {
                Some(version) => version.clone().err(),
                None => Some("the deployer does not tell".to_owned()),
            },
            image: deployed.image.clone(),
            tree: deployed.tree.map(|tree| tree.to_string()),
            data_version: deployed.data_version.as_ref().map(ToString::to_string),
        }
    }
}

impl PromotionRecord {
    fn of(promotion: &Promotion) -> Self {
        match promotion {
            Promotion::Promoted(_) => Self {
                promoted: true,
                because: "the run is green, cold and of the latest".to_owned(),
            },
            Promotion::Unchanged => Self::refused("the canonical says so already"),
            Promotion::Refused(why) => Self::not_promoted(*why),
        }
    }

    /// The canonical does not move, by the rule.
    pub(crate) fn not_promoted(why: NotPromoted) -> Self {
        Self::refused(&why.to_string())
    }

    /// The canonical does not move, for this reason.
    pub(crate) fn refused(why: &str) -> Self {
        Self {
            promoted: false,
            because: why.to_owned(),
        }
    }
}
