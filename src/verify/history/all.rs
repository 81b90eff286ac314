//! Every sequence of a few events over two releases, in a fixed order: the shorter first, so that
//! the first that breaks a rule is one of the shortest.
//!
//! Runs alone are judged, so each sequence ends with one; what comes before it in a longer
//! sequence is a sequence of its own. A pull request and a quick run leave nothing behind, so they
//! come last and nowhere else. So that all can be played in a few seconds, a release is a minor
//! one or of an app version alone, a fault is a check or a migration that fails, and an event picks
//! one of the two tags that were made last. The random sequences have the rest.

use std::ops::Range;

use proptest_state_machine::ReferenceStateMachine;

use crate::verify::history::Sequence;
use crate::verify::history::events::{Bump, Canonical, Change, Event, Fault, Nights, Recipe};

/// How many there are of 1, 2, 3 and 4 events, and of 5 events of the few.
const OF_LENGTH: [u64; 5] = [60, 1_008, 16_764, 283_416, 62_508];

/// How many there are.
pub(crate) const ALL_NIGHTS: u64 = {
    let [one, two, three, four, five] = OF_LENGTH;
    one + two + three + four + five
};

/// The most events of a sequence that is made of all of them.
const EVENTS_MAX: usize = 4;

/// How many versions are published at the start.
const FIRST: usize = 2;

/// The events that sequences are made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Words {
    All,
    /// Of each kind one or two: releases that are good or have a migration that fails, and events
    /// that pick the tag that was made last.
    Few,
}

impl Words {
    /// The tags that an event may pick, counted from the last.
    fn picks(self, tags: usize) -> Range<usize> {
        let most = match self {
            Self::All => 2,
            Self::Few => 1,
        };
        0..tags.min(most)
    }

    /// What may come next, each event that makes sense once, where more comes after it.
    fn next(self, recipe: &Recipe) -> Vec<Event> {
        let picks = || self.picks(recipe.tags.len());
        let mut events = vec![Event::Nightly];
        if self == Self::All {
            events.extend([Event::NightlyOfLatest, Event::FlakyNight]);
        }
        events.extend(self.releases());
        let mut backports = picks().filter(|pick| recipe.backport(*pick).is_some());
        let of_first = backports.next();
        events.extend(of_first.map(Event::Backport));
        let is_another = |pick: &usize| {
            of_first.is_none_or(|first| recipe.backport(*pick) != recipe.backport(first))
        };
        events.extend(backports.filter(is_another).map(Event::Backport));
        events.extend(picks().map(Event::Withdraw));
        for tag in picks() {
            let others = picks().filter(|to| *to != tag);
            events.extend(others.map(|to| Event::Move(tag, to)));
            let faults = self.faults().iter();
            events.extend(faults.map(|fault| Event::Break(tag, *fault)));
        }
        let broken = recipe.tags.iter().filter(|(_, is_broken)| *is_broken);
        events.extend(self.picks(broken.count()).map(Event::Mend));
        events.push(if recipe.enrolled {
            Event::Unenroll
        } else {
            Event::Enroll
        });
        events
    }

    /// A release of a recipe version, good or with a fault, and one of an app version alone.
    fn releases(self) -> Vec<Event> {
        let mut releases = vec![
            Event::Publish(Bump::Minor, Fault::None),
            Event::Publish(Bump::Minor, Fault::Migration),
        ];
        if self == Self::All {
            releases.extend([
                Event::Publish(Bump::Minor, Fault::Check),
                Event::Publish(Bump::App, Fault::None),
            ]);
        }
        releases
    }

    /// In which ways a version breaks.
    fn faults(self) -> &'static [Fault] {
        match self {
            Self::All => &[Fault::Check, Fault::Migration],
            Self::Few => &[Fault::Check],
        }
    }

    /// What may come last: the runs.
    fn last(self, recipe: &Recipe) -> Vec<Event> {
        let mut events = vec![
            Event::Nightly,
            Event::NightlyOfLatest,
            Event::FlakyNight,
            Event::Quick,
            Event::PullRequest(Change::Same, Fault::None),
        ];
        if self == Self::All {
            events.extend([
                Event::PullRequest(Change::Bumped, Fault::None),
                Event::PullRequest(Change::Bumped, Fault::Check),
                Event::PullRequest(Change::Unlabelled, Fault::None),
            ]);
        }
        let picks = self.picks(recipe.tags.len());
        events.extend(picks.map(Event::StalePullRequest));
        events
    }
}

