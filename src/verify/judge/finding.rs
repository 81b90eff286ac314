//! What a judge finds: an invariant that is broken, or a trial that cannot go on.

use crate::simulate::Scenario;
use crate::verify::invariant::Invariant;
use crate::verify::subject::SubjectError;
use crate::verify::world::{Answer, World};

/// Why a trial could not go on: no finding about the resolver's answers.
#[derive(Clone, Debug, thiserror::Error)]
pub enum TrialError {
    /// The resolver does not work.
    #[error("the resolver does not work: {why}; the question was: {question}")]
    Resolver {
        /// The reason.
        why: SubjectError,
        /// The question in the program's own words.
        question: String,
    },
    /// The resolver cannot be started or does not end well.
    #[error("the resolver does not work: {0}")]
    Start(#[from] SubjectError),
    /// A repository cannot be built, or the tier cannot run: the machine is at
    /// fault.
    #[error("a repository cannot be built or run, so nothing is known: {0}")]
    Machine(String),
}

impl TrialError {
    /// How the resolver broke, to be told beside what was found before that.
    pub(crate) fn how_it_broke(&self) -> String {
        match self {
            Self::Resolver { why, question } => format!("{why}; the question was: {question}"),
            Self::Start(why) => why.to_string(),
            Self::Machine(why) => why.clone(),
        }
    }
}

/// An invariant that does not hold.
#[derive(Clone, Debug)]
pub(crate) struct Finding {
    pub(crate) invariant: &'static str,
    /// The world, the answer and what is wrong with it, in one sentence.
    pub(crate) sentence: String,
    pub(crate) tags: usize,
    /// The answer, where a single one is wrong.
    pub(crate) answer: Option<Answer>,
    pub(crate) setting: Setting,
}

/// Where an invariant does not hold.
#[derive(Clone, Debug)]
pub(crate) enum Setting {
    World(Box<World>),
    /// A scenario in which nothing is expected yet.
    Scenario(Box<Scenario>),
}

impl Finding {
    /// What a world shows about an invariant.
    pub(crate) fn of_world(
        invariant: &Invariant,
        world: &World,
        answer: &Answer,
        wrong: &str,
    ) -> Self {
        let case = world.case();
        Self {
            invariant: invariant.id,
            sentence: format!("{case}: it answered {}, {wrong}", answer.shown(&case)),
            tags: world.history.tags().len(),
            answer: Some(answer.clone()),
            setting: Setting::World(Box::new(world.clone())),
        }
    }
}
