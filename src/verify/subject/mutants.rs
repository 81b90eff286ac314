//! Resolvers with a known fault each. A campaign that does not find the fault
//! would not find it in another resolver either.
//!
//! All but the wrappers at the end are one chain with a part that can be bent.

use std::cmp::Ordering;

use crate::cancel::Cancel;
use crate::recipe::CanonicalRecord;
use crate::run::{Stage, VerdictKind};
use crate::simulate::{Call, Ran};
use samever_core::{Order, PublishedVersion, Version};

use crate::verify::history::{FaultInjection, RunKind, RunObservation};
use crate::verify::subject::{Subject, SubjectError, built_in};
use crate::verify::world::case::History;
use crate::verify::world::{Answer, Case, Main, SkipWording};

/// A mutant: a broken resolver, or a broken CI server.
#[derive(Clone, Copy, Debug)]
pub struct Mutant {
    /// Its name.
    pub name: &'static str,
    /// What is wrong with it.
    pub sentence: &'static str,
    /// The invariant that must kill it.
    pub killed_by: &'static str,
    /// Where the fault was met, if it was a real one.
    pub source: Option<&'static str>,
    pub(super) ask: fn(&Case<'_>, &mut Memory) -> Answer,
    /// What it makes of each run, if it is a CI server that is broken.
    pub(crate) tamper: Option<FaultInjection>,
}

/// What a resolver should not remember.
#[derive(Clone, Debug, Default)]
pub(super) struct Memory {
    head: Option<Version>,
}

/// A mutant on trial.
#[derive(Debug)]
pub(crate) struct MutantSubject {
    mutant: Mutant,
    memory: Memory,
}

impl MutantSubject {
    pub(crate) fn new(mutant: Mutant) -> Self {
        Self {
            mutant,
            memory: Memory::default(),
        }
    }
}

impl Subject for MutantSubject {
    fn ask(
        &mut self,
        cases: &[Case<'_>],
        answers: &mut Vec<Answer>,
        _: &Cancel,
    ) -> Result<(), SubjectError> {
        for case in cases {
            answers.push((self.mutant.ask)(case, &mut self.memory));
        }
        Ok(())
    }

    fn begin(&mut self) {
        self.memory = Memory::default();
    }
}

macro_rules! mutants {
    (
        $($name:literal, $sentence:literal, killed by $killed_by:literal: $ask:expr;)+
        $(server $server:literal, $fault:literal, killed by $by:literal: $tamper:expr;)+
    ) => {
        /// Those that were made up, each with the invariant that must kill it.
        pub(super) const MADE_UP: &[Mutant] = &[
            $(Mutant { name: $name, sentence: $sentence, killed_by: $killed_by, source: None, ask: $ask, tamper: None },)+
            $(Mutant {
                name: $server,
                sentence: $fault,
                killed_by: $by,
                source: None,
                ask: |case, _| built_in(case),
                tamper: Some($tamper),
            },)+
        ];
    };
}

mutants! {
    "historical", "the base is the canonical, whatever the head is", killed by "strictly-older":
        |case, _| match open_canonical(case).map(|canonical| found(case, canonical)) {
            Some(answer @ Answer::Version(_)) => answer,
            _ => built_in(case),
        };
    "newest-or-equal", "the newest published version that is not newer than the head", killed by "strictly-older":
        |case, _| bent(case, &Bend { is_older: |version, head| version <= head, ..HONEST });
    "newest-of-all", "the newest published version, whatever the head is", killed by "strictly-older":
        |case, _| bent(case, &Bend { is_older: |_, _| true, ..HONEST });
    "oldest", "the oldest published version", killed by "nearest":
        |case, _| bent(case, &Bend { order: |left, right| right.cmp(left), ..HONEST });
    "one-too-far-back", "the version before the newest older one", killed by "nearest":
        |case, _| bent(case, &Bend { skipped: 1, ..HONEST });
    "lexical-order", "versions are ordered as text", killed by "nearest":
        |case, _| bent(case, &Bend {
            order: |left, right| left.to_string().cmp(&right.to_string()),
            ..HONEST
        });
    "creation-order", "the last older version to be tagged", killed by "nearest":
        |case, _| bent(case, &Bend { order: |_, _| Ordering::Equal, ..HONEST });
    "app-version-first", "versions are ordered by app version, then by recipe version", killed by "nearest":
        |case, _| bent(case, &Bend {
            order: |left, right| (app(left), left).cmp(&(app(right), right)),
            ..HONEST
        });
    "app-version-ignored", "versions that differ in their app version alone are one", killed by "nearest":
        |case, _| bent(case, &Bend {
            is_older: |version, head| recipe(version) < recipe(head),
            ..HONEST
        });
    "app-version-as-semver", "app versions are ordered as semver's build metadata", killed by "no-needless-skip":
        |case, _| bent(case, &Bend {
            is_older: |version, head| {
                as_semver(version) < as_semver(head) && !version.is_same_version(head)
            },
            order: |left, right| as_semver(left).cmp(&as_semver(right)),
            ..HONEST
        });
    "sort-v", "a pre-release sorts after its release", killed by "strictly-older":
        |case, _| bent(case, &Bend {
            is_older: |version, head| sort_v(version, head).is_lt(),
            order: sort_v,
            ..HONEST
        });
    "skip-when-same", "a canonical that is the head's own version is a skip", killed by "no-needless-skip":
        |case, _| match (open_canonical(case), case.head_version()) {
            (Some(canonical), Some(head)) if canonical.is_same_version(head) => skip(),
            _ => built_in(case),
        };
    "skip-when-newer", "a canonical that is newer than the head is a skip", killed by "no-needless-skip":
        |case, _| match (open_canonical(case), case.head_version()) {
            (Some(canonical), Some(head)) if head.is_older_than(canonical) => skip(),
            _ => built_in(case),
        };
    "downgrade", "a canonical that is newer than the head is the base", killed by "strictly-older":
        |case, _| match (open_canonical(case), case.head_version()) {
            (Some(canonical), Some(head)) if head.is_older_than(canonical) => found(case, canonical),
            _ => built_in(case),
        };
    "override-ignored", "a base given by hand is ignored", killed by "override-wins":
        |case, _| built_in(&Case { override_version: None, ..*case });
    "override-only-if-older", "a base given by hand is used only if it is older than the head", killed by "override-wins":
        |case, _| match (case.override_version, case.head_version()) {
            (Some(wanted), Some(head)) if !wanted.version.is_older_than(head) => {
                built_in(&Case { override_version: None, ..*case })
            }
            _ => built_in(case),
        };
    "main-tip-first", "the main tip is the base although there is a canonical", killed by "canonical-before-main":
        |case, _| match open_canonical(case) {
            Some(_) if case.main == Main::Elsewhere => Answer::MainTip,
            _ => built_in(case),
        };
    "fallback-ignored", "without a canonical the main tip is the base, whatever the policy", killed by "fallback":
        |case, _| built_in(&Case { release_first: false, ..*case });
    "head-as-ref", "where the main tip is the head, that is the base", killed by "ref-is-another-commit":
        |case, _| match built_in(case) {
            Answer::Skip(SkipWording::Known(_)) if case.canonical.is_none() => Answer::HeadCommit,
            answer => answer,
        };
    "empty-reason", "a skip says nothing", killed by "skip-has-a-reason":
        |case, _| match built_in(case) {
            Answer::Skip(SkipWording::Known(_)) => Answer::Skip(SkipWording::Empty),
            answer => answer,
        };
    "wrong-reason", "every skip is for the head being the main tip", killed by "right-reason":
        |case, _| match built_in(case) {
            Answer::Skip(SkipWording::Known(_)) => {
                Answer::Skip(SkipWording::of("head == main tip (no predecessor delta)", None))
            }
            answer => answer,
        };
    "prereleases-dropped", "pre-releases are never bases", killed by "no-needless-skip":
        |case, _| bent(case, &Bend { sees: |published| !published.version().is_prerelease(), ..HONEST });
    "exclusions-ignored", "a version that is excluded is a base like any other", killed by "not-excluded":
        |case, _| {
            let all = History::new(case.history.tags().to_vec());
            built_in(&Case { history: &all, ..*case })
        };
    "exclusions-counted", "each exclusion takes the step back one version further, whatever it excludes", killed by "exclusions":
        |case, _| bent(case, &Bend { skipped: case.history.excluded().len(), ..HONEST });
    "prereleases-taken", "a pre-release is a base although none may be", killed by "no-prerelease":
        |case, _| built_in(&Case { prereleases: true, ..*case });
    "guesses", "a head of unknown version is taken for newer than anything", killed by "no-guess":
        |case, _| match (built_in(case), case.head, case.history.set().newest()) {
            (Answer::NoAnswer, None, Some(newest)) if case.canonical.is_some() => {
                case.history.number(newest).map_or(Answer::NoAnswer, Answer::Version)
            }
            (answer, _, _) => answer,
        };
    "v-tags-unseen", "tags with a leading v are not seen", killed by "no-needless-skip":
        |case, _| bent(case, &Bend { sees: |published| !published.tag().starts_with('v'), ..HONEST });
    "first-100-tags", "only the first 100 tags are seen", killed by "nearest":
        |case, _| bent(case, &Bend { tags_max: 100, ..HONEST });
    "unpublished-base", "the base is one patch before the head, published or not", killed by "published":
        |case, _| match (built_in(case), case.head_version()) {
            (Answer::Version(_), Some(head)) if case.override_version.is_none() => {
                Answer::Unpublished(format!("{head}.previous"))
            }
            (answer, _) => answer,
        };
    "missing-app-is-older", "a missing app version is taken for an older version", killed by "strictly-older":
        |case, _| bent(case, &Bend { is_older: |version, head| version < head, ..HONEST });
    "first-tag-wins", "of the older versions, the tag that comes first", killed by "order-of-tags":
        |case, _| bent(case, &Bend { order: |_, _| Ordering::Equal, skipped: usize::MAX, ..HONEST });
    "remembers", "the head of the question before is taken for this one's", killed by "same-answer":
        |case, memory| {
            let stale = memory.head.take();
            memory.head = case.head_version().cloned();
            match (built_in(case), stale) {
                (Answer::Version(_), Some(stale)) if Some(&stale) == open_canonical(case) => skip(),
                (answer, _) => answer,
            }
        };
    "canonical-ignored", "the base is the newest older version, canonical or not", killed by "canonical-is-base":
        |case, _| match (open_canonical(case), case.head_version()) {
            (Some(_), Some(head)) => {
                let newest = newest_older_than(case, head);
                let newest = newest.and_then(|newest| case.history.number(newest));
                newest.map_or_else(|| built_in(case), Answer::Version)
            }
            _ => built_in(case),
        };
    "declaration-ignored", "a recipe that is declared not applicable is upgraded all the same", killed by "declared-skips":
        |case, _| built_in(&Case { declared: None, ..*case });
    "gives-up", "a canonical that is the head's own version is an error", killed by "answers":
        |case, _| match (open_canonical(case), case.head_version()) {
            (Some(canonical), Some(head)) if canonical.is_same_version(head) => Answer::NoAnswer,
            _ => built_in(case),
        };
    "chokes-on-junk", "a tag that is no version is an error", killed by "junk-tags":
        |case, _| match case.history.set().ignored() {
            [] => built_in(case),
            [..] => Answer::NoAnswer,
        };
    "middle", "the middle one of the older versions", killed by "losers":
        |case, _| bent(case, &Bend { half: true, ..HONEST });
    "other-orders-as-text", "versions of another order than Co-op Cloud's are compared as text", killed by "other-orders":
        |case, _| match case.history.order() {
            Order::CoopCloud => built_in(case),
            _ => bent(case, &Bend { is_older: |a, b| a.to_string() < b.to_string(), ..HONEST }),
        };
    "other-orders-refused", "a question in another order than Co-op Cloud's is an error", killed by "other-orders":
        |case, _| if case.history.order() == Order::CoopCloud { built_in(case) } else { Answer::NoAnswer };
    "other-prereleases", "the pre-releases of another order than semver's are releases", killed by "other-orders":
        |case, _| match case.history.order() {
            Order::CoopCloud | Order::Semver => built_in(case),
            _ => built_in(&Case { prereleases: true, ..*case }),
        };
    "skips-when-lost", "where a canonical is all there is to go by, that is a skip", killed by "no-guess":
        |case, _| match (built_in(case), open_canonical(case)) {
            (Answer::NoAnswer, Some(_)) => skip(),
            (answer, _) => answer,
        };
    "refuses-the-unknown-head", "a head of unknown version is an error although the canonical is published", killed by "oracle":
        |case, _| match (built_in(case), case.head) {
            (Answer::Version(_), None) if case.is_open() => Answer::NoAnswer,
            (answer, _) => answer,
        };
    "last-head", "the base is whatever the run before tested", killed by "nights-upgrade":
        |case, memory| {
            let before = std::mem::replace(&mut memory.head, case.head_version().cloned());
            match (built_in(case), before.and_then(|before| case.history.find(&before))) {
                (Answer::Version(_), Some(before)) => Answer::Version(before),
                (answer, _) => answer,
            }
        };
    "every-other-night", "the same question is a skip every other time", killed by "quiet-nights":
        |case, memory| {
            let now = case.head_version().cloned();
            let again = memory.head.is_some() && memory.head == now;
            memory.head = if again { None } else { now };
            match built_in(case) {
                Answer::Version(_) if again => skip(),
                answer => answer,
            }
        };
    "before-the-canonical", "the base is the version before the canonical, which may be broken", killed by "bump-once":
        |case, _| match (built_in(case), open_canonical(case)) {
            (Answer::Version(number), Some(canonical)) => {
                let older = newest_older_than(case, canonical);
                let older = older.and_then(|older| case.history.number(older));
                Answer::Version(older.unwrap_or(number))
            }
            (answer, _) => answer,
        };
    server "upgrade-not-awaited", "a CI server that takes an upgrade for good once it has begun", killed by "broken-migration":
        |_, ran| if let Ok(observed) = &mut ran.observed && observed.stage == Some(Stage::Upgrade) {
            (observed.verdict, observed.stage) = (VerdictKind::Green, None);
        };
    server "head-not-checked", "a CI server that does not check the head", killed by "broken-head":
        |_, ran| if let Ok(observed) = &mut ran.observed && observed.stage == Some(Stage::HeadCheck) {
            (observed.verdict, observed.stage) = (VerdictKind::Green, None);
        };
    server "never-promotes", "a CI server that never moves the canonical", killed by "canonical-follows":
        |_, ran| if let Ok(observed) = &mut ran.observed {
            observed.promoted = None;
        };
    server "promotes-red", "a CI server that promotes what is red", killed by "promotion":
        |run, ran| promote(run, ran, run.kind == RunKind::Nightly && run.enrolled && run.is_latest());
    server "promotes-pull-requests", "a CI server that promotes pull requests", killed by "promotion":
        |run, ran| promote(run, ran, run.kind == RunKind::PullRequest);
    server "promotes-the-unenrolled", "a CI server that promotes whatever the recipe", killed by "promotion":
        |run, ran| promote(run, ran, run.kind == RunKind::Nightly && run.is_latest() && is_good(run));
    server "promotes-backwards", "a CI server that promotes an older version, too", killed by "promotion":
        |run, ran| promote(run, ran, run.kind == RunKind::Nightly && run.enrolled && is_good(run));
    server "promotes-the-unreleased", "a CI server that promotes the newest version on a tree that is not its tag's", killed by "promotion":
        |run, ran| promote(run, ran, run.kind == RunKind::Nightly && run.enrolled && run.is_latest() && is_good(run));
    server "latest-for-the-base", "a CI server that deploys the head for the base", killed by "pinned-tree":
        |_, ran| if let Some(run) = &mut ran.account && run.evidence.base.is_some() {
            run.evidence.base.clone_from(&run.evidence.head);
        };
    server "believes-its-plan", "a CI server that takes what it asked for to be what runs", killed by "as-deployed":
        |_, ran| if let Ok(observed) = &mut ran.observed && observed.stage == Some(Stage::WrongVersion) {
            (observed.verdict, observed.stage) = (VerdictKind::Green, None);
        };
    server "promotes-the-unseen", "a CI server that moves the canonical although nothing shows what ran", killed by "as-deployed":
        |run, ran| promote(run, ran, run.kind == RunKind::Nightly && run.enrolled && is_good(run) && run.is_release && !run.is_seen());
    server "leaves-the-stack", "a CI server that leaves the teardown out", killed by "torn-down":
        |_, ran| if let Some(calls) = &mut ran.calls {
            calls.retain(|call| !matches!(call, Call::Teardown { .. }));
        };
    server "silent-teardown", "a CI server that does not tell of a teardown that failed", killed by "torn-down":
        |_, ran| if let Ok(observed) = &mut ran.observed && observed.stage == Some(Stage::Teardown) {
            (observed.verdict, observed.stage) = (VerdictKind::Green, None);
        };
    server "failed-deploy-is-a-skip", "a CI server that takes a deployment that failed for a skip", killed by "failure-is-red":
        |_, ran| if let Ok(observed) = &mut ran.observed
            && matches!(observed.stage, Some(Stage::BaseDeploy | Stage::Upgrade | Stage::HeadDeploy))
        {
            (observed.verdict, observed.stage) = (VerdictKind::Skipped, None);
        };
    server "base-not-checked", "a CI server that does not check the base", killed by "failure-is-red":
        |_, ran| if let Ok(observed) = &mut ran.observed && observed.stage == Some(Stage::BaseCheck) {
            (observed.verdict, observed.stage) = (VerdictKind::Green, None);
        };
    server "skip-is-green", "a CI server that reports a green upgrade where it tested none", killed by "real-agrees":
        |_, ran| if let Ok(observed) = &mut ran.observed && observed.verdict == VerdictKind::Skipped {
            observed.verdict = VerdictKind::Green;
        };
}

/// Whether a run has a verdict that is not red.
fn is_good(run: &RunObservation) -> bool {
    matches!(&run.outcome, Ok(observed) if observed.verdict != VerdictKind::Red)
}

/// Makes the head of a run the canonical, where a broken CI server thinks fit.
fn promote(run: &RunObservation, ran: &mut Ran, fit: bool) {
    if let (Ok(observed), Some(head), true) = (&mut ran.observed, &run.head, fit) {
        observed.promoted = Some(CanonicalRecord {
            recipe: None,
            version: head.clone(),
            commit: Some(run.head_commit),
            origin: None,
        });
    }
}

/// The canonical, where nothing else decides before it.
pub(super) fn open_canonical<'a>(case: &Case<'a>) -> Option<&'a Version> {
    case.canonical_version().filter(|_| case.is_open())
}

