//! What came of a replay, for people.

use std::io::{self, Write};

use crate::run::RunRecord;
use crate::simulate::{ScenarioReport, StepReport};

use crate::report::plan_text::line;
use crate::report::run_text::write_run;
use crate::report::{ReplayReport, plural};

/// Writes one line for a scenario: whether it came out as it says.
///
/// # Errors
///
/// The writer fails.
pub(crate) fn write_scenario_line(
    out: &mut impl Write,
    scenario: &ScenarioReport,
) -> io::Result<()> {
    let outcome = if scenario.passed() {
        "ok    "
    } else {
        "FAILED"
    };
    let runs = plural(scenario.runs() as usize, "run");
    let ScenarioReport { name, purpose, .. } = scenario;
    line(out, format!("{outcome}  {name} ({runs}): {purpose}"))
}

/// Writes an account of every mismatch, and the totals. With `explain`, every
/// run is told, also where it came out as the scenario says.
///
/// # Errors
///
/// The writer fails.
pub fn write_replay_end(
    out: &mut impl Write,
    report: &ReplayReport<'_>,
    explain: bool,
) -> io::Result<()> {
    for scenario in report.scenarios {
        if explain || !scenario.passed() {
            line(out, "")?;
            write_account(out, report, scenario, explain)?;
        }
    }
    let failed = report.failed();
    let total = report.scenarios.len();
    line(out, "")?;
    line(
        out,
        format!(
            "{}, {}: {} passed, {failed} failed (resolver {})",
            plural(total, "scenario"),
            plural(report.runs(), "run"),
            total - failed,
            report.resolver,
        ),
    )
}

/// Writes what is not as a scenario says, or, with `explain`, every run of it.
pub(crate) fn write_account(
    out: &mut impl Write,
    report: &ReplayReport<'_>,
    scenario: &ScenarioReport,
    explain: bool,
) -> io::Result<()> {
    line(out, format!("{}: {}", scenario.name, scenario.purpose))?;
    for step in &scenario.steps {
        if explain || !step.mismatches.is_empty() {
            write_step(out, scenario, step)?;
        }
    }
    if !scenario.passed() {
        let resolver = report.resolver;
        let what = if report.shipped {
            format!("--filter {}", scenario.name)
        } else {
            as_argument(&scenario.path)
        };
        line(
            out,
            format!(
                "  repeat with: samever replay {what} --resolver {resolver}{} --keep DIR",
                report.deployer
            ),
        )?;
    }
    match &scenario.repository {
        Some(repository) => line(out, format!("  repository: {}", repository.display())),
        None => Ok(()),
    }
}

/// A path as a shell takes it for one argument that is no option.
fn as_argument(path: &str) -> String {
    let path = if path.starts_with('-') {
        format!("./{path}")
    } else {
        path.to_owned()
    };
    match shlex::try_quote(&path) {
        Ok(quoted) => quoted.into_owned(),
        Err(_) => path,
    }
}

fn write_step(
    out: &mut impl Write,
    scenario: &ScenarioReport,
    step: &StepReport,
) -> io::Result<()> {
    let times = match step.times {
        0 | 1 => String::new(),
        times => format!(", {times} times alike"),
    };
    line(
        out,
        format!("  {}:{} {}{times}", scenario.path, step.line, step.step),
    )?;
    for mismatch in &step.mismatches {
        let (what, expected, got) = (mismatch.what, &mismatch.expected, &mismatch.got);
        line(out, format!("    {what:<9}  expected  {expected}"))?;
        line(out, format!("    {:<9}  got       {got}", ""))?;
    }
    match (&step.run, &step.observed) {
        (Some(run), _) => write_run(out, &RunRecord::of(run), "    ", true),
        (None, Some(Err(message))) => line(out, format!("    no verdict: {message}")),
        (None, Some(Ok(_)) | None) => Ok(()),
    }
}
