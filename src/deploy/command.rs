//! The operator's own programs as a deployer.

use std::fs;
use std::io;
use std::path::Path;
use std::time::Duration;

use samever_core::{Order, Version};
use serde::Serialize;

use crate::cancel::Cancel;
use crate::deploy::CommandLine;
use crate::deploy::app::{AppEnvironment, compose_paths};
use crate::deploy::data::DataPrograms;
use crate::deploy::outcome::StageLog;
use crate::deploy::programs::{CommandRun, Current, Programs};
use crate::deploy::run_folder::RunFile;
use crate::disk::{SmallFile, read_small};
use crate::run::{Checkout, DeployError, Deployed, Deployer, Stage};

/// The most that is read of a reported version, in bytes.
const VERSION_BYTES_MAX: u64 = 1024;

/// The programs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Commands {
    /// Deploys a tree over whatever the stack runs.
    pub deploy: CommandLine,
    /// Checks that what was deployed works.
    pub check: Option<CommandLine>,
    /// Removes the stack.
    pub teardown: Option<CommandLine>,
    /// Write data and verify it.
    pub data: DataPrograms,
    /// How long each of them may take, each time.
    pub timeout: Duration,
}

/// Deploys with programs.
pub(super) struct CommandDeployer<'a> {
    commands: &'a Commands,
    programs: Programs<'a>,
    /// The app that the trees of a recipe make.
    app: Option<AppEnvironment>,
    logs: Vec<StageLog>,
}

impl<'a> CommandDeployer<'a> {
    /// Begins a run, which stops at the signal; its file says what it has begun.
    /// Only the trees of a recipe have compose files.
    pub(super) fn new(
        commands: &'a Commands,
        run: CommandRun,
        run_file: &'a RunFile,
        is_of_recipe: bool,
        cancel: &'a Cancel,
    ) -> Self {
        let teardown = commands.teardown.as_ref();
        Self {
            app: is_of_recipe.then(|| AppEnvironment::without_operator(&run.stack)),
            commands,
            programs: Programs::new(
                run,
                run_file,
                cancel,
                commands.timeout,
                teardown,
                &commands.data,
            ),
            logs: Vec::new(),
        }
    }

    /// What the programs printed, in the order in which they ran.
    pub(super) fn into_logs(self) -> Vec<StageLog> {
        self.logs
    }

    fn call(&mut self, line: &CommandLine, step: &str, stage: Stage) -> Result<(), DeployError> {
        let (log, judged) = self.programs.call(line, step, stage);
        self.logs.extend(log);
        judged
    }

    fn call_data(&mut self, step: &str) -> Result<(), DeployError> {
        let (log, judged) = self.programs.call_data(step);
        self.logs.extend(log);
        judged
    }
}

impl Deployer for CommandDeployer<'_> {
    fn announce(&mut self, base: Option<&Checkout>, head: &Checkout) {
        self.programs.announce(base, head);
    }

    fn deploy(&mut self, stage: Stage, pinned: &Checkout) -> Result<(), DeployError> {
        remove_file(&self.programs.version_file()).map_err(broken)?;
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
        self.call(&self.commands.deploy, "deploy", stage)
    }

    fn check(&mut self, stage: Stage) -> Result<(), DeployError> {
        match &self.commands.check {
            Some(check) => self.call(check, "check", stage),
            None => Ok(()),
        }
    }

    fn seed(&mut self) -> Result<(), DeployError> {
        self.call_data("seed")
    }

    fn verify(&mut self) -> Result<(), DeployError> {
        self.call_data("verify")
    }

    fn deployed(&mut self) -> Result<Deployed, DeployError> {
        Ok(Deployed {
            version: reported(&self.programs.version_file(), self.programs.run.order)
                .map_err(broken)?,
            ..Deployed::default()
        })
    }

    fn teardown(&mut self) -> Result<(), DeployError> {
        match &self.commands.teardown {
            Some(teardown) if self.programs.current.is_some() => {
                self.call(teardown, "teardown", Stage::Teardown)
            }
            Some(_) | None => Ok(()),
        }
    }
}

/// Reads the version that the deploy program has reported, if it has: it may write
/// the label as it sees it running, and nothing else.
fn reported(path: &Path, order: Order) -> io::Result<Option<Result<Version, String>>> {
    let bytes = match read_small(path, VERSION_BYTES_MAX)? {
        SmallFile::Content(bytes) => bytes,
        SmallFile::Missing => return Ok(None),
        SmallFile::Unfit => {
            let why = "what the deploy program reported is no file of at most 1 KiB".to_owned();
            return Ok(Some(Err(why)));
        }
    };
    let text = String::from_utf8_lossy(&bytes);
    let text = text.trim();
    let version = order.parse(text);
    Ok(Some(version.map_err(|error| {
        format!("the deploy program reported {text:?}, which is no version: {error}")
    })))
}

fn remove_file(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        Ok(()) | Err(_) => Ok(()),
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it is what `map_err` gives")]
fn broken(error: io::Error) -> DeployError {
    DeployError::Unusable(error.to_string())
}
