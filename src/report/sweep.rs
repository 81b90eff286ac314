//! What came of a sweep: for people, a table; as `samever/nightly/1`; and as
//! `JUnit`'s XML, one test case a recipe.

use std::collections::BTreeMap;
use std::io;

use quick_junit::TestCase;
use serde::Serialize;

use samever_core::Rung;

use crate::deploy::Outcome;
use crate::run::{Promotion, VerdictKind};
use crate::sweep::{Ending, RecipeOutcome, Sweep, SweepEntry};

use crate::report::run::{base_name, head_name, short_verdict, verdict};
use crate::report::table::add_table;
use crate::report::{Report, Text, UpgradeReport, json, junit, plural};

/// What came of a sweep.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SweepReport<'a> {
    pub sweep: &'a Sweep,
    pub explain: bool,
}

#[derive(Serialize)]
struct Fields<'a> {
    interrupted: bool,
    totals: Totals,
    recipes: Vec<Row<'a>>,
}

#[derive(Serialize)]
struct Totals {
    recipes: usize,
    green: usize,
    red: usize,
    skipped: usize,
    no_answer: usize,
    not_run: usize,
}

#[derive(Serialize)]
struct Row<'a> {
    recipe: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    base_names: Option<&'a str>,
    #[serde(flatten)]
    came: &'a RecipeOutcome,
}

impl Report for SweepReport<'_> {
    /// A table (recipe, base and head, rung, verdict, time), an account of all
    /// that did not go well, and the totals.
    fn text(&self, text: &mut Text) {
        let rows = &self.sweep.rows;
        if !rows.is_empty() {
            let head = ["recipe", "base -> head", "rung", "verdict", "time"].map(str::to_owned);
            let cells = rows.iter().map(cells);
            add_table(text, &[head].into_iter().chain(cells).collect::<Vec<_>>());
        }
        // What holds for many recipes is told once.
        let mut lines: BTreeMap<String, Vec<&str>> = BTreeMap::new();
        for row in rows {
            match &row.came {
                RecipeOutcome::Verdict { outcome }
                    if self.explain
                        || outcome.run.verdict.kind() == VerdictKind::Red
                        || outcome.unrecorded.is_some() =>
                {
                    text.line("");
                    self.of(&called(row), outcome).text(text);
                }
                RecipeOutcome::Verdict { outcome } => {
                    let run = &outcome.run;
                    let is_skipped = run.verdict.kind() == VerdictKind::Skipped;
                    let skip = is_skipped.then(|| format!("skipped: {}", run.reason));
                    let told = run.notes.iter().map(|why| format!("note: {why}"));
                    for line in skip.into_iter().chain(told) {
                        lines.entry(line).or_default().push(&row.recipe);
                    }
                }
                RecipeOutcome::NoAnswer { error } => {
                    text.line("");
                    text.line(format!("{}: no answer: {error}", row.recipe));
                }
                RecipeOutcome::NotRun { .. } => {}
            }
        }
        for (line, recipes) in lines {
            text.line("");
            text.line(format!("{}: {line}", recipes.join(", ")));
        }
        if !rows.is_empty() {
            text.line("");
        }
        text.line(self.totals());
    }

    fn json(&self) -> io::Result<String> {
        let sweep = self.sweep;
        let recipes = sweep.rows.iter().map(|row| Row {
            recipe: &row.recipe,
            base_names: row.base_names.as_deref(),
            came: &row.came,
        });
        let count = |verdict| sweep.count(Ending::Verdict(verdict));
        let fields = Fields {
            interrupted: sweep.interrupted,
            totals: Totals {
                recipes: sweep.total,
                green: count(VerdictKind::Green),
                red: count(VerdictKind::Red),
                skipped: count(VerdictKind::Skipped),
                no_answer: sweep.count(Ending::NoAnswer),
                not_run: sweep.count(Ending::NotRun),
            },
            recipes: recipes.collect(),
        };
        json::document("samever/nightly/1", &fields)
    }

    fn junit(&self) -> io::Result<String> {
        let cases = self.sweep.rows.iter().map(|row| self.case(row));
        let interrupted = self.sweep.interrupted.then(|| {
            let status = junit::error("interrupted: not every recipe was run");
            TestCase::new("interrupted", status)
        });
        junit::document([junit::suite("nightly", cases.chain(interrupted))])
    }
}

