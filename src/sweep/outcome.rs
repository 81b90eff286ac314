//! What came of a sweep, recipe by recipe, as data.

use serde::{Deserialize, Serialize};

use crate::deploy::Outcome;

/// What came of one recipe in a sweep.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct SweepEntry {
    /// The recipe's name.
    pub recipe: String,
    /// What came of it.
    #[serde(flatten)]
    pub came: RecipeOutcome,
    /// How long it took, in seconds.
    pub seconds: f64,
}

/// What came of one recipe.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "came", rename_all = "kebab-case")]
pub(crate) enum RecipeOutcome {
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

impl RecipeOutcome {
    /// The name of what came of it, as the reports have it.
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Verdict { outcome } => &outcome.run.verdict,
            Self::NoAnswer { .. } => "no answer",
            Self::NotRun { .. } => "not run",
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
