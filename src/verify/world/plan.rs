//! Between the questions of a trial and those of a CI server: the chain's inputs
//! as a world, and an answer as the plan of a run.

use std::sync::Arc;

use crate::run::{OwnedPlan, PlannedBase, Resolver};
use samever_core::{Fallback, IgnoredReason, Inputs, Order, PublishedVersion, Rung, Version};

use crate::verify::invariant::Missing;
use crate::verify::world::World;
use crate::verify::world::answer::Answer;
use crate::verify::world::case::{Case, Commits, History, Main, TestVersion};
use crate::verify::world::decision::oracle_decides;

/// The oracle, in the place of a CI server's resolver.
pub(crate) const ORACLE: Resolver<'static> = Resolver {
    name: "oracle",
    decide: &|inputs| {
        let world = world_of(inputs);
        let case = case_of(&world, inputs);
        let decision = oracle_decides(&case);
        match decision.rung {
            Ok(rung) => plan(&case, &decision.answer, Some(rung), inputs),
            Err(missing) => Err(refusal(missing).to_owned()),
        }
    },
    refuses_same_version: true,
};

/// What a message says where the oracle refuses to answer for lack of this.
fn refusal(missing: Missing) -> &'static str {
    match missing {
        Missing::Override => "given by hand is not published",
        Missing::Published | Missing::History => "the history is incomplete",
        Missing::Anything => "nothing is left to decide with",
        Missing::Main => "the main branch is unknown",
    }
}

/// The inputs of the chain, as a world.
pub(crate) fn world_of(inputs: &Inputs<'_>) -> World {
    let order = inputs.published.order();
    let published = inputs.published.iter().map(|one| name_of(order, one));
    let ignored = inputs.published.ignored().iter().filter_map(|tag| {
        let name = String::from_utf8_lossy(&tag.name).into_owned();
        let is_shadowed = matches!(tag.because, IgnoredReason::ShadowedByPlainTag);
        (is_shadowed || order.parse_tag(&name).is_err()).then_some(name)
    });
    let canonical = inputs.canonical.filter(|_| !inputs.policy.ignore_canonical);
    let spelled = |version: &Version| TestVersion::of(version.clone());
    World {
        history: Arc::new(
            History::in_order(order, published.chain(ignored).collect()).excluding(inputs.excluded),
        ),
        head: inputs.head.version.ok().map(spelled),
        canonical: canonical.map(|canonical| spelled(canonical.version)),
        override_version: inputs.override_version.map(spelled),
        declared: inputs.declared.is_some(),
        main: match inputs.main_tip {
            None => Main::Unknown,
            Some(tip) if tip.commit == inputs.head.commit => Main::IsHead,
            Some(_) => Main::Elsewhere,
        },
        release_first: inputs.policy.fallback == Fallback::ReleaseFirst,
        prereleases: inputs.policy.prereleases,
        record: None,
    }
}

/// The name by which a question tells a published version: its tag, where that says as much as the
/// version in the order alone.
fn name_of(order: Order, published: &PublishedVersion) -> String {
    let tag = published.tag();
    let is_read = order.parse_tag(&tag);
    if is_read.is_ok_and(|version| version == *published.version()) {
        tag
    } else {
        published.version().to_string()
    }
}

/// The question that these inputs ask, about their world: with their own commits and words.
pub(crate) fn case_of<'a>(world: &'a World, inputs: &Inputs<'a>) -> Case<'a> {
    Case {
        declared: inputs.declared,
        commits: Some(Commits {
            head: inputs.head.commit,
            main: inputs.main_tip.map(|tip| tip.commit),
            canonical: inputs.canonical.and_then(|canonical| canonical.commit),
        }),
        shallow: inputs.shallow,
        ..world.case()
    }
}

/// An answer as the tier takes it.
pub(crate) fn plan(
    case: &Case<'_>,
    answer: &Answer,
    rung: Option<Rung>,
    inputs: &Inputs<'_>,
) -> Result<OwnedPlan, String> {
    let said = || format!("it answered {}", answer.shown(case));
    let base = match answer {
        Answer::Version(number) => {
            let named = case.history.published().nth(*number).ok_or_else(said)?;
            let mut published = inputs.published.iter();
            let published = published.find(|one| one.version() == named.version());
            let published = published.ok_or_else(said)?;
            PlannedBase::Version {
                version: published.version().clone(),
                tag: published.tag(),
                commit: None,
            }
        }
        Answer::MainTip => {
            let tip = inputs.main_tip.ok_or_else(said)?;
            PlannedBase::Ref {
                commit: tip.commit,
                version: tip.version.cloned(),
            }
        }
        Answer::HeadCommit => PlannedBase::Ref {
            commit: inputs.head.commit,
            version: inputs.head.version.ok().cloned(),
        },
        Answer::Skip(text) => PlannedBase::Skip {
            reason: text.as_str(case.declared).to_owned(),
        },
        Answer::Unpublished(_) | Answer::OtherCommit(_) | Answer::NoAnswer => return Err(said()),
    };
    Ok(OwnedPlan {
        delta: base.delta(inputs.head.version.ok()),
        base,
        rung,
        reason: String::new(),
        trail: Vec::new(),
    })
}
