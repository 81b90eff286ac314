//! Checks what a scenario says, one step after the other, so that none starts from a state that
//! cannot be.

use std::collections::BTreeSet;

use serde_saphyr::Spanned;

use crate::deploy::PREVIOUS_MARK;
use crate::run::Route;
use crate::scheme::Scheme;
use crate::simulate::behaviour::{Behaviour, SIMULATION_FILE};
use crate::simulate::expectation::Expectation;
use crate::simulate::interpreter::CHANGES_FILE;
use crate::simulate::policy::PolicySetup;
use crate::simulate::scenario::{Break, Release, ReleaseMap, Scenario, Step};
use crate::simulate::texts::VersionText;
use crate::simulate::version_file::version_path;
use samever_core::Order;

/// The most versions, steps and runs of one scenario: what is meant to be a
/// small history stays one.
const VERSIONS_MAX: u32 = 10_000;
const STEPS_MAX: usize = 1_000;
const RUNS_MAX: u64 = 10_000;
const NIGHTS_MAX: u32 = 1_000;

/// The longest name of a tag or a file and the longest path, in bytes: what
/// every file system takes.
const NAME_BYTES_MAX: usize = 200;
const PATH_BYTES_MAX: usize = 500;

/// A line and a column, from 1.
pub(super) type Place = (u64, u64);

/// Where a scenario makes no sense, if it is one place, and what.
pub(super) type Wrong = (Option<Place>, String);

/// What makes no sense, and where, if that is known better than the entry.
pub(super) struct Fault {
    place: Option<Place>,
    what: String,
}

impl From<String> for Fault {
    fn from(what: String) -> Self {
        Self { place: None, what }
    }
}

/// Checks a scenario whose shape is right.
///
/// # Errors
///
/// Where it makes no sense.
pub(super) fn check(scenario: &Scenario) -> Result<(), Wrong> {
    let whole = |what: &str| Err((None, what.to_owned()));
    let mut state = State::under(&scenario.under);
    if scenario.recipe.published.is_empty() {
        return whole("the recipe has no published version");
    }
    for release in &scenario.recipe.published {
        state.publish(&release.value).map_err(at(release))?;
    }
    for junk in &scenario.recipe.junk {
        state.add_junk(&junk.value).map_err(at(junk))?;
    }
    if scenario.steps.is_empty() {
        return whole("the scenario has no steps");
    }
    if scenario.steps.len() > STEPS_MAX {
        let steps = scenario.steps.len();
        return whole(&format!(
            "the scenario has {steps} steps, more than {STEPS_MAX}"
        ));
    }
    let previous = scenario.previous.as_ref().map(|previous| &previous.version);
    for version in scenario.canonical.iter().chain(previous) {
        let checked = state.version(version);
        checked.map_err(|fault| (fault.place, fault.what))?;
    }
    state.canonical = scenario.canonical.is_some();
    state.unenrolled = !scenario.recipe.enrolled;
    for step in &scenario.steps {
        state.take(&step.value).map_err(at(step))?;
    }
    if state.runs == 0 {
        return whole("the scenario has no run, so it compares nothing");
    }
    if state.flaky {
        return whole("no run follows the last flake");
    }
    Ok(())
}

/// Names the place of what makes no sense: the entry, where nothing better is known.
pub(super) fn at<T>(spanned: &Spanned<T>) -> impl FnOnce(Fault) -> Wrong {
    let location = spanned.referenced;
    move |Fault { place, what }| {
        let entry = (location.line(), location.column());
        (Some(place.unwrap_or(entry)), what)
    }
}

/// What is known of the recipe before a step.
struct State<'a> {
    scheme: &'a Scheme,
    tags: BTreeSet<String>,
    junk: BTreeSet<String>,
    canonical: bool,
    /// The versions that do not behave well.
    broken: BTreeSet<String>,
    unenrolled: bool,
    flaky: bool,
    runs: u64,
}

impl<'a> State<'a> {
    fn under(scheme: &'a Scheme) -> Self {
        Self {
            scheme,
            tags: BTreeSet::new(),
            junk: BTreeSet::new(),
            canonical: false,
            broken: BTreeSet::new(),
            unenrolled: false,
            flaky: false,
            runs: 0,
        }
    }

