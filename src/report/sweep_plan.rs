//! What a sweep would run: a table, `samever/nightly-plan/1`, and a job matrix
//! that Forgejo and GitHub Actions read.

use std::io::{self, Write};

use serde::Serialize;

use crate::run::{BaseRecord, HeadRecord};
use crate::sweep::PlannedRun;

use crate::report::json::write_json;
use crate::report::plan_text::line;
use crate::report::plural;
use crate::report::run_text::short;
use crate::report::sweep_text::{base_name, write_table};

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    recipes: Vec<Recipe<'a>>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Recipe<'a> {
    Run {
        recipe: &'a str,
        repository: String,
        plan: &'a BaseRecord,
        head: &'a HeadRecord,
        rung: &'a str,
        reason: &'a str,
    },
    NotRun {
        recipe: &'a str,
        not_run: &'a str,
    },
    NoAnswer {
        recipe: &'a str,
        error: &'a str,
    },
}

#[derive(Serialize)]
struct Matrix<'a> {
    include: Vec<Job<'a>>,
}

/// One job: the words are such that a shell and a workflow take them for words.
#[derive(Serialize)]
struct Job<'a> {
    recipe: &'a str,
    base: Option<&'a str>,
    head: Option<&'a str>,
    rung: Option<&'a str>,
}

/// Writes the plan of a sweep as a table.
///
/// # Errors
///
/// The writer fails.
pub(crate) fn write_sweep_plan_text(
    out: &mut impl Write,
    planned: &[PlannedRun],
) -> io::Result<()> {
    let mut table = vec![["recipe", "base -> head", "rung", "why"].map(str::to_owned)];
    table.extend(planned.iter().map(|planned| match planned {
        PlannedRun::Run {
            recipe,
            base,
            head,
            rung,
            reason,
            ..
        } => {
            let version = head.version.as_deref();
            let head = version.unwrap_or_else(|| short(&head.commit));
            [
                recipe.clone(),
                format!("{} -> {head}", base_name(base)),
                (*rung).to_owned(),
                reason.clone(),
            ]
        }
        PlannedRun::NotRun { recipe, reason } => [
            recipe.clone(),
            "not run".to_owned(),
            String::new(),
            reason.clone(),
        ],
        PlannedRun::NoAnswer { recipe, error } => [
            recipe.clone(),
            "no answer".to_owned(),
            String::new(),
            error.clone(),
        ],
    }));
    write_table(out, &table)?;
    let runs = planned
        .iter()
        .filter(|planned| matches!(planned, PlannedRun::Run { .. }));
    line(out, "")?;
    let total = plural(planned.len(), "recipe");
    line(out, format!("{} of {total} would be run", runs.count()))
}

/// Writes the plan of a sweep as one JSON document, `samever/nightly-plan/1`.
///
/// # Errors
///
/// The writer fails.
pub(crate) fn write_sweep_plan_json(
    out: &mut impl Write,
    planned: &[PlannedRun],
) -> io::Result<()> {
    let recipes = planned.iter().map(|planned| match planned {
        PlannedRun::Run {
            recipe,
            repository,
            base,
            head,
            rung,
            reason,
        } => Recipe::Run {
            recipe,
            repository: repository.to_string_lossy().into_owned(),
            plan: base,
            head,
            rung,
            reason,
        },
        PlannedRun::NotRun { recipe, reason } => Recipe::NotRun {
            recipe,
            not_run: reason,
        },
        PlannedRun::NoAnswer { recipe, error } => Recipe::NoAnswer { recipe, error },
    });
    write_json(
        out,
        &Document {
            schema: "samever/nightly-plan/1",
            recipes: recipes.collect(),
        },
    )
}

/// Writes the plan of a sweep as a job matrix, on one line: a job for each
/// recipe that would be run, also for one that would fail.
///
/// # Errors
///
/// The writer fails.
pub(crate) fn write_matrix(out: &mut impl Write, planned: &[PlannedRun]) -> io::Result<()> {
    let jobs = planned.iter().filter_map(|planned| match planned {
        PlannedRun::Run {
            recipe,
            base,
            head,
            rung,
            ..
        } => Some(Job {
            recipe,
            base: match base {
                BaseRecord::Skip { .. } => None,
                BaseRecord::Version { .. } | BaseRecord::Ref { .. } => Some(base_name(base)),
            },
            head: Some(head.version.as_deref().unwrap_or(&head.commit)),
            rung: Some(rung),
        }),
        // A name that is no word has no place in somebody's workflow.
        PlannedRun::NoAnswer { recipe, .. }
            if recipe.parse::<crate::recipe::RecipeName>().is_ok() =>
        {
            Some(Job {
                recipe,
                base: None,
                head: None,
                rung: None,
            })
        }
        PlannedRun::NoAnswer { .. } | PlannedRun::NotRun { .. } => None,
    });
    let matrix = Matrix {
        include: jobs.collect(),
    };
    let text = serde_json::to_string(&matrix)?;
    line(out, text)
}
