//! The sweep: one run a recipe, several at a time, none in the way of another.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use crate::deploy::{
    DeployerKind, Ending, RecipeOutcome, UpgradeError, UpgradeHow, UpgradeOrder, upgrade,
    upgrade_all,
};
use crate::jobs;
use crate::run::{Conditions, RunError};
use crate::store::StoreError;

use crate::sweep::advice::for_catalogue;
use crate::sweep::catalogue::{Entry, Setup};
use crate::sweep::order::SweepOrder;
use crate::sweep::outcome::SweepEntry;
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
    /// It came to this, from each of its bases.
    Done(Vec<SweepEntry>),
}

/// Runs a sweep, and tells what happens as it does.
pub(crate) fn sweep(order: &SweepOrder<'_>, tell: &mut dyn FnMut(&Event)) -> Sweep {
    let entries: Vec<_> = order.entries().collect();
    let is_done = |entry: &&&Entry| !order.done.iter().any(|row| row.recipe == entry.name);
    let left: Vec<_> = entries.iter().filter(is_done).copied().collect();
    let is_of_it = |row: &&SweepEntry| entries.iter().any(|entry| entry.name == row.recipe);
    let mut rows: Vec<SweepEntry> = order.done.iter().filter(is_of_it).cloned().collect();
    let resumed = entries.len() - left.len();
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
                if let Some(rows) = run(order, entry) {
                    let _ = events.send(Event::Done(rows));
                }
            }
        },
        |events| {
            for event in events {
                tell(&event);
                if let Event::Done(done) = event {
                    rows.extend(done);
                }
            }
        },
    );
    rows.sort_by(|a, b| a.recipe.cmp(&b.recipe));
    let cut_off = |row: &SweepEntry| matches!(row.came, RecipeOutcome::NoAnswer { .. });
    let recipes: BTreeSet<_> = rows.iter().map(|row| row.recipe.as_str()).collect();
    Sweep {
        interrupted: recipes.len() < entries.len()
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
        // A base that its names do not lead to; the recipe's other rows tell.
        return row.base_names.is_some();
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
fn run(order: &SweepOrder<'_>, entry: &Entry) -> Option<Vec<SweepEntry>> {
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
        Ok(came) => came,
        Err(Some(error)) => vec![(None, RecipeOutcome::NoAnswer { error })],
        Err(None) => return None,
    };
    let seconds = begin.elapsed().as_secs_f64();
    let rows = came.into_iter().map(|(base_names, came)| SweepEntry {
        recipe: entry.name.clone(),
        base_names,
        came: match came {
            RecipeOutcome::NoAnswer { error } => RecipeOutcome::NoAnswer {
                error: for_catalogue(&error),
            },
            came => came,
        },
        seconds,
    });
    Some(rows.collect())
}

/// What came of a recipe, with the names of its base where several are tested.
type Came = Vec<(Option<String>, RecipeOutcome)>;

/// Runs a recipe unless there is nothing new; the error is why there is no
/// verdict, or nothing where it was interrupted.
fn run_setup(order: &SweepOrder<'_>, setup: &Setup) -> Result<Came, Option<String>> {
    let (recipe, record, request) = prepare(order, setup)?;
    if order.only_new {
        let canonical = order.store.get(&record);
        let canonical = canonical.map_err(|error| Some(error.to_string()))?;
        if !has_something_new(&recipe, canonical.as_ref()).map_err(Some)? {
            let reason = NOTHING_NEW.to_owned();
            return Ok(vec![(None, RecipeOutcome::NotRun { reason })]);
        }
    }
    let deployment = order.deployment(setup);
    let deployment = deployment.ok_or_else(|| Some("nothing says what deploys it".to_owned()))?;
    let how = UpgradeHow {
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
        route: &setup.route,
        ci_folder: setup.ci_folder.as_deref(),
        logs_folder: order.logs_folder,
        run: "nightly",
        cancel: order.cancel,
        waits: &|_| (),
    };
    let upgrade_order = UpgradeOrder {
        recipe: &recipe,
        request,
        how,
    };
    let came = match &setup.bases {
        None => upgrade(&upgrade_order).map(|outcome| {
            let outcome = Box::new(outcome);
            vec![(None, RecipeOutcome::Verdict { outcome })]
        }),
        Some(bases) => {
            // Recipes run side by side already.
            let outcomes = upgrade_all(&upgrade_order, &setup.repository, bases, 1);
            outcomes.map(|outcomes| {
                let named = outcomes.into_iter();
                named.map(|base| (Some(base.called()), base.came)).collect()
            })
        }
    };
    match came {
        Ok(came) => Ok(came),
        Err(
            UpgradeError::Tier(RunError::Interrupted)
            | UpgradeError::Store(StoreError::Interrupted(_)),
        ) => Err(None),
        Err(error) => Err(Some(error.to_string())),
    }
}
