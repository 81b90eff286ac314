//! Resolvers and CI servers with the fault of a real incident each, and its public source. Each was
//! written from its report.

use crate::run::{Stage, VerdictKind};
use crate::verify::subject::built_in;
use crate::verify::subject::mutants::{
    Bend, HONEST, Mutant, bent, found, newest_older_than, open_canonical, skip,
};
use crate::verify::world::{Answer, Case};
use samever_core::{PublishedVersion, Version};

/// How many releases a page holds.
const PAGE: usize = 30;

macro_rules! incidents {
    ($($name:literal, $sentence:literal, source $source:literal, killed by $killed_by:literal: $ask:expr $(, tamper $tamper:expr)?;)+) => {
        /// All of them.
        pub(super) const INCIDENTS: &[Mutant] = &[
            $(Mutant {
                name: $name,
                sentence: $sentence,
                killed_by: $killed_by,
                source: Some($source),
                ask: $ask,
                tamper: incidents!(@ $($tamper)?),
            },)+
        ];
    };
    (@) => { None };
    (@ $tamper:expr) => { Some($tamper) };
}

incidents! {
    "major-bump-skipped", "a base of another major version is a skip",
        source "https://github.com/helm/chart-testing/pull/103", killed by "no-needless-skip":
        |case, _| match other_major(case) {
            Some((_, true)) => skip(),
            Some((answer, false)) => answer,
            None => built_in(case),
        };
    "major-bump-onto-itself", "where the base has another major version, the head is upgraded to itself",
        source "https://github.com/zammad/zammad-helm/pull/460", killed by "strictly-older":
        |case, _| match (other_major(case), case.head_version()) {
            (Some((answer, true)), Some(head)) => match found(case, head) {
                Answer::NoAnswer => answer,
                itself => itself,
            },
            _ => built_in(case),
        };
    "failing-base-passes", "a base that does not deploy or does not work is no failure",
        source "https://github.com/helm/chart-testing/blob/main/pkg/chart/chart.go", killed by "real-agrees":
        |case, _| built_in(case),
        tamper |_, ran| if let Ok(observed) = &mut ran.observed
            && matches!(observed.stage, Some(Stage::BaseDeploy | Stage::BaseCheck))
        {
            (observed.verdict, observed.stage) = (VerdictKind::Green, None);
        };
    "first-page-that-has-one", "releases are read in pages, the last created first, and the first page that holds an older one decides",
        source "https://github.com/ClickHouse/ClickHouse/pull/115228", killed by "nearest":
        |case, _| stepped(case, |case, head| {
            let tags: Vec<_> = case.history.tags().iter().rev().collect();
            tags.chunks(PAGE).find_map(|page| {
                let on_page = |published: &&PublishedVersion| page.iter().any(|tag| **tag == published.tag());
                let published = case.history.published().filter(on_page);
                older(case, head, published).max_by(|left, right| left.version().cmp(right.version()))
            })
        });
    "exclusions-shift", "the place in the list of all versions is looked up in the list without the excluded ones",
        source "https://github.com/scylladb/scylla-cluster-tests/pull/15096", killed by "nearest":
        |case, _| stepped(case, |case, head| {
            let mut all: Vec<_> = case.history.published().collect();
            all.sort_by(|left, right| right.version().cmp(left.version()));
            let place = all.iter().position(|published| published.version().is_older_than(head))?;
            let allowed = all.into_iter().filter(|published| may_be_base(case, published.version()));
            let allowed: Vec<_> = allowed.collect();
            let base = allowed.get(place).or(allowed.last()).copied();
            base.filter(|base| base.version().is_older_than(head))
        });
    "one-pre-release-dropped", "where the version before is a pre-release, the one before that is taken, whatever it is",
        source "https://github.com/scylladb/scylla-cluster-tests/issues/4501", killed by "no-prerelease":
        |case, _| stepped(case, |case, head| {
            let with_all = Case { prereleases: true, ..*case };
            let newest = newest_older_than(&with_all, head)?;
            if case.prereleases || !newest.version().is_prerelease() {
                return Some(newest);
            }
            newest_older_than(&with_all, newest.version())
        });
    "latest-at-the-end", "the latest published version is the base wherever it is not the head's",
        source "https://github.com/medic/cht-core/issues/9191", killed by "strictly-older":
        |case, _| stepped(case, |case, head| {
            let newest = case.history.set().newest()?;
            if newest.version().is_same_version(head) {
                return newest_older_than(case, head);
            }
            Some(newest).filter(|newest| may_be_base(case, newest.version()))
        });
    "latest-is-latest", "the latest published version is the base, the head's own included",
        source "https://github.com/scylladb/scylla-cluster-tests/issues/6640", killed by "strictly-older":
        |case, _| stepped(case, |case, head| {
            let newest = case.history.set().newest().filter(|newest| may_be_base(case, newest.version()));
            newest.filter(|newest| !head.is_older_than(newest.version()))
        });
    "next-entry", "the tag after the head's in the list of all tags is the version before, although one version may have two",
        source "https://github.com/fission/fission/pull/3642", killed by "strictly-older":
        |case, _| stepped(case, |case, head| {
            let tags = case.history.tags().iter();
            let mut all: Vec<_> = tags.filter_map(|tag| PublishedVersion::from_tag(tag).ok()).collect();
            all.sort_by(|left, right| right.version().cmp(left.version()));
            let at_head = all.iter().position(|published| published.version() == head);
            let next = match at_head {
                Some(place) => all.get(place + 1),
                None => all.iter().find(|published| published.version().is_older_than(head)),
            };
            case.history.set().find(next?.version())
        });
    "v-tags-alone", "where some tags have a v, those without are not seen",
        source "https://github.com/anothrNick/github-tag-action/issues/141", killed by "no-needless-skip":
        |case, _| stepped(case, |case, head| {
            let has_v = |published: &&PublishedVersion| published.tag().starts_with('v');
            let is_mixed = case.history.published().any(|published| has_v(&published));
            let seen = case.history.published().filter(|published| !is_mixed || has_v(published));
            older(case, head, seen).max_by(|left, right| left.version().cmp(right.version()))
        });
    "failed-listing-is-empty", "a list of tags that takes more than one page cannot be read, and counts as empty",
        source "https://github.com/xetdata/xet-core/pull/157", killed by "no-needless-skip":
        |case, _| stepped(case, |case, head| {
            let is_read = case.history.tags().len() <= PAGE;
            newest_older_than(case, head).filter(|_| is_read)
        });
    "yanked-baseline", "a version that was withdrawn from use is the base",
        source "https://github.com/obi1kenobi/cargo-semver-checks/issues/254", killed by "not-excluded":
        |case, _| stepped(case, |case, head| {
            let all = case.history.published().filter(|published| {
                case.prereleases || !published.version().is_prerelease()
            });
            let all = all.filter(|published| published.version().is_older_than(head));
            all.max_by(|left, right| left.version().cmp(right.version()))
        });
    "old-revision-is-the-new-one", "where the head is not released, its own tree is taken for the one before",
        source "https://github.com/helm/chart-testing/issues/433", killed by "ref-is-another-commit":
        |case, _| match built_in(case) {
            Answer::MainTip if case.head_version().is_some_and(|head| case.history.find(head).is_none()) => {
                Answer::HeadCommit
            }
            answer => answer,
        };
}

