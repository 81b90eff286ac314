//! What can happen to a recipe over many nights: a state machine of events, of
//! which proptest makes sequences that make sense, and smaller ones.

use proptest::prelude::{Just, Strategy};
use proptest::prop_oneof;
use proptest::strategy::BoxedStrategy;
use proptest_state_machine::ReferenceStateMachine;

/// One thing that happens.
///
/// A number picks one of the tags that there are then, counted from the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    Publish(Bump, Fault),
    /// A patch of an older version, while main stays where it is.
    Backport(usize),
    Withdraw(usize),
    /// The first tag is moved to the commit of the second.
    Move(usize, usize),
    Break(usize, Fault),
    Mend(usize),
    Nightly,
    /// A nightly of the newest version's commit.
    NightlyOfLatest,
    FlakyNight,
    Quick,
    PullRequest(Change, Fault),
    StalePullRequest(usize),
    Enroll,
    Unenroll,
}

/// Which part of the version a release raises.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bump {
    App,
    Patch,
    Minor,
    Major,
}

/// What a pull request does to the version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    Same,
    Bumped,
    Unlabelled,
}

/// What is wrong with a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    None,
    Deploy,
    Check,
    Migration,
}

/// A version, part by part, the app version last.
pub(crate) type Parts = [u64; 4];

pub(crate) fn text([major, minor, patch, app]: Parts) -> String {
    format!("{major}.{minor}.{patch}+{app}")
}

/// A version in semver's order but for the app version, below which every older
/// one of another recipe version lies.
pub(crate) fn below([major, minor, patch, _]: Parts) -> String {
    format!("<{major}.{minor}.{patch}")
}

/// The canonical that a recipe starts with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Canonical {
    None,
    Newest,
    Oldest,
}

/// A recipe, as far as the next event depends on it.
#[derive(Clone, Debug)]
pub(crate) struct Recipe {
    pub(crate) canonical: Canonical,
    /// The published versions that there are at the start.
    pub(crate) first: usize,
    /// Those that there are now, with whether they are known to have a fault.
    pub(crate) tags: Vec<(Parts, bool)>,
    pub(crate) main: Parts,
    /// The newest version of all that there ever were.
    newest: Parts,
    pub(crate) enrolled: bool,
}

impl Recipe {
    pub(crate) fn new(first: usize, canonical: Canonical, enrolled: bool) -> Self {
        let version = |number: usize| [1, 9 + number as u64, 0, 1];
        let main = version(first - 1);
        Self {
            canonical,
            first,
            tags: (0..first).map(|number| (version(number), false)).collect(),
            main,
            newest: main,
            enrolled,
        }
    }

    /// The tag that a number picks, of those that `may` be: 0 the last that was
    /// made, and so on; where there are fewer, the first. So an event means
    /// the same where others before it are left out.
    pub(crate) fn pick(
        &self,
        number: usize,
        may: impl Fn(&(Parts, bool)) -> bool,
    ) -> Option<Parts> {
        let tags: Vec<_> = self.tags.iter().rev().filter(|tag| may(tag)).collect();
        let last = tags.len().checked_sub(1)?;
        Some(tags[number.min(last)].0)
    }

    /// The version of the next release.
    pub(crate) fn next(&self, bump: Bump) -> Parts {
        let [major, minor, patch, app] = self.newest;
        match bump {
            Bump::App => [major, minor, patch, app + 1],
            Bump::Patch => [major, minor, patch + 1, app],
            Bump::Minor => [major, minor + 1, 0, app],
            Bump::Major => [major + 1, 0, 0, app],
        }
    }

    /// The version of a patch of the picked one.
    pub(crate) fn backport(&self, number: usize) -> Option<(Parts, Parts)> {
        let from = self.pick(number, |_| true)?;
        let [major, minor, patch, app] = from;
        let version = [major, minor, patch + 1, app];
        let is_new = version < self.newest && self.tags.iter().all(|(tag, _)| *tag != version);
        is_new.then_some((from, version))
    }

    /// The tag that is moved, and that to which.
    pub(crate) fn moved(&self, tag: usize, to: usize) -> Option<(Parts, Parts)> {
        let (tag, to) = (self.pick(tag, |_| true)?, self.pick(to, |_| true)?);
        (tag != to).then_some((tag, to))
    }

    fn mark(&mut self, version: Parts, is_broken: bool) {
        for (tag, broken) in &mut self.tags {
            if *tag == version {
                *broken = is_broken;
            }
        }
    }
}

/// The machine: a recipe and its events.
pub(crate) struct Nights;

impl ReferenceStateMachine for Nights {
    type State = Recipe;
    type Transition = Event;

    fn init_state() -> BoxedStrategy<Recipe> {
        let canonical = prop_oneof![
            2 => Just(Canonical::None),
            2 => Just(Canonical::Newest),
            1 => Just(Canonical::Oldest),
        ];
        let enrolled = proptest::bool::weighted(0.9);
        (1..4_usize, canonical, enrolled)
            .prop_map(|(first, canonical, enrolled)| Recipe::new(first, canonical, enrolled))
            .boxed()
    }

