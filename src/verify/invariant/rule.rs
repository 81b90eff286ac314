//! What a rule is: its name, its sentence, and how it is judged.

use crate::verify::history::RunObservation;
use crate::verify::world::{Answer, Case};

/// The resolvers that a rule binds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// On any sane resolver.
    Safety,
    /// On one that claims to be the exact chain.
    DesignA,
}

impl Level {
    /// Both of them.
    pub(crate) const ALL: [Self; 2] = [Self::Safety, Self::DesignA];

    /// The name, as the command line has it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Safety => "safety",
            Self::DesignA => "design-a",
        }
    }
}

/// A rule on trial.
#[derive(Clone, Copy, Debug)]
pub struct Invariant {
    /// Its name.
    pub id: &'static str,
    /// The resolvers that it binds.
    pub level: Level,
    /// What it says.
    pub sentence: &'static str,
    /// How it is judged.
    pub rule: Rule,
}

/// How a rule is judged.
#[derive(Clone, Copy, Debug)]
pub enum Rule {
    /// By one answer: where it is broken, a relative clause says how.
    Answer(AnswerRule),
    /// By one answer and the oracle's, which comes first.
    Oracle(OracleRule),
    /// By asking again with the tags in another order.
    Reordered,
    /// By asking again with further tags that are no versions.
    Littered,
    /// By asking again without a tag that was not the answer.
    Thinned,
    /// Asked again with one exclusion more that must not matter.
    Excluded,
    /// By asking again after other questions.
    Repeated,
    /// By asking again with every version written in another order.
    Translated,
    /// By a run of a CI server, and those before it.
    Run(RunRule),
    /// By the account of a run on a real repository.
    RealRun(RunRule),
    /// By what its deployer was asked there, and what it said.
    Witnessed(RunRule),
    /// By comparing a run on a real repository with one on the model.
    RealAgrees,
}

impl Rule {
    /// Whether it is judged by one answer alone.
    pub(crate) const fn is_of_one_answer(self) -> bool {
        matches!(self, Self::Answer(_) | Self::Oracle(_))
    }

    /// Whether it is judged by asking again.
    pub(crate) const fn is_of_two_answers(self) -> bool {
        matches!(
            self,
            Self::Reordered
                | Self::Littered
                | Self::Thinned
                | Self::Excluded
                | Self::Repeated
                | Self::Translated
        )
    }

    /// Whether it is judged by answers about worlds.
    pub(crate) const fn is_of_answers(self) -> bool {
        self.is_of_one_answer() || self.is_of_two_answers()
    }
}

/// A rule about one run.
pub(crate) type RunRule = fn(&RunObservation) -> Judgement;

/// A rule about one answer.
pub(crate) type AnswerRule = fn(&Case<'_>, &Answer) -> Judgement;

/// A rule about the oracle's answer and one answer.
pub(crate) type OracleRule = fn(&Answer, &Answer) -> Judgement;

/// Whether a rule holds; where it does not, a relative clause says how.
pub(crate) type Judgement = Result<(), &'static str>;

pub(crate) fn require(holds: bool, otherwise: &'static str) -> Judgement {
    if holds { Ok(()) } else { Err(otherwise) }
}
