//! Files alone as a deployer, with programs of the operator's that write data beside them and
//! verify it.

use crate::deploy::app::{AppEnvironment, compose_paths};
use crate::deploy::checkout::CheckoutDeployer;
use crate::deploy::outcome::StageLog;
use crate::deploy::programs::{Current, Programs};
use crate::run::{Checkout, DeployError, Deployed, Deployer, Stage};

/// Files alone, and programs that keep data beside them.
pub(super) struct FilesWithData<'a> {
    files: CheckoutDeployer,
    programs: Programs<'a>,
    /// The app that the trees of a recipe make.
    app: Option<AppEnvironment>,
    logs: Vec<StageLog>,
}

impl<'a> FilesWithData<'a> {
    /// Only the trees of a recipe have compose files.
    pub(super) fn new(files: CheckoutDeployer, programs: Programs<'a>, is_of_recipe: bool) -> Self {
        let stack = &programs.run.stack;
        Self {
            app: is_of_recipe.then(|| AppEnvironment::without_operator(stack)),
            files,
            programs,
            logs: Vec::new(),
        }
    }

    /// What the programs printed, in the order in which they ran.
    pub(super) fn into_logs(self) -> Vec<StageLog> {
        self.logs
    }

    fn call(&mut self, step: &'static str) -> Result<(), DeployError> {
        let (log, ended) = self.programs.call_data(step);
        self.logs.extend(log);
        ended
    }
}

impl Deployer for FilesWithData<'_> {
    fn announce(&mut self, base: Option<&Checkout>, head: &Checkout) {
        self.programs.announce(base, head);
    }

    fn deploy(&mut self, stage: Stage, pinned: &Checkout) -> Result<(), DeployError> {
        let compose_files = match &mut self.app {
            Some(app) => compose_paths(app, &pinned.folder).map_err(DeployError::Failed)?,
            None => Vec::new(),
        };
        self.programs.current = Some(Current {
            stage,
            checkout: pinned.clone(),
            compose_files,
            told: Vec::new(),
        });
        self.files.deploy(stage, pinned)
    }

    fn check(&mut self, stage: Stage) -> Result<(), DeployError> {
        self.files.check(stage)
    }

    fn seed(&mut self) -> Result<(), DeployError> {
        self.call("seed")
    }

    fn verify(&mut self) -> Result<(), DeployError> {
        self.call("verify")
    }

    fn deployed(&mut self) -> Result<Deployed, DeployError> {
        self.files.deployed()
    }
}
