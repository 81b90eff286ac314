//! A sample on real git repositories: random worlds and random nights, taken
//! through the whole tier, which must come out as on the model, and in which
//! what is deployed must be what was tagged.

use proptest::strategy::{Strategy, ValueTree};
use proptest_state_machine::ReferenceStateMachine;
use tempfile::TempDir;

use crate::run::Resolver;
use crate::simulate::{GitBackend, ModelBackend, Observed, PlayError, Scenario, play};

use crate::verify::history::{
    FaultInjection, Nights, RunObservation, Sequence, scenario, story, witness,
};
use crate::verify::invariant::{Invariant, Rule};
use crate::verify::judge::{Counterexample, Judge, Parts, TrialError, smallest};
use crate::verify::phase::Phase;
use crate::verify::phase::histories::note_seen;
use crate::verify::subject::on_trial;
use crate::verify::world::{
    Main, World, expect_what_the_oracle_says, next_world, scenario_file, stream,
};

/// The shortest and the longest sequence of nights, in events.
const EVENTS: std::ops::RangeInclusive<usize> = 3..=12;

/// The most steps to a smaller case.
const SHRINKS_MAX: usize = 200;

/// The sample.
pub(crate) struct RealRepositories {
    pub(crate) seed: u64,
}

impl Phase for RealRepositories {
    fn name(&self) -> &'static str {
        "real-repositories"
    }

    fn cases(&self) -> u64 {
        200
    }

    fn block(&self) -> u64 {
        4
    }

    fn judges(&self, invariant: &Invariant) -> bool {
        matches!(invariant.rule, Rule::RealRun(_) | Rule::RealAgrees)
    }

    fn try_cases(
        &self,
        numbers: std::ops::Range<u64>,
        judge: &mut Judge<'_>,
    ) -> Result<(), TrialError> {
        for number in numbers {
            let mut stream = stream(self.seed.rotate_left(32), number);
            let found = if number.is_multiple_of(2) {
                let mut world = next_world(&mut stream);
                judge.judge_real_tree(&mut *world, world_scenario)?
            } else {
                let nights = Nights::sequential_strategy(EVENTS).new_tree(&mut stream);
                let mut nights = nights.expect("every event is made to make sense");
                judge.judge_real_tree(&mut nights, nights_scenario)?
            };
            if judge.tally.cut {
                return Ok(());
            }
            judge.tally.cases += 1;
            if let Some(found) = found {
                judge.found(found);
                return Ok(());
            }
        }
        Ok(())
    }
}

/// A world in words, and as a scenario.
fn world_scenario(world: &World) -> (String, Scenario) {
    let mut world = world.clone();
    if world.main == Main::Unknown {
        // A repository has a main branch.
        world.main = Main::Elsewhere;
    }
    let scenario = world.scenario();
    let sentence = world.prepare().case().to_string();
    (sentence, scenario.expect("its main branch is known"))
}

/// Nights in words, and as a scenario.
fn nights_scenario(nights: &Sequence) -> (String, Scenario) {
    note_seen(nights, nights.1.len());
    (story(nights), scenario(nights).0)
}

