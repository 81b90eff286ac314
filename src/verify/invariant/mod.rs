//! What must hold of every answer: each rule once, as data.

pub(crate) mod oracle;
mod runs;

pub(crate) use oracle::Parts;

use samever_core::RecipeVersion;

use crate::verify::history::RunObservation;
use crate::verify::invariant::runs::{
    broken_head_is_red, broken_migration_is_red, bump_once, canonical_follows, nights_upgrade,
    pinned_trees, promotion_by_its_rule, quiet_nights,
};
use crate::verify::world::{Answer, Case, Main, SkipWording};

/// On whom a rule is binding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// On any sane resolver.
    Safety,
    /// On one that claims to be the exact chain.
    DesignA,
}

impl Level {
    /// Both of them.
    pub(crate) const ALL: [Self; 2] = [Self::Safety, Self::DesignA];

    /// The name, as the command line has it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Safety => "safety",
            Self::DesignA => "design-a",
        }
    }
}

/// A rule on trial.
#[derive(Clone, Copy, Debug)]
pub struct Invariant {
    /// Its name.
    pub id: &'static str,
    /// On whom it is binding.
    pub level: Level,
    /// What it says.
    pub sentence: &'static str,
    /// How it is judged.
    pub rule: Rule,
}

/// How a rule is judged.
#[derive(Clone, Copy, Debug)]
pub enum Rule {
    /// By one answer: where it is broken, a relative clause says how.
    Answer(AnswerRule),
    /// By one answer and the oracle's, which comes first.
    Oracle(OracleRule),
    /// By asking again with the tags in another order.
    Reordered,
    /// By asking again with further tags that are no versions.
    Littered,
    /// By asking again without a tag that was not the answer.
    Thinned,
    /// By asking again after other questions.
    Repeated,
    /// By a run of a CI server, and those before it.
    Run(RunRule),
    /// By a run on a real repository.
    RealRun(RunRule),
    /// By comparing a run on a real repository with one on the model.
    RealAgrees,
}

/// All of them.
pub const INVARIANTS: [Invariant; 26] = [
    safety(
        "strictly-older",
        "a base is strictly older than the head wherever both are known, an override apart",
        strictly_older,
    ),
    safety(
        "nearest",
        "nothing published lies strictly between a base that is stepped back to and the head",
        nearest,
    ),
    safety(
        "no-needless-skip",
        "there is no skip while an older version is published, where there is a canonical or releases come first",
        no_needless_skip,
    ),
    safety(
        "canonical-is-base",
        "a published canonical older than the head is the base, whatever else is published",
        canonical_is_base,
    ),
    safety(
        "canonical-before-main",
        "where there is a canonical, the main tip is no base",
        canonical_before_main,
    ),
    safety(
        "override-wins",
        "a published version given by hand is the base, and one that is not published is none",
        override_wins,
    ),
    safety(
        "declared-skips",
        "a recipe that is declared not applicable is skipped, for the reason declared",
        declared_skips,
    ),
    safety(
        "ref-is-another-commit",
        "a ref is never the head's own commit, nor one that nobody named",
        ref_is_another_commit,
    ),
    safety(
        "skip-has-a-reason",
        "every skip says why",
        skip_has_a_reason,
    ),
    safety(
        "published",
        "a base is a published version of this recipe",
        published,
    ),
    safety(
        "answers",
        "where the facts suffice, there is an answer",
        answers,
    ),
    Invariant {
        id: "same-answer",
        level: Level::Safety,
        sentence: "the same question has the same answer, whatever was asked in between",
        rule: Rule::Repeated,
    },
    Invariant {
        id: "order-of-tags",
        level: Level::Safety,
        sentence: "the order of the tags decides nothing",
        rule: Rule::Reordered,
    },
    Invariant {
        id: "junk-tags",
        level: Level::Safety,
        sentence: "tags that are no versions decide nothing",
        rule: Rule::Littered,
    },
    Invariant {
        id: "losers",
        level: Level::Safety,
        sentence: "a published version that is neither the base nor the canonical's decides nothing",
        rule: Rule::Thinned,
    },
    over_time(
        "nights-upgrade",
        "from the second night on, no nightly upgrades a version to itself",
        nights_upgrade,
    ),
    over_time(
        "quiet-nights",
        "two nights without a change between them have the same plan",
        quiet_nights,
    ),
    over_time(
        "bump-once",
        "a release that follows a canonical is upgraded to from it on exactly one good night",
        bump_once,
    ),
    over_time(
        "broken-migration",
        "a migration that does not work is red from the first night on, until it is mended",
        broken_migration_is_red,
    ),
    over_time(
        "canonical-follows",
        "a release that is the newest on a good night becomes canonical that night",
        canonical_follows,
    ),
    over_time(
        "promotion",
        "only a good, cold, full night of the newest version of an enrolled recipe moves its canonical, never back",
        promotion_by_its_rule,
    ),
    over_time(
        "broken-head",
        "a head that does not deploy or does not work is red, whatever its base",
        broken_head_is_red,
    ),
    Invariant {
        id: "pinned-tree",
        level: Level::Safety,
        sentence: "what is deployed is the tree of the base's tag, and then that of the head",
        rule: Rule::RealRun(pinned_trees),
    },
    Invariant {
        id: "real-agrees",
        level: Level::Safety,
        sentence: "a run on a real repository comes out as on the model",
        rule: Rule::RealAgrees,
    },
    Invariant {
        id: "right-reason",
        level: Level::DesignA,
        sentence: "a skip is for the oracle's reason, word for word",
        rule: Rule::Oracle(right_reason),
    },
    Invariant {
        id: "oracle",
        level: Level::DesignA,
        sentence: "the answer is the slow oracle's, case by case",
        rule: Rule::Oracle(oracle),
    },
];

