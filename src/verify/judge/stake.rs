//! What could have broken a rule: a rule that no answer and no run could have broken has judged
//! nothing.

use crate::recipe::CanonicalRecord;
use crate::run::{Stage, VerdictKind};
use crate::simulate::{Call, Observed};
use crate::verify::history::RunObservation;
use crate::verify::world::{Answer, Case, SkipWording};
use samever_core::Delta;

/// The most published versions that are tried as answers.
const VERSIONS_MAX: usize = 8;

/// An answer of each kind.
pub(crate) fn answers(case: &Case<'_>) -> Vec<Answer> {
    let versions = case.history.published().count().min(VERSIONS_MAX);
    let others = [
        Answer::NoAnswer,
        Answer::MainTip,
        Answer::HeadCommit,
        Answer::OtherCommit(String::new()),
        Answer::Unpublished(String::new()),
        Answer::Skip(SkipWording::Empty),
        Answer::Skip(SkipWording::of("another reason", None)),
    ];
    let versions = (0..versions).map(Answer::Version);
    versions.chain(others).collect()
}

/// A run that came out in other ways.
pub(crate) fn runs(run: &RunObservation) -> Vec<RunObservation> {
    let Ok(observed) = &run.outcome else {
        return Vec::new();
    };
    let outcome = |observed: Observed| RunObservation {
        outcome: Ok(observed),
        ..run.clone()
    };
    let promoted = run.head.clone().map(|version| CanonicalRecord {
        recipe: None,
        version,
        commit: None,
        origin: None,
    });
    let mut runs = vec![
        outcome(Observed {
            verdict: VerdictKind::Green,
            stage: None,
            ..observed.clone()
        }),
        outcome(Observed {
            verdict: VerdictKind::Red,
            stage: Some(Stage::NoDelta),
            delta: Some(Delta::None),
            ..observed.clone()
        }),
        outcome(Observed {
            promoted: None,
            ..observed.clone()
        }),
        outcome(Observed {
            promoted,
            ..observed.clone()
        }),
        outcome(Observed {
            reason: String::new(),
            base: None,
            ..observed.clone()
        }),
        RunObservation {
            bumps: run.bumps + 2,
            ..run.clone()
        },
    ];
    if let Some(calls) = &run.calls {
        let teardown = |call: &Call| matches!(call, Call::Teardown { .. });
        let calls = calls.iter().filter(|call| !teardown(call));
        runs.push(RunObservation {
            calls: Some(calls.cloned().collect()),
            ..run.clone()
        });
    }
    if let Some(account) = &run.account {
        let mut account = account.clone();
        account.evidence.head = None;
        runs.push(RunObservation {
            account: Some(account),
            ..run.clone()
        });
    }
    runs
}
