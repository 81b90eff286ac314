//! Real runs: one upgrade with its canonical kept in a store, and the sweep
//! over a catalogue of recipes.

mod advice;
mod catalogue;
mod catalogue_file;
mod journal;
mod lock;
mod order;
mod outcome;
mod plan;
mod programs;
mod workers;

pub(crate) use crate::deploy::{Ending, RecipeOutcome};
pub(crate) use catalogue::{Catalogue, Entry, Setup, TIMEOUT_SECONDS};
pub(crate) use journal::Journal;
pub(crate) use lock::{Scope, SweepLock};
pub(crate) use order::SweepOrder;
pub(crate) use outcome::SweepEntry;
pub(crate) use plan::{PlannedRun, open, plan_sweep};
pub(crate) use programs::{require_programs, teardown_warning, unready};
pub(crate) use workers::{Event, Sweep, still_held, sweep};
