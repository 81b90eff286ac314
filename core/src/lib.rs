//! Decides from which older version an upgrade test must start.

mod escape;
mod resolve;
mod version;

pub use escape::{Escaped, is_harmful};
pub use resolve::{
    Base, BasePlan, Canonical, CommitId, Delta, Fallback, Head, IncompleteHistory, Inputs, MainTip,
    ParseCommitIdError, Policy, Reason, RejectedCanonical, RejectionKind, ResolveError, Rung,
    SkipReason, Step, TagMoved, resolve,
};
pub use version::{
    IgnoredReason, IgnoredTag, ParseVersionError, PublishedSet, PublishedVersion, RecipeVersion,
};
