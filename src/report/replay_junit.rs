//! What came of a replay, as `JUnit`'s XML: one test case a scenario.

use std::io::{self, Write};

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use crate::simulate::ScenarioReport;
use samever_core::Escaped;

use crate::report::ReplayReport;
use crate::report::replay_text::write_account;

/// Writes the replay as `JUnit`'s XML, without times.
///
/// # Errors
///
/// The writer fails.
pub(crate) fn write_replay_junit(
    out: &mut impl Write,
    report: &ReplayReport<'_>,
) -> io::Result<()> {
    let mut suite = TestSuite::new("replay");
    for scenario in report.scenarios {
        suite.add_test_case(test_case(scenario, report)?);
    }
    let mut document = Report::new("samever");
    document.add_test_suite(suite);
    document.serialize(&mut *out).map_err(io::Error::other)
}

fn test_case(scenario: &ScenarioReport, report: &ReplayReport<'_>) -> io::Result<TestCase> {
    let status = if scenario.passed() {
        TestCaseStatus::success()
    } else {
        let mut account = Vec::new();
        write_account(&mut account, report, scenario, false)?;
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
        status
            .set_message(Escaped::new(&scenario.purpose).to_string())
            .set_description(String::from_utf8_lossy(&account).trim());
        status
    };
    let mut test_case = TestCase::new(Escaped::new(&scenario.name).to_string(), status);
    test_case.set_classname(format!("samever.replay.{}", report.resolver));
    Ok(test_case)
}
