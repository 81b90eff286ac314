//! A smaller counterexample to any rule: what a campaign meets first breaks one rule, and a smaller
//! world may break another.

use crate::verify::campaign::jobs::Jobs;
use crate::verify::campaign::outcome::{Counterexample, Found};
use crate::verify::judge::Finding;
use crate::verify::phase::SMALL_WORLDS_PHASE;
use crate::verify::subject::Subject;
use crate::verify::world::{OPEN_SMALL_WORLDS, SmallWorlds, World, open_world};

/// The most tags of the worlds that are tried: all of them take few questions.
const TAGS_MAX: usize = 2;

/// How many questions are asked together.
const BLOCK: usize = 512;

impl Jobs<'_> {
    /// Tries the small worlds with fewer tags than a counterexample has, in order. Where the
    /// resolver breaks meanwhile, there is none.
    pub(crate) fn smaller(&self, than: usize) -> Option<Found> {
        let worlds = SmallWorlds::default();
        let mut subject: Box<dyn Subject> = (self.start)().ok()?;
        subject.begin();
        let mut judge = self.judge(subject.as_mut());
        let mut numbers = (0..OPEN_SMALL_WORLDS).map(open_world);
        loop {
            let block: Vec<_> = numbers
                .by_ref()
                .take(BLOCK)
                .filter_map(|number| Some((number, worlds.range(number..number + 1).next()?)))
                .take_while(|(_, case)| case.history.tags().len() < than.min(TAGS_MAX + 1))
                .collect();
            let (numbers, cases): (Vec<_>, Vec<_>) = block.into_iter().unzip();
            if cases.is_empty() {
                return None;
            }
            let answers = judge.ask(&cases).ok()?;
            if let Some((at, invariant, wrong)) = judge.judge(&cases, &answers) {
                let world = World::of(&cases[at]);
                let found = Finding::of_world(invariant, &world, &answers[at], wrong);
                return Some(Found {
                    phase: SMALL_WORLDS_PHASE,
                    case: numbers[at],
                    counterexample: Counterexample::of(found, self.seed),
                    broke: None,
                });
            }
            if answers.len() < cases.len() {
                return None;
            }
        }
    }
}
