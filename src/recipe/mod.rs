//! A recipe repository on disk: its tags, tips and trees, and the version that
//! the label in its `compose.yml` states.
//!
//! The repository is read, with gix, and never written; trees are checked out
//! of it into folders of their own. Only the repository's own configuration is
//! read, with what it includes; nothing in it is executed, and `GIT_*` in the environment changes
//! nothing.

mod canonical;
mod checkout;
mod error;
mod excluded;
mod facts;
mod head_file;
pub(crate) mod interpolation;
mod label;
mod name;
pub(crate) mod node;
mod open;
mod origin;
pub(crate) mod previous;
mod repository;
mod scalar;
mod tags;
mod words;
pub(crate) mod yaml;

pub use canonical::{CanonicalRecord, ReadCanonicalError};
pub(crate) use checkout::CheckoutError;
pub use checkout::TreeId;
pub use error::RecipeError;
// A field of a request, which has its default in `Request::of`.
#[doc(hidden)]
pub use excluded::ExcludedVersions;
pub(crate) use excluded::{excluded_by_hand, stale, why_unpinnable};
pub use facts::{Facts, Request};
pub(crate) use facts::{check_record, judge, nothing_published};
pub(crate) use head_file::read_version;
pub(crate) use label::{COMPOSE, Unreadable};
pub(crate) use name::ParseRecipeNameError;
pub use name::RecipeName;
pub(crate) use previous::Previous;
pub(crate) use previous::PreviousError;
pub use repository::Recipe;
pub(crate) use words::{parse_reason, parse_revision};

/// The most that is read of a `compose.yml` or a canonical record, in bytes:
/// real ones stay below 64 KiB.
pub(crate) const FILE_BYTES_MAX: u64 = 1024 * 1024;
