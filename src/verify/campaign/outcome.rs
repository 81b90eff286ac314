//! What a campaign tried and found.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::verify::judge::{Finding, Setting};
use crate::verify::subject::{Mutant, protocol_lines};
use crate::verify::world::vocabulary::Coverage;
use crate::verify::world::{World, expect_what_the_oracle_says, oracle_decides, world_scenario};
use samever_core::Escaped;

/// What a campaign tried and found.
#[derive(Clone, Debug, Serialize)]
pub struct CampaignReport {
    /// Whether the campaign was stopped before its end.
    pub stopped: bool,
    /// What was tried of each phase.
    pub phases: Vec<PhaseReport>,
    /// How often each invariant was judged.
    pub judged: BTreeMap<&'static str, u64>,
    /// How often each invariant was at stake: some answer or run would have broken it. Answers are
    /// counted in the vocabulary alone.
    pub at_stake: BTreeMap<&'static str, u64>,
    /// What was met of the vocabulary: each value of each axis.
    pub coverage: Coverage,
    /// How often each rule of the chain met each main tip and commit of a canonical, in the
    /// vocabulary.
    pub patterns: BTreeMap<String, u64>,
    /// How often each reason of a skip was the right one, in the vocabulary.
    pub reasons: BTreeMap<&'static str, u64>,
    /// How often a real repository was of each layout.
    pub layouts: BTreeMap<&'static str, u64>,
    /// How often a deployer did each thing.
    pub deployers: BTreeMap<&'static str, u64>,
    /// What should have been met and was not, in words; empty for a part of a campaign.
    pub missed: Vec<String>,
    /// How often each kind of answer was given.
    pub answers: BTreeMap<&'static str, u64>,
    /// How often each rule of the chain decides a question of a world; `none`
    /// where no rule does.
    pub rungs: BTreeMap<&'static str, u64>,
    /// SHA-256 over the SHA-256 of each block's answers, in hexadecimal.
    #[serde(rename = "answers_sha256")]
    pub digest: String,
    /// The first counterexample, if there is one.
    #[serde(skip)]
    pub counterexample: Option<Found>,
    /// Further ones, each to another rule.
    #[serde(skip)]
    pub others: Vec<Found>,
}

impl CampaignReport {
    /// All counterexamples, the first of them first.
    pub(crate) fn counterexamples(&self) -> impl Iterator<Item = &Found> + Clone {
        self.counterexample.iter().chain(&self.others)
    }

    /// Whether a counterexample to a rule was found.
    pub(crate) fn is_broken(&self, rule: &str) -> bool {
        self.counterexamples()
            .any(|found| found.counterexample.invariant == rule)
    }

    /// How many cases were tried.
    pub fn cases(&self) -> u64 {
        self.phases.iter().map(|phase| phase.cases).sum()
    }
}

/// One question of a trial, and its answer.
#[derive(Debug)]
pub struct Observation<'a> {
    /// The phase.
    pub phase: &'static str,
    /// The first case of the block that the question is of.
    pub case: u64,
    /// The values of the axes, for a question of the vocabulary.
    pub axes: &'a [(&'static str, &'static str)],
    /// The question, in words.
    pub question: &'a str,
    /// The answer, in words.
    pub answer: &'a str,
}

/// What was tried of a phase.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PhaseReport {
    /// The phase.
    pub phase: &'static str,
    /// How many of its cases were tried.
    pub cases: u64,
    /// How many cases all shards together have; `None` where there is no end.
    pub of: Option<u64>,
    /// How many questions that took.
    pub questions: u64,
}

/// A counterexample, and where it was met.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    pub phase: &'static str,
    /// A case of the block that holds it.
    pub case: u64,
    pub counterexample: Counterexample,
    /// How the resolver broke after that, if it did.
    pub broke: Option<String>,
}

/// A world or a history in which an invariant does not hold.
#[derive(Clone, Debug, PartialEq)]
pub struct Counterexample {
    pub invariant: &'static str,
    /// The world, the answer and what is wrong with it, in one sentence.
    pub sentence: String,
    pub tags: usize,
    /// What the oracle answers, where a single answer is wrong.
    pub expected: Option<String>,
    /// The question and the answer, as lines of the protocol.
    pub asked: Option<(String, String)>,
    /// The question itself.
    pub(crate) world: Option<Box<World>>,
    /// The same as a scenario file, in which the oracle says what must come out;
    /// or why it cannot be one.
    pub scenario: Result<String, &'static str>,
}

impl Counterexample {
    pub(crate) fn of(finding: Finding, seed: u64) -> Self {
        let (mut expected, mut asked, mut question) = (None, None, None);
        if let (Setting::World(world), Some(answer)) = (&finding.setting, &finding.answer) {
            let case = world.case();
            let oracle = oracle_decides(&case).answer;
            expected = (oracle != *answer).then(|| oracle.shown(&case).to_string());
            asked = Some(protocol_lines(seed, &case, answer));
            question = Some(world.clone());
        }
        let scenario = match finding.setting {
            Setting::World(world) => world_scenario(&world),
            Setting::Scenario(scenario) => Ok(*scenario),
        };
        let scenario = scenario.map(|mut scenario| {
            expect_what_the_oracle_says(&mut scenario);
            scenario.to_yaml(&Escaped::new(&finding.sentence).to_string())
        });
        Self {
            invariant: finding.invariant,
            sentence: finding.sentence,
            tags: finding.tags,
            expected,
            asked,
            world: question,
            scenario,
        }
    }
}

/// What came of a mutant on trial.
#[derive(Clone, Debug)]
pub struct MutantReport {
    /// The mutant.
    pub mutant: Mutant,
    /// What killed it; `None` where it survived.
    pub found: Option<Found>,
}
