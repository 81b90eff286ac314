//! Worlds that are asked about again in other forms, which must change nothing;
//! and the way from a world that breaks a rule to the smallest that does.

use proptest::strategy::ValueTree;

use crate::verify::invariant::{Invariant, Rule};
use crate::verify::judge::{Counterexample, Judge, TrialError, counterexample, smallest};
use crate::verify::world::{Answer, Case, Prepared, World};

/// The most steps to a smaller world.
const SHRINKS_MAX: usize = 2_000;

/// How many of the tags that must not matter are left out, one at a time.
const THINNED_MAX: usize = 3;

pub(crate) type WorldTree = Box<dyn ValueTree<Value = World>>;

/// A world in another form, and the rule by which that must change nothing.
struct Form {
    invariant: &'static Invariant,
    world: usize,
    prepared: Prepared,
}

impl Judge<'_> {
    /// Judges worlds, each also in other forms. What breaks a rule is made as
    /// small as it can be.
    pub(crate) fn judge_trees(&mut self, mut trees: Vec<WorldTree>) -> Result<(), TrialError> {
        let worlds: Vec<World> = trees.iter().map(ValueTree::current).collect();
        let found = self.judge_worlds(&worlds)?;
        if self.tally.cut {
            return Ok(());
        }
        self.tally.cases += worlds.len() as u64;
        if let Some((at, found)) = found {
            let found = (worlds[at].clone(), found);
            let found = smallest(&mut *trees[at], SHRINKS_MAX, found, |world| {
                let found = self.judge_worlds(std::slice::from_ref(world))?;
                Ok(found.map(|(_, found)| found))
            })?;
            self.found(found);
        }
        Ok(())
    }

    /// The first of some worlds that breaks a rule, and how.
    fn judge_worlds(
        &mut self,
        worlds: &[World],
    ) -> Result<Option<(usize, Counterexample)>, TrialError> {
        self.subject.begin();
        let prepared: Vec<Prepared> = worlds.iter().map(World::prepare).collect();
        let cases: Vec<_> = prepared.iter().map(Prepared::case).collect();
        let answers = self.ask(&cases)?;
        if let Some((at, invariant, wrong)) = self.judge(&cases, &answers) {
            let found = counterexample(invariant, &worlds[at], &answers[at], wrong);
            return Ok(Some((at, found)));
        }
        if self.tally.cut {
            return Ok(None);
        }
        let forms = self.forms(worlds, &cases, &answers);
        let others: Vec<_> = forms.iter().map(|form| form.prepared.case()).collect();
        let again = self.ask(&others)?;
        for ((form, other), answer_again) in forms.iter().zip(&others).zip(&again) {
            let (at, invariant) = (form.world, form.invariant);
            self.tally.judge(invariant.id, 1);
            let is_again = matches!(invariant.rule, Rule::Repeated);
            if !is_same(&cases[at], &answers[at], other, answer_again, is_again) {
                let wrong = format!(
                    "and then, {other}: {}; {}",
                    answer_again.shown(other),
                    invariant.sentence
                );
                let found = counterexample(invariant, &worlds[at], &answers[at], &wrong);
                return Ok(Some((at, found)));
            }
        }
        Ok(None)
    }

    /// The worlds in other forms, the last first, so that what was asked before
    /// each is another question.
    fn forms(&self, worlds: &[World], cases: &[Case<'_>], answers: &[Answer]) -> Vec<Form> {
        let mut forms = Vec::new();
        for invariant in self.rules() {
            for (at, world) in worlds.iter().enumerate().rev() {
                let other_tags = match invariant.rule {
                    Rule::Repeated => vec![world.tags.clone()],
                    Rule::Reordered => vec![world.tags.iter().rev().cloned().collect()],
                    Rule::Littered => vec![littered(&world.tags)],
                    Rule::Thinned => thinned(&cases[at], &answers[at]),
                    Rule::Answer(_)
                    | Rule::Oracle(_)
                    | Rule::Run(_)
                    | Rule::RealRun(_)
                    | Rule::RealAgrees => break,
                };
                forms.extend(other_tags.into_iter().map(|tags| Form {
                    invariant,
                    world: at,
                    prepared: world.with_tags(tags),
                }));
            }
        }
        forms
    }
}

/// The tags without one that must not matter: neither the answer, nor the same
/// version as the canonical or the override, nor the only version there is.
fn thinned(case: &Case<'_>, answer: &Answer) -> Vec<Vec<String>> {
    let base = match answer {
        Answer::Version(number) => Some(*number),
        Answer::Skip(_) => None,
        _ => return Vec::new(),
    };
    let published = case.history.published();
    if published.count() < 2 {
        return Vec::new();
    }
    let named = [case.canonical, case.override_version];
    let published = case.history.published().enumerate();
    let losers = published.filter(|(number, tag)| {
        let mut named = named.into_iter().flatten();
        Some(*number) != base && !named.any(|named| named.version.is_same_version(tag.version()))
    });
    let without = losers.take(THINNED_MAX).map(|(_, loser)| {
        let loser = loser.tag();
        let tags = case.history.tags().iter();
        tags.filter(|tag| **tag != loser).cloned().collect()
    });
    without.collect()
}

/// Whether two answers to two forms of a question mean the same; unless the
/// question is the very same, a skip may be worded in another way.
fn is_same(
    case: &Case<'_>,
    answer: &Answer,
    other_case: &Case<'_>,
    other: &Answer,
    is_again: bool,
) -> bool {
    match (answer, other) {
        (Answer::Skip(_), Answer::Skip(_)) if !is_again => true,
        (Answer::Version(one), Answer::Version(two)) => {
            case.history.version(*one) == other_case.history.version(*two)
        }
        _ => answer == other,
    }
}

/// Tags with others before them that are no versions.
fn littered(tags: &[String]) -> Vec<String> {
    let junk = ["latest", "1.0", "v2", "nightly-9.9.9", "01.2.3"].map(str::to_owned);
    let new = junk.into_iter().filter(|junk| !tags.contains(junk));
    new.chain(tags.iter().cloned()).collect()
}