    fn take(&mut self, step: &Step) -> Result<(), Fault> {
        match step {
            Step::Nightly(night) | Step::Quick(night) => {
                if night.times == 0 || night.times > NIGHTS_MAX {
                    let what = format!("`times` is 1 to {NIGHTS_MAX}, not {}", night.times);
                    return Err(what.into());
                }
                self.run(night.times, &night.policy, &night.expect)?;
            }
            Step::Pr(request) => {
                if request.unlabelled && request.version.is_some() {
                    return wrong("`unlabelled` and `version` exclude each other");
                }
                if let Some(from) = &request.from {
                    self.require(from)?;
                }
                if let Some(version) = &request.version {
                    self.version(version)?;
                }
                self.behaves(&request.behaviour)?;
                self.run(1, &request.policy, &request.expect)?;
            }
            Step::Publish(release) => self.publish(release)?,
            Step::Withdraw(tag) => {
                self.require(tag)?;
                self.tags.remove(tag.as_str());
            }
            Step::Move(tag_move) => {
                self.require(&tag_move.tag)?;
                self.require(&tag_move.to)?;
                if tag_move.tag == tag_move.to {
                    return wrong("a tag that is moved to itself stays where it is");
                }
            }
            Step::SetCanonical(version) => {
                self.version(version)?;
                self.canonical = true;
            }
            Step::DropCanonical => {
                if !std::mem::take(&mut self.canonical) {
                    return wrong("there has been no canonical, so none can be dropped");
                }
            }
            Step::Break(Break { version, behaviour }) => {
                if *behaviour == Behaviour::default() {
                    return wrong("a version that breaks needs a behaviour");
                }
                self.require(version)?;
                self.behaves(behaviour)?;
                self.broken.insert(version.as_str().to_owned());
            }
            Step::Mend(tag) => {
                self.require(tag)?;
                if !self.broken.remove(tag.as_str()) {
                    return Err(format!("{} behaves well already", tag.as_str()).into());
                }
            }
            Step::Flake | Step::FlakySeed => {
                if std::mem::replace(&mut self.flaky, true) {
                    return wrong("the flake before this one has not happened yet");
                }
            }
            Step::Enroll => self.enroll(true)?,
            Step::Unenroll => self.enroll(false)?,
        }
        Ok(())
    }

    /// A version of the scheme, or its tag.
    fn version(&self, text: &VersionText) -> Result<(), Fault> {
        let place = text.place();
        let version = text.parse(self.scheme);
        version.map(drop).map_err(|what| Fault { place, what })
    }

    /// A behaviour that can be.
    fn behaves(&self, behaviour: &Behaviour) -> Result<(), Fault> {
        let order = self.scheme.order();
        if behaviour.upgrade_fails_from.is_some()
            && !matches!(order, Order::CoopCloud | Order::Semver)
        {
            return Err(format!(
                "`upgrade-fails-from` is a range as semver has it, and the order {} has none",
                order.name()
            )
            .into());
        }
        Ok(())
    }

    fn add_junk(&mut self, junk: &str) -> Result<(), Fault> {
        let wrong = if !self.scheme.published([junk]).is_empty() {
            "is a version, so it belongs to `published`"
        } else if !git2::Tag::is_valid_name(junk) {
            "is no name that git allows for a tag"
        } else if junk.len() > NAME_BYTES_MAX {
            "is longer than 200 bytes"
        } else if self.junk.contains(junk) {
            "is there twice"
        } else if self.is_a_folder(junk) {
            "is a folder of another tag, or in one that is a tag"
        } else {
            self.junk.insert(junk.to_owned());
            return Ok(());
        };
        Err(format!("the junk tag {junk} {wrong}").into())
    }

    fn enroll(&mut self, enrolled: bool) -> Result<(), Fault> {
        if enrolled != self.unenrolled {
            let what = if enrolled { "enrolled" } else { "not enrolled" };
            return Err(format!("the recipe is {what}").into());
        }
        self.unenrolled = !enrolled;
        Ok(())
    }

    /// What is expected of a run is what is known after it.
    fn run(&mut self, times: u32, policy: &PolicySetup, expect: &Expectation) -> Result<(), Fault> {
        let base = expect.outcome.as_ref().ok();
        let base = base.and_then(|expected| expected.base.as_ref());
        let named = [
            base,
            expect.canonical.as_ref(),
            policy.override_version.as_ref(),
        ];
        for version in named.into_iter().flatten() {
            self.version(version)?;
        }
        for exclude in &policy.exclude {
            let excluded = exclude.read(self.scheme);
            excluded.map_err(|why| format!("`exclude` cannot be used: {why}"))?;
        }
        let from = policy.read_from()?;
        let route = policy.read_route()?;
        if from.is_some() && policy.override_version.is_some() {
            return wrong("`from` and `override` exclude each other");
        }
        let idle = [
            ("exclude", !policy.exclude.is_empty()),
            ("from", from.is_some()),
            ("stops", matches!(route, Route::Stops(_))),
            ("refused", route == Route::Refused),
        ];
        if let (true, Some((key, _))) = (
            policy.not_applicable.is_some(),
            idle.iter().find(|(_, is_there)| *is_there),
        ) {
            return Err(format!("`{key}` does nothing beside `not-applicable`").into());
        }
        self.runs += u64::from(times);
        self.flaky = false;
        self.canonical = expect.canonical.is_some();
        if self.runs > RUNS_MAX {
            return Err(format!("the scenario has more than {RUNS_MAX} runs").into());
        }
        Ok(())
    }

