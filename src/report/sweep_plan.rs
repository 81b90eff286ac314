//! What a sweep would run: a table, `samever/nightly-plan/1`, and a job matrix
//! that Forgejo and GitHub Actions read.

use std::io;

use serde::Serialize;

use samever_core::Rung;

use crate::recipe::RecipeName;
use crate::sweep::PlannedRun;

use crate::report::run::{base_name, head_name};
use crate::report::table::add_table;
use crate::report::{Report, Text, json, plural};

/// What a sweep would run.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct SweepPlanReport<'a> {
    pub recipes: &'a [PlannedRun],
}

#[derive(Serialize)]
struct Matrix<'a> {
    include: Vec<Job<'a>>,
}

/// One job: the words are such that a shell and a workflow take them for words.
#[derive(Serialize)]
struct Job<'a> {
    recipe: &'a str,
    base: Option<String>,
    head: Option<String>,
    rung: Option<Rung>,
}

impl Report for SweepPlanReport<'_> {
    fn text(&self, text: &mut Text) {
        let head = ["recipe", "base -> head", "rung", "why"].map(str::to_owned);
        let cells = self.recipes.iter().map(cells);
        add_table(text, &[head].into_iter().chain(cells).collect::<Vec<_>>());
        for planned in self.recipes {
            if let PlannedRun::Run {
                recipe,
                notes,
                bases,
                ..
            } = planned
            {
                for base in bases {
                    let (name, reason) = (base_name(&base.base), base.reason());
                    text.line("");
                    text.line(format!("{recipe}: from {name}: {reason}"));
                }
                for note in notes {
                    text.line("");
                    text.line(format!("{recipe}: note: {note}"));
                }
            }
        }
        let runs = self.recipes.iter();
        let runs = runs.filter(|planned| matches!(planned, PlannedRun::Run { .. }));
        let (runs, all) = (runs.count(), plural(self.recipes.len(), "recipe"));
        text.line("");
        text.line(format!("{runs} of {all} would be run"));
    }

    fn json(&self) -> io::Result<String> {
        json::document("samever/nightly-plan/1", self)
    }

    /// A job for each recipe that would be run, also for one that would fail.
    fn matrix(&self) -> io::Result<String> {
        let include = self.recipes.iter().filter_map(job).collect();
        let mut text = Text::default();
        text.line(serde_json::to_string(&Matrix { include })?);
        Ok(text.into_string())
    }
}

fn cells(planned: &PlannedRun) -> [String; 4] {
    let (recipe, upgrade, rung, why) = match planned {
        PlannedRun::Run {
            recipe,
            base,
            head,
            rung,
            reason,
            ..
        } => {
            let upgrade = format!("{} -> {}", base_name(base), head_name(head));
            (recipe, upgrade, rung.map_or("", Rung::name), reason)
        }
        PlannedRun::NotRun { recipe, reason } => (recipe, "not run".to_owned(), "", reason),
        PlannedRun::NoAnswer { recipe, error } => (recipe, "no answer".to_owned(), "", error),
    };
    [recipe.clone(), upgrade, rung.to_owned(), why.clone()]
}

fn job(planned: &PlannedRun) -> Option<Job<'_>> {
    match planned {
        PlannedRun::Run {
            recipe,
            base,
            head,
            rung,
            ..
        } => Some(Job {
            recipe,
            base: (!base.is_skip()).then(|| base_name(base)),
            head: Some(match &head.version {
                Ok(version) => version.to_string(),
                Err(_) => head.commit.to_string(),
            }),
            rung: *rung,
        }),
        // A name with other characters may do harm in a workflow.
        PlannedRun::NoAnswer { recipe, .. } if recipe.parse::<RecipeName>().is_ok() => Some(Job {
            recipe,
            base: None,
            head: None,
            rung: None,
        }),
        PlannedRun::NoAnswer { .. } | PlannedRun::NotRun { .. } => None,
    }
}