/// All that happens before the run at the end of a sequence.
#[derive(Debug)]
struct Beginning {
    /// The number of the first sequence that begins so.
    number: u64,
    canonical: Canonical,
    enrolled: bool,
    events: Box<[Event]>,
    words: Words,
}

impl Beginning {
    fn recipe(&self) -> Recipe {
        Recipe::new(FIRST, self.canonical, self.enrolled)
    }

    /// The events that may end it.
    fn last(&self) -> Vec<Event> {
        self.words
            .last(&self.events.iter().fold(self.recipe(), Nights::apply))
    }
}

/// All of them, ready to be walked.
#[derive(Debug)]
pub(crate) struct AllNights {
    beginnings: Vec<Beginning>,
    count: u64,
}

impl Default for AllNights {
    fn default() -> Self {
        let mut all = Self {
            beginnings: Vec::new(),
            count: 0,
        };
        for before in 0..EVENTS_MAX {
            all.add(before, Words::All);
        }
        all.add(EVENTS_MAX, Words::Few);
        all
    }
}

impl AllNights {
    /// Those of these numbers, from 0 up to [`ALL_NIGHTS`].
    pub(crate) fn range(&self, numbers: Range<u64>) -> impl Iterator<Item = Sequence> {
        numbers.filter_map(|number| self.get(number))
    }

    fn get(&self, number: u64) -> Option<Sequence> {
        let after = self.beginnings.partition_point(|one| one.number <= number);
        let beginning = self.beginnings.get(after.checked_sub(1)?)?;
        let at = usize::try_from(number - beginning.number).ok()?;
        let last = *beginning.last().get(at)?;
        let events = beginning.events.iter().copied().chain([last]);
        Some((beginning.recipe(), events.collect(), None))
    }

    /// Adds the sequences in which a number of events comes before the run at the end.
    fn add(&mut self, before: usize, words: Words) {
        for enrolled in [true, false] {
            for canonical in [Canonical::Newest, Canonical::Oldest, Canonical::None] {
                let now = Recipe::new(FIRST, canonical, enrolled);
                self.begin(&now, enrolled, &mut Vec::new(), before, words);
            }
        }
    }

