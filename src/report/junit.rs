//! `JUnit`'s XML: one document of suites of cases, without times.

use std::io;

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use samever_core::Escaped;

/// Writes suites as one document.
pub(crate) fn document(suites: impl IntoIterator<Item = TestSuite>) -> io::Result<String> {
    let mut document = Report::new("samever");
    document.add_test_suites(suites);
    document.to_string().map_err(io::Error::other)
}

pub(crate) fn suite(name: &str, cases: impl IntoIterator<Item = TestCase>) -> TestSuite {
    let mut suite = TestSuite::new(name);
    suite.add_test_cases(cases);
    suite
}

/// A case of a class below `samever.`
pub(crate) fn case(class: &str, name: &str, status: TestCaseStatus) -> TestCase {
    let mut case = TestCase::new(Escaped::new(name).to_string(), status);
    case.set_classname(format!("samever.{}", Escaped::new(class)));
    case
}

/// What was tested is not as required.
pub(crate) fn failure(message: &str) -> TestCaseStatus {
    with_message(
        TestCaseStatus::non_success(NonSuccessKind::Failure),
        message,
    )
}

/// It could not be tested.
pub(crate) fn error(message: &str) -> TestCaseStatus {
    with_message(TestCaseStatus::non_success(NonSuccessKind::Error), message)
}

/// There was nothing to test.
pub(crate) fn skipped(message: &str) -> TestCaseStatus {
    with_message(TestCaseStatus::skipped(), message)
}

fn with_message(mut status: TestCaseStatus, message: &str) -> TestCaseStatus {
    status.set_message(Escaped::new(message).to_string());
    status
}
