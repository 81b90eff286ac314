//! What must hold of every run of a CI server, whichever the resolver, and over the
//! nights: what time alone can break.

use crate::run::{Side, StackEvidence, Stage, VerdictKind};
use crate::simulate::{Call, Observed, PlanKind, Range};
use samever_core::Delta;

use crate::verify::history::{RunKind, RunObservation};
use crate::verify::invariant::rule::{Judgement, require};

/// "From the second night on, no nightly upgrades a version to itself", unless that is asked for by
/// hand, or the head's version is unknown: then the tier alone can see it.
pub(crate) fn nights_upgrade(run: &RunObservation) -> Judgement {
    let Ok(observed) = &run.outcome else {
        return Ok(());
    };
    let is_later_night =
        run.kind == RunKind::Nightly && run.canonical.is_some() && run.head.is_some() && run.plain;
    let is_no_op = observed.delta == Some(Delta::None) || observed.stage == Some(Stage::NoDelta);
    require(
        !(is_later_night && is_no_op),
        "which upgrades a version to itself, and tests nothing",
    )
}

/// "Two nights without a change between them have the same plan."
pub(crate) fn quiet_nights(run: &RunObservation) -> Judgement {
    let plan = |outcome: &Result<Observed, String>| match outcome {
        Ok(observed) => Some((observed.plan, observed.base.clone(), observed.rung)),
        Err(_) => None,
    };
    let same = match &run.before {
        Some(before) => plan(before) == plan(&run.outcome),
        None => true,
    };
    require(
        same,
        "although the night before had another plan, and nothing has changed",
    )
}

/// "A release that follows a canonical is upgraded to from that canonical on
/// exactly one night that goes well."
pub(crate) fn bump_once(run: &RunObservation) -> Judgement {
    require(
        run.bumps <= 1,
        "which is the second good night on which it takes the way from the canonical",
    )?;
    let (Some(head), Some(canonical), Ok(observed)) = (&run.head, &run.canonical, &run.outcome)
    else {
        return Ok(());
    };
    let can_be_base = run.bases.contains(canonical);
    let follows =
        run.kind == RunKind::Nightly && run.plain && can_be_base && canonical.is_older_than(head);
    require(
        !(follows && observed.promoted.is_some()) || run.bumps == 1,
        "and the release becomes canonical, although it was never upgraded to from the one before",
    )
}

/// "A migration that does not work is red on the first night after its release,
/// and until it is mended."
pub(crate) fn broken_migration_is_red(run: &RunObservation) -> Judgement {
    let (Some(head), Some(Range(range)), Ok(observed)) =
        (&run.head, &run.behaviour.upgrade_fails_from, &run.outcome)
    else {
        return Ok(());
    };
    let mut older = run
        .bases
        .iter()
        .filter(|version| version.is_older_than(head))
        .peekable();
    let is_reached = older.peek().is_some() && older.all(|version| version.is_in(range));
    let is_night = run.kind != RunKind::PullRequest && run.canonical.is_some() && run.plain;
    require(
        !(is_night && is_reached) || observed.verdict == VerdictKind::Red,
        "although the release's migration does not work",
    )
}

/// "A release that is the newest on a green night becomes canonical that night", where the
/// deployer says what ran.
pub(crate) fn canonical_follows(run: &RunObservation) -> Judgement {
    let (Some(head), Ok(observed)) = (&run.head, &run.outcome) else {
        return Ok(());
    };
    let goes_back = run
        .canonical
        .as_ref()
        .is_some_and(|canonical| head.is_older_than(canonical));
    let must = run.kind == RunKind::Nightly
        && run.enrolled
        && observed.verdict != VerdictKind::Red
        && run.is_latest()
        && run.is_release
        && run.is_seen()
        && !goes_back;
    let promoted = observed.promoted.as_ref().map(|record| &record.version);
    let after = promoted.or(run.canonical.as_ref());
    require(
        !must || after.is_some_and(|after| after.is_same_version(head)),
        "and the head does not become the canonical, although it is the newest",
    )
}

/// "Nothing moves a canonical but a green, cold run of the latest version of an
/// enrolled recipe, neither quick nor of a ref, which is the release itself; and it
/// never moves back."
pub(crate) fn promotion_by_its_rule(run: &RunObservation) -> Judgement {
    let Ok(Observed {
        promoted: Some(record),
        verdict,
        ..
    }) = &run.outcome
    else {
        return Ok(());
    };
    require(
        run.kind == RunKind::Nightly,
        "and the canonical moves, although it was no nightly",
    )?;
    require(
        run.enrolled,
        "and the canonical moves, although the recipe is not enrolled",
    )?;
    require(
        *verdict != VerdictKind::Red,
        "and the canonical moves, although it was red",
    )?;
    require(
        run.is_latest() && run.head.as_ref() == Some(&record.version),
        "and the canonical moves to what is not the newest version",
    )?;
    require(
        run.is_release,
        "and the canonical moves, although the head's tree is not that of its version's tag",
    )?;
    let canonical = run.canonical.as_ref();
    require(
        !canonical.is_some_and(|canonical| record.version.is_older_than(canonical)),
        "and the canonical moves back",
    )
}

/// "A head that does not deploy or does not work is red, whatever its base."
pub(crate) fn broken_head_is_red(run: &RunObservation) -> Judgement {
    let Ok(observed) = &run.outcome else {
        return Ok(());
    };
    let is_broken = run.behaviour.fails_to_deploy || run.behaviour.fails_its_check || run.flaky;
    require(
        !is_broken || observed.verdict == VerdictKind::Red,
        "although the head is broken",
    )
}

/// "What is deployed as a version is the tree of its tag, and what is deployed
/// as the head is the head's."
pub(crate) fn pinned_trees(run: &RunObservation) -> Judgement {
    let (Some(account), Ok(observed)) = (&run.account, &run.outcome) else {
        return Ok(());
    };
    let is_tree = |evidence: &StackEvidence, side: Side| {
        let tree = run.trees.get(&evidence.commit);
        let mut calls = run.calls.iter().flatten();
        let is_given = calls.all(|call| match call {
            Call::Deploy {
                stage, tree: given, ..
            } => stage.side() != side || given.as_ref() == tree,
            Call::Report(_) | Call::Check { .. } | Call::Teardown { .. } => true,
        });
        is_given && tree.is_some_and(|tree| *tree == evidence.tree.to_string())
    };
    let head = account.evidence.head.as_ref();
    require(
        head.is_some_and(|head| head.commit == run.head_commit && is_tree(head, Side::Head)),
        "with another tree deployed than the head's",
    )?;
    if observed.plan == PlanKind::Version {
        let tag = observed
            .base
            .as_ref()
            .and_then(|tag| run.published.get(tag));
        let base = account.evidence.base.as_ref();
        let is_tagged = tag
            .zip(base)
            .is_some_and(|((_, commit), base)| base.commit == *commit && is_tree(base, Side::Base));
        require(
            is_tagged,
            "with another tree deployed than that of the base's tag",
        )?;
    }
    Ok(())
}
