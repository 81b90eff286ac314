//! The trial of resolvers: ours passes, every broken one is convicted, and what
//! was tried is pinned.

use std::collections::BTreeSet;

use samever::{Bounds, BuiltIn, INVARIANTS, Level, MUTANTS, SMALL_WORLDS, hunt, teeth, try_mutant};

#[test]
fn the_built_in_resolver_passes_and_what_was_tried_is_pinned() {
    let tried = hunt(&mut BuiltIn, Level::DesignA, Bounds::NONE).unwrap();
    assert_eq!(tried.counterexample, None);
    assert_eq!(SMALL_WORLDS, 1_213_056);
    let asked: Vec<_> = tried.asked.iter().collect();
    let pinned = [
        ("littered", 124_416),
        ("long histories", 900),
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
