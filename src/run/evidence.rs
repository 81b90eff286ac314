//! What was tested, what was checked out, and what was read back from the stack.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use samever_core::{CommitId, Head, Version};

use crate::recipe::{COMPOSE, TreeId};
use crate::run::label::{NOT_TOLD, known_label, told_label};

/// What was tested.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestedHead {
    /// The commit.
    pub commit: CommitId,
    /// Its version, or why that cannot be read.
    #[serde(flatten, with = "known_label")]
    pub version: Result<Version, String>,
}

impl TestedHead {
    /// The head that a resolver was asked about.
    pub(crate) fn of(head: &Head<'_>) -> Self {
        Self {
            commit: head.commit,
            version: head.version.cloned().map_err(str::to_owned),
        }
    }
}

/// What was pinned, and what was read back from the stack.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// Of the base, where there is one.
    pub base: Option<StackEvidence>,
    /// Of each stop on the way, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stops: Vec<StackEvidence>,
    /// Of the head.
    pub head: Option<StackEvidence>,
    /// What became of `previous/`.
    pub previous: PreviousKind,
    /// The version that a stale `previous/` is for.
    pub previous_version: Option<Version>,
}

impl Evidence {
    /// Tells whether the stack said what it ran, after each deployment.
    pub(crate) fn is_seen(&self) -> bool {
        let says = |stack: &StackEvidence| {
            let deployed = stack.deployed.as_ref();
            deployed.is_some_and(|deployed| deployed.version.is_some())
        };
        let ends = self.head.as_ref().is_some_and(says) && self.base.as_ref().is_none_or(says);
        ends && self.stops.iter().all(says)
    }
}

/// What was pinned of one tree, and what the stack then ran.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StackEvidence {
    /// The commit.
    pub commit: CommitId,
    /// Its tree, as checked out and proved.
    #[serde(rename = "pinned_tree")]
    pub tree: TreeId,
    /// What the stack ran after the deployment, if it came to that.
    pub deployed: Option<Deployed>,
}

/// What became of `previous/`
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum PreviousKind {
    /// `none`
    #[default]
    None,
    /// `applied`
    Applied,
    /// `stale`
    Stale,
}

impl PreviousKind {
    /// The name of the use, as the reports have it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Applied => "applied",
            Self::Stale => "stale",
        }
    }
}

/// What a stack runs, as read back from it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deployed {
    /// The version label, or why it cannot be read; `None` where the deployer
    /// does not tell.
    #[serde(flatten, with = "told_label")]
    pub version: Option<Result<Version, String>>,
    /// The image of the running `app`, where the deployer can tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// The paths of the compose files that were merged, where the deployer knows; the
    /// data have them where they are others than `compose.yml` alone.
    #[serde(default, skip_serializing_if = "is_compose_alone")]
    pub compose_files: Vec<String>,
    /// The services of the stack, in the order of their names, where the deployer can
    /// tell.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub services: Vec<DeployedService>,
    /// The tree, where the deployer can tell.
    pub tree: Option<TreeId>,
    /// The version that last wrote the stack's data, if any did.
    pub data_version: Option<Version>,
}

fn is_compose_alone(files: &[String]) -> bool {
    files.iter().all(|file| file == COMPOSE)
}

/// A service of a stack.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeployedService {
    /// Its name in the compose files.
    pub name: String,
    /// The text of its version label, if it has one.
    pub version: Option<String>,
    /// The image that its newest task was made from, if it has had one.
    pub image: Option<String>,
}

impl Deployed {
    /// The version label, or why it is not known.
    pub(crate) fn label(&self) -> Result<&Version, &str> {
        match &self.version {
            Some(label) => label.as_ref().map_err(String::as_str),
            None => Err(NOT_TOLD),
        }
    }
}