impl SweepReport<'_> {
    /// The report of one recipe, which has the name that the catalogue has for it.
    fn of<'a>(&self, recipe: &'a str, outcome: &'a Outcome) -> UpgradeReport<'a> {
        UpgradeReport {
            recipe,
            outcome,
            explain: self.explain,
        }
    }

    fn totals(&self) -> String {
        let sweep = self.sweep;
        let is_always_told = |ending| {
            use VerdictKind::{Green, Red};
            matches!(ending, Ending::Verdict(Green | Red))
        };
        let parts = Ending::ALL
            .into_iter()
            .map(|ending| (sweep.count(ending), ending))
            .filter(|(count, ending)| *count > 0 || is_always_told(*ending))
            .map(|(count, ending)| format!("{count} {}", ending.name()));
        let parts: Vec<_> = parts.collect();
        let count = |is_so: fn(&Outcome) -> bool| {
            let rows = sweep.rows.iter().filter(|row| match &row.came {
                RecipeOutcome::Verdict { outcome } => is_so(outcome),
                RecipeOutcome::NoAnswer { .. } | RecipeOutcome::NotRun { .. } => false,
            });
            rows.count()
        };
        let moved = count(|outcome| outcome.run.promotion == Promotion::Promoted);
        let alone = match count(|outcome| !outcome.started()) {
            0 => String::new(),
            alone => format!("; {alone} with files alone, nothing was started"),
        };
        let is_unseen = |outcome: &Outcome| {
            let is_red = outcome.run.verdict.kind() == VerdictKind::Red;
            outcome.started() && !is_red && !outcome.run.evidence.is_seen()
        };
        let unseen = match count(is_unseen) {
            0 => String::new(),
            unseen => format!("; {unseen} whose deployer did not say what ran"),
        };
        let resumed = match sweep.resumed {
            0 => String::new(),
            resumed => format!("; {resumed} from the sweep that was interrupted"),
        };
        let interrupted = if sweep.interrupted {
            format!("; interrupted: {} of them had ended", sweep.rows.len())
        } else {
            String::new()
        };
        format!(
            "{}: {}{alone}{unseen}; {} moved{resumed}{interrupted}",
            plural(sweep.total, "recipe"),
            parts.join(", "),
            plural(moved, "canonical")
        )
    }

    fn case(&self, row: &SweepEntry) -> TestCase {
        let status = match &row.came {
            RecipeOutcome::Verdict { outcome } => {
                return self.of(&called(row), outcome).case("nightly");
            }
            RecipeOutcome::NoAnswer { error } => junit::error(error),
            RecipeOutcome::NotRun { reason } => junit::skipped(reason),
        };
        junit::case("nightly", &called(row), status)
    }
}

/// A recipe, with the names of its base where several are tested.
fn called(row: &SweepEntry) -> String {
    match &row.base_names {
        Some(names) => format!("{} ({names})", row.recipe),
        None => row.recipe.clone(),
    }
}

/// One line for a recipe as it is done.
pub(crate) fn entry_line(row: &SweepEntry) -> String {
    let account = match &row.came {
        RecipeOutcome::Verdict { outcome } => {
            format!(
                "{}, {}",
                from_to(outcome),
                verdict(&outcome.run, outcome.started())
            )
        }
        RecipeOutcome::NoAnswer { error } => format!("no answer: {error}"),
        RecipeOutcome::NotRun { reason } => format!("not run: {reason}"),
    };
    format!("{}: {account} ({:.1} s)", called(row), row.seconds)
}

fn cells(row: &SweepEntry) -> [String; 5] {
    let (upgrade, rung, verdict) = match &row.came {
        RecipeOutcome::Verdict { outcome } => (
            from_to(outcome),
            outcome.run.rung.map_or("", Rung::name),
            if let Some(stage) = outcome.run.verdict.stage() {
                format!("red at {}", stage.name())
            } else {
                let run = &outcome.run;
                short_verdict(run.verdict.kind(), run, outcome.started())
            },
        ),
        RecipeOutcome::NoAnswer { .. } | RecipeOutcome::NotRun { .. } => {
            (String::new(), "", row.came.ending().name().to_owned())
        }
    };
    let seconds = format!("{:.1} s", row.seconds);
    [called(row), upgrade, rung.to_owned(), verdict, seconds]
}

fn from_to(outcome: &Outcome) -> String {
    let (base, head) = (base_name(&outcome.run.plan), head_name(&outcome.run.head));
    format!("{base} -> {head}")
}
