//! What came of one run, as data.

use serde::{Deserialize, Serialize};

use crate::deploy::command::StageLog;
use crate::run::RunRecord;

/// A run with a verdict.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Outcome {
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
pub(crate) struct LogRecord {
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
    pub(crate) fn of(log: StageLog, kept: bool) -> Self {
        Self {
            stage: log.stage.name().to_owned(),
            path: kept.then(|| log.path.to_string_lossy().into_owned()),
            tail: log.tail,
            missing: log.missing,
        }
    }
}
