//! The base plan for a person who has never heard of the chain.

use std::fmt::{self, Display, Formatter};
use std::io::{self, Write};

use samever_core::{Base, Delta, Escaped};

use crate::report::PlanReport;

/// Writes the plan as text: base, head, and one sentence of why; with
/// `explain` also every rule that was asked and every tag that was ignored.
///
/// # Errors
///
/// The writer fails.
pub(crate) fn write_plan_text(
    out: &mut impl Write,
    report: &PlanReport<'_>,
    explain: bool,
) -> io::Result<()> {
    let PlanReport {
        recipe,
        inputs,
        plan,
        ..
    } = report;
    let target = Target(report);
    match plan.base {
        Base::Version(published) => line(
            out,
            format!("{recipe}: upgrade from {} to {target}", published.version()),
        ),
        Base::Ref(commit) => line(
            out,
            format!("{recipe}: upgrade from {} to {target}", commit.short()),
        ),
        Base::Skip(reason) => line(out, format!("{recipe}: no upgrade to test: {reason}")),
    }?;
    line(out, "")?;
    line(out, format!("  base  {}", base(report)))?;
    let commit = inputs.head.commit.short();
    line(
        out,
        match inputs.head.version {
            Ok(version) => format!("  head  {version}, commit {commit}"),
            Err(why) => format!("  head  version unknown ({why}), commit {commit}"),
        },
    )?;
    line(out, format!("  why   {}", plan.reason()))?;
    if let Some(warning) = warning(report) {
        line(out, format!("  note  {warning}"))?;
    }
    if explain {
        write_trail(out, report)?;
        write_history(out, report)?;
    }
    Ok(())
}

/// Writes one line, whatever the text holds: this is where strangers' text is
/// made safe to print.
pub(crate) fn line(out: &mut impl Write, text: impl AsRef<[u8]>) -> io::Result<()> {
    writeln!(out, "{}", Escaped::new(&text))
}

/// What is upgraded to: the head's version, or its commit where that is all
/// that is known.
struct Target<'a>(&'a PlanReport<'a>);

impl Display for Target<'_> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let head = self.0.inputs.head;
        match head.version {
            Ok(version) => version.fmt(formatter),
            Err(_) => head.commit.short().fmt(formatter),
        }
    }
}

fn base(report: &PlanReport<'_>) -> String {
    let (version, tag) = match report.plan.base {
        Base::Version(published) => (Some(published.version()), Some(published.tag())),
        Base::Ref(_) => (
            report.inputs.main_tip.and_then(|main_tip| main_tip.version),
            None,
        ),
        Base::Skip(_) => return "none".to_owned(),
    };
    let version = version.map_or_else(|| "version unknown".to_owned(), ToString::to_string);
    let tag = tag.map_or_else(String::new, |tag| format!(", tag {tag}"));
    let commit = report.base_commit.map(|commit| commit.short().to_string());
    let commit = commit.map_or_else(String::new, |commit| format!(", commit {commit}"));
    format!("{version}{tag}{commit}")
}

/// What a reader must not miss about an upgrade that is not a plain one.
fn warning(report: &PlanReport<'_>) -> Option<&'static str> {
    match report.plan.delta? {
        Delta::Forward => None,
        Delta::None => Some("base and head are the same version: this upgrade tests nothing"),
        Delta::Backward => Some("the base is newer than the head: this upgrade runs backwards"),
        Delta::Unknown => Some("nobody knows whether the base is older than the head"),
    }
}

fn write_trail(out: &mut impl Write, report: &PlanReport<'_>) -> io::Result<()> {
    line(out, "")?;
    line(out, "Rules asked, in order:")?;
    for step in &report.plan.trail {
        let outcome = if step.passed { "passes" } else { "decides" };
        line(
            out,
            format!("  {:<9}  {outcome:<7}  {}", step.rung.name(), step.because),
        )?;
    }
    Ok(())
}

fn write_history(out: &mut impl Write, report: &PlanReport<'_>) -> io::Result<()> {
    let published = report.inputs.published;
    let (count, ignored) = (published.len(), published.ignored());
    line(out, "")?;
    line(
        out,
        format!(
            "Published versions: {count}. Ignored tags: {}.",
            ignored.len()
        ),
    )?;
    for tag in ignored {
        let because = format!(": {}", tag.because);
        line(out, [b"  ", &*tag.name, because.as_bytes()].concat())?;
    }
    Ok(())
}
