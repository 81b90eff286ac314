//! Deployers, and one run of the upgrade tier for an operator.

mod app;
mod checkout;
mod cleanup;
mod command;
mod command_line;
mod data;
mod fetch;
mod files_with_data;
mod leftover;
mod outcome;
mod program_check;
mod programs;
mod run_folder;
mod run_place;
mod run_record;
mod stage_logs;
mod swarm;
mod upgrade;
mod upgrade_all;

pub(crate) use checkout::CheckoutDeployer;
pub(crate) use cleanup::{sweep_leftovers, sweep_own_stacks};
pub(crate) use command::Commands;
pub(crate) use command_line::CommandLine;
pub(crate) use data::{DataPrograms, TreeSettings};
pub(crate) use fetch::{FetchError, FetchOrder, Fetched, fetch};
pub(crate) use leftover::{Leftover, LeftoverScope};
pub(crate) use outcome::{DeployerKind, Ending, Outcome, RecipeOutcome, StageLog};
pub(crate) use program_check::{check_programs, find_program, lacks_teardown};
pub(crate) use programs::CommandRun;
pub(crate) use run_folder::RunFile;
pub(crate) use swarm::{
    FORMAT_KNOWN_SINCE, NAME_MAX, PREVIOUS_MARK, STACK_NAME_MAX, SwarmDeployer, SwarmSettings,
    engine_versions, exec_in_stack, has_network, knows_format, require_swarm, stack_name,
};
pub(crate) use upgrade::{Deployment, UpgradeError, UpgradeHow, UpgradeOrder, store_name, upgrade};
pub(crate) use upgrade_all::{BaseOutcome, Bases, PromoteBy, find_all, upgrade_all, verdicts};
