//! One run of the upgrade tier, in the order in which things happen.

use samever_core::{CommitId, Delta, Head, Inputs, PublishedSet, Rung, Version};
use serde::{Deserialize, Serialize};

use crate::recipe::{CanonicalRecord, Facts, Recipe, RecipeError, TreeId};

use crate::run::checkout::{Checkout, pin, pin_base, pin_stops};
use crate::run::deployer::Deployer;
use crate::run::evidence::{Evidence, TestedHead};
use crate::run::legs::{End, deploy_head, end_of_all, refuse, upgrade};
use crate::run::plan::{PlannedBase, PlannedStep};
use crate::run::promotion::{Candidate, NotPromoted, Promotion, promote, refusal};
use crate::run::request::{RunError, RunRequest};
use crate::run::stops::{Route, find_stops};
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
    /// The stops on the way from the base to the head, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stops: Vec<PlannedBase>,
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

/// Why a run that expects a refusal moves no canonical.
const EXPECTS_REFUSAL: &str = "the run is one that expects a refusal";

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
    let mut evidence = Evidence::default();
    let way = pin_way(recipe, &inputs, decided.base, request, &mut evidence)?;
    deployer.announce(way.base.as_ref(), &way.head);
    let mut refused = None;
    let ended = go(&inputs.head, &way, request, deployer, &mut evidence);
    let ended = ended.map(|how| refused = how);
    let verdict = match end_of_all(ended, deployer.teardown()) {
        Ok(()) if way.plan.is_skip() => Verdict::Skipped,
        Ok(()) => Verdict::Green,
        Err(End::Red(stage, why)) => Verdict::Red { stage, why },
        Err(End::Unusable(why)) => return Err(RunError::Deployer(why)),
        Err(End::Interrupted(None)) => return Err(RunError::Interrupted),
        Err(End::Interrupted(Some(left))) => return Err(RunError::InterruptedAndLeft(left)),
    };
    let mut notes = facts.notes().to_vec();
    notes.extend(unknown_delta(recipe, decided.delta, &way));
    notes.extend((decided.delta == Some(Delta::Backward)).then(|| DOWNGRADE.to_owned()));
    let is_unseen = verdict.stage().is_none() && !evidence.is_seen() && refused.is_none();
    notes.extend(is_unseen.then(|| UNSEEN.to_owned()));
    let head = TestedHead::of(&inputs.head);
    let candidate = Candidate {
        recipe: facts.recipe(),
        conditions: request.conditions,
        verdict: &verdict,
        is_seen: evidence.is_seen(),
        head: &head,
        published: inputs.published,
        canonical: request.request.canonical.as_ref(),
        release: release(recipe, inputs.published, way.head.tree),
    };
    let (promotion, record) = match request.route {
        Route::Refused => (Promotion::Refused(EXPECTS_REFUSAL.to_owned()), None),
        Route::Straight | Route::Stops(_) => (promote(&candidate), candidate.record()),
    };
    let is_untested = refusal(&candidate) == Some(NotPromoted::NotTheRelease);
    notes.extend(is_untested.then(|| UNTESTED.to_owned()));
    notes.extend(moved_tag(&inputs));
    notes.extend(refused);
    Ok(Run {
        recipe: facts.recipe().to_owned(),
        plan: way.plan,
        rung: decided.rung,
        reason: decided.reason,
        delta: decided.delta,
        head,
        stops: way.stops,
        verdict,
        evidence,
        promotion,
        record,
        trail: decided.trail,
        stale: facts.stale(),
        notes,
    })
}

/// What is pinned of one run.
struct Way {
    plan: PlannedBase,
    base: Option<Checkout>,
    stops: Vec<PlannedBase>,
    pinned_stops: Vec<Checkout>,
    head: Checkout,
    /// Why the upgrade would test nothing, if it would.
    nothing_new: Option<String>,
}

fn pin_way(
    recipe: &Recipe,
    inputs: &Inputs<'_>,
    mut plan: PlannedBase,
    request: &RunRequest<'_>,
    evidence: &mut Evidence,
) -> Result<Way, RunError> {
    let folder = request.work_folder.join("head");
    let head = pin(recipe, inputs.head.commit, &folder, inputs.head.version)?;
    evidence.head = Some(head.evidence());
    let base = pin_base(recipe, &mut plan, request, evidence)?;
    let stops = match request.route {
        Route::Straight | Route::Refused => Vec::new(),
        Route::Stops(asked) => find_stops(recipe, inputs, &plan, asked).map_err(RunError::Stops)?,
    };
    let pinned_stops = pin_stops(recipe, &stops, request)?;
    evidence.stops = pinned_stops.iter().map(Checkout::evidence).collect();
    let nothing_new = match &base {
        Some(base) if request.resolver.refuses_same_version => same_version(recipe, base, &head)?,
        Some(_) | None => None,
    };
    Ok(Way {
        plan,
        base,
        stops,
        pinned_stops,
        head,
        nothing_new,
    })
}

/// Goes the way, as far as that is worth it; returns how the head refused, where it must.
fn go(
    planned_head: &Head<'_>,
    way: &Way,
    request: &RunRequest<'_>,
    deployer: &mut dyn Deployer,
    evidence: &mut Evidence,
) -> Result<Option<String>, End> {
    let (base, head) = (way.base.as_ref(), &way.head);
    require_labels(&way.plan, planned_head, base, head)?;
    let Some(base) = base else {
        return deploy_head(deployer, head, Stage::HeadDeploy, evidence).map(|()| None);
    };
    if let Some(why) = &way.nothing_new {
        return Err(End::Red(Stage::NoDelta, why.clone()));
    }
    if *request.route == Route::Refused {
        return refuse(deployer, base, head, evidence).map(Some);
    }
    let refuses = request.resolver.refuses_same_version;
    upgrade(refuses, deployer, base, &way.pinned_stops, head, evidence).map(|()| None)
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
fn unknown_delta(recipe: &Recipe, delta: Option<Delta>, way: &Way) -> Option<String> {
    let (side, why) = match (&way.base.as_ref()?.version, &way.head.version) {
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
