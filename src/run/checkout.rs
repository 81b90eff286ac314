//! Pinning: a tree on disk that is proved to be that of its commit, and to be
//! the version that was asked for.

use std::io;
use std::path::{Path, PathBuf};

use crate::disk::{SmallFile, read_small};
use crate::recipe::{FILE_BYTES_MAX, Previous, Recipe, TreeId, Unreadable, read_version};
use crate::scheme::Scheme;
use samever_core::{CommitId, Version};

use crate::run::evidence::{Evidence, PreviousKind, StackEvidence};
use crate::run::plan::PlannedBase;
use crate::run::request::{RunError, RunRequest};

/// A tree on disk, proved to be that of its commit.
#[derive(Clone, Debug)]
pub struct Checkout {
    /// The commit.
    pub commit: CommitId,
    /// The tag that named it, if one did.
    pub tag: Option<String>,
    /// Its tree.
    pub tree: TreeId,
    /// Where it is checked out.
    pub folder: PathBuf,
    /// The version that its label states, or why it states none.
    pub version: Result<Version, String>,
    /// What the stack must run: the tree, with `previous/` where that applies.
    pub to_deploy: TreeId,
}

impl Checkout {
    pub(crate) fn evidence(&self) -> StackEvidence {
        StackEvidence {
            commit: self.commit,
            tree: self.tree,
            deployed: None,
        }
    }
}

/// Checks a commit out into a new folder; its version is `told` where no file of the tree states
/// it.
pub(crate) fn pin(
    recipe: &Recipe,
    commit: CommitId,
    folder: &Path,
    told: Result<&Version, &str>,
) -> Result<Checkout, RunError> {
    let tree = recipe.check_out(commit, folder)?;
    let scheme = recipe.scheme();
    let version = if scheme.is_stated() {
        version_on_disk(scheme, folder)?
    } else {
        told.cloned().map_err(str::to_owned)
    };
    Ok(Checkout {
        commit,
        tag: None,
        tree,
        folder: folder.to_owned(),
        version,
        to_deploy: tree,
    })
}

/// Pins the base, if there is one, and lays `previous/` over it where that is
/// for this version.
pub(crate) fn pin_base(
    recipe: &Recipe,
    plan: &mut PlannedBase,
    request: &RunRequest<'_>,
    evidence: &mut Evidence,
) -> Result<Option<Checkout>, RunError> {
    let folder = request.work_folder.join("base");
    let mut base = match plan {
        PlannedBase::Skip { .. } => return Ok(None),
        PlannedBase::Ref { commit, .. } => {
            let told = "it is told for the head alone";
            pin(recipe, *commit, &folder, Err(told))?
        }
        PlannedBase::Version {
            version,
            tag,
            commit,
        } => {
            let base = pin_version(recipe, version, tag, &folder)?;
            *commit = Some(base.commit);
            base
        }
    };
    evidence.base = Some(base.evidence());
    let previous = request
        .ci_folder
        .map(|folder| Previous::read(folder, recipe.scheme().order()))
        .transpose()?
        .flatten();
    if let Some(previous) = previous {
        evidence.previous = if base.version.as_ref() == Ok(previous.version()) {
            previous.apply(&base.folder)?;
            base.to_deploy = TreeId::of_folder(&base.folder)?;
            PreviousKind::Applied
        } else {
            evidence.previous_version = Some(previous.version().clone());
            PreviousKind::Stale
        };
    }
    Ok(Some(base))
}

/// Pins the stops, each in a folder of its own.
pub(crate) fn pin_stops(
    recipe: &Recipe,
    stops: &[PlannedBase],
    request: &RunRequest<'_>,
) -> Result<Vec<Checkout>, RunError> {
    let mut pinned = Vec::new();
    for (number, stop) in stops.iter().enumerate() {
        let folder = request.work_folder.join(format!("stop-{}", number + 1));
        if let PlannedBase::Version { version, tag, .. } = stop {
            pinned.push(pin_version(recipe, version, tag, &folder)?);
        }
    }
    Ok(pinned)
}

/// Pins a published version, whose tree must say that it is that one.
fn pin_version(
    recipe: &Recipe,
    version: &Version,
    tag: &str,
    folder: &Path,
) -> Result<Checkout, RunError> {
    let pinned = pin(recipe, recipe.tag_commit(tag)?, folder, Ok(version))?;
    let is_it = |found: &Version| found.is_same_version(version);
    if !pinned.version.as_ref().is_ok_and(is_it) {
        return Err(RunError::Mislabelled {
            tag: tag.to_owned(),
            found: match pinned.version {
                Ok(found) => found.to_string(),
                Err(why) => format!("nothing that can be read ({why})"),
            },
        });
    }
    Ok(Checkout {
        tag: Some(tag.to_owned()),
        ..pinned
    })
}

/// The version that the tree in a folder states. It is read from the disk,
/// so that a wrong checkout shows.
pub(crate) fn version_on_disk(
    scheme: &Scheme,
    folder: &Path,
) -> io::Result<Result<Version, String>> {
    let read = |file: &str| {
        Ok(match read_small(&folder.join(file), FILE_BYTES_MAX)? {
            SmallFile::Content(bytes) => Ok(bytes),
            SmallFile::Missing => Err(Unreadable::NoFile(file.to_owned())),
            SmallFile::Unfit => {
                let why = format!("{file} is no file of at most 1 MiB");
                Err(Unreadable::Place(why))
            }
        })
    };
    let version: io::Result<_> = read_version(scheme, read);
    Ok(version?.map_err(|why| why.to_string()))
}
