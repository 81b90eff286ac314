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

/// What came of one recipe.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "came", rename_all = "kebab-case")]
pub(crate) enum RecipeOutcome {
    Verdict {
        outcome: Box<Outcome>,
    },
    /// No verdict, for this reason.
    NoAnswer {
        error: String,
    },
    /// It was not run, for this reason: that is no failure.
    NotRun {
        reason: String,
    },
}

/// How one recipe ended, in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    Verdict(VerdictKind),
    /// Without a verdict.
    NoAnswer,
    /// It was not run.
    NotRun,
}

impl Ending {
    /// All of them, in the order of the reports.
    pub(crate) const ALL: [Self; 5] = [
        Self::Verdict(VerdictKind::Green),
        Self::Verdict(VerdictKind::Red),
        Self::Verdict(VerdictKind::Skipped),
        Self::NoAnswer,
        Self::NotRun,
    ];

    /// The name of the ending, as the reports have it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Verdict(verdict) => verdict.name(),
            Self::NoAnswer => "no answer",
            Self::NotRun => "not run",
        }
    }
}

impl RecipeOutcome {
    /// How the recipe ended.
    pub(crate) const fn ending(&self) -> Ending {
        match self {
            Self::Verdict { outcome } => Ending::Verdict(outcome.run.verdict.kind()),
            Self::NoAnswer { .. } => Ending::NoAnswer,
            Self::NotRun { .. } => Ending::NotRun,
        }
    }

    /// Why there is no answer, or why what there is could not be recorded.
    pub(crate) fn failure(&self) -> Option<&str> {
        match self {
            Self::Verdict { outcome } => outcome.unrecorded.as_deref(),
            Self::NoAnswer { error } => Some(error),
            Self::NotRun { .. } => None,
        }
    }
}
