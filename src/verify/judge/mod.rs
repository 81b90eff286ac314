//! The judge: puts questions to the resolver on trial, applies the rules to its
//! answers, and keeps count.

mod finding;
mod shrink;

pub use finding::TrialError;
pub(crate) use finding::{Finding, Setting};
pub(crate) use shrink::{Parts, smallest};

use std::collections::BTreeMap;
use std::fmt::Write;

use sha2::{Digest, Sha256};

use samever_core::Rung;

use crate::cancel::Cancel;
use crate::verify::history::FaultInjection;
use crate::verify::history::RunObservation;
use crate::verify::invariant::{AnswerRule, INVARIANTS, Invariant, Level, OracleRule, Rule};
use crate::verify::subject::Subject;
use crate::verify::world::{Answer, Case, SkipWording};

/// What is judged by.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Scope {
    Level(Level),
    Only(&'static str),
}

impl Scope {
    pub(crate) fn holds(self, invariant: &Invariant) -> bool {
        match self {
            Self::Level(level) => invariant.level <= level,
            Self::Only(id) => invariant.id == id,
        }
    }
}

/// What was counted.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tally {
    /// How many cases of a phase were tried to the end.
    pub(crate) cases: u64,
    pub(crate) questions: u64,
    pub(crate) judged: BTreeMap<&'static str, u64>,
    pub(crate) answers: BTreeMap<&'static str, u64>,
    pub(crate) rungs: BTreeMap<&'static str, u64>,
    /// Every answer in turn.
    pub(crate) digest: Sha256,
    pub(crate) found: Option<Finding>,
    /// Whether the campaign was stopped before the end.
    pub(crate) cut: bool,
}

impl Tally {
    pub(crate) fn judge(&mut self, id: &'static str, times: usize) {
        *self.judged.entry(id).or_default() += times as u64;
    }
}

/// The rung of a question that no rule decides.
const NO_RUNG: &str = "none";

pub(crate) struct Judge<'s> {
    pub(crate) subject: &'s mut dyn Subject,
    pub(crate) scope: Scope,
    pub(crate) cancel: &'s Cancel,
    /// What a broken CI server makes of each run.
    pub(crate) tamper: Option<FaultInjection>,
    pub(crate) tally: Tally,
}

impl Judge<'_> {
    /// The rules that are judged here.
    pub(crate) fn rules(&self) -> impl Iterator<Item = &'static Invariant> + use<> {
        let scope = self.scope;
        INVARIANTS
            .iter()
            .filter(move |invariant| scope.holds(invariant))
    }

    /// Asks. Where the campaign is stopped, fewer answers come than there were
    /// questions.
    pub(crate) fn ask(&mut self, cases: &[Case<'_>]) -> Result<Vec<Answer>, TrialError> {
        let mut answers = Vec::with_capacity(cases.len());
        let asked = self.subject.ask(cases, &mut answers, self.cancel);
        asked.map_err(|why| TrialError::Resolver {
            why,
            question: cases
                .get(answers.len())
                .map_or_else(String::new, ToString::to_string),
        })?;
        self.tally.cut |= answers.len() < cases.len();
        self.tally.questions += answers.len() as u64;
        let mut said = String::with_capacity(answers.len() * 4);
        let mut kinds: Vec<(&'static str, u64)> = Vec::new();
        for answer in &answers {
            count(&mut kinds, answer.kind());
            say(&mut said, answer);
        }
        add(&mut self.tally.answers, kinds);
        self.tally.digest.update(said);
        Ok(answers)
    }

    /// Judges each answer by itself; tells the first that is wrong, the rule and
    /// what is wrong.
    pub(crate) fn judge(
        &mut self,
        cases: &[Case<'_>],
        answers: &[Answer],
    ) -> Option<(usize, &'static Invariant, &'static str)> {
        let mut rules: Vec<(&Invariant, AnswerRule)> = Vec::new();
        let mut oracle_rules: Vec<(&Invariant, OracleRule)> = Vec::new();
        for invariant in self.rules() {
            match invariant.rule {
                Rule::Answer(rule) => rules.push((invariant, rule)),
                Rule::Oracle(rule) => oracle_rules.push((invariant, rule)),
                Rule::Reordered
                | Rule::Littered
                | Rule::Thinned
                | Rule::Repeated
                | Rule::Run(_)
                | Rule::RealRun(_)
                | Rule::RealAgrees => {}
            }
        }
        let ids = rules.iter().map(|(invariant, _)| invariant.id);
        let oracle_ids = oracle_rules.iter().map(|(invariant, _)| invariant.id);
        for id in ids.chain(oracle_ids) {
            self.tally.judge(id, answers.len());
        }
        let counts_rungs = matches!(self.scope, Scope::Level(_));
        let mut rungs: Vec<(&'static str, u64)> = Vec::new();
        let mut found = None;
        for (at, (case, answer)) in cases.iter().zip(answers).enumerate() {
            let wrong = rules
                .iter()
                .find_map(|(invariant, rule)| Some((at, *invariant, rule(case, answer).err()?)));
            found = found.or(wrong);
            if counts_rungs || !oracle_rules.is_empty() {
                let expected = case.oracle();
                count(&mut rungs, expected.rung.map_or(NO_RUNG, Rung::name));
                let wrong = oracle_rules.iter().find_map(|(invariant, rule)| {
                    Some((at, *invariant, rule(&expected.answer, answer).err()?))
                });
                found = found.or(wrong);
            }
            if found.is_some() {
                break;
            }
        }
        add(&mut self.tally.rungs, rungs);
        found
    }

    /// Judges one run; tells the rule that it breaks, and how.
    pub(crate) fn judge_run(
        &mut self,
        run: &RunObservation,
    ) -> Option<(&'static Invariant, &'static str)> {
        let mut found = None;
        for invariant in self.rules() {
            let rule = match invariant.rule {
                Rule::Run(rule) => rule,
                Rule::RealRun(rule) if run.account.is_some() => rule,
                _ => continue,
            };
            self.tally.judge(invariant.id, 1);
            if let (None, Err(wrong)) = (found, rule(run)) {
                found = Some((invariant, wrong));
            }
        }
        found
    }
}

/// A few names are counted faster in a list than in a map.
fn count(counts: &mut Vec<(&'static str, u64)>, name: &'static str) {
    let known = counts
        .iter_mut()
        .find(|(other, _)| std::ptr::eq(*other, name));
    match known {
        Some((_, times)) => *times += 1,
        None => counts.push((name, 1)),
    }
}

fn add(totals: &mut BTreeMap<&'static str, u64>, counts: Vec<(&'static str, u64)>) {
    for (name, times) in counts {
        *totals.entry(name).or_default() += times;
    }
}

/// One answer as the digest has it: a letter, what it holds, and a line break.
fn say(said: &mut String, answer: &Answer) {
    let (letter, text) = match answer {
        Answer::Version(number) => {
            let written = writeln!(said, "v{number}");
            return written.expect("a text can be written to");
        }
        Answer::Unpublished(text) => ('u', text.as_str()),
        Answer::MainTip => ('m', ""),
        Answer::HeadCommit => ('h', ""),
        Answer::OtherCommit(text) => ('c', text.as_str()),
        Answer::Skip(SkipWording::Declared) => ('d', ""),
        Answer::Skip(SkipWording::Empty) => ('s', ""),
        Answer::Skip(SkipWording::Known(text)) => ('s', *text),
        Answer::Skip(SkipWording::Other(text)) => ('s', text.as_str()),
        Answer::NoAnswer => ('n', ""),
    };
    said.push(letter);
    said.push_str(text);
    said.push('\n');
}
