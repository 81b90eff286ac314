//! Versions: what they are, how they compare, which are published.
//!
//! Pure: no I/O, no clock, no environment. Each order of versions is one file, behind the trait
//! of `order.rs`; `coop_cloud.rs` has the default.

mod app_version;
mod coop_cloud;
mod debian;
mod numeric;
mod order;
mod pep440;
mod plain;
mod published;
mod semantic;
mod semver_words;
mod tag;

pub use order::{Order, ParseVersionError, Version};
pub use published::PublishedSet;
pub use tag::{IgnoredReason, IgnoredTag, PublishedVersion};