    fn publish(&mut self, Release(release): &Release) -> Result<(), Fault> {
        let ReleaseMap {
            label, unlabelled, ..
        } = release;
        if *unlabelled && label.is_some() {
            return wrong("`unlabelled` and `label` exclude each other");
        }
        if (*unlabelled || label.is_some()) && !self.scheme.is_stated() {
            return Err(format!(
                "under the scheme {} no tree states a version, so none has a `label` or is \
                 `unlabelled`",
                self.scheme.name()
            )
            .into());
        }
        if release.patches == 0 || release.patches > VERSIONS_MAX {
            let patches = release.patches;
            return Err(format!("`patches` is 1 to {VERSIONS_MAX}, not {patches}").into());
        }
        if release.patches > 1 && label.is_some() {
            return wrong("many patches cannot have one label");
        }
        let place = release.version.place();
        let version = release.version.parse_tag(self.scheme);
        version.map_err(|what| Fault { place, what })?;
        self.behaves(&release.behaviour)?;
        if let Some(from) = &release.from {
            self.require(from)?;
        }
        for path in release.files.keys().chain(release.links.keys()) {
            require_inside(path, self.scheme)?;
        }
        for (path, target) in &release.links {
            if target.is_empty() || target.contains('\0') || target.len() > PATH_BYTES_MAX {
                return Err(format!("the link {path} has a target that no link can have").into());
            }
        }
        require_a_tree(release, self.scheme)?;
        for tag in release.tags(self.scheme)? {
            if tag.len() > NAME_BYTES_MAX {
                return Err(format!("a tag is longer than {NAME_BYTES_MAX} bytes").into());
            }
            if !git2::Tag::is_valid_name(&tag) {
                return Err(format!("{tag} is no name that git allows for a tag").into());
            }
            if self.tags.contains(&tag) {
                return Err(format!("{tag} is published already").into());
            }
            if self.is_a_folder(&tag) {
                return Err(
                    format!("{tag} is a folder of another tag, or in one that is a tag").into(),
                );
            }
            if release.behaviour != Behaviour::default() {
                self.broken.insert(tag.clone());
            }
            self.tags.insert(tag);
        }
        if self.tags.len() > VERSIONS_MAX as usize {
            return Err(format!("there are more than {VERSIONS_MAX} versions").into());
        }
        Ok(())
    }

    /// Whether a reference of this name needs a folder where there is a tag, or
    /// the other way round.
    fn is_a_folder(&self, name: &str) -> bool {
        let below = format!("{name}/");
        let has_below = |names: &BTreeSet<String>| {
            let next = names.range(below.clone()..).next();
            next.is_some_and(|next| next.starts_with(&below))
        };
        let is_name = |folder: &str| self.tags.contains(folder) || self.junk.contains(folder);
        has_below(&self.tags) || has_below(&self.junk) || folders(name).any(is_name)
    }

    fn require(&self, tag: &VersionText) -> Result<(), Fault> {
        let name = tag.as_str();
        if self.tags.contains(name) {
            Ok(())
        } else {
            Err(format!("{name} is not published at this point").into())
        }
    }
}

fn wrong<T>(what: &str) -> Result<T, Fault> {
    Err(what.to_owned().into())
}

/// The folders of a path, the outermost first.
fn folders(path: &str) -> impl Iterator<Item = &str> {
    path.match_indices('/').map(|(at, _)| &path[..at])
}

/// No path of a tree is two things.
fn require_a_tree(release: &ReleaseMap, scheme: &Scheme) -> Result<(), String> {
    let named = release.files.keys().chain(release.links.keys());
    let mut paths = BTreeSet::from([version_path(scheme)]);
    for path in named {
        if !paths.insert(path) {
            return Err(format!("{path} is both a file and a link"));
        }
    }
    for path in &paths {
        if let Some(folder) = folders(path).find(|folder| paths.contains(folder)) {
            return Err(format!("{folder} is both a folder and something else"));
        }
    }
    Ok(())
}

/// The files of a tree stay in it, and are none that the simulator writes.
fn require_inside(path: &str, scheme: &Scheme) -> Result<(), String> {
    let first = path.split('/').next().unwrap_or_default();
    let version = version_path(scheme);
    if path.len() > PATH_BYTES_MAX {
        return Err(format!("a path is longer than {PATH_BYTES_MAX} bytes"));
    }
    if ["compose.yml", SIMULATION_FILE, PREVIOUS_MARK, CHANGES_FILE].contains(&first) {
        return Err(format!("{first} is written by the simulator itself"));
    }
    if path == version {
        return Err(format!("{version} is written by the simulator itself"));
    }
    let odd = |part: &str| {
        matches!(part, "" | "." | "..")
            || part.eq_ignore_ascii_case(".git")
            || part.contains(['\\', ':', '\0'])
            || part.len() > NAME_BYTES_MAX
    };
    if path.split('/').any(odd) {
        return Err(format!(
            "{path} is no path of a file in the recipe's tree: it must be relative, without `..` \
             and `.git`"
        ));
    }
    Ok(())
}
