//! The cases that are tried, their order, and their shard.

use std::ops::Range;

use crate::shard::Shard;

use crate::verify::phase::{PHASES, Phase};

/// Which cases a campaign tries.
#[derive(Clone, Copy, Debug)]
pub struct Selection<'a> {
    /// The most cases of each phase, for an endless phase the exact number; but never less than
    /// the floors need.
    pub cases_max: Option<u64>,
    /// The most cases of a phase that has an end, where no bound is given; fewer where a case takes
    /// several questions.
    pub whole_max: Option<u64>,
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
        whole_max: None,
        endless: false,
        shard: Shard::WHOLE,
        only: None,
    };

    /// Whether every phase is tried, and no part of it on another machine.
    pub(crate) fn is_whole(&self) -> bool {
        self.only.is_none() && self.shard == Shard::WHOLE
    }

    /// How many cases of a phase are to be tried by all shards together; `None`
    /// where there is no end.
    pub(crate) fn cases(&self, phase: &Phase) -> Option<u64> {
        match (phase.is_endless, self.cases_max) {
            (true, None) if self.endless => None,
            (true, None) => Some(phase.cases),
            (true, Some(max)) => Some(max.max(phase.always)),
            (false, max) => Some(
                max.or(self.whole_max.map(|max| max / phase.weight))
                    .map_or(phase.cases, |max| max.max(phase.always).min(phase.cases)),
            ),
        }
    }
}

/// One block: the number of its phase and those of its cases.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Block {
    pub(crate) phase: usize,
    pub(crate) cases: Range<u64>,
}

/// The blocks of a campaign, in order. A first pass takes some of every phase in turn: those that the
/// floors need, or some that are spread over the phase; then the phases come one after the other; at the end those that could go on for
/// ever take turns.
pub(crate) struct Blocks<'p> {
    selection: Selection<'p>,
    /// The phase and the number of each block of the first pass.
    first: Vec<(usize, u64)>,
    /// How many blocks this shard has of each phase; `None` where there is no end.
    counts: Vec<Option<u64>>,
}

impl<'p> Blocks<'p> {
    pub(crate) fn new(selection: Selection<'p>) -> Self {
        let counts = PHASES
            .iter()
            .map(|phase| match (selection.only, selection.cases(phase)) {
                (Some((name, _)), _) if name != phase.name => Some(0),
                (Some((_, Some(_))), _) => Some(1),
                (_, Some(cases)) => Some(of_shard(cases.div_ceil(phase.block), selection.shard)),
                (_, None) => None,
            });
        let counts: Vec<_> = counts.collect();
        let spread = PHASES.iter().zip(&counts).enumerate();
        let mut first: Vec<_> = spread
            .flat_map(|(number, (phase, count))| {
                let times = count.map_or(phase.first, |count| count.min(phase.first));
                // What the floors need comes first, and stands at the beginning.
                let count = count.filter(|_| phase.always == 0).unwrap_or(times);
                (0..times).map(move |turn| (turn, number, turn * count / times))
            })
            .collect();
        first.sort_unstable();
        Self {
            selection,
            first: first
                .into_iter()
                .map(|(_, phase, block)| (phase, block))
                .collect(),
            counts,
        }
    }

    pub(crate) fn selection(&self) -> Selection<'p> {
        self.selection
    }

    /// The block of a number, from 0.
    pub(crate) fn get(&self, number: u64) -> Option<Block> {
        let at = usize::try_from(number).ok()?;
        if let Some((phase, block)) = self.first.get(at) {
            return self.block(*phase, *block);
        }
        let mut number = number - self.first.len() as u64;
        let mut endless = Vec::new();
        for (phase, count) in self.counts.iter().enumerate() {
            let Some(count) = count else {
                endless.push(phase);
                continue;
            };
            let left = count - self.taken(phase).count() as u64;
            if number < left {
                return self.block(phase, self.past_the_first_pass(phase, number));
            }
            number -= left;
        }
        let turns = endless.len() as u64;
        let turn = usize::try_from(number.checked_rem(turns)?).ok()?;
        let phase = endless[turn];
        self.block(phase, self.past_the_first_pass(phase, number / turns))
    }

    /// The blocks of a phase that the first pass takes, in ascending order.
    fn taken(&self, phase: usize) -> impl Iterator<Item = u64> {
        let of_phase = self.first.iter().filter(move |(other, _)| *other == phase);
        of_phase.map(|(_, block)| *block)
    }

    /// The block of this number among those that the first pass leaves.
    fn past_the_first_pass(&self, phase: usize, number: u64) -> u64 {
        self.taken(phase)
            .fold(number, |number, taken| number + u64::from(taken <= number))
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
