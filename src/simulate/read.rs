//! Reads scenario files, and says where one makes no sense.
//!
//! A file is checked whole before anything is built from it: its shape, and
//! then its steps one after the other, so that none starts from a state that
//! cannot be.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path};

use serde_saphyr::Spanned;

use crate::disk::read_bounded;
use crate::recipe::FILE_BYTES_MAX;
use crate::written::{TextFault, read_yaml, utf8};

use crate::deploy::PREVIOUS_MARK;
use crate::simulate::behaviour::{Behaviour, SIMULATION_FILE};
use crate::simulate::expectation::Expectation;
use crate::simulate::interpreter::CHANGES_FILE;
use crate::simulate::scenario::{Break, Release, ReleaseMap, Scenario, Step};
use crate::simulate::texts::Tag;

/// The most versions, steps and runs of one scenario: what is meant to be a
/// small history stays one.
const VERSIONS_MAX: usize = 10_000;
const STEPS_MAX: usize = 1_000;
const RUNS_MAX: u64 = 10_000;
const NIGHTS_MAX: u32 = 1_000;

/// The longest name of a tag or a file and the longest path, in bytes: what
/// every file system takes.
const NAME_BYTES_MAX: usize = 200;
const PATH_BYTES_MAX: usize = 500;

/// A scenario with what a reader of its results needs to know.
#[derive(Clone, Debug)]
pub struct ScenarioFile {
    /// Its name: that of the file, less its ending.
    pub name: String,
    /// Where it was read from.
    pub path: String,
    /// Its purpose: the comment on the first line.
    pub purpose: String,
    /// What it says.
    pub scenario: Scenario,
}

/// A scenario file makes no sense.
///
/// It displays as `file:line:column: what`, and the line with a mark below it.
/// It quotes the file as it is: print it through [`Escaped`](samever_core::Escaped),
/// line by line.
#[derive(Debug, thiserror::Error)]
#[error("{path}{place}: {what}{snippet}")]
pub struct ScenarioError {
    path: String,
    place: String,
    what: String,
    snippet: String,
}

impl ScenarioError {
    fn of_file(path: &str, what: &impl ToString) -> Self {
        let (path, what) = (path.to_owned(), what.to_string());
        Self {
            path,
            what,
            place: String::new(),
            snippet: String::new(),
        }
    }

    fn at(path: &str, text: &str, (line, column): Place, what: &impl ToString) -> Self {
        Self {
            path: path.to_owned(),
            place: format!(":{line}:{column}"),
            what: what.to_string(),
            snippet: snippet(text, line, column),
        }
    }
}

/// The line, cut to what a terminal shows, with a mark below the column.
fn snippet(text: &str, line: u64, column: u64) -> String {
    let (line_index, column) = (to_usize(line), to_usize(column));
    let Some(content) = text.lines().nth(line_index.saturating_sub(1)) else {
        return String::new();
    };
    let shown: String = content.chars().take(100).collect();
    let number = line.to_string();
    let margin = " ".repeat(number.len());
    let mark = " ".repeat(column.saturating_sub(1).min(shown.chars().count()));
    format!("\n{margin} |\n{number} | {shown}\n{margin} | {mark}^")
}

