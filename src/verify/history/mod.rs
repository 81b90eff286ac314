//! What happens to a recipe over time, as a scenario and in words, and what was observed.

mod all;
mod events;
mod recorder;
mod story;

pub(crate) use all::{ALL_NIGHTS, AllNights};
pub(crate) use events::Nights;
pub(crate) use recorder::{FaultInjection, RunKind, RunObservation, witness};
pub(crate) use story::{Sequence, scenario, story};
