//! What came of a sweep, for people: a table.

use std::io::{self, Write};

use crate::ci::{Came, Outcome, Row, Sweep};
use crate::tier::BaseRecord;

use super::plan_text::line;
use super::run_text::{short, verdict};
use super::{plural, upgrade::write_upgrade_text};

/// Writes one line for a recipe as it is done.
///
/// # Errors
///
/// The writer fails.
pub fn write_row_line(out: &mut impl Write, row: &Row) -> io::Result<()> {
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
pub fn write_sweep_text(out: &mut impl Write, sweep: &Sweep, explain: bool) -> io::Result<()> {
    let mut table = vec![["recipe", "base -> head", "rung", "verdict", "time"].map(str::to_owned)];
    table.extend(sweep.rows.iter().map(cells));
    if sweep.rows.is_empty() {
        table.clear();
    }
    write_table(out, &table)?;
    for row in &sweep.rows {
        match &row.came {
            Came::Verdict { outcome }
                if explain || outcome.run.verdict == "red" || outcome.unrecorded.is_some() =>
            {
                line(out, "")?;
                write_upgrade_text(out, outcome, explain)?;
            }
            Came::NoAnswer { error } => {
                line(out, "")?;
                line(out, format!("{}: no answer: {error}", row.recipe))?;
            }
            Came::Verdict { .. } | Came::NotRun { .. } => {}
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
        Came::Verdict { outcome } => outcome.run.promotion.promoted,
        Came::NoAnswer { .. } | Came::NotRun { .. } => false,
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

fn cells(row: &Row) -> [String; 5] {
    let (upgrade, rung) = match &row.came {
        Came::Verdict { outcome } => (
            from_to(outcome),
            outcome.run.rung.clone().unwrap_or_default(),
        ),
        Came::NoAnswer { .. } | Came::NotRun { .. } => (String::new(), String::new()),
    };
    [
        row.recipe.clone(),
        upgrade,
        rung,
        match &row.came {
            Came::Verdict { outcome } => match &outcome.run.stage {
                Some(stage) => format!("red at {stage}"),
                None => outcome.run.verdict.clone(),
            },
            Came::NoAnswer { .. } | Came::NotRun { .. } => row.came.name().to_owned(),
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
pub(super) fn base_name(base: &BaseRecord) -> &str {
    match base {
        BaseRecord::Version { version, .. } => version,
        BaseRecord::Ref { commit, version } => version.as_deref().unwrap_or_else(|| short(commit)),
        BaseRecord::Skip { .. } => "none",
    }
}

fn account(row: &Row) -> String {
    match &row.came {
        Came::Verdict { outcome } => format!("{}, {}", from_to(outcome), verdict(&outcome.run)),
        Came::NoAnswer { error } => format!("no answer: {error}"),
        Came::NotRun { reason } => format!("not run: {reason}"),
    }
}

/// Writes rows in columns, each as wide as it must be.
pub(super) fn write_table<const N: usize>(
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
