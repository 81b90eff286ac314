//! What came of a replay, as `samever/replay/1`.

use std::io::{self, Write};

use serde::Serialize;

use crate::run::RunRecord;
use crate::simulate::{ScenarioReport, StepReport};

use crate::report::ReplayReport;
use crate::report::json::write_json;

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    resolver: &'a str,
    totals: Totals,
    scenarios: Vec<Scenario<'a>>,
}

#[derive(Serialize)]
struct Totals {
    scenarios: usize,
    runs: usize,
    passed: usize,
    failed: usize,
}

#[derive(Serialize)]
struct Scenario<'a> {
    name: &'a str,
    purpose: &'a str,
    passed: bool,
    steps: Vec<Step<'a>>,
}

#[derive(Serialize)]
struct Step<'a> {
    line: u64,
    #[serde(rename = "step")]
    name: &'static str,
    times: u32,
    run: Option<RunRecord>,
    error: Option<&'a str>,
    canonical: Option<String>,
    mismatches: Vec<Difference<'a>>,
}

#[derive(Serialize)]
struct Difference<'a> {
    what: &'static str,
    expected: &'a str,
    got: &'a str,
}

/// Writes the replay as one JSON document, `samever/replay/1`. It holds neither
/// times nor folders: two replays give the same bytes.
///
/// # Errors
///
/// The writer fails.
pub fn write_replay_json(out: &mut impl Write, report: &ReplayReport<'_>) -> io::Result<()> {
    let failed = report.failed();
    let document = Document {
        schema: "samever/replay/1",
        resolver: report.resolver,
        totals: Totals {
            scenarios: report.scenarios.len(),
            runs: report.runs(),
            passed: report.scenarios.len() - failed,
            failed,
        },
        scenarios: report.scenarios.iter().map(scenario).collect(),
    };
    write_json(out, &document)
}

fn scenario(report: &ScenarioReport) -> Scenario<'_> {
    Scenario {
        name: &report.name,
        purpose: &report.purpose,
        passed: report.passed(),
        steps: report.steps.iter().map(step).collect(),
    }
}

fn step(report: &StepReport) -> Step<'_> {
    let error = match &report.observed {
        Some(Err(message)) => Some(message.as_str()),
        Some(Ok(_)) | None => None,
    };
    Step {
        line: report.line,
        name: report.step,
        times: report.times,
        run: report.run.as_deref().map(RunRecord::of),
        error,
        canonical: report.canonical.as_ref().map(ToString::to_string),
        mismatches: report
            .mismatches
            .iter()
            .map(|mismatch| Difference {
                what: mismatch.what,
                expected: &mismatch.expected,
                got: &mismatch.got,
            })
            .collect(),
    }
}
