//! What came of a sweep: for people, a table; as `samever/nightly/1`; and as
//! `JUnit`'s XML, one test case a recipe.

use std::io;

use quick_junit::TestCase;
use serde::Serialize;

use crate::deploy::Outcome;
use crate::sweep::{RecipeOutcome, Sweep, SweepEntry};

use crate::report::run::{base_name, head_name, verdict};
use crate::report::table::add_table;
use crate::report::{Report, Text, UpgradeReport, json, junit, plural};

/// What came of a sweep.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SweepReport<'a> {
    /// The sweep.
    pub sweep: &'a Sweep,
    /// Whether the text tells every run in full.
    pub explain: bool,
}

#[derive(Serialize)]
struct Fields<'a> {
    interrupted: bool,
    totals: Totals,
    recipes: Vec<Recipe<'a>>,
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
struct Recipe<'a> {
    recipe: &'a str,
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
        for row in rows {
            match &row.came {
                RecipeOutcome::Verdict { outcome }
                    if self.explain
                        || outcome.run.verdict == "red"
                        || outcome.unrecorded.is_some() =>
                {
                    text.line("");
                    self.of(outcome).text(text);
                }
                RecipeOutcome::NoAnswer { error } => {
                    text.line("");
                    text.line(format!("{}: no answer: {error}", row.recipe));
                }
                RecipeOutcome::Verdict { .. } | RecipeOutcome::NotRun { .. } => {}
            }
        }
        if !rows.is_empty() {
            text.line("");
        }
        text.line(self.totals());
    }

    fn json(&self) -> io::Result<String> {
        let sweep = self.sweep;
        let recipes = sweep.rows.iter().map(|row| Recipe {
            recipe: &row.recipe,
            came: &row.came,
        });
        let fields = Fields {
            interrupted: sweep.interrupted,
            totals: Totals {
                recipes: sweep.total,
                green: sweep.count("green"),
                red: sweep.count("red"),
                skipped: sweep.count("skipped"),
                no_answer: sweep.count("no answer"),
                not_run: sweep.count("not run"),
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
    fn of<'a>(&self, outcome: &'a Outcome) -> UpgradeReport<'a> {
        UpgradeReport {
            outcome,
            explain: self.explain,
        }
    }

    fn totals(&self) -> String {
        let sweep = self.sweep;
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

    fn case(&self, row: &SweepEntry) -> TestCase {
        let status = match &row.came {
            RecipeOutcome::Verdict { outcome } => return self.of(outcome).case("nightly"),
            RecipeOutcome::NoAnswer { error } => junit::error(error),
            RecipeOutcome::NotRun { reason } => junit::skipped(reason),
        };
        junit::case("nightly", &row.recipe, status)
    }
}

/// One line for a recipe as it is done.
pub(crate) fn entry_line(row: &SweepEntry) -> String {
    let account = match &row.came {
        RecipeOutcome::Verdict { outcome } => {
            format!("{}, {}", from_to(outcome), verdict(&outcome.run))
        }
        RecipeOutcome::NoAnswer { error } => format!("no answer: {error}"),
        RecipeOutcome::NotRun { reason } => format!("not run: {reason}"),
    };
    format!("{}: {account} ({:.1} s)", row.recipe, row.seconds)
}

fn cells(row: &SweepEntry) -> [String; 5] {
    let (upgrade, rung, verdict) = match &row.came {
        RecipeOutcome::Verdict { outcome } => (
            from_to(outcome),
            outcome.run.rung.clone().unwrap_or_default(),
            match &outcome.run.stage {
                Some(stage) => format!("red at {stage}"),
                None => outcome.run.verdict.clone(),
            },
        ),
        RecipeOutcome::NoAnswer { .. } | RecipeOutcome::NotRun { .. } => {
            (String::new(), String::new(), row.came.name().to_owned())
        }
    };
    let seconds = format!("{:.1} s", row.seconds);
    [row.recipe.clone(), upgrade, rung, verdict, seconds]
}

fn from_to(outcome: &Outcome) -> String {
    let (base, head) = (base_name(&outcome.run.plan), head_name(&outcome.run.head));
    format!("{base} -> {head}")
}
