//! A resolver on trial, in the place of a CI server's own.

use std::sync::{Mutex, PoisonError};

use crate::run::{OwnedPlan, Resolver};
use samever_core::Inputs;

use crate::verify::invariant::{Invariant, Missing};
use crate::verify::judge::{Finding, Judge, TrialError};
use crate::verify::world::{Answer, World, case_of, oracle_decides, plan, world_of};

/// A wrong answer: what was asked, which rule, the answer, and what is wrong.
pub(crate) struct WrongAnswer(World, &'static Invariant, Answer, &'static str);

impl WrongAnswer {
    pub(crate) fn finding(&self) -> Finding {
        let Self(world, invariant, answer, wrong) = self;
        Finding::of_world(invariant, world, answer, wrong)
    }
}

/// A judge that is asked for plans, and keeps what was wrong with them.
struct Asking<'j, 's> {
    judge: &'j mut Judge<'s>,
    broken: Option<TrialError>,
    wrong: Option<WrongAnswer>,
}

impl Asking<'_, '_> {
    fn decide(&mut self, inputs: &Inputs<'_>) -> Result<OwnedPlan, String> {
        let world = world_of(inputs);
        let cases = [case_of(&world, inputs)];
        // No question tells of a shallow clone: where the tags that it may lack could matter, the
        // run has no answer, whatever a resolver would say.
        if oracle_decides(&cases[0]).rung == Err(Missing::History) {
            return Err("the history is incomplete".to_owned());
        }
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
            self.wrong.get_or_insert_with(|| {
                WrongAnswer(world.clone(), invariant, answer.clone(), wrong)
            });
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
        // A wrong answer is one, whatever comes after it.
        Some(error) if asking.wrong.is_none() => Err(error),
        Some(_) | None => Ok((came, asking.wrong)),
    }
}
