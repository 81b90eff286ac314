//! Replays one scenario and says what came of it.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender};
use std::{fs, io};

use serde::Serialize;
use tempfile::TempDir;
use thiserror::Error;

use crate::cancel::{Cancel, NEVER};
use crate::jobs::{self, InOrder};
use crate::recipe::CanonicalRecord;
use crate::run::{Resolver, STEP_BACK};

use crate::simulate::git_backend::{GitBackend, PlayError, ReplaySwarm, repository};
use crate::simulate::interpreter::{StepReport, play, set_up};
use crate::simulate::model_backend::ModelBackend;
use crate::simulate::read::ScenarioFile;

/// What came of a scenario.
#[derive(Clone, Debug, Serialize)]
pub struct ScenarioReport {
    /// The scenario's name.
    pub name: String,
    /// Where it was read from.
    #[serde(skip)]
    pub path: String,
    /// Its purpose.
    pub purpose: String,
    passed: bool,
    /// Each of its steps.
    pub steps: Vec<StepReport>,
    /// Where its repository is, if it is kept.
    #[serde(skip)]
    pub repository: Option<PathBuf>,
}

impl ScenarioReport {
    /// Tells whether everything came out as the scenario says.
    pub fn passed(&self) -> bool {
        self.passed
    }

    /// How many times the tier ran.
    pub fn runs(&self) -> usize {
        self.steps.iter().map(|step| step.times as usize).sum()
    }
}

/// Replays a scenario on a real repository, through the tier, in a temporary
/// folder that goes afterwards, or in `keep`'s folder of the scenario's name.
///
/// The signal is heard before each run: then the rest is left out, and there is
/// no report.
///
/// # Errors
///
/// The machine is at fault: a folder cannot be written, say. That something
/// does not come out as the scenario says is no error.
pub fn replay(
    file: &ScenarioFile,
    resolver: Resolver<'_>,
    keep: Option<&Path>,
    cancel: &Cancel,
) -> Result<Option<ScenarioReport>, PlayError> {
    replay_with(file, resolver, None, keep, cancel)
}

/// What is replayed, and how.
#[derive(Clone, Copy)]
pub(crate) struct ReplayOrder<'a> {
    /// The scenarios.
    pub files: &'a [ScenarioFile],
    /// What decides in the scenario of a number.
    pub resolver_of: &'a (dyn Fn(usize) -> Resolver<'a> + Sync),
    /// The Docker Swarm to deploy on, if not files alone.
    pub swarm: Option<&'a ReplaySwarm>,
    /// Where repositories and runs are kept, if anywhere.
    pub keep: Option<&'a Path>,
    /// How many scenarios are replayed at a time.
    pub jobs: usize,
    /// The signal to stop.
    pub cancel: &'a Cancel,
}

