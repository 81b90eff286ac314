//! The hunt for a counterexample: what is asked, and who judges.

use std::collections::BTreeMap;

use super::case::{Answer, Case, History, Main, SkipText, Spelled};
use super::invariants::{INVARIANTS, Invariant, Level, Rule};
use super::mutants::{MUTANTS, Mutant, MutantSubject};
use super::small_worlds::SmallWorlds;
use super::subject::{Broken, Subject};

/// How many questions are put at a time.
const BATCH: usize = 512;

/// The most tags of the worlds that are asked again in another form.
const VARIED_TAGS_MAX: usize = 3;

/// The length of the long histories, past where listings are cut off.
const LONG: usize = 150;

/// What was tried, and what was found.
#[derive(Clone, Debug, Default)]
pub struct Hunt {
    /// How many questions were asked, by phase.
    pub asked: BTreeMap<&'static str, u64>,
    /// How often each invariant was judged.
    pub judged: BTreeMap<&'static str, u64>,
    /// How often each kind of answer was given.
    pub answers: BTreeMap<&'static str, u64>,
    /// The first counterexample, if there is one.
    pub counterexample: Option<Counterexample>,
}

impl Hunt {
    /// How many questions were asked.
    pub fn total(&self) -> u64 {
        self.asked.values().sum()
    }
}

/// A world in which an invariant does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counterexample {
    /// The invariant.
    pub invariant: &'static str,
    /// The world, the answer and what is wrong with it, in one sentence.
    pub sentence: String,
    /// How many tags there are.
    pub tags: usize,
}

/// What a hunt may judge by.
#[derive(Clone, Copy, Debug)]
pub(super) enum Scope {
    Level(Level),
    Only(&'static str),
}

impl Scope {
    pub(super) fn holds(self, invariant: &Invariant) -> bool {
        match self {
            Self::Level(level) => invariant.level <= level,
            Self::Only(id) => invariant.id == id,
        }
    }
}

/// A resolver that could not be put on trial.
#[derive(Clone, Debug, thiserror::Error)]
#[error("the resolver does not work: {why}; the question was: {question}")]
pub struct HuntError {
    why: Broken,
    question: String,
}

/// How far a hunt goes.
#[derive(Clone, Copy)]
pub struct Bounds<'a> {
    /// The most questions of one phase.
    pub cases_max: u64,
    /// How many random worlds there are.
    pub random_worlds: u64,
    /// What those are made from.
    pub seed: u64,
    /// Is asked between questions: where it says no, the hunt ends with what it
    /// has.
    pub go_on: &'a dyn Fn() -> bool,
}

impl Bounds<'_> {
    /// To the end.
    pub const NONE: Self = Self {
        cases_max: u64::MAX,
        random_worlds: 20_000,
        seed: 0,
        go_on: &|| true,
    };
}

/// Puts a resolver on trial, up to the first counterexample.
///
/// # Errors
///
/// The resolver does not work.
pub fn hunt(
    subject: &mut dyn Subject,
    level: Level,
    bounds: Bounds<'_>,
) -> Result<Hunt, HuntError> {
    Hunter::new(subject, Scope::Level(level), bounds).run()
}

/// Puts a broken resolver on trial as if nobody knew that it is.
///
/// # Errors
///
/// As [`hunt`].
pub fn try_mutant(mutant: Mutant, level: Level, bounds: Bounds<'_>) -> Result<Hunt, HuntError> {
    hunt(&mut MutantSubject::new(mutant), level, bounds)
}

/// What came of a broken resolver on trial.
#[derive(Clone, Debug)]
pub struct Tooth {
    /// The broken resolver.
    pub mutant: Mutant,
    /// What convicted it; `None` where it survived.
    pub counterexample: Option<Counterexample>,
}

