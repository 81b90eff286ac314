//! A campaign against a resolver: blocks of cases, tried by several jobs, and put
//! together in their order, so that the outcome is that of one job.

pub(crate) mod blocks;
mod corpus;
mod floors;
mod jobs;
mod outcome;
mod smaller;

pub use blocks::Selection;
pub(crate) use corpus::{CORPUS, CorpusCase};
pub use outcome::{CampaignReport, MutantReport, PhaseReport};
pub(crate) use outcome::{Found, Observation};

use std::sync::atomic::AtomicU64;

use crate::cancel::{Cancel, NEVER};
use crate::verify::history::FaultInjection;
use crate::verify::invariant::Level;
use crate::verify::judge::{Scope, TrialError};
use crate::verify::subject::{MUTANTS, Mutant, MutantSubject};
use blocks::Blocks;
use jobs::Jobs;
pub use jobs::SubjectFactory;

/// How a resolver is put on trial.
#[derive(Clone, Copy)]
pub struct Campaign<'a> {
    /// The rules by which it is judged.
    pub level: Level,
    /// The rules of the level by which it is not judged.
    pub without: &'a [&'static str],
    /// Counterexamples of earlier trials, which are tried first.
    pub corpus: &'a [CorpusCase],
    /// The cases that are tried.
    pub selection: Selection<'a>,
    /// What random cases are made from.
    pub seed: u64,
    /// How many jobs there are, at least 1.
    pub jobs: u16,
    /// The signal at which the campaign ends with what it has.
    pub cancel: &'a Cancel,
    /// Hears every question and its answer, if it is there.
    pub observe: Option<&'a (dyn Fn(&Observation<'_>) + Sync)>,
    /// Hears how many cases of a phase were tried, and of how many.
    pub progress: &'a (dyn Fn(&PhaseReport) + Sync),
}

impl Campaign<'_> {
    /// Every phase to its end, judged by every rule, with one job.
    pub const WHOLE: Self = Self {
        level: Level::DesignA,
        without: &[],
        corpus: &[],
        selection: Selection::WHOLE,
        seed: 0,
        jobs: 1,
        cancel: &NEVER,
        observe: None,
        progress: &|_| {},
    };

    /// Puts a resolver on trial, up to the first counterexample.
    ///
    /// # Errors
    ///
    /// The resolver does not work.
    pub fn run(self, start: SubjectFactory<'_>) -> Result<CampaignReport, TrialError> {
        self.judged_by(Scope::Level(self.level, self.without), start, None)
    }

    /// Puts a mutant on trial as if its fault were unknown.
    ///
    /// # Errors
    ///
    /// As [`Campaign::run`].
    pub fn run_mutant(self, mutant: Mutant) -> Result<CampaignReport, TrialError> {
        self.mutant_judged_by(Scope::Level(self.level, self.without), mutant)
    }

    /// Puts every mutant on trial before the invariant that must kill it, over
    /// all cases: the selection is ignored.
    ///
    /// # Errors
    ///
    /// As [`Campaign::run`].
    pub fn run_mutants(self) -> Result<Vec<MutantReport>, TrialError> {
        let whole = Self {
            selection: Selection::WHOLE,
            corpus: &[],
            observe: None,
            ..self
        };
        let reports = MUTANTS.iter().map(|mutant| {
            let report = whole.mutant_judged_by(Scope::Only(mutant.killed_by), *mutant)?;
            Ok(MutantReport {
                mutant: *mutant,
                found: report.counterexample,
            })
        });
        reports.collect()
    }

    fn mutant_judged_by(
        self,
        scope: Scope<'_>,
        mutant: Mutant,
    ) -> Result<CampaignReport, TrialError> {
        let start: SubjectFactory<'_> = &|| Ok(Box::new(MutantSubject::new(mutant)));
        self.judged_by(scope, start, mutant.tamper)
    }

    fn judged_by(
        self,
        scope: Scope<'_>,
        start: SubjectFactory<'_>,
        tamper: Option<FaultInjection>,
    ) -> Result<CampaignReport, TrialError> {
        let jobs = Jobs {
            start,
            scope,
            tamper,
            cancel: self.cancel,
            observe: self.observe,
            progress: self.progress,
            seed: self.seed,
            blocks: Blocks::new(self.selection),
            next: AtomicU64::new(0),
            end: AtomicU64::new(u64::MAX),
        };
        if self.corpus.is_empty() {
            return jobs.run(self.jobs);
        }
        let (tried, found) = jobs.corpus(self.corpus)?;
        let mut report = match found {
            Some(found) => CampaignReport {
                counterexample: Some(found),
                ..jobs.empty()
            },
            None => jobs.run(self.jobs)?,
        };
        report.phases.insert(0, tried);
        Ok(report)
    }
}

#[cfg(test)]
mod tests {
    use super::{Campaign, Selection};
    use crate::verify::invariant::{INVARIANTS, Rule};
    use crate::verify::judge::Scope;
    use crate::verify::subject::MUTANTS;

    #[test]
    fn all_nights_kill_each_mutant_of_a_rule_of_runs_by_that_rule() {
        let is_of_runs = |id: &str| {
            let mut rules = INVARIANTS.iter();
            rules.any(|rule| rule.id == id && matches!(rule.rule, Rule::Run(_)))
        };
        let mutants: Vec<_> = MUTANTS
            .iter()
            .filter(|mutant| is_of_runs(mutant.killed_by))
            .collect();
        assert_eq!(mutants.len(), 11);
        let campaign = Campaign {
            selection: Selection {
                // Those of up to three events.
                cases_max: Some(60 + 1_008 + 16_764),
                only: Some(("all-nights", None)),
                ..Selection::WHOLE
            },
            ..Campaign::WHOLE
        };
        for mutant in mutants {
            let scope = Scope::Only(mutant.killed_by);
            let report = campaign.mutant_judged_by(scope, *mutant).unwrap();
            let name = mutant.name;
            let found = report.counterexample;
            let found = found.unwrap_or_else(|| panic!("{name} survives"));
            assert_eq!(found.phase, "all-nights", "{name}");
            let found = found.counterexample;
            assert_eq!(found.invariant, mutant.killed_by, "{name}");
            assert!(found.tags <= 3, "{name}: {}", found.sentence);
            assert!(found.scenario.is_ok(), "{name}: {}", found.sentence);
        }
    }
}
