//! Sequences of events as scenarios, and in words.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use proptest_state_machine::ReferenceStateMachine;

use crate::simulate::{Behaviour, Range, VersionText};
use crate::simulate::{
    Break, NightHead, PolicySetup, PullRequest, RecipeSetup, Release, ReleaseMap, Scenario, Step,
    TagMove,
};

use crate::verify::history::events::{
    Canonical, Change, Event, Fault, Nights, Parts, Recipe, below, text,
};
use crate::verify::world::{RECIPE, night, nothing, release, spanned};

/// A recipe, what happens to it, and where to note how many events were seen.
pub(crate) type Sequence = (Recipe, Vec<Event>, Option<Arc<AtomicUsize>>);

/// The versions that there are at the start, but for one, and the events.
impl crate::verify::judge::Parts for Sequence {
    fn count(&self) -> usize {
        self.0.first - 1 + self.1.len()
    }

    fn without(&self, gone: impl Fn(usize) -> bool) -> Option<Self> {
        let (recipe, events, _) = self;
        let spare = recipe.first - 1;
        let first = recipe.first - (0..spare).filter(|part| gone(*part)).count();
        let recipe = Recipe::new(first, recipe.canonical, recipe.enrolled);
        let events = (spare..).zip(events).filter(|(part, _)| !gone(*part));
        let events: Vec<Event> = events.map(|(_, event)| *event).collect();
        let mut now = recipe.clone();
        for event in &events {
            if !Nights::preconditions(&now, event) {
                return None;
            }
            now = Nights::apply(now, event);
        }
        Some((recipe, events, None))
    }
}

/// A sequence as a scenario, in which nothing is expected yet, and for each run
/// the number of its event.
pub(crate) fn scenario((recipe, events, _): &Sequence) -> (Scenario, Vec<usize>) {
    let mut now = recipe.clone();
    let mut steps = Vec::new();
    let mut runs_at = Vec::new();
    for (at, event) in events.iter().enumerate() {
        for step in steps_of(&now, event) {
            if matches!(step, Step::Nightly(_) | Step::Quick(_) | Step::Pr(_)) {
                runs_at.push(at);
            }
            steps.push(spanned(step));
        }
        now = Nights::apply(now, event);
    }
    let published = recipe.tags[..recipe.first].iter();
    let canonical = canonical(recipe);
    let published = published.map(|(parts, _)| spanned(release(&text(*parts))));
    let recipe = RecipeSetup {
        name: RECIPE.parse().expect("it is a name"),
        enrolled: recipe.enrolled,
        published: published.collect(),
        junk: Vec::new(),
    };
    let canonical = canonical.map(|parts| VersionText::new(text(parts)));
    let scenario = Scenario::of_recipe(recipe, canonical, steps);
    (scenario, runs_at)
}

fn canonical(recipe: &Recipe) -> Option<Parts> {
    let number = match recipe.canonical {
        Canonical::None => return None,
        Canonical::Newest => recipe.first - 1,
        Canonical::Oldest => 0,
    };
    Some(recipe.tags[number].0)
}

fn behaviour(fault: Fault, of: Parts) -> Behaviour {
    let range = || semver::VersionReq::parse(&below(of)).expect("`<1.2.3` is a range");
    Behaviour {
        fails_to_deploy: fault == Fault::Deploy,
        fails_its_check: fault == Fault::Check,
        upgrade_fails_from: (fault == Fault::Migration).then(|| Range(range())),
        needs_previous: false,
        loses_data: false,
    }
}

fn steps_of(recipe: &Recipe, event: &Event) -> Vec<Step> {
    let quiet_night = || night(PolicySetup::default());
    let name = |parts: Parts| VersionText::new(text(parts));
    let step = match *event {
        Event::Publish(bump, fault) => {
            let parts = recipe.next(bump);
            Some(Step::Publish(Release(ReleaseMap {
                behaviour: behaviour(fault, parts),
                ..release(&text(parts)).0
            })))
        }
        Event::Backport(number) => recipe.backport(number).map(|(from, parts)| {
            Step::Publish(Release(ReleaseMap {
                from: Some(name(from)),
                ..release(&text(parts)).0
            }))
        }),
        Event::Withdraw(number) => {
            let gone = recipe.pick(number, |_| true);
            gone.map(|gone| Step::Withdraw(name(gone)))
        }
        Event::Move(moved, to) => recipe.moved(moved, to).map(|(moved, to)| {
            Step::Move(TagMove {
                tag: name(moved),
                to: name(to),
            })
        }),
        Event::Break(number, fault) => recipe.pick(number, |_| true).map(|parts| {
            Step::Break(Break {
                version: name(parts),
                behaviour: behaviour(fault, parts),
            })
        }),
        Event::Mend(number) => {
            let mended = recipe.pick(number, |(_, broken)| *broken);
            mended.map(|parts| Step::Mend(name(parts)))
        }
        Event::Nightly => Some(Step::Nightly(quiet_night())),
        Event::NightlyOfLatest => {
            let mut night = quiet_night();
            night.head = NightHead::Latest;
            Some(Step::Nightly(night))
        }
        Event::FlakyNight => return vec![Step::Flake, Step::Nightly(quiet_night())],
        Event::Quick => Some(Step::Quick(quiet_night())),
        Event::PullRequest(change, fault) => Some(pull_request(recipe, change, fault)),
        Event::StalePullRequest(number) => recipe.pick(number, |_| true).map(|from| {
            Step::Pr(Box::new(PullRequest {
                from: Some(name(from)),
                ..plain_request()
            }))
        }),
        Event::Enroll => Some(Step::Enroll),
        Event::Unenroll => Some(Step::Unenroll),
    };
    step.into_iter().collect()
}

