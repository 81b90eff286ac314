//! The chain against the oracle, over the worlds of the trial and with what the
//! trial leaves out: a shallow clone, an ignored canonical, the main tip's
//! version, and by which rule and with which delta it decides.

use std::collections::BTreeSet;

use samever::internals::{
    Decision, Main, Missing, SMALL_WORLDS, SmallWorlds, TestVersion, World, next_world,
    oracle_decides, stream,
};
use samever::verify::{Answer, BuiltIn, Case, Subject};
use samever_core::{
    Base, Delta, IncompleteHistory, PublishedVersion, ResolveError, Rung, Version, resolve,
};

/// How many random worlds a test takes.
const RANDOM: usize = 4_096;

/// What the chain answers.
fn built_in(case: &Case<'_>) -> Answer {
    let mut answers = Vec::with_capacity(1);
    BuiltIn
        .ask(
            std::slice::from_ref(case),
            &mut answers,
            &samever::Cancel::never(),
        )
        .unwrap();
    answers.remove(0)
}

/// What the chain decides, in the oracle's terms.
#[track_caller]
fn chain(case: &Case<'_>) -> Decision {
    let inputs = case.inputs();
    let plan = match resolve(&inputs) {
        Ok(plan) => plan,
        Err(error) => {
            let missing = match error {
                ResolveError::OverrideNotPublished { .. } => Missing::Override,
                ResolveError::Incomplete(IncompleteHistory::Shallow) => Missing::History,
                ResolveError::Incomplete(IncompleteHistory::NothingPublished(_)) => {
                    Missing::Published
                }
                ResolveError::NothingToDecideWith { .. } => Missing::Anything,
                ResolveError::NoMainTip => Missing::Main,
                unknown => panic!("{case}: the oracle knows no such refusal: {unknown}"),
            };
            return Decision {
                answer: built_in(case),
                rung: Err(missing),
                delta: None,
            };
        }
    };
    let (last, passed) = plan.trail.split_last().expect("some rule decides");
    assert!(passed.iter().all(|step| step.passed), "{case}: {plan:?}");
    assert!(!last.passed, "{case}: {plan:?}");
    let is_skip = matches!(plan.base, Base::Skip(_));
    assert_eq!(plan.delta.is_none(), is_skip, "{case}: a base has a delta");
    Decision {
        answer: built_in(case),
        rung: Ok(plan.rung()),
        delta: plan.delta.map(Delta::name),
    }
}

/// A case with what the trial leaves out.
fn variants<'a>(
    case: Case<'a>,
    main_versions: &'a [Option<TestVersion>],
) -> impl Iterator<Item = Case<'a>> {
    let count = match case.main {
        Main::Elsewhere => main_versions.len(),
        Main::IsHead | Main::Unknown => 1,
    };
    main_versions[..count].iter().flat_map(move |main_version| {
        [(false, false), (false, true), (true, false), (true, true)].map(
            |(shallow, ignore_canonical)| Case {
                main_version: main_version.as_ref(),
                shallow,
                ignore_canonical,
                ..case
            },
        )
    })
}

fn main_versions() -> [Option<TestVersion>; 3] {
    [None, Some("1.9.1+9"), Some("1.10.0")]
        .map(|text| text.map(|text| TestVersion::new(text).unwrap()))
}

fn random_worlds(count: usize) -> impl Iterator<Item = World> {
    let mut stream = stream(7, 0);
    std::iter::repeat_with(move || next_world(&mut stream).current()).take(count)
}

/// The kind of a decision: all but the version of the base.
fn kind(case: &Case<'_>, decision: &Decision) -> String {
    let delta = decision.delta.unwrap_or("none given");
    match (&decision.answer, decision.rung) {
        (Answer::Version(_), Ok(rung)) => format!("version by {}, {delta}", rung.name()),
        (Answer::MainTip, Ok(Rung::MainTip)) => format!("main tip, {delta}"),
        (answer @ Answer::Skip(_), Ok(_)) => answer.shown(case).to_string(),
        (Answer::NoAnswer, Err(missing)) => format!("refused: {missing:?}"),
        other => panic!("{case}: {other:?}"),
    }
}

/// The version of the base, where that is a published one.
fn base(case: &Case<'_>) -> Option<Version> {
    match built_in(case) {
        Answer::Version(number) => case.history.version(number).cloned(),
        _ => None,
    }
}

#[test]
fn every_small_world_is_decided_as_the_oracle_decides_it() {
    let main_versions = [Some(TestVersion::new("1.10.0+v9").unwrap())];
    let worlds = SmallWorlds::default();
    let (mut count, mut seen) = (0_u64, BTreeSet::new());
    for plain in worlds.range(0..SMALL_WORLDS) {
        for case in variants(plain, &main_versions) {
            let decision = chain(&case);
            assert_eq!(decision, oracle_decides(&case), "{case}");
            count += 1;
            let answer = decision.answer.shown(&case).to_string();
            seen.insert((answer, decision.rung, decision.delta));
        }
    }
    assert_eq!(count, 7_278_336, "the cases are pinned");
    assert_eq!(seen.len(), 67, "distinct decisions among them: {seen:#?}");
}

