//! One run of the upgrade tier for an operator: in a folder that goes when the
//! run ends, with the canonical kept in a store.

use std::path::Path;
use std::time::Duration;

use serde::Serialize;

use crate::cancel::Cancel;
use crate::deploy::checkout::CheckoutDeployer;
use crate::deploy::command::{CommandDeployer, Commands};
use crate::deploy::data::{DataPrograms, TreeSettings};
use crate::deploy::fetch::FetchError;
use crate::deploy::files_with_data::FilesWithData;
use crate::deploy::outcome::{DeployerKind, Outcome, StageLog};
use crate::deploy::programs::Programs;
use crate::deploy::run_place::{FolderError, Place, RunFolder};
use crate::deploy::swarm::{SwarmDeployer, SwarmSettings, stack_name};
use crate::recipe::{
    CanonicalRecord, ParseRecipeNameError, Recipe, RecipeError, RecipeName, Request,
};
use crate::run::{
    Conditions, Deployer, PlannedBase, Promotion, Resolver, Route, Run, RunError, RunRequest,
    STEP_BACK, test_upgrade,
};
use crate::store::{CanonicalStore, Change, Recorded, RunLock, StoreError};

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
    pub how: UpgradeHow<'a>,
}

/// How a run goes, whatever its recipe and its base.
#[derive(Clone, Copy)]
pub(crate) struct UpgradeHow<'a> {
    pub conditions: Conditions,
    /// Where the canonical is kept.
    pub store: Option<&'a CanonicalStore>,
    pub deployment: &'a Deployment,
    /// The way from the base to the head.
    pub route: &'a Route,
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
    /// No base can be found by its name.
    #[error("{0}")]
    Bases(String),
    /// The tier could not run.
    #[error(transparent)]
    Tier(#[from] RunError),
    #[error(transparent)]
    Folder(#[from] FolderError),
}

/// Runs the tier once, and records a promotion.
///
/// # Errors
///
/// There is no verdict. That a promotion cannot be recorded is no error but a
/// part of the outcome.
pub(crate) fn upgrade(order: &UpgradeOrder<'_>) -> Result<Outcome, UpgradeError> {
    let begun = begin(order)?;
    let ran = run_once(order.recipe, &begun, &order.how, STEP_BACK, None)?;
    Ok(settle(order.recipe, &begun, &order.how, ran))
}

/// What the runs of one recipe have in common, under its lock.
pub(super) struct Begun<'a> {
    pub request: Request,
    /// Where its canonical is kept.
    pub place: Option<(&'a CanonicalStore, RecipeName)>,
    _lock: Option<RunLock>,
    /// What to say of a record that is gone.
    lost: Option<String>,
    /// The recipe's name.
    called: String,
}

/// Takes the lock of the recipe's runs, and reads its canonical.
pub(super) fn begin<'a>(order: &UpgradeOrder<'a>) -> Result<Begun<'a>, UpgradeError> {
    let (recipe, how) = (order.recipe, &order.how);
    let scheme = recipe.scheme();
    if matches!(how.deployment, Deployment::Swarm(_)) && !scheme.is_of_recipes() {
        return Err(UpgradeError::SwarmOfScheme(scheme.name().to_owned()));
    }
    let mut request = order.request.clone();
    let (mut lost, mut lock, mut place) = (None, None, None);
    if let Some(store) = how.store {
        let name = store_name(store, recipe, request.recipe.as_deref())?;
        request.recipe = Some(name.to_string());
        lock = store.begin_run(&name, how.run, how.waits)?;
        request.canonical = store.get(&name)?;
        if how.conditions.may_promote() {
            store.require_writable(&name)?;
        }
        lost = store.lost(&name);
        place = Some((store, name));
    }
    let names = || recipe.names().into_iter().next().unwrap_or_default();
    Ok(Begun {
        called: request.recipe.clone().unwrap_or_else(names),
        request,
        place,
        _lock: lock,
        lost,
    })
}

/// A run, and the logs of its stages.
pub(super) type Ran = (Run, Vec<StageLog>);

/// Runs the tier once, in a stack of its own; its logs are in a folder of this name in the
/// recipe's, where there is one.
pub(super) fn run_once(
    recipe: &Recipe,
    begun: &Begun<'_>,
    how: &UpgradeHow<'_>,
    resolver: Resolver<'_>,
    log_part: Option<&str>,
) -> Result<Ran, UpgradeError> {
    let called = begun.called.clone();
    let stack = stack_name(&called);
    let folder = RunFolder::new(&called, &stack)?;
    let run_request = RunRequest {
        request: &begun.request,
        resolver,
        conditions: how.conditions,
        route: how.route,
        ci_folder: how.ci_folder,
        work_folder: folder.path(),
    };
    let run = |deployer: &mut dyn Deployer| test_upgrade(recipe, &run_request, deployer);
    let place = Place {
        scheme: recipe.scheme(),
        folder: &folder,
        called,
        stack,
        log_part,
    };
    let (mut run, logs, told) = run_with(&run, how, place)?;
    run.notes.extend(begun.lost.clone().into_iter().chain(told));
    Ok((run, logs))
}

/// Records the promotion of a run, and makes its outcome.
pub(super) fn settle(
    recipe: &Recipe,
    begun: &Begun<'_>,
    how: &UpgradeHow<'_>,
    (mut run, logs): Ran,
) -> Outcome {
    let mut unrecorded = None;
    if run.promotion == Promotion::Promoted {
        let place = begun.place.as_ref().map(|(store, name)| (*store, name));
        let canonical = begun.request.canonical.as_ref();
        let noted = canonical.and_then(|canonical| canonical.origin.clone());
        let origin = recipe.origin().or(noted);
        (run.promotion, unrecorded) = record(&run, origin, place, how.run);
    }
    Outcome {
        recipe: run.recipe.clone(),
        deployer: how.deployment.kind(),
        run,
        logs,
        unrecorded,
    }
}

/// Makes the deployer, and runs with it; returns what came of that, the logs of the
/// stages, and what the operator should know.
fn run_with(
    run: &dyn Fn(&mut dyn Deployer) -> Result<Run, RunError>,
    how: &UpgradeHow<'_>,
    place: Place<'_>,
) -> Result<(Run, Vec<StageLog>, Vec<String>), UpgradeError> {
    let (scheme, folder) = (place.scheme, place.folder);
    let run_file = &folder.run_file;
    Ok(match how.deployment {
        Deployment::Tree(settings) => {
            let files = CheckoutDeployer::new(&folder.sub_folder("stack")?).under(scheme.clone());
            if settings.data.is_empty() {
                let mut deployer = files;
                (run(&mut deployer)?, Vec::new(), Vec::new())
            } else {
                let (command_run, logs) = folder.begin(how.logs_folder, place)?;
                let programs = Programs::new(
                    command_run,
                    run_file,
                    how.cancel,
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
            let (command_run, logs) = folder.begin(how.logs_folder, place)?;
            let is_of_recipe = scheme.is_of_recipes();
            let mut deployer =
                CommandDeployer::new(commands, command_run, run_file, is_of_recipe, how.cancel);
            let run = run(&mut deployer)?;
            (run, logs.records(deployer.into_logs()), Vec::new())
        }
        Deployment::Swarm(settings) => {
            let (command_run, logs) = folder.begin(how.logs_folder, place)?;
            let mut deployer = SwarmDeployer::new(settings, command_run, run_file, how.cancel);
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