/// The newest version that may be the base and is older than another.
pub(super) fn newest_older_than<'a>(
    case: &Case<'a>,
    version: &Version,
) -> Option<&'a PublishedVersion> {
    let excluded = case.history.excluded().iter();
    let excluded = excluded.map(|exclusion| &exclusion.version).collect();
    let set = case.history.set();
    set.newest_older_than(version, case.prereleases, &excluded)
}

pub(super) fn found(case: &Case<'_>, version: &Version) -> Answer {
    let number = case.history.find(version);
    number.map_or(Answer::NoAnswer, Answer::Version)
}

pub(super) fn skip() -> Answer {
    let text = "base == head and no older published predecessor";
    Answer::Skip(SkipWording::of(text, None))
}

/// The recipe version: what stands before the app version.
fn recipe(version: &Version) -> Version {
    let text = version.to_string();
    let core = text.split('+').next().unwrap_or_default();
    // In another order there is no app version.
    Version::parse(core).unwrap_or_else(|_| version.clone())
}

fn app(version: &Version) -> String {
    let text = version.to_string();
    text.split_once('+')
        .map_or_else(String::new, |(_, app)| app.to_owned())
}

/// What semver makes of the whole version: `v10` is a word there, before `v9`.
fn as_semver(version: &Version) -> semver::Version {
    // What is none of semver is not told apart.
    let parsed = semver::Version::parse(&version.to_string());
    parsed.unwrap_or(semver::Version::new(0, 0, 0))
}

