//! Every world of a few versions, in each order of versions. What is older than what stands in a
//! table by hand, so that no comparison of this crate has a part in what is expected.

use crate::{
    Base, Canonical, CommitId, Exclusion, Fallback, Head, IncompleteHistory, Inputs, MainTip,
    Order, Policy, PublishedSet, ResolveError, resolve,
};

/// A version, the class within which it is comparable, its place there, and whether it is a
/// pre-release. Versions of one class and place are the same.
type Known = (&'static str, char, u8, bool);

/// An order, the tags of its worlds, and other spellings, which are no tags.
type Table = (Order, [Known; 5], [Known; 2]);

const TABLES: [Table; 5] = [
    (
        Order::CoopCloud,
        [
            ("1.2.9+9.10", '-', 0, false),
            ("1.2.10-rc.1+9.10", '-', 1, true),
            ("1.2.10+9.9", '-', 2, false),
            ("1.2.10+9.10", '-', 3, false),
            ("1.10.0+1.0", '-', 4, false),
        ],
        [("1.10.0", '-', 4, false), ("10.0.0+0.1", '-', 5, false)],
    ),
    (
        Order::Semver,
        [
            ("1.2.9", '-', 0, false),
            ("1.2.10-alpha.9", '-', 1, true),
            ("1.2.10-alpha.10", '-', 2, true),
            ("1.2.10", '-', 3, false),
            ("1.10.0", '-', 4, false),
        ],
        [("1.2.10+build.7", '-', 3, false), ("2.0.0", '-', 5, false)],
    ),
    (
        Order::Numeric,
        [
            ("2024.9", '-', 0, false),
            ("2024.10.1", '-', 1, false),
            ("2024.9-lts", 'l', 0, false),
            ("2024.10-lts", 'l', 1, false),
            ("2025.01", '-', 2, false),
        ],
        [("2024.10.01", '-', 1, false), ("2025.1-lts", 'l', 2, false)],
    ),
    (
        Order::Pep440,
        [
            ("1.9", '-', 0, false),
            ("1.10.dev3", '-', 1, true),
            ("1.10rc1", '-', 2, true),
            ("1.10", '-', 3, false),
            ("1.10.post1", '-', 4, false),
        ],
        [("1.10.0", '-', 3, false), ("1!0.1", '-', 5, false)],
    ),
    (
        Order::Debian,
        [
            ("9.0-1", '-', 0, false),
            ("1:1.0~rc1-1", '-', 1, true),
            ("1:1.0-1", '-', 2, false),
            ("1:1.0-1+b1", '-', 3, false),
            ("1:1.0-10", '-', 4, false),
        ],
        [("0:9.0-1", '-', 0, false), ("2:0.1", '-', 5, false)],
    ),
];

/// What a world holds beside its tags.
#[derive(Clone, Copy, Debug)]
struct Asked {
    head: Option<Known>,
    canonical: Option<Known>,
    override_version: Option<Known>,
    excluded: Option<Known>,
    prereleases: bool,
    releases_first: bool,
    head_is_main_tip: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    /// The version in this class and place.
    Version(char, u8),
    MainTip,
    Skip,
    Refused,
}

/// What must come out, by the table alone.
fn expected(tags: &[Known], asked: Asked) -> Answer {
    let same = |one: Known, other: Known| (one.1, one.2) == (other.1, other.2);
    let older = |one: Known, other: Known| one.1 == other.1 && one.2 < other.2;
    let answer = |tag: Known| Answer::Version(tag.1, tag.2);
    let find = |wanted| tags.iter().copied().find(|tag| same(*tag, wanted));
    if let Some(wanted) = asked.override_version {
        return find(wanted).map_or(Answer::Refused, answer);
    }
    let allowed = |tag: &Known| {
        (asked.prereleases || !tag.3) && asked.excluded.is_none_or(|excluded| !same(*tag, excluded))
    };
    let nearest = || {
        let head = asked.head?;
        let older = tags.iter().copied().filter(|tag| older(*tag, head));
        older.filter(allowed).max_by_key(|tag| tag.2)
    };
    let Some(canonical) = asked.canonical else {
        return match nearest() {
            Some(tag) if asked.releases_first => answer(tag),
            _ if asked.head_is_main_tip => Answer::Skip,
            _ => Answer::MainTip,
        };
    };
    let tagged = find(canonical).filter(allowed);
    match (tagged, asked.head) {
        (Some(tag), None) => answer(tag),
        (Some(tag), Some(head)) if older(tag, head) => answer(tag),
        (_, None) => Answer::Refused,
        _ if tags.is_empty() => Answer::Refused,
        _ => nearest().map_or(Answer::Skip, answer),
    }
}

/// What the chain answers.
fn answered(order: Order, published: &PublishedSet, known: &[Known], asked: Asked) -> Answer {
    let version = |known: Known| order.parse(known.0).unwrap();
    let named = [asked.head, asked.canonical, asked.override_version];
    let [head, canonical, override_version] = named.map(|named| named.map(version));
    let excluded: Vec<Exclusion> = asked
        .excluded
        .map(|known| Exclusion {
            version: version(known),
            reason: "it is excluded".to_owned(),
        })
        .into_iter()
        .collect();
    let [commit, other] = [1, 2].map(|byte| CommitId::from_bytes([byte; 20]));
    let head = Head {
        commit,
        version: head.as_ref().ok_or("it is in no file"),
    };
    let inputs = Inputs::new(head, published)
        .override_version(override_version.as_ref())
        .main_tip(Some(MainTip {
            name: "main",
            commit: if asked.head_is_main_tip {
                commit
            } else {
                other
            },
            version: None,
        }))
        .canonical(canonical.as_ref().map(|version| Canonical {
            version,
            commit: None,
            tag_commit: None,
        }))
        .excluded(&excluded)
        .policy(Policy {
            prereleases: asked.prereleases,
            fallback: if asked.releases_first {
                Fallback::ReleaseFirst
            } else {
                Fallback::MainTip
            },
            ..Policy::default()
        });
    match resolve(&inputs) {
        Ok(plan) => match plan.base {
            Base::Version(base) => {
                let tag = known.iter().find(|known| known.0 == base.tag()).unwrap();
                Answer::Version(tag.1, tag.2)
            }
            Base::Ref(_) => Answer::MainTip,
            Base::Skip(_) => Answer::Skip,
        },
        Err(
            ResolveError::OverrideNotPublished { .. }
            | ResolveError::NothingToDecideWith { .. }
            | ResolveError::Incomplete(IncompleteHistory::NothingPublished { .. }),
        ) => Answer::Refused,
        Err(error) => panic!("{error}: {asked:?}"),
    }
}

/// Everything that is asked of some tags.
fn questions(tags: &[Known; 5], named: &[Known]) -> Vec<Asked> {
    let or_none = |known: &[Known]| -> Vec<Option<Known>> {
        let known = known.iter().copied().map(Some);
        known.chain([None]).collect()
    };
    let (named, excluded) = (or_none(named), or_none(tags));
    let mut all = Vec::new();
    for &head in &named {
        for &canonical in &named {
            for &excluded in &excluded {
                for switches in 0..8 {
                    all.push(Asked {
                        head,
                        canonical,
                        override_version: None,
                        excluded,
                        prereleases: switches & 1 == 0,
                        releases_first: switches & 2 == 0,
                        head_is_main_tip: switches & 4 == 0,
                    });
                }
            }
            for &override_version in named.iter().filter(|named| named.is_some()) {
                all.push(Asked {
                    head,
                    canonical,
                    override_version,
                    excluded: Some(tags[0]),
                    prereleases: false,
                    releases_first: true,
                    head_is_main_tip: false,
                });
            }
        }
    }
    all
}

#[test]
fn every_small_world_of_each_order_has_the_answer_of_its_table() {
    let mut asked_of = [0_u64; 5];
    for (number, (order, tags, others)) in TABLES.iter().enumerate() {
        let texts: Vec<Known> = tags.iter().chain(others).copied().collect();
        let questions = questions(tags, &texts);
        for set in 0..1_u32 << tags.len() {
            let chosen = tags.iter().enumerate();
            let chosen = chosen.filter(|(at, _)| set >> at & 1 == 1);
            let chosen: Vec<Known> = chosen.map(|(_, tag)| *tag).collect();
            let names: Vec<&str> = chosen.iter().map(|tag| tag.0).collect();
            let published = PublishedSet::with_prefix(*order, "", &names);
            for asked in &questions {
                let answer = answered(*order, &published, tags, *asked);
                assert_eq!(
                    answer,
                    expected(&chosen, *asked),
                    "{order:?} {names:?} {asked:?}"
                );
                asked_of[number] += 1;
            }
        }
    }
    assert_eq!(asked_of, [112_640; 5]);
}
