//! Deployers, and one run of the upgrade tier for an operator.

mod checkout;
mod cleanup;
mod command;
mod command_line;
mod fetch;
mod leftover;
mod outcome;
mod program_check;
mod run_folder;
mod run_record;
mod swarm;
mod upgrade;

pub(crate) use checkout::CheckoutDeployer;
pub(crate) use cleanup::sweep_leftovers;
pub(crate) use command::{CommandRun, Commands};
pub(crate) use command_line::CommandLine;
pub(crate) use fetch::{FetchError, FetchOrder, Fetched, fetch};
pub(crate) use leftover::{Leftover, LeftoverScope};
pub(crate) use outcome::{DeployerKind, Outcome, StageLog};
pub(crate) use program_check::{check_programs, find_program, lacks_teardown};
pub(crate) use run_folder::RunFile;
pub(crate) use swarm::{PREVIOUS_MARK, SwarmDeployer, SwarmSettings, require_swarm, stack_name};
pub(crate) use upgrade::{Deployment, UpgradeError, UpgradeOrder, store_name, upgrade};
