//! One run of the upgrade tier, in the order in which things happen.

use samever_core::{CommitId, Delta, Head, Inputs, PublishedSet, Rung, Version};
use serde::{Deserialize, Serialize};

use crate::recipe::{CanonicalRecord, Facts, Recipe, RecipeError, TreeId};

use crate::run::checkout::{Checkout, pin, pin_base};
use crate::run::deployer::{DeployError, Deployer};
use crate::run::evidence::{Deployed, Evidence, StackEvidence, TestedHead};
use crate::run::plan::{PlannedBase, PlannedStep};
use crate::run::promotion::{Candidate, NotPromoted, Promotion, promote, refusal};
use crate::run::request::{RunError, RunRequest};
use crate::run::verdict::{Side, Stage, Verdict};

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
    /// What the canonical becomes where it moves.
    #[serde(skip)]
    pub record: Option<CanonicalRecord>,
    /// Every rule that was asked, in order.
    pub trail: Vec<PlannedStep>,
    /// The settings of the operator's that change nothing any more.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stale: Vec<String>,
    /// What a reader should know of the repository beside the decision.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// What a reader must know of a run in which the deployer tells nothing.
const UNSEEN: &str = "nothing shows what ran: the deploy program did not say which version runs; \
                      have it write the version that it sees running to $SAMEVER_DEPLOYED_VERSION";

/// What a reader must know of a run on a commit past its version's tag.
const UNTESTED: &str = "the release itself was not tested; test its tag, with `head: latest` \
                        (nightly) or --head refs/tags/TAG (upgrade)";

/// What a reader must know of a run from a newer base.
const DOWNGRADE: &str = "the base is newer than the head, so what ran is a downgrade; no upgrade \
                         was tested: give a base that is older";

/// Runs the tier once.
///
/// # Errors
///
/// No base can be named or pinned, or something of the environment fails. That
/// the recipe does not deploy or work is no error but a red verdict.
pub fn test_upgrade(
    recipe: &Recipe,
    request: &RunRequest<'_>,
    deployer: &mut dyn Deployer,
) -> Result<Run, RunError> {
    let facts = Facts::gather(recipe, request.request)?;
    let inputs = facts.inputs();
    let decided = (request.resolver.decide)(&inputs).map_err(RunError::ResolveError)?;
    let mut plan = decided.base;
    let mut evidence = Evidence::default();
    let head = pin(
        recipe,
        inputs.head.commit,
        &request.work_folder.join("head"),
        inputs.head.version,
    )?;
    evidence.head = Some(head.evidence());
    let base = pin_base(recipe, &mut plan, request, &mut evidence)?;
    let refuses = request.resolver.refuses_same_version;
    let nothing_new = match &base {
        Some(base) if refuses => same_version(recipe, base, &head)?,
        Some(_) | None => None,
    };
    deployer.announce(base.as_ref(), &head);
    let ended = require_labels(&plan, &inputs.head, base.as_ref(), &head).and_then(|()| {
        match (&base, nothing_new) {
            (None, _) => deploy_head(deployer, &head, Stage::HeadDeploy, &mut evidence),
            (Some(_), Some(why)) => Err(End::Red(Stage::NoDelta, why)),
            (Some(base), None) => upgrade(refuses, deployer, base, &head, &mut evidence),
        }
    });
    let ended = end_of_all(ended, deployer.teardown());
    let verdict = match ended {
        Ok(()) if plan.is_skip() => Verdict::Skipped,
        Ok(()) => Verdict::Green,
        Err(End::Red(stage, why)) => Verdict::Red { stage, why },
        Err(End::Unusable(why)) => return Err(RunError::Deployer(why)),
        Err(End::Interrupted(None)) => return Err(RunError::Interrupted),
        Err(End::Interrupted(Some(left))) => return Err(RunError::InterruptedAndLeft(left)),
    };
    let mut notes = facts.notes().to_vec();
    notes.extend(base.and_then(|base| unknown_delta(recipe, decided.delta, &base, &head)));
    notes.extend((decided.delta == Some(Delta::Backward)).then(|| DOWNGRADE.to_owned()));
    notes.extend((verdict.stage().is_none() && !evidence.is_seen()).then(|| UNSEEN.to_owned()));
    let written = head.tree;
    let head = TestedHead::of(&inputs.head);
    let candidate = Candidate {
        recipe: facts.recipe(),
        conditions: request.conditions,
        verdict: &verdict,
        is_seen: evidence.is_seen(),
        head: &head,
        published: inputs.published,
        canonical: request.request.canonical.as_ref(),
        release: release(recipe, inputs.published, written),
    };
    let (promotion, record) = (promote(&candidate), candidate.record());
    let is_untested = refusal(&candidate) == Some(NotPromoted::NotTheRelease);
    notes.extend(is_untested.then(|| UNTESTED.to_owned()));
    notes.extend(moved_tag(&inputs));
    Ok(Run {
        recipe: facts.recipe().to_owned(),
        plan,
        rung: decided.rung,
        reason: decided.reason,
        delta: decided.delta,
        head,
        verdict,
        evidence,
        promotion,
        record,
        trail: decided.trail,
        stale: facts.stale(),
        notes,
    })
}

