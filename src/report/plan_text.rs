//! The base plan for a person who has never heard of the chain.

use std::fmt::{self, Display, Formatter};
use std::io::{self, Write};

use crate::escape::Escaped;
use crate::resolve::{Base, Delta};

use super::PlanReport;

/// Writes the plan as text: base, head, and one sentence of why; with
/// `explain` also every rule that was asked and every tag that was ignored.
///
/// # Errors
///
/// The writer fails.
pub fn write_plan_text(
    out: &mut impl Write,
    report: &PlanReport<'_>,
    explain: bool,
) -> io::Result<()> {
    let recipe = Escaped::new(report.recipe);
    match report.plan.base {
        Base::Version(published) => {
            writeln!(
                out,
                "{recipe}: upgrade from {} to {}",
                published.version(),
                Target(report)
            )?;
        }
        Base::Ref(commit) => {
            writeln!(
                out,
                "{recipe}: upgrade from {} to {}",
                commit.short(),
                Target(report)
            )?;
        }
        Base::Skip(reason) => writeln!(out, "{recipe}: no upgrade to test: {reason}")?,
    }
    writeln!(out)?;
    write_base(out, report)?;
    write_head(out, report)?;
    writeln!(out, "  why   {}", report.plan.reason())?;
    if let Some(warning) = warning(report) {
        writeln!(out, "  note  {warning}")?;
    }
    if explain {
        write_trail(out, report)?;
        write_history(out, report)?;
    }
    Ok(())
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

fn write_base(out: &mut impl Write, report: &PlanReport<'_>) -> io::Result<()> {
    match report.plan.base {
        Base::Version(published) => {
            write!(
                out,
                "  base  {}, tag {}",
                published.version(),
                published.tag()
            )?;
            match report.base_commit {
                Some(commit) => writeln!(out, ", commit {}", commit.short()),
                None => writeln!(out),
            }
        }
        Base::Ref(commit) => {
            let version = report.inputs.main_tip.and_then(|main_tip| main_tip.version);
            match version {
                Some(version) => writeln!(out, "  base  {version}, commit {}", commit.short()),
                None => writeln!(out, "  base  version unknown, commit {}", commit.short()),
            }
        }
        Base::Skip(_) => writeln!(out, "  base  none"),
    }
}

fn write_head(out: &mut impl Write, report: &PlanReport<'_>) -> io::Result<()> {
    let head = report.inputs.head;
    match head.version {
        Ok(version) => writeln!(out, "  head  {version}, commit {}", head.commit.short()),
        Err(why) => {
            writeln!(
                out,
                "  head  version unknown ({why}), commit {}",
                head.commit.short()
            )
        }
    }
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
    writeln!(out, "\nRules asked, in order:")?;
    for step in &report.plan.trail {
        let outcome = if step.passed { "passes" } else { "decides" };
        writeln!(
            out,
            "  {:<9}  {outcome:<7}  {}",
            step.rung.name(),
            step.because
        )?;
    }
    Ok(())
}

fn write_history(out: &mut impl Write, report: &PlanReport<'_>) -> io::Result<()> {
    let published = report.inputs.published;
    let ignored = published.ignored();
    writeln!(
        out,
        "\nPublished versions: {}. Ignored tags: {}.",
        published.len(),
        ignored.len()
    )?;
    for tag in ignored {
        writeln!(out, "  {}: {}", Escaped::new(&tag.name), tag.because)?;
    }
    Ok(())
}
