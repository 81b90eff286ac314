//! What deploys.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use crate::deploy::CommandLine;
use crate::deploy::{
    Commands, DataPrograms, DeployerKind, Deployment, SwarmSettings, TreeSettings,
};
use crate::sweep::TIMEOUT_SECONDS;

use crate::cli::failure::Failure;
use crate::cli::values::path;

#[derive(Args, Debug)]
#[command(next_help_heading = "Deployer")]
pub(crate) struct DeployerArgs {
    /// What deploys: `tree` checks files out, reads them back and starts nothing; `command` runs
    /// your programs; `swarm` runs the recipe on a Docker Swarm [default: command with --deploy]
    #[arg(long, value_enum)]
    deployer: Option<DeployerKind>,
    /// Let a run move the canonical although nothing shows what ran: files alone (tree), or programs
    /// that do not say which version runs (command)
    #[arg(long)]
    pub(crate) promote_unseen: bool,
    /// Program that deploys: its environment says what and where (see docs/deployers.md), and no
    /// shell runs it
    #[arg(long, value_name = "CMD")]
    deploy: Option<CommandLine>,
    /// Program that checks that the deployed recipe works (command, swarm)
    #[arg(long, value_name = "CMD")]
    check: Option<CommandLine>,
    /// Program that removes the stack at the end of each run
    #[arg(long, value_name = "CMD", requires = "deploy")]
    teardown: Option<CommandLine>,
    /// Program that writes data into the base once that is checked, with any deployer
    #[arg(long, value_name = "CMD")]
    seed: Option<CommandLine>,
    /// Program that verifies the data in the head once that is checked, with any deployer
    #[arg(long, value_name = "CMD")]
    verify: Option<CommandLine>,
    /// File with variables for the recipe's compose file, over the defaults in its .env.sample
    /// (swarm)
    #[arg(long, value_name = "FILE", value_parser = path())]
    env_file: Option<PathBuf>,
    /// Seconds that a stack must stay up after it has converged (swarm) [default: 5]
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(0..=86_400))]
    settle: Option<u32>,
    /// Number of times that a task of a service may end and be started again before the recipe is red
    /// (swarm) [default: 5]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(0..=10_000))]
    max_restarts: Option<u16>,
    /// Make the external networks that the recipe expects and that are not there, and remove them
    /// after the run (swarm)
    #[arg(long)]
    make_external: bool,
    /// When `docker stack deploy` looks images up in their registry (swarm) [default: always]
    #[arg(long, value_name = "WHEN", value_parser = RESOLVE_IMAGE)]
    resolve_image: Option<String>,
    /// Seconds after which a program is ended with everything that it started, and a stack must
    /// have converged
    #[arg(long, value_name = "SECONDS", default_value_t = TIMEOUT_SECONDS, value_parser = clap::value_parser!(u32).range(1..=604_800))]
    timeout: u32,
    /// Folder for the logs, with a folder in it for each recipe [default: logs/ in the --state
    /// folder, if there is one]
    #[arg(long, value_name = "DIR", value_parser = path())]
    logs: Option<PathBuf>,
}

/// When `docker stack deploy` can be told to look images up.
pub(crate) const RESOLVE_IMAGE: [&str; 3] = ["always", "changed", "never"];

