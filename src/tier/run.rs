//! One run of the upgrade tier, in the order in which things happen.

use std::io;
use std::path::{Path, PathBuf};

use crate::recipe::{
    CheckoutError, Facts, Previous, PreviousError, Recipe, RecipeError, Request, TreeId, read_label,
};
use crate::resolve::CommitId;
use crate::version::RecipeVersion;

use super::promotion::{Candidate, promote};
use super::{
    DeployError, Deployed, Deployer, Evidence, PlannedBase, PreviousUse, Resolver, StackEvidence,
    Stage, TierPlan, TierRun, Turn, Verdict,
};

/// What one run is about.
#[derive(Clone, Copy)]
pub struct TierRequest<'a> {
    /// What is asked of the repository.
    pub request: &'a Request,
    /// Who decides from which base.
    pub resolver: Resolver<'a>,
    /// What kind of run it is.
    pub conditions: Conditions,
    /// The recipe's CI folder, which may hold `previous/`.
    pub ci_folder: Option<&'a Path>,
    /// An empty folder for the trees of this run.
    pub work_folder: &'a Path,
}

/// What kind of run it is, as the promotion of the canonical asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is one condition of the promotion's rule"
)]
pub struct Conditions {
    /// Whether the recipe has a canonical to keep.
    pub enrolled: bool,
    /// Whether the deployment starts from nothing, as it does at night.
    pub cold: bool,
    /// Whether the run leaves something out to be quick.
    pub quick: bool,
    /// Whether the head is a ref, such as a pull request's.
    pub of_a_ref: bool,
}

