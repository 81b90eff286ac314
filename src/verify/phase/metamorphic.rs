//! Metamorphic relations: worlds asked about again as variants, which must change nothing;
//! and the way from a world that breaks a rule to the smallest that does.

use proptest::strategy::ValueTree;

use crate::verify::invariant::{Invariant, Rule};
use crate::verify::judge::{Finding, Judge, Parts, TrialError, smallest};
use crate::verify::world::{Answer, Case, OTHERS, World};
use samever_core::PublishedVersion;

/// The most steps to a smaller world.
const SHRINKS_MAX: usize = 2_000;

/// How many of the tags that must not matter are left out, one at a time.
const THINNED_MAX: usize = 3;

pub(crate) type WorldTree = Box<dyn ValueTree<Value = World>>;

/// The most tags of a world that is asked about again in every variant. One with more is asked
/// about again with its tags in another order alone: each takes long.
const VARIED_MAX: usize = 100;

/// A world in another variant, and the rule by which that must change nothing.
struct Variant {
    invariant: &'static Invariant,
    at: usize,
    world: World,
}

/// How many things can be given by hand or switched.
const SWITCHES: usize = 4;

/// The tags, and what can be given by hand or switched.
impl Parts for World {
    fn count(&self) -> usize {
        self.history.tags().len() + SWITCHES
    }

    fn without(&self, gone: impl Fn(usize) -> bool) -> Option<Self> {
        let count = self.history.tags().len();
        let tags = self.history.tags().iter().enumerate();
        let tags = tags.filter(|(number, _)| !gone(*number));
        let is_gone = |switch| gone(count + switch);
        let smaller = Self {
            declared: self.declared && !is_gone(0),
            override_version: self.override_version.clone().filter(|_| !is_gone(1)),
            release_first: self.release_first && !is_gone(2),
            prereleases: self.prereleases || is_gone(3),
            ..self.with_tags(tags.map(|(_, tag)| tag.clone()).collect())
        };
        (smaller != *self).then_some(smaller)
    }
}

/// Judges worlds, each also in other variants. What breaks a rule is made as
/// small as it can be.
pub(crate) fn judge_trees(
    judge: &mut Judge<'_>,
    mut trees: Vec<WorldTree>,
) -> Result<(), TrialError> {
    let worlds: Vec<World> = trees.iter().map(ValueTree::current).collect();
    let found = judge_worlds(judge, &worlds)?;
    if judge.tally.cut && found.is_none() {
        return Ok(());
    }
    judge.tally.cases += worlds.len() as u64;
    if let Some((at, found)) = found {
        let found = (worlds[at].clone(), found);
        let found = smallest(&mut *trees[at], SHRINKS_MAX, found, |world| {
            let found = judge_worlds(judge, std::slice::from_ref(world))?;
            Ok(found.map(|(_, found)| found))
        });
        judge.tally.found = Some(found);
    }
    Ok(())
}

/// The first of some worlds that breaks a rule, and how.
fn judge_worlds(
    judge: &mut Judge<'_>,
    worlds: &[World],
) -> Result<Option<(usize, Finding)>, TrialError> {
    judge.subject.begin();
    let cases: Vec<_> = worlds.iter().map(World::case).collect();
    let answers = judge.ask(&cases)?;
    if let Some((at, invariant, wrong)) = judge.judge(&cases, &answers) {
        let found = Finding::of_world(invariant, &worlds[at], &answers[at], wrong);
        return Ok(Some((at, found)));
    }
    if judge.tally.cut {
        return Ok(None);
    }
    let variants = variants(judge, worlds, &cases, &answers);
    let others: Vec<_> = variants
        .iter()
        .map(|variant| variant.world.case())
        .collect();
    let again = judge.ask(&others)?;
    for ((variant, other), answer_again) in variants.iter().zip(&others).zip(&again) {
        let (at, invariant) = (variant.at, variant.invariant);
        judge.tally.judge(invariant.id, 1);
        judge.tally.stake(invariant.id, 1);
        if !is_same(&cases[at], &answers[at], other, answer_again) {
            let wrong = format!(
                "and then, {other}: {}; {}",
                answer_again.shown(other),
                invariant.sentence
            );
            let found = Finding::of_world(invariant, &worlds[at], &answers[at], &wrong);
            return Ok(Some((at, found)));
        }
    }
    Ok(None)
}

/// Asks what was asked at first again, the last first: of the same process and of
/// a fresh one. A resolver that does not remember is asked no more.
pub(crate) fn ask_again(
    judge: &mut Judge<'_>,
    remembered: &[(World, Answer)],
) -> Result<(), TrialError> {
    let repeated = |invariant: &&Invariant| matches!(invariant.rule, Rule::Repeated);
    let Some(invariant) = judge.rules().find(repeated) else {
        return Ok(());
    };
    if remembered.is_empty() || !judge.subject.remembers() {
        return Ok(());
    }
    let cases: Vec<_> = remembered
        .iter()
        .rev()
        .map(|(world, _)| world.case())
        .collect();
    for when in ["and then, much later", "and then, in a fresh process"] {
        let again = judge.ask(&cases)?;
        judge.tally.judge(invariant.id, again.len());
        let asked = remembered.iter().rev().zip(&cases).zip(&again);
        for (((world, answer), case), other) in asked {
            let is_skip = |answer: &Answer| matches!(answer, Answer::Skip(_));
            if answer != other && !(is_skip(answer) && is_skip(other)) {
                let wrong = format!("{when}: {}; {}", other.shown(case), invariant.sentence);
                let found = Finding::of_world(invariant, world, answer, &wrong);
                judge.tally.found = Some(found);
                return Ok(());
            }
        }
        if let Some(broken) = judge.broken.take() {
            return Err(broken);
        }
        judge.subject.restart(judge.cancel)?;
    }
    Ok(())
}