    fn transitions(recipe: &Recipe) -> BoxedStrategy<Event> {
        let pick = || 0..recipe.tags.len().max(1);
        let fault = || {
            prop_oneof![
                5 => Just(Fault::None),
                1 => Just(Fault::Deploy),
                1 => Just(Fault::Check),
                2 => Just(Fault::Migration),
            ]
        };
        let bump = prop_oneof![
            1 => Just(Bump::App), 1 => Just(Bump::Patch), 3 => Just(Bump::Minor), 1 => Just(Bump::Major),
        ];
        let change = prop_oneof![
            2 => Just(Change::Bumped), 2 => Just(Change::Same), 1 => Just(Change::Unlabelled),
        ];
        let broken = prop_oneof![
            Just(Fault::Deploy),
            Just(Fault::Check),
            Just(Fault::Migration)
        ];
        let enroll = if recipe.enrolled {
            Event::Unenroll
        } else {
            Event::Enroll
        };
        let mut events = vec![
            (12, Just(Event::Nightly).boxed()),
            (4, Just(Event::NightlyOfLatest).boxed()),
            (1, Just(Event::FlakyNight).boxed()),
            (1, Just(Event::Quick).boxed()),
            (if recipe.enrolled { 1 } else { 4 }, Just(enroll).boxed()),
            (
                5,
                (bump, fault())
                    .prop_map(|(bump, fault)| Event::Publish(bump, fault))
                    .boxed(),
            ),
            (
                2,
                (change, fault())
                    .prop_map(|(change, fault)| Event::PullRequest(change, fault))
                    .boxed(),
            ),
        ];
        if !recipe.tags.is_empty() {
            events.push((1, pick().prop_map(Event::Withdraw).boxed()));
            // The newest, which may be the canonical's and is main's, matters most.
            events.push((1, Just(Event::Withdraw(0)).boxed()));
            events.push((1, pick().prop_map(Event::StalePullRequest).boxed()));
            let to_break = (pick(), broken).prop_map(|(at, fault)| Event::Break(at, fault));
            events.push((1, to_break.boxed()));
        }
        if let Some(number) = (0..recipe.tags.len()).find(|at| recipe.backport(*at).is_some()) {
            events.push((1, Just(Event::Backport(number)).boxed()));
        }
        if recipe.tags.len() > 1 {
            let count = recipe.tags.len();
            let two = (0..count, 1..count);
            let moved = two.prop_map(move |(at, by)| Event::Move(at, (at + by) % count));
            events.push((1, moved.boxed()));
        }
        if recipe.tags.iter().any(|(_, broken)| *broken) {
            events.push((3, pick().prop_map(Event::Mend).boxed()));
        }
        proptest::strategy::Union::new_weighted(events).boxed()
    }

    fn preconditions(recipe: &Recipe, event: &Event) -> bool {
        match *event {
            Event::Withdraw(_) | Event::StalePullRequest(_) | Event::Break(..) => {
                !recipe.tags.is_empty()
            }
            Event::Backport(number) => recipe.backport(number).is_some(),
            Event::Move(tag, to) => recipe.moved(tag, to).is_some(),
            Event::Mend(_) => recipe.tags.iter().any(|(_, broken)| *broken),
            Event::Enroll => !recipe.enrolled,
            Event::Unenroll => recipe.enrolled,
            Event::Publish(..)
            | Event::Nightly
            | Event::NightlyOfLatest
            | Event::FlakyNight
            | Event::Quick
            | Event::PullRequest(..) => true,
        }
    }

    fn apply(mut recipe: Recipe, event: &Event) -> Recipe {
        match *event {
            Event::Publish(bump, fault) => {
                let version = recipe.next(bump);
                recipe.tags.push((version, fault != Fault::None));
                (recipe.main, recipe.newest) = (version, version);
            }
            Event::Backport(number) => {
                if let Some((_, version)) = recipe.backport(number) {
                    recipe.tags.push((version, false));
                }
            }
            Event::Withdraw(number) => {
                if let Some(gone) = recipe.pick(number, |_| true) {
                    recipe.tags.retain(|(tag, _)| *tag != gone);
                }
            }
            Event::Break(number, _) => {
                if let Some(version) = recipe.pick(number, |_| true) {
                    recipe.mark(version, true);
                }
            }
            Event::Mend(number) => {
                if let Some(version) = recipe.pick(number, |(_, broken)| *broken) {
                    recipe.mark(version, false);
                }
            }
            Event::Enroll => recipe.enrolled = true,
            Event::Unenroll => recipe.enrolled = false,
            Event::Move(..)
            | Event::Nightly
            | Event::NightlyOfLatest
            | Event::FlakyNight
            | Event::Quick
            | Event::PullRequest(..)
            | Event::StalePullRequest(_) => {}
        }
        recipe
    }
}