    fn begin(
        &mut self,
        now: &Recipe,
        enrolled: bool,
        events: &mut Vec<Event>,
        left: usize,
        words: Words,
    ) {
        let Some(left) = left.checked_sub(1) else {
            self.beginnings.push(Beginning {
                number: self.count,
                canonical: now.canonical,
                enrolled,
                events: events.as_slice().into(),
                words,
            });
            self.count += words.last(now).len() as u64;
            return;
        };
        for event in words.next(now) {
            events.push(event);
            let then = Nights::apply(now.clone(), &event);
            self.begin(&then, enrolled, events, left, words);
            events.pop();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest_state_machine::ReferenceStateMachine;

    use super::{ALL_NIGHTS, AllNights, OF_LENGTH, Words};
    use crate::verify::history::events::{Bump, Change, Event, Fault, Nights};
    use crate::verify::history::{Sequence, scenario, story};

    const FAULTS: [Fault; 4] = [Fault::None, Fault::Deploy, Fault::Check, Fault::Migration];

    /// Every event that picks no older tag than the last but one, whether it makes sense or not.
    fn events() -> Vec<Event> {
        let mut events = vec![
            Event::Nightly,
            Event::NightlyOfLatest,
            Event::FlakyNight,
            Event::Quick,
            Event::Enroll,
            Event::Unenroll,
        ];
        for fault in FAULTS {
            for bump in [Bump::App, Bump::Patch, Bump::Minor, Bump::Major] {
                events.push(Event::Publish(bump, fault));
            }
            for change in [Change::Same, Change::Bumped, Change::Unlabelled] {
                events.push(Event::PullRequest(change, fault));
            }
        }
        for pick in 0..2 {
            events.extend([
                Event::Backport(pick),
                Event::Withdraw(pick),
                Event::Move(pick, 1 - pick),
                Event::Mend(pick),
                Event::StalePullRequest(pick),
            ]);
            let faults = FAULTS.iter().filter(|fault| **fault != Fault::None);
            events.extend(faults.map(|fault| Event::Break(pick, *fault)));
        }
        events
    }

    fn leaves_nothing_behind(event: &Event) -> bool {
        matches!(
            event,
            Event::Quick | Event::PullRequest(..) | Event::StalePullRequest(_)
        )
    }

    fn is_run(event: &Event) -> bool {
        leaves_nothing_behind(event)
            || matches!(
                event,
                Event::Nightly | Event::NightlyOfLatest | Event::FlakyNight
            )
    }

    /// What is left to the random nights: versions that do not deploy, bumps that compare as another
    /// one does, and further faults of what is not the newest minor version.
    fn is_left_out(event: &Event) -> bool {
        match event {
            Event::Publish(Bump::Minor, fault) | Event::Break(_, fault) => *fault == Fault::Deploy,
            Event::Publish(Bump::App, fault) => *fault != Fault::None,
            Event::Publish(Bump::Patch | Bump::Major, _) => true,
            Event::PullRequest(change, fault) => {
                let is_bumped = *change == Change::Bumped;
                !(*fault == Fault::None || (is_bumped && *fault == Fault::Check))
            }
            _ => false,
        }
    }

    /// The longer ones of a sequence without its last event.
    fn longer((recipe, before, _): &Sequence, is_last: bool) -> Vec<Sequence> {
        let now = before.iter().fold(recipe.clone(), Nights::apply);
        let fits = |event: &Event| {
            let is_one = if is_last {
                is_run(event)
            } else {
                !leaves_nothing_behind(event)
            };
            is_one && !is_left_out(event) && Nights::preconditions(&now, event)
        };
        let events = events().into_iter().filter(fits);
        let longer = |event| {
            let events = before.iter().copied().chain([event]).collect();
            (recipe.clone(), events, None)
        };
        events.map(longer).collect()
    }

    #[test]
    fn as_many_of_each_length_as_pinned_are_numbered_from_the_shortest_on() {
        let all = AllNights::default();
        let mut of_length = [0; 5];
        let mut longest = 1;
        for (_, events, _) in all.range(0..2 * ALL_NIGHTS) {
            assert!(events.len() >= longest);
            longest = events.len();
            of_length[longest - 1] += 1;
        }
        assert_eq!(of_length, OF_LENGTH);
    }

    #[test]
    fn every_sequence_of_up_to_three_events_that_makes_sense_is_there_once() {
        let all = AllNights::default();
        let up_to_three = all
            .range(0..ALL_NIGHTS)
            .take_while(|(_, events, _)| events.len() <= 3);
        let told: Vec<String> = up_to_three.map(|sequence| story(&sequence)).collect();
        let starts = all
            .beginnings
            .iter()
            .take_while(|one| one.events.is_empty());
        let mut before: Vec<Sequence> =
            starts.map(|one| (one.recipe(), Vec::new(), None)).collect();
        assert_eq!(before.len(), 6);
        let mut wanted = BTreeSet::new();
        for _ in 1..=3 {
            let ends = before.iter().flat_map(|one| longer(one, true));
            wanted.extend(ends.map(|sequence| story(&sequence)));
            before = before.iter().flat_map(|one| longer(one, false)).collect();
        }
        assert_eq!(told.len(), wanted.len());
        assert!(told.into_iter().collect::<BTreeSet<_>>() == wanted);
    }

    #[test]
    fn the_sequences_of_five_events_are_made_of_the_few_and_each_ends_with_its_run() {
        let all = AllNights::default();
        let last = all.range(ALL_NIGHTS - 1..ALL_NIGHTS).next();
        assert_eq!(last.map(|(_, events, _)| events.len()), Some(5));
        let mut number = ALL_NIGHTS;
        let mut told = BTreeSet::new();
        for beginning in all.beginnings.iter().rev() {
            if beginning.words == Words::All {
                break;
            }
            for sequence in all.range(beginning.number..number) {
                assert_eq!(sequence.1.len(), 5);
                assert!(sequence.1.last().is_some_and(is_run));
                let (scenario, runs_at) = scenario(&sequence);
                assert!(scenario.steps.len() >= 5, "each event makes sense");
                assert_eq!(runs_at.last(), Some(&4));
                assert!(told.insert(story(&sequence)), "{}", story(&sequence));
            }
            number = beginning.number;
        }
    }
}
