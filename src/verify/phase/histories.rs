//! Random sequences of nights, pull requests and whatever happens in between,
//! played on the model of a CI server with the resolver on trial, and judged
//! run by run.

use std::sync::atomic::Ordering;

use proptest::strategy::{Strategy, ValueTree};
use proptest_state_machine::ReferenceStateMachine;

use crate::cancel::NEVER;
use crate::simulate::{ModelBackend, Scenario, play};
use samever_core::Delta;

use crate::verify::history::{
    FaultInjection, Nights, RunObservation, Sequence, scenario, story, witness,
};
use crate::verify::invariant::Invariant;
use crate::verify::judge::{Finding, Judge, Setting, TrialError, smallest};
use crate::verify::phase::on_trial::on_trial;
use crate::verify::world::stream;

/// The shortest and the longest sequence, in events.
const EVENTS: std::ops::RangeInclusive<usize> = 3..=24;

/// The most steps to a smaller sequence.
const SHRINKS_MAX: usize = 1_000;

/// How many sequences are made from one stream.
pub(crate) const NIGHTS_BLOCK: u64 = 16;

/// Random nights.
pub(crate) fn try_nights(
    judge: &mut Judge<'_>,
    seed: u64,
    numbers: std::ops::Range<u64>,
) -> Result<(), TrialError> {
    // A stream of its own, which no random world is made from.
    let mut stream = stream(!seed, numbers.start / NIGHTS_BLOCK);
    let nights = Nights::sequential_strategy(EVENTS);
    for _ in numbers {
        let tree = nights.new_tree(&mut stream);
        let mut tree = tree.expect("every event is made to make sense");
        let sequence = tree.current();
        let found = judge_nights(judge, &sequence)?;
        if judge.tally.cut {
            return Ok(());
        }
        judge.tally.cases += 1;
        if let Some(found) = found {
            let found = smallest(&mut tree, SHRINKS_MAX, (sequence, found), |sequence| {
                judge_nights(judge, sequence)
            });
            judge.tally.found = Some(found);
            return Ok(());
        }
    }
    Ok(())
}

/// Plays a sequence with the resolver on trial; tells the first run that breaks
/// a rule.
pub(crate) fn judge_nights(
    judge: &mut Judge<'_>,
    sequence: &Sequence,
) -> Result<Option<Finding>, TrialError> {
    let (scenario, runs_at) = scenario(sequence);
    judge.subject.begin();
    let tamper = judge.tamper;
    let (runs, wrong) = on_trial(judge, |resolver| {
        on_model(ModelBackend::new(&scenario, resolver), &scenario, tamper)
    })?;
    if let Some(wrong) = wrong {
        note_seen(sequence, sequence.1.len());
        return Ok(Some(wrong.finding()));
    }
    if judge.tally.cut {
        return Ok(None);
    }
    for (at, run) in runs.iter().enumerate() {
        if let Some((invariant, wrong)) = judge.judge_run(run) {
            let seen = runs_at[at] + 1;
            note_seen(sequence, seen);
            return Ok(Some(told(invariant, wrong, sequence, seen, run)));
        }
    }
    note_seen(sequence, sequence.1.len());
    Ok(None)
}

/// Plays a scenario on the model.
pub(crate) fn on_model(
    arm: ModelBackend<'_>,
    scenario: &Scenario,
    tamper: Option<FaultInjection>,
) -> Vec<RunObservation> {
    let runs = witness(arm, tamper, |witness| {
        play(scenario, witness, &NEVER).map(drop)
    });
    match runs {
        Ok(runs) => runs,
        Err(impossible) => match impossible {},
    }
}

/// Lets proptest know how much of a sequence mattered.
pub(crate) fn note_seen((_, _, counter): &Sequence, seen: usize) {
    if let Some(counter) = counter {
        counter.store(seen, Ordering::SeqCst);
    }
}

