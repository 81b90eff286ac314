//! A resolver on trial, in the place of a CI server's own.

use std::sync::{Mutex, PoisonError};

use crate::run::{OwnedPlan, PlannedBase, Resolver};
use samever_core::{Fallback, Inputs, Rung};

use crate::verify::invariant::Invariant;
use crate::verify::judge::{Judge, TrialError};
use crate::verify::world::{Answer, Case, Main, World};

/// A wrong answer: what was asked, which rule, the answer, and what is wrong.
pub(crate) type WrongAnswer = (World, &'static Invariant, Answer, &'static str);

/// A judge who is asked for plans, and keeps what was wrong with them.
pub(crate) struct Asking<'j, 's> {
    judge: &'j mut Judge<'s>,
    broken: Option<TrialError>,
    wrong: Option<WrongAnswer>,
}

impl Asking<'_, '_> {
    fn decide(&mut self, inputs: &Inputs<'_>) -> Result<OwnedPlan, String> {
        let world = world(inputs);
        let prepared = world.prepare();
        let cases = [prepared.case()];
        let answers = match self.judge.ask(&cases) {
            Ok(answers) => answers,
            Err(error) => {
                self.broken = Some(error);
                return Err("the resolver does not work".to_owned());
            }
        };
        let Some(answer) = answers.first() else {
            return Err("the campaign was stopped".to_owned());
        };
        if let Some((_, invariant, wrong)) = self.judge.judge(&cases, &answers) {
            self.wrong
                .get_or_insert((world.clone(), invariant, answer.clone(), wrong));
        }
        plan(&cases[0], answer, None, inputs)
    }
}

/// Lets a resolver on trial decide whatever `play` asks. Tells what came of
/// it, and the first wrong answer.
pub(crate) fn on_trial<T>(
    judge: &mut Judge<'_>,
    play: impl FnOnce(Resolver<'_>) -> T,
) -> Result<(T, Option<WrongAnswer>), TrialError> {
    let asking = Mutex::new(Asking {
        judge,
        broken: None,
        wrong: None,
    });
    let came = play(Resolver {
        name: "on trial",
        decide: &|inputs| {
            let mut asking = asking.lock().unwrap_or_else(PoisonError::into_inner);
            asking.decide(inputs)
        },
        refuses_same_version: true,
    });
    let asking = asking.into_inner().unwrap_or_else(PoisonError::into_inner);
    match asking.broken {
        Some(error) => Err(error),
        None => Ok((came, asking.wrong)),
    }
}

/// The oracle, in the place of a CI server's resolver.
pub(crate) const ORACLE: Resolver<'static> = Resolver {
    name: "oracle",
    decide: &|inputs| {
        let prepared = world(inputs).prepare();
        let case = prepared.case();
        let (answer, by) = case.oracle();
        match by {
            Ok(rung) => plan(&case, &answer, Some(rung), inputs),
            Err(refused) => Err(refused.to_owned()),
        }
    },
    refuses_same_version: true,
};

/// What the chain is told, as a world.
fn world(inputs: &Inputs<'_>) -> World {
    let published = inputs
        .published
        .iter()
        .map(samever_core::PublishedVersion::tag);
    let ignored = inputs.published.ignored().iter();
    let ignored = ignored.map(|tag| String::from_utf8_lossy(&tag.name).into_owned());
    let canonical = inputs.canonical.filter(|_| !inputs.policy.ignore_canonical);
    World {
        tags: published.chain(ignored).collect(),
        head: inputs.head.version.ok().map(ToString::to_string),
        canonical: canonical.map(|canonical| canonical.version.to_string()),
        override_version: inputs.override_version.map(ToString::to_string),
        declared: inputs.declared.is_some(),
        main: match inputs.main_tip {
            None => Main::Unknown,
            Some(tip) if tip.commit == inputs.head.commit => Main::IsHead,
            Some(_) => Main::Elsewhere,
        },
        release_first: inputs.policy.fallback == Fallback::ReleaseFirst,
        prereleases: inputs.policy.prereleases,
    }
}

/// An answer as the tier takes it.
fn plan(
    case: &Case<'_>,
    answer: &Answer,
    rung: Option<Rung>,
    inputs: &Inputs<'_>,
) -> Result<OwnedPlan, String> {
    let said = || format!("it answered {}", answer.shown(case));
    let base = match answer {
        Answer::Version(number) => {
            let published = case.history.published().nth(*number).ok_or_else(said)?;
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
