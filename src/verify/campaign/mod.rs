//! The hunt for a counterexample: blocks of cases, tried by several jobs, and
//! put together in their order, so that the outcome is that of one.

pub(crate) mod blocks;

pub(crate) use blocks::Extent;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender};

use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::jobs::{self, InOrder};
use crate::verify::history::FaultInjection;
use crate::verify::invariant::{INVARIANTS, Level};
use crate::verify::judge::{Counterexample, HuntError, Judge, Scope, Tally};
use crate::verify::phase::{Phase, phases};
use crate::verify::subject::{MUTANTS, Mutant, MutantSubject, Subject, SubjectError};
use blocks::Blocks;

/// What was tried, and what was found.
#[derive(Clone, Debug, Serialize)]
pub struct Hunt {
    /// Whether it was told to stop before the end.
    #[serde(rename = "stopped")]
    pub cut: bool,
    /// What was tried of each phase.
    pub phases: Vec<Tried>,
    /// How often each invariant was judged.
    pub judged: BTreeMap<&'static str, u64>,
    /// How often each kind of answer was given.
    pub answers: BTreeMap<&'static str, u64>,
    /// How often each rule of the chain decides a question of a world, or none
    /// does.
    pub rungs: BTreeMap<&'static str, u64>,
    /// SHA-256 over the SHA-256 of each block's answers, in hexadecimal.
    #[serde(rename = "answers_sha256")]
    pub digest: String,
    /// The first counterexample, if there is one.
    #[serde(skip)]
    pub counterexample: Option<Found>,
}

/// What was tried of a phase.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Tried {
    /// The phase.
    pub phase: &'static str,
    /// How many of its cases were tried.
    pub cases: u64,
    /// How many there are, for all shards together; `None` where there is no
    /// end.
    pub of: Option<u64>,
    /// How many questions that took.
    pub questions: u64,
}

/// A counterexample, and where it was met.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The phase.
    pub phase: &'static str,
    /// A case of the block that it is in.
    pub case: u64,
    /// What it shows.
    pub counterexample: Counterexample,
}

impl Hunt {
    /// How many cases were tried.
    pub fn cases(&self) -> u64 {
        self.phases.iter().map(|tried| tried.cases).sum()
    }
}

/// Who is on trial: makes one more of it, for one more job.
pub type Start<'a> = &'a (dyn Fn() -> Result<Box<dyn Subject>, SubjectError> + Sync);

/// How a hunt is led.
#[derive(Clone, Copy)]
pub struct Bounds<'a> {
    /// How far it goes.
    pub extent: Extent<'a>,
    /// What random cases are made from.
    pub seed: u64,
    /// How many jobs there are, at least 1.
    pub jobs: u16,
    /// Is asked again and again: where it says no, the hunt ends with what it
    /// has.
    pub go_on: &'a (dyn Fn() -> bool + Sync),
    /// Hears how many cases of a phase were tried, and of how many.
    pub progress: &'a (dyn Fn(&Tried) + Sync),
}

impl Bounds<'_> {
    /// Every phase to its end, with one job.
    pub const NONE: Self = Self {
        extent: Extent::WHOLE,
        seed: 0,
        jobs: 1,
        go_on: &|| true,
        progress: &|_| {},
    };
}

/// Puts a resolver on trial, up to the first counterexample.
///
/// # Errors
///
/// The resolver does not work.
pub fn hunt(start: Start<'_>, level: Level, bounds: Bounds<'_>) -> Result<Hunt, HuntError> {
    run(start, Scope::Level(level), None, bounds)
}

/// Puts a broken resolver on trial as if nobody knew that it is.
///
/// # Errors
///
/// As [`hunt`].
pub fn try_mutant(mutant: Mutant, level: Level, bounds: Bounds<'_>) -> Result<Hunt, HuntError> {
    run_mutant(mutant, Scope::Level(level), bounds)
}

/// What came of a broken resolver on trial.
#[derive(Clone, Debug)]
pub struct MutantOutcome {
    /// The broken resolver.
    pub mutant: Mutant,
    /// What convicted it; `None` where it survived.
    pub found: Option<Found>,
}

/// Puts every broken resolver on trial before the invariant that must convict
/// it. Of the bounds, how far to go is of no account: it is to the end.
///
/// # Errors
///
/// Never: they all work, if badly.
pub fn teeth(bounds: Bounds<'_>) -> Result<Vec<MutantOutcome>, HuntError> {
    let bounds = Bounds {
        extent: Extent::WHOLE,
        ..bounds
    };
    let mut teeth = Vec::new();
    for mutant in MUTANTS {
        let hunt = run_mutant(*mutant, Scope::Only(mutant.killer), bounds)?;
        teeth.push(MutantOutcome {
            mutant: *mutant,
            found: hunt.counterexample,
        });
    }
    Ok(teeth)
}