/// Puts every broken resolver on trial before the invariant that must convict
/// it.
///
/// # Errors
///
/// Never: they all work, if badly.
pub fn teeth(go_on: &dyn Fn() -> bool) -> Result<Vec<Tooth>, HuntError> {
    let mut teeth = Vec::new();
    for mutant in MUTANTS {
        let mut subject = MutantSubject::new(*mutant);
        let bounds = Bounds {
            go_on,
            ..Bounds::NONE
        };
        let hunt = Hunter::new(&mut subject, Scope::Only(mutant.killer), bounds).run()?;
        teeth.push(Tooth {
            mutant: *mutant,
            counterexample: hunt.counterexample,
        });
    }
    Ok(teeth)
}

pub(super) struct Hunter<'s> {
    subject: &'s mut dyn Subject,
    pub(super) scope: Scope,
    pub(super) bounds: Bounds<'s>,
    pub(super) hunt: Hunt,
    pub(super) answers: Vec<Answer>,
}

impl<'s> Hunter<'s> {
    fn new(subject: &'s mut dyn Subject, scope: Scope, bounds: Bounds<'s>) -> Self {
        Self {
            subject,
            scope,
            bounds,
            hunt: Hunt::default(),
            answers: Vec::new(),
        }
    }

    fn run(mut self) -> Result<Hunt, HuntError> {
        let worlds = SmallWorlds::default();
        for history in worlds.histories() {
            self.judge_all("small worlds", worlds.of(history))?;
        }
        for history in worlds.histories() {
            if history.tags().len() <= VARIED_TAGS_MAX {
                self.vary(&worlds, history)?;
            }
        }
        self.long_histories()?;
        self.random_worlds()?;
        if !self.is_over() {
            self.subject.finish().map_err(|why| HuntError {
                why,
                question: "none".to_owned(),
            })?;
        }
        Ok(self.hunt)
    }

    pub(super) fn is_over(&self) -> bool {
        self.hunt.counterexample.is_some() || !(self.bounds.go_on)()
    }

    /// How many more questions a phase may ask.
    pub(super) fn room(&self, phase: &str) -> usize {
        let asked = self.hunt.asked.get(phase).copied().unwrap_or_default();
        let left = self.bounds.cases_max.saturating_sub(asked);
        usize::try_from(left).unwrap_or(usize::MAX)
    }