/// A generator that never builds the case tests nothing: every rung, reason,
/// refusal and delta occurs.
#[test]
fn every_random_world_is_decided_as_the_oracle_decides_it() {
    let main_versions = main_versions();
    let mut seen = BTreeSet::new();
    for world in random_worlds(5 * RANDOM) {
        for case in variants(world.case(), &main_versions) {
            let decision = chain(&case);
            assert_eq!(decision, oracle_decides(&case), "{case}");
            seen.insert(kind(&case, &decision));
        }
    }
    let expected = [
        "main tip, backward",
        "main tip, forward",
        "main tip, none",
        "main tip, unknown",
        "refused: Anything",
        "refused: History",
        "refused: Main",
        "refused: Override",
        "refused: Published",
        "skip (base == head and no older published predecessor)",
        "skip (canonical is an excluded pre-release and no older published predecessor)",
        "skip (canonical is excluded and no older published predecessor)",
        "skip (canonical is newer than head and no older published predecessor)",
        "skip (canonical is no longer published and no older published predecessor)",
        "skip (head == main tip (no predecessor delta))",
        "skip (it keeps no state)",
        "version by canonical, forward",
        "version by canonical, unknown",
        "version by override, backward",
        "version by override, forward",
        "version by override, none",
        "version by override, unknown",
        "version by release, forward",
        "version by step-back, forward",
    ];
    assert_eq!(seen.into_iter().collect::<Vec<_>>(), expected);
}

#[test]
fn the_order_of_tags_and_junk_among_them_decide_nothing() {
    let main_versions = main_versions();
    for (number, world) in random_worlds(RANDOM).enumerate() {
        let tags = world.history.tags();
        let mut turned = tags.to_vec();
        turned.reverse();
        turned.rotate_left(number % tags.len().max(1));
        let junk = ["latest", "1.0", "nightly-9.9.9", "a-1.2", "v", "01.2.3"];
        let new = junk
            .iter()
            .filter(|junk| !tags.contains(&(**junk).to_owned()));
        let littered = tags
            .iter()
            .cloned()
            .chain(new.map(|junk| (*junk).to_owned()));
        for other in [world.with_tags(turned), world.with_tags(littered.collect())] {
            let others = variants(other.case(), &main_versions);
            for (case, other) in variants(world.case(), &main_versions).zip(others) {
                let (one, two) = (chain(&case), chain(&other));
                assert_eq!((one.rung, one.delta), (two.rung, two.delta), "{case}");
                assert_eq!(base(&case), base(&other), "{case}");
            }
        }
    }
}

#[test]
fn tags_that_lose_do_not_decide_whatever_else_is_published() {
    let main_versions = main_versions();
    let worlds = random_worlds(RANDOM)
        .zip(random_worlds(RANDOM).skip(1))
        .enumerate();
    for (number, (world, another)) in worlds {
        for (at, case) in variants(world.case(), &main_versions).enumerate() {
            let Some(base_version) = base(&case) else {
                continue;
            };
            let decision = chain(&case);
            let mut mask = number.wrapping_mul(0x9E37_79B9) ^ at;
            let is_base = |tag: &String| {
                PublishedVersion::from_tag(tag).is_ok_and(|tag| *tag.version() == base_version)
            };
            let kept = case.history.tags().iter().filter(|tag| {
                mask = mask.rotate_right(1);
                is_base(tag) || mask & 1 == 1
            });
            let thinned = world.with_tags(kept.cloned().collect());
            assert_eq!(
                base(&with_tags_of(case, &thinned)),
                Some(base_version.clone()),
                "{case}"
            );
            // A canonical that is the base is so among any other tags.
            let canonical = case.canonical.map(|canonical| &canonical.version);
            if decision.rung == Ok(Rung::Canonical) && canonical == Some(&base_version) {
                let tags = case.history.tags();
                let stem = |tag: &String| tag.trim_start_matches('v').to_owned();
                let known: BTreeSet<_> = tags.iter().map(stem).collect();
                let more = another.history.tags().iter();
                let more = more.filter(|tag| !known.contains(&stem(tag)));
                let larger = world.with_tags(tags.iter().chain(more).cloned().collect());
                assert_eq!(
                    base(&with_tags_of(case, &larger)),
                    Some(base_version),
                    "{case}"
                );
            }
        }
    }
}

/// The same question about the tags of another world.
fn with_tags_of<'a>(case: Case<'a>, world: &'a World) -> Case<'a> {
    Case {
        history: world.case().history,
        ..case
    }
}

#[test]
fn a_versioned_base_is_older_unless_the_operator_says_otherwise() {
    let main_versions = main_versions();
    for world in random_worlds(RANDOM) {
        for case in variants(world.case(), &main_versions) {
            let decision = chain(&case);
            if let (Answer::Version(_), Ok(rung)) = (&decision.answer, decision.rung) {
                let expected = if case.head.is_some() {
                    "forward"
                } else {
                    "unknown"
                };
                let is_older = decision.delta == Some(expected);
                assert!(rung == Rung::Override || is_older, "{case}: {decision:?}");
            }
        }
    }
}

/// Digits decide, for the tags of the random worlds.
#[test]
fn the_tags_that_are_versions_are_told_apart_by_their_digits() {
    let is_version = |tag: &str| {
        let version = tag.strip_prefix('v').unwrap_or(tag);
        let core = version.split(['-', '+']).next().unwrap();
        let is_number =
            |part: &str| part.parse::<u64>().is_ok() && (part == "0" || !part.starts_with('0'));
        core.split('.').count() == 3 && core.split('.').all(is_number)
    };
    for world in random_worlds(RANDOM) {
        for tag in world.history.tags() {
            let is_published = PublishedVersion::from_tag(tag).is_ok();
            assert_eq!(is_version(tag), is_published, "{tag}");
        }
    }
}