/// A run that breaks a rule, told as a sentence and as a scenario.
fn told(
    invariant: &Invariant,
    wrong: &str,
    (recipe, events, _): &Sequence,
    seen: usize,
    run: &RunObservation,
) -> Finding {
    let so_far = (recipe.clone(), events[..seen].to_vec(), None);
    let (scenario, _) = scenario(&so_far);
    let outcome = match &run.outcome {
        Ok(observed) => {
            let base = observed.base.as_deref().unwrap_or("nothing");
            let backward = match observed.delta {
                Some(Delta::Backward) => " (backward)",
                Some(_) | None => "",
            };
            let head = run
                .head
                .as_ref()
                .map_or_else(|| "an unknown version".to_owned(), ToString::to_string);
            let stage = observed
                .stage
                .map_or_else(String::new, |stage| format!(" at {}", stage.name()));
            let verdict = observed.verdict.name();
            format!("the last upgrades {base} to {head}{backward} and is {verdict}{stage}")
        }
        Err(message) => format!("the last ends without a verdict ({message})"),
    };
    let sentence = format!("{}: {outcome}, {wrong}", story(&so_far));
    Finding {
        invariant: invariant.id,
        sentence,
        tags: run.published.len(),
        answer: None,
        setting: Setting::Scenario(Box::new(scenario)),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use proptest::strategy::{Strategy, ValueTree};
    use proptest_state_machine::ReferenceStateMachine;

    use super::{EVENTS, Nights, RunObservation, on_model, scenario, stream};
    use crate::run::{STEP_BACK, Stage, VerdictKind};
    use crate::simulate::parse_scenario;
    use crate::simulate::{ModelBackend, PlanKind};
    use crate::verify::history::RunKind;
    use crate::verify::world::expect_what_the_oracle_says;
    use samever_core::Rung;

    /// What is special about a run.
    fn edges(run: &RunObservation) -> Vec<String> {
        let mut edges = vec![format!("{:?}", run.kind)];
        let Ok(observed) = &run.outcome else {
            edges.push("no verdict".to_owned());
            return edges;
        };
        edges.push(format!("rung {}", observed.rung.map_or("none", Rung::name)));
        edges.push(format!("verdict {}", observed.verdict.name()));
        if let Some(stage) = observed.stage {
            edges.push(format!("stage {}", stage.name()));
        }
        let is_night = run.kind == RunKind::Nightly;
        let faults = [
            ("flaky", run.flaky),
            ("not enrolled", !run.enrolled),
            ("promoted", observed.promoted.is_some()),
            ("a quiet night", run.before.is_some()),
            (
                "a quiet night after the first",
                run.before.is_some() && observed.rung == Some(Rung::StepBack),
            ),
            ("a bump", run.bumps == 1),
            (
                "a migration that does not work, at night",
                is_night
                    && run.behaviour.upgrade_fails_from.is_some()
                    && observed.stage == Some(Stage::Upgrade),
            ),
            (
                "a broken head under a skip",
                observed.plan == PlanKind::Skip && observed.verdict == VerdictKind::Red,
            ),
        ];
        let faults = faults.into_iter().filter(|(_, is_it)| *is_it);
        edges.extend(faults.map(|(name, _)| name.to_owned()));
        edges
    }

    const WANTED: [&str; 24] = [
        "Nightly",
        "PullRequest",
        "Quick",
        "a broken head under a skip",
        "a bump",
        "a migration that does not work, at night",
        "a quiet night",
        "a quiet night after the first",
        "flaky",
        "no verdict",
        "not enrolled",
        "promoted",
        "rung canonical",
        "rung main-tip",
        "rung step-back",
        "stage base-check",
        "stage base-deploy",
        "stage head-check",
        "stage head-deploy",
        "stage no-delta",
        "stage upgrade",
        "verdict green",
        "verdict red",
        "verdict skipped",
    ];

    /// A generator that never builds the case tests nothing; and what it builds
    /// must be what a scenario file can say.
    #[test]
    fn every_event_verdict_and_edge_occurs_and_every_sequence_is_a_scenario() {
        let (mut stream, nights) = (stream(5, 0), Nights::sequential_strategy(EVENTS));
        let mut seen = BTreeSet::new();
        let mut steps = BTreeMap::new();
        for _ in 0..2_000 {
            let tree = nights.new_tree(&mut stream).unwrap();
            let (mut scenario, runs_at) = scenario(&tree.current());
            for step in &scenario.steps {
                *steps.entry(step.value.name()).or_insert(0) += 1;
            }
            let runs = on_model(ModelBackend::new(&scenario, STEP_BACK), &scenario, None);
            assert_eq!(runs.len(), runs_at.len());
            seen.extend(runs.iter().flat_map(edges));
            expect_what_the_oracle_says(&mut scenario);
            if !runs.is_empty() {
                let yaml = scenario.to_yaml("nights");
                let read = parse_scenario("nights", "nights.yaml", yaml.as_bytes());
                assert!(read.is_ok(), "{yaml}\n{}", read.unwrap_err());
            }
        }
        assert_eq!(seen, WANTED.map(str::to_owned).into());
        assert_eq!(steps.len(), 11, "{steps:?}");
        assert!(steps.values().all(|times| *times > 100), "{steps:?}");
    }
}
