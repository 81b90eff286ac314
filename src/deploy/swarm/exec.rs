//! Runs a command inside the container of a stack that has one.

use crate::deploy::swarm::account::container;
use crate::deploy::swarm::engine::{EngineError, ask};
use crate::deploy::swarm::state::Stack;
use crate::run::DeployError;

/// Runs a command of a shell in the first container of a stack that runs, by its busybox.
///
/// # Errors
///
/// [`DeployError::Failed`] where it does not end with 0 or nothing runs.
pub(crate) fn exec_in_stack(stack: &str, script: &str) -> Result<(), DeployError> {
    let tasks = Stack::read(stack)?.tasks;
    let running = tasks.iter().find(|task| task.is_up());
    let Some(task) = running else {
        return Err(DeployError::Failed("nothing runs".to_owned()));
    };
    let command = ["exec", container(task), "/bin/busybox", "sh", "-c", script];
    match ask(&command) {
        Ok(_) => Ok(()),
        Err(EngineError::Refused(why)) => Err(DeployError::Failed(why)),
        Err(error @ EngineError::Gone(_)) => Err(error.into()),
    }
}