/// Why scenarios were not all replayed.
#[derive(Debug, Error)]
pub(crate) enum ReplayError {
    /// The machine is at fault.
    #[error("{0}: {1}")]
    Play(String, #[source] PlayError),
    /// It was told to stop.
    #[error("interrupted: what was begun is cleaned up, and nothing was compared to the end")]
    Interrupted,
    /// What came out cannot be shown.
    #[error("the answer cannot be written: {0}")]
    Show(#[source] io::Error),
}

/// The number of a scenario, and what came of it.
type Replayed = (usize, Result<Option<ScenarioReport>, PlayError>);

/// Replays scenarios, several at a time. It tells of each that is `finished`,
/// and shows them in their order.
///
/// # Errors
///
/// Not all could be replayed and shown; no other is begun then.
pub(crate) fn replay_all(
    order: ReplayOrder<'_>,
    mut finished: impl FnMut(&ScenarioReport) -> io::Result<()>,
    mut show: impl FnMut(&ScenarioReport) -> io::Result<()>,
) -> Result<Vec<ScenarioReport>, ReplayError> {
    let ReplayOrder { files, keep, .. } = order;
    let (next, cancel) = (AtomicUsize::new(0), order.cancel.child(None));
    let work = |reports: &Sender<_>| {
        while let number = next.fetch_add(1, Ordering::Relaxed)
            && let Some(file) = files.get(number)
        {
            let resolver = (order.resolver_of)(number);
            let report = replay_with(file, resolver, order.swarm, keep, &cancel);
            if reports.send((number, report)).is_err() {
                return;
            }
        }
    };
    let mut collect = |received: Receiver<Replayed>| {
        let mut waiting = InOrder::new();
        let mut reports = Vec::with_capacity(files.len());
        for (number, report) in received {
            let name = || files[number].name.clone();
            let report = report.map_err(|why| ReplayError::Play(name(), why))?;
            let report = report.ok_or(ReplayError::Interrupted)?;
            finished(&report).map_err(ReplayError::Show)?;
            waiting.put(number as u64, report);
            while let Some(report) = waiting.next() {
                show(&report).map_err(ReplayError::Show)?;
                reports.push(report);
            }
        }
        Ok(reports)
    };
    jobs::share(order.jobs.min(files.len()), work, |received| {
        let collected = collect(received);
        if collected.is_err() {
            // What is still running is of no use then.
            cancel.cancel();
        }
        collected
    })
}

fn replay_with(
    file: &ScenarioFile,
    resolver: Resolver<'_>,
    swarm: Option<&ReplaySwarm>,
    keep: Option<&Path>,
    cancel: &Cancel,
) -> Result<Option<ScenarioReport>, PlayError> {
    match keep {
        None => {
            let temporary = TempDir::with_prefix("samever-").map_err(|why| PlayError::Io {
                folder: std::env::temp_dir(),
                why,
            })?;
            let folder = temporary.path().to_owned();
            let report = replay_in(&folder, file, resolver, swarm, false, cancel);
            let gone = temporary.close();
            let report = report?;
            gone.map_err(|why| PlayError::Io { folder, why })?;
            Ok(report)
        }
        Some(keep) => {
            let folder = keep.join(&file.name);
            fs::create_dir_all(keep)
                .and_then(|()| fs::create_dir(&folder))
                .map_err(|why| PlayError::Io {
                    folder: folder.clone(),
                    why,
                })?;
            replay_in(&folder, file, resolver, swarm, true, cancel)
        }
    }
}

fn replay_in(
    folder: &Path,
    file: &ScenarioFile,
    resolver: Resolver<'_>,
    swarm: Option<&ReplaySwarm>,
    keep: bool,
    cancel: &Cancel,
) -> Result<Option<ScenarioReport>, PlayError> {
    let arm = GitBackend::new(&file.scenario, folder, resolver, keep, swarm)?;
    let steps = play(&file.scenario, arm, cancel)?;
    Ok((!cancel.is_cancelled()).then(|| ScenarioReport {
        name: file.name.clone(),
        path: file.path.clone(),
        purpose: file.purpose.clone(),
        passed: steps.iter().all(|step| step.mismatches.is_empty()),
        steps,
        repository: keep.then(|| repository(folder)),
    }))
}

/// Builds a scenario's repository as it is before the first step, in an empty
/// folder. Gives its place and its canonical.
///
/// # Errors
///
/// The folder cannot be written.
pub(crate) fn build(
    file: &ScenarioFile,
    folder: &Path,
) -> Result<(PathBuf, Option<CanonicalRecord>), PlayError> {
    let backend = GitBackend::new(&file.scenario, folder, STEP_BACK, false, None)?;
    let canonical = set_up(&file.scenario, backend)?;
    Ok((repository(folder), canonical))
}

/// Replays a scenario on the model in memory, without git and without a disk.
pub fn replay_on_model(file: &ScenarioFile, resolver: Resolver<'_>) -> Vec<StepReport> {
    match play(
        &file.scenario,
        ModelBackend::new(&file.scenario, resolver),
        &NEVER,
    ) {
        Ok(steps) => steps,
        Err(impossible) => match impossible {},
    }
}

/// The JSON Schema of scenario files, `scenarios/schema.json`.
pub fn scenario_schema() -> String {
    let schema = schemars::schema_for!(crate::simulate::scenario::Scenario).to_value();
    format!("{schema:#}\n")
}