fn plain_request() -> PullRequest {
    PullRequest {
        from: None,
        version: None,
        unlabelled: false,
        behaviour: Behaviour::default(),
        policy: PolicySetup::default(),
        expect: nothing(),
    }
}

fn pull_request(recipe: &Recipe, change: Change, fault: Fault) -> Step {
    let next = recipe.next(crate::verify::history::events::Bump::Minor);
    let parts = match change {
        Change::Bumped => next,
        Change::Same | Change::Unlabelled => recipe.main,
    };
    Step::Pr(Box::new(PullRequest {
        version: (change == Change::Bumped).then(|| VersionText::new(text(next))),
        unlabelled: change == Change::Unlabelled,
        behaviour: behaviour(fault, parts),
        ..plain_request()
    }))
}

/// What happens, in a few words.
pub(crate) fn story(sequence: &Sequence) -> String {
    let (recipe, events, _) = sequence;
    let published = recipe.tags[..recipe.first].iter();
    let published: Vec<_> = published.map(|(parts, _)| text(*parts)).collect();
    let canonical = canonical(recipe).map_or_else(|| "none".to_owned(), text);
    let enrolled = if recipe.enrolled {
        ""
    } else {
        "not enrolled; "
    };
    let mut now = recipe.clone();
    let mut told = Vec::new();
    for event in events {
        let steps = steps_of(&now, event);
        told.extend(steps.iter().map(step_in_words));
        now = Nights::apply(now, event);
    }
    format!(
        "{enrolled}published {}; canonical {canonical}; then {}",
        published.join(" and "),
        told.join(", ")
    )
}

fn step_in_words(step: &Step) -> String {
    match step {
        Step::Publish(Release(release)) => {
            let from = release.from.as_ref();
            let from = from.map_or_else(String::new, |from| format!(" from {}", from.as_str()));
            let fault = fault_in_words(&release.behaviour);
            format!("{} is published{from}{fault}", release.version.as_str())
        }
        Step::Withdraw(tag) => format!("{} is withdrawn", tag.as_str()),
        Step::Move(TagMove { tag, to }) => {
            format!("{} is moved to {}", tag.as_str(), to.as_str())
        }
        Step::Break(Break { version, behaviour }) => {
            format!(
                "{} is broken{}",
                version.as_str(),
                fault_in_words(behaviour)
            )
        }
        Step::Mend(tag) => format!("{} is mended", tag.as_str()),
        Step::Nightly(night) if night.head == NightHead::Latest => {
            "a night of the latest version".to_owned()
        }
        Step::Nightly(_) => "a night".to_owned(),
        Step::Quick(_) => "a quick run".to_owned(),
        Step::Pr(request) => {
            let from = request.from.as_ref();
            let from = from.map_or_else(String::new, |from| format!(" from {}", from.as_str()));
            let to = request.version.as_ref();
            let to = to.map_or_else(String::new, |to| format!(" to {}", to.as_str()));
            let label = if request.unlabelled {
                " without a label"
            } else {
                ""
            };
            format!(
                "a pull request{from}{to}{label}{}",
                fault_in_words(&request.behaviour)
            )
        }
        Step::Flake
        | Step::FlakySeed
        | Step::Enroll
        | Step::Unenroll
        | Step::DropCanonical
        | Step::SetCanonical(_) => step.name().to_owned(),
    }
}

fn fault_in_words(behaviour: &Behaviour) -> &'static str {
    if behaviour.fails_to_deploy {
        " (it does not deploy)"
    } else if behaviour.fails_its_check {
        " (it does not work)"
    } else if behaviour.upgrade_fails_from.is_some() {
        " (its migration does not work)"
    } else if behaviour.loses_data {
        " (it loses data)"
    } else {
        ""
    }
}
