//! What came out of a run, against what its scenario says.

use serde::Serialize;

use crate::run::Stage;
use crate::scheme::Scheme;
use samever_core::{Delta, Rung, Version};

use super::PlanKind;
use crate::simulate::backend::Observed;
use crate::simulate::expectation::{Expectation, Expected};
use crate::simulate::texts::VersionText;

/// How a resolver in another program refuses: it does not say why in our words.
pub(crate) const NO_ANSWER: &str = "that no answer can be given";

/// One thing that is not as the scenario says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Mismatch {
    /// What it is about.
    pub what: &'static str,
    /// What the scenario says.
    pub expected: String,
    /// What came out.
    pub got: String,
}

/// Compares what came out of a run with what the scenario says.
pub(crate) fn compare(
    expect: &Expectation,
    observed: &Result<Observed, String>,
    canonical: Option<&Version>,
    scheme: &Scheme,
) -> Vec<Mismatch> {
    let mut mismatches = match (&expect.outcome, observed) {
        (Ok(expected), Ok(observed)) => compare_outcomes(expected, observed),
        (Err(part), Err(message)) if message.contains(part) || message.ends_with(NO_ANSWER) => {
            Vec::new()
        }
        (expected, got) => vec![Mismatch {
            what: "outcome",
            expected: match expected {
                Ok(expected) => format!("the verdict {}", expected.verdict.name()),
                Err(part) => format!("the error …{part}…"),
            },
            got: match got {
                Ok(observed) => format!("the verdict {}", observed.verdict.name()),
                Err(message) => format!("the error {message}"),
            },
        }],
    };
    let name =
        |version: Option<&Version>| version.map_or_else(|| "none".to_owned(), ToString::to_string);
    let expected = expect.canonical.as_ref().map(|text| {
        let version = text.parse(scheme);
        version.expect("the scenario was checked: this is a version")
    });
    if expected.as_ref() != canonical {
        mismatches.push(Mismatch {
            what: "canonical",
            expected: name(expected.as_ref()),
            got: name(canonical),
        });
    }
    mismatches
}

/// What a scenario expects where this comes out of a run.
///
/// # Panics
///
/// The resolver does not tell its rule.
pub(crate) fn expectation_of(observed: &Observed, canonical: Option<&Version>) -> Expectation {
    let is_skip = observed.plan == PlanKind::Skip;
    let expected = Expected {
        plan: observed.plan,
        base: observed.base.as_ref().map(VersionText::new),
        rung: observed.rung.expect("the resolver tells its rule"),
        reason: is_skip.then(|| observed.reason.clone()),
        stops: observed.stops.clone(),
        delta: observed.delta,
        verdict: observed.verdict,
        stage: observed.stage,
        previous: observed.previous,
        stale: observed.stale.clone(),
        promoted: observed.promoted.is_some(),
    };
    Expectation {
        outcome: Ok(expected),
        canonical: canonical.map(|version| VersionText::new(version.to_string())),
    }
}

fn compare_outcomes(expected: &Expected, observed: &Observed) -> Vec<Mismatch> {
    let moved = |promoted: bool| if promoted { "yes" } else { "no" };
    let base = expected.base.as_ref().map(VersionText::as_str);
    let names = |name: Option<&'static str>| name.unwrap_or("none");
    let list = |settings: &[String]| match settings {
        [] => "none".to_owned(),
        settings => settings.join(", "),
    };
    let (stale, found_stale) = (list(&expected.stale), list(&observed.stale));
    let (stops, found_stops) = (list(&expected.stops), list(&observed.stops));
    let rung = expected.rung.name();
    let pairs = [
        ("plan", expected.plan.name(), observed.plan.name()),
        (
            "base",
            base.unwrap_or("none"),
            observed.base.as_deref().unwrap_or("none"),
        ),
        (
            "rung",
            rung,
            // A resolver in another program does not tell which rule decides.
            observed.rung.map_or(rung, Rung::name),
        ),
        (
            "delta",
            names(expected.delta.map(Delta::name)),
            names(observed.delta.map(Delta::name)),
        ),
        ("verdict", expected.verdict.name(), observed.verdict.name()),
        (
            "stage",
            names(expected.stage.map(Stage::name)),
            names(observed.stage.map(Stage::name)),
        ),
        (
            "previous",
            expected.previous.name(),
            observed.previous.name(),
        ),
        ("stops", &stops, &found_stops),
        ("stale", &stale, &found_stale),
        (
            "promoted",
            moved(expected.promoted),
            moved(observed.promoted.is_some()),
        ),
    ];
    let pairs = pairs
        .into_iter()
        .filter(|(_, expected, got)| expected != got);
    let mismatches = pairs.map(|(what, expected, got)| Mismatch {
        what,
        expected: expected.to_owned(),
        got: got.to_owned(),
    });
    mismatches
        .chain(compare_reasons(expected, observed))
        .collect()
}

/// The reason of a skip is compared word for word, any other as a sentence that
/// holds what the scenario says. Of a resolver that does not tell its rule, only the
/// reason that was declared is.
fn compare_reasons(expected: &Expected, observed: &Observed) -> Option<Mismatch> {
    let reason = expected.reason.as_ref()?;
    if observed.rung.is_none() && expected.rung != Rung::Declared {
        return None;
    }
    let (agrees, expected) = match expected.plan {
        PlanKind::Skip => (observed.reason == *reason, reason.clone()),
        PlanKind::Version | PlanKind::Ref => {
            (observed.reason.contains(reason), format!("…{reason}…"))
        }
    };
    (!agrees).then(|| Mismatch {
        what: "reason",
        expected,
        got: observed.reason.clone(),
    })
}