/// Why a run has no verdict.
#[derive(Debug, thiserror::Error)]
pub enum TierError {
    /// The repository, or something in it, cannot be read.
    #[error(transparent)]
    Recipe(#[from] RecipeError),
    /// No base can be named.
    #[error("{0}")]
    Undecided(String),
    /// The base's tree is not the version that its tag says.
    #[error(
        "the tag {tag} cannot be pinned: its tree says {found}, not {tag}; tag the commit that \
         carries this label, or give another base version with --override"
    )]
    Mislabelled {
        /// The tag.
        tag: String,
        /// What the label says, or why it cannot be read.
        found: String,
    },
    /// `previous/` cannot be used.
    #[error(transparent)]
    Previous(#[from] PreviousError),
    /// The deployer does not work.
    #[error("the deployer does not work: {0}; nothing is known about the recipe")]
    Deployer(String),
    /// The run's folder cannot be read.
    #[error("the run's folder cannot be read: {0}")]
    Io(#[from] io::Error),
}

impl TierError {
    /// Tells whether the machine is at fault, and not the recipe.
    pub fn is_of_the_machine(&self) -> bool {
        match self {
            Self::Deployer(_)
            | Self::Io(_)
            | Self::Recipe(RecipeError::Damaged { .. } | RecipeError::NotARepository { .. }) => {
                true
            }
            Self::Previous(error) => error.is_of_the_machine(),
            Self::Recipe(RecipeError::Checkout { source, .. }) => match **source {
                CheckoutError::Io { .. } | CheckoutError::NotProved { .. } => true,
                CheckoutError::Refused { .. } | CheckoutError::Objects(_) => false,
            },
            Self::Recipe(_) | Self::Undecided(_) | Self::Mislabelled { .. } => false,
        }
    }
}

/// Runs the tier once.
///
/// # Errors
///
/// No base can be named or pinned, or something of the environment fails. That
/// the recipe does not deploy or work is no error but a red verdict.
pub fn run_tier(
    recipe: &Recipe,
    request: &TierRequest<'_>,
    deployer: &mut dyn Deployer,
) -> Result<TierRun, TierError> {
    let facts = Facts::gather(recipe, request.request)?;
    let inputs = facts.inputs(request.request);
    let plan = (request.resolver.decide)(&inputs).map_err(TierError::Undecided)?;
    let mut evidence = Evidence::default();
    let head = pin(
        recipe,
        inputs.head.commit,
        &request.work_folder.join("head"),
    )?;
    evidence.head = Some(head.evidence());
    let ended = match pin_base(recipe, &plan, request, &mut evidence)? {
        None => deploy_head(deployer, &head, Stage::HeadDeploy, &mut evidence),
        Some(base) => upgrade(request.resolver, deployer, &base, &head, &mut evidence),
    };
    let verdict = match (ended, &plan.base) {
        (Ok(()), PlannedBase::Skip(reason)) => Verdict::Skipped {
            reason: reason.clone(),
        },
        (Ok(()), PlannedBase::Version { .. } | PlannedBase::Ref { .. }) => Verdict::Green,
        (Err(End::Red(stage, why)), _) => Verdict::Red { stage, why },
        (Err(End::Broken(why)), _) => return Err(TierError::Deployer(why)),
    };
    let head_version = inputs.head.version;
    let promotion = promote(&Candidate {
        recipe: facts.recipe(),
        conditions: request.conditions,
        verdict: &verdict,
        head: inputs.head.commit,
        head_version: head_version.ok(),
        published: inputs.published,
        canonical: request.request.canonical.as_ref(),
    });
    Ok(TierRun {
        recipe: facts.recipe().to_owned(),
        head: inputs.head.commit,
        head_version: head_version.cloned().map_err(str::to_owned),
        plan,
        verdict,
        evidence,
        promotion,
    })
}

/// A tree on disk, proved to be that of its commit.
struct Pinned {
    commit: CommitId,
    tree: TreeId,
    folder: PathBuf,
    version: Result<RecipeVersion, String>,
    /// What the stack must run: the tree, with `previous/` where that applies.
    to_deploy: TreeId,
}

impl Pinned {
    fn evidence(&self) -> StackEvidence {
        StackEvidence {
            commit: self.commit,
            tree: self.tree,
            deployed: None,
        }
    }
}

fn pin(recipe: &Recipe, commit: CommitId, folder: &Path) -> Result<Pinned, TierError> {
    let tree = recipe.check_out(commit, folder)?;
    Ok(Pinned {
        commit,
        tree,
        folder: folder.to_owned(),
        version: label_on_disk(folder)?,
        to_deploy: tree,
    })
}

/// The version that a folder's `compose.yml` states. It is read from the disk,
/// so that a wrong checkout shows.
pub(super) fn label_on_disk(folder: &Path) -> io::Result<Result<RecipeVersion, String>> {
    let path = folder.join("compose.yml");
    match path.symlink_metadata() {
        Ok(file) if file.is_file() && file.len() <= crate::recipe::FILE_BYTES_MAX => {
            Ok(read_label(&std::fs::read(path)?).map_err(|why| why.to_string()))
        }
        Ok(_) => Ok(Err("compose.yml is no file of at most 1 MiB".to_owned())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Ok(Err("there is no compose.yml".to_owned()))
        }
        Err(error) => Err(error),
    }
}

/// Pins the base, if there is one, and lays `previous/` over it where that is
/// for this version.
fn pin_base(
    recipe: &Recipe,
    plan: &TierPlan,
    request: &TierRequest<'_>,
    evidence: &mut Evidence,
) -> Result<Option<Pinned>, TierError> {
    let folder = request.work_folder.join("base");
    let mut base = match &plan.base {
        PlannedBase::Skip(_) => return Ok(None),
        PlannedBase::Ref { commit, .. } => pin(recipe, *commit, &folder)?,
        PlannedBase::Version { version, tag } => {
            let base = pin(recipe, recipe.tag_commit(tag)?, &folder)?;
            let is_it = |found: &RecipeVersion| found.is_same_version(version);
            if !base.version.as_ref().is_ok_and(is_it) {
                return Err(TierError::Mislabelled {
                    tag: tag.clone(),
                    found: match base.version {
                        Ok(found) => found.to_string(),
                        Err(why) => format!("nothing that can be read ({why})"),
                    },
                });
            }
            base
        }
    };
    evidence.base = Some(base.evidence());
    let previous = request.ci_folder.map(Previous::read).transpose()?.flatten();
    if let Some(previous) = previous {
        evidence.previous = if base.version.as_ref() == Ok(previous.version()) {
            previous.apply(&base.folder)?;
            base.to_deploy = TreeId::of_folder(&base.folder)?;
            PreviousUse::Applied
        } else {
            PreviousUse::Stale(previous.version().clone())
        };
    }
    Ok(Some(base))
}

/// Why a run ends before its last step.
enum End {
    Red(Stage, String),
    Broken(String),
}

fn upgrade(
    resolver: Resolver<'_>,
    deployer: &mut dyn Deployer,
    base: &Pinned,
    head: &Pinned,
    evidence: &mut Evidence,
) -> Result<(), End> {
    if resolver.refuses_same_version
        && let Some(why) = same_version(base, head)
    {
        return Err(End::Red(Stage::NoDelta, why));
    }
    let stages = (Stage::BaseDeploy, Stage::BaseCheck);
    let outcome = deploy(deployer, Turn::Base, base, stages);
    record(&mut evidence.base, outcome)?;
    deploy_head(deployer, head, Stage::Upgrade, evidence)
}

fn deploy_head(
    deployer: &mut dyn Deployer,
    head: &Pinned,
    at_deploy: Stage,
    evidence: &mut Evidence,
) -> Result<(), End> {
    let stages = (at_deploy, Stage::HeadCheck);
    let outcome = deploy(deployer, Turn::Head, head, stages);
    record(&mut evidence.head, outcome)
}

/// "Base and head whose trees carry the same version label are a same-version
/// no-op whatever the tag names say", and so are two commits with one tree.
fn same_version(base: &Pinned, head: &Pinned) -> Option<String> {
    match (&base.version, &head.version) {
        (Ok(base), Ok(head)) if base.is_same_version(head) => Some(format!(
            "the base's tree says {base} and the head's {head}: an upgrade from a version to \
             itself tests nothing"
        )),
        _ if base.tree == head.tree => Some(
            "base and head have the same files: an upgrade from a tree to itself tests nothing"
                .to_owned(),
        ),
        _ => None,
    }
}

/// Deploys a tree, checks it, and reads back what is deployed, which must be
/// what was pinned. What was read back is kept also where the check fails.
fn deploy(
    deployer: &mut dyn Deployer,
    turn: Turn,
    pinned: &Pinned,
    (at_deploy, at_check): (Stage, Stage),
) -> (Option<Deployed>, Result<(), End>) {
    if let Err(error) = deployer.deploy(turn, &pinned.folder) {
        return (None, Err(end(error, at_deploy)));
    }
    let read_back = match deployer.deployed() {
        Ok(read_back) => read_back,
        Err(error) => return (None, Err(end(error, at_check))),
    };
    let checked = deployer
        .check(turn)
        .map_err(|error| end(error, at_check))
        .and_then(|()| require_pinned(&read_back, pinned, at_check));
    (Some(read_back), checked)
}

fn require_pinned(deployed: &Deployed, pinned: &Pinned, stage: Stage) -> Result<(), End> {
    let text = |version: &Result<RecipeVersion, String>| match version {
        Ok(version) => version.to_string(),
        Err(why) => format!("an unknown version ({why})"),
    };
    let why = if deployed.version != pinned.version {
        format!(
            "the stack runs {}, not {}, which was pinned",
            text(&deployed.version),
            text(&pinned.version)
        )
    } else if deployed.tree.is_some_and(|tree| tree != pinned.to_deploy) {
        format!(
            "the stack runs {} from other files than those that were pinned",
            text(&deployed.version)
        )
    } else {
        return Ok(());
    };
    Err(End::Red(stage, why))
}

fn end(error: DeployError, stage: Stage) -> End {
    match error {
        DeployError::Failed(why) => End::Red(stage, why),
        DeployError::Broken(why) => End::Broken(why),
    }
}

fn record(
    evidence: &mut Option<StackEvidence>,
    (deployed, ended): (Option<Deployed>, Result<(), End>),
) -> Result<(), End> {
    if let Some(evidence) = evidence {
        evidence.deployed = deployed;
    }
    ended
}
