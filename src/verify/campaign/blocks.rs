//! The cases that are tried, their order, and their shard.

use std::ops::Range;

use crate::shard::Shard;

use crate::verify::phase::{PHASES, Phase};

/// Which cases a campaign tries.
#[derive(Clone, Copy, Debug)]
pub struct Selection<'a> {
    /// The most cases of each phase; for an endless phase the exact number.
    pub cases_max: Option<u64>,
    /// Whether those go on for ever, or up to `cases_max`.
    pub endless: bool,
    /// The part that is tried.
    pub shard: Shard,
    /// The one phase that is tried, or the one block that holds a case of it.
    pub only: Option<(&'a str, Option<u64>)>,
}

impl Selection<'_> {
    /// Every phase to its end.
    pub const WHOLE: Self = Self {
        cases_max: None,
        endless: false,
        shard: Shard::WHOLE,
        only: None,
    };

    /// How many cases of a phase are to be tried by all shards together; `None`
    /// where there is no end.
    pub(crate) fn cases(&self, phase: &Phase) -> Option<u64> {
        match (phase.is_endless, self.cases_max) {
            (true, None) if self.endless => None,
            (true, None) => Some(phase.cases),
            (true, Some(max)) => Some(max),
            (false, max) => Some(max.map_or(phase.cases, |max| max.min(phase.cases))),
        }
    }
}

/// One block: the number of its phase and those of its cases.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Block {
    pub(crate) phase: usize,
    pub(crate) cases: Range<u64>,
}

/// The blocks of a campaign, in order. Phases come one after the other; at the end
/// those that could go on for ever take turns.
pub(crate) struct Blocks<'p> {
    selection: Selection<'p>,
    /// How many blocks this shard has of each phase, of those that take turns
    /// none.
    counts: Vec<u64>,
    endless: Vec<usize>,
}

impl<'p> Blocks<'p> {
    pub(crate) fn new(selection: Selection<'p>) -> Self {
        let mut endless = Vec::new();
        let counts = PHASES.iter().enumerate().map(|(number, phase)| {
            match (selection.only, selection.cases(phase)) {
                (Some((name, _)), _) if name != phase.name => 0,
                (Some((_, Some(_))), _) => 1,
                (_, Some(cases)) => of_shard(cases.div_ceil(phase.block), selection.shard),
                (_, None) => {
                    endless.push(number);
                    0
                }
            }
        });
        let counts = counts.collect();
        Self {
            selection,
            counts,
            endless,
        }
    }

    pub(crate) fn selection(&self) -> Selection<'p> {
        self.selection
    }

    /// The block of a number, from 0.
    pub(crate) fn get(&self, mut number: u64) -> Option<Block> {
        for (phase, count) in self.counts.iter().enumerate() {
            if number < *count {
                return self.block(phase, number);
            }
            number -= count;
        }
        let turns = self.endless.len() as u64;
        let turn = number.checked_rem(turns)?;
        let phase = self.endless[usize::try_from(turn).ok()?];
        self.block(phase, number / turns)
    }

    /// The block of a phase that has this number within the shard.
    fn block(&self, phase: usize, number: u64) -> Option<Block> {
        let shard = self.selection.shard;
        let size = PHASES[phase].block;
        let number = match self.selection.only {
            Some((_, Some(case))) => case / size,
            Some((_, None)) | None => number
                .checked_mul(shard.count)?
                .checked_add(shard.number - 1)?,
        };
        let phase_itself = &PHASES[phase];
        let end = match (self.selection.only, self.selection.cases_max) {
            // What was met beyond the usual end must be met again.
            (Some((_, Some(_))), None) if phase_itself.is_endless => None,
            (Some(_) | None, _) => self.selection.cases(phase_itself),
        };
        let end = end.unwrap_or(u64::MAX);
        let (from, to) = (
            number.checked_mul(size)?,
            number.checked_add(1)?.checked_mul(size)?,
        );
        (from < end).then(|| Block {
            phase,
            cases: from..to.min(end),
        })
    }
}

/// How many of some blocks belong to a shard.
fn of_shard(blocks: u64, shard: Shard) -> u64 {
    blocks / shard.count + u64::from(blocks % shard.count >= shard.number)
}
