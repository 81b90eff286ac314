//! A sample on real git repositories: random worlds and random nights, taken
//! through the whole tier, which must come out as on the model, and in which
//! what is deployed must be what was tagged. Each case has its ground: a layout of
//! the repository, and a deployer that may lie or fail.

use proptest::strategy::{Strategy, ValueTree};
use proptest_state_machine::ReferenceStateMachine;
use tempfile::TempDir;

use crate::cancel::NEVER;
use crate::run::Resolver;
use crate::simulate::{
    GitBackend, Ground, ModelBackend, Observed, PlanKind, PlayError, Scenario, play,
};

use crate::verify::history::{
    FaultInjection, Nights, RunObservation, Sequence, scenario, story, witness,
};
use crate::verify::invariant::Rule;
use crate::verify::judge::{Finding, Judge, Parts, Setting, TrialError, smallest};
use crate::verify::phase::histories::{note_seen, on_model};
use crate::verify::phase::on_trial::on_trial;
use crate::verify::world::{Main, World, next_world, stream, world_scenario};

/// The shortest and the longest sequence of nights, in events.
const EVENTS: std::ops::RangeInclusive<usize> = 3..=12;

/// The most steps to a smaller case.
const SHRINKS_MAX: usize = 200;

/// The sample.
pub(crate) fn try_real_repositories(
    judge: &mut Judge<'_>,
    seed: u64,
    numbers: std::ops::Range<u64>,
) -> Result<(), TrialError> {
    for number in numbers {
        let mut stream = stream(seed.rotate_left(32), number);
        let ground = Ground::of_case(number);
        let found = if number.is_multiple_of(2) {
            let mut world = next_world(&mut stream);
            judge_tree(judge, ground, &mut *world, real_world)?
        } else {
            let nights = Nights::sequential_strategy(EVENTS).new_tree(&mut stream);
            let mut nights = nights.expect("every event is made to make sense");
            judge_tree(judge, ground, &mut nights, real_nights)?
        };
        if judge.tally.cut {
            return Ok(());
        }
        judge.tally.cases += 1;
        let tally = &mut judge.tally;
        *tally.layouts.entry(ground.layout.name).or_default() += 1;
        *tally.deployers.entry(ground.manner.name).or_default() += 1;
        if let Some(found) = found {
            judge.tally.found = Some(found);
            return Ok(());
        }
    }
    Ok(())
}

/// A world in words, and as a scenario.
fn real_world(world: &World) -> (String, Scenario) {
    let mut world = world.clone();
    if world.main == Main::Unknown {
        // A repository has a main branch.
        world.main = Main::Elsewhere;
    }
    let scenario = world_scenario(&world).expect("its main branch is known");
    (world.case().to_string(), scenario)
}

/// Nights in words, and as a scenario.
fn real_nights(nights: &Sequence) -> (String, Scenario) {
    note_seen(nights, nights.1.len());
    (story(nights), scenario(nights).0)
}

/// Plays one case, and where it breaks a rule, plainer and smaller ones.
fn judge_tree<T: Parts>(
    judge: &mut Judge<'_>,
    ground: Ground,
    tree: &mut dyn ValueTree<Value = T>,
    scenario: fn(&T) -> (String, Scenario),
) -> Result<Option<Finding>, TrialError> {
    let mut played = |value: &T, ground: Ground| {
        let (sentence, scenario) = scenario(value);
        judge_real(judge, ground, &sentence, scenario)
    };
    let value = tree.current();
    let Some(mut found) = played(&value, ground)? else {
        return Ok(None);
    };
    let mut needed = ground;
    for plainer in ground.plainer() {
        match played(&value, plainer) {
            Ok(Some(again)) if again.invariant == found.invariant => {
                (needed, found) = (plainer, again);
                break;
            }
            Ok(_) => {}
            // What is found stands, also where no more can be asked.
            Err(_) => break,
        }
    }
    let played = |value: &T| played(value, needed);
    Ok(Some(smallest(tree, SHRINKS_MAX, (value, found), played)))
}

/// Plays a scenario on the model and on a real repository.
fn judge_real(
    judge: &mut Judge<'_>,
    ground: Ground,
    sentence: &str,
    scenario: Scenario,
) -> Result<Option<Finding>, TrialError> {
    let tamper = judge.tamper;
    judge.subject.begin();
    let (model, wrong_on_model) = on_trial(judge, |resolver| {
        on_model(
            ModelBackend::new(&scenario, resolver).on(ground),
            &scenario,
            None,
        )
    })?;
    if let Some(wrong) = wrong_on_model.as_ref().filter(|_| judge.broken.is_some()) {
        return Ok(Some(wrong.finding()));
    }
    judge.subject.begin();
    let real = on_trial(judge, |resolver| {
        on_disk(&scenario, resolver, ground, tamper)
    });
    let (real, wrong) = match (real, wrong_on_model) {
        // What was answered before the break counts.
        (Err(_), Some(wrong)) => return Ok(Some(wrong.finding())),
        (real, _) => real?,
    };
    if let Some(wrong) = wrong.filter(|_| judge.broken.is_some()) {
        return Ok(Some(wrong.finding()));
    }
    if judge.tally.cut {
        return Ok(None);
    }
    let real = real.map_err(|error| TrialError::Machine(error.to_string()))?;
    let mut found = None;
    for (at, run) in real.iter().enumerate() {
        if let Some((invariant, wrong)) = judge.judge_run(run) {
            found = found.or(Some((
                invariant.id,
                format!("run {} is {}, {wrong}", at + 1, in_words(run)),
            )));
        }
    }
    let agrees = judge
        .rules()
        .find(|rule| matches!(rule.rule, Rule::RealAgrees));
    if let Some(agrees) = agrees {
        judge.tally.judge(agrees.id, real.len());
        judge.tally.stake(agrees.id, real.len());
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
        let sentence = format!("{}{sentence}: {wrong}", ground.in_words());
        Finding {
            invariant,
            sentence,
            tags: real.last().map_or(0, |run| run.published.len()),
            answer: None,
            setting: Setting::Scenario(Box::new(scenario)),
        }
    }))
}

fn on_disk(
    scenario: &Scenario,
    resolver: Resolver<'_>,
    ground: Ground,
    tamper: Option<FaultInjection>,
) -> Result<Vec<RunObservation>, PlayError> {
    let temporary = TempDir::with_prefix("samever-").map_err(|why| PlayError::Io {
        folder: std::env::temp_dir(),
        why,
    })?;
    let arm = GitBackend::on_trial(scenario, temporary.path(), resolver, ground)?;
    let runs = witness(arm, tamper, |witness| {
        play(scenario, witness, &NEVER).map(drop)
    });
    let folder = temporary.path().to_owned();
    temporary
        .close()
        .map_err(|why| PlayError::Io { folder, why })?;
    runs
}

/// What must be the same on both: all but the ids of commits and the wording of
/// messages and skips.
fn comparable(outcome: &Result<Observed, String>) -> Option<Observed> {
    let observed = outcome.as_ref().ok()?;
    let mut observed = observed.clone();
    if let Some(record) = &mut observed.promoted {
        record.commit = None;
    }
    if observed.plan == PlanKind::Skip {
        observed.reason.clear();
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
