//! The real arm: a repository on disk, and the tier that a CI server would run.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::cancel::Cancel;
use crate::deploy::{
    CommandRun, PREVIOUS_MARK, RunFile, SwarmDeployer, SwarmSettings, exec_in_stack, stack_name,
};
use crate::recipe::{Facts, Recipe, RecipeError, Request};
use crate::run::{
    AskedBases, BaseName, Checkout, DeployError, Deployed, Deployer, NamedBase, PlannedBase,
    Promotion, Resolver, Run, RunError, RunRequest, Stage, find_bases, test_upgrade,
};
use crate::scheme::Scheme;
use samever_core::{CommitId, Inputs, Order};

use super::PlanKind;
use crate::simulate::backend::{Backend, Flake, Observed, Ran, RunOrder, Tree};
use crate::simulate::behaviour::{Behaviour, SIMULATION_FILE, SimulatedDeployer};
use crate::simulate::ground::Ground;
use crate::simulate::manner::{Call, Misdeed, WitnessedDeployer};
use crate::simulate::repository::{RepositoryBuilder, TagKind};
use crate::simulate::scenario::Scenario;
use crate::simulate::swarm_compose::{PREVIOUS, swarm_compose};
use crate::simulate::version_file::{told_by_the_app, version_file, version_path};

/// Why a step could not be played: the machine is at fault, not the recipe.
#[derive(Debug, thiserror::Error)]
pub enum PlayError {
    /// The repository cannot be built.
    #[error("the repository cannot be built: {0}")]
    Git(#[from] git2::Error),
    /// A folder cannot be written.
    #[error("the folder {} cannot be used: {why}", .folder.display())]
    Io {
        /// The folder.
        folder: PathBuf,
        /// The reason.
        why: io::Error,
    },
    /// The tier could not run.
    #[error(transparent)]
    Tier(#[from] RunError),
}

/// A repository on disk and the tier.
pub(crate) struct GitBackend<'a> {
    builder: RepositoryBuilder,
    resolver: Resolver<'a>,
    /// What it is on trial on, where it is.
    ground: Option<Ground>,
    recipe: &'a str,
    scheme: &'a Scheme,
    folder: PathBuf,
    ci_folder: Option<PathBuf>,
    runs: u32,
    keep: bool,
    swarm: Option<&'a ReplaySwarm>,
    /// The versions whose data a later tree may meet on a Swarm.
    versions: BTreeSet<String>,
}

/// A Docker Swarm to replay on.
#[derive(Clone, Debug)]
pub(crate) struct ReplaySwarm {
    /// An image with a busybox at `/bin/busybox`.
    pub image: String,
    /// How the Swarm is used.
    pub settings: SwarmSettings,
    /// The signal to stop.
    pub cancel: Cancel,
}

impl<'a> GitBackend<'a> {
    /// Begins a scenario in an empty folder; `keep` keeps what each run made.
    pub(crate) fn new(
        scenario: &'a Scenario,
        folder: &Path,
        resolver: Resolver<'a>,
        keep: bool,
        swarm: Option<&'a ReplaySwarm>,
    ) -> Result<Self, PlayError> {
        let begun = Self::begin(scenario, folder, resolver, None, swarm)?;
        Ok(Self { keep, ..begun })
    }

    /// Begins a scenario for a trial of the tier on some ground.
    pub(crate) fn on_trial(
        scenario: &'a Scenario,
        folder: &Path,
        resolver: Resolver<'a>,
        ground: Ground,
    ) -> Result<Self, PlayError> {
        Self::begin(scenario, folder, resolver, Some(ground), None)
    }

    fn begin(
        scenario: &'a Scenario,
        folder: &Path,
        resolver: Resolver<'a>,
        ground: Option<Ground>,
        swarm: Option<&'a ReplaySwarm>,
    ) -> Result<Self, PlayError> {
        let overlay_file = match swarm {
            Some(_) => PREVIOUS,
            None => "services: {}\n",
        };
        let ci_folder = scenario.previous.as_ref().map(|previous| {
            let ci_folder = folder.join("ci");
            let overlay = ci_folder.join("previous");
            fs::create_dir_all(&overlay)
                .and_then(|()| fs::write(overlay.join("VERSION"), previous.version.as_str()))
                .and_then(|()| fs::write(overlay.join(PREVIOUS_MARK), overlay_file))
                .map_err(|why| PlayError::Io {
                    folder: overlay,
                    why,
                })
                .map(|()| ci_folder)
        });
        let layout = ground.unwrap_or(Ground::PLAIN).layout;
        Ok(Self {
            builder: RepositoryBuilder::laid_out(&repository(folder), layout)?,
            resolver,
            ground,
            recipe: scenario.recipe.name.as_str(),
            scheme: &scenario.under,
            folder: folder.to_owned(),
            ci_folder: ci_folder.transpose()?,
            runs: 0,
            keep: false,
            swarm,
            versions: BTreeSet::new(),
        })
    }

