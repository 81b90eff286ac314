//! What came of a trial, for people.

use std::io::{self, Write};

use crate::verify::{Hunt, INVARIANTS, Tooth};

use super::plan_text::line;
use super::{VerifyReport, plural};

/// Writes what was tried, what was found, and what the broken resolvers show.
///
/// # Errors
///
/// The writer fails.
pub fn write_verify_text(out: &mut impl Write, report: &VerifyReport<'_>) -> io::Result<()> {
    line(out, format!("seed {}", report.seed))?;
    if let Some(hunt) = report.hunt {
        write_hunt(out, report, hunt)?;
    }
    write_teeth(out, report.teeth)?;
    line(out, "")?;
    let found = match report.hunt.map(|hunt| &hunt.counterexample) {
        Some(Some(_)) => "a counterexample",
        Some(None) => "no counterexample",
        None => "no resolver on trial",
    };
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
    for (phase, asked) in &hunt.asked {
        line(out, format!("  asked  {asked:>9}  in {phase}"))?;
    }
    for invariant in &INVARIANTS {
        if let Some(judged) = hunt.judged.get(invariant.id) {
            line(
                out,
                format!(
                    "  judged {judged:>9}  by {}: {}",
                    invariant.id, invariant.sentence
                ),
            )?;
        }
    }
    for (kind, count) in &hunt.answers {
        line(out, format!("  got    {count:>9}  {kind}"))?;
    }
    if let Some(found) = &hunt.counterexample {
        line(out, "")?;
        line(
            out,
            format!("{}; invariant `{}`", found.sentence, found.invariant),
        )?;
    }
    line(out, "")
}

fn write_teeth(out: &mut impl Write, teeth: &[Tooth]) -> io::Result<()> {
    if teeth.is_empty() {
        return Ok(());
    }
    line(
        out,
        "Broken resolvers, each before the rule that must convict it:",
    )?;
    for Tooth {
        mutant,
        counterexample,
    } in teeth
    {
        let (name, killer) = (mutant.name, mutant.killer);
        line(
            out,
            match counterexample {
                Some(found) => format!(
                    "  killed    {name:<22}  by {killer}, with {}",
                    plural(found.tags, "tag")
                ),
                None => format!("  SURVIVED  {name:<22}  {killer}: {}", mutant.sentence),
            },
        )?;
    }
    Ok(())
}
