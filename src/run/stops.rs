//! The way from the base to the head: straight, with required stops, or one that must be refused.

use std::fmt::{self, Display, Formatter};
use std::str::FromStr;

use samever_core::{Inputs, PublishedVersion, Version};
use serde::Serialize;

use crate::recipe::{Recipe, why_unpinnable};
use crate::run::plan::PlannedBase;

/// The way from the base to the head.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub enum Route {
    /// The head is deployed over the base.
    #[default]
    Straight,
    /// Each stop that lies between the two is deployed on the way, in order.
    Stops(AskedStops),
    /// The head must refuse the data of the base, which must then still work.
    Refused,
}

/// Which stops are asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AskedStops(Vec<StopName>);

/// The name of a stop, or of several.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) enum StopName {
    /// The newest version of each major series before the head's.
    EachMajor,
    /// The newest version of each minor series before the head's.
    EachMinor,
    /// This version or tag.
    Version(String),
}

/// The names that are words.
const WORDS: [(&str, StopName); 2] = [
    ("each-major", StopName::EachMajor),
    ("each-minor", StopName::EachMinor),
];

impl FromStr for StopName {
    type Err = String;

    /// Reads a word, or else a version; whether that is one, the scheme tells.
    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if let Some((_, name)) = WORDS.iter().find(|(word, _)| *word == text) {
            return Ok(name.clone());
        }
        if text.contains(|letter: char| letter.is_ascii_digit()) {
            return Ok(Self::Version(text.to_owned()));
        }
        Err(format!(
            "`{text}` is no stop: each-major, each-minor, or a published version"
        ))
    }
}

impl Display for StopName {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::EachMajor => "each-major",
            Self::EachMinor => "each-minor",
            Self::Version(text) => text,
        })
    }
}

impl AskedStops {
    /// Takes the names of stops.
    ///
    /// # Errors
    ///
    /// There is none, or one is named twice; the text is a clause.
    pub(crate) fn new(names: Vec<StopName>) -> Result<Self, String> {
        if names.is_empty() {
            return Err("no stop is named; name one, such as each-major".to_owned());
        }
        let mut seen = names.iter().enumerate();
        match seen.find(|(at, name)| names[..*at].contains(name)) {
            Some((_, twice)) => Err(format!(
                "the stop {twice} is named twice; name each stop once"
            )),
            None => Ok(Self(names)),
        }
    }

    /// The names.
    pub(crate) fn names(&self) -> &[StopName] {
        &self.0
    }
}

/// Finds the stops strictly between a base and the head, the oldest first: each is published and
/// can be pinned, so that every leg goes forward.
///
/// # Errors
///
/// A stop that is given cannot be one, or the way is not known; the text is a sentence.
pub(crate) fn find_stops(
    recipe: &Recipe,
    inputs: &Inputs<'_>,
    base: &PlannedBase,
    asked: &AskedStops,
) -> Result<Vec<PlannedBase>, String> {
    let given = asked.0.iter().filter_map(|name| match name {
        StopName::Version(text) => Some(given(recipe, inputs, text)),
        StopName::EachMajor | StopName::EachMinor => None,
    });
    let given = given.collect::<Result<Vec<_>, _>>()?;
    if base.is_skip() {
        return Ok(Vec::new());
    }
    let unknown = |side: &str| {
        format!(
            "the version of the {side} is not known, so no stop can be placed; give each commit of \
             the main branch its version, or leave out the stops"
        )
    };
    let head = inputs.head.version.map_err(|_| unknown("head"))?;
    let from = base.version().ok_or_else(|| unknown("base"))?;
    let between: Vec<_> = inputs
        .published
        .older_than(head, inputs.policy.prereleases)
        .filter(|one| from.is_older_than(one.version()))
        .collect();
    let is_excluded = |one: &PublishedVersion| {
        let mut excluded = inputs.excluded.iter();
        excluded.any(|exclusion| exclusion.version == *one.version())
    };
    let can_be_pinned = |one: &PublishedVersion| why_unpinnable(recipe, inputs.head, one).is_none();
    let mut stops: Vec<_> = given;
    for name in &asked.0 {
        let is_of_same = match name {
            StopName::EachMajor => Version::is_of_same_major,
            StopName::EachMinor => Version::is_of_same_minor,
            StopName::Version(_) => continue,
        };
        let mut last: Option<&Version> = None;
        for one in &between {
            let version = one.version();
            let is_told = last.is_some_and(|last| is_of_same(last, version));
            if !is_told && !is_of_same(version, head) && !is_excluded(one) && can_be_pinned(one) {
                last = Some(version);
                stops.push(one);
            }
        }
    }
    stops.retain(|stop| {
        let version = stop.version();
        from.is_older_than(version) && version.is_older_than(head)
    });
    stops.sort_by(|one, other| one.version().cmp(other.version()));
    stops.dedup_by(|one, other| one.version().is_same_version(other.version()));
    let planned = stops.into_iter().map(|stop| {
        let commit = recipe.tag_commit(&stop.tag());
        Ok(PlannedBase::Version {
            version: stop.version().clone(),
            tag: stop.tag(),
            commit: Some(commit.map_err(|error| error.to_string())?),
        })
    });
    planned.collect()
}

/// A stop that is given by its version, which must be one that can be pinned.
fn given<'a>(
    recipe: &Recipe,
    inputs: &Inputs<'a>,
    text: &str,
) -> Result<&'a PublishedVersion, String> {
    let version = recipe.scheme().parse(text);
    let version = version.map_err(|error| format!("the stop `{text}` is no version: {error}"))?;
    let Some(stop) = inputs.published.find(&version) else {
        return Err(format!(
            "the stop {version} is not published; name one that is, or bring its tag here with \
             `git fetch --tags`"
        ));
    };
    let mut excluded = inputs.excluded.iter();
    let by_hand = excluded.find(|by| by.version == *stop.version());
    let is_heads = |head: &Version| head.is_same_version(stop.version());
    let is_head = inputs.head.version.is_ok_and(is_heads);
    let why = by_hand.map(|by| by.reason.clone());
    match why.or_else(|| why_unpinnable(recipe, inputs.head, stop)) {
        // The head itself is no stop on its way, and harms nothing.
        Some(why) if !is_head => Err(format!(
            "the stop {version} cannot be one: {why}; name another"
        )),
        Some(_) | None => Ok(stop),
    }
}