/// The commit of the newest published version, where that has this tree.
fn release(recipe: &Recipe, published: &PublishedSet, tree: TreeId) -> Option<CommitId> {
    let commit = recipe.tag_commit(&published.newest()?.tag()).ok()?;
    (recipe.tree(commit).ok()? == tree).then_some(commit)
}

/// What a reader must know where the tag of the canonical has moved.
fn moved_tag(inputs: &Inputs<'_>) -> Option<String> {
    let canonical = inputs.canonical.as_ref()?;
    let (then, now) = (canonical.commit?, canonical.tag_commit?);
    (then != now).then(|| {
        format!(
            "the tag of the canonical {} has moved: it led to {} when that was green, and leads to \
             {} now",
            canonical.version,
            then.short(),
            now.short()
        )
    })
}

/// What to do where a commit of a recipe states no version.
const LABEL_EACH: &str = "; give each commit of the main branch its version label, \
                          coop-cloud.<name>.version, under services.app.deploy.labels";

/// What a reader must know of a run in which it is not known whether anything
/// was upgraded.
fn unknown_delta(
    recipe: &Recipe,
    delta: Option<Delta>,
    base: &Checkout,
    head: &Checkout,
) -> Option<String> {
    let (side, why) = match (&base.version, &head.version) {
        (_, Err(why)) => (Side::Head, why),
        (Err(why), Ok(_)) => (Side::Base, why),
        (Ok(_), Ok(_)) => return None,
    };
    (delta == Some(Delta::Unknown)).then(|| {
        format!(
            "it is not known whether the head is newer than the base: the {} states no version \
             ({why}){}",
            side.name(),
            if recipe.scheme().is_of_recipes() {
                LABEL_EACH
            } else {
                ""
            }
        )
    })
}

/// Why a run ends before its last step.
enum End {
    Red(Stage, String),
    Unusable(String),
    Interrupted(Option<String>),
}

/// What came first is the outcome; a teardown that failed as well is told with
/// it.
fn end_of_all(ended: Result<(), End>, torn_down: Result<(), DeployError>) -> Result<(), End> {
    let Err(error) = torn_down else {
        return ended;
    };
    let left = |why: String| format!("{why}; the teardown failed too: {error}");
    Err(match ended {
        Ok(()) => end(error, Stage::Teardown),
        Err(End::Red(stage, why)) => End::Red(stage, left(why)),
        Err(End::Unusable(why)) => End::Unusable(left(why)),
        Err(End::Interrupted(_)) => End::Interrupted(Some(format!("the teardown failed: {error}"))),
    })
}

fn upgrade(
    refuses_same_version: bool,
    deployer: &mut dyn Deployer,
    base: &Checkout,
    head: &Checkout,
    evidence: &mut Evidence,
) -> Result<(), End> {
    let stages = (Stage::BaseDeploy, Stage::BaseCheck);
    let outcome = deploy(deployer, base, stages);
    record(&mut evidence.base, outcome)?;
    deployer.seed().map_err(|error| end(error, Stage::Data))?;
    deploy_head(deployer, head, Stage::Upgrade, evidence)?;
    if refuses_same_version {
        require_delta(evidence)?;
    }
    deployer.verify().map_err(|error| end(error, Stage::Data))
}