impl Judge<'_> {
    /// Plays one case, and where it breaks a rule, smaller ones.
    fn judge_real_tree<T: Parts>(
        &mut self,
        tree: &mut dyn ValueTree<Value = T>,
        scenario: fn(&T) -> (String, Scenario),
    ) -> Result<Option<Counterexample>, TrialError> {
        let mut judge = |value: &T| {
            let (sentence, scenario) = scenario(value);
            self.judge_real(&sentence, scenario)
        };
        let value = tree.current();
        match judge(&value)? {
            Some(found) => smallest(tree, SHRINKS_MAX, (value, found), judge).map(Some),
            None => Ok(None),
        }
    }

    /// Plays a scenario on the model and on a real repository.
    fn judge_real(
        &mut self,
        sentence: &str,
        mut scenario: Scenario,
    ) -> Result<Option<Counterexample>, TrialError> {
        let tamper = self.tamper;
        self.subject.begin();
        let (model, _) = on_trial(self, |resolver| on_model(&scenario, resolver))?;
        self.subject.begin();
        let (real, _) = on_trial(self, |resolver| on_disk(&scenario, resolver, tamper))?;
        if self.tally.cut {
            return Ok(None);
        }
        let real = real.map_err(|error| TrialError::Machine(error.to_string()))?;
        let mut found = None;
        for (at, run) in real.iter().enumerate() {
            if let Some((invariant, wrong)) = self.judge_run(run) {
                found = found.or(Some((
                    invariant.id,
                    format!("run {} is {}, {wrong}", at + 1, in_words(run)),
                )));
            }
        }
        let agrees = self
            .rules()
            .find(|rule| matches!(rule.rule, Rule::RealAgrees));
        if let Some(agrees) = agrees {
            self.tally.judge(agrees.id, real.len());
            let differs = model
                .iter()
                .zip(&real)
                .position(|(model, real)| comparable(&model.outcome) != comparable(&real.outcome));
            if let Some(at) = differs.or((model.len() != real.len()).then_some(real.len())) {
                let said = |runs: &[RunObservation]| {
                    runs.get(at).map_or_else(|| "nothing".to_owned(), in_words)
                };
                let wrong = format!(
                    "run {} comes out as {} on a real repository, and as {} on the model",
                    at + 1,
                    said(&real),
                    said(&model)
                );
                found = found.or(Some((agrees.id, wrong)));
            }
        }
        Ok(found.map(|(invariant, wrong)| {
            let sentence = format!("{sentence}: {wrong}");
            expect_what_the_oracle_says(&mut scenario);
            Counterexample {
                invariant,
                tags: real.last().map_or(0, |run| run.published.len()),
                scenario: Ok(scenario_file(&sentence, &scenario)),
                sentence,
            }
        }))
    }
}

fn on_model(scenario: &Scenario, resolver: Resolver<'_>) -> Vec<RunObservation> {
    let arm = ModelBackend::new(scenario, resolver);
    match witness(arm, None, |witness| {
        play(scenario, witness, &|| true).map(drop)
    }) {
        Ok(runs) => runs,
        Err(impossible) => match impossible {},
    }
}

fn on_disk(
    scenario: &Scenario,
    resolver: Resolver<'_>,
    tamper: Option<FaultInjection>,
) -> Result<Vec<RunObservation>, PlayError> {
    let temporary = TempDir::with_prefix("samever-").map_err(|why| PlayError::Io {
        folder: std::env::temp_dir(),
        why,
    })?;
    let arm = GitBackend::new(scenario, temporary.path(), resolver, false, None)?;
    let runs = witness(arm, tamper, |witness| {
        play(scenario, witness, &|| true).map(drop)
    });
    let folder = temporary.path().to_owned();
    temporary
        .close()
        .map_err(|why| PlayError::Io { folder, why })?;
    runs
}

/// What must be the same on both: all but the ids of commits and the wording of
/// messages.
fn comparable(outcome: &Result<Observed, String>) -> Option<Observed> {
    let observed = outcome.as_ref().ok()?;
    let mut observed = observed.clone();
    if let Some(record) = &mut observed.promoted {
        record.commit = None;
    }
    Some(observed)
}

fn in_words(run: &RunObservation) -> String {
    match &run.outcome {
        Err(message) => format!("no verdict ({message})"),
        Ok(observed) => {
            let base = observed.base.as_ref();
            let base = base.map_or_else(String::new, |base| format!(" from {base}"));
            let stage = observed
                .stage
                .map_or_else(String::new, |stage| format!(" at {}", stage.name()));
            let moves = if observed.promoted.is_some() {
                ", and the canonical moves"
            } else {
                ""
            };
            format!("{}{base}{stage}{moves}", observed.verdict.name())
        }
    }
}
