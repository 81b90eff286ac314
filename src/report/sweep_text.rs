//! What came of a sweep, for people: a table.

use std::io::{self, Write};

use crate::deploy::Outcome;
use crate::run::BaseRecord;
use crate::sweep::{RecipeOutcome, Sweep, SweepEntry};

use crate::report::plan_text::line;
use crate::report::plural;
use crate::report::run_text::{short, verdict};
use crate::report::upgrade::write_upgrade_text;

/// Writes one line for a recipe as it is done.
///
/// # Errors
///
/// The writer fails.
pub(crate) fn write_row_line(out: &mut impl Write, row: &SweepEntry) -> io::Result<()> {
    let (recipe, seconds) = (&row.recipe, row.seconds);
    let account = account(row);
    line(out, format!("{recipe}: {account} ({seconds:.1} s)"))
}

/// Writes a sweep as a table (recipe, base and head, rung, verdict, time), an
/// account of all that did not go well, and the totals.
///
/// # Errors
///
/// The writer fails.
pub(crate) fn write_sweep_text(
    out: &mut impl Write,
    sweep: &Sweep,
    explain: bool,
) -> io::Result<()> {
    let mut table = vec![["recipe", "base -> head", "rung", "verdict", "time"].map(str::to_owned)];
    table.extend(sweep.rows.iter().map(cells));
    if sweep.rows.is_empty() {
        table.clear();
    }
    write_table(out, &table)?;
    for row in &sweep.rows {
        match &row.came {
            RecipeOutcome::Verdict { outcome }
                if explain || outcome.run.verdict == "red" || outcome.unrecorded.is_some() =>
            {
                line(out, "")?;
                write_upgrade_text(out, outcome, explain)?;
            }
            RecipeOutcome::NoAnswer { error } => {
                line(out, "")?;
                line(out, format!("{}: no answer: {error}", row.recipe))?;
            }
            RecipeOutcome::Verdict { .. } | RecipeOutcome::NotRun { .. } => {}
        }
    }
    if !table.is_empty() {
        line(out, "")?;
    }
    line(out, totals(sweep))
}

fn totals(sweep: &Sweep) -> String {
    let parts = ["green", "red", "skipped", "no answer", "not run"]
        .into_iter()
        .map(|name| (sweep.count(name), name))
        .filter(|(count, name)| *count > 0 || *name == "green" || *name == "red")
        .map(|(count, name)| format!("{count} {name}"));
    let parts: Vec<_> = parts.collect();
    let moved = sweep.rows.iter().filter(|row| match &row.came {
        RecipeOutcome::Verdict { outcome } => outcome.run.promotion.promoted,
        RecipeOutcome::NoAnswer { .. } | RecipeOutcome::NotRun { .. } => false,
    });
    let resumed = match sweep.resumed {
        0 => String::new(),
        resumed => format!("; {resumed} from the sweep that was interrupted"),
    };
    format!(
        "{}: {}; {} moved{resumed}",
        plural(sweep.total, "recipe"),
        parts.join(", "),
        plural(moved.count(), "canonical")
    )
}

fn cells(row: &SweepEntry) -> [String; 5] {
    let (upgrade, rung) = match &row.came {
        RecipeOutcome::Verdict { outcome } => (
            from_to(outcome),
            outcome.run.rung.clone().unwrap_or_default(),
        ),
        RecipeOutcome::NoAnswer { .. } | RecipeOutcome::NotRun { .. } => {
            (String::new(), String::new())
        }
    };
    [
        row.recipe.clone(),
        upgrade,
        rung,
        match &row.came {
            RecipeOutcome::Verdict { outcome } => match &outcome.run.stage {
                Some(stage) => format!("red at {stage}"),
                None => outcome.run.verdict.clone(),
            },
            RecipeOutcome::NoAnswer { .. } | RecipeOutcome::NotRun { .. } => {
                row.came.name().to_owned()
            }
        },
        format!("{:.1} s", row.seconds),
    ]
}

fn from_to(outcome: &Outcome) -> String {
    let head = &outcome.run.head;
    let head = head
        .version
        .as_deref()
        .unwrap_or_else(|| short(&head.commit));
    format!("{} -> {head}", base_name(&outcome.run.plan))
}

/// The base as a word.
pub(crate) fn base_name(base: &BaseRecord) -> &str {
    match base {
        BaseRecord::Version { version, .. } => version,
        BaseRecord::Ref { commit, version } => version.as_deref().unwrap_or_else(|| short(commit)),
        BaseRecord::Skip { .. } => "none",
    }
}

fn account(row: &SweepEntry) -> String {
    match &row.came {
        RecipeOutcome::Verdict { outcome } => {
            format!("{}, {}", from_to(outcome), verdict(&outcome.run))
        }
        RecipeOutcome::NoAnswer { error } => format!("no answer: {error}"),
        RecipeOutcome::NotRun { reason } => format!("not run: {reason}"),
    }
}

/// Writes rows in columns, each as wide as it must be.
pub(crate) fn write_table<const N: usize>(
    out: &mut impl Write,
    rows: &[[String; N]],
) -> io::Result<()> {
    let width = |column: usize| {
        let lengths = rows.iter().map(|row| row[column].chars().count());
        lengths.max().unwrap_or_default()
    };
    let widths: Vec<_> = (0..N).map(width).collect();
    for row in rows {
        let cells = row.iter().zip(&widths);
        let cells: Vec<_> = cells
            .map(|(cell, width)| format!("{cell:<width$}"))
            .collect();
        line(out, cells.join("  ").trim_end())?;
    }
    Ok(())
}
