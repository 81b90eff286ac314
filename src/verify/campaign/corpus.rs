//! Counterexamples of earlier trials, which are tried before anything else.

use crate::simulate::{ModelBackend, Scenario};
use crate::verify::campaign::jobs::Jobs;
use crate::verify::campaign::outcome::{Counterexample, Found, PhaseReport};
use crate::verify::invariant::INVARIANTS;
use crate::verify::judge::{Finding, Judge, Setting, Tally, TrialError};
use crate::verify::phase::{on_model, on_trial};
use crate::verify::subject::read_question;
use crate::verify::world::World;

/// The name under which what is found in a corpus is told.
pub(crate) const CORPUS: &str = "corpus";

/// One case of a corpus.
#[derive(Clone, Debug)]
pub struct CorpusCase {
    /// Where it stands.
    pub(crate) place: String,
    setting: Setting,
}

impl CorpusCase {
    /// A scenario.
    pub(crate) fn scenario(place: String, scenario: Scenario) -> Self {
        let setting = Setting::Scenario(Box::new(scenario));
        Self { place, setting }
    }

    /// A question, from its line of the protocol.
    pub(crate) fn question(place: String, line: &str) -> Result<Self, String> {
        let world = Box::new(read_question(line)?);
        let setting = Setting::World(world);
        Ok(Self { place, setting })
    }

    /// The question of a counterexample alone, where a single answer to it is wrong.
    pub(crate) fn alone(found: &Found) -> Option<Self> {
        let counterexample = &found.counterexample;
        let mut rules = INVARIANTS.iter();
        let rule = rules.find(|rule| rule.id == counterexample.invariant)?;
        let world = counterexample.world.clone();
        let world = world.filter(|_| rule.rule.is_of_one_answer())?;
        let (place, setting) = (String::new(), Setting::World(world));
        Some(Self { place, setting })
    }
}

impl Jobs<'_> {
    /// Tries a corpus, in its order; tells what was tried, and the first that breaks a rule.
    pub(crate) fn corpus(
        &self,
        corpus: &[CorpusCase],
    ) -> Result<(PhaseReport, Option<Found>), TrialError> {
        let mut subject = (self.start)()?;
        let mut judge = self.judge(subject.as_mut());
        let mut found = None;
        for (number, case) in corpus.iter().enumerate() {
            judge.subject.begin();
            let finding = match &case.setting {
                Setting::World(world) => of_world(&mut judge, world)?,
                Setting::Scenario(scenario) => of_scenario(&mut judge, &case.place, scenario)?,
            };
            if judge.tally.cut {
                break;
            }
            judge.tally.cases += 1;
            found = finding.map(|finding| Found {
                phase: CORPUS,
                case: number as u64,
                counterexample: Counterexample::of(finding, self.seed),
                broke: None,
            });
            if found.is_some() {
                break;
            }
        }
        if found.is_none() && !judge.tally.cut {
            judge.subject.finish(self.cancel)?;
        }
        let Tally {
            cases, questions, ..
        } = judge.tally;
        let tried = PhaseReport {
            phase: CORPUS,
            cases,
            of: Some(corpus.len() as u64),
            questions,
        };
        Ok((tried, found))
    }
}

fn of_world(judge: &mut Judge<'_>, world: &World) -> Result<Option<Finding>, TrialError> {
    let cases = [world.case()];
    let answers = judge.ask(&cases)?;
    let wrong = judge.judge(&cases, &answers);
    Ok(
        wrong
            .map(|(at, invariant, wrong)| Finding::of_world(invariant, world, &answers[at], wrong)),
    )
}

fn of_scenario(
    judge: &mut Judge<'_>,
    place: &str,
    scenario: &Scenario,
) -> Result<Option<Finding>, TrialError> {
    let (runs, wrong) = on_trial(judge, |resolver| {
        on_model(ModelBackend::new(scenario, resolver), scenario, None)
    })?;
    if let Some(wrong) = wrong {
        return Ok(Some(wrong.finding()));
    }
    for (number, run) in runs.iter().enumerate() {
        if let Some((invariant, wrong)) = judge.judge_run(run) {
            return Ok(Some(Finding {
                invariant: invariant.id,
                sentence: format!("{place}: run {} is one {wrong}", number + 1),
                tags: run.published.len(),
                answer: None,
                setting: Setting::Scenario(Box::new(scenario.clone())),
            }));
        }
    }
    Ok(None)
}
