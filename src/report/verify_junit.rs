//! What came of a trial, as `JUnit`'s XML: one test case a rule, and one a
//! broken resolver.

use std::io::{self, Write};

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use crate::verify::{Found, Hunt, INVARIANTS, MutantOutcome};
use samever_core::Escaped;

use crate::report::VerifyReport;

/// Writes the trial as `JUnit`'s XML, without times. A rule that was never
/// judged is a skipped test case.
///
/// # Errors
///
/// The writer fails.
pub(crate) fn write_verify_junit(
    out: &mut impl Write,
    report: &VerifyReport<'_>,
) -> io::Result<()> {
    let mut document = Report::new("samever");
    if let Some(hunt) = report.hunt {
        document.add_test_suite(rules(report, hunt));
    }
    if !report.teeth.is_empty() {
        let mut suite = TestSuite::new("teeth");
        for tooth in report.teeth {
            suite.add_test_case(tooth_case(tooth));
        }
        document.add_test_suite(suite);
    }
    if report.interrupted {
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
        status.set_message("interrupted: not all was tried");
        let mut suite = TestSuite::new("interrupted");
        suite.add_test_case(TestCase::new("interrupted", status));
        document.add_test_suite(suite);
    }
    document.serialize(&mut *out).map_err(io::Error::other)
}

fn rules(report: &VerifyReport<'_>, hunt: &Hunt) -> TestSuite {
    let mut suite = TestSuite::new("verify");
    suite.add_property(("seed", report.seed.to_string().as_str()));
    for invariant in &INVARIANTS {
        let found = hunt.counterexample.as_ref();
        let found = found.filter(|found| found.counterexample.invariant == invariant.id);
        let status = match (found, hunt.judged.get(invariant.id)) {
            (Some(found), _) => failure(invariant.sentence, &told(found, report.repeat)),
            (None, Some(_)) => TestCaseStatus::success(),
            (None, None) if invariant.level > report.level => continue,
            (None, None) => TestCaseStatus::skipped(),
        };
        let mut case = TestCase::new(invariant.id, status);
        let resolver = Escaped::new(report.resolver).to_string();
        case.set_classname(format!("samever.verify.{resolver}"));
        suite.add_test_case(case);
    }
    suite
}

fn told(found: &Found, repeat: Option<&str>) -> String {
    let sentence = Escaped::new(&found.counterexample.sentence).to_string();
    let repeat = repeat.map(|repeat| format!("\nrepeat it with: {}", Escaped::new(repeat)));
    sentence + &repeat.unwrap_or_default()
}

fn tooth_case(tooth: &MutantOutcome) -> TestCase {
    let status = match &tooth.found {
        Some(_) => TestCaseStatus::success(),
        None => failure(
            "a broken resolver is not convicted",
            &format!("{}: {}", tooth.mutant.killer, tooth.mutant.sentence),
        ),
    };
    let mut case = TestCase::new(tooth.mutant.name, status);
    case.set_classname("samever.verify.teeth");
    case
}

fn failure(message: &str, description: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
    status.set_message(message).set_description(description);
    status
}
