//! Random worlds, shaped for trouble: the oracle, and what must change nothing.

use std::collections::BTreeSet;

use crate::support::oracle::{Answer, Main, World, decide};
use crate::support::worlds::{ask, is_version, published};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

/// Versions that are close: 9 against 10, equal recipe versions with other app
/// versions or none, pre-releases, the largest number.
fn close_version() -> impl Strategy<Value = String> {
    let core = prop_oneof![
        8 => "1\\.(9|10)\\.[01]",
        1 => Just("18446744073709551615.0.0".to_owned()),
    ];
    let pre = prop_oneof![4 => Just(""), 1 => Just("-rc.9"), 1 => Just("-rc.10")];
    let app = prop_oneof![
        2 => Just(""), 1 => Just("+9"), 1 => Just("+10"), 1 => Just("+9.1-a"), 1 => Just("+a"),
    ];
    (core, pre, app).prop_map(|(core, pre, app)| format!("{core}{pre}{app}"))
}

fn tag() -> impl Strategy<Value = String> {
    prop_oneof![
        8 => close_version(),
        2 => close_version().prop_map(|version| format!("v{version}")),
        1 => "latest|v1|1\\.0|nightly-[0-9]",
    ]
}

/// Tags in any order; no name twice, and no version both with and without `v`.
fn tags() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec(tag(), 0..14).prop_map(|tags| {
        let mut seen = BTreeSet::new();
        let is_new = |tag: &String| seen.insert(tag.trim_start_matches('v').to_owned());
        tags.into_iter().filter(is_new).collect()
    })
}

fn main_tip() -> impl Strategy<Value = Main> {
    prop_oneof![
        Just(Main::Unknown),
        Just(Main::IsHead),
        prop::option::of(close_version()).prop_map(Main::Elsewhere),
    ]
}

fn world() -> impl Strategy<Value = World> {
    let facts = (
        tags(),
        prop::option::weighted(0.8, close_version()),
        prop::option::weighted(0.7, close_version()),
        prop::option::weighted(0.1, close_version()),
        main_tip(),
    );
    let rare = |probability| prop::bool::weighted(probability);
    let switches = (
        rare(0.05),
        rare(0.1),
        any::<bool>(),
        rare(0.7),
        rare(0.2),
        any::<bool>(),
    );
    (facts, switches).prop_map(|(facts, switches)| {
        let (tags, head, canonical, override_version, main) = facts;
        let (declared, shallow, release_first, prereleases, ignore_canonical, steady) = switches;
        World {
            // The steady state is what a quiet night sees; chance alone rarely does.
            canonical: if steady && canonical.is_some() {
                head.clone()
            } else {
                canonical
            },
            tags,
            declared,
            override_version,
            head,
            main,
            shallow,
            release_first,
            prereleases,
            ignore_canonical,
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn the_chain_agrees_with_the_oracle(world in world()) {
        prop_assert_eq!(ask(&world), decide(&world, &published(&world)));
    }

    #[test]
    fn asking_twice_or_in_another_order_changes_nothing(
        (world, shuffled) in world().prop_flat_map(|world| {
            let shuffled = Just(world.tags.clone()).prop_shuffle();
            (Just(world), shuffled)
        })
    ) {
        let answer = ask(&world);
        prop_assert_eq!(&answer, &ask(&world));
        prop_assert_eq!(&answer, &ask(&World { tags: shuffled, ..world }));
    }

    #[test]
    fn junk_tags_change_nothing(world in world(), junk in prop::collection::vec("[a-u]{1,8}(-[0-9.]{1,5})?", 1..9)) {
        let mut littered = world.clone();
        littered.tags.extend(junk);
        prop_assert_eq!(ask(&world), ask(&littered));
    }

    #[test]
    fn dropping_tags_that_lost_keeps_the_base(world in world(), keep in any::<u16>()) {
        if let Answer::Version { tag, .. } = &ask(&world) {
            let mut thinned = world.clone();
            let mut at = 0;
            thinned.tags.retain(|other| {
                at += 1;
                other == tag || keep >> (at % 16) & 1 == 1
            });
            let Answer::Version { tag: base, .. } = ask(&thinned) else {
                return Err(TestCaseError::fail(format!("{:?} for {thinned:?}", ask(&thinned))));
            };
            prop_assert_eq!(&base, tag, "of {:?}", thinned);
        }
    }

    #[test]
    fn a_canonical_older_than_the_head_is_the_base_whatever_else_is_published(
        world in world(), more in tags()
    ) {
        if let Answer::Version { tag, rung: "canonical", .. } = &ask(&world) {
            // A canonical without an exact tag goes by the newest same version.
            prop_assume!(tag.trim_start_matches('v') == world.canonical.as_ref().unwrap());
            let mut larger = world.clone();
            let known: BTreeSet<_> =
                world.tags.iter().map(|tag| tag.trim_start_matches('v').to_owned()).collect();
            larger.tags.extend(
                more.into_iter().filter(|tag| !known.contains(tag.trim_start_matches('v'))),
            );
            prop_assert_eq!(ask(&larger), ask(&world));
        }
    }

    #[test]
    fn a_versioned_base_is_older_unless_the_operator_says_otherwise(world in world()) {
        if let Answer::Version { rung, delta, .. } = ask(&world) {
            let expected = if world.head.is_some() { "forward" } else { "unknown" };
            prop_assert!(rung == "override" || delta == expected, "{rung} {delta}");
        }
    }
}

/// A generator that never builds the case tests nothing: every rung, reason,
/// refusal and delta occurs.
#[test]
fn the_generator_reaches_every_kind_of_answer() {
    let mut runner = TestRunner::deterministic();
    let mut seen = BTreeSet::new();
    for _ in 0..20_000 {
        let world = world().new_tree(&mut runner).unwrap().current();
        seen.insert(match ask(&world) {
            Answer::Version { rung, delta, .. } => format!("version by {rung}, {delta}"),
            Answer::MainTip { delta } => format!("main tip, {delta}"),
            Answer::Skip { reason, .. } => format!("skip: {reason}"),
            Answer::Refused(why) => format!("refused: {why}"),
        });
    }
    let expected = [
        "main tip, backward",
        "main tip, forward",
        "main tip, none",
        "main tip, unknown",
        "refused: main",
        "refused: nothing left",
        "refused: nothing published",
        "refused: override",
        "refused: shallow",
        "skip: base == head and no older published predecessor",
        "skip: because we say so",
        "skip: canonical is an excluded pre-release and no older published predecessor",
        "skip: canonical is newer than head and no older published predecessor",
        "skip: canonical is no longer published and no older published predecessor",
        "skip: head == main tip (no predecessor delta)",
        "version by canonical, forward",
        "version by canonical, unknown",
        "version by override, backward",
        "version by override, forward",
        "version by override, none",
        "version by override, unknown",
        "version by release, forward",
        "version by step-back, forward",
    ];
    assert_eq!(
        seen.iter().map(String::as_str).collect::<Vec<_>>(),
        expected
    );
}

#[test]
fn the_tags_of_the_tests_are_told_apart_as_the_crate_does() {
    let mut runner = TestRunner::deterministic();
    for _ in 0..2_000 {
        let tag = tag().new_tree(&mut runner).unwrap().current();
        assert_eq!(
            is_version(&tag),
            samever_core::PublishedVersion::from_tag(&tag).is_ok(),
            "{tag}"
        );
    }
}