impl DeployerArgs {
    /// What deploys, where these arguments say so.
    pub(crate) fn deployment(&self) -> Result<Option<Deployment>, Failure> {
        Ok(match (self.deployer, &self.deploy) {
            (Some(DeployerKind::Tree), Some(_)) => {
                return Err(Failure::usage(
                    "--deployer tree runs no programs; leave out --deploy, or say --deployer command",
                ));
            }
            (Some(DeployerKind::Swarm), Some(_)) => {
                return Err(Failure::usage(
                    "--deployer swarm runs no programs; leave out --deploy, or say --deployer command",
                ));
            }
            (Some(DeployerKind::Command), None) => {
                return Err(Failure::usage(
                    "--deployer command needs a program; give one with --deploy",
                ));
            }
            (Some(DeployerKind::Swarm), None) => Some(Deployment::Swarm(self.swarm())),
            (Some(DeployerKind::Tree), None) => Some(Deployment::Tree(TreeSettings {
                data: self.data(),
                timeout: self.timeout(),
            })),
            (Some(DeployerKind::Command) | None, Some(deploy)) => {
                Some(Deployment::Command(Commands {
                    deploy: deploy.clone(),
                    check: self.check.clone(),
                    teardown: self.teardown.clone(),
                    data: self.data(),
                    timeout: self.timeout(),
                }))
            }
            (None, None) => None,
        })
    }

    /// Refuses a run without a deployer; the message names `subject` as what has none.
    pub(crate) fn unnamed(subject: &str) -> Failure {
        Failure::usage(format_args!(
            "nothing says what deploys {subject}; name it: --deployer swarm (a Docker Swarm), \
             --deploy PROGRAM (your own program), or --deployer tree (files alone: nothing is \
             started, and no canonical moves)"
        ))
    }

    /// Refuses a promotion of what is not seen, where all is.
    pub(crate) fn refuse_promote_unseen(&self) -> Result<(), Failure> {
        if self.promote_unseen {
            return Err(Failure::usage(
                "--promote-unseen does nothing here: the deployer swarm sees what runs; leave it out",
            ));
        }
        Ok(())
    }

    /// How a Docker Swarm is used, where one is.
    pub(crate) fn swarm(&self) -> SwarmSettings {
        let default = SwarmSettings::default();
        SwarmSettings {
            env_file: self.env_file.clone(),
            timeout: self.timeout(),
            settle: self.settle.map_or(default.settle, |seconds| {
                Duration::from_secs(u64::from(seconds))
            }),
            max_restarts: self.max_restarts.map_or(default.max_restarts, usize::from),
            check: self.check.clone(),
            data: self.data(),
            make_external: self.make_external,
            resolve_image: self.resolve_image.clone().unwrap_or(default.resolve_image),
        }
    }

    /// The programs that write data and verify it.
    pub(crate) fn data(&self) -> DataPrograms {
        DataPrograms {
            seed: self.seed.clone(),
            verify: self.verify.clone(),
        }
    }

    /// Refuses what only a Swarm uses, where none deploys.
    pub(crate) fn refuse_swarm_settings(&self) -> Result<(), Failure> {
        let given = [
            ("--env-file", self.env_file.is_some()),
            ("--settle", self.settle.is_some()),
            ("--max-restarts", self.max_restarts.is_some()),
            ("--make-external", self.make_external),
            ("--resolve-image", self.resolve_image.is_some()),
        ];
        match given.iter().find(|(_, is_given)| *is_given) {
            None if self.check.is_some() && self.deploy.is_none() => Err(Failure::usage(
                "--check does nothing here: it goes with --deploy or with the deployer swarm; add \
                 one of them, or leave it out",
            )),
            None => Ok(()),
            Some((option, _)) => Err(Failure::usage(format_args!(
                "{option} does nothing here: only the deployer swarm uses it; add --deployer swarm, or leave it out"
            ))),
        }
    }

    /// Requires that the file with variables is there.
    pub(crate) fn require_env_file(&self) -> Result<(), Failure> {
        match self.env_file.as_ref().filter(|file| !file.is_file()) {
            None => Ok(()),
            Some(file) => Err(Failure::no_answer(format_args!(
                "there is no file {}; give the path of the file with variables with --env-file",
                file.display()
            ))),
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
        matches!(self.deployer, Some(DeployerKind::Swarm))
    }

    /// Where logs are kept, if anywhere.
    pub(crate) fn logs_folder(&self, state: Option<&PathBuf>) -> Option<PathBuf> {
        let below_state = || state.map(|state| state.join("logs"));
        self.logs.clone().or_else(below_state)
    }
}
