//! What came of a sweep, recipe by recipe, as data.

use serde::{Deserialize, Serialize};

use crate::deploy::Outcome;
use crate::run::VerdictKind;

/// What came of one recipe in a sweep.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct SweepEntry {
    pub recipe: String,
    #[serde(flatten)]
    pub came: RecipeOutcome,
    /// How long it took, in seconds.
    pub seconds: f64,
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