/// The worlds in other variants, the last first, so that what was asked before
/// each is another question.
fn variants(
    judge: &Judge<'_>,
    worlds: &[World],
    cases: &[Case<'_>],
    answers: &[Answer],
) -> Vec<Variant> {
    let mut variants = Vec::new();
    for invariant in judge.rules() {
        for (at, world) in worlds.iter().enumerate().rev() {
            let tags = world.history.tags();
            if tags.len() > VARIED_MAX && !matches!(invariant.rule, Rule::Reordered) {
                continue;
            }
            if matches!(invariant.rule, Rule::Translated) {
                let others = OTHERS.into_iter().filter_map(|order| world.in_order(order));
                variants.extend(others.map(|world| Variant {
                    invariant,
                    at,
                    world,
                }));
                continue;
            }
            if matches!(invariant.rule, Rule::Excluded) {
                let losers = losers(&cases[at], &answers[at]);
                variants.extend(losers.map(|loser| Variant {
                    invariant,
                    at,
                    world: world.excluding_also(loser.version()),
                }));
                continue;
            }
            let other_tags = match invariant.rule {
                Rule::Repeated => vec![tags.to_vec()],
                Rule::Reordered => vec![tags.iter().rev().cloned().collect()],
                Rule::Littered => vec![littered(tags)],
                Rule::Thinned => thinned(&cases[at], &answers[at]),
                Rule::Answer(_)
                | Rule::Oracle(_)
                | Rule::Run(_)
                | Rule::RealRun(_)
                | Rule::Witnessed(_)
                | Rule::Translated
                | Rule::Excluded
                | Rule::RealAgrees => break,
            };
            variants.extend(other_tags.into_iter().map(|tags| Variant {
                invariant,
                at,
                world: world.with_tags(tags),
            }));
        }
    }
    variants
}

/// A few published versions that must not matter: neither the answer, nor the same version as
/// the canonical or the override, nor the only version there is.
fn losers<'a>(
    case: &Case<'a>,
    answer: &Answer,
) -> impl Iterator<Item = &'a PublishedVersion> + use<'a> {
    let base = match answer {
        Answer::Version(number) => Some(Some(*number)),
        Answer::Skip(_) => Some(None),
        _ => None,
    };
    let named = [case.canonical, case.override_version];
    let history = case.history;
    let others = history.published().enumerate();
    let others = others.filter(move |(number, tag)| {
        let mut named = named.into_iter().flatten();
        Some(*number) != base.flatten()
            && !named.any(|named| named.version.is_same_version(tag.version()))
    });
    let can_have = base.is_some() && history.published().count() > 1;
    let taken = if can_have { THINNED_MAX } else { 0 };
    others.map(|(_, tag)| tag).take(taken)
}

/// The tags without one that must not matter.
fn thinned(case: &Case<'_>, answer: &Answer) -> Vec<Vec<String>> {
    let without = losers(case, answer).map(|loser| {
        let loser = loser.tag();
        let tags = case.history.tags().iter();
        tags.filter(|tag| **tag != loser).cloned().collect()
    });
    without.collect()
}

/// Whether two answers to two forms of a question mean the same: a skip may be worded in another
/// way, and of two tags of the same version either may be the base.
fn is_same(case: &Case<'_>, answer: &Answer, other_case: &Case<'_>, other: &Answer) -> bool {
    let is_translated = case.history.order() != other_case.history.order();
    match (answer, other) {
        (Answer::Skip(_), Answer::Skip(_)) => true,
        (Answer::Unpublished(_), Answer::Unpublished(_)) if is_translated => true,
        (Answer::Version(one), Answer::Version(two)) if is_translated => {
            one == two || is_twin(other_case, *one, *two)
        }
        (Answer::Version(one), Answer::Version(two)) => {
            let versions = case
                .history
                .version(*one)
                .zip(other_case.history.version(*two));
            versions.is_some_and(|(one, two)| one.is_same_version(two))
        }
        _ => answer == other,
    }
}

/// Whether two numbers are of tags of the same version.
fn is_twin(case: &Case<'_>, one: usize, other: usize) -> bool {
    let versions = case.history.version(one).zip(case.history.version(other));
    versions.is_some_and(|(one, other)| one.is_same_version(other))
}

/// Tags with others before them that are no versions.
fn littered(tags: &[String]) -> Vec<String> {
    let junk = ["latest", "1.0", "v2", "nightly-9.9.9", "01.2.3"].map(str::to_owned);
    let new = junk.into_iter().filter(|junk| !tags.contains(junk));
    new.chain(tags.iter().cloned()).collect()
}
