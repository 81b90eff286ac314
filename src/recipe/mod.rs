//! A recipe repository on disk: its tags, tips and trees, and the version that
//! the label in its `compose.yml` states.
//!
//! The repository is read, with gix, and never written; trees are checked out
//! of it into folders of their own. Only the repository's own configuration is
//! read; nothing in it is executed, and `GIT_*` in the environment changes
//! nothing.

mod canonical;
mod checkout;
mod error;
mod facts;
mod label;
mod name;
mod open;
mod previous;
mod repository;
mod store;
mod tags;

pub use canonical::{CanonicalRecord, ReadCanonicalError};
pub use checkout::{CheckoutError, TreeId};
pub use error::RecipeError;
pub use facts::{Facts, Request};
pub use label::{Unreadable, read_label};
pub use name::{ParseRecipeNameError, RecipeName};
pub use previous::{Previous, PreviousError};
pub use repository::Recipe;
pub use store::{CanonicalStore, Change, HistoryLine, Recorded, RunLock, StoreError, StoreStep};

/// The most that is read of a `compose.yml` or a canonical record, in bytes:
/// real ones stay below 64 KiB.
pub(crate) const FILE_BYTES_MAX: u64 = 1024 * 1024;
