//! The operator's own programs as a deployer.
//!
//! They get everything in their environment, so that nothing that a
//! stranger wrote is ever a part of a command. They run where samever was
//! started, not in the recipe's tree: a program that is named by a relative
//! path is the operator's, never the recipe's.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use samever_core::{Order, Version};
use serde::Serialize;

use crate::cancel::{Cancel, NEVER};
use crate::deploy::CommandLine;
use crate::deploy::outcome::StageLog;
use crate::deploy::run_folder::RunFile;
use crate::deploy::run_record::{Call, Program};
use crate::disk::{SmallFile, read_small};
use crate::orphan::ProgramId;
use crate::process::{self, Ended, Printed, how_it_ended};
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
    /// How long each of them may take, each time.
    pub timeout: Duration,
}

/// Where a run of them is, and under which name.
#[derive(Clone, Debug)]
pub(crate) struct CommandRun {
    /// The recipe's name.
    pub recipe: String,
    /// The name of the stack, which is fresh.
    pub stack: String,
    /// The order of the recipe's versions.
    pub order: Order,
    /// A folder for whatever they want to keep until the end of the run.
    pub run_folder: PathBuf,
    /// Where their logs go; it must exist.
    pub log_folder: PathBuf,
}

impl CommandRun {
    /// Runs a program of a stage, and logs what it prints; `started` gets its
    /// number at once.
    pub(super) fn program(
        &self,
        command: Command,
        stage: Stage,
        timeout: Duration,
        cancel: &Cancel,
        started: impl FnOnce(u32),
    ) -> io::Result<(Ended, StageLog)> {
        let path = self.log_folder.join(format!("{}.log", stage.name()));
        let ran = process::run(command, &path, timeout, cancel, started)?;
        let (ended, Printed { tail, missing }) = ran;
        let path = Some(path.to_string_lossy().into_owned());
        let log = StageLog {
            stage,
            path,
            tail,
            missing,
        };
        Ok((ended, log))
    }
}

/// Deploys with programs.
pub(super) struct CommandDeployer<'a> {
    commands: &'a Commands,
    run: CommandRun,
    run_file: &'a RunFile,
    cancel: &'a Cancel,
    /// What was deployed last, or was to be.
    current: Option<(Stage, Checkout)>,
    logs: Vec<StageLog>,
}

impl<'a> CommandDeployer<'a> {
    /// Begins a run, which stops at the signal; its file says what it has begun.
    pub(super) fn new(
        commands: &'a Commands,
        run: CommandRun,
        run_file: &'a RunFile,
        cancel: &'a Cancel,
    ) -> Self {
        Self {
            commands,
            run,
            run_file,
            cancel,
            current: None,
            logs: Vec::new(),
        }
    }

    /// What the programs printed, in the order in which they ran.
    pub(super) fn into_logs(self) -> Vec<StageLog> {
        self.logs
    }

    fn version_file(&self) -> PathBuf {
        self.run.run_folder.join("deployed-version")
    }

    fn call(&mut self, line: &CommandLine, step: &str, stage: Stage) -> Result<(), DeployError> {
        let name = line.name();
        // The end of a run is reached also where everything is told to stop.
        let cancel = match stage {
            Stage::Teardown => &NEVER,
            _ => self.cancel,
        };
        // A teardown is called also where the disk is full.
        let noted = self.note_start(step);
        if stage != Stage::Teardown {
            noted.map_err(unnoted)?;
        }
        let mut command = line.command();
        command.envs(self.environment(step));
        let timeout = self.commands.timeout;
        let ended = self
            .run
            .program(command, stage, timeout, cancel, |process| {
                note_number(self.run_file, process);
            });
        let is_torn_down = stage == Stage::Teardown && ended.as_ref().is_ok_and(is_success);
        note_end(self.run_file, is_torn_down);
        let (ended, log) = ended.map_err(|error| {
            DeployError::Unusable(format!("the {step} program {name} cannot be run: {error}"))
        })?;
        let last = log.tail.last().cloned();
        self.logs.push(log);
        judge(&ended, step, timeout, last.as_deref())
    }

