//! Versions of recipes: what they are, how they compare, which are published.
//!
//! Pure: no I/O, no clock, no environment, and semver as the only dependency.

mod app_version;
mod plain;
mod published;
mod recipe_version;

pub use published::{IgnoredReason, IgnoredTag, PublishedSet, PublishedVersion};
pub use recipe_version::{ParseVersionError, RecipeVersion};
