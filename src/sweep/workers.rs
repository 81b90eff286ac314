//! The sweep: one run a recipe, several at a time, none in the way of another.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use crate::deploy::{DeployerKind, Outcome, UpgradeError, UpgradeOrder, upgrade};
use crate::jobs;
use crate::run::{Conditions, RunError};
use crate::store::StoreError;

use crate::sweep::advice::for_catalogue;
use crate::sweep::catalogue::{Entry, Setup};
use crate::sweep::order::SweepOrder;
use crate::sweep::outcome::{Ending, RecipeOutcome, SweepEntry};
use crate::sweep::plan::{NOTHING_NEW, has_something_new, prepare};

/// What came of a sweep.
#[derive(Clone, Debug)]
pub(crate) struct Sweep {
    /// Each recipe that came to something, in the order of their names.
    pub rows: Vec<SweepEntry>,
    /// How many recipes were to be run.
    pub total: usize,
    /// How many of the rows an interrupted sweep had done before.
    pub resumed: usize,
    /// Whether it was told to stop before the end.
    pub interrupted: bool,
}

impl Sweep {
    /// How many recipes ended so.
    pub(crate) fn count(&self, ending: Ending) -> usize {
        let rows = self.rows.iter();
        rows.filter(|row| row.came.ending() == ending).count()
    }
}

/// What happens during a sweep.
#[derive(Debug)]
pub(crate) enum Event {
    /// A recipe's run begins.
    Begun(String),
    /// It came to this.
    Done(SweepEntry),
}

/// Runs a sweep, and tells what happens as it does.
pub(crate) fn sweep(order: &SweepOrder<'_>, tell: &mut dyn FnMut(&Event)) -> Sweep {
    let entries: Vec<_> = order.entries().collect();
    let is_done = |entry: &&&Entry| !order.done.iter().any(|row| row.recipe == entry.name);
    let left: Vec<_> = entries.iter().filter(is_done).copied().collect();
    let is_of_it = |row: &&SweepEntry| entries.iter().any(|entry| entry.name == row.recipe);
    let mut rows: Vec<SweepEntry> = order.done.iter().filter(is_of_it).cloned().collect();
    let resumed = rows.len();
    let next = AtomicUsize::new(0);
    jobs::share(
        order.jobs.min(left.len()),
        |events| {
            while let Some(entry) = left.get(next.fetch_add(1, Ordering::Relaxed)) {
                if order.cancel.is_cancelled() {
                    return;
                }
                // The receiver lives as long as the threads do.
                let _ = events.send(Event::Begun(entry.name.clone()));
                if let Some(row) = run(order, entry) {
                    let _ = events.send(Event::Done(row));
                }
            }
        },
        |events| {
            for event in events {
                tell(&event);
                if let Event::Done(row) = event {
                    rows.push(row);
                }
            }
        },
    );
    rows.sort_by(|a, b| a.recipe.cmp(&b.recipe));
    let cut_off = |row: &SweepEntry| matches!(row.came, RecipeOutcome::NoAnswer { .. });
    Sweep {
        interrupted: rows.len() < entries.len()
            || (order.cancel.is_cancelled() && rows.iter().any(cut_off)),
        rows,
        total: entries.len(),
        resumed,
    }
}

/// What an interrupted sweep has done that still holds: where a recipe's head has
/// moved since, its verdict is one of yesterday.
pub(crate) fn still_held(order: &SweepOrder<'_>, done: Vec<SweepEntry>) -> Vec<SweepEntry> {
    let holds = jobs::map(order.jobs, &done, |row| still_holds(order, row));
    let rows = done.into_iter().zip(holds);
    rows.filter_map(|(row, holds)| holds.then_some(row))
        .collect()
}

fn still_holds(order: &SweepOrder<'_>, row: &SweepEntry) -> bool {
    let RecipeOutcome::Verdict { outcome } = &row.came else {
        return false;
    };
    let mut entries = order.entries();
    let setup = entries.find(|entry| entry.name == row.recipe);
    let setup = setup.and_then(|entry| entry.setup.as_ref().ok());
    let head = setup.and_then(|setup| {
        let (recipe, _, request) = prepare(order, setup).ok()?;
        recipe.commit("--head", &request.head).ok()
    });
    head == Some(outcome.run.head.commit)
}

/// Runs one recipe; nothing where it was interrupted.
fn run(order: &SweepOrder<'_>, entry: &Entry) -> Option<SweepEntry> {
    let begin = Instant::now();
    // A fault of ours at one recipe must not keep the others from their run.
    let outcome = catch_unwind(AssertUnwindSafe(|| match &entry.setup {
        Ok(setup) => run_setup(order, setup),
        Err(why) => Err(Some(why.clone())),
    }))
    .unwrap_or_else(|_| {
        Err(Some(
            "samever itself failed; please report it with what is above".to_owned(),
        ))
    });
    let came = match outcome {
        Ok(Some(outcome)) => RecipeOutcome::Verdict {
            outcome: Box::new(outcome),
        },
        Ok(None) => RecipeOutcome::NotRun {
            reason: NOTHING_NEW.to_owned(),
        },
        Err(Some(error)) => RecipeOutcome::NoAnswer {
            error: for_catalogue(&error),
        },
        Err(None) => return None,
    };
    Some(SweepEntry {
        recipe: entry.name.clone(),
        came,
        seconds: begin.elapsed().as_secs_f64(),
    })
}

/// Runs a recipe unless there is nothing new; the error is why there is no
/// verdict, or nothing where it was interrupted.
fn run_setup(order: &SweepOrder<'_>, setup: &Setup) -> Result<Option<Outcome>, Option<String>> {
    let (recipe, record, request) = prepare(order, setup)?;
    if order.only_new {
        let canonical = order.store.get(&record);
        let canonical = canonical.map_err(|error| Some(error.to_string()))?;
        if !has_something_new(&recipe, canonical.as_ref()).map_err(Some)? {
            return Ok(None);
        }
    }
    let deployment = order.deployment(setup);
    let deployment = deployment.ok_or_else(|| Some("nothing says what deploys it".to_owned()))?;
    let outcome = upgrade(&UpgradeOrder {
        recipe: &recipe,
        request,
        conditions: Conditions {
            enrolled: setup.enrolled,
            cold: true,
            quick: false,
            of_a_ref: false,
            started: deployment.kind() != DeployerKind::Tree,
            unseen: order.promotes_unseen,
        },
        store: Some(order.store),
        deployment: &deployment,
        ci_folder: setup.ci_folder.as_deref(),
        logs_folder: order.logs_folder,
        run: "nightly",
        cancel: order.cancel,
        waits: &|_| (),
    });
    match outcome {
        Ok(outcome) => Ok(Some(outcome)),
        Err(
            UpgradeError::Tier(RunError::Interrupted)
            | UpgradeError::Store(StoreError::Interrupted(_)),
        ) => Err(None),
        Err(error) => Err(Some(error.to_string())),
    }
}
