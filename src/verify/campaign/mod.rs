//! A campaign against a resolver: blocks of cases, tried by several jobs, and put
//! together in their order, so that the outcome is that of one job.

pub(crate) mod blocks;
mod floors;
mod jobs;
mod outcome;
mod smaller;

pub use blocks::Selection;
pub(crate) use outcome::Found;
pub use outcome::{CampaignReport, MutantReport, PhaseReport};

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
    /// The cases that are tried.
    pub selection: Selection<'a>,
    /// What random cases are made from.
    pub seed: u64,
    /// How many jobs there are, at least 1.
    pub jobs: u16,
    /// The signal at which the campaign ends with what it has.
    pub cancel: &'a Cancel,
    /// Hears how many cases of a phase were tried, and of how many.
    pub progress: &'a (dyn Fn(&PhaseReport) + Sync),
}

impl Campaign<'_> {
    /// Every phase to its end, judged by every rule, with one job.
    pub const WHOLE: Self = Self {
        level: Level::DesignA,
        selection: Selection::WHOLE,
        seed: 0,
        jobs: 1,
        cancel: &NEVER,
        progress: &|_| {},
    };

    /// Puts a resolver on trial, up to the first counterexample.
    ///
    /// # Errors
    ///
    /// The resolver does not work.
    pub fn run(self, start: SubjectFactory<'_>) -> Result<CampaignReport, TrialError> {
        self.judged_by(Scope::Level(self.level), start, None)
    }

    /// Puts a mutant on trial as if its fault were unknown.
    ///
    /// # Errors
    ///
    /// As [`Campaign::run`].
    pub fn run_mutant(self, mutant: Mutant) -> Result<CampaignReport, TrialError> {
        self.mutant_judged_by(Scope::Level(self.level), mutant)
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

    fn mutant_judged_by(self, scope: Scope, mutant: Mutant) -> Result<CampaignReport, TrialError> {
        let start: SubjectFactory<'_> = &|| Ok(Box::new(MutantSubject::new(mutant)));
        self.judged_by(scope, start, mutant.tamper)
    }

    fn judged_by(
        self,
        scope: Scope,
        start: SubjectFactory<'_>,
        tamper: Option<FaultInjection>,
    ) -> Result<CampaignReport, TrialError> {
        let jobs = Jobs {
            start,
            scope,
            tamper,
            cancel: self.cancel,
            progress: self.progress,
            seed: self.seed,
            blocks: Blocks::new(self.selection),
            next: AtomicU64::new(0),
            end: AtomicU64::new(u64::MAX),
        };
        jobs.run(self.jobs)
    }
}