/// A rule of an answer that binds any sane resolver.
const fn safety(id: &'static str, sentence: &'static str, rule: AnswerRule) -> Invariant {
    Invariant {
        id,
        level: Level::Safety,
        sentence,
        rule: Rule::Answer(rule),
    }
}

/// A rule of a run that binds any sane resolver and its CI server.
const fn over_time(id: &'static str, sentence: &'static str, rule: RunRule) -> Invariant {
    Invariant {
        id,
        level: Level::Safety,
        sentence,
        rule: Rule::Run(rule),
    }
}

/// A rule about one run.
pub(crate) type RunRule = fn(&RunObservation) -> Judgement;

/// A rule about one answer.
pub(crate) type AnswerRule = fn(&Case<'_>, &Answer) -> Judgement;

/// A rule about the oracle's answer and one answer.
pub(crate) type OracleRule = fn(&Answer, &Answer) -> Judgement;

/// Whether a rule holds; where it does not, a relative clause says how.
pub(crate) type Judgement = Result<(), &'static str>;

pub(crate) fn require(holds: bool, otherwise: &'static str) -> Judgement {
    if holds { Ok(()) } else { Err(otherwise) }
}

/// Whether neither a declaration nor an override decides.
fn is_open(case: &Case<'_>) -> bool {
    case.declared.is_none() && case.override_version.is_none()
}

fn head<'a>(case: &Case<'a>) -> Option<&'a RecipeVersion> {
    case.head.map(|spelled| &spelled.version)
}

fn canonical<'a>(case: &Case<'a>) -> Option<&'a RecipeVersion> {
    case.canonical.map(|spelled| &spelled.version)
}

fn is_allowed(case: &Case<'_>, version: &RecipeVersion) -> bool {
    case.prereleases || !version.is_prerelease()
}

/// The tag of a canonical that rule 2 takes for the base.
fn canonical_base(case: &Case<'_>) -> Option<usize> {
    let canonical = canonical(case)?;
    let number = case.history.find(canonical)?;
    let tagged = case.history.version(number)?;
    let older =
        head(case).is_none_or(|head| canonical.is_older_than(head) && tagged.is_older_than(head));
    (older && is_allowed(case, tagged)).then_some(number)
}

