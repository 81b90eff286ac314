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
use crate::verify::campaign::floors::missed;
use crate::verify::campaign::outcome::{
    CampaignReport, Counterexample, Found, Observation, PhaseReport,
};
use crate::verify::history::FaultInjection;
use crate::verify::invariant::{INVARIANTS, OTHER_ORDERS};
use crate::verify::judge::{Judge, Scope, Tally, TrialError};
use crate::verify::phase::PHASES;
use crate::verify::phase::ask_again;
use crate::verify::subject::{Subject, SubjectError};
use crate::verify::world::vocabulary::{Coverage, names};
use crate::verify::world::{Answer, World};
use crate::written::hexadecimal;

/// Makes one more of the resolver on trial, for one more job.
pub type SubjectFactory<'a> = &'a (dyn Fn() -> Result<Box<dyn Subject>, SubjectError> + Sync);

/// A block's number, the number of its phase, its first case, and what came of
/// it.
type Outcome = (u64, usize, u64, Result<Tally, TrialError>);

/// What the jobs of a campaign share.
pub(crate) struct Jobs<'c> {
    pub(crate) start: SubjectFactory<'c>,
    pub(crate) scope: Scope<'c>,
    pub(crate) tamper: Option<FaultInjection>,
    pub(crate) cancel: &'c Cancel,
    pub(crate) progress: &'c (dyn Fn(&PhaseReport) + Sync),
    pub(crate) observe: Option<&'c (dyn Fn(&Observation<'_>) + Sync)>,
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
        let mut report = jobs::share(
            jobs.into(),
            |sender| self.work(sender),
            |receiver| self.collect(receiver),
        )?;
        if let (Scope::Level(..), None, Some(found)) =
            (self.scope, self.tamper, &report.counterexample)
            && found.broke.is_none()
        {
            let smaller = self.smaller(found.counterexample.tags);
            report.counterexample = smaller.or(report.counterexample);
        }
        Ok(report)
    }

    /// Takes block after block, until there is none.
    fn work(&self, sender: &Sender<Outcome>) {
        let mut subject = None;
        let mut first_block = None;
        loop {
            let number = self.next.fetch_add(1, Ordering::SeqCst);
            if number >= self.end.load(Ordering::SeqCst) || self.cancel.is_cancelled() {
                break;
            }
            let Some(block) = self.blocks.get(number) else {
                break;
            };
            let first = block.cases.start;
            let is_first = number == 0;
            let mut remembered = is_first.then(Vec::new);
            let tally = self.block(&mut subject, block.phase, block.cases, &mut remembered);
            if let Some(remembered) = remembered {
                first_block = Some((block.phase, first, remembered));
            }
            let is_broken = tally.is_err();
            if sender.send((number, block.phase, first, tally)).is_err() || is_broken {
                return;
            }
        }
        // Where the campaign was stopped, the subject still waits for questions.
        if let Some(mut subject) = subject
            && !self.cancel.is_cancelled()
            && self.end.load(Ordering::SeqCst) == u64::MAX
        {
            let (phase, first, remembered) = first_block.unwrap_or_default();
            let tally = self.last_questions(subject.as_mut(), &remembered);
            // The receiver is gone only where it has an error already.
            let _ = sender.send((u64::MAX, phase, first, tally));
        }
    }

    /// Asks the first block's questions again, of this process and of a fresh one,
    /// and has the subject end.
    fn last_questions(
        &self,
        subject: &mut dyn Subject,
        remembered: &[(World, Answer)],
    ) -> Result<Tally, TrialError> {
        let mut judge = self.judge(subject);
        ask_again(&mut judge, remembered)?;
        if judge.tally.found.is_none() {
            judge.subject.finish(self.cancel)?;
        }
        Ok(judge.tally)
    }

    pub(crate) fn judge<'s>(&'s self, subject: &'s mut dyn Subject) -> Judge<'s> {
        Judge {
            subject,
            scope: self.scope,
            cancel: self.cancel,
            tamper: self.tamper,
            broken: None,
            remembered: None,
            observes: self.observe.is_some(),
            tally: Tally::default(),
        }
    }

    fn block(
        &self,
        subject: &mut Option<Box<dyn Subject>>,
        phase: usize,
        cases: Range<u64>,
        remembered: &mut Option<Vec<(World, Answer)>>,
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
        // A fault can sit in the first answer of a process.
        let number = cases.start / phase.block;
        let is_due = number == 0 || number.is_power_of_two();
        if is_due && subject.room() == usize::MAX {
            subject.restart(self.cancel)?;
        }
        subject.begin();
        let mut judge = self.judge(subject.as_mut());
        judge.remembered = remembered.take();
        let tried = (phase.try_cases)(&mut judge, self.seed, cases);
        *remembered = judge.remembered.take();
        let Judge {
            broken, mut tally, ..
        } = judge;
        if let Some(broken) = broken {
            if tally.found.is_none() {
                return Err(broken);
            }
            // The program ended the block, and no budget did.
            tally.cut = false;
            tally.broke = Some(broken.how_it_broke());
        }
        tried.map(|()| tally)
    }

    /// Puts together what comes, in the order of the blocks, up to the first
    /// that ends the campaign.
    fn collect(&self, receiver: Receiver<Outcome>) -> Result<CampaignReport, TrialError> {
        let mut report = self.empty();
        let mut digest = Sha256::new();
        let mut blocks = InOrder::new();
        let mut next = 0;
        let mut ends = Vec::new();
        for (number, phase, first, tally) in receiver {
            if number == u64::MAX {
                ends.push((phase, first, tally));
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
                self.tell(PHASES[phase].name, first, &tally);
                add(&mut report, phase, first, tally, self.seed);
                if report.counterexample.is_some() {
                    self.end.store(next, Ordering::SeqCst);
                }
                (self.progress)(&report.phases[phase]);
            }
        }
        // What is found in the blocks comes first, whenever a program breaks.
        ends.sort_by_key(|(_, _, tally)| tally.is_err());
        for (phase, first, tally) in ends {
            if report.counterexample.is_none() {
                add(&mut report, phase, first, tally?, self.seed);
            }
        }
        report.stopped |= self.cancel.is_cancelled() && report.counterexample.is_none();
        report.digest = hexadecimal(&digest.finalize());
        if let Scope::Level(level, without) = self.scope
            && without.iter().all(|id| *id == OTHER_ORDERS)
            && report.counterexample.is_none()
            && self.blocks.selection().is_whole()
        {
            report.missed = missed(level, without, &report);
        }
        Ok(report)
    }

    /// Tells the questions of a block and their answers: those of the vocabulary begin with one for
    /// each row.
    fn tell(&self, phase: &'static str, case: u64, tally: &Tally) {
        let Some(observe) = self.observe else {
            return;
        };
        for (at, (question, answer)) in tally.observed.iter().enumerate() {
            let axes = tally.rows.get(at).map(|row| names(row).collect::<Vec<_>>());
            observe(&Observation {
                phase,
                case,
                axes: axes.as_deref().unwrap_or_default(),
                question,
                answer,
            });
        }
    }

    pub(crate) fn empty(&self) -> CampaignReport {
        let tried = PHASES.iter().map(|phase| PhaseReport {
            phase: phase.name,
            cases: 0,
            of: self.blocks.selection().cases(phase),
            questions: 0,
        });
        CampaignReport {
            phases: tried.collect(),
            judged: BTreeMap::new(),
            at_stake: BTreeMap::new(),
            coverage: Coverage::default(),
            patterns: BTreeMap::new(),
            reasons: BTreeMap::new(),
            layouts: BTreeMap::new(),
            deployers: BTreeMap::new(),
            missed: Vec::new(),
            answers: BTreeMap::new(),
            rungs: BTreeMap::new(),
            digest: String::new(),
            counterexample: None,
            others: Vec::new(),
            stopped: false,
        }
    }
}

fn add(report: &mut CampaignReport, phase: usize, first: u64, tally: Tally, seed: u64) {
    let tried = &mut report.phases[phase];
    tried.cases += tally.cases;
    tried.questions += tally.questions;
    let maps = [
        (&mut report.judged, tally.judged),
        (&mut report.at_stake, tally.at_stake),
        (&mut report.reasons, tally.reasons),
        (&mut report.layouts, tally.layouts),
        (&mut report.deployers, tally.deployers),
        (&mut report.answers, tally.answers),
        (&mut report.rungs, tally.rungs),
    ];
    for (totals, counts) in maps {
        for (name, count) in counts {
            *totals.entry(name).or_default() += count;
        }
    }
    for row in &tally.rows {
        report.coverage.add(row);
    }
    for (pattern, count) in tally.patterns {
        *report.patterns.entry(pattern).or_default() += count;
    }
    report.stopped |= tally.cut;
    let broke = tally.broke;
    report.counterexample = tally.found.map(|finding| Found {
        phase: report.phases[phase].phase,
        case: first,
        counterexample: Counterexample::of(finding, seed),
        broke,
    });
}