/// The order of `sort -V`: `2.0.0` before `2.0.0-rc.1`.
fn sort_v(left: &Version, right: &Version) -> Ordering {
    let key = |version: &Version| {
        let text = version.to_string();
        let core = text.split(['-', '+']).next().unwrap_or_default();
        let core: Vec<u64> = core
            .split('.')
            .filter_map(|part| part.parse().ok())
            .collect();
        (core, version.is_prerelease(), version.clone())
    };
    key(left).cmp(&key(right))
}

/// The parts of the step back that can be bent.
pub(super) struct Bend {
    pub(super) is_older: fn(&Version, &Version) -> bool,
    pub(super) order: fn(&Version, &Version) -> Ordering,
    pub(super) sees: fn(&PublishedVersion) -> bool,
    /// How many of the newest older versions are passed over, if there are more.
    pub(super) skipped: usize,
    pub(super) tags_max: usize,
    /// Whether the middle one is taken of those that are older.
    pub(super) half: bool,
}

pub(super) const HONEST: Bend = Bend {
    is_older: Version::is_older_than,
    order: Ord::cmp,
    sees: |_| true,
    skipped: 0,
    tags_max: usize::MAX,
    half: false,
};

/// The chain, with a step back that is bent. The other rules are honest.
pub(super) fn bent(case: &Case<'_>, bend: &Bend) -> Answer {
    let honest = built_in(case);
    let canonical_stands = match (open_canonical(case), case.head_version(), &honest) {
        (Some(canonical), Some(_), Answer::Version(number)) => case
            .history
            .version(*number)
            .is_some_and(|base| base.is_same_version(canonical)),
        (None, Some(_), _) => !case.release_first,
        _ => true,
    };
    let (Some(head), true, false) = (case.head_version(), case.is_open(), canonical_stands) else {
        return honest;
    };
    if case.history.published().next().is_none() {
        return honest;
    }
    let mut older: Vec<(usize, &Version)> = case
        .history
        .published()
        .enumerate()
        .take(bend.tags_max)
        .filter(|(_, published)| (bend.sees)(published))
        .map(|(number, published)| (number, published.version()))
        .filter(|(_, version)| case.prereleases || !version.is_prerelease())
        .filter(|(_, version)| !case.history.excludes(version))
        .filter(|(_, version)| (bend.is_older)(version, head))
        .collect();
    older.sort_by(|left, right| (bend.order)(left.1, right.1));
    let last = older.len().checked_sub(1);
    let skipped = if bend.half {
        older.len() / 2
    } else {
        bend.skipped
    };
    match last.map(|last| last.saturating_sub(skipped)) {
        Some(at) => Answer::Version(older[at].0),
        None if open_canonical(case).is_some() => skip(),
        None => honest,
    }
}
