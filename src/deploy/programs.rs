//! Calls the operator's own programs in a run.
//!
//! They get everything in their environment, so that nothing that a
//! stranger wrote is ever a part of a command. They run where samever was
//! started, not in the recipe's tree: a program that is named by a relative
//! path is the operator's, never the recipe's.

use std::ffi::OsString;
use std::io;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use samever_core::Order;

use crate::cancel::{Cancel, NEVER};
use crate::deploy::CommandLine;
use crate::deploy::data::DataPrograms;
use crate::deploy::outcome::StageLog;
use crate::deploy::run_folder::RunFile;
use crate::deploy::run_record::{Call, Program};
use crate::orphan::ProgramId;
use crate::process::{self, Ended, Printed, how_it_ended};
use crate::run::{Checkout, DeployError, Side, Stage};

/// Where a run is, and under which name.
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

/// What was deployed last, or was to be.
#[derive(Clone, Debug)]
pub(super) struct Current {
    pub stage: Stage,
    pub checkout: Checkout,
    /// The paths of its compose files.
    pub compose_files: Vec<String>,
    /// What else the programs are told.
    pub told: Vec<(&'static str, OsString)>,
}

/// The programs of one run.
pub(super) struct Programs<'a> {
    pub run: CommandRun,
    run_file: &'a RunFile,
    cancel: &'a Cancel,
    /// How long each of them may take, each time.
    timeout: Duration,
    /// Removes the stack.
    teardown: Option<&'a CommandLine>,
    data: &'a DataPrograms,
    /// The versions of base and head, as far as they are known.
    versions: [String; 2],
    pub current: Option<Current>,
}

impl<'a> Programs<'a> {
    /// Begins a run, which stops at the signal; its file says what it has begun.
    pub(super) fn new(
        run: CommandRun,
        run_file: &'a RunFile,
        cancel: &'a Cancel,
        timeout: Duration,
        teardown: Option<&'a CommandLine>,
        data: &'a DataPrograms,
    ) -> Self {
        Self {
            run,
            run_file,
            cancel,
            timeout,
            teardown,
            data,
            versions: Default::default(),
            current: None,
        }
    }

    /// The file in which a program says which version it sees running.
    pub(super) fn version_file(&self) -> PathBuf {
        self.run.run_folder.join("deployed-version")
    }

    /// Notes what the run upgrades from and to.
    pub(super) fn announce(&mut self, base: Option<&Checkout>, head: &Checkout) {
        let version = |checkout: &Checkout| {
            let version = checkout.version.as_ref();
            version.map(ToString::to_string).unwrap_or_default()
        };
        self.versions = [base.map(version).unwrap_or_default(), version(head)];
    }

    /// Calls the program `seed` or `verify`, if there is one.
    pub(super) fn call_data(&self, step: &str) -> (Option<StageLog>, Result<(), DeployError>) {
        let mut lines = self.data.lines().into_iter();
        let line = lines.find_map(|(name, line)| line.filter(|_| name == step));
        match line {
            Some(line) => self.call(line, step, Stage::Data),
            None => (None, Ok(())),
        }
    }

    /// Calls a program; returns its log, if it could be started, and whether it did
    /// its work.
    pub(super) fn call(
        &self,
        line: &CommandLine,
        step: &str,
        stage: Stage,
    ) -> (Option<StageLog>, Result<(), DeployError>) {
        // The end of a run is reached also where everything is told to stop.
        let cancel = match stage {
            Stage::Teardown => &NEVER,
            _ => self.cancel,
        };
        // A teardown is called also where the disk is full.
        let noted = self.note_start(step);
        if let (Err(error), false) = (noted, stage == Stage::Teardown) {
            return (None, Err(unnoted(error)));
        }
        let mut command = line.command();
        command.envs(self.environment(step));
        let ended = self.run_program(command, step, stage, cancel);
        let is_torn_down = stage == Stage::Teardown && ended.as_ref().is_ok_and(is_success);
        note_end(self.run_file, is_torn_down);
        match ended {
            Ok((ended, log)) => {
                let judged = judge(
                    &ended,
                    step,
                    self.timeout,
                    log.tail.last().map(String::as_str),
                );
                (Some(log), judged)
            }
            Err(error) => {
                let name = line.name();
                let why = format!("the {step} program {name} cannot be run: {error}");
                (None, Err(DeployError::Unusable(why)))
            }
        }
    }

    /// Runs a program of a stage, and logs what it prints.
    fn run_program(
        &self,
        command: Command,
        step: &str,
        stage: Stage,
        cancel: &Cancel,
    ) -> io::Result<(Ended, StageLog)> {
        let path = self.run.log_folder.join(self.log_name(step, stage));
        let ran = process::run(command, &path, self.timeout, cancel, |process| {
            note_number(self.run_file, process);
        })?;
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

    /// The name of the log of a step: that of its stage, but two programs run at the stage of the
    /// data, and a stage of a stop may come again.
    fn log_name(&self, step: &str, stage: Stage) -> String {
        let name = if stage == Stage::Data {
            step
        } else {
            stage.name()
        };
        let current = self.current.as_ref();
        let at_stop = current.filter(|current| current.stage.side() == Side::Stop);
        match at_stop.and_then(|current| current.checkout.version.as_ref().ok()) {
            Some(version) if stage != Stage::Teardown => format!("{name}-{version}.log"),
            Some(_) | None => format!("{name}.log"),
        }
    }

    /// Has the run's file say that a program is about to start, and how the stack
    /// is removed once there may be one.
    fn note_start(&self, step: &str) -> io::Result<()> {
        let teardown = match self.teardown {
            Some(line) => {
                let folder = std::env::current_dir()?;
                let environment = self.environment("teardown");
                Some(Call::new(line, &environment, folder.as_ref(), self.timeout))
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
        let [base, head] = self.versions.clone();
        let mut environment: Vec<(_, OsString)> = vec![
            ("SAMEVER_RECIPE", run.recipe.clone().into()),
            ("SAMEVER_STACK", run.stack.clone().into()),
            ("SAMEVER_RUN_DIR", run.run_folder.clone().into()),
            ("SAMEVER_STEP", step.into()),
            ("SAMEVER_BASE_VERSION", base.into()),
            ("SAMEVER_HEAD_VERSION", head.into()),
            ("SAMEVER_DEPLOYED_VERSION", self.version_file().into()),
        ];
        if let Some(current) = &self.current {
            let checkout = &current.checkout;
            let version = checkout.version.as_ref().map(ToString::to_string);
            let tag = checkout.tag.clone();
            environment.extend([
                ("SAMEVER_STAGE", current.stage.side().name().into()),
                ("SAMEVER_TREE", checkout.folder.clone().into()),
                ("SAMEVER_COMMIT", checkout.commit.to_string().into()),
                ("SAMEVER_TAG", tag.unwrap_or_default().into()),
                ("SAMEVER_VERSION", version.unwrap_or_default().into()),
                (
                    "SAMEVER_COMPOSE_FILES",
                    current.compose_files.join(":").into(),
                ),
            ]);
            environment.extend(current.told.iter().cloned());
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
