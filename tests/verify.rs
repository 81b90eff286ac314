//! The trial of resolvers: ours passes, every broken one is convicted, and what
//! was tried is pinned.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up has failed"
)]

use std::collections::BTreeSet;

use samever::{
    Answer, Bounds, Broken, BuiltIn, Case, INVARIANTS, Level, MUTANTS, SMALL_WORLDS, Subject, hunt,
    teeth, try_mutant,
};

#[test]
fn the_built_in_resolver_passes_and_what_was_tried_is_pinned() {
    let tried = hunt(&mut BuiltIn, Level::DesignA, Bounds::NONE).unwrap();
    assert_eq!(tried.counterexample, None);
    assert_eq!(SMALL_WORLDS, 1_213_056);
    let asked: Vec<_> = tried.asked.iter().collect();
    let pinned = [
        ("littered", 124_416),
        ("long histories", 900),
        ("random worlds", 93_629),
        ("reordered", 124_416),
        ("repeated", 124_416),
        ("small worlds", SMALL_WORLDS),
        ("thinned", 223_113),
    ];
    for ((phase, count), (wanted, times)) in asked.iter().zip(pinned) {
        assert_eq!((**phase, **count), (wanted, times));
    }
    assert_eq!(asked.len(), pinned.len());
    let judged: BTreeSet<_> = tried.judged.keys().copied().collect();
    let rules = INVARIANTS.map(|invariant| invariant.id);
    assert_eq!(judged, rules.into(), "every rule was judged");
    assert!(tried.judged.values().all(|times| *times > 50_000));
    let answers: Vec<_> = tried.answers.keys().copied().collect();
    assert_eq!(
        answers,
        [
            "base == head and no older published predecessor",
            "canonical is an excluded pre-release and no older published predecessor",
            "canonical is newer than head and no older published predecessor",
            "canonical is no longer published and no older published predecessor",
            "head == main tip (no predecessor delta)",
            "main tip",
            "no answer",
            "skip: declared",
            "version",
        ]
    );
}

#[test]
fn every_broken_resolver_is_convicted_by_the_rule_named_in_advance() {
    let teeth = teeth(&|| true).unwrap();
    assert_eq!(teeth.len(), 26);
    for tooth in teeth {
        let name = tooth.mutant.name;
        let found = tooth
            .counterexample
            .unwrap_or_else(|| panic!("{name} survives"));
        assert_eq!(found.invariant, tooth.mutant.killer, "{name}");
        if name != "first-100-tags" {
            assert!(found.tags <= 3, "{name}: {}", found.sentence);
        }
    }
}

#[test]
fn a_broken_resolver_is_convicted_also_where_nobody_knows_that_it_is() {
    for mutant in MUTANTS {
        let tried = try_mutant(*mutant, Level::DesignA, Bounds::NONE).unwrap();
        assert!(tried.counterexample.is_some(), "{}", mutant.name);
        let safe = try_mutant(*mutant, Level::Safety, Bounds::NONE).unwrap();
        let only_by_the_chain = mutant.killer == "oracle";
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
    let tried = try_mutant(historical, Level::Safety, Bounds::NONE).unwrap();
    assert_eq!(
        tried.counterexample.unwrap().sentence,
        "published 1.10.0+1; canonical 1.10.0; head 1.10.0: it answered 1.10.0+1, which is the \
         head's own version"
    );
}

/// Right but for worlds with the largest number in a tag, which no small world
/// has.
struct AfraidOfLargeNumbers;

impl Subject for AfraidOfLargeNumbers {
    fn ask(&mut self, cases: &[Case<'_>], answers: &mut Vec<Answer>) -> Result<(), Broken> {
        let from = answers.len();
        BuiltIn.ask(cases, answers)?;
        for (case, answer) in cases.iter().zip(&mut answers[from..]) {
            let tags = case.history.tags().iter();
            if tags
                .clone()
                .any(|tag| tag.starts_with("18446744073709551615."))
            {
                *answer = Answer::HeadCommit;
            }
        }
        Ok(())
    }
}

#[test]
fn what_only_a_random_world_shows_is_found_and_made_small() {
    let mut counterexamples = Vec::new();
    for seed in [1, 2, 1] {
        let bounds = Bounds {
            seed,
            ..Bounds::NONE
        };
        let tried = hunt(&mut AfraidOfLargeNumbers, Level::Safety, bounds).unwrap();
        assert_eq!(tried.asked["small worlds"], SMALL_WORLDS);
        let found = tried.counterexample.unwrap();
        assert!(found.tags <= 2, "{}", found.sentence);
        counterexamples.push(found.sentence);
    }
    assert_eq!(counterexamples[0], counterexamples[2], "the seed decides");
}

#[test]
fn what_is_not_allowed_is_not_asked() {
    let bounds = Bounds {
        cases_max: 700,
        ..Bounds::NONE
    };
    let tried = hunt(&mut BuiltIn, Level::DesignA, bounds).unwrap();
    for (phase, asked) in &tried.asked {
        let over = if *phase == "random worlds" { 64 * 5 } else { 0 };
        assert!((1..=700 + over).contains(asked), "{phase}: {asked}");
    }
    assert_eq!(tried.asked.len(), 7);
    let bounds = Bounds {
        go_on: &|| false,
        ..Bounds::NONE
    };
    let tried = hunt(&mut BuiltIn, Level::DesignA, bounds).unwrap();
    assert_eq!(tried.total(), 0);
}

fn verify(args: &[&str]) -> (Option<i32>, String, String) {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_samever"));
    let output = command.arg("verify").args(args).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (
        output.status.code(),
        text(output.stdout),
        text(output.stderr),
    )
}

#[test]
fn the_command_says_what_it_tried_and_ends_as_it_should() {
    let once = verify(&["--seed", "5", "--cases", "3000", "--format", "json"]);
    assert_eq!((once.0, once.2.as_str()), (Some(0), ""));
    assert_eq!(
        once,
        verify(&["--seed", "5", "--cases", "3000", "--format", "json"])
    );
    let document: serde_json::Value = serde_json::from_str(&once.1).unwrap();
    assert_eq!(document["schema"], "samever/verify/1");
    assert_eq!(document["passed"], true);
    assert_eq!(document["seed"], 5);
    assert_eq!(document["teeth"].as_array().unwrap().len(), 26);

    let (code, printed, _) = verify(&["--teeth"]);
    assert_eq!(code, Some(0));
    assert!(printed.ends_with("no resolver on trial; 26 of 26 broken resolvers convicted\n"));

    let (code, printed, _) = verify(&[
        "--mutant",
        "skip-when-same",
        "--level",
        "safety",
        "--format",
        "json",
    ]);
    assert_eq!(code, Some(1));
    let document: serde_json::Value = serde_json::from_str(&printed).unwrap();
    assert_eq!(document["passed"], false);
    assert_eq!(
        document["hunt"]["counterexample"]["invariant"],
        "no-needless-skip"
    );

    let (code, _, stderr) = verify(&["--mutant", "nobody"]);
    assert_eq!(code, Some(2));
    assert!(
        stderr.contains("there are historical, newest-or-equal"),
        "{stderr}"
    );
}
