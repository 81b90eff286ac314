//! What must hold of every answer.

use samever_core::RecipeVersion;

use crate::verify::invariant::rule::{Judgement, require};
use crate::verify::world::{Answer, Case, Main, SkipWording};

fn is_allowed(case: &Case<'_>, version: &RecipeVersion) -> bool {
    (case.prereleases || !version.is_prerelease()) && !case.history.excludes(version)
}

/// The tag of a canonical that rule 2 takes for the base.
fn canonical_base(case: &Case<'_>) -> Option<usize> {
    let canonical = case.canonical_version()?;
    let number = case.history.find(canonical)?;
    let tagged = case.history.version(number)?;
    let older = case
        .head_version()
        .is_none_or(|head| canonical.is_older_than(head) && tagged.is_older_than(head));
    (older && is_allowed(case, tagged)).then_some(number)
}

fn older_is_published(case: &Case<'_>, head: &RecipeVersion) -> bool {
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

pub(crate) fn nearest(case: &Case<'_>, answer: &Answer) -> Judgement {
    let Answer::Version(number) = answer else {
        return Ok(());
    };
    let (Some(base), Some(head)) = (case.history.version(*number), case.head_version()) else {
        return Ok(());
    };
    let steps_back = case.is_open() && canonical_base(case).is_none();
    let between = |version: &RecipeVersion| {
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
            is_tag_of(case, answer, canonical),
            "which is not the canonical, although that is published and older than the head",
        ),
        Some(_) | None => Ok(()),
    }
}

/// Whether an answer is the tag that spells a version exactly or, where there is
/// none, any of the same version: which of those is left to a resolver.
fn is_tag_of(case: &Case<'_>, answer: &Answer, wanted: &RecipeVersion) -> bool {
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

pub(crate) fn override_wins(case: &Case<'_>, answer: &Answer) -> Judgement {
    match case.override_version {
        Some(version) if case.declared.is_none() => match case.history.find(&version.version) {
            Some(_) => require(
                is_tag_of(case, answer, &version.version),
                "which is not the version given by hand",
            ),
            None => require(
                *answer == Answer::NoAnswer,
                "although the version given by hand is not published",
            ),
        },
        Some(_) | None => Ok(()),
    }
}

pub(crate) fn declared_skips(case: &Case<'_>, answer: &Answer) -> Judgement {
    require(
        case.declared.is_none() || *answer == Answer::Skip(SkipWording::Declared),
        "although upgrades are declared not applicable, for a reason",
    )
}

pub(crate) fn ref_is_another_commit(case: &Case<'_>, answer: &Answer) -> Judgement {
    match answer {
        Answer::HeadCommit => Err("so that the head would be upgraded to itself"),
        Answer::OtherCommit(_) => {
            Err("which is neither the main tip nor anything else it was told")
        }
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
        "so that nobody knows what was not tested",
    )
}

pub(crate) fn published(_: &Case<'_>, answer: &Answer) -> Judgement {
    require(
        !matches!(answer, Answer::Unpublished(_)),
        "which is not published",
    )
}

pub(crate) fn answers(case: &Case<'_>, answer: &Answer) -> Judgement {
    if *answer != Answer::NoAnswer || case.declared.is_some() {
        return require(
            *answer != Answer::NoAnswer,
            "although upgrades are declared not applicable",
        );
    }
    let suffices = match (case.override_version, case.canonical) {
        (Some(version), _) => case.history.find(&version.version).is_some(),
        (None, Some(_)) => {
            canonical_base(case).is_some()
                || (case.head_version().is_some() && case.history.published().next().is_some())
        }
        (None, None) => {
            let released = case.release_first
                && case
                    .head_version()
                    .is_some_and(|head| older_is_published(case, head));
            released || case.main != Main::Unknown
        }
    };
    require(!suffices, "although the facts suffice for an answer")
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