fn older_is_published(case: &Case<'_>, head: &RecipeVersion) -> bool {
    case.history
        .published()
        .any(|tag| tag.version().is_older_than(head) && is_allowed(case, tag.version()))
}

fn strictly_older(case: &Case<'_>, answer: &Answer) -> Judgement {
    let Answer::Version(number) = answer else {
        return Ok(());
    };
    match (case.history.version(*number), head(case)) {
        (Some(base), Some(head)) if is_open(case) && !base.is_older_than(head) => {
            Err(if base.is_same_version(head) {
                "which is the head's own version"
            } else {
                "which is newer than the head"
            })
        }
        _ => Ok(()),
    }
}

fn nearest(case: &Case<'_>, answer: &Answer) -> Judgement {
    let Answer::Version(number) = answer else {
        return Ok(());
    };
    let (Some(base), Some(head)) = (case.history.version(*number), head(case)) else {
        return Ok(());
    };
    let steps_back = is_open(case) && canonical_base(case).is_none();
    let between = |version: &RecipeVersion| {
        base.is_older_than(version) && version.is_older_than(head) && is_allowed(case, version)
    };
    let nearer = case.history.published().any(|tag| between(tag.version()));
    require(
        !(steps_back && nearer),
        "although a newer one is published that is older than the head, too",
    )
}

fn no_needless_skip(case: &Case<'_>, answer: &Answer) -> Judgement {
    let Answer::Skip(_) = answer else {
        return Ok(());
    };
    let expected = is_open(case) && (case.canonical.is_some() || case.release_first);
    let there_is = head(case).is_some_and(|head| older_is_published(case, head))
        || canonical_base(case).is_some();
    require(
        !(expected && there_is),
        "although an older version is published",
    )
}

fn canonical_is_base(case: &Case<'_>, answer: &Answer) -> Judgement {
    match canonical(case) {
        Some(canonical) if is_open(case) && canonical_base(case).is_some() => require(
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

fn canonical_before_main(case: &Case<'_>, answer: &Answer) -> Judgement {
    let is_main = matches!(answer, Answer::MainTip | Answer::HeadCommit);
    require(
        !(is_open(case) && case.canonical.is_some() && is_main),
        "although there is a canonical",
    )
}

fn override_wins(case: &Case<'_>, answer: &Answer) -> Judgement {
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

fn declared_skips(case: &Case<'_>, answer: &Answer) -> Judgement {
    require(
        case.declared.is_none() || *answer == Answer::Skip(SkipWording::Declared),
        "although upgrades are declared not applicable, for a reason",
    )
}

fn ref_is_another_commit(case: &Case<'_>, answer: &Answer) -> Judgement {
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

fn skip_has_a_reason(_: &Case<'_>, answer: &Answer) -> Judgement {
    require(
        *answer != Answer::Skip(SkipWording::Empty),
        "so that nobody knows what was not tested",
    )
}

fn published(_: &Case<'_>, answer: &Answer) -> Judgement {
    require(
        !matches!(answer, Answer::Unpublished(_)),
        "which is not published",
    )
}

fn answers(case: &Case<'_>, answer: &Answer) -> Judgement {
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
                || (head(case).is_some() && case.history.published().next().is_some())
        }
        (None, None) => {
            let released =
                case.release_first && head(case).is_some_and(|head| older_is_published(case, head));
            released || case.main != Main::Unknown
        }
    };
    require(!suffices, "although the facts suffice for an answer")
}

fn right_reason(expected: &Answer, answer: &Answer) -> Judgement {
    let both_skip = matches!((expected, answer), (Answer::Skip(_), Answer::Skip(_)));
    require(
        !both_skip || expected == answer,
        "which is not the oracle's reason",
    )
}

fn oracle(expected: &Answer, answer: &Answer) -> Judgement {
    require(expected == answer, "which is not the oracle's answer")
}
