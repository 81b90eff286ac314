//! The chain of rules that decides from which base to upgrade.
//!
//! Pure: plain [`Inputs`] in, a [`BasePlan`] or [`ResolveError`] out. The rules
//! are in `rules.rs`, one function each; the words in which they explain
//! themselves in `reason.rs`.

mod commit_id;
mod error;
mod inputs;
mod plan;
mod reason;
mod rules;

pub use commit_id::{CommitId, ParseCommitIdError};
pub use error::{IncompleteHistory, ResolveError, Unfit};
pub use inputs::{Canonical, Exclusion, Fallback, Head, Inputs, MainTip, Policy};
pub use plan::{Base, BasePlan, Delta, Rung, Step};
pub use reason::{PassedOver, Reason, RejectedCanonical, RejectionKind, SkipReason, TagMoved};
pub use rules::resolve;
