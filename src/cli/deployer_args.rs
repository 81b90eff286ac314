//! What deploys.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};

use crate::deploy::CommandLine;
use crate::deploy::{Commands, Deployment, SwarmSettings};
use crate::sweep::TIMEOUT_SECONDS;

use crate::cli::Failure;

#[derive(Args, Debug)]
pub(crate) struct DeployerArgs {
    /// Deploy with this: `tree` checks files out and reads them back, and starts
    /// nothing; `command` runs your programs, and is what --deploy means; `swarm`
    /// runs the recipe on a Docker Swarm
    #[arg(long, value_enum)]
    deployer: Option<DeployerArg>,
    /// Deploy with this program, which is told what and where in its environment
    /// (see docs/deployers.md) and run without a shell
    #[arg(long, value_name = "CMD")]
    deploy: Option<CommandLine>,
    /// Check with this program that what was deployed works
    #[arg(long, value_name = "CMD", requires = "deploy")]
    check: Option<CommandLine>,
    /// Remove the stack with this program, at the end of every run
    #[arg(long, value_name = "CMD", requires = "deploy")]
    teardown: Option<CommandLine>,
    /// Tell the recipe's compose file the variables in this file, over the
    /// defaults in its .env.sample (swarm)
    #[arg(long, value_name = "FILE")]
    env_file: Option<PathBuf>,
    /// Ask of what has converged to stay up for so many seconds (swarm)
    #[arg(long, value_name = "SECONDS", default_value_t = 5, value_parser = clap::value_parser!(u32).range(0..=86_400))]
    settle: u32,
    /// Tell `docker stack deploy` when to look images up in their registry (swarm)
    #[arg(long, value_enum, default_value_t = ResolveImage::Always)]
    resolve_image: ResolveImage,
    /// End each program, with whatever it has started, after so many seconds;
    /// so long may a stack take to converge
    #[arg(long, value_name = "SECONDS", default_value_t = TIMEOUT_SECONDS, value_parser = clap::value_parser!(u32).range(1..=604_800))]
    timeout: u32,
    /// Keep the logs of each recipe's programs in a folder of its name below this
    /// one; without it, below logs/ of the --state folder, where there is one
    #[arg(long, value_name = "DIR")]
    logs: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum DeployerArg {
    Tree,
    Command,
    Swarm,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum ResolveImage {
    Always,
    Changed,
    Never,
}

impl DeployerArgs {
    pub(crate) fn deployment(&self) -> Result<Deployment, Failure> {
        match (self.deployer, &self.deploy) {
            (Some(DeployerArg::Tree), Some(_)) => Err(Failure::usage(
                "--deployer tree runs no programs; leave out --deploy, or say --deployer command",
            )),
            (Some(DeployerArg::Swarm), Some(_)) => Err(Failure::usage(
                "--deployer swarm runs no programs; leave out --deploy, or say --deployer command",
            )),
            (Some(DeployerArg::Swarm), None) => Ok(Deployment::Swarm(self.swarm())),
            (Some(DeployerArg::Command), None) => Err(Failure::usage(
                "--deployer command needs a program; give one with --deploy",
            )),
            (Some(DeployerArg::Tree) | None, None) => Ok(Deployment::Tree),
            (Some(DeployerArg::Command) | None, Some(deploy)) => {
                Ok(Deployment::Command(Commands {
                    deploy: deploy.clone(),
                    check: self.check.clone(),
                    teardown: self.teardown.clone(),
                    timeout: self.timeout(),
                }))
            }
        }
    }

    /// How a Docker Swarm is used, where one is.
    pub(crate) fn swarm(&self) -> SwarmSettings {
        SwarmSettings {
            env_file: self.env_file.clone(),
            timeout: self.timeout(),
            settle: Duration::from_secs(u64::from(self.settle)),
            resolve_image: match self.resolve_image {
                ResolveImage::Always => "always",
                ResolveImage::Changed => "changed",
                ResolveImage::Never => "never",
            }
            .to_owned(),
        }
    }

    /// How long each program may take.
    pub(crate) fn timeout(&self) -> Duration {
        Duration::from_secs(u64::from(self.timeout))
    }

    /// Whether the arguments say what deploys.
    pub(crate) fn is_stated(&self) -> bool {
        self.deployer.is_some() || self.deploy.is_some()
    }

    pub(crate) fn is_swarm(&self) -> bool {
        matches!(self.deployer, Some(DeployerArg::Swarm))
    }

    /// Where logs are kept, if anywhere.
    pub(crate) fn logs_folder(&self, state: Option<&PathBuf>) -> Option<PathBuf> {
        let below_state = || state.map(|state| state.join("logs"));
        self.logs.clone().or_else(below_state)
    }
}
