//! The judge: puts questions to the resolver on trial, applies the rules to its
//! answers, and keeps count.

mod finding;
mod shrink;
mod stake;

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
use crate::verify::world::vocabulary::Row;
use crate::verify::world::{Answer, Case, SkipWording, World, oracle_decides, pattern};

/// What is judged by.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Scope<'a> {
    /// The rules of a level, without some of them.
    Level(Level, &'a [&'static str]),
    Only(&'static str),
}

impl Scope<'_> {
    pub(crate) fn holds(self, invariant: &Invariant) -> bool {
        match self {
            Self::Level(level, without) => {
                invariant.level <= level && !without.contains(&invariant.id)
            }
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
    /// Every question and its answer, in words, where they are observed.
    pub(crate) observed: Vec<(String, String)>,
    /// The values of the questions of the vocabulary.
    pub(crate) rows: Vec<Row>,
    /// How often each rule was at stake: some answer or run would have broken it.
    pub(crate) at_stake: BTreeMap<&'static str, u64>,
    /// How often each rule of the chain met each main tip and canonical's commit.
    pub(crate) patterns: BTreeMap<String, u64>,
    /// How often each reason of a skip was the right one.
    pub(crate) reasons: BTreeMap<&'static str, u64>,
    /// How often a repository was of each layout.
    pub(crate) layouts: BTreeMap<&'static str, u64>,
    /// How often a deployer was one that did each thing.
    pub(crate) deployers: BTreeMap<&'static str, u64>,
    /// Every answer in turn.
    pub(crate) digest: Sha256,
    pub(crate) found: Option<Finding>,
    /// How the resolver broke after what was found.
    pub(crate) broke: Option<String>,
    /// Whether the campaign was stopped before the end.
    pub(crate) cut: bool,
}

impl Tally {
    pub(crate) fn judge(&mut self, id: &'static str, times: usize) {
        *self.judged.entry(id).or_default() += times as u64;
    }

    pub(crate) fn stake(&mut self, id: &'static str, times: usize) {
        *self.at_stake.entry(id).or_default() += times as u64;
    }
}

/// How many questions are asked again at the end.
const REMEMBERED_MAX: usize = 512;

/// The rung of a question that no rule decides.
const NO_RUNG: &str = "none";

pub(crate) struct Judge<'s> {
    pub(crate) subject: &'s mut dyn Subject,
    pub(crate) scope: Scope<'s>,
    pub(crate) cancel: &'s Cancel,
    /// What a broken CI server makes of each run.
    pub(crate) tamper: Option<FaultInjection>,
    /// Why the resolver works no more. What it answered before that counts.
    pub(crate) broken: Option<TrialError>,
    /// What is to be asked again at the end, where it is kept.
    pub(crate) remembered: Option<Vec<(World, Answer)>>,
    /// Whether every question and answer is kept in words.
    pub(crate) observes: bool,
    pub(crate) tally: Tally,
}

impl<'s> Judge<'s> {
    /// The rules that are judged here.
    pub(crate) fn rules(&self) -> impl Iterator<Item = &'static Invariant> + use<'s> {
        let scope = self.scope;
        INVARIANTS
            .iter()
            .filter(move |invariant| scope.holds(invariant))
    }