/// The versions that the plan names must be the labels of the trees that were
/// written: what is reported and recorded is what is deployed.
fn require_labels(
    plan: &PlannedBase,
    planned_head: &Head<'_>,
    base: Option<&Checkout>,
    head: &Checkout,
) -> Result<(), End> {
    let label = |version: Result<&Version, &str>| match version {
        Ok(version) => version.to_string(),
        Err(why) => format!("no version that can be read ({why})"),
    };
    let require = |holds: bool, side: Side, planned, written: &Checkout| {
        let written = written.version.as_ref().map_err(String::as_str);
        let (side, planned, written) = (side.name(), label(planned), label(written));
        let why =
            format!("the plan's {side} is {planned}, but the tree that was written says {written}");
        if holds {
            Ok(())
        } else {
            Err(End::Red(Stage::WrongVersion, why))
        }
    };
    let planned = planned_head.version;
    let holds = planned.ok() == head.version.as_ref().ok();
    require(holds, Side::Head, planned, head)?;
    match (plan.version(), base) {
        (Some(planned), Some(base)) => {
            let written = base.version.as_ref();
            let holds = written.is_ok_and(|written| written.is_same_version(planned));
            require(holds, Side::Base, Ok(planned), base)
        }
        (Some(_) | None, _) => Ok(()),
    }
}

/// The stack itself says that nothing was upgraded: that counts also where the
/// trees' labels could not be compared.
fn require_delta(evidence: &Evidence) -> Result<(), End> {
    let ran = |stack: &Option<StackEvidence>| {
        let deployed = stack.as_ref()?.deployed.as_ref()?;
        deployed.version.as_ref()?.as_ref().ok().cloned()
    };
    match (ran(&evidence.base), ran(&evidence.head)) {
        (Some(base), Some(head)) if base.is_same_version(&head) => Err(End::Red(
            Stage::NoDelta,
            format!(
                "the stack ran {base} before the upgrade and {head} after it: an upgrade from a \
                 version to itself tests nothing"
            ),
        )),
        (Some(_) | None, Some(_) | None) => Ok(()),
    }
}

fn deploy_head(
    deployer: &mut dyn Deployer,
    head: &Checkout,
    at_deploy: Stage,
    evidence: &mut Evidence,
) -> Result<(), End> {
    let stages = (at_deploy, Stage::HeadCheck);
    let outcome = deploy(deployer, head, stages);
    record(&mut evidence.head, outcome)
}

/// "Base and head whose trees carry the same version label are a same-version
/// no-op whatever the tag names say", and so are two commits with one tree, and
/// two trees that differ in a label alone that one of them has lost.
fn same_version(
    recipe: &Recipe,
    base: &Checkout,
    head: &Checkout,
) -> Result<Option<String>, RecipeError> {
    Ok(match (&base.version, &head.version) {
        (Ok(base), Ok(head)) if base.is_same_version(head) => Some(format!(
            "the base's tree says {base} and the head's {head}: an upgrade from a version to \
             itself tests nothing"
        )),
        _ if base.tree == head.tree => Some(
            "base and head have the same files: an upgrade from a tree to itself tests nothing"
                .to_owned(),
        ),
        (Ok(_), Ok(_)) => None,
        (Err(_), _) | (_, Err(_)) => {
            let is_alone = recipe.differ_in_label_alone(base.commit, head.commit)?;
            is_alone.then(|| {
                "base and head differ in the version label alone, and one of them has none: an \
                 upgrade from a tree to itself tests nothing; give the head its version label"
                    .to_owned()
            })
        }
    })
}

/// Deploys a tree, checks it, and reads back what is deployed, which must be
/// what was pinned. What was read back is kept also where the check fails.
fn deploy(
    deployer: &mut dyn Deployer,
    pinned: &Checkout,
    (at_deploy, at_check): (Stage, Stage),
) -> (Option<Deployed>, Result<(), End>) {
    if let Err(error) = deployer.deploy(at_deploy, pinned) {
        return (None, Err(end(error, at_deploy)));
    }
    let read_back = match deployer.deployed() {
        Ok(read_back) => read_back,
        Err(error) => return (None, Err(end(error, at_check))),
    };
    let checked = require_pinned(at_deploy.side(), &read_back, pinned).and_then(|()| {
        deployer
            .check(at_check)
            .map_err(|error| end(error, at_check))
    });
    (Some(read_back), checked)
}

/// What runs must be what was pinned, as far as both are known.
fn require_pinned(side: Side, deployed: &Deployed, pinned: &Checkout) -> Result<(), End> {
    let side = side.name();
    let why = match (&deployed.version, &pinned.version) {
        (Some(Ok(runs)), Ok(pinned)) if runs != pinned => {
            format!("as the {side}, the stack runs {runs}, not {pinned}, which was pinned")
        }
        (Some(Err(why)), Ok(pinned)) => format!(
            "as the {side}, the stack runs an unknown version ({why}), not {pinned}, which was pinned"
        ),
        _ if deployed.tree.is_some_and(|tree| tree != pinned.to_deploy) => {
            format!("as the {side}, the stack runs other files than those that were pinned")
        }
        _ => return Ok(()),
    };
    Err(End::Red(Stage::WrongVersion, why))
}

