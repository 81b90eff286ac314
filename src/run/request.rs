//! What one run is about, and why it may have no verdict.

use std::io;
use std::path::Path;

use crate::recipe::{CheckoutError, PreviousError, RecipeError, Request};

use crate::run::plan::Resolver;
use crate::run::stops::Route;

/// What one run is about.
#[derive(Clone, Copy)]
pub struct RunRequest<'a> {
    /// What is asked of the repository.
    pub request: &'a Request,
    /// What decides from which base.
    pub resolver: Resolver<'a>,
    /// What kind of run it is.
    pub conditions: Conditions,
    /// The way from the base to the head.
    pub route: &'a Route,
    /// The recipe's CI folder, which may hold `previous/`.
    pub ci_folder: Option<&'a Path>,
    /// An empty folder for the trees of this run.
    pub work_folder: &'a Path,
}

/// What kind of run it is, as the promotion of the canonical asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is one condition of the promotion's rule"
)]
pub struct Conditions {
    /// Whether the recipe has a canonical to keep.
    pub enrolled: bool,
    /// Whether the deployment starts from nothing, as it does at night.
    pub cold: bool,
    /// Whether the run leaves something out to be quick.
    pub quick: bool,
    /// Whether the head is a ref, such as a pull request's.
    pub of_a_ref: bool,
    /// Whether the recipe is started, and not files alone tested.
    pub started: bool,
    /// Whether a run counts although nothing shows what ran.
    pub unseen: bool,
}

impl Conditions {
    /// Whether a run of this kind moves the canonical where all goes well.
    pub fn may_promote(self) -> bool {
        self.enrolled && self.cold && !self.quick && !self.of_a_ref && (self.started || self.unseen)
    }
}

/// Why a run has no verdict.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The repository, or something in it, cannot be read.
    #[error(transparent)]
    Recipe(#[from] RecipeError),
    /// No way with these stops can be found.
    #[error("{0}")]
    Stops(String),
    /// No base can be named.
    #[error("{0}")]
    ResolveError(String),
    /// The base's tree is not the version that its tag says.
    #[error(
        "the tag {tag} cannot be pinned: its tree says {found}, not {tag}; tag the commit that \
         carries this label, or give another base version with --override"
    )]
    Mislabelled {
        /// The tag.
        tag: String,
        /// What the label says, or why it cannot be read.
        found: String,
    },
    /// `previous/` cannot be used.
    #[error(transparent)]
    Previous(#[from] PreviousError),
    /// The deployer does not work.
    #[error("the deployer does not work: {0}; nothing is known about the upgrade")]
    Deployer(String),
    /// It was told to stop.
    #[error("interrupted: what was deployed is torn down, and there is no verdict")]
    Interrupted,
    /// It was told to stop, and something may be left behind.
    #[error("interrupted, and {0}")]
    InterruptedAndLeft(String),
    /// The run's folder cannot be read.
    #[error("the run's folder cannot be read: {0}")]
    Io(#[from] io::Error),
}

impl RunError {
    /// Tells whether the machine is at fault, and not the recipe.
    pub fn is_of_the_machine(&self) -> bool {
        match self {
            Self::Deployer(_)
            | Self::Interrupted
            | Self::InterruptedAndLeft(_)
            | Self::Io(_)
            | Self::Recipe(RecipeError::Damaged { .. } | RecipeError::NotARepository { .. }) => {
                true
            }
            Self::Previous(error) => error.is_of_the_machine(),
            Self::Recipe(RecipeError::Checkout { source, .. }) => match **source {
                CheckoutError::Io { .. } | CheckoutError::NotProved { .. } => true,
                CheckoutError::Refused { .. } | CheckoutError::Objects(_) => false,
            },
            Self::Recipe(_) | Self::Stops(_) | Self::ResolveError(_) | Self::Mislabelled { .. } => {
                false
            }
        }
    }
}
