//! Deployers, and one run of the upgrade tier for an operator.

mod checkout;
mod command;
mod command_line;
mod outcome;
mod run_folder;
mod swarm;
mod upgrade;

pub use checkout::TreeDeployer;
pub(crate) use checkout::{Behaviour, PREVIOUS_MARK, Range, SIMULATION_FILE};
pub(crate) use command::{CommandRun, Commands};
pub(crate) use command_line::CommandLine;
pub(crate) use outcome::{LogRecord, Outcome};
pub(crate) use run_folder::RunFile;
pub(crate) use swarm::{
    Leftover, SwarmDeployer, SwarmSettings, require_swarm, stack_name, sweep_leftovers,
};
pub(crate) use upgrade::{Deployment, UpgradeError, UpgradeOrder, upgrade};