/// Whether the chain's own answer has another major version than the head, and that answer.
fn other_major(case: &Case<'_>) -> Option<(Answer, bool)> {
    let answer = built_in(case);
    let (Answer::Version(number), true, Some(head)) =
        (&answer, case.is_open(), case.head_version())
    else {
        return None;
    };
    let major = |version: &Version| {
        let text = version.to_string();
        text.split('.').next().map(str::to_owned)
    };
    let base = case.history.version(*number)?;
    let differs = major(base) != major(head);
    Some((answer, differs))
}

/// The chain, where something else steps back.
fn stepped(
    case: &Case<'_>,
    base: for<'a> fn(&Case<'a>, &Version) -> Option<&'a PublishedVersion>,
) -> Answer {
    let honest = bent(case, &HONEST);
    // A step back that finds nothing shows whether the chain steps back here at all.
    let blind = Bend {
        is_older: |_, _| false,
        ..HONEST
    };
    let (true, Some(head)) = (bent(case, &blind) != honest, case.head_version()) else {
        return honest;
    };
    let number = base(case, head).and_then(|base| case.history.number(base));
    match number {
        Some(number) => Answer::Version(number),
        None if open_canonical(case).is_some() => skip(),
        None => honest,
    }
}

fn may_be_base(case: &Case<'_>, version: &Version) -> bool {
    (case.prereleases || !version.is_prerelease()) && !case.history.excludes(version)
}

fn older<'a>(
    case: &Case<'a>,
    head: &Version,
    published: impl Iterator<Item = &'a PublishedVersion>,
) -> impl Iterator<Item = &'a PublishedVersion> {
    let allowed = published.filter(|published| may_be_base(case, published.version()));
    allowed.filter(|published| published.version().is_older_than(head))
}
