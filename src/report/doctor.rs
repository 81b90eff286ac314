//! What a machine can do, and what a catalogue would come to.

use std::io;

use serde::Serialize;

use crate::deploy::DeployerKind;
use crate::sweep::PlannedRun;

use crate::report::run::{base_name, head_name};
use crate::report::{Report, Text, json};

/// What was looked at, `samever/doctor/1`.
#[derive(Debug, Serialize)]
pub(crate) struct DoctorReport {
    pub findings: Vec<Finding>,
    /// The recipes of a catalogue, where one is named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recipes: Option<Vec<CheckedRecipe>>,
}

/// One thing that was looked at.
#[derive(Debug, Serialize)]
pub(crate) struct Finding {
    pub what: &'static str,
    pub outcome: DoctorOutcome,
    /// What there is, or what to do.
    pub found: String,
}

/// How a finding ends. Only what is missing or a fault is a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum DoctorOutcome {
    Ok,
    /// It is not here, and nothing needs it.
    NotHere,
    /// It works, and an operator should know something.
    Warning,
    /// It is not here, and is needed.
    Missing,
    /// A night would fail at it.
    Fault,
}

/// One recipe of a catalogue, as a night would find it.
#[derive(Debug, Serialize)]
pub(crate) struct CheckedRecipe {
    pub recipe: String,
    pub outcome: DoctorOutcome,
    /// What a night would do with it, as `samever/nightly-plan/1` has it.
    pub planned: PlannedRun,
    /// What deploys it, where the catalogue says so.
    pub deployer: Option<DeployerKind>,
    /// The files of its programs.
    pub programs: Vec<Program>,
    pub warnings: Vec<String>,
}

/// One program of the operator's.
#[derive(Debug, Serialize)]
pub(crate) struct Program {
    pub step: &'static str,
    pub path: String,
}

impl DoctorOutcome {
    const fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::NotHere => "not here",
            Self::Warning => "warning",
            Self::Missing => "MISSING",
            Self::Fault => "FAULT",
        }
    }

    pub(crate) const fn is_failure(self) -> bool {
        match self {
            Self::Missing | Self::Fault => true,
            Self::Ok | Self::NotHere | Self::Warning => false,
        }
    }
}

impl DoctorReport {
    /// Tells whether something keeps samever, as it is asked, from its work.
    pub(crate) fn has_failure(&self) -> bool {
        let findings = self.findings.iter().map(|finding| finding.outcome);
        let recipes = self.recipes.iter().flatten().map(|recipe| recipe.outcome);
        findings.chain(recipes).any(DoctorOutcome::is_failure)
    }
}

impl Report for DoctorReport {
    fn text(&self, text: &mut Text) {
        for finding in &self.findings {
            text.line(line(finding.outcome, finding.what, &finding.found));
        }
        for recipe in self.recipes.iter().flatten() {
            text.line(line(recipe.outcome, &recipe.recipe, &facts(recipe)));
            for warning in &recipe.warnings {
                text.line(format!("          warning: {warning}"));
            }
        }
    }

    fn json(&self) -> io::Result<String> {
        json::document("samever/doctor/1", self)
    }
}

fn line(outcome: DoctorOutcome, what: &str, found: &str) -> String {
    format!("{:<8}  {what:<16}  {found}", outcome.word())
}

fn facts(recipe: &CheckedRecipe) -> String {
    let plan = match &recipe.planned {
        PlannedRun::Run {
            base, head, rung, ..
        } => {
            let rung = rung.map_or(String::new(), |rung| format!(" ({})", rung.name()));
            format!("{} -> {}{rung}", base_name(base), head_name(head))
        }
        PlannedRun::NotRun { reason, .. } => format!("not run: {reason}"),
        PlannedRun::NoAnswer { error, .. } => return error.clone(),
    };
    let deployer = match recipe.deployer {
        Some(kind) => format!("deployer {}", kind.name()),
        None => "deployer: the one that nightly is given".to_owned(),
    };
    let programs = recipe.programs.iter();
    let programs = programs.map(|program| format!("{} {}", program.step, program.path));
    let all: Vec<_> = [plan, deployer].into_iter().chain(programs).collect();
    all.join("; ")
}
