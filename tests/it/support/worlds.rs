//! Worlds put to the crate's chain, in the terms of the oracle.

use super::oracle::{self, Answer, Main, World};
use samever_core::{
    Base, Canonical, CommitId, Fallback, Head, IncompleteHistory, Inputs, MainTip, Policy,
    PublishedSet, RecipeVersion, ResolveError,
};

pub(crate) const HEAD: CommitId = CommitId::from_bytes([1; 20]);
pub(crate) const MAIN: CommitId = CommitId::from_bytes([2; 20]);

#[track_caller]
pub(crate) fn version(text: &str) -> RecipeVersion {
    RecipeVersion::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// Tells whether a tag publishes a version: digits decide, for the tags that
/// the tests use.
pub(crate) fn is_version(tag: &str) -> bool {
    let core = tag
        .strip_prefix('v')
        .unwrap_or(tag)
        .split(['-', '+'])
        .next()
        .unwrap();
    core.split('.').count() == 3 && core.split('.').all(|part| part.parse::<u64>().is_ok())
}

/// The tags of a world that are versions, as the oracle takes them.
pub(crate) fn published(world: &World) -> Vec<(String, oracle::Parts)> {
    let versions = world.tags.iter().filter(|tag| is_version(tag));
    versions
        .map(|tag| (tag.clone(), oracle::parts(tag)))
        .collect()
}

/// Asks the crate's chain.
pub(crate) fn ask(world: &World) -> Answer {
    let published = PublishedSet::from_tags(&world.tags);
    let parse = |text: &Option<String>| text.as_deref().map(version);
    let (head, canonical) = (parse(&world.head), parse(&world.canonical));
    let override_version = parse(&world.override_version);
    let main_version = match &world.main {
        Main::Elsewhere(version) => parse(version),
        Main::Unknown | Main::IsHead => None,
    };
    answer_of(&inputs(
        world,
        &published,
        head.as_ref(),
        canonical.as_ref(),
        override_version.as_ref(),
        main_version.as_ref(),
    ))
}

/// The chain's inputs for a world of which the texts have been parsed.
pub(crate) fn inputs<'a>(
    world: &World,
    published: &'a PublishedSet,
    head: Option<&'a RecipeVersion>,
    canonical: Option<&'a RecipeVersion>,
    override_version: Option<&'a RecipeVersion>,
    main_version: Option<&'a RecipeVersion>,
) -> Inputs<'a> {
    let version = head.ok_or("no label");
    let commit = HEAD;
    Inputs::new(Head { commit, version }, published)
        .declared(world.declared.then_some("because we say so"))
        .override_version(override_version)
        .main_tip(match world.main {
            Main::Unknown => None,
            Main::IsHead => Some(MainTip {
                name: "main",
                commit: HEAD,
                version: head,
            }),
            Main::Elsewhere(_) => Some(MainTip {
                name: "main",
                commit: MAIN,
                version: main_version,
            }),
        })
        .canonical(canonical.map(|version| Canonical {
            version,
            commit: None,
            tag_commit: None,
        }))
        .shallow(world.shallow)
        .policy(Policy {
            fallback: if world.release_first {
                Fallback::ReleaseFirst
            } else {
                Fallback::MainTip
            },
            prereleases: world.prereleases,
            ignore_canonical: world.ignore_canonical,
        })
}

/// Asks the chain and states its answer in the oracle's terms.
#[track_caller]
pub(crate) fn answer_of(inputs: &Inputs<'_>) -> Answer {
    let plan = match samever_core::resolve(inputs) {
        Ok(plan) => plan,
        Err(undecided) => {
            return Answer::Refused(match undecided {
                ResolveError::OverrideNotPublished { .. } => "override",
                ResolveError::Incomplete(IncompleteHistory::Shallow) => "shallow",
                ResolveError::Incomplete(IncompleteHistory::NothingPublished(_)) => {
                    "nothing published"
                }
                ResolveError::NothingToDecideWith { .. } => "nothing left",
                ResolveError::NoMainTip => "main",
                unknown => panic!("a refusal that the oracle does not know: {unknown}"),
            });
        }
    };
    assert!(
        plan.trail.iter().rev().skip(1).all(|step| step.passed),
        "{plan:?}"
    );
    assert!(!plan.trail.last().unwrap().passed, "{plan:?}");
    let rung = plan.rung().name();
    match plan.base {
        Base::Version(base) => Answer::Version {
            tag: base.tag(),
            rung,
            delta: plan.delta.expect("a base has a delta").name(),
        },
        Base::Ref(commit) => {
            assert_eq!((commit, rung), (MAIN, "main-tip"), "the only ref there is");
            Answer::MainTip {
                delta: plan.delta.expect("a base has a delta").name(),
            }
        }
        Base::Skip(reason) => {
            assert_eq!(plan.delta, None, "a skip has no base to compare");
            let known = [
                "because we say so",
                "head == main tip (no predecessor delta)",
                "base == head and no older published predecessor",
                "canonical is newer than head and no older published predecessor",
                "canonical is no longer published and no older published predecessor",
                "canonical is an excluded pre-release and no older published predecessor",
            ];
            let shown = reason.to_string();
            let reason = known.into_iter().find(|known| *known == shown);
            Answer::Skip {
                rung,
                reason: reason.expect("the wording is known"),
            }
        }
    }
}
