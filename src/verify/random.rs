//! The phase of the hunt that asks about random worlds, and makes what it finds
//! as small as it can.

use proptest::strategy::ValueTree;

use super::case::Answer;
use super::hunt::{Counterexample, HuntError, Hunter, counterexample, is_same, littered};
use super::invariants::{INVARIANTS, Invariant, Rule};
use super::random_worlds::{Prepared, RandomWorlds, World};

const PHASE: &str = "random worlds";

/// How many worlds are asked about at a time.
const BATCH: usize = 64;

/// The most steps to a smaller world.
const SHRINKS_MAX: usize = 2_000;

/// A world in another form, and the rule by which that must change nothing.
struct Variant {
    invariant: &'static Invariant,
    world: usize,
    prepared: Prepared,
}

impl Hunter<'_> {
    /// Asks about random worlds, each also in other forms.
    pub(super) fn random_worlds(&mut self) -> Result<(), HuntError> {
        let mut worlds = RandomWorlds::new(self.bounds.seed);
        let mut left = self.bounds.random_worlds;
        while left > 0 && !self.is_over() && self.room(PHASE) > 0 {
            let size = usize::try_from(left).map_or(BATCH, |left| left.min(BATCH));
            left -= size as u64;
            let mut trees: Vec<_> = (0..size).map(|_| worlds.tree()).collect();
            let batch: Vec<World> = trees.iter().map(ValueTree::current).collect();
            if let Some((at, found)) = self.judge_worlds(&batch)? {
                self.hunt.counterexample = Some(self.shrink(&mut *trees[at], found)?);
            }
        }
        Ok(())
    }

    /// Goes to smaller worlds as long as one breaks the same rule.
    fn shrink(
        &mut self,
        tree: &mut dyn ValueTree<Value = World>,
        mut found: Counterexample,
    ) -> Result<Counterexample, HuntError> {
        let mut is_smaller = tree.simplify();
        for _ in 0..SHRINKS_MAX {
            if !is_smaller {
                break;
            }
            match self.judge_worlds(&[tree.current()])? {
                Some((_, smaller)) if smaller.invariant == found.invariant => {
                    found = smaller;
                    is_smaller = tree.simplify();
                }
                Some(_) | None => is_smaller = tree.complicate(),
            }
        }
        Ok(found)
    }

    /// The first of some worlds that breaks a rule, and how.
    fn judge_worlds(
        &mut self,
        worlds: &[World],
    ) -> Result<Option<(usize, Counterexample)>, HuntError> {
        let prepared: Vec<Prepared> = worlds.iter().map(World::prepare).collect();
        let cases: Vec<_> = prepared.iter().map(Prepared::case).collect();
        self.ask(PHASE, &cases)?;
        let answers = std::mem::take(&mut self.answers);
        for invariant in &INVARIANTS {
            let Rule::Answer(rule) = invariant.rule else {
                continue;
            };
            if !self.scope.holds(invariant) {
                continue;
            }
            *self.hunt.judged.entry(invariant.id).or_default() += cases.len() as u64;
            for (at, (case, answer)) in cases.iter().zip(&answers).enumerate() {
                if let Err(wrong) = rule(case, answer) {
                    let found = counterexample(invariant.id, case, answer, wrong);
                    return Ok(Some((at, found)));
                }
            }
        }
        let variants = self.variants(worlds, &prepared, &answers);
        let others: Vec<_> = variants
            .iter()
            .map(|variant| variant.prepared.case())
            .collect();
        self.ask(PHASE, &others)?;
        let found = variants.iter().zip(&others).zip(&self.answers);
        for ((variant, other), answer_again) in found {
            let (at, invariant) = (variant.world, variant.invariant);
            *self.hunt.judged.entry(invariant.id).or_default() += 1;
            if !is_same(&cases[at], &answers[at], other, answer_again) {
                let wrong = format!(
                    "and then, {other}: {}; {}",
                    answer_again.shown(other),
                    invariant.sentence
                );
                let found = counterexample(invariant.id, &cases[at], &answers[at], &wrong);
                return Ok(Some((at, found)));
            }
        }
        Ok(None)
    }

    /// The worlds in other forms, the last first, so that what was asked before
    /// each is another question.
    fn variants(
        &self,
        worlds: &[World],
        prepared: &[Prepared],
        answers: &[Answer],
    ) -> Vec<Variant> {
        let mut variants = Vec::new();
        for invariant in &INVARIANTS {
            if !self.scope.holds(invariant) {
                continue;
            }
            for (at, world) in worlds.iter().enumerate().rev() {
                let tags = match invariant.rule {
                    Rule::Answer(_) => None,
                    Rule::Repeated => Some(world.tags.clone()),
                    Rule::Reordered => Some(world.tags.iter().rev().cloned().collect()),
                    Rule::Littered => Some(littered(&world.tags)),
                    Rule::Thinned => thinned(world, &prepared[at], &answers[at]),
                };
                variants.extend(tags.map(|tags| Variant {
                    invariant,
                    world: at,
                    prepared: world.with_tags(tags),
                }));
            }
        }
        variants
    }
}

/// The tags without one that must not matter: neither the answer, nor the same
/// version as the canonical or the override, nor the only version there is.
fn thinned(world: &World, prepared: &Prepared, answer: &Answer) -> Option<Vec<String>> {
    let case = prepared.case();
    let base = match answer {
        Answer::Version(number) => Some(*number),
        Answer::Skip(_) => None,
        _ => return None,
    };
    let named = [case.canonical, case.override_version];
    let mut published = case.history.published().enumerate();
    let (_, loser) = published.find(|(number, tag)| {
        let is_named = named.into_iter().flatten();
        let is_named = is_named.map(|named| named.version.is_same_version(tag.version()));
        Some(*number) != base && !is_named.into_iter().any(|same| same)
    })?;
    if case.history.published().count() < 2 {
        return None;
    }
    let loser = loser.tag();
    let tags = world.tags.iter().filter(|tag| **tag != loser);
    Some(tags.cloned().collect())
}
