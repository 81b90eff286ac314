//! What must hold of every run of a CI server, whatever its deployer does: what it was asked, what
//! it said, and what the run made of that.

use crate::run::{Side, Stage, Verdict, VerdictKind};
use crate::simulate::Call;

use crate::verify::history::RunObservation;
use crate::verify::invariant::rule::{Judgement, require};

/// "What was deployed is torn down at the end, however the run went; and a teardown that failed is
/// told."
pub(crate) fn torn_down(run: &RunObservation) -> Judgement {
    let calls = || run.calls.iter().flatten();
    if !calls().any(|call| matches!(call, Call::Deploy { .. })) {
        return Ok(());
    }
    let teardowns = calls().filter(|call| matches!(call, Call::Teardown { .. }));
    let (Some(Call::Teardown { failed }), 1) = (calls().last(), teardowns.count()) else {
        return Err("and does not end with one teardown of what was deployed");
    };
    require(
        failed.as_ref().is_none_or(|failed| tells(run, &failed.why)),
        "and does not tell that the stack could not be removed",
    )
}

/// Whether a run that did not go well says this.
fn tells(run: &RunObservation, why: &str) -> bool {
    match (&run.outcome, &run.account) {
        (Err(message), _) => message.contains(why),
        (Ok(observed), Some(account)) => {
            let is_told =
                matches!(&account.verdict, Verdict::Red { why: told, .. } if told.contains(why));
            observed.verdict == VerdictKind::Red && is_told
        }
        (Ok(_), None) => false,
    }
}

/// What is wrong with a run that takes its word for what runs.
const UNASKED: &str = "without asking the deployer what runs";

/// "Where the deployer says that something else runs than it was given, or that it cannot tell, the
/// run is red; where it says nothing, the canonical stays; and the account has what it said."
pub(crate) fn as_deployed(run: &RunObservation) -> Judgement {
    let Ok(observed) = &run.outcome else {
        return Ok(());
    };
    require(
        observed.promoted.is_none() || run.is_seen(),
        "although nothing shows what ran",
    )?;
    let mut given = None;
    for call in run.calls.iter().flatten() {
        match call {
            Call::Deploy {
                stage,
                tree,
                failed,
            } => {
                require(given.is_none(), UNASKED)?;
                given = failed.is_none().then_some((stage.side(), tree));
            }
            Call::Check { .. } | Call::Teardown { .. } => require(given.is_none(), UNASKED)?,
            Call::Report(report) => {
                let Some((side, tree)) = given.take() else {
                    continue;
                };
                let label = tree.as_ref().and_then(|tree| run.labels.get(tree));
                let is_other_version = match (&report.version, label) {
                    (Some(Ok(runs)), Some(label)) => runs != label,
                    (Some(Err(_)), Some(_)) => true,
                    (None, _) | (_, None) => false,
                };
                let runs = report.tree.map(|tree| tree.to_string());
                let is_other = is_other_version || (runs.is_some() && runs != *tree);
                require(
                    !is_other || observed.verdict == VerdictKind::Red,
                    "although the deployer says that something else runs than it was given",
                )?;
                let account = run.account.as_ref().map(|account| &account.evidence);
                let account = account.and_then(|evidence| match side {
                    Side::Base => evidence.base.as_ref(),
                    // No run on trial has stops.
                    Side::Stop => None,
                    Side::Head => evidence.head.as_ref(),
                });
                let account = account.and_then(|evidence| evidence.deployed.as_ref());
                require(
                    account == Some(report),
                    "with another account of what runs than the deployer gave",
                )?;
            }
        }
    }
    Ok(())
}

/// "What the deployer says has failed ends the run, red at that stage; and where it does not work
/// itself, there is no verdict."
pub(crate) fn failure_is_red(run: &RunObservation) -> Judgement {
    let mut failure: Option<(Stage, bool)> = None;
    for call in run.calls.iter().flatten() {
        match call {
            Call::Deploy { stage, failed, .. } | Call::Check { stage, failed } => {
                require(
                    failure.is_none(),
                    "and goes on after the deployer has failed",
                )?;
                failure = failed.as_ref().map(|failed| (*stage, failed.is_finding));
            }
            Call::Report(_) | Call::Teardown { .. } => {}
        }
    }
    match (failure, &run.outcome) {
        (None, _) | (Some((_, false)), Err(_)) => Ok(()),
        (Some((_, false)), Ok(_)) => Err("although the deployer does not work"),
        (Some((_, true)), Err(_)) => Err("although the deployer says what has failed"),
        (Some((stage, true)), Ok(observed)) => {
            require(
                observed.verdict == VerdictKind::Red,
                "although the deployer says that it has failed",
            )?;
            require(
                observed.stage == Some(stage),
                "which is not where the deployer says that it has failed",
            )
        }
    }
}
