//! Takes what came out of a scenario's runs for what it expects.

use thiserror::Error;

use crate::simulate::compare::expectation_of;
use crate::simulate::expectation::Expectation;
use crate::simulate::interpreter::StepReport;
use crate::simulate::scenario::{Scenario, Step};
use crate::simulate::texts::VersionText;

/// Why a scenario cannot expect what came out.
#[derive(Debug, PartialEq, Eq, Error)]
pub(crate) enum NotBlessed {
    /// A run has no verdict, and the scenario does not expect that.
    #[error("line {0}: the run has no verdict: {1}")]
    NoVerdict(u64, String),
    /// The runs of one step come out in different ways.
    #[error(
        "line {0}: the runs of this step do not come out alike; write one step for those that do"
    )]
    Different(u64),
}

/// The scenario, where each run expects what came out of it. A run that ends with the
/// error that the scenario expects keeps that.
///
/// # Errors
///
/// What came out of a run is nothing that a scenario can expect.
pub(crate) fn blessed(scenario: &Scenario, reports: &[StepReport]) -> Result<Scenario, NotBlessed> {
    let mut blessed = scenario.clone();
    let mut reports = reports.iter();
    for step in &mut blessed.steps {
        let report = reports.next().expect("each step has a report");
        let Some((times, expect)) = expectation(&mut step.value) else {
            continue;
        };
        if report.times != times {
            return Err(NotBlessed::Different(report.line));
        }
        match report.observed.as_ref().expect("a run has an outcome") {
            Ok(observed) => *expect = expectation_of(observed, report.canonical.as_ref()),
            Err(message) => {
                let is_expected = expect
                    .outcome
                    .as_ref()
                    .is_err_and(|part| message.contains(part));
                if !is_expected {
                    return Err(NotBlessed::NoVerdict(report.line, message.clone()));
                }
                let canonical = report.canonical.as_ref();
                expect.canonical = canonical.map(|version| VersionText::new(version.to_string()));
            }
        }
    }
    Ok(blessed)
}

/// How many runs a step has, and what it expects of each.
fn expectation(step: &mut Step) -> Option<(u32, &mut Expectation)> {
    match step {
        Step::Nightly(night) | Step::Quick(night) => Some((night.times, &mut night.expect)),
        Step::Pr(request) => Some((1, &mut request.expect)),
        Step::Publish(_)
        | Step::Withdraw(_)
        | Step::Move(_)
        | Step::SetCanonical(_)
        | Step::DropCanonical
        | Step::Break(_)
        | Step::Mend(_)
        | Step::Flake
        | Step::FlakySeed
        | Step::Enroll
        | Step::Unenroll => None,
    }
}
