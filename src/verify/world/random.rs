//! Random worlds, shaped for trouble: versions that are close, equal recipe
//! versions with other app versions or none, pre-releases, tags with a `v`,
//! numbers against words, the largest number, junk, canonicals that are newer or
//! gone, unreadable heads, and now and then hundreds of tags.

use std::collections::BTreeSet;
use std::sync::Arc;

use proptest::prelude::{Just, Strategy, any, prop};
use proptest::prop_oneof;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use samever_core::Exclusion;

use crate::verify::world::case::{History, Main, TestVersion};
use crate::verify::world::{EXCLUDED_REASON, World};

/// A stream of random things, which is the same for the same seed and number.
pub fn stream(seed: u64, number: u64) -> TestRunner {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    bytes[8..16].copy_from_slice(&number.to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    TestRunner::new_with_rng(Config::default(), rng)
}

/// The next world of a stream, with the way to smaller ones.
///
/// # Panics
///
/// Never: no world is rejected.
pub fn next_world(stream: &mut TestRunner) -> Box<dyn ValueTree<Value = World>> {
    let tree = world().new_tree(stream);
    Box::new(tree.expect("no world is rejected"))
}

/// Versions that are close to each other.
fn close_version() -> impl Strategy<Value = String> {
    let core = prop_oneof![
        12 => (prop_oneof![Just(9), Just(10)], 0..2_u8)
            .prop_map(|(minor, patch)| format!("1.{minor}.{patch}")),
        1 => Just("18446744073709551615.0.0".to_owned()),
        1 => prop_oneof![Just(9), Just(10)].prop_map(|major| format!("{major}.0.0")),
    ];
    let pre = prop_oneof![6 => Just(""), 1 => Just("-rc.9"), 1 => Just("-rc.10"), 1 => Just("-alpha.9"), 1 => Just("-beta.1")];
    let app = prop_oneof![
        2 => Just(""), 1 => Just("+9"), 1 => Just("+10"), 1 => Just("+9.1-a"), 1 => Just("+a"),
        1 => Just("+1.9.0"), 1 => Just("+1.10.0"), 1 => Just("+v9"), 1 => Just("+v10"), 1 => Just("+09"),
    ];
    (core, pre, app).prop_map(|(core, pre, app)| format!("{core}{pre}{app}"))
}

fn tag() -> impl Strategy<Value = String> {
    prop_oneof![
        10 => close_version(),
        2 => close_version().prop_map(|version| format!("v{version}")),
        1 => prop_oneof![Just("latest"), Just("v1"), Just("1.0"), Just("nightly-7"), Just("01.2.3")]
            .prop_map(str::to_owned),
    ]
}

/// Tags in any order; no name twice, and no version both with and without `v`.
fn tags() -> impl Strategy<Value = Vec<String>> {
    let few = prop::collection::vec(tag(), 0..14);
    let many = (prop::collection::vec(tag(), 0..6), 100..300_u16).prop_map(|(mut tags, count)| {
        tags.extend((0..count).map(|patch| format!("1.9.{}+7", patch + 2)));
        tags
    });
    prop_oneof![40 => few, 1 => many.prop_shuffle()].prop_map(|tags| {
        let mut seen = BTreeSet::new();
        let mut is_new = |tag: &String| seen.insert(tag.trim_start_matches('v').to_owned());
        tags.into_iter().filter(|tag| is_new(tag)).collect()
    })
}

/// A history with exclusions: a version is excluded where its bit is set.
fn excluding(history: History, bits: u16) -> History {
    let numbered = history.published().take(16).enumerate();
    let excluded = numbered.filter(|(number, _)| bits >> number & 1 == 1);
    let excluded: Vec<_> = excluded
        .map(|(_, published)| Exclusion {
            version: published.version().clone(),
            reason: EXCLUDED_REASON.to_owned(),
        })
        .collect();
    history.excluding(&excluded)
}

fn world() -> impl Strategy<Value = World> {
    let some = |probability| prop::option::weighted(probability, close_version());
    let rare = |probability| prop::bool::weighted(probability);
    let main = prop_oneof![
        Just(Main::IsHead),
        Just(Main::Elsewhere),
        Just(Main::Unknown)
    ];
    // Which of the first versions are excluded: mostly none.
    let excluded = prop_oneof![4 => Just(0), 1 => any::<u16>(), 1 => 0..4_u16];
    let facts = ((tags(), excluded), some(0.9), some(0.75), some(0.1), main);
    let switches = (rare(0.03), any::<bool>(), rare(0.25), any::<bool>());
    (facts, switches).prop_map(|(facts, switches)| {
        let ((tags, excluded), head, canonical, override_version, main) = facts;
        let (declared, release_first, no_prereleases, steady) = switches;
        let spelled = |text: &Option<String>| {
            let text = text.as_deref();
            text.map(|text| TestVersion::new(text).expect("close versions are versions"))
        };
        World {
            history: Arc::new(excluding(History::new(tags), excluded)),
            // The steady state is what a quiet night sees; chance alone rarely does.
            canonical: match canonical {
                Some(_) if steady => spelled(&head),
                canonical => spelled(&canonical),
            },
            head: spelled(&head),
            override_version: spelled(&override_version),
            declared,
            main,
            release_first,
            prereleases: !no_prereleases,
            record: None,
        }
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{next_world, stream};
    use crate::verify::world::World;
    use samever_core::Version;
    use samever_core::{Base, resolve};

    const WANTED: [&str; 36] = [
        "9 and 10 as app versions",
        "9 and 10 as majors",
        "9 and 10 behind a letter",
        "9 and 10",
        "a head between tags",
        "a huge number",
        "a leading zero as an app version",
        "a newer canonical",
        "a pre-release",
        "a stale head",
        "a tag with a v",
        "a withdrawn canonical",
        "an excluded canonical",
        "an excluded predecessor",
        "an unpublished canonical",
        "an unreadable head",
        "canonical",
        "declared",
        "equal recipe versions with other app versions",
        "hundreds of tags",
        "junk",
        "main-tip",
        "no answer",
        "no app version",
        "override",
        "release",
        "skip: base == head and no older published predecessor",
        "skip: canonical is excluded and no older published predecessor",
        "skip: canonical is an excluded pre-release and no older published predecessor",
        "skip: canonical is newer than head and no older published predecessor",
        "skip: canonical is no longer published and no older published predecessor",
        "skip: head == main tip (no predecessor delta)",
        "skip: it keeps no state",
        "step-back",
        "tags out of order",
        "the steady state",
    ];

    /// What is special about a world.
    #[expect(clippy::too_many_lines, reason = "it is a list")]
    fn edges(world: &World) -> Vec<&'static str> {
        let tags = world.history.tags();
        let has = |needle: &str| tags.iter().any(|tag| tag.contains(needle));
        let spelled = (&world.head, &world.canonical);
        let versions = match spelled {
            (Some(head), Some(canonical)) => Some((&head.version, &canonical.version)),
            _ => None,
        };
        let newest = world.history.set().newest();
        let starts = |start: &str| tags.iter().any(|tag| tag.starts_with(start));
        // Not published itself, between others that are.
        let is_between = |version: &Version| {
            let mut older = world.history.published();
            let mut newer = world.history.published();
            world.history.find(version).is_none()
                && older.any(|tag| tag.version().is_older_than(version))
                && newer.any(|tag| version.is_older_than(tag.version()))
        };
        let edges = [
            ("hundreds of tags", tags.len() > 200),
            (
                "a tag with a v",
                tags.iter().any(|tag| tag.starts_with("v1.")),
            ),
            ("a pre-release", has("-rc.")),
            ("a huge number", has("18446744073709551615")),
            ("no app version", tags.iter().any(|tag| tag == "1.10.0")),
            ("9 and 10", has("1.9.") && has("1.10.")),
            ("9 and 10 as majors", starts("9.") && starts("10.")),
            ("9 and 10 as app versions", has("+1.9.0") && has("+1.10.0")),
            ("9 and 10 behind a letter", has("+v9") && has("+v10")),
            (
                "a leading zero as an app version",
                tags.iter().any(|tag| tag.ends_with("+09")),
            ),
            (
                "equal recipe versions with other app versions",
                tags.iter().any(|tag| {
                    let recipe = tag.split('+').next();
                    let same = |other: &&String| other.split('+').next() == recipe;
                    tag.contains('+') && tags.iter().filter(same).count() > 1
                }),
            ),
            (
                "a head between tags",
                world
                    .head
                    .as_ref()
                    .is_some_and(|head| is_between(&head.version)),
            ),
            (
                "a withdrawn canonical",
                world
                    .canonical
                    .as_ref()
                    .is_some_and(|canonical| is_between(&canonical.version)),
            ),
            (
                "an excluded canonical",
                versions.is_some_and(|(_, canonical)| world.history.excludes(canonical)),
            ),
            (
                "an excluded predecessor",
                versions.is_some_and(|(head, _)| {
                    let older = world
                        .history
                        .set()
                        .newest_older_than(head, true, &BTreeSet::new());
                    older.is_some_and(|older| world.history.excludes(older.version()))
                }),
            ),
            ("junk", has("latest")),
            ("an unreadable head", world.head.is_none()),
            (
                "the steady state",
                world.head.is_some() && world.head == world.canonical,
            ),
            ("tags out of order", !tags.is_sorted()),
            (
                "a newer canonical",
                versions.is_some_and(|(head, canonical)| head.is_older_than(canonical)),
            ),
            (
                "an unpublished canonical",
                versions.is_some_and(|(_, canonical)| world.history.find(canonical).is_none()),
            ),
            (
                "a stale head",
                versions
                    .zip(newest)
                    .is_some_and(|((head, _), newest)| head.is_older_than(newest.version())),
            ),
        ];
        let edges = edges.into_iter().filter(|(_, is_it)| *is_it);
        edges.map(|(edge, _)| edge).collect()
    }

    /// A generator that never builds the case tests nothing.
    #[test]
    fn every_rung_skip_reason_and_edge_occurs_in_the_stream() {
        let mut worlds = stream(7, 0);
        let mut seen = BTreeSet::new();
        for _ in 0..20_000 {
            let world = next_world(&mut worlds).current();
            seen.extend(edges(&world).into_iter().map(str::to_owned));
            let case = world.case();
            let inputs = case.inputs();
            match resolve(&inputs) {
                Err(_) => drop(seen.insert("no answer".to_owned())),
                Ok(plan) => {
                    seen.insert(plan.rung().name().to_owned());
                    if let Base::Skip(reason) = plan.base {
                        seen.insert(format!("skip: {reason}"));
                    }
                }
            }
        }
        assert_eq!(seen, WANTED.map(str::to_owned).into());
    }

    #[test]
    fn the_same_seed_gives_the_same_worlds_and_another_gives_others() {
        let texts = |seed, number| {
            let mut worlds = stream(seed, number);
            let texts = (0..50).map(|_| format!("{:?}", next_world(&mut worlds).current()));
            texts.collect::<Vec<_>>()
        };
        assert_eq!(texts(1, 1), texts(1, 1));
        assert_ne!(texts(1, 1), texts(2, 1));
        assert_ne!(texts(1, 1), texts(1, 2));
    }
}