    /// Asks. Where the campaign is stopped or the resolver breaks, fewer answers
    /// come than there were questions; an error where none comes for that.
    pub(crate) fn ask(&mut self, cases: &[Case<'_>]) -> Result<Vec<Answer>, TrialError> {
        if let Some(broken) = &self.broken {
            return Err(broken.clone());
        }
        let mut answers = Vec::with_capacity(cases.len());
        if let Err(broken) = self.ask_subject(cases, &mut answers) {
            self.broken = Some(broken.clone());
            if answers.is_empty() {
                return Err(broken);
            }
        }
        self.tally.cut |= answers.len() < cases.len();
        self.tally.questions += answers.len() as u64;
        if let Some(remembered) = &mut self.remembered {
            let room = REMEMBERED_MAX.saturating_sub(remembered.len());
            let asked = cases.iter().zip(&answers).take(room);
            remembered.extend(asked.map(|(case, answer)| (World::of(case), answer.clone())));
        }
        if self.observes {
            let asked = cases.iter().zip(&answers);
            let words =
                asked.map(|(case, answer)| (case.to_string(), answer.shown(case).to_string()));
            self.tally.observed.extend(words);
        }
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

    /// Asks a subject that is started afresh whenever it must be.
    fn ask_subject(
        &mut self,
        cases: &[Case<'_>],
        answers: &mut Vec<Answer>,
    ) -> Result<(), TrialError> {
        loop {
            if self.subject.room() == 0 {
                self.subject.restart(self.cancel)?;
            }
            let rest = &cases[answers.len()..];
            let part = &rest[..rest.len().min(self.subject.room())];
            let asked = self.subject.ask(part, answers, self.cancel);
            asked.map_err(|why| TrialError::Resolver {
                why,
                question: cases
                    .get(answers.len())
                    .map_or_else(String::new, ToString::to_string),
            })?;
            if answers.len() >= cases.len() || self.cancel.is_cancelled() {
                return Ok(());
            }
        }
    }

    /// Judges each answer by itself; tells the first that is wrong, the rule and
    /// what is wrong.
    pub(crate) fn judge(
        &mut self,
        cases: &[Case<'_>],
        answers: &[Answer],
    ) -> Option<(usize, &'static Invariant, &'static str)> {
        let mut rules: Vec<(&'static Invariant, AnswerRule)> = Vec::new();
        let mut oracle_rules: Vec<(&'static Invariant, OracleRule)> = Vec::new();
        for invariant in self.rules() {
            match invariant.rule {
                Rule::Answer(rule) => rules.push((invariant, rule)),
                Rule::Oracle(rule) => oracle_rules.push((invariant, rule)),
                Rule::Reordered
                | Rule::Littered
                | Rule::Thinned
                | Rule::Excluded
                | Rule::Repeated
                | Rule::Translated
                | Rule::Run(_)
                | Rule::RealRun(_)
                | Rule::Witnessed(_)
                | Rule::RealAgrees => {}
            }
        }
        let ids = rules.iter().map(|(invariant, _)| invariant.id);
        let oracle_ids = oracle_rules.iter().map(|(invariant, _)| invariant.id);
        for id in ids.chain(oracle_ids) {
            self.tally.judge(id, answers.len());
        }
        for case in cases.iter().filter(|case| case.record.is_some()) {
            self.note(case, &rules, &oracle_rules);
        }
        let counts_rungs = matches!(self.scope, Scope::Level(..));
        let mut rungs: Vec<(&'static str, u64)> = Vec::new();
        let mut found = None;
        for (at, (case, answer)) in cases.iter().zip(answers).enumerate() {
            let wrong = rules
                .iter()
                .find_map(|(invariant, rule)| Some((at, *invariant, rule(case, answer).err()?)));
            found = found.or(wrong);
            if counts_rungs || !oracle_rules.is_empty() {
                let expected = oracle_decides(case);
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

    /// Takes note of what a question of the vocabulary puts to the test.
    fn note(
        &mut self,
        case: &Case<'_>,
        rules: &[(&'static Invariant, AnswerRule)],
        oracle_rules: &[(&'static Invariant, OracleRule)],
    ) {
        let expected = oracle_decides(case);
        let others = stake::answers(case);
        for (invariant, rule) in rules {
            if others.iter().any(|other| rule(case, other).is_err()) {
                self.tally.stake(invariant.id, 1);
            }
        }
        for (invariant, rule) in oracle_rules {
            if others
                .iter()
                .any(|other| rule(&expected.answer, other).is_err())
            {
                self.tally.stake(invariant.id, 1);
            }
        }
        let rung = expected.rung.map_or(NO_RUNG, Rung::name);
        let record = case.record.filter(|_| case.canonical.is_some());
        let pattern = pattern(rung, case.main, record);
        *self.tally.patterns.entry(pattern).or_default() += 1;
        if let Answer::Skip(SkipWording::Known(reason)) = expected.answer {
            *self.tally.reasons.entry(reason).or_default() += 1;
        }
    }

    /// Judges one run; tells the rule that it breaks, and how.
    pub(crate) fn judge_run(
        &mut self,
        run: &RunObservation,
    ) -> Option<(&'static Invariant, &'static str)> {
        let mut found = None;
        let others = stake::runs(run);
        for invariant in self.rules() {
            let rule = match invariant.rule {
                Rule::Run(rule) => rule,
                Rule::RealRun(rule) if run.account.is_some() => rule,
                Rule::Witnessed(rule) if run.calls.is_some() => rule,
                _ => continue,
            };
            self.tally.judge(invariant.id, 1);
            if others.iter().any(|other| rule(other).is_err()) {
                self.tally.stake(invariant.id, 1);
            }
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
        Answer::Skip(SkipWording::AroundDeclared(text) | SkipWording::Other(text)) => {
            ('s', text.as_str())
        }
        Answer::NoAnswer => ('n', ""),
    };
    said.push(letter);
    said.push_str(text);
    said.push('\n');
}