fn end(error: DeployError, stage: Stage) -> End {
    match error {
        DeployError::Failed(why) => End::Red(stage, why),
        DeployError::Unusable(why) => End::Unusable(why),
        DeployError::Interrupted => End::Interrupted(None),
    }
}

fn record(
    evidence: &mut Option<StackEvidence>,
    (deployed, ended): (Option<Deployed>, Result<(), End>),
) -> Result<(), End> {
    if let Some(evidence) = evidence {
        evidence.deployed = deployed;
    }
    ended
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use samever_core::{CommitId, Head, Version};

    use super::{End, Side, require_labels};
    use crate::recipe::TreeId;
    use crate::run::checkout::Checkout;
    use crate::run::plan::PlannedBase;
    use crate::run::verdict::Stage;

    const COMMIT: CommitId = CommitId::from_bytes([1; 20]);

    fn version(text: &str) -> Option<Version> {
        Version::parse(text).ok()
    }

    /// A tree whose label says this.
    fn written(label: &str) -> Checkout {
        let tree = TreeId::new(COMMIT);
        Checkout {
            commit: COMMIT,
            tag: None,
            tree,
            folder: PathBuf::new(),
            version: version(label).ok_or_else(|| "no label".to_owned()),
            to_deploy: tree,
        }
    }

    fn of_version(text: &str) -> PlannedBase {
        PlannedBase::Version {
            version: version(text).unwrap(),
            tag: text.to_owned(),
            commit: None,
        }
    }

    fn of_ref(text: &str) -> PlannedBase {
        PlannedBase::Ref {
            commit: COMMIT,
            version: version(text),
        }
    }

    type Case = (
        PlannedBase,
        &'static str,
        &'static str,
        &'static str,
        Option<Side>,
    );

    fn cases() -> [Case; 12] {
        let skip = || PlannedBase::Skip {
            reason: "x".to_owned(),
        };
        let (base, head) = (Some(Side::Base), Some(Side::Head));
        [
            (of_version("1.0.0+1"), "1.0.0+1", "1.1.0+1", "1.1.0+1", None),
            (of_version("1.0.0"), "1.0.0+1", "1.1.0+1", "1.1.0+1", None),
            (of_ref("1.0.0+1"), "1.0.0+1", "1.1.0+1", "1.1.0+1", None),
            (of_ref("?"), "?", "?", "?", None),
            (skip(), "", "1.1.0+1", "1.1.0+1", None),
            (of_version("1.0.0+1"), "1.0.1+1", "1.1.0+1", "1.1.0+1", base),
            (of_version("1.0.0+1"), "?", "1.1.0+1", "1.1.0+1", base),
            (of_ref("1.0.0+1"), "1.0.1+1", "1.1.0+1", "1.1.0+1", base),
            (of_version("1.0.0+1"), "1.0.0+1", "1.1.0+1", "1.1.0+2", head),
            (of_version("1.0.0+1"), "1.0.0+1", "1.1.0+1", "?", head),
            (of_version("1.0.0+1"), "1.0.0+1", "?", "1.1.0+1", head),
            (skip(), "", "1.1.0+1", "1.1.1+1", head),
        ]
    }

    /// What is reported and recorded is what is deployed, whatever read it.
    #[test]
    fn a_plan_whose_versions_are_not_those_of_the_written_trees_is_red() {
        for (plan, base, planned_head, head, side) in cases() {
            let planned = version(planned_head);
            let planned_head = Head {
                commit: COMMIT,
                version: planned.as_ref().ok_or("no label"),
            };
            let base = (!base.is_empty()).then(|| written(base));
            let ended = require_labels(&plan, &planned_head, base.as_ref(), &written(head));
            let told = match ended {
                Ok(()) => String::new(),
                Err(End::Red(Stage::WrongVersion, why)) => why,
                Err(End::Red(..) | End::Unusable(_) | End::Interrupted(_)) => "?".to_owned(),
            };
            let expected = side.map(|side| format!("the plan's {} is ", side.name()));
            match expected {
                None => assert_eq!(told, "", "{plan:?}, {head}"),
                Some(expected) => assert!(told.starts_with(&expected), "{plan:?}: {told}"),
            }
        }
    }
}
