//! What must hold of every answer.

use samever_core::Version;

use crate::verify::invariant::rule::{Judgement, require};
use crate::verify::world::{Answer, Case, Main, SkipWording};

fn is_allowed(case: &Case<'_>, version: &Version) -> bool {
    (case.prereleases || !version.is_prerelease()) && !case.history.excludes(version)
}

/// The tag of a canonical that rule 2 takes for the base: older than a head whose version is known.
fn canonical_base(case: &Case<'_>) -> Option<usize> {
    let (canonical, head) = (case.canonical_version()?, case.head_version()?);
    let number = case.history.find(canonical)?;
    let tagged = case.history.version(number)?;
    let older = canonical.is_older_than(head) && tagged.is_older_than(head);
    (older && is_allowed(case, tagged)).then_some(number)
}

fn older_is_published(case: &Case<'_>, head: &Version) -> bool {
    case.history
        .published()
        .any(|tag| tag.version().is_older_than(head) && is_allowed(case, tag.version()))
}

pub(crate) fn strictly_older(case: &Case<'_>, answer: &Answer) -> Judgement {
    let Answer::Version(number) = answer else {
        return Ok(());
    };
    match (case.history.version(*number), case.head_version()) {
        (Some(base), Some(head)) if case.is_open() && !base.is_older_than(head) => {
            Err(if base.is_same_version(head) {
                "which is the head's own version"
            } else {
                "which is newer than the head"
            })
        }
        _ => Ok(()),
    }
}

pub(crate) fn not_excluded(case: &Case<'_>, answer: &Answer) -> Judgement {
    let Answer::Version(number) = answer else {
        return Ok(());
    };
    let base = case.history.version(*number);
    let is_excluded = base.is_some_and(|base| case.history.excludes(base));
    require(!(case.is_open() && is_excluded), "which is excluded")
}

pub(crate) fn no_prerelease(case: &Case<'_>, answer: &Answer) -> Judgement {
    let Answer::Version(number) = answer else {
        return Ok(());
    };
    let base = case.history.version(*number);
    let is_prerelease = base.is_some_and(Version::is_prerelease);
    require(
        !(case.is_open() && !case.prereleases && is_prerelease),
        "which is a pre-release, although none may be a base",
    )
}

pub(crate) fn nearest(case: &Case<'_>, answer: &Answer) -> Judgement {
    let Answer::Version(number) = answer else {
        return Ok(());
    };
    let (Some(base), Some(head)) = (case.history.version(*number), case.head_version()) else {
        return Ok(());
    };
    let steps_back = case.is_open() && canonical_base(case).is_none();
    let between = |version: &Version| {
        base.is_older_than(version) && version.is_older_than(head) && is_allowed(case, version)
    };
    let nearer = case.history.published().any(|tag| between(tag.version()));
    require(
        !(steps_back && nearer),
        "although a newer one is published that is older than the head, too",
    )
}

pub(crate) fn no_needless_skip(case: &Case<'_>, answer: &Answer) -> Judgement {
    let Answer::Skip(_) = answer else {
        return Ok(());
    };
    let is_main = case.is_open() && case.canonical.is_none() && case.main == Main::Elsewhere;
    require(!is_main, "although the main tip is another commit")?;
    let expected = case.is_open() && (case.canonical.is_some() || case.release_first);
    let there_is = case
        .head_version()
        .is_some_and(|head| older_is_published(case, head))
        || canonical_base(case).is_some();
    require(
        !(expected && there_is),
        "although an older version is published",
    )
}

pub(crate) fn canonical_is_base(case: &Case<'_>, answer: &Answer) -> Judgement {
    match case.canonical_version() {
        Some(canonical) if case.is_open() && canonical_base(case).is_some() => require(
            is_base_of_same_version(case, answer, canonical),
            "which is not the canonical, although that is published and older than the head",
        ),
        Some(_) | None => Ok(()),
    }
}

/// Whether an answer is a tag of the same version as the canonical that is a base for the head: which
/// of those is left to a resolver.
fn is_base_of_same_version(case: &Case<'_>, answer: &Answer, canonical: &Version) -> bool {
    let (Answer::Version(number), Some(head)) = (answer, case.head_version()) else {
        return false;
    };
    let base = case.history.version(*number);
    base.is_some_and(|base| {
        base.is_same_version(canonical) && base.is_older_than(head) && is_allowed(case, base)
    })
}

/// Whether an answer is the tag that spells a version exactly or, where there is
/// none, any of the same version: which of those is left to a resolver.
fn is_tag_of(case: &Case<'_>, answer: &Answer, wanted: &Version) -> bool {
    let Answer::Version(number) = answer else {
        return false;
    };
    let mut published = case.history.published();
    let has_exact = published.any(|tag| tag.version() == wanted);
    case.history
        .version(*number)
        .is_some_and(|version| version == wanted || (!has_exact && version.is_same_version(wanted)))
}

pub(crate) fn canonical_before_main(case: &Case<'_>, answer: &Answer) -> Judgement {
    let is_main = matches!(answer, Answer::MainTip | Answer::HeadCommit);
    require(
        !(case.is_open() && case.canonical.is_some() && is_main),
        "although there is a canonical",
    )
}

