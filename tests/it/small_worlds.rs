//! Every small world, exhausted: the chain against the oracle, case by case.

use std::collections::BTreeMap;

use crate::support::oracle::{Answer, Main, World, decide, parts};
use crate::support::worlds::{answer_of, inputs, version};
use samever_core::{PublishedSet, RecipeVersion};

/// What may be published: numbers against words, a missing app version between
/// two that differ, a pre-release, and a tag with a `v`.
const TAGS: [&str; 7] = [
    "1.9.0+1",
    "v1.9.1",
    "1.10.0",
    "1.10.0+1",
    "1.10.0+2",
    "2.0.0-rc.1+1",
    "2.0.0+1",
];

/// What canonical, head and override may be besides nothing: each of those,
/// and a version that is never published.
const VERSIONS: [&str; 8] = [
    "1.9.0+1",
    "1.9.1",
    "1.10.0",
    "1.10.0+1",
    "1.10.0+2",
    "2.0.0-rc.1+1",
    "2.0.0+1",
    "1.9.5+1",
];

/// 2^7 histories × 9 canonicals × 9 heads × 9 overrides × 8 policies × 3 main
/// tips × 2 for shallow.
const WORLDS: u64 = 128 * 9 * 9 * 9 * 8 * 3 * 2;

#[test]
fn every_small_world_is_decided_as_the_oracle_decides_it() {
    let versions: Vec<RecipeVersion> = VERSIONS.map(version).into();
    let choices = || std::iter::once(None).chain((0..VERSIONS.len()).map(Some));
    let mut seen: BTreeMap<Answer, u64> = BTreeMap::new();
    for history in 0..1_u32 << TAGS.len() {
        let tags: Vec<&str> = (0..TAGS.len())
            .filter(|bit| history >> bit & 1 == 1)
            .map(|bit| TAGS[bit])
            .collect();
        let set = PublishedSet::from_tags(&tags);
        let published: Vec<_> = tags
            .iter()
            .map(|tag| ((*tag).to_owned(), parts(tag)))
            .collect();
        for canonical in choices() {
            for head in choices() {
                for override_version in choices() {
                    for switches in 0..48_u32 {
                        let text = |choice: Option<usize>| choice.map(|at| VERSIONS[at].to_owned());
                        let parsed = |choice: Option<usize>| choice.map(|at| &versions[at]);
                        let world = World {
                            tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
                            declared: false,
                            override_version: text(override_version),
                            head: text(head),
                            main: match switches / 16 {
                                0 => Main::Unknown,
                                1 => Main::IsHead,
                                _ => Main::Elsewhere(Some("1.10.0+1".to_owned())),
                            },
                            canonical: text(canonical),
                            shallow: switches & 1 != 0,
                            release_first: switches & 2 != 0,
                            prereleases: switches & 4 != 0,
                            ignore_canonical: switches & 8 != 0,
                        };
                        let got = answer_of(&inputs(
                            &world,
                            &set,
                            parsed(head),
                            parsed(canonical),
                            parsed(override_version),
                            Some(&versions[3]),
                        ));
                        let expected = decide(&world, &published);
                        assert_eq!(got, expected, "in {world:#?}");
                        *seen.entry(got).or_default() += 1;
                    }
                }
            }
        }
    }
    assert_eq!(seen.values().sum::<u64>(), WORLDS, "the cases are pinned");
    assert_eq!(WORLDS, 4_478_976);
    assert_eq!(
        seen.len(),
        65,
        "distinct answers among them: {:#?}",
        seen.keys()
    );
}
