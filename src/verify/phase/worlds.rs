//! The phases that ask about worlds.

use std::ops::Range;
use std::sync::{Arc, LazyLock};

use proptest::strategy::{Just, Strategy};
use proptest::test_runner::TestRunner;

use crate::verify::judge::{Finding, Judge, TrialError};
use crate::verify::phase::metamorphic::{WorldTree, judge_trees};
use crate::verify::world::case::History;
use crate::verify::world::vocabulary::{ROWS, next_row, world_of_row};
use crate::verify::world::{
    Case, Main, SmallWorlds, TestVersion, World, next_world, open_world, stream,
};

/// The small worlds that all jobs ask about.
static SMALL: LazyLock<SmallWorlds> = LazyLock::new(SmallWorlds::default);

/// Every small world.
pub(crate) fn try_small_worlds(
    judge: &mut Judge<'_>,
    _: u64,
    numbers: Range<u64>,
) -> Result<(), TrialError> {
    let cases: Vec<Case<'_>> = SMALL.range(numbers).collect();
    let answers = judge.ask(&cases)?;
    judge.tally.cases += answers.len() as u64;
    if let Some((at, invariant, wrong)) = judge.judge(&cases, &answers) {
        let world = World::of(&cases[at]);
        let found = Finding::of_world(invariant, &world, &answers[at], wrong);
        judge.tally.found = Some(found);
    }
    Ok(())
}

/// The small worlds of at most three tags, asked about again as variants.
pub(crate) fn try_variants(
    judge: &mut Judge<'_>,
    _: u64,
    numbers: Range<u64>,
) -> Result<(), TrialError> {
    let worlds = numbers.flat_map(|number| {
        let number = open_world(number);
        SMALL.range(number..number + 1)
    });
    let trees = worlds.map(|case| fixed(World::of(&case)));
    judge_trees(judge, trees.collect())
}

/// The length of the long histories, past where listings are cut off.
pub(crate) const LONG: u64 = 150;

/// Histories longer than a listing that is cut off, in either order, with every
/// version as the head, and the canonical at it or beside it.
pub(crate) fn try_long_histories(
    judge: &mut Judge<'_>,
    _: u64,
    numbers: Range<u64>,
) -> Result<(), TrialError> {
    let version = |patch: u64| format!("1.9.{patch}+1");
    let trees = numbers.map(|number| {
        let (at, variant) = (number / 6, number % 6);
        let mut tags: Vec<String> = (0..LONG).map(version).collect();
        if variant >= 3 {
            tags.reverse();
        }
        let canonical = match variant % 3 {
            0 => Some(at),
            1 => at.checked_sub(1),
            _ => Some(at + 1).filter(|at| *at < LONG),
        };
        let spelled = |at| TestVersion::new(&version(at)).expect("it is a version");
        fixed(World {
            history: Arc::new(History::new(tags)),
            head: Some(spelled(at)),
            canonical: canonical.map(spelled),
            override_version: None,
            declared: false,
            main: Main::IsHead,
            release_first: canonical.is_none(),
            prereleases: true,
            record: None,
        })
    });
    judge_trees(judge, trees.collect())
}

/// How many questions of the vocabulary are made from one stream.
pub(crate) const VOCABULARY_BLOCK: u64 = 16;

/// Questions made of the values of axes: those in which every pair is met, and then random ones.
pub(crate) fn try_vocabulary(
    judge: &mut Judge<'_>,
    seed: u64,
    numbers: Range<u64>,
) -> Result<(), TrialError> {
    // A stream of its own, which no random world is made from.
    let mut stream = stream(seed.rotate_left(16), numbers.start / VOCABULARY_BLOCK);
    let row = |number: u64| {
        let always = usize::try_from(number).ok().and_then(|at| ROWS.get(at));
        always.cloned().unwrap_or_else(|| next_row(&mut stream))
    };
    let rows: Vec<_> = numbers.map(row).collect();
    let trees = rows.iter().map(|row| fixed(world_of_row(row)));
    judge_trees(judge, trees.collect())?;
    if !judge.tally.cut {
        judge.tally.rows = rows;
    }
    Ok(())
}

/// A world that proptest knows no smaller ones of.
fn fixed(world: World) -> WorldTree {
    let tree = Just(world).new_tree(&mut TestRunner::deterministic());
    Box::new(tree.expect("what is fixed is not rejected"))
}

/// How many random worlds are made from one stream.
pub(crate) const RANDOM_BLOCK: u64 = 64;

/// Random worlds, each also as variants.
pub(crate) fn try_random_worlds(
    judge: &mut Judge<'_>,
    seed: u64,
    numbers: Range<u64>,
) -> Result<(), TrialError> {
    let mut worlds = stream(seed, numbers.start / RANDOM_BLOCK);
    let trees = numbers.map(|_| next_world(&mut worlds));
    judge_trees(judge, trees.collect())
}
