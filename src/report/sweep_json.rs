//! What came of a sweep, as `samever/nightly/1` and as `JUnit`'s XML, without
//! times: two sweeps that come to the same give the same bytes.

use std::io::{self, Write};

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};
use serde::Serialize;

use crate::sweep::{RecipeOutcome, Sweep, SweepEntry};
use samever_core::Escaped;

use crate::report::json::write_json;
use crate::report::upgrade::test_case;

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    interrupted: bool,
    totals: Totals,
    recipes: Vec<Recipe<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
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

/// Writes a sweep as one JSON document, `samever/nightly/1`.
///
/// # Errors
///
/// The writer fails.
pub(crate) fn write_sweep_json(out: &mut impl Write, sweep: &Sweep) -> io::Result<()> {
    let recipes = sweep.rows.iter().map(|row| Recipe {
        recipe: &row.recipe,
        came: &row.came,
    });
    let document = Document {
        schema: "samever/nightly/1",
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
    write_json(out, &document)
}

/// Writes a sweep as `JUnit`'s XML: one test case a recipe, and one that is an
/// error where it was interrupted.
///
/// # Errors
///
/// The writer fails.
pub(crate) fn write_sweep_junit(out: &mut impl Write, sweep: &Sweep) -> io::Result<()> {
    let mut suite = TestSuite::new("nightly");
    for row in &sweep.rows {
        suite.add_test_case(row_case(row)?);
    }
    if sweep.interrupted {
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
        status.set_message("interrupted: not every recipe was run");
        suite.add_test_case(TestCase::new("interrupted", status));
    }
    let mut document = Report::new("samever");
    document.add_test_suite(suite);
    document.serialize(&mut *out).map_err(io::Error::other)
}

fn row_case(row: &SweepEntry) -> io::Result<TestCase> {
    let mut status = match &row.came {
        RecipeOutcome::Verdict { outcome } => return test_case("nightly", outcome),
        RecipeOutcome::NoAnswer { .. } => TestCaseStatus::non_success(NonSuccessKind::Error),
        RecipeOutcome::NotRun { .. } => TestCaseStatus::skipped(),
    };
    let message = match &row.came {
        RecipeOutcome::NoAnswer { error } => error,
        RecipeOutcome::NotRun { reason } => reason,
        RecipeOutcome::Verdict { .. } => "",
    };
    status.set_message(Escaped::new(message).to_string());
    let mut test_case = TestCase::new(Escaped::new(&row.recipe).to_string(), status);
    test_case.set_classname("samever.nightly");
    Ok(test_case)
}
