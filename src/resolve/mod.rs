//! The chain of rules that decides from which base to upgrade.
//!
//! Pure: plain [`Inputs`] in, a [`BasePlan`] or [`Undecided`] out. The rules
//! are in `chain.rs`, one function each; the words in which they explain
//! themselves in `because.rs`.

mod because;
mod chain;
mod commit_id;
mod inputs;
mod plan;
mod undecided;

pub use because::{Because, Setback, SetbackKind, SkipReason, TagMoved};
pub use chain::resolve;
pub use commit_id::{CommitId, ParseCommitIdError};
pub use inputs::{Canonical, Fallback, Head, Inputs, MainTip, Policy};
pub use plan::{Base, BasePlan, Delta, Rung, Step};
pub use undecided::{IncompleteHistory, Undecided};