fn run_mutant(mutant: Mutant, scope: Scope, bounds: Bounds<'_>) -> Result<Hunt, HuntError> {
    let start: Start<'_> = &|| Ok(Box::new(MutantSubject::new(mutant)));
    run(start, scope, mutant.tamper, bounds)
}

/// A block's number, the number of its phase, and what came of it.
type Outcome = (u64, usize, u64, Result<Tally, HuntError>);

fn run(
    start: Start<'_>,
    scope: Scope,
    tamper: Option<FaultInjection>,
    bounds: Bounds<'_>,
) -> Result<Hunt, HuntError> {
    let phases = phases(bounds.seed);
    let blocks = Blocks::new(&phases, bounds.extent);
    let jobs = Jobs {
        start,
        scope,
        tamper,
        bounds,
        phases: &phases,
        blocks: &blocks,
        next: AtomicU64::new(0),
        end: AtomicU64::new(u64::MAX),
    };
    jobs::share(
        bounds.jobs.into(),
        |sender| jobs.work(sender),
        |receiver| jobs.collect(receiver),
    )
}

struct Jobs<'h> {
    start: Start<'h>,
    scope: Scope,
    tamper: Option<FaultInjection>,
    bounds: Bounds<'h>,
    phases: &'h [Box<dyn Phase>],
    blocks: &'h Blocks<'h>,
    /// The next block to be tried.
    next: AtomicU64,
    /// No block of this number or a later one is of any account.
    end: AtomicU64,
}

impl Jobs<'_> {
    /// Takes block after block, until there is none.
    fn work(&self, sender: &Sender<Outcome>) {
        let mut subject = None;
        loop {
            let number = self.next.fetch_add(1, Ordering::SeqCst);
            if number >= self.end.load(Ordering::SeqCst) || !(self.bounds.go_on)() {
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
        // One that was told to stop has questions that nobody will ask.
        if let Some(mut subject) = subject
            && (self.bounds.go_on)()
            && self.end.load(Ordering::SeqCst) == u64::MAX
            && let Err(why) = subject.finish(self.bounds.go_on)
        {
            let broken = Err(HuntError::Start(why));
            // The receiver is gone only where it has an error already.
            let _ = sender.send((u64::MAX, 0, 0, broken));
        }
    }

    fn block(
        &self,
        subject: &mut Option<Box<dyn Subject>>,
        phase: usize,
        cases: std::ops::Range<u64>,
    ) -> Result<Tally, HuntError> {
        let phase = &self.phases[phase];
        let mut rules = INVARIANTS.iter();
        if !rules.any(|rule| self.scope.holds(rule) && phase.judges(rule)) {
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
            go_on: self.bounds.go_on,
            tamper: self.tamper,
            tally: Tally::default(),
        };
        phase.try_cases(cases, &mut judge)?;
        Ok(judge.tally)
    }

    /// Puts together what comes, in the order of the blocks, up to the first
    /// that ends the hunt.
    fn collect(&self, receiver: Receiver<Outcome>) -> Result<Hunt, HuntError> {
        let mut hunt = self.empty();
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
                if hunt.counterexample.is_some() {
                    continue;
                }
                let tally = tally.inspect_err(|_| self.end.store(next, Ordering::SeqCst))?;
                digest.update(tally.digest.clone().finalize());
                add(&mut hunt, phase, first, tally);
                if hunt.counterexample.is_some() {
                    self.end.store(next, Ordering::SeqCst);
                }
                (self.bounds.progress)(&hunt.phases[phase]);
            }
        }
        hunt.cut |= !(self.bounds.go_on)() && hunt.counterexample.is_none();
        hunt.digest = hexadecimal(&digest.finalize());
        Ok(hunt)
    }

    fn empty(&self) -> Hunt {
        let tried = self.phases.iter().map(|phase| Tried {
            phase: phase.name(),
            cases: 0,
            of: self.bounds.extent.cases(phase.as_ref()),
            questions: 0,
        });
        Hunt {
            phases: tried.collect(),
            judged: BTreeMap::new(),
            answers: BTreeMap::new(),
            rungs: BTreeMap::new(),
            digest: String::new(),
            counterexample: None,
            cut: false,
        }
    }
}

fn add(hunt: &mut Hunt, phase: usize, first: u64, tally: Tally) {
    let tried = &mut hunt.phases[phase];
    tried.cases += tally.cases;
    tried.questions += tally.questions;
    let maps = [
        (&mut hunt.judged, tally.judged),
        (&mut hunt.answers, tally.answers),
        (&mut hunt.rungs, tally.rungs),
    ];
    for (totals, counts) in maps {
        for (name, count) in counts {
            *totals.entry(name).or_default() += count;
        }
    }
    hunt.cut |= tally.cut;
    hunt.counterexample = tally.counterexample.map(|counterexample| Found {
        phase: hunt.phases[phase].phase,
        case: first,
        counterexample,
    });
}

fn hexadecimal(bytes: &[u8]) -> String {
    let digit = |half: u8| char::from_digit(half.into(), 16).expect("half a byte is a digit");
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.map(digit).collect()
}
