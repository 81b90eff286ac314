//! What the tier asks of whatever deploys.

use std::path::Path;

use crate::recipe::TreeId;
use crate::version::RecipeVersion;

/// Which of the two trees it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// The version to upgrade from.
    Base,
    /// The version under test.
    Head,
}

/// Deploys trees of a recipe into one stack, one over the other.
///
/// The stack keeps its state between two deployments. What is deployed is read
/// back from it, never from what it was told.
pub trait Deployer {
    /// Deploys the tree in a folder over whatever the stack runs.
    ///
    /// # Errors
    ///
    /// [`DeployError::Failed`] where the recipe is at fault.
    fn deploy(&mut self, turn: Turn, tree: &Path) -> Result<(), DeployError>;

    /// Checks that what was deployed works.
    ///
    /// # Errors
    ///
    /// [`DeployError::Failed`] where the recipe is at fault.
    fn check(&mut self, turn: Turn) -> Result<(), DeployError>;

    /// Reads back what is deployed.
    ///
    /// # Errors
    ///
    /// The stack cannot be read.
    fn deployed(&mut self) -> Result<Deployed, DeployError>;
}

/// A deployment or a check that did not go well.
#[derive(Debug, thiserror::Error)]
pub enum DeployError {
    /// The recipe does not deploy or does not work: a finding.
    #[error("{0}")]
    Failed(String),
    /// The deployer itself does not work: no finding about the recipe.
    #[error("{0}")]
    Broken(String),
}

/// What a stack runs, as read back from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deployed {
    /// The version label, or why it cannot be read.
    pub version: Result<RecipeVersion, String>,
    /// The tree, where the deployer can tell.
    pub tree: Option<TreeId>,
    /// The version that last wrote the stack's data, if any did.
    pub data_version: Option<RecipeVersion>,
}