    /// Asks, and judges each answer by itself.
    fn judge_all<'a>(
        &mut self,
        phase: &'static str,
        cases: impl Iterator<Item = Case<'a>>,
    ) -> Result<(), HuntError> {
        let rules: Vec<_> = INVARIANTS
            .iter()
            .filter(|invariant| self.scope.holds(invariant))
            .filter_map(|invariant| match invariant.rule {
                Rule::Answer(rule) => Some((invariant.id, rule)),
                Rule::Reordered | Rule::Littered | Rule::Thinned | Rule::Repeated => None,
            })
            .collect();
        if rules.is_empty() {
            return Ok(());
        }
        let mut batch = Vec::with_capacity(BATCH);
        let mut cases = cases.peekable();
        while cases.peek().is_some() && !self.is_over() && self.room(phase) > 0 {
            batch.clear();
            batch.extend(cases.by_ref().take(self.room(phase).min(BATCH)));
            self.ask(phase, &batch)?;
            for (id, _) in &rules {
                *self.hunt.judged.entry(id).or_default() += batch.len() as u64;
            }
            let found = batch.iter().zip(&self.answers).find_map(|(case, answer)| {
                rules.iter().find_map(|(id, rule)| {
                    let wrong = rule(case, answer).err()?;
                    Some(counterexample(id, case, answer, wrong))
                })
            });
            self.hunt.counterexample = found;
        }
        Ok(())
    }

    /// Asks, and leaves the answers in place.
    pub(super) fn ask(&mut self, phase: &'static str, batch: &[Case<'_>]) -> Result<(), HuntError> {
        self.answers.clear();
        let asked = self.subject.ask(batch, &mut self.answers);
        asked.map_err(|why| HuntError {
            why,
            question: batch
                .get(self.answers.len())
                .map_or_else(String::new, ToString::to_string),
        })?;
        assert_eq!(
            self.answers.len(),
            batch.len(),
            "a subject answers every question"
        );
        *self.hunt.asked.entry(phase).or_default() += batch.len() as u64;
        for answer in &self.answers {
            *self.hunt.answers.entry(kind(answer)).or_default() += 1;
        }
        Ok(())
    }

    /// Asks about a history in other forms that must change nothing.
    fn vary(&mut self, worlds: &SmallWorlds, history: &History) -> Result<(), HuntError> {
        let tags = history.tags();
        let reordered = History::new(tags.iter().rev().cloned().collect());
        let littered = History::new(littered(tags));
        let thinned: Vec<History> = (0..tags.len())
            .map(|at| {
                let mut fewer = tags.to_vec();
                fewer.remove(at);
                History::new(fewer)
            })
            .collect();
        let open = |case: &Case<'_>| case.declared.is_none() && case.override_version.is_none();
        let cases: Vec<Case<'_>> = worlds.of(history).filter(open).collect();
        for invariant in &INVARIANTS {
            if !self.scope.holds(invariant) || self.is_over() {
                continue;
            }
            match invariant.rule {
                Rule::Answer(_) => {}
                Rule::Repeated => self.compare("repeated", invariant, &cases, history, true)?,
                Rule::Reordered => {
                    self.compare("reordered", invariant, &cases, &reordered, false)?;
                }
                Rule::Littered => self.compare("littered", invariant, &cases, &littered, false)?,
                Rule::Thinned => {
                    for (dropped, fewer) in tags.iter().zip(&thinned) {
                        self.compare_thinned(invariant, &cases, dropped, fewer)?;
                    }
                }
            }
        }
        Ok(())
    }

    /// Asks the same about another history, and must get the same answers.
    fn compare(
        &mut self,
        phase: &'static str,
        invariant: &Invariant,
        cases: &[Case<'_>],
        other: &History,
        backwards: bool,
    ) -> Result<(), HuntError> {
        for batch in cases.chunks(BATCH / 2) {
            let batch = &batch[..batch.len().min(self.room(phase) / 2)];
            let mut again: Vec<Case<'_>> = batch
                .iter()
                .map(|case| Case {
                    history: other,
                    ..*case
                })
                .collect();
            if backwards {
                again.reverse();
            }
            self.ask(phase, batch)?;
            let answers = std::mem::take(&mut self.answers);
            self.ask(phase, &again)?;
            let mut others = std::mem::take(&mut self.answers);
            if backwards {
                again.reverse();
                others.reverse();
            }
            let first = batch.iter().zip(&answers);
            let second = again.iter().zip(&others);
            for ((case, answer), (case_again, answer_again)) in first.zip(second) {
                *self.hunt.judged.entry(invariant.id).or_default() += 1;
                if !is_same(case, answer, case_again, answer_again) {
                    let wrong = format!(
                        "and then, {case_again}: {}; {}",
                        answer_again.shown(case_again),
                        invariant.sentence
                    );
                    let found = counterexample(invariant.id, case, answer, &wrong);
                    self.hunt.counterexample = Some(found);
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// The same, where the tag that is dropped was not the answer.
    fn compare_thinned(
        &mut self,
        invariant: &Invariant,
        cases: &[Case<'_>],
        dropped: &str,
        fewer: &History,
    ) -> Result<(), HuntError> {
        let Some(history) = cases.first().map(|case| case.history) else {
            return Ok(());
        };
        let number = history.published().position(|tag| tag.tag() == dropped);
        let Some(version) = number.and_then(|number| history.version(number)) else {
            return Ok(());
        };
        let cases = &cases[..cases.len().min(self.room("thinned") / 2)];
        if fewer.published().next().is_none() || self.is_over() {
            return Ok(());
        }
        self.ask("thinned", cases)?;
        let answers = std::mem::take(&mut self.answers);
        let lost = |case: &Case<'_>, answer: &Answer| {
            let is_canonical = case
                .canonical
                .is_some_and(|canonical| canonical.version.is_same_version(version));
            let decided = matches!(answer, Answer::Version(_) | Answer::Skip(_));
            decided && !is_canonical && number.map(Answer::Version).as_ref() != Some(answer)
        };
        let losers = cases
            .iter()
            .zip(answers)
            .filter(|(case, answer)| lost(case, answer));
        let (cases, answers): (Vec<Case<'_>>, Vec<Answer>) = losers.unzip();
        let again: Vec<Case<'_>> = cases
            .iter()
            .map(|case| Case {
                history: fewer,
                ..*case
            })
            .collect();
        self.ask("thinned", &again)?;
        for (at, case) in cases.iter().enumerate() {
            *self.hunt.judged.entry(invariant.id).or_default() += 1;
            if !is_same(case, &answers[at], &again[at], &self.answers[at]) {
                let wrong = format!(
                    "and without {dropped}: {}; {}",
                    self.answers[at].shown(&again[at]),
                    invariant.sentence
                );
                let found = counterexample(invariant.id, case, &answers[at], &wrong);
                self.hunt.counterexample = Some(found);
                return Ok(());
            }
        }
        Ok(())
    }

    /// Histories longer than a listing that is cut off.
    fn long_histories(&mut self) -> Result<(), HuntError> {
        let tags: Vec<String> = (0..LONG).map(|patch| format!("1.9.{patch}+1")).collect();
        let versions: Vec<Spelled> = tags
            .iter()
            .map(|tag| Spelled::new(tag).expect("these are versions"))
            .collect();
        let backwards = History::new(tags.iter().rev().cloned().collect());
        let forwards = History::new(tags);
        for history in [&forwards, &backwards] {
            let canonicals = |at: usize| {
                [
                    Some(at),
                    at.checked_sub(1),
                    (at + 1 < LONG).then_some(at + 1),
                ]
            };
            let cases = (0..LONG).flat_map(|at| canonicals(at).map(|canonical| (at, canonical)));
            let cases = cases.map(|(at, canonical)| Case {
                history,
                declared: None,
                override_version: None,
                head: Some(&versions[at]),
                canonical: canonical.map(|at| &versions[at]),
                main: Main::IsHead,
                release_first: canonical.is_none(),
                prereleases: true,
            });
            self.judge_all("long histories", cases)?;
        }
        Ok(())
    }
}

pub(super) fn counterexample(
    invariant: &'static str,
    case: &Case<'_>,
    answer: &Answer,
    wrong: &str,
) -> Counterexample {
    Counterexample {
        invariant,
        sentence: format!("{case}: it answered {}, {wrong}", answer.shown(case)),
        tags: case.history.tags().len(),
    }
}

/// Whether two answers to two forms of a question mean the same.
pub(super) fn is_same(
    case: &Case<'_>,
    answer: &Answer,
    other_case: &Case<'_>,
    other: &Answer,
) -> bool {
    match (answer, other) {
        (Answer::Version(one), Answer::Version(two)) => {
            case.history.version(*one) == other_case.history.version(*two)
        }
        _ => answer == other,
    }
}

/// Tags with others before them that are no versions.
pub(super) fn littered(tags: &[String]) -> Vec<String> {
    let junk = ["latest", "1.0", "v2", "nightly-9.9.9", "01.2.3"].map(str::to_owned);
    let new = junk.into_iter().filter(|junk| !tags.contains(junk));
    new.chain(tags.iter().cloned()).collect()
}

fn kind(answer: &Answer) -> &'static str {
    match answer {
        Answer::Version(_) => "version",
        Answer::Unpublished(_) => "unpublished version",
        Answer::MainTip => "main tip",
        Answer::HeadCommit => "head's own commit",
        Answer::OtherCommit(_) => "other commit",
        Answer::Skip(SkipText::Declared) => "skip: declared",
        Answer::Skip(SkipText::Known(text)) => text,
        Answer::Skip(SkipText::Empty) => "skip: without a reason",
        Answer::Skip(SkipText::Other(_)) => "skip: other",
        Answer::NoAnswer => "no answer",
    }
}
