//! What came of a run of one recipe, as data.

use serde::{Deserialize, Serialize};

use crate::tier::{RunRecord, StageLog};

/// A run with a verdict.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// The recipe's name.
    pub recipe: String,
    /// What deployed: `tree` or `command`.
    pub deployer: String,
    /// The run.
    #[serde(flatten)]
    pub run: RunRecord,
    /// What the operator's programs printed, in the order in which they ran.
    pub logs: Vec<LogRecord>,
    /// Why a promotion that the rule allows is not on record.
    pub unrecorded: Option<String>,
}

/// What a program printed at one stage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogRecord {
    /// The stage.
    pub stage: String,
    /// The file, where it is kept.
    pub path: Option<String>,
    /// Its last lines.
    pub tail: Vec<String>,
    /// Why it is not whole.
    pub missing: Option<String>,
}

impl LogRecord {
    /// Puts a log into texts; `kept` tells whether its file stays.
    pub(super) fn of(log: StageLog, kept: bool) -> Self {
        Self {
            stage: log.stage.name().to_owned(),
            path: kept.then(|| log.path.to_string_lossy().into_owned()),
            tail: log.tail,
            missing: log.missing,
        }
    }
}

/// What came of one recipe in a sweep.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// The recipe's name.
    pub recipe: String,
    /// What came of it.
    #[serde(flatten)]
    pub came: Came,
    /// How long it took, in seconds.
    pub seconds: f64,
}

/// What came of one recipe.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "came", rename_all = "kebab-case")]
pub enum Came {
    /// A verdict.
    Verdict {
        /// The run.
        outcome: Box<Outcome>,
    },
    /// No verdict, for this reason.
    NoAnswer {
        /// The reason.
        error: String,
    },
    /// It was not run, for this reason: that is no failure.
    NotRun {
        /// The reason.
        reason: String,
    },
}

impl Came {
    /// The name of what came of it, as the reports have it.
    pub fn name(&self) -> &str {
        match self {
            Self::Verdict { outcome } => &outcome.run.verdict,
            Self::NoAnswer { .. } => "no answer",
            Self::NotRun { .. } => "not run",
        }
    }

    /// Why there is no answer, or why what there is could not be recorded.
    pub fn failure(&self) -> Option<&str> {
        match self {
            Self::Verdict { outcome } => outcome.unrecorded.as_deref(),
            Self::NoAnswer { error } => Some(error),
            Self::NotRun { .. } => None,
        }
    }
}
