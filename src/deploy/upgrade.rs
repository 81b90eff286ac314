//! One run of the upgrade tier for an operator: in a folder that goes when the
//! run ends, with the canonical kept in a store.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Serialize;
use tempfile::TempDir;

use crate::cancel::Cancel;
use crate::deploy::checkout::CheckoutDeployer;
use crate::deploy::command::{CommandDeployer, Commands};
use crate::deploy::data::{DataPrograms, TreeSettings};
use crate::deploy::fetch::FetchError;
use crate::deploy::files_with_data::FilesWithData;
use crate::deploy::outcome::{DeployerKind, Outcome, StageLog};
use crate::deploy::programs::{CommandRun, Programs};
use crate::deploy::run_folder::{FOLDER_BEGINNING, RunFile};
use crate::deploy::swarm::{SwarmDeployer, SwarmSettings, stack_name, word};
use crate::recipe::{
    CanonicalRecord, ParseRecipeNameError, Recipe, RecipeError, RecipeName, Request,
};
use crate::run::{
    Conditions, Deployer, PlannedBase, Promotion, Run, RunError, RunRequest, STEP_BACK, Stage,
    test_upgrade,
};
use crate::store::{CanonicalStore, Change, Recorded, StoreError};

/// What deploys, and how.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) enum Deployment {
    /// Files alone: nothing is started.
    Tree(TreeSettings),
    Command(Commands),
    Swarm(SwarmSettings),
}

impl Deployment {
    /// The same, with another limit of time.
    #[must_use]
    pub(crate) fn within(mut self, limit: Duration) -> Self {
        match &mut self {
            Self::Tree(settings) => settings.timeout = limit,
            Self::Command(commands) => commands.timeout = limit,
            Self::Swarm(settings) => settings.timeout = limit,
        }
        self
    }

    /// The programs that write data and verify it.
    pub(crate) const fn data(&self) -> &DataPrograms {
        match self {
            Self::Tree(settings) => &settings.data,
            Self::Command(commands) => &commands.data,
            Self::Swarm(settings) => &settings.data,
        }
    }

    /// The same, with these programs for the data.
    #[must_use]
    pub(crate) fn with_data(mut self, data: DataPrograms) -> Self {
        match &mut self {
            Self::Tree(settings) => settings.data = data,
            Self::Command(commands) => commands.data = data,
            Self::Swarm(settings) => settings.data = data,
        }
        self
    }

    /// Its kind.
    pub(crate) const fn kind(&self) -> DeployerKind {
        match self {
            Self::Tree(_) => DeployerKind::Tree,
            Self::Command(_) => DeployerKind::Command,
            Self::Swarm(_) => DeployerKind::Swarm,
        }
    }
}

/// What one run is about.
pub(crate) struct UpgradeOrder<'a> {
    pub recipe: &'a Recipe,
    /// What is asked of it; the canonical comes from the store, where there is
    /// one.
    pub request: Request,
    pub conditions: Conditions,
    /// Where the canonical is kept.
    pub store: Option<&'a CanonicalStore>,
    pub deployment: &'a Deployment,
    /// The recipe's CI folder, which may hold `previous/`.
    pub ci_folder: Option<&'a Path>,
    /// Where a folder with the recipe's logs is kept.
    pub logs_folder: Option<&'a Path>,
    /// The name of the command, for the history of the canonical.
    pub run: &'a str,
    /// The signal to stop.
    pub cancel: &'a Cancel,
    pub waits: &'a (dyn Fn(&str) + Sync),
}

