//! The chain of rules that decides from which base to upgrade.
//!
//! Pure: plain [`Inputs`] in, a [`BasePlan`] or [`ResolveError`] out. The rules
//! are in `rules.rs`, one function each, and know what `facts.rs` lets them know;
//! `telling.rs` asks them about inputs and tells their decision in full; the
//! words in which it is explained are in `reason.rs`.

mod commit_id;
mod error;
mod facts;
mod inputs;
#[cfg(test)]
mod order_types;
mod plan;
mod reason;
mod rules;
#[cfg(test)]
mod small_worlds;
mod telling;

pub use commit_id::{CommitId, ParseCommitIdError};
pub use error::{IncompleteHistory, ResolveError, Unfit};
pub use inputs::{Canonical, Exclusion, Fallback, Head, Inputs, MainTip, Policy};
pub use plan::{Base, BasePlan, Delta, Rung, Step};
pub use reason::{PassedOver, Reason, RejectedCanonical, RejectionKind, SkipReason, TagMoved};
pub use telling::resolve;
