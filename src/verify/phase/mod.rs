//! What is tried, phase by phase: each is a numbered list of cases, so that it
//! can be spread, cut short, and begun again at any place.

mod differential;
mod histories;
mod metamorphic;

use std::ops::Range;

use proptest::strategy::{Just, Strategy};
use proptest::test_runner::TestRunner;

use crate::verify::invariant::{Invariant, Rule};
use crate::verify::judge::{Judge, TrialError, counterexample};
use crate::verify::phase::differential::RealRepositories;
use crate::verify::phase::histories::RandomNights;
use crate::verify::phase::metamorphic::WorldTree;
use crate::verify::world::{
    Case, Main, OPEN_SMALL_WORLDS, SMALL_WORLDS, SmallWorlds, World, next_world, open_world, stream,
};

/// One way to try a resolver.
pub(crate) trait Phase: Sync {
    /// Its name.
    fn name(&self) -> &'static str;
    /// How many cases it has.
    fn cases(&self) -> u64;
    /// Whether it could go on for ever, with further cases.
    fn is_endless(&self) -> bool {
        false
    }
    /// How many cases are tried in one go.
    fn block(&self) -> u64;
    /// Whether it judges by this rule.
    fn judges(&self, invariant: &Invariant) -> bool;
    /// Tries the cases of these numbers, which are those of one block or its
    /// beginning.
    fn try_cases(&self, numbers: Range<u64>, judge: &mut Judge<'_>) -> Result<(), TrialError>;
}

/// The names of all phases, in order.
pub const PHASES: [&str; 6] = [
    "small-worlds",
    "other-forms",
    "long-histories",
    "real-repositories",
    "nights",
    "random-worlds",
];

/// All of them, in order.
pub(crate) fn phases(seed: u64) -> Vec<Box<dyn Phase>> {
    vec![
        Box::new(Small(SmallWorlds::default())),
        Box::new(OtherForms(SmallWorlds::default())),
        Box::new(Long),
        Box::new(RealRepositories { seed }),
        Box::new(RandomNights { seed }),
        Box::new(Random { seed }),
    ]
}

/// Whether a rule is judged by one answer.
fn is_of_an_answer(invariant: &Invariant) -> bool {
    matches!(invariant.rule, Rule::Answer(_) | Rule::Oracle(_))
}

/// Whether a rule is judged by answers about worlds.
fn is_of_worlds(invariant: &Invariant) -> bool {
    match invariant.rule {
        Rule::Answer(_)
        | Rule::Oracle(_)
        | Rule::Reordered
        | Rule::Littered
        | Rule::Thinned
        | Rule::Repeated => true,
        Rule::Run(_) | Rule::RealRun(_) | Rule::RealAgrees => false,
    }
}

/// Every small world.
struct Small(SmallWorlds);

impl Phase for Small {
    fn name(&self) -> &'static str {
        "small-worlds"
    }

    fn cases(&self) -> u64 {
        SMALL_WORLDS
    }

    fn block(&self) -> u64 {
        512
    }

    fn judges(&self, invariant: &Invariant) -> bool {
        is_of_an_answer(invariant)
    }

    fn try_cases(&self, numbers: Range<u64>, judge: &mut Judge<'_>) -> Result<(), TrialError> {
        let cases: Vec<Case<'_>> = self.0.range(numbers).collect();
        let answers = judge.ask(&cases)?;
        judge.tally.cases += answers.len() as u64;
        if let Some((at, invariant, wrong)) = judge.judge(&cases, &answers) {
            let world = World::of(&cases[at]);
            judge.found(counterexample(invariant, &world, &answers[at], wrong));
        }
        Ok(())
    }
}

/// The small worlds of at most three tags, asked about again in other forms.
struct OtherForms(SmallWorlds);

impl Phase for OtherForms {
    fn name(&self) -> &'static str {
        "other-forms"
    }

    fn cases(&self) -> u64 {
        OPEN_SMALL_WORLDS
    }

    fn block(&self) -> u64 {
        128
    }

    fn judges(&self, invariant: &Invariant) -> bool {
        is_of_worlds(invariant) && !is_of_an_answer(invariant)
    }

    fn try_cases(&self, numbers: Range<u64>, judge: &mut Judge<'_>) -> Result<(), TrialError> {
        let worlds = numbers.flat_map(|number| {
            let number = open_world(number);
            self.0.range(number..number + 1)
        });
        let trees = worlds.map(|case| fixed(World::of(&case)));
        judge.judge_trees(trees.collect())
    }
}

/// The length of the long histories, past where listings are cut off.
const LONG: u64 = 150;

/// Histories longer than a listing that is cut off, in either order, with every
/// version as the head, and the canonical at it or beside it.
struct Long;

impl Phase for Long {
    fn name(&self) -> &'static str {
        "long-histories"
    }

    fn cases(&self) -> u64 {
        2 * 3 * LONG
    }

    fn block(&self) -> u64 {
        30
    }

    fn judges(&self, invariant: &Invariant) -> bool {
        is_of_worlds(invariant)
    }

    fn try_cases(&self, numbers: Range<u64>, judge: &mut Judge<'_>) -> Result<(), TrialError> {
        let version = |patch: u64| format!("1.9.{patch}+1");
        let trees = numbers.map(|number| {
            let (at, form) = (number / 6, number % 6);
            let mut tags: Vec<String> = (0..LONG).map(version).collect();
            if form >= 3 {
                tags.reverse();
            }
            let canonical = match form % 3 {
                0 => Some(at),
                1 => at.checked_sub(1),
                _ => Some(at + 1).filter(|at| *at < LONG),
            };
            fixed(World {
                tags,
                head: Some(version(at)),
                canonical: canonical.map(version),
                override_version: None,
                declared: false,
                main: Main::IsHead,
                release_first: canonical.is_none(),
                prereleases: true,
            })
        });
        judge.judge_trees(trees.collect())
    }
}

/// A world that proptest knows no smaller ones of.
fn fixed(world: World) -> WorldTree {
    let tree = Just(world).new_tree(&mut TestRunner::deterministic());
    Box::new(tree.expect("what is fixed is not rejected"))
}

/// Random worlds, each also in other forms.
struct Random {
    seed: u64,
}

impl Phase for Random {
    fn name(&self) -> &'static str {
        "random-worlds"
    }

    fn cases(&self) -> u64 {
        20_000
    }

    fn is_endless(&self) -> bool {
        true
    }

    fn block(&self) -> u64 {
        64
    }

    fn judges(&self, invariant: &Invariant) -> bool {
        is_of_worlds(invariant)
    }

    fn try_cases(&self, numbers: Range<u64>, judge: &mut Judge<'_>) -> Result<(), TrialError> {
        let mut worlds = stream(self.seed, numbers.start / self.block());
        let trees = numbers.map(|_| next_world(&mut worlds));
        judge.judge_trees(trees.collect())
    }
}
