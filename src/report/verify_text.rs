//! What came of a trial, for people.

use std::io::{self, Write};

use crate::verify::{Hunt, INVARIANTS, MutantOutcome};

use crate::report::plan_text::line;
use crate::report::{VerifyReport, plural};

/// Writes what the random cases will be made from, before anything is tried.
///
/// # Errors
///
/// The writer fails.
pub(crate) fn write_verify_seed(out: &mut impl Write, seed: u64) -> io::Result<()> {
    line(out, format!("seed {seed}"))
}

/// Writes what was tried, what was found, and what the broken resolvers show.
///
/// # Errors
///
/// The writer fails.
pub(crate) fn write_verify_text(out: &mut impl Write, report: &VerifyReport<'_>) -> io::Result<()> {
    if let Some(hunt) = report.hunt {
        write_hunt(out, report, hunt)?;
    }
    write_teeth(out, report.teeth)?;
    line(out, "")?;
    let found = match report.hunt {
        Some(hunt) if hunt.counterexample.is_some() => "a counterexample".to_owned(),
        Some(hunt) => format!("no counterexample in {} cases", hunt.cases()),
        None => "no resolver on trial".to_owned(),
    };
    if report.teeth.is_empty() {
        return line(out, found);
    }
    let (all, survivors) = (report.teeth.len(), report.survivors());
    line(
        out,
        format!(
            "{found}; {} of {} convicted",
            all - survivors,
            plural(all, "broken resolver")
        ),
    )
}

fn write_hunt(out: &mut impl Write, report: &VerifyReport<'_>, hunt: &Hunt) -> io::Result<()> {
    line(
        out,
        format!(
            "resolver {}, judged by {} rules",
            report.resolver,
            report.level.name()
        ),
    )?;
    for tried in &hunt.phases {
        let of = match tried.of {
            Some(of) => format!("of {of}"),
            None => "so far".to_owned(),
        };
        let (cases, phase, questions) = (tried.cases, tried.phase, tried.questions);
        line(
            out,
            format!("  tried   {cases:>8} {of:<10}  {phase}, with {questions} questions"),
        )?;
    }
    for invariant in &INVARIANTS {
        if let Some(judged) = hunt.judged.get(invariant.id) {
            let (id, sentence) = (invariant.id, invariant.sentence);
            line(out, format!("  judged  {judged:>8}  by {id}: {sentence}"))?;
        }
    }
    for (kind, count) in &hunt.answers {
        line(out, format!("  got     {count:>8}  {kind}"))?;
    }
    for (rung, count) in &hunt.rungs {
        line(out, format!("  rung    {count:>8}  {rung}"))?;
    }
    line(out, format!("  answers {}", hunt.digest))?;
    if let Some(found) = &hunt.counterexample {
        let found = &found.counterexample;
        line(out, "")?;
        line(
            out,
            format!("{}; invariant `{}`", found.sentence, found.invariant),
        )?;
        if let Some(repeat) = report.repeat {
            line(out, format!("repeat it with: {repeat}"))?;
        }
    }
    if report.teeth.is_empty() {
        return Ok(());
    }
    line(out, "")
}

fn write_teeth(out: &mut impl Write, teeth: &[MutantOutcome]) -> io::Result<()> {
    if teeth.is_empty() {
        return Ok(());
    }
    line(
        out,
        "Broken resolvers, each before the rule that must convict it:",
    )?;
    for MutantOutcome { mutant, found } in teeth {
        let (name, killer) = (mutant.name, mutant.killer);
        line(
            out,
            match found {
                Some(found) => format!(
                    "  killed    {name:<23}  by {killer}, with {}",
                    plural(found.counterexample.tags, "tag")
                ),
                None => format!("  SURVIVED  {name:<23}  {killer}: {}", mutant.sentence),
            },
        )?;
    }
    Ok(())
}
