//! What came of a replay, for people.

use std::io::{self, Write};

use crate::resolve::CommitId;
use crate::simulate::{ScenarioReport, StepReport};
use crate::tier::{PreviousUse, Promotion, StackEvidence, TierPlan, TierRun, Verdict};

use super::plan_text::line;
use super::{ReplayReport, plural};

/// Writes one line for a scenario: whether it came out as it says.
///
/// # Errors
///
/// The writer fails.
pub fn write_scenario_line(out: &mut impl Write, scenario: &ScenarioReport) -> io::Result<()> {
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
pub(super) fn write_account(
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
            format!("  repeat with: samever replay {what} --resolver {resolver} --keep DIR"),
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
        (Some(run), _) => write_run(out, run),
        (None, Some(Err(message))) => line(out, format!("    no verdict: {message}")),
        (None, Some(Ok(_)) | None) => Ok(()),
    }
}

fn write_run(out: &mut impl Write, run: &TierRun) -> io::Result<()> {
    let version = match &run.head_version {
        Ok(version) => version.to_string(),
        Err(why) => format!("version unknown ({why})"),
    };
    let head = Some(run.head);
    line(out, format!("    head       {version}{}", at(head)))?;
    let commit = run.evidence.base.as_ref().map(|base| base.commit);
    line(
        out,
        format!("    base       {}{}", run.plan.base, at(commit)),
    )?;
    line(out, format!("    verdict    {}", verdict(&run.verdict)))?;
    line(
        out,
        format!("    evidence   base {}", seen(run.evidence.base.as_ref())),
    )?;
    line(
        out,
        format!("               head {}", seen(run.evidence.head.as_ref())),
    )?;
    match &run.evidence.previous {
        PreviousUse::None => {}
        PreviousUse::Applied => line(out, "    previous/  applied to the base")?,
        PreviousUse::Stale(version) => line(
            out,
            format!("    previous/  stale: it is for {version}, which is not the base"),
        )?,
    }
    line(
        out,
        match &run.promotion {
            Promotion::Promoted(record) => format!("    canonical  moves to {}", record.version),
            Promotion::Unchanged => "    canonical  says so already".to_owned(),
            Promotion::Refused(why) => format!("    canonical  does not move: {why}"),
        },
    )?;
    write_trail(out, &run.plan)
}

fn write_trail(out: &mut impl Write, plan: &TierPlan) -> io::Result<()> {
    for (index, step) in plan.trail.iter().enumerate() {
        let title = if index == 0 { "trail" } else { "" };
        let outcome = if step.passed { "passes" } else { "decides" };
        let (rung, because) = (step.rung.name(), &step.because);
        line(
            out,
            format!("    {title:<9}  {rung:<9}  {outcome:<7}  {because}"),
        )?;
    }
    Ok(())
}

fn at(commit: Option<CommitId>) -> String {
    commit.map_or_else(String::new, |commit| format!(", commit {}", commit.short()))
}

fn verdict(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Green => "green".to_owned(),
        Verdict::Red { stage, why } => format!("red at {}: {why}", stage.name()),
        Verdict::Skipped { reason } => format!("skipped: {reason}"),
    }
}

/// What was read back from the stack.
fn seen(evidence: Option<&StackEvidence>) -> String {
    let Some(evidence) = evidence else {
        return "none".to_owned();
    };
    let tree = evidence.tree.to_string();
    let pinned = format!("pinned tree {}", &tree[..12]);
    match &evidence.deployed {
        None => format!("{pinned}, not deployed"),
        Some(deployed) => match &deployed.version {
            Ok(version) => format!("{pinned}, the stack ran {version}"),
            Err(why) => format!("{pinned}, the stack ran an unknown version ({why})"),
        },
    }
}
