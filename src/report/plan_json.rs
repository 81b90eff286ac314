//! The base plan as `samever/plan/1`.

use std::io::{self, Write};

use serde::Serialize;

use samever_core::{Base, Escaped};

use crate::report::PlanReport;
use crate::report::json::write_json;

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    recipe: &'a str,
    plan: Plan,
    rung: &'static str,
    reason: String,
    delta: Option<&'static str>,
    head: Commit,
    canonical: Option<Canonical>,
    history: History,
    trail: Vec<Step>,
}

#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum Plan {
    Version {
        version: String,
        tag: String,
        commit: Option<String>,
    },
    Ref {
        commit: String,
    },
    Skip {
        reason: String,
    },
}

#[derive(Serialize)]
struct Commit {
    commit: String,
    version: Option<String>,
}

#[derive(Serialize)]
struct Canonical {
    version: String,
    commit: Option<String>,
}

#[derive(Serialize)]
struct History {
    published: usize,
    ignored: Vec<Ignored>,
}

#[derive(Serialize)]
struct Ignored {
    tag: String,
    because: String,
}

#[derive(Serialize)]
struct Step {
    rung: &'static str,
    passed: bool,
    because: String,
}

/// Writes the plan as one JSON document, `samever/plan/1`; what is not known
/// is `null`, and so is the delta of a skip.
///
/// # Errors
///
/// The writer fails.
pub(crate) fn write_plan_json(out: &mut impl Write, report: &PlanReport<'_>) -> io::Result<()> {
    let PlanReport {
        recipe,
        inputs,
        plan,
        base_commit,
    } = *report;
    let document = Document {
        schema: "samever/plan/1",
        recipe,
        plan: match plan.base {
            Base::Version(published) => Plan::Version {
                version: published.version().to_string(),
                tag: published.tag(),
                commit: base_commit.map(|commit| commit.to_string()),
            },
            Base::Ref(commit) => Plan::Ref {
                commit: commit.to_string(),
            },
            Base::Skip(reason) => Plan::Skip {
                reason: reason.to_string(),
            },
        },
        rung: plan.rung().name(),
        reason: plan.reason().to_string(),
        delta: plan.delta.map(samever_core::Delta::name),
        head: Commit {
            commit: inputs.head.commit.to_string(),
            version: inputs.head.version.ok().map(ToString::to_string),
        },
        canonical: inputs.canonical.map(|canonical| Canonical {
            version: canonical.version.to_string(),
            commit: canonical.commit.map(|commit| commit.to_string()),
        }),
        history: History {
            published: inputs.published.len(),
            ignored: ignored(report),
        },
        trail: trail(report),
    };
    write_json(out, &document)
}

fn ignored(report: &PlanReport<'_>) -> Vec<Ignored> {
    let ignored = report
        .inputs
        .published
        .ignored()
        .iter()
        .map(|ignored| Ignored {
            // A name that is not UTF-8 has no place in JSON but as an account of it.
            tag: match std::str::from_utf8(&ignored.name) {
                Ok(name) => name.to_owned(),
                Err(_) => Escaped::new(&ignored.name).to_string(),
            },
            because: ignored.because.to_string(),
        });
    ignored.collect()
}

fn trail(report: &PlanReport<'_>) -> Vec<Step> {
    let steps = report.plan.trail.iter().map(|step| Step {
        rung: step.rung.name(),
        passed: step.passed,
        because: step.because.to_string(),
    });
    steps.collect()
}
