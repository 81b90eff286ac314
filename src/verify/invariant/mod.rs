//! What must hold of every answer and every run: each rule once, as data.

mod answers;
mod deployers;
pub(crate) mod oracle;
mod rule;
mod runs;

pub use oracle::Missing;
pub(crate) use oracle::Parts;
pub(crate) use rule::{AnswerRule, OracleRule, Rule};
pub use rule::{Invariant, Level};

use rule::RunRule;

use crate::verify::invariant::answers::{
    answers, canonical_before_main, canonical_is_base, declared_skips, fallback, nearest, no_guess,
    no_needless_skip, no_prerelease, not_excluded, oracle, override_wins, published,
    ref_is_another_commit, right_reason, skip_has_a_reason, strictly_older,
};
use crate::verify::invariant::deployers::{as_deployed, failure_is_red, torn_down};
use crate::verify::invariant::runs::{
    broken_head_is_red, broken_migration_is_red, bump_once, canonical_follows, nights_upgrade,
    pinned_trees, promotion_by_its_rule, quiet_nights,
};

/// The rule that a program is judged by where it knows the other orders.
pub(crate) const OTHER_ORDERS: &str = "other-orders";

/// All of them.
pub const INVARIANTS: [Invariant; 35] = [
    safety(
        "strictly-older",
        "a base is strictly older than the head wherever both are known, an override apart",
        strictly_older,
    ),
    safety(
        "not-excluded",
        "a version that is excluded is no base, an override apart",
        not_excluded,
    ),
    safety(
        "no-prerelease",
        "where pre-releases are excluded, none is a base, an override apart",
        no_prerelease,
    ),
    safety(
        "nearest",
        "nothing published lies strictly between a base that is stepped back to and the head",
        nearest,
    ),
    safety(
        "no-needless-skip",
        "there is no skip while an older version is published, where there is a canonical or releases come first, nor where the main tip is another commit and there is no canonical",
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
        "fallback",
        "where there is no canonical, the policy decides: a release before the main tip where releases come first, and none where they do not",
        fallback,
    ),
    safety(
        "override-wins",
        "a published version given by hand is the base, and of one that is not published nothing else is made",
        override_wins,
    ),
    safety(
        "declared-skips",
        "a recipe that is declared not applicable is skipped, whatever else is given, and the skip has the reason declared in its words",
        declared_skips,
    ),
    safety(
        "ref-is-another-commit",
        "a ref is the main tip, where that is another commit than the head",
        ref_is_another_commit,
    ),
    safety(
        "skip-has-a-reason",
        "every skip says why",
        skip_has_a_reason,
    ),
    safety(
        "published",
        "a base that is a version is a published one of this recipe, an override apart",
        published,
    ),
    safety(
        "answers",
        "where the facts suffice, there is an answer",
        answers,
    ),
    safety(
        "no-guess",
        "where the facts do not suffice, nothing is guessed: a head of unknown version has no base but a published canonical",
        no_guess,
    ),
    Invariant {
        id: "same-answer",
        level: Level::Safety,
        sentence: "the same question has the same answer, whatever was asked in between, the words of a skip apart",
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
    Invariant {
        id: "exclusions",
        level: Level::Safety,
        sentence: "to exclude a published version that is neither the base nor the canonical's decides nothing",
        rule: Rule::Excluded,
    },
    Invariant {
        id: OTHER_ORDERS,
        level: Level::Safety,
        sentence: "the same question with its versions written in another order of versions has the same answer",
        rule: Rule::Translated,
    },
    over_time(
        "nights-upgrade",
        "from the second night on, no nightly of a known version upgrades it to itself",
        nights_upgrade,
    ),
    over_time(
        "quiet-nights",
        "two nights without a change between them have the same plan, the words of a skip apart",
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
    witnessed(
        "torn-down",
        "what was deployed is torn down at the end, however the run went, and a teardown that failed is told",
        torn_down,
    ),
    witnessed(
        "as-deployed",
        "where a deployer says that something else runs than it was given, the run is red; where it says nothing, the canonical stays",
        as_deployed,
    ),
    witnessed(
        "failure-is-red",
        "what a deployer says has failed ends the run, red at that stage; where it does not work itself, there is no verdict",
        failure_is_red,
    ),
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

/// A rule of what a CI server makes of its deployer.
const fn witnessed(id: &'static str, sentence: &'static str, rule: RunRule) -> Invariant {
    Invariant {
        id,
        level: Level::Safety,
        sentence,
        rule: Rule::Witnessed(rule),
    }
}