pub(crate) fn fallback(case: &Case<'_>, answer: &Answer) -> Judgement {
    if !case.is_open() || case.canonical.is_some() {
        return Ok(());
    }
    let head = case.head_version();
    let is_released = case.release_first && head.is_some_and(|head| older_is_published(case, head));
    match answer {
        Answer::MainTip | Answer::HeadCommit => require(
            !is_released,
            "although releases come first, and an older one is published",
        ),
        Answer::Version(_) | Answer::Unpublished(_) => require(
            case.release_first || head.is_none(),
            "although there is no canonical, and the main tip comes first",
        ),
        Answer::OtherCommit(_) | Answer::Skip(_) | Answer::NoAnswer => Ok(()),
    }
}

/// Whether an answer is the override as it was given, which no tag publishes.
fn is_override_unchecked(case: &Case<'_>, answer: &Answer) -> bool {
    let given = case.override_version.filter(|_| case.declared.is_none());
    match (given, answer) {
        (Some(given), Answer::Unpublished(text)) => {
            case.history.find(&given.version).is_none()
                && text.strip_prefix('v').unwrap_or(text) == given.version.to_string()
        }
        _ => false,
    }
}

pub(crate) fn override_wins(case: &Case<'_>, answer: &Answer) -> Judgement {
    match case.override_version {
        Some(version) if case.declared.is_none() => match case.history.find(&version.version) {
            Some(_) => require(
                is_tag_of(case, answer, &version.version),
                "which is not the version given by hand",
            ),
            None => require(
                *answer == Answer::NoAnswer || is_override_unchecked(case, answer),
                "although the version given by hand is not published",
            ),
        },
        Some(_) | None => Ok(()),
    }
}

pub(crate) fn declared_skips(case: &Case<'_>, answer: &Answer) -> Judgement {
    let says_why = matches!(
        answer,
        Answer::Skip(SkipWording::Declared | SkipWording::AroundDeclared(_))
    );
    require(
        case.declared.is_none() || says_why,
        "although upgrades are declared not applicable, for a reason that is not among its words",
    )
}

pub(crate) fn ref_is_another_commit(case: &Case<'_>, answer: &Answer) -> Judgement {
    match answer {
        Answer::HeadCommit => Err("so that the head would be upgraded to itself"),
        Answer::OtherCommit(_) => Err("which is not the main tip"),
        Answer::MainTip => require(
            case.main == Main::Elsewhere,
            "which is not known to be another commit than the head",
        ),
        Answer::Version(_) | Answer::Unpublished(_) | Answer::Skip(_) | Answer::NoAnswer => Ok(()),
    }
}

pub(crate) fn skip_has_a_reason(_: &Case<'_>, answer: &Answer) -> Judgement {
    require(
        *answer != Answer::Skip(SkipWording::Empty),
        "so that what was not tested is not known",
    )
}

pub(crate) fn published(case: &Case<'_>, answer: &Answer) -> Judgement {
    let Answer::Unpublished(text) = answer else {
        return Ok(());
    };
    let is_tag = case.history.tags().iter().any(|tag| tag == text);
    require(
        is_override_unchecked(case, answer),
        if is_tag {
            "which is a tag, but its name is no version"
        } else {
            "which is not published"
        },
    )
}

/// Whether the facts suffice for an answer, which a head of unknown version with a canonical
/// leaves to the resolver.
fn suffice(case: &Case<'_>) -> bool {
    if case.declared.is_some() {
        return true;
    }
    match (case.override_version, case.canonical) {
        (Some(version), _) => case.history.find(&version.version).is_some(),
        (None, Some(_)) => {
            case.head_version().is_some() && case.history.published().next().is_some()
        }
        (None, None) => {
            let released = case.release_first
                && case
                    .head_version()
                    .is_some_and(|head| older_is_published(case, head));
            released || case.main != Main::Unknown
        }
    }
}

pub(crate) fn answers(case: &Case<'_>, answer: &Answer) -> Judgement {
    require(
        *answer != Answer::NoAnswer || !suffice(case),
        "although the facts suffice for an answer",
    )
}

pub(crate) fn no_guess(case: &Case<'_>, answer: &Answer) -> Judgement {
    let canonical = case.canonical_version().filter(|_| case.is_open());
    let takes_canonical = canonical
        .is_some_and(|canonical| case.head.is_none() && is_tag_of(case, answer, canonical));
    require(
        suffice(case)
            || *answer == Answer::NoAnswer
            || takes_canonical
            || is_override_unchecked(case, answer),
        "although the facts do not suffice for an answer",
    )
}

pub(crate) fn right_reason(expected: &Answer, answer: &Answer) -> Judgement {
    let both_skip = matches!((expected, answer), (Answer::Skip(_), Answer::Skip(_)));
    require(
        !both_skip || expected == answer,
        "which is not the oracle's reason",
    )
}

pub(crate) fn oracle(expected: &Answer, answer: &Answer) -> Judgement {
    require(expected == answer, "which is not the oracle's answer")
}
