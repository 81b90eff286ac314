//! The interface of a deployer.

use crate::run::checkout::Checkout;
use crate::run::evidence::Deployed;
use crate::run::verdict::Stage;

/// Deploys trees of a recipe into one stack, one over the other.
///
/// The stack keeps its state between two deployments. What is deployed is read
/// back from it, never from what it was told.
pub trait Deployer {
    /// Is told, before anything is deployed, what the run upgrades from and to.
    fn announce(&mut self, _base: Option<&Checkout>, _head: &Checkout) {}

    /// Deploys a tree over whatever the stack runs, at one of the stages
    /// `BaseDeploy`, `Upgrade` and `HeadDeploy`.
    ///
    /// # Errors
    ///
    /// [`DeployError::Failed`] where the recipe is at fault.
    fn deploy(&mut self, stage: Stage, checkout: &Checkout) -> Result<(), DeployError>;

    /// Checks that what was deployed works, at `BaseCheck` or `HeadCheck`.
    ///
    /// # Errors
    ///
    /// [`DeployError::Failed`] where the recipe is at fault.
    fn check(&mut self, stage: Stage) -> Result<(), DeployError>;

    /// Writes data into the base, which is deployed and has passed its check.
    ///
    /// # Errors
    ///
    /// [`DeployError::Failed`] where it cannot be written.
    fn seed(&mut self) -> Result<(), DeployError> {
        Ok(())
    }

    /// Verifies that the head, which is deployed and has passed its check, has the data that the
    /// base was given.
    ///
    /// # Errors
    ///
    /// [`DeployError::Failed`] where it is lost or changed.
    fn verify(&mut self) -> Result<(), DeployError> {
        Ok(())
    }

    /// Reads back what is deployed.
    ///
    /// # Errors
    ///
    /// The stack cannot be read.
    fn deployed(&mut self) -> Result<Deployed, DeployError>;

    /// Removes the stack. It is called once, at the end of every run that came
    /// to a deployment, however that went.
    ///
    /// # Errors
    ///
    /// [`DeployError::Failed`] where something may have been left behind.
    fn teardown(&mut self) -> Result<(), DeployError> {
        Ok(())
    }
}

/// A deployment or a check that did not go well.
#[derive(Debug, thiserror::Error)]
pub enum DeployError {
    /// The recipe does not deploy or does not work: a finding.
    #[error("{0}")]
    Failed(String),
    /// The deployer itself does not work: no finding about the recipe.
    #[error("{0}")]
    Unusable(String),
    /// It was told to stop: no finding about anything.
    #[error("interrupted")]
    Interrupted,
}