    fn run_in(
        &self,
        folder: &Path,
        order: &RunOrder<'_>,
        calls: &mut Vec<Call>,
    ) -> Result<Run, RunError> {
        let stack = folder.join("stack");
        fs::create_dir_all(&stack)?;
        let recipe = Recipe::open(&repository(&self.folder))?.under(self.scheme.clone());
        let request = Request {
            recipe: Some(self.recipe.to_owned()),
            head: order.head.to_owned(),
            head_version: order.head_version.cloned(),
            main: None,
            canonical: order.canonical.cloned(),
            override_version: order.override_version.cloned(),
            declared: order.declared.map(str::to_owned),
            excluded: order.excluded.to_vec(),
            policy: order.policy,
        };
        let base = order.from.map(|name| named(&recipe, &request, name));
        let base = base.transpose()?;
        let resolver = self.resolver;
        let decide = |inputs: &Inputs<'_>| match &base {
            Some(base) => Ok(base.plan(inputs.head.version.ok())),
            None => (resolver.decide)(inputs),
        };
        let request = RunRequest {
            request: &request,
            resolver: Resolver {
                decide: &decide,
                ..resolver
            },
            conditions: order.conditions,
            route: order.route,
            ci_folder: self.ci_folder.as_deref(),
            work_folder: folder,
        };
        let mut tree = SimulatedDeployer::new(&stack).under(told_by_the_app(self.scheme));
        let swarm_run = self.swarm_run(folder)?;
        let mut swarm = match (&swarm_run, self.swarm) {
            (Some((run, run_file)), Some(swarm)) => {
                let (run, cancel) = (run.clone(), &swarm.cancel);
                Some(SwarmDeployer::new(&swarm.settings, run, run_file, cancel))
            }
            (Some(_) | None, _) => None,
        };
        let deployer: &mut dyn Deployer = match &mut swarm {
            Some(deployer) => deployer,
            None => &mut tree,
        };
        let mut flaky = Flaky {
            deployer,
            fails: order.flaky,
            swarm_stack: swarm_run.as_ref().map(|(run, _)| run.stack.as_str()),
        };
        let Some(ground) = self.ground else {
            return test_upgrade(&recipe, &request, &mut flaky);
        };
        let misdeed = ground.manner.misdeed;
        let mut witnessed = WitnessedDeployer::new(&mut flaky, misdeed, &stack, calls);
        test_upgrade(&recipe, &request, &mut witnessed)
    }

    /// Whether the machine is at fault that there is no verdict. On trial the repository is known
    /// to be whole: a tier that cannot read it is at fault itself, and so is a deployer that was made so.
    fn is_of_the_machine(&self, error: &RunError) -> bool {
        match (self.ground, error) {
            (Some(ground), RunError::Deployer(_)) => ground.manner.misdeed != Misdeed::Unusable,
            (
                Some(_),
                RunError::Recipe(RecipeError::Damaged { .. } | RecipeError::NotARepository { .. }),
            ) => false,
            (Some(_) | None, _) => error.is_of_the_machine(),
        }
    }

    /// A run on a Swarm, with the file that says that it lasts.
    fn swarm_run(&self, folder: &Path) -> Result<Option<(CommandRun, RunFile)>, RunError> {
        if self.swarm.is_none() {
            return Ok(None);
        }
        let run = CommandRun {
            recipe: self.recipe.to_owned(),
            stack: stack_name(self.recipe),
            order: Order::CoopCloud,
            run_folder: folder.join("run"),
            log_folder: folder.join("logs"),
        };
        fs::create_dir(&run.run_folder)?;
        fs::create_dir(&run.log_folder)?;
        let run_file = RunFile::begin(folder, &run.recipe, &run.stack)?;
        Ok(Some((run, run_file)))
    }
}

/// The base of a name.
fn named(recipe: &Recipe, request: &Request, name: &BaseName) -> Result<NamedBase, RunError> {
    let facts = Facts::gather(recipe, request)?;
    let asked = AskedBases::new(vec![name.clone()], None);
    let found = asked.and_then(|asked| find_bases(recipe, &facts.inputs(), &asked, &[]));
    let found = found.map_err(RunError::ResolveError)?;
    Ok(found
        .into_iter()
        .next()
        .expect("a name leads to a base or to none"))
}

/// Where a scenario's repository is in its folder.
pub(crate) fn repository(folder: &Path) -> PathBuf {
    folder.join("recipe.git")
}

