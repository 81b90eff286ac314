//! Worlds and nights as scenario files, which `samever replay` runs.

use serde_saphyr::{Location, Spanned};

use crate::cancel::NEVER;
use crate::simulate::Behaviour;
use crate::simulate::{
    Expectation, ModelBackend, Night, NightHead, PolicySetup, PullRequest, RecipeSetup, Release,
    ReleaseMap, Scenario, Step, VersionText, expectation_of, play,
};
use samever_core::{Fallback, Version};

use crate::verify::world::case::{Main, TestVersion};
use crate::verify::world::plan::ORACLE;
use crate::verify::world::{DECLARED, World};

/// The name of the recipe in every scenario.
pub(crate) const RECIPE: &str = "counterexample";

/// The tag of a release that only brings main to where a world has it; it is
/// withdrawn before the run.
const MAIN_ONLY: &str = "0.0.0-main";

/// What the tree of a tag says that cannot be pinned.
const MISLABEL: &str = "0.0.0-mislabelled";

/// A world as a scenario with one run, in which nothing is expected yet.
pub(crate) fn world_scenario(world: &World) -> Result<Scenario, &'static str> {
    let is_decided =
        world.declared || world.override_version.is_some() || world.canonical.is_some();
    let main = match world.main {
        Main::Unknown if is_decided => Main::IsHead,
        Main::Unknown => {
            return Err("a scenario's recipe has a main branch, and here it is not known");
        }
        known => known,
    };
    let is_version = |name: &&String| Version::parse_tag(name).is_ok();
    let versions = world.history.tags().iter().filter(is_version);
    let mut published: Vec<Release> = versions.map(|name| release_of(world, name)).collect();
    let mut steps = Vec::new();
    if main == Main::IsHead || published.is_empty() {
        published.push(Release(ReleaseMap {
            label: world.head.as_ref().map(|head| head.version.to_string()),
            unlabelled: world.head.is_none(),
            ..release(MAIN_ONLY).0
        }));
        steps.push(Step::Withdraw(VersionText::new(MAIN_ONLY)));
    }
    steps.push(match main {
        Main::IsHead | Main::Unknown => Step::Nightly(night(policy(world))),
        Main::Elsewhere => Step::Pr(Box::new(PullRequest {
            from: None,
            version: world.head.as_ref().map(spelled),
            unlabelled: world.head.is_none(),
            behaviour: Behaviour::default(),
            policy: policy(world),
            expect: nothing(),
        })),
    });
    let junk = world.history.tags().iter().filter(|name| !is_version(name));
    let recipe = RecipeSetup {
        name: RECIPE.parse().expect("it is a name"),
        enrolled: true,
        published: published.into_iter().map(spanned).collect(),
        junk: junk.cloned().map(spanned).collect(),
    };
    let canonical = world.canonical.as_ref().map(spelled);
    let steps = steps.into_iter().map(spanned).collect();
    Ok(Scenario::of_recipe(recipe, canonical, steps))
}

/// A release of a world; the tree of one that is excluded says another version.
fn release_of(world: &World, name: &str) -> Release {
    let Release(release) = release(name);
    let version = Version::parse_tag(name).expect("worlds name published versions by their tags");
    Release(ReleaseMap {
        label: world
            .history
            .excludes(&version)
            .then(|| MISLABEL.to_owned()),
        ..release
    })
}

fn policy(world: &World) -> PolicySetup {
    PolicySetup {
        override_version: world.override_version.as_ref().map(spelled),
        not_applicable: world.declared.then(|| DECLARED.to_owned()),
        exclude: Vec::new(),
        from: None,
        stops: Vec::new(),
        refused: false,
        fallback: world.release_first.then_some(Fallback::ReleaseFirst),
        no_prereleases: !world.prereleases,
        ignore_canonical: false,
    }
}

fn spelled(version: &TestVersion) -> VersionText {
    VersionText::new(version.version.to_string())
}

/// Plays a scenario on the model, with the oracle, and expects of each run what
/// came out.
pub(crate) fn expect_what_the_oracle_says(scenario: &mut Scenario) {
    let played = play(scenario, ModelBackend::new(scenario, ORACLE), &NEVER);
    let reports = match played {
        Ok(reports) => reports,
        Err(impossible) => match impossible {},
    };
    for (step, report) in scenario.steps.iter_mut().zip(reports) {
        let Some(observed) = report.observed else {
            continue;
        };
        let expectation = match observed {
            Ok(observed) => expectation_of(&observed, report.canonical.as_ref()),
            Err(message) => Expectation {
                outcome: Err(message),
                canonical: report
                    .canonical
                    .as_ref()
                    .map(|version| VersionText::new(version.to_string())),
            },
        };
        match &mut step.value {
            Step::Nightly(night) | Step::Quick(night) => night.expect = expectation,
            Step::Pr(request) => request.expect = expectation,
            _ => {}
        }
    }
}

/// A night without an expectation yet.
pub(crate) fn night(policy: PolicySetup) -> Night {
    Night {
        times: 1,
        head: NightHead::Main,
        policy,
        expect: nothing(),
    }
}

/// Stands in until what must come out is known.
pub(crate) fn nothing() -> Expectation {
    Expectation {
        outcome: Err(String::new()),
        canonical: None,
    }
}

/// A release with nothing special about it.
pub(crate) fn release(name: &str) -> Release {
    Release::plain(VersionText::new(name))
}

pub(crate) fn spanned<T>(value: T) -> Spanned<T> {
    Spanned::new(value, Location::UNKNOWN, Location::UNKNOWN)
}
