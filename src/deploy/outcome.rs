//! What came of one run, as data.

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

use samever_core::Rung;

use crate::run::{Run, Stage, VerdictKind};

/// A run with a verdict.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Outcome {
    pub recipe: String,
    pub deployer: DeployerKind,
    #[serde(flatten)]
    pub run: Run,
    /// What the operator's programs printed, in the order in which they ran.
    pub logs: Vec<StageLog>,
    /// Why a promotion that the rule allows is not on record.
    pub unrecorded: Option<String>,
}

/// A kind of deployer. A comment of a kind is shown in the help.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(crate) enum DeployerKind {
    Tree,
    Command,
    Swarm,
}

impl Outcome {
    /// Whether there was no upgrade to test, and the operator has not declared that.
    pub(crate) fn is_open_skip(&self) -> bool {
        let is_skip = self.run.verdict.kind() == VerdictKind::Skipped;
        is_skip && self.run.rung != Some(Rung::Declared)
    }

    /// Whether anything was started.
    pub(crate) fn started(&self) -> bool {
        self.deployer != DeployerKind::Tree
    }
}

impl DeployerKind {
    /// The name of the kind, as the command line and the reports have it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Tree => "tree",
            Self::Command => "command",
            Self::Swarm => "swarm",
        }
    }
}

/// What a program printed at one stage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct StageLog {
    pub stage: Stage,
    /// The log's file, in which control characters are escaped, if it is kept.
    pub path: Option<String>,
    /// Its last lines.
    pub tail: Vec<String>,
    /// Why the log is not whole.
    pub missing: Option<String>,
}