impl Backend for GitBackend<'_> {
    type Error = PlayError;

    fn commit(&mut self, parent: Option<CommitId>, tree: &Tree) -> Result<CommitId, PlayError> {
        let label = tree.label.as_deref();
        let stated = match self.swarm {
            Some(swarm) => swarm_compose(&swarm.image, label, &tree.behaviour, &self.versions),
            None => version_file(self.scheme, label),
        };
        self.versions.extend(tree.label.clone());
        let behaviour = tree.behaviour.to_yaml();
        let mut files = vec![(version_path(self.scheme), stated.as_bytes())];
        if tree.behaviour != Behaviour::default() {
            files.push((SIMULATION_FILE, behaviour.as_bytes()));
        }
        let more = tree.files.iter();
        files.extend(more.map(|(path, content)| (path.as_str(), content.as_bytes())));
        let links: Vec<_> = tree
            .links
            .iter()
            .map(|(path, target)| (path.as_str(), target.as_str()))
            .collect();
        Ok(self.builder.commit_with_links(parent, &files, &links)?)
    }

    fn tag(&mut self, tags: &[(&str, CommitId, TagKind)]) -> Result<(), PlayError> {
        Ok(self.builder.tags(tags)?)
    }

    fn delete_tag(&mut self, name: &str) -> Result<(), PlayError> {
        Ok(self.builder.delete_tag(name)?)
    }

    fn branch(&mut self, name: &str, commit: CommitId) -> Result<(), PlayError> {
        Ok(self.builder.reference(name, commit)?)
    }

    fn tree_id(&self, commit: CommitId) -> Result<Option<String>, PlayError> {
        Ok(Some(self.builder.tree_id(commit)?))
    }

    fn run(&mut self, order: &RunOrder<'_>) -> Result<Ran, PlayError> {
        self.runs += 1;
        let folder = self.folder.join(format!("run-{}", self.runs));
        let mut calls = Vec::new();
        let run = match self.run_in(&folder, order, &mut calls) {
            Err(error) if self.is_of_the_machine(&error) => return Err(error.into()),
            run => run.map_err(|error| error.to_string()),
        };
        let ran = Ran {
            observed: run.as_ref().map(observed).map_err(Clone::clone),
            account: run.ok().map(Box::new),
            calls: self.ground.map(|_| calls),
        };
        if !self.keep {
            fs::remove_dir_all(&folder).map_err(|why| PlayError::Io { folder, why })?;
        }
        Ok(ran)
    }
}

/// A deployer whose check or seed fails where the scenario says so, and which has the data in
/// the container where one runs.
struct Flaky<'a> {
    deployer: &'a mut dyn Deployer,
    fails: Option<Flake>,
    swarm_stack: Option<&'a str>,
}

impl Deployer for Flaky<'_> {
    fn announce(&mut self, base: Option<&Checkout>, head: &Checkout) {
        self.deployer.announce(base, head);
    }

    fn deploy(&mut self, stage: Stage, pinned: &Checkout) -> Result<(), DeployError> {
        self.deployer.deploy(stage, pinned)
    }

    fn check(&mut self, stage: Stage) -> Result<(), DeployError> {
        if self.fails == Some(Flake::Check) && stage == Stage::HeadCheck {
            let why = "it did not answer in time, for no fault of the recipe".to_owned();
            return Err(DeployError::Failed(why));
        }
        self.deployer.check(stage)
    }

    fn seed(&mut self) -> Result<(), DeployError> {
        if self.fails == Some(Flake::Seed) {
            let why = "the seed program ended with 1, for no fault of the recipe".to_owned();
            return Err(DeployError::Failed(why));
        }
        match self.swarm_stack {
            Some(stack) => exec_in_stack(stack, "echo a row > /data/rows"),
            None => self.deployer.seed(),
        }
    }

    fn verify(&mut self) -> Result<(), DeployError> {
        match self.swarm_stack {
            Some(stack) => exec_in_stack(stack, "cat /data/rows"),
            None => self.deployer.verify(),
        }
    }

    fn deployed(&mut self) -> Result<Deployed, DeployError> {
        self.deployer.deployed()
    }

    fn teardown(&mut self) -> Result<(), DeployError> {
        self.deployer.teardown()
    }
}

fn tag(stop: &PlannedBase) -> Option<String> {
    match stop {
        PlannedBase::Version { tag, .. } => Some(tag.clone()),
        PlannedBase::Ref { .. } | PlannedBase::Skip { .. } => None,
    }
}

/// The run in the words of a scenario.
fn observed(run: &Run) -> Observed {
    let (plan, base, skip) = match &run.plan {
        PlannedBase::Version { tag, .. } => (PlanKind::Version, Some(tag.clone()), None),
        PlannedBase::Ref { version, .. } => {
            let version = version.as_ref().map(ToString::to_string);
            (PlanKind::Ref, version, None)
        }
        PlannedBase::Skip { reason } => (PlanKind::Skip, None, Some(reason.clone())),
    };
    Observed {
        plan,
        base,
        rung: run.rung,
        reason: skip.unwrap_or_else(|| run.reason.clone()),
        stops: run.stops.iter().filter_map(tag).collect(),
        delta: run.delta,
        verdict: run.verdict.kind(),
        stage: run.verdict.stage(),
        previous: run.evidence.previous,
        stale: run.stale.clone(),
        promoted: match run.promotion {
            Promotion::Promoted => run.record.clone(),
            Promotion::Unchanged | Promotion::Refused(_) => None,
        },
    }
}
