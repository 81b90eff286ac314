//! The deployer of files alone: a stack that is a folder.
//!
//! It "deploys" a checked-out tree by copying it into the stack's folder, and
//! starts nothing: what it proves is that base and head are what they should be.
//! The folder keeps the version that last wrote the stack's data, as a volume
//! would.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::recipe::TreeId;
use samever_core::Version;

use crate::deploy::app::{AppEnvironment, compose_paths};
use crate::run::{Checkout, DeployError, Deployed, Deployer, Stage, version_on_disk};
use crate::scheme::Scheme;

/// A stack that is a folder.
#[derive(Debug)]
pub(crate) struct CheckoutDeployer {
    running: PathBuf,
    data: PathBuf,
    scheme: Scheme,
    app: AppEnvironment,
    compose_files: Vec<String>,
}

impl CheckoutDeployer {
    /// Makes an empty stack in a folder, which must exist.
    pub(crate) fn new(stack: &Path) -> Self {
        Self {
            running: stack.join("running"),
            data: stack.join("data-version"),
            scheme: Scheme::coop_cloud(),
            app: AppEnvironment::without_operator("stack"),
            compose_files: Vec::new(),
        }
    }

    /// The same for trees that state their versions as this scheme says.
    pub(crate) fn under(self, scheme: Scheme) -> Self {
        Self { scheme, ..self }
    }

    /// The version that the tree that runs states.
    fn version(&self) -> io::Result<Result<Version, String>> {
        version_on_disk(&self.scheme, &self.running)
    }

    /// The folder of the tree that runs.
    pub(crate) fn running(&self) -> &Path {
        &self.running
    }

    /// The version that last wrote the stack's data, if any did.
    pub(crate) fn data_version(&self) -> io::Result<Option<Version>> {
        match fs::read_to_string(&self.data) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
            Ok(text) => Ok(self.scheme.order().parse(&text).ok()),
        }
    }
}

impl Deployer for CheckoutDeployer {
    fn deploy(&mut self, _: Stage, pinned: &Checkout) -> Result<(), DeployError> {
        if self.scheme.is_of_recipes() {
            let paths = compose_paths(&mut self.app, &pinned.folder);
            self.compose_files = paths.map_err(DeployError::Failed)?;
        }
        match fs::remove_dir_all(&self.running) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(broken(error)),
            Ok(()) | Err(_) => {}
        }
        copy(&pinned.folder, &self.running).map_err(broken)?;
        if let Ok(version) = self.version().map_err(broken)? {
            fs::write(&self.data, version.to_string()).map_err(broken)?;
        }
        Ok(())
    }

    fn check(&mut self, _: Stage) -> Result<(), DeployError> {
        Ok(())
    }

    fn deployed(&mut self) -> Result<Deployed, DeployError> {
        Ok(Deployed {
            version: if self.scheme.is_stated() {
                Some(self.version().map_err(broken)?)
            } else {
                None
            },
            compose_files: self.compose_files.clone(),
            tree: Some(TreeId::of_folder(&self.running).map_err(broken)?),
            data_version: self.data_version().map_err(broken)?,
            ..Deployed::default()
        })
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it is what `map_err` gives")]
fn broken(error: io::Error) -> DeployError {
    DeployError::Unusable(error.to_string())
}

/// Copies a folder; links are made anew, not followed.
fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (path, target) = (entry.path(), to.join(entry.file_name()));
        let kind = entry.file_type()?;
        if kind.is_dir() {
            copy(&path, &target)?;
        } else if kind.is_symlink() {
            #[cfg(unix)]
            std::os::unix::fs::symlink(fs::read_link(&path)?, &target)?;
        } else {
            fs::copy(&path, &target)?;
        }
    }
    Ok(())
}
