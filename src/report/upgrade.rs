//! One real run: for people, as `samever/upgrade/1`, and as `JUnit`'s XML.

use std::io::{self, Write};

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};
use serde::Serialize;

use crate::deploy::{LogRecord, Outcome};
use crate::run::BaseRecord;
use samever_core::Escaped;

use crate::report::json::write_json;
use crate::report::plan_text::line;
use crate::report::run_text::{verdict, write_run};

/// How many lines of a log a report shows.
const LOG_LINES_MAX: usize = 8;

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    #[serde(flatten)]
    outcome: &'a Outcome,
}

/// Writes a run for people; with `explain` also every rule that was asked.
///
/// # Errors
///
/// The writer fails.
pub(crate) fn write_upgrade_text(
    out: &mut impl Write,
    outcome: &Outcome,
    explain: bool,
) -> io::Result<()> {
    line(out, title(outcome))?;
    line(out, "")?;
    write_run(out, &outcome.run, "  ", explain)?;
    line(out, format!("  why        {}", outcome.run.reason))?;
    line(out, format!("  deployer   {}", deployer(outcome)))?;
    for log in &outcome.logs {
        write_log(out, outcome, log)?;
    }
    match &outcome.unrecorded {
        Some(why) => line(out, format!("  note       {why}")),
        None => Ok(()),
    }
}

/// A run in one line.
fn title(outcome: &Outcome) -> String {
    let recipe = &outcome.recipe;
    let head = match &outcome.run.head {
        head if head.version.is_some() => head.version.clone().unwrap_or_default(),
        head => crate::report::run_text::short(&head.commit).to_owned(),
    };
    match (&outcome.run.verdict, &outcome.run.plan) {
        (verdict, BaseRecord::Version { version, .. }) => {
            format!("{recipe}: {verdict}: upgrade from {version} to {head}")
        }
        (verdict, BaseRecord::Ref { .. }) => {
            format!("{recipe}: {verdict}: upgrade from the main tip to {head}")
        }
        (verdict, BaseRecord::Skip { .. }) => {
            format!("{recipe}: {verdict}: {head} alone, no upgrade to test")
        }
    }
}

fn deployer(outcome: &Outcome) -> &str {
    match outcome.deployer.as_str() {
        "tree" => "tree: files alone, nothing was started",
        other => other,
    }
}

/// Where the log of a stage is, with its end where that is the red one.
fn write_log(out: &mut impl Write, outcome: &Outcome, log: &LogRecord) -> io::Result<()> {
    let path = log.path.as_deref().unwrap_or("not kept (see --logs)");
    line(out, format!("  log        {}: {path}", log.stage))?;
    if let Some(missing) = &log.missing {
        line(out, format!("             {missing}"))?;
    }
    if outcome.run.stage.as_ref() == Some(&log.stage) {
        let skipped = log.tail.len().saturating_sub(LOG_LINES_MAX);
        for text in &log.tail[skipped..] {
            line(out, format!("             | {text}"))?;
        }
    }
    Ok(())
}

/// Writes a run as one JSON document, `samever/upgrade/1`.
///
/// # Errors
///
/// The writer fails.
pub(crate) fn write_upgrade_json(out: &mut impl Write, outcome: &Outcome) -> io::Result<()> {
    write_json(
        out,
        &Document {
            schema: "samever/upgrade/1",
            outcome,
        },
    )
}

/// Writes a run as `JUnit`'s XML: one test case.
///
/// # Errors
///
/// The writer fails.
pub(crate) fn write_upgrade_junit(out: &mut impl Write, outcome: &Outcome) -> io::Result<()> {
    let mut suite = TestSuite::new("upgrade");
    suite.add_test_case(test_case("upgrade", outcome)?);
    let mut document = Report::new("samever");
    document.add_test_suite(suite);
    document.serialize(&mut *out).map_err(io::Error::other)
}

/// A run as a test case: red is a failure, what could not be recorded an error.
pub(crate) fn test_case(suite: &str, outcome: &Outcome) -> io::Result<TestCase> {
    let mut account = Vec::new();
    write_upgrade_text(&mut account, outcome, true)?;
    let account = String::from_utf8_lossy(&account);
    let mut status = match (outcome.run.verdict.as_str(), &outcome.unrecorded) {
        ("red", _) => TestCaseStatus::non_success(NonSuccessKind::Failure),
        (_, Some(_)) => TestCaseStatus::non_success(NonSuccessKind::Error),
        ("skipped", None) => TestCaseStatus::skipped(),
        (_, None) => TestCaseStatus::success(),
    };
    let message = outcome
        .unrecorded
        .clone()
        .unwrap_or_else(|| verdict(&outcome.run));
    if !matches!(status, TestCaseStatus::Success { .. }) {
        status
            .set_message(Escaped::new(&message).to_string())
            .set_description(account.trim());
    }
    let mut test_case = TestCase::new(Escaped::new(&outcome.recipe).to_string(), status);
    test_case.set_classname(format!("samever.{suite}"));
    Ok(test_case)
}
