//! Replays one scenario and says what came of it.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::run::Resolver;

use crate::simulate::git_backend::{GitBackend, PlayError, ReplaySwarm, repository};
use crate::simulate::interpreter::{StepReport, play};
use crate::simulate::model_backend::ModelBackend;
use crate::simulate::read::ScenarioFile;

/// What came of a scenario.
#[derive(Clone, Debug)]
pub struct ScenarioReport {
    /// The scenario's name.
    pub name: String,
    /// Where it was read from.
    pub path: String,
    /// Its purpose.
    pub purpose: String,
    /// Each of its steps.
    pub steps: Vec<StepReport>,
    /// Where its repository is, if it is kept.
    pub repository: Option<PathBuf>,
}

impl ScenarioReport {
    /// Tells whether everything came out as the scenario says.
    pub fn passed(&self) -> bool {
        self.steps.iter().all(|step| step.mismatches.is_empty())
    }

    /// How many times the tier ran.
    pub fn runs(&self) -> u32 {
        self.steps.iter().map(|step| step.times).sum()
    }
}

/// Replays a scenario on a real repository, through the tier, in a temporary
/// folder that goes afterwards, or in `keep`'s folder of the scenario's name.
///
/// `go_on` is asked before each run: where it says no, the rest is left out,
/// and there is no report.
///
/// # Errors
///
/// The machine is at fault: a folder cannot be written, say. That something
/// does not come out as the scenario says is no error.
pub fn replay(
    file: &ScenarioFile,
    resolver: Resolver<'_>,
    keep: Option<&Path>,
    go_on: &dyn Fn() -> bool,
) -> Result<Option<ScenarioReport>, PlayError> {
    replay_with(file, resolver, None, keep, go_on)
}

/// Replays a scenario as [`replay`] does, but deploys on a Docker Swarm.
///
/// # Errors
///
/// As [`replay`].
pub(crate) fn replay_on_swarm(
    file: &ScenarioFile,
    resolver: Resolver<'_>,
    swarm: &ReplaySwarm,
    keep: Option<&Path>,
    go_on: &dyn Fn() -> bool,
) -> Result<Option<ScenarioReport>, PlayError> {
    replay_with(file, resolver, Some(swarm), keep, go_on)
}

fn replay_with(
    file: &ScenarioFile,
    resolver: Resolver<'_>,
    swarm: Option<&ReplaySwarm>,
    keep: Option<&Path>,
    go_on: &dyn Fn() -> bool,
) -> Result<Option<ScenarioReport>, PlayError> {
    match keep {
        None => {
            let temporary = TempDir::with_prefix("samever-").map_err(|why| PlayError::Io {
                folder: std::env::temp_dir(),
                why,
            })?;
            let folder = temporary.path().to_owned();
            let report = replay_in(&folder, file, resolver, swarm, false, go_on);
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
            replay_in(&folder, file, resolver, swarm, true, go_on)
        }
    }
}

fn replay_in(
    folder: &Path,
    file: &ScenarioFile,
    resolver: Resolver<'_>,
    swarm: Option<&ReplaySwarm>,
    keep: bool,
    go_on: &dyn Fn() -> bool,
) -> Result<Option<ScenarioReport>, PlayError> {
    let arm = GitBackend::new(&file.scenario, folder, resolver, keep, swarm)?;
    let steps = play(&file.scenario, arm, go_on)?;
    Ok(go_on().then(|| ScenarioReport {
        name: file.name.clone(),
        path: file.path.clone(),
        purpose: file.purpose.clone(),
        steps,
        repository: keep.then(|| repository(folder)),
    }))
}

/// Replays a scenario on the model in memory, without git and without a disk.
pub fn replay_on_model(file: &ScenarioFile, resolver: Resolver<'_>) -> Vec<StepReport> {
    match play(
        &file.scenario,
        ModelBackend::new(&file.scenario, resolver),
        &|| true,
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
