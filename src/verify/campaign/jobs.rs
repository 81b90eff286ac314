//! The jobs of a campaign: each takes block after block, and what comes of them
//! is put together in the order of the blocks.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender};

use sha2::{Digest, Sha256};

use crate::cancel::Cancel;
use crate::jobs::{self, InOrder};
use crate::verify::campaign::blocks::Blocks;
use crate::verify::campaign::outcome::{CampaignReport, Counterexample, Found, PhaseReport};
use crate::verify::history::FaultInjection;
use crate::verify::invariant::INVARIANTS;
use crate::verify::judge::{Judge, Scope, Tally, TrialError};
use crate::verify::phase::PHASES;
use crate::verify::subject::{Subject, SubjectError};

/// Makes one more of the resolver on trial, for one more job.
pub type SubjectFactory<'a> = &'a (dyn Fn() -> Result<Box<dyn Subject>, SubjectError> + Sync);

/// A block's number, the number of its phase, its first case, and what came of
/// it.
type Outcome = (u64, usize, u64, Result<Tally, TrialError>);

/// What the jobs of a campaign share.
pub(crate) struct Jobs<'c> {
    pub(crate) start: SubjectFactory<'c>,
    pub(crate) scope: Scope,
    pub(crate) tamper: Option<FaultInjection>,
    pub(crate) cancel: &'c Cancel,
    pub(crate) progress: &'c (dyn Fn(&PhaseReport) + Sync),
    pub(crate) seed: u64,
    pub(crate) blocks: Blocks<'c>,
    /// The next block to be tried.
    pub(crate) next: AtomicU64,
    /// Blocks of this number and later ones are not needed.
    pub(crate) end: AtomicU64,
}

impl Jobs<'_> {
    /// Tries all blocks, with this number of jobs at the same time.
    pub(crate) fn run(&self, jobs: u16) -> Result<CampaignReport, TrialError> {
        jobs::share(
            jobs.into(),
            |sender| self.work(sender),
            |receiver| self.collect(receiver),
        )
    }

    /// Takes block after block, until there is none.
    fn work(&self, sender: &Sender<Outcome>) {
        let mut subject = None;
        loop {
            let number = self.next.fetch_add(1, Ordering::SeqCst);
            if number >= self.end.load(Ordering::SeqCst) || self.cancel.is_cancelled() {
                break;
            }
            let Some(block) = self.blocks.get(number) else {
                break;
            };
            let first = block.cases.start;
            let tally = self.block(&mut subject, block.phase, block.cases);
            let is_broken = tally.is_err();
            if sender.send((number, block.phase, first, tally)).is_err() || is_broken {
                return;
            }
        }
        // Where the campaign was stopped, the subject still waits for questions.
        if let Some(mut subject) = subject
            && !self.cancel.is_cancelled()
            && self.end.load(Ordering::SeqCst) == u64::MAX
            && let Err(why) = subject.finish(self.cancel)
        {
            let broken = Err(TrialError::Start(why));
            // The receiver is gone only where it has an error already.
            let _ = sender.send((u64::MAX, 0, 0, broken));
        }
    }

    fn block(
        &self,
        subject: &mut Option<Box<dyn Subject>>,
        phase: usize,
        cases: Range<u64>,
    ) -> Result<Tally, TrialError> {
        let phase = &PHASES[phase];
        let mut rules = INVARIANTS.iter();
        if !rules.any(|rule| self.scope.holds(rule) && (phase.judges)(rule.rule)) {
            return Ok(Tally::default());
        }
        let subject = match subject {
            Some(subject) => subject,
            None => subject.insert((self.start)()?),
        };
        subject.begin();
        let mut judge = Judge {
            subject: subject.as_mut(),
            scope: self.scope,
            cancel: self.cancel,
            tamper: self.tamper,
            tally: Tally::default(),
        };
        (phase.try_cases)(&mut judge, self.seed, cases)?;
        Ok(judge.tally)
    }

    /// Puts together what comes, in the order of the blocks, up to the first
    /// that ends the campaign.
    fn collect(&self, receiver: Receiver<Outcome>) -> Result<CampaignReport, TrialError> {
        let mut report = self.empty();
        let mut digest = Sha256::new();
        let mut blocks = InOrder::new();
        let mut next = 0;
        for (number, phase, first, tally) in receiver {
            if number == u64::MAX {
                tally?;
                continue;
            }
            blocks.put(number, (phase, first, tally));
            while let Some((phase, first, tally)) = blocks.next() {
                next += 1;
                if report.counterexample.is_some() {
                    continue;
                }
                let tally = tally.inspect_err(|_| self.end.store(next, Ordering::SeqCst))?;
                digest.update(tally.digest.clone().finalize());
                add(&mut report, phase, first, tally);
                if report.counterexample.is_some() {
                    self.end.store(next, Ordering::SeqCst);
                }
                (self.progress)(&report.phases[phase]);
            }
        }
        report.stopped |= self.cancel.is_cancelled() && report.counterexample.is_none();
        report.digest = hexadecimal(&digest.finalize());
        Ok(report)
    }

    fn empty(&self) -> CampaignReport {
        let tried = PHASES.iter().map(|phase| PhaseReport {
            phase: phase.name,
            cases: 0,
            of: self.blocks.selection().cases(phase),
            questions: 0,
        });
        CampaignReport {
            phases: tried.collect(),
            judged: BTreeMap::new(),
            answers: BTreeMap::new(),
            rungs: BTreeMap::new(),
            digest: String::new(),
            counterexample: None,
            stopped: false,
        }
    }
}

fn add(report: &mut CampaignReport, phase: usize, first: u64, tally: Tally) {
    let tried = &mut report.phases[phase];
    tried.cases += tally.cases;
    tried.questions += tally.questions;
    let maps = [
        (&mut report.judged, tally.judged),
        (&mut report.answers, tally.answers),
        (&mut report.rungs, tally.rungs),
    ];
    for (totals, counts) in maps {
        for (name, count) in counts {
            *totals.entry(name).or_default() += count;
        }
    }
    report.stopped |= tally.cut;
    report.counterexample = tally.found.map(|finding| Found {
        phase: report.phases[phase].phase,
        case: first,
        counterexample: Counterexample::of(finding),
    });
}

fn hexadecimal(bytes: &[u8]) -> String {
    let digit = |half: u8| char::from_digit(half.into(), 16).expect("half a byte is a digit");
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.map(digit).collect()
}