/// Why a run has no verdict.
#[derive(Debug, thiserror::Error)]
pub(crate) enum UpgradeError {
    #[error(transparent)]
    Recipe(#[from] RecipeError),
    #[error(transparent)]
    Fetch(#[from] FetchError),
    #[error("{0}; give another name with --recipe")]
    Name(#[from] ParseRecipeNameError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(
        "a Docker Swarm shows what runs by the label of a Co-op Cloud recipe, which a project of the \
         scheme {0} does not have; deploy it with programs of yours"
    )]
    SwarmOfScheme(String),
    /// The tier could not run.
    #[error(transparent)]
    Tier(#[from] RunError),
    #[error("no folder for the run can be made in {}: {why}; free space there, or set TMPDIR", .folder.display())]
    Folder {
        /// Where it was to be.
        folder: PathBuf,
        why: io::Error,
    },
}

/// Runs the tier once, and records a promotion.
///
/// # Errors
///
/// There is no verdict. That a promotion cannot be recorded is no error but a
/// part of the outcome.
pub(crate) fn upgrade(order: &UpgradeOrder<'_>) -> Result<Outcome, UpgradeError> {
    let recipe = order.recipe;
    let scheme = recipe.scheme();
    if matches!(order.deployment, Deployment::Swarm(_)) && !scheme.is_of_recipes() {
        return Err(UpgradeError::SwarmOfScheme(scheme.name().to_owned()));
    }
    let mut request = order.request.clone();
    let mut lost = None;
    let name = match order.store {
        None => None,
        Some(store) => {
            let name = store_name(store, recipe, request.recipe.as_deref())?;
            request.recipe = Some(name.to_string());
            let run_lock = store.begin_run(&name, order.run, order.waits)?;
            request.canonical = store.get(&name)?;
            if order.conditions.may_promote() {
                store.require_writable(&name)?;
            }
            lost = store.lost(&name);
            Some((store, name, run_lock))
        }
    };
    let names = || recipe.names().into_iter().next().unwrap_or_default();
    let called = request.recipe.clone().unwrap_or_else(names);
    let stack = stack_name(&called);
    let folder = RunFolder::new(&called, &stack)?;
    let run_request = RunRequest {
        request: &request,
        resolver: STEP_BACK,
        conditions: order.conditions,
        ci_folder: order.ci_folder,
        work_folder: folder.path(),
    };
    let run = |deployer: &mut dyn Deployer| test_upgrade(recipe, &run_request, deployer);
    let (mut run, logs, told) = run_with(&run, order, &folder, called, stack)?;
    run.notes.extend(lost.into_iter().chain(told));
    let mut unrecorded = None;
    if run.promotion == Promotion::Promoted {
        let place = name.as_ref().map(|(store, name, _)| (*store, name));
        let noted = request.canonical.and_then(|canonical| canonical.origin);
        let origin = recipe.origin().or(noted);
        (run.promotion, unrecorded) = record(&run, origin, place, order.run);
    }
    Ok(Outcome {
        recipe: run.recipe.clone(),
        deployer: order.deployment.kind(),
        run,
        logs,
        unrecorded,
    })
}

/// Makes the deployer, and runs with it; returns what came of that, the logs of the
/// stages, and what the operator should know.
fn run_with(
    run: &dyn Fn(&mut dyn Deployer) -> Result<Run, RunError>,
    order: &UpgradeOrder<'_>,
    folder: &RunFolder,
    called: String,
    stack: String,
) -> Result<(Run, Vec<StageLog>, Vec<String>), UpgradeError> {
    let scheme = order.recipe.scheme();
    let run_file = &folder.run_file;
    Ok(match order.deployment {
        Deployment::Tree(settings) => {
            let files = CheckoutDeployer::new(&folder.sub_folder("stack")?).under(scheme.clone());
            if settings.data.is_empty() {
                let mut deployer = files;
                (run(&mut deployer)?, Vec::new(), Vec::new())
            } else {
                let (command_run, logs) = folder.begin(order, called, stack)?;
                let programs = Programs::new(
                    command_run,
                    run_file,
                    order.cancel,
                    settings.timeout,
                    None,
                    &settings.data,
                );
                let mut deployer = FilesWithData::new(files, programs, scheme.is_of_recipes());
                let run = run(&mut deployer)?;
                (run, logs.records(deployer.into_logs()), Vec::new())
            }
        }
        Deployment::Command(commands) => {
            let (command_run, logs) = folder.begin(order, called, stack)?;
            let is_of_recipe = scheme.is_of_recipes();
            let mut deployer =
                CommandDeployer::new(commands, command_run, run_file, is_of_recipe, order.cancel);
            let run = run(&mut deployer)?;
            (run, logs.records(deployer.into_logs()), Vec::new())
        }
        Deployment::Swarm(settings) => {
            let (command_run, logs) = folder.begin(order, called, stack)?;
            let mut deployer = SwarmDeployer::new(settings, command_run, run_file, order.cancel);
            let run = run(&mut deployer)?;
            let (stage_logs, notes) = deployer.into_logs_and_notes();
            (run, logs.records(stage_logs), notes)
        }
    })
}

/// Under which name a clone's canonical is kept, for every command: the stated one,
/// or that of the names it goes by which the store has a record of, or the first of
/// these that is a name of a recipe.
pub(crate) fn store_name(
    store: &CanonicalStore,
    recipe: &Recipe,
    stated: Option<&str>,
) -> Result<RecipeName, UpgradeError> {
    if let Some(stated) = stated {
        return Ok(stated.parse()?);
    }
    let names = recipe.names();
    let usable: Vec<_> = names.iter().filter_map(|name| name.parse().ok()).collect();
    let kept = store.name_of(&usable, recipe.origin().as_deref())?;
    match kept.or(usable.into_iter().next()) {
        Some(name) => Ok(name),
        None => Ok(names.into_iter().next().unwrap_or_default().parse()?),
    }
}

/// Puts the promotion of a run on record; returns what came of that, and why it
/// failed where it did.
fn record(
    run: &Run,
    origin: Option<String>,
    place: Option<(&CanonicalStore, &RecipeName)>,
    by: &str,
) -> (Promotion, Option<String>) {
    let record = run.record.clone();
    let record = record.expect("a run that promotes says what");
    let record = CanonicalRecord { origin, ..record };
    let version = &record.version;
    let Some((store, name)) = place else {
        let why = format!("there is no --state to record {version} in");
        return (Promotion::Refused(why), None);
    };
    let why = match (&run.plan, run.verdict.kind()) {
        (PlannedBase::Skip { reason }, _) => format!("the head went well by itself: {reason}"),
        (base, verdict) => format!("{}: the upgrade from {base}", verdict.name()),
    };
    let change = Change {
        why: &why,
        run: &format!("{by} of {}", run.head.commit),
    };
    let (promotion, unrecorded) = match store.promote(name, &record, &change) {
        Ok(Recorded::Written) => (Promotion::Promoted, None),
        Ok(Recorded::Unchanged) => (Promotion::Unchanged, None),
        Ok(Recorded::WouldGoBack(now)) => {
            let now = now.version;
            let why = format!(
                "another run has made it {now} in the meantime, which is newer than {version}"
            );
            (Promotion::Refused(why), None)
        }
        Err(error) => {
            let why = format!("{version} could not be recorded");
            (Promotion::Refused(why), Some(error))
        }
    };
    let unrecorded = unrecorded.map(|error| {
        format!("the verdict stands, but the promotion to {version} is not recorded: {error}")
    });
    (promotion, unrecorded)
}

/// The folder of one run: the trees, the stack, and what the programs keep.
///
/// Where it was killed, it leaves the folder.
struct RunFolder {
    folder: TempDir,
    run_file: RunFile,
}

impl RunFolder {
    fn new(recipe: &str, stack: &str) -> Result<Self, UpgradeError> {
        let parent = std::env::temp_dir();
        let made = std::path::absolute(&parent).and_then(|parent| {
            let mut builder = tempfile::Builder::new();
            builder.prefix(FOLDER_BEGINNING);
            // What other users may write to is not believed later.
            #[cfg(unix)]
            builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o755));
            builder.tempdir_in(parent)
        });
        let begun = made.and_then(|folder| {
            let run_file = RunFile::begin(folder.path(), recipe, stack)?;
            Ok(Self { folder, run_file })
        });
        begun.map_err(|why| UpgradeError::Folder {
            folder: parent,
            why,
        })
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn sub_folder(&self, name: &str) -> Result<PathBuf, UpgradeError> {
        let folder = self.path().join(name);
        match fs::create_dir(&folder) {
            Ok(()) => Ok(folder),
            Err(why) => Err(UpgradeError::Folder { folder, why }),
        }
    }

    /// The environment of a run's programs, and the folder of their logs.
    fn begin(
        &self,
        order: &UpgradeOrder<'_>,
        recipe: String,
        stack: String,
    ) -> Result<(CommandRun, Logs), UpgradeError> {
        let logs = self.logs(order, &recipe)?;
        let run = CommandRun {
            recipe,
            stack,
            order: order.recipe.scheme().order(),
            run_folder: self.sub_folder("run")?,
            log_folder: logs.folder.clone(),
        };
        Ok((run, logs))
    }

    /// Where the logs go: to the folder that is asked for, or, where that cannot
    /// be made, to one that goes with the run.
    fn logs(&self, order: &UpgradeOrder<'_>, recipe: &str) -> Result<Logs, UpgradeError> {
        let Some(folder) = order.logs_folder else {
            return Ok(Logs {
                folder: self.sub_folder("logs")?,
                kept: false,
                missing: None,
            });
        };
        let folder = match recipe.parse::<RecipeName>() {
            Ok(name) => folder.join(name.as_str()),
            Err(_) => folder.join(word(recipe)),
        };
        match make_log_folder(&folder) {
            Ok(()) => Ok(Logs {
                folder,
                kept: true,
                missing: None,
            }),
            Err(why) => Ok(Logs {
                missing: Some(format!("no log is kept in {}: {why}", folder.display())),
                folder: self.sub_folder("logs")?,
                kept: false,
            }),
        }
    }
}

/// The logs of one run.
struct Logs {
    folder: PathBuf,
    kept: bool,
    missing: Option<String>,
}

impl Logs {
    fn records(&self, logs: Vec<StageLog>) -> Vec<StageLog> {
        let records = logs.into_iter().map(|log| StageLog {
            path: log.path.filter(|_| self.kept),
            missing: log.missing.or_else(|| self.missing.clone()),
            ..log
        });
        records.collect()
    }
}

/// Makes a folder for logs, without those of the run before.
fn make_log_folder(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let steps = DataPrograms::default().lines().map(|(step, _)| step);
    for name in Stage::ALL.map(Stage::name).into_iter().chain(steps) {
        match fs::remove_file(folder.join(format!("{name}.log"))) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            Ok(()) | Err(_) => {}
        }
    }
    Ok(())
}
