//! The trial of resolvers: ours passes, every broken one is killed, and what
//! was tried is pinned.

use std::collections::BTreeSet;

use samever::internals::{MUTANTS, Main, PHASE_NAMES, SMALL_WORLDS, SkipWording};
use samever::verify::{
    Answer, BuiltIn, Campaign, Case, INVARIANTS, Level, Selection, Subject, SubjectError,
    SubjectFactory,
};
use samever::{Cancel, Shard};
use serde_json::Value;

/// By the rules that bind any sane resolver.
const SAFETY: Campaign<'static> = Campaign {
    level: Level::Safety,
    ..Campaign::WHOLE
};

/// At most this number of cases of each phase.
const fn at_most(cases: u64) -> Campaign<'static> {
    Campaign {
        selection: Selection {
            cases_max: Some(cases),
            ..Selection::WHOLE
        },
        ..Campaign::WHOLE
    }
}

/// One phase, or what is around one of its cases.
const fn only(phase: &'static str, case: Option<u64>) -> Campaign<'static> {
    Campaign {
        selection: Selection {
            only: Some((phase, case)),
            ..Selection::WHOLE
        },
        ..Campaign::WHOLE
    }
}

/// One more of a resolver of ours.
#[expect(clippy::unnecessary_wraps, reason = "it is a `SubjectFactory`")]
fn start<S: Subject + Default + 'static>() -> Result<Box<dyn Subject>, SubjectError> {
    Ok(Box::new(S::default()))
}

/// The answers that a trial must have met.
const ANSWERS: [&str; 10] = [
    "base == head and no older published predecessor",
    "canonical is an excluded pre-release and no older published predecessor",
    "canonical is excluded and no older published predecessor",
    "canonical is newer than head and no older published predecessor",
    "canonical is no longer published and no older published predecessor",
    "head == main tip (no predecessor delta)",
    "main tip",
    "no answer",
    "skip: declared",
    "version",
];

/// The rules that runs on real repositories alone are judged by.
const OF_REAL_RUNS: [&str; 5] = [
    "pinned-tree",
    "torn-down",
    "as-deployed",
    "failure-is-red",
    "real-agrees",
];

/// The rules of the chain that must have decided; `none` where none could.
const RUNGS: [&str; 7] = [
    "canonical",
    "declared",
    "main-tip",
    "none",
    "override",
    "release",
    "step-back",
];