    /// Has the run's file say that a program is about to start, and how the stack
    /// is removed once there may be one.
    fn note_start(&self, step: &str) -> io::Result<()> {
        let teardown = match &self.commands.teardown {
            Some(line) => {
                let folder = std::env::current_dir()?;
                let environment = self.environment("teardown");
                let timeout = self.commands.timeout;
                Some(Call::new(line, &environment, folder.as_ref(), timeout))
            }
            None => None,
        };
        let program = Program::starting(step, self.run.run_folder.as_ref());
        self.run_file.change(|record| {
            record.teardown = teardown;
            record.program = Some(program);
        })
    }

    /// What the program of a step is told.
    fn environment(&self, step: &str) -> Vec<(&'static str, OsString)> {
        let run = &self.run;
        let mut environment: Vec<(_, OsString)> = vec![
            ("SAMEVER_RECIPE", run.recipe.clone().into()),
            ("SAMEVER_STACK", run.stack.clone().into()),
            ("SAMEVER_RUN_DIR", run.run_folder.clone().into()),
            ("SAMEVER_STEP", step.into()),
            ("SAMEVER_DEPLOYED_VERSION", self.version_file().into()),
        ];
        if let Some((stage, pinned)) = &self.current {
            let version = pinned.version.as_ref().map(ToString::to_string);
            environment.extend([
                ("SAMEVER_STAGE", stage.side().name().into()),
                ("SAMEVER_TREE", pinned.folder.clone().into()),
                ("SAMEVER_COMMIT", pinned.commit.to_string().into()),
                ("SAMEVER_TAG", pinned.tag.clone().unwrap_or_default().into()),
                ("SAMEVER_VERSION", version.unwrap_or_default().into()),
            ]);
        }
        environment
    }
}

/// Has a run's file say which process its program is. Where that fails, the
/// program is found by what it was told.
pub(super) fn note_number(run_file: &RunFile, process: u32) {
    let id = ProgramId::of(process);
    let _ = run_file.change(|record| {
        if let Some(program) = &mut record.program {
            program.id = Some(id);
        }
    });
}

/// Has a run's file say that its program has ended. Where that fails, the file
/// names a program that is no longer found.
pub(super) fn note_end(run_file: &RunFile, is_torn_down: bool) {
    let _ = run_file.change(|record| {
        record.program = None;
        if is_torn_down {
            record.teardown = None;
        }
    });
}

#[expect(clippy::needless_pass_by_value, reason = "it is what `map_err` gives")]
fn unnoted(error: io::Error) -> DeployError {
    DeployError::Unusable(format!(
        "the run's file cannot be written: {error}; free space, or set TMPDIR"
    ))
}

impl Deployer for CommandDeployer<'_> {
    fn deploy(&mut self, stage: Stage, pinned: &Checkout) -> Result<(), DeployError> {
        remove_file(&self.version_file()).map_err(broken)?;
        self.current = Some((stage, pinned.clone()));
        self.call(&self.commands.deploy, "deploy", stage)
    }

    fn check(&mut self, stage: Stage) -> Result<(), DeployError> {
        match &self.commands.check {
            Some(check) => self.call(check, "check", stage),
            None => Ok(()),
        }
    }

    fn deployed(&mut self) -> Result<Deployed, DeployError> {
        Ok(Deployed {
            version: reported(&self.version_file(), self.run.order).map_err(broken)?,
            image: None,
            tree: None,
            data_version: None,
        })
    }

    fn teardown(&mut self) -> Result<(), DeployError> {
        match &self.commands.teardown {
            Some(teardown) if self.current.is_some() => {
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

fn is_success<T>((ended, _): &(Ended, T)) -> bool {
    matches!(ended, Ended::Exited(status) if status.success())
}

/// Tells whether a program of a step did its work, by how it ended and by its
/// last line.
pub(super) fn judge(
    ended: &Ended,
    step: &str,
    timeout: Duration,
    last: Option<&str>,
) -> Result<(), DeployError> {
    let why = match ended {
        Ended::Exited(status) if status.success() => return Ok(()),
        Ended::Interrupted => return Err(DeployError::Interrupted),
        Ended::Exited(status) => format!("the {step} program {}", how_it_ended(*status)),
        Ended::TimedOut => format!(
            "the {step} program did not end within {} s, so it was ended",
            timeout.as_secs_f64()
        ),
    };
    Err(DeployError::Failed(match last {
        Some(last) => format!("{why}; it printed last: {last}"),
        None => format!("{why}; it printed nothing"),
    }))
}