fn to_usize(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// Reads a scenario from a file of at most 1 MiB.
///
/// # Errors
///
/// The file cannot be read or makes no sense.
pub fn read_scenario_file(path: &Path) -> Result<ScenarioFile, ScenarioError> {
    let shown = path.display().to_string();
    let bytes =
        read_bounded(path, FILE_BYTES_MAX).map_err(|why| ScenarioError::of_file(&shown, &why))?;
    let stem = path.file_stem().and_then(|stem| stem.to_str());
    let name = stem
        .filter(|stem| {
            Path::new(stem)
                .components()
                .eq([Component::Normal(stem.as_ref())])
        })
        .ok_or_else(|| ScenarioError::of_file(&shown, &"the name of the file is no plain text"))?;
    parse_scenario(name, &shown, &bytes)
}

/// Reads a scenario from the content of a file.
///
/// # Errors
///
/// The content makes no sense.
pub fn parse_scenario(name: &str, path: &str, bytes: &[u8]) -> Result<ScenarioFile, ScenarioError> {
    let of_file = |what: &str| ScenarioError::of_file(path, &what);
    if bytes.len() as u64 > FILE_BYTES_MAX {
        return Err(of_file(
            "the file is larger than 1 MiB, so it is no scenario",
        ));
    }
    let text = utf8(bytes).map_err(|at| of_file(&format!("not UTF-8 at byte {at}")))?;
    let first = text.lines().next().unwrap_or_default();
    let purpose = first.strip_prefix('#').map(str::trim).unwrap_or_default();
    if purpose.is_empty() {
        return Err(of_file(
            "the first line must be a comment that says what the scenario is for",
        ));
    }
    let error = |(place, what): Wrong| match place {
        Some(place) => ScenarioError::at(path, text, place, &what),
        None => ScenarioError::of_file(path, &what),
    };
    let scenario: Scenario =
        read_yaml(text).map_err(|TextFault { what, place }| error((place, what)))?;
    check(&scenario).map_err(error)?;
    Ok(ScenarioFile {
        name: name.to_owned(),
        path: path.to_owned(),
        purpose: purpose.to_owned(),
        scenario,
    })
}

/// A line and a column, from 1.
type Place = (u64, u64);

/// Where a scenario makes no sense, if it is one place, and what.
type Wrong = (Option<Place>, String);

fn check(scenario: &Scenario) -> Result<(), Wrong> {
    let whole = |what: &str| Err((None, what.to_owned()));
    let mut state = State::default();
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

fn at<T>(spanned: &Spanned<T>) -> impl FnOnce(String) -> Wrong {
    let location = spanned.referenced;
    move |what| (Some((location.line(), location.column())), what)
}

/// What is known of the recipe before a step.
#[derive(Default)]
struct State {
    tags: BTreeMap<String, Tag>,
    junk: BTreeSet<String>,
    canonical: bool,
    /// The versions that do not behave well.
    broken: BTreeSet<String>,
    unenrolled: bool,
    flaky: bool,
    runs: u64,
}

impl State {
    fn take(&mut self, step: &Step) -> Result<(), String> {
        match step {
            Step::Nightly(night) | Step::Quick(night) => {
                if night.times == 0 || night.times > NIGHTS_MAX {
                    return Err(format!("`times` is 1 to {NIGHTS_MAX}, not {}", night.times));
                }
                self.run(night.times, &night.expect)?;
            }
            Step::Pr(request) => {
                if request.unlabelled && request.version.is_some() {
                    return Err("`unlabelled` and `version` exclude each other".to_owned());
                }
                if let Some(from) = &request.from {
                    self.require(from)?;
                }
                self.run(1, &request.expect)?;
            }
            Step::Publish(release) => self.publish(release)?,
            Step::Withdraw(tag) => {
                self.require(tag)?;
                self.tags.remove(&tag.name());
            }
            Step::Move(tag_move) => {
                self.require(&tag_move.tag)?;
                self.require(&tag_move.to)?;
                if tag_move.tag == tag_move.to {
                    return Err("a tag that is moved to itself stays where it is".to_owned());
                }
            }
            Step::SetCanonical(_) => self.canonical = true,
            Step::DropCanonical => {
                if !std::mem::take(&mut self.canonical) {
                    return Err("there has been no canonical, so none can be dropped".to_owned());
                }
            }
            Step::Break(Break { version, behaviour }) => {
                if *behaviour == Behaviour::default() {
                    return Err("a version that breaks needs a behaviour".to_owned());
                }
                self.require(version)?;
                self.broken.insert(version.name());
            }
            Step::Mend(tag) => {
                self.require(tag)?;
                if !self.broken.remove(&tag.name()) {
                    return Err(format!("{} behaves well already", tag.name()));
                }
            }
            Step::Flake => {
                if std::mem::replace(&mut self.flaky, true) {
                    return Err("the flake before this one has not happened yet".to_owned());
                }
            }
            Step::Enroll => self.enroll(true)?,
            Step::Unenroll => self.enroll(false)?,
        }
        Ok(())
    }

    fn add_junk(&mut self, junk: &str) -> Result<(), String> {
        let wrong = if Tag::try_from(junk.to_owned()).is_ok() {
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
        Err(format!("the junk tag {junk} {wrong}"))
    }

    fn enroll(&mut self, enrolled: bool) -> Result<(), String> {
        if enrolled != self.unenrolled {
            let what = if enrolled { "enrolled" } else { "not enrolled" };
            return Err(format!("the recipe is {what}"));
        }
        self.unenrolled = !enrolled;
        Ok(())
    }

    /// What is expected of a run is what is known after it.
    fn run(&mut self, times: u32, expect: &Expectation) -> Result<(), String> {
        self.runs += u64::from(times);
        self.flaky = false;
        self.canonical = expect.canonical.is_some();
        if self.runs > RUNS_MAX {
            return Err(format!("the scenario has more than {RUNS_MAX} runs"));
        }
        Ok(())
    }

    fn publish(&mut self, Release(release): &Release) -> Result<(), String> {
        let ReleaseMap {
            label, unlabelled, ..
        } = release;
        if *unlabelled && label.is_some() {
            return Err("`unlabelled` and `label` exclude each other".to_owned());
        }
        if release.patches == 0 || to_usize(release.patches.into()) > VERSIONS_MAX {
            return Err(format!(
                "`patches` is 1 to {VERSIONS_MAX}, not {}",
                release.patches
            ));
        }
        if release.patches > 1 && label.is_some() {
            return Err("many patches cannot have one label".to_owned());
        }
        if let Some(from) = &release.from {
            self.require(from)?;
        }
        for path in release.files.keys().chain(release.links.keys()) {
            require_inside(path)?;
        }
        for (path, target) in &release.links {
            if target.is_empty() || target.contains('\0') || target.len() > PATH_BYTES_MAX {
                return Err(format!(
                    "the link {path} has a target that no link can have"
                ));
            }
        }
        require_a_tree(release)?;
        for tag in release.tags()? {
            if tag.name().len() > NAME_BYTES_MAX {
                return Err(format!("a tag is longer than {NAME_BYTES_MAX} bytes"));
            }
            if self.junk.iter().any(|junk| is_below(junk, &tag.name())) {
                return Err(format!("a junk tag is in the folder {}", tag.name()));
            }
            if release.behaviour != Behaviour::default() {
                self.broken.insert(tag.name());
            }
            if self.tags.insert(tag.name(), tag.clone()).is_some() {
                return Err(format!("{} is published already", tag.name()));
            }
        }
        if self.tags.len() > VERSIONS_MAX {
            return Err(format!("there are more than {VERSIONS_MAX} versions"));
        }
        Ok(())
    }

    /// Whether a reference of this name needs a folder where there is a tag, or
    /// the other way round.
    fn is_a_folder(&self, name: &str) -> bool {
        let mut names = self.tags.keys().chain(&self.junk);
        names.any(|other| is_below(name, other) || is_below(other, name))
    }

    fn require(&self, tag: &Tag) -> Result<(), String> {
        let name = tag.name();
        if self.tags.contains_key(&name) {
            Ok(())
        } else {
            Err(format!("{name} is not published at this point"))
        }
    }
}

/// Whether a path is in a folder of that name.
fn is_below(path: &str, folder: &str) -> bool {
    let rest = path.strip_prefix(folder);
    rest.is_some_and(|rest| rest.starts_with('/'))
}

/// No path of a tree is two things.
fn require_a_tree(release: &ReleaseMap) -> Result<(), String> {
    let paths: Vec<&str> = release
        .files
        .keys()
        .chain(release.links.keys())
        .map(String::as_str)
        .collect();
    let mut seen = BTreeSet::new();
    for path in &paths {
        let folders = path.match_indices('/').map(|(at, _)| &path[..at]);
        if !seen.insert(*path) {
            return Err(format!("{path} is both a file and a link"));
        }
        for folder in folders {
            if paths.contains(&folder) {
                return Err(format!("{folder} is both a folder and something else"));
            }
        }
    }
    Ok(())
}

/// The files of a tree stay in it, and are none that the simulator writes.
fn require_inside(path: &str) -> Result<(), String> {
    let first = path.split('/').next().unwrap_or_default();
    if path.len() > PATH_BYTES_MAX {
        return Err(format!("a path is longer than {PATH_BYTES_MAX} bytes"));
    }
    if ["compose.yml", SIMULATION_FILE, PREVIOUS_MARK, CHANGES_FILE].contains(&first) {
        return Err(format!("{first} is written by the simulator itself"));
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