/// The gate runs the full trial, and compares its evidence with this record.
#[test]
fn the_full_trial_on_record_passes_and_reaches_everything() {
    let record: Value = serde_json::from_str(include_str!("evidence-of-seed-1.json")).unwrap();
    let tried = &record["hunt"];
    assert_eq!(
        (&record["passed"], &tried["stopped"]),
        (&true.into(), &false.into())
    );
    let phases = tried["phases"].as_array().unwrap().iter();
    let cases: Vec<_> = phases
        .map(|phase| {
            (
                phase["phase"].as_str().unwrap(),
                phase["cases"].as_u64().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        cases,
        [
            ("vocabulary", 2_500),
            ("small-worlds", SMALL_WORLDS),
            ("other-forms", 83_592),
            ("long-histories", 900),
            ("real-repositories", 200),
            ("all-nights", 363_756),
            ("nights", 2_000),
            ("random-worlds", 20_000),
        ]
    );
    assert_eq!(SMALL_WORLDS, 1_819_584);
    assert!(cases.iter().map(|(phase, _)| *phase).eq(PHASE_NAMES));
    let judged = tried["judged"].as_object().unwrap();
    let names: BTreeSet<_> = judged.keys().map(String::as_str).collect();
    assert_eq!(names, INVARIANTS.map(|rule| rule.id).into());
    for (rule, times) in judged {
        let is_of_real_runs = OF_REAL_RUNS.contains(&rule.as_str());
        let least = if is_of_real_runs { 300 } else { 10_000 };
        assert!(
            times.as_u64() > Some(least),
            "{rule} was judged {times} times"
        );
    }
    let keys = |name: &str| {
        tried[name]
            .as_object()
            .unwrap()
            .keys()
            .cloned()
            .collect::<Vec<_>>()
    };
    assert_eq!(
        (keys("answers"), keys("rungs")),
        (
            ANSWERS.map(String::from).to_vec(),
            RUNGS.map(String::from).to_vec()
        )
    );
}

#[test]
fn the_built_in_resolver_passes_and_every_rule_is_asked() {
    let tried = at_most(20_000).run(&start::<BuiltIn>).unwrap();
    assert_eq!((tried.counterexample, tried.stopped), (None, false));
    for tried in &tried.phases {
        assert!(tried.questions >= tried.cases, "{tried:?}");
    }
    let judged: BTreeSet<_> = tried.judged.keys().copied().collect();
    assert_eq!(judged, INVARIANTS.map(|rule| rule.id).into());
    assert!(tried.answers.keys().copied().eq(ANSWERS));
    assert!(tried.rungs.keys().copied().eq(RUNGS));
}

#[test]
fn every_mutant_is_killed_by_the_rule_named_in_advance() {
    let campaign = Campaign {
        jobs: 2,
        ..Campaign::WHOLE
    };
    let reports = campaign.run_mutants().unwrap();
    assert_eq!(reports.len(), 74);
    let mut killed_by = BTreeSet::new();
    for report in reports {
        let name = report.mutant.name;
        let found = report.found.unwrap_or_else(|| panic!("{name} survives"));
        let found = found.counterexample;
        assert_eq!(found.invariant, report.mutant.killed_by, "{name}");
        // One that sees a page of tags is right about a page.
        let most = match name {
            "first-100-tags" => 101,
            "first-page-that-has-one" | "failed-listing-is-empty" => 31,
            // What the first pass meets first.
            "next-entry" => 4,
            _ => 3,
        };
        assert!(found.tags <= most, "{name}: {}", found.sentence);
        assert!(found.scenario.is_ok(), "{name}: {}", found.sentence);
        killed_by.insert(report.mutant.killed_by);
    }
    // A rule that kills no mutant may be one that cannot fail.
    let rules: BTreeSet<_> = INVARIANTS.iter().map(|rule| rule.id).collect();
    assert_eq!(killed_by, rules);
}

#[test]
fn a_mutant_is_killed_also_by_a_campaign_that_judges_by_every_rule() {
    for mutant in MUTANTS.iter() {
        // A broken CI server is right about all worlds: to ask it is waste.
        let phase = match mutant.killed_by {
            rule if OF_REAL_RUNS.contains(&rule) => Some("real-repositories"),
            "broken-migration" | "broken-head" | "canonical-follows" | "promotion" => {
                Some("nights")
            }
            _ => None,
        };
        let selection = Selection {
            only: phase.map(|phase| (phase, None)),
            ..Selection::WHOLE
        };
        let campaign = Campaign {
            selection,
            jobs: 2,
            ..Campaign::WHOLE
        };
        let tried = campaign.run_mutant(*mutant).unwrap();
        assert!(tried.counterexample.is_some(), "{}", mutant.name);
        let safe = Campaign {
            level: Level::Safety,
            ..campaign
        }
        .run_mutant(*mutant)
        .unwrap();
        let only_by_the_chain = ["oracle", "right-reason"].contains(&mutant.killed_by);
        assert_eq!(
            safe.counterexample.is_none(),
            only_by_the_chain,
            "{}",
            mutant.name
        );
    }
}

#[test]
fn the_counterexample_of_the_historical_resolver_is_the_bug_in_one_sentence() {
    let historical = MUTANTS[0];
    assert_eq!(historical.name, "historical");
    let tried = SAFETY.run_mutant(historical).unwrap();
    assert_eq!(
        tried.counterexample.unwrap().counterexample.sentence,
        "published 1.2.11+8; canonical 1.2.11+8; head 1.2.11+8: it answered 1.2.11+8, which is the \
         head's own version"
    );
}

/// Right but for worlds with the largest number in a tag, which no small world
/// has.
#[derive(Default)]
struct AfraidOfLargeNumbers;

impl Subject for AfraidOfLargeNumbers {
    fn ask(
        &mut self,
        cases: &[Case<'_>],
        answers: &mut Vec<Answer>,
        cancel: &Cancel,
    ) -> Result<(), SubjectError> {
        let from = answers.len();
        BuiltIn.ask(cases, answers, cancel)?;
        for (case, answer) in cases.iter().zip(&mut answers[from..]) {
            let mut tags = case.history.tags().iter();
            if tags.any(|tag| tag.starts_with("18446744073709551615.")) {
                *answer = Answer::HeadCommit;
            }
        }
        Ok(())
    }
}

/// Right, but where the main branch is not known, that is its answer.
#[derive(Default)]
struct Sure;

impl Subject for Sure {
    fn ask(
        &mut self,
        cases: &[Case<'_>],
        answers: &mut Vec<Answer>,
        cancel: &Cancel,
    ) -> Result<(), SubjectError> {
        let from = answers.len();
        BuiltIn.ask(cases, answers, cancel)?;
        for (case, answer) in cases.iter().zip(&mut answers[from..]) {
            if case.main == Main::Unknown && *answer == Answer::NoAnswer {
                *answer = Answer::MainTip;
            }
        }
        Ok(())
    }
}

#[test]
fn what_cannot_be_a_scenario_is_said_to_be_none_and_is_found_all_the_same() {
    let tried = SAFETY.run(&start::<Sure>).unwrap();
    let found = tried.counterexample.unwrap().counterexample;
    assert_eq!(found.invariant, "ref-is-another-commit");
    let why = "a scenario's recipe has a main branch, and here it is not known";
    assert_eq!(found.scenario, Err(why));
}

/// Right, in words of its own.
#[derive(Default)]
struct Poet;

impl Subject for Poet {
    fn ask(
        &mut self,
        cases: &[Case<'_>],
        answers: &mut Vec<Answer>,
        cancel: &Cancel,
    ) -> Result<(), SubjectError> {
        let from = answers.len();
        BuiltIn.ask(cases, answers, cancel)?;
        for (case, answer) in cases.iter().zip(&mut answers[from..]) {
            if matches!(answer, Answer::Skip(SkipWording::Known(_))) {
                let text = format!("none of {} tags is older", case.history.tags().len());
                *answer = Answer::Skip(SkipWording::Other(text));
            }
        }
        Ok(())
    }
}

#[test]
fn how_a_skip_is_worded_is_the_exact_chains_alone() {
    for phase in ["small-worlds", "other-forms", "long-histories"] {
        let campaign = Campaign {
            jobs: 2,
            ..only(phase, None)
        };
        let safe = Campaign {
            level: Level::Safety,
            ..campaign
        }
        .run(&start::<Poet>)
        .unwrap();
        assert_eq!(safe.counterexample, None);
    }
    let exact = only("small-worlds", None).run(&start::<Poet>).unwrap();
    let found = exact.counterexample.unwrap().counterexample;
    assert_eq!(found.invariant, "right-reason");
}

fn of_random_worlds(seed: u64) -> Campaign<'static> {
    Campaign {
        seed,
        ..only("random-worlds", None)
    }
}

#[test]
fn what_only_a_random_world_shows_is_found_and_made_small_and_met_again() {
    let fearful = start::<AfraidOfLargeNumbers>;
    let campaign = only("small-worlds", None);
    assert!(campaign.run(&fearful).unwrap().counterexample.is_none());
    let find = |seed| {
        let tried = of_random_worlds(seed).run(&fearful).unwrap();
        tried.counterexample.unwrap()
    };
    let (one, two, again) = (find(3), find(2), find(3));
    assert_eq!(one, again, "the seed decides");
    assert_ne!(one, two);
    for (seed, found) in [(3, one), (2, two)] {
        assert!(
            found.counterexample.tags <= 1,
            "{}",
            found.counterexample.sentence
        );
        let campaign = Campaign {
            seed,
            ..only(found.phase, Some(found.case))
        };
        let met = campaign.run(&fearful).unwrap();
        assert_eq!(met.counterexample, Some(found));
        assert!(met.cases() <= 64, "only what is around it");
    }
}

#[test]
fn a_case_beyond_the_usual_end_is_met_again() {
    for (phase, cases) in [("nights", 16), ("random-worlds", 64)] {
        let campaign = only(phase, Some(5_000_000));
        let tried = campaign.run(&start::<BuiltIn>).unwrap();
        assert_eq!(tried.cases(), cases, "{phase}");
    }
}

#[test]
fn what_was_tried_and_found_does_not_depend_on_the_number_of_jobs() {
    let with_jobs = |campaign: Campaign<'_>, jobs, start: SubjectFactory<'_>| {
        let campaign = Campaign { jobs, ..campaign };
        format!("{:?}", campaign.run(start).unwrap())
    };
    for (campaign, start) in [
        (at_most(40), &start::<BuiltIn> as SubjectFactory<'_>),
        (of_random_worlds(3), &start::<BuiltIn>),
        (of_random_worlds(3), &start::<AfraidOfLargeNumbers>),
    ] {
        assert_eq!(with_jobs(campaign, 1, start), with_jobs(campaign, 7, start));
    }
}

/// Notes every question that it is asked.
struct Listener(std::sync::Arc<std::sync::Mutex<Vec<String>>>);

impl Subject for Listener {
    fn ask(
        &mut self,
        cases: &[Case<'_>],
        answers: &mut Vec<Answer>,
        cancel: &Cancel,
    ) -> Result<(), SubjectError> {
        let mut heard = self.0.lock().unwrap();
        let tags = |case: &Case<'_>| case.history.tags().join(" ");
        heard.extend(cases.iter().map(|case| format!("{case} of {}", tags(case))));
        drop(heard);
        BuiltIn.ask(cases, answers, cancel)
    }
}

#[test]
fn the_union_of_the_shards_is_the_whole_and_no_case_is_tried_twice() {
    let heard_by = |phase, cases, shard| {
        let heard = std::sync::Arc::<std::sync::Mutex<Vec<String>>>::default();
        let selection = Selection {
            cases_max: Some(cases),
            shard,
            only: phase,
            ..Selection::WHOLE
        };
        let campaign = Campaign {
            selection,
            seed: 9,
            ..Campaign::WHOLE
        };
        let ear = std::sync::Arc::clone(&heard);
        let tried = campaign
            .run(&|| Ok(Box::new(Listener(ear.clone()))))
            .unwrap();
        let mut heard: Vec<String> = std::mem::take(&mut *heard.lock().unwrap());
        heard.sort();
        (tried.phases, heard)
    };
    let of_worlds = |phase| (Some((phase, None)), 600);
    for (phase, cases) in [(None, 40), of_worlds("small-worlds"), of_worlds("nights")] {
        let (whole, all) = heard_by(phase, cases, Shard::WHOLE);
        for count in [2, 3, 7] {
            let (mut sum, mut union) = (vec![(0, 0); whole.len()], Vec::new());
            for number in 1..=count {
                let shard = Shard::new(number, count).unwrap();
                let (phases, heard) = heard_by(phase, cases, shard);
                for (sum, tried) in sum.iter_mut().zip(&phases) {
                    *sum = (sum.0 + tried.cases, sum.1 + tried.questions);
                }
                union.extend(heard);
            }
            let counted = whole.iter().map(|tried| (tried.cases, tried.questions));
            assert_eq!(sum, counted.collect::<Vec<_>>(), "{count} shards");
            union.sort();
            assert!(union == all, "{count} shards ask what one asks, each once");
        }
    }
    assert!(Shard::new(0, 3).is_none() && Shard::new(4, 3).is_none());
}

#[test]
fn what_is_not_allowed_is_not_asked() {
    let campaign = at_most(700);
    let tried = campaign.run(&start::<BuiltIn>).unwrap();
    let cases: Vec<_> = tried.phases.iter().map(|tried| tried.cases).collect();
    assert_eq!(cases, [1_771, 700, 700, 700, 200, 700, 700, 700]);
    let cancel = Cancel::never().child(None);
    cancel.cancel();
    let stopped = Campaign {
        cancel: &cancel,
        ..Campaign::WHOLE
    };
    let tried = stopped.run(&start::<BuiltIn>).unwrap();
    assert_eq!((tried.cases(), tried.stopped), (0, true));
}
