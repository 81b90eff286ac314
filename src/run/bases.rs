//! The bases that users come from, by their names: several for one head.

use std::collections::BTreeMap;
use std::fmt::{self, Display, Formatter};
use std::str::FromStr;

use samever_core::{Inputs, PublishedVersion, Rung, Version};
use serde::{Deserialize, Serialize};

use crate::recipe::{Recipe, why_unpinnable};
use crate::run::plan::{OwnedPlan, PlannedBase, PlannedStep, STEP_BACK};
use crate::scheme::VersionRange;

/// The name of a base.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum BaseName {
    /// What the chain decides.
    Chain,
    /// The newest published version older than the head.
    Previous,
    /// The newest one of an older minor series than the head's.
    PreviousMinor,
    /// The newest one of an older major series than the head's.
    PreviousMajor,
    /// The oldest one of the minor series of `previous`.
    FirstOfMinor,
    /// The oldest one of the major series of `previous`.
    FirstOfMajor,
    /// The oldest one in the range that is supported.
    OldestSupported,
    /// Each version that was the canonical once.
    EveryCanonical,
    /// Each published version older than the head.
    All,
    /// This version or tag.
    Version(String),
}

/// The names that are words.
const WORDS: [(&str, BaseName); 9] = [
    ("chain", BaseName::Chain),
    ("previous", BaseName::Previous),
    ("previous-minor", BaseName::PreviousMinor),
    ("previous-major", BaseName::PreviousMajor),
    ("first-of-minor", BaseName::FirstOfMinor),
    ("first-of-major", BaseName::FirstOfMajor),
    ("oldest-supported", BaseName::OldestSupported),
    ("every-canonical", BaseName::EveryCanonical),
    ("all", BaseName::All),
];

impl FromStr for BaseName {
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
        let words = WORDS.map(|(word, _)| word).join(", ");
        Err(format!(
            "`{text}` is no name of a base: {words}, or a published version"
        ))
    }
}

impl Display for BaseName {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let word = WORDS.iter().find(|(_, name)| name == self);
        match (word, self) {
            (Some((word, _)), _) => formatter.write_str(word),
            (None, Self::Version(text)) => formatter.write_str(text),
            (None, _) => unreachable!("every other name is a word"),
        }
    }
}

/// Which bases are asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AskedBases {
    names: Vec<BaseName>,
    supported: Option<VersionRange>,
}

impl AskedBases {
    /// Takes the names of bases, and the range of the versions that are supported.
    ///
    /// # Errors
    ///
    /// They make no sense together; the text is a clause.
    pub(crate) fn new(
        names: Vec<BaseName>,
        supported: Option<VersionRange>,
    ) -> Result<Self, String> {
        if names.is_empty() {
            return Err("no base is named; name one, such as chain".to_owned());
        }
        let mut seen = names.iter().enumerate();
        if let Some((_, twice)) = seen.find(|(at, name)| names[..*at].contains(name)) {
            return Err(format!("{twice} is named twice; name each base once"));
        }
        match (names.contains(&BaseName::OldestSupported), &supported) {
            (true, None) => {
                Err("oldest-supported needs the range that is supported, such as '>=2'".to_owned())
            }
            (false, Some(range)) => Err(format!(
                "the range {range} of what is supported does nothing: oldest-supported is not named; \
                 name it, or leave the range out"
            )),
            (true, Some(_)) | (false, None) => Ok(Self { names, supported }),
        }
    }

    /// Tells whether the versions that were the canonical are asked for.
    pub(crate) fn needs_history(&self) -> bool {
        self.names.contains(&BaseName::EveryCanonical)
    }
}

/// A base, with every name that led to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct NamedBase {
    /// The names, each with one clause of why it leads here.
    pub names: Vec<Naming>,
    /// The base; a skip where the names lead to none.
    #[serde(rename = "plan")]
    pub base: PlannedBase,
}

/// A name, and why it leads to a base or to none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Naming {
    pub name: String,
    pub because: String,
}

impl NamedBase {
    /// Its names, with commas between them.
    pub(crate) fn called(&self) -> String {
        Self::called_by(&self.names)
    }

    /// These names, with commas between them.
    pub(crate) fn called_by(names: &[Naming]) -> String {
        let names = names.iter().map(|naming| naming.name.as_str());
        names.collect::<Vec<_>>().join(", ")
    }

    /// One sentence of why it is a base.
    pub(crate) fn reason(&self) -> String {
        let reasons = self.names.iter();
        let reasons = reasons.map(|naming| format!("{}: {}", naming.name, naming.because));
        reasons.collect::<Vec<_>>().join("; ")
    }

    /// The plan of a run from it, which is the operator's word as an override is.
    pub(crate) fn plan(&self, head: Option<&Version>) -> OwnedPlan {
        let reason = self.reason();
        OwnedPlan {
            base: self.base.clone(),
            rung: Some(Rung::Override),
            trail: vec![PlannedStep {
                rung: Rung::Override,
                passed: false,
                because: reason.clone(),
            }],
            reason,
            delta: self.base.delta(head),
        }
    }

    /// Tells whether the chain leads to it.
    pub(crate) fn is_of_the_chain(&self) -> bool {
        let chain = BaseName::Chain.to_string();
        self.names.iter().any(|naming| naming.name == chain)
    }
}

/// Finds the bases: each once, with all its names, in the order in which they were named. A name
/// that leads to no base is kept as a skip of its own.
///
/// # Errors
///
/// The facts do not suffice, or a version that is named cannot be a base.
pub(crate) fn find_bases(
    recipe: &Recipe,
    inputs: &Inputs<'_>,
    asked: &AskedBases,
    canonicals: &[Version],
) -> Result<Vec<NamedBase>, String> {
    let mut found: Vec<NamedBase> = Vec::new();
    let mut finder = None;
    for name in &asked.names {
        let bases = if *name == BaseName::Chain {
            let plan = (STEP_BACK.decide)(inputs)?;
            vec![of_chain(recipe, plan)?]
        } else {
            let finder = match &mut finder {
                Some(finder) => finder,
                None => finder.insert(Finder::new(recipe, inputs)?),
            };
            finder.named(name, asked, canonicals)?
        };
        for (base, because) in bases {
            let naming = Naming {
                name: name.to_string(),
                because,
            };
            let same = found.iter_mut().find(|other| is_same(&other.base, &base));
            match same {
                Some(same) => same.names.push(naming),
                None => found.push(NamedBase {
                    names: vec![naming],
                    base,
                }),
            }
        }
    }
    Ok(found)
}

/// A base, and why a name leads to it.
type Found = (PlannedBase, String);

fn of_chain(recipe: &Recipe, plan: OwnedPlan) -> Result<Found, String> {
    let OwnedPlan {
        mut base, reason, ..
    } = plan;
    if let PlannedBase::Version { tag, commit, .. } = &mut base {
        let pinned = recipe.tag_commit(tag);
        *commit = Some(pinned.map_err(|error| error.to_string())?);
    }
    Ok((base, reason))
}

/// Two skips are not the same: each has a reason of its own.
fn is_same(one: &PlannedBase, other: &PlannedBase) -> bool {
    !one.is_skip() && one == other
}

/// Finds published versions that can be bases of one head.
struct Finder<'a> {
    recipe: &'a Recipe,
    inputs: &'a Inputs<'a>,
    head: &'a Version,
    /// The published versions older than the head that are not excluded, the newest first.
    older: Vec<&'a PublishedVersion>,
    /// Why a version cannot be pinned, of those that were looked at.
    unpinnable: BTreeMap<&'a Version, Option<String>>,
}

impl<'a> Finder<'a> {
    fn new(recipe: &'a Recipe, inputs: &'a Inputs<'a>) -> Result<Self, String> {
        let head = inputs.head.version.map_err(|why| {
            format!(
                "the head's version cannot be read ({why}), so no base but `chain` can be named; give \
                 the head its version, or name `chain` alone"
            )
        })?;
        if inputs.shallow {
            return Err(
                "this is a shallow clone, and the versions to upgrade from may be among the tags that \
                 it lacks; complete it with `git fetch --unshallow --tags`"
                    .to_owned(),
            );
        }
        let is_excluded = |base: &PublishedVersion| {
            let mut excluded = inputs.excluded.iter();
            excluded.any(|exclusion| exclusion.version == *base.version())
        };
        let older = inputs.published.older_than(head, inputs.policy.prereleases);
        Ok(Self {
            recipe,
            inputs,
            head,
            older: older.filter(|base| !is_excluded(base)).collect(),
            unpinnable: BTreeMap::new(),
        })
    }

    /// The bases of a name, each with the reason, or one skip with the reason why there is none.
    fn named(
        &mut self,
        name: &BaseName,
        asked: &AskedBases,
        canonicals: &[Version],
    ) -> Result<Vec<Found>, String> {
        let head = self.head;
        let previous = || format!("the newest published version older than the head {head}");
        Ok(match name {
            BaseName::Chain => unreachable!("the chain decides by itself"),
            BaseName::Previous => vec![self.newest(previous(), |_| true)?],
            BaseName::PreviousMinor => {
                let why =
                    format!("the newest version of an older minor series than the head {head}");
                vec![self.newest(why, |version| !version.is_of_same_minor(head))?]
            }
            BaseName::PreviousMajor => {
                let why =
                    format!("the newest version of an older major series than the head {head}");
                vec![self.newest(why, |version| !version.is_of_same_major(head))?]
            }
            BaseName::FirstOfMinor => vec![self.first_of("minor", Version::is_of_same_minor)?],
            BaseName::FirstOfMajor => vec![self.first_of("major", Version::is_of_same_major)?],
            BaseName::OldestSupported => {
                let range = asked.supported.as_ref();
                vec![self.oldest_supported(range.expect("the name needs it"))?]
            }
            BaseName::EveryCanonical => {
                let why = "it was the canonical once".to_owned();
                let was =
                    |version: &Version| canonicals.iter().any(|one| one.is_same_version(version));
                self.every(
                    &why,
                    "no published version older than the head was the canonical",
                    was,
                )?
            }
            BaseName::All => {
                let why = format!("it is published, and older than the head {head}");
                self.every(&why, "no published version is older than the head", |_| {
                    true
                })?
            }
            BaseName::Version(text) => vec![self.given(text)?],
        })
    }

    /// Why a version cannot be pinned, if it cannot.
    fn why_unpinnable(&mut self, base: &'a PublishedVersion) -> Option<&String> {
        let (recipe, head) = (self.recipe, self.inputs.head);
        let why = self.unpinnable.entry(base.version());
        why.or_insert_with(|| why_unpinnable(recipe, head, base))
            .as_ref()
    }

    fn pinned(&self, base: &PublishedVersion, because: String) -> Result<Found, String> {
        let commit = self.recipe.tag_commit(&base.tag());
        let commit = commit.map_err(|error| error.to_string())?;
        let base = PlannedBase::Version {
            version: base.version().clone(),
            tag: base.tag(),
            commit: Some(commit),
        };
        Ok((base, because))
    }

    /// The first of some versions that can be pinned; else a skip.
    fn first(
        &mut self,
        among: Vec<&'a PublishedVersion>,
        because: String,
    ) -> Result<Found, String> {
        let first = among
            .into_iter()
            .find(|base| self.why_unpinnable(base).is_none());
        match first {
            Some(base) => self.pinned(base, because),
            None => Ok(none(format!("there is none: {because}"))),
        }
    }

    fn newest(
        &mut self,
        because: String,
        is_meant: impl Fn(&Version) -> bool,
    ) -> Result<Found, String> {
        let meant = self.older.iter().filter(|base| is_meant(base.version()));
        self.first(meant.copied().collect(), because)
    }

    fn oldest(
        &mut self,
        because: String,
        is_meant: impl Fn(&Version) -> bool,
    ) -> Result<Found, String> {
        let meant = self.older.iter().rev();
        let meant = meant.filter(|base| is_meant(base.version()));
        self.first(meant.copied().collect(), because)
    }

    /// The oldest of the series of the newest older version.
    fn first_of(
        &mut self,
        series: &str,
        is_of_same: fn(&Version, &Version) -> bool,
    ) -> Result<Found, String> {
        let (previous, _) = self.newest(String::new(), |_| true)?;
        match previous.version() {
            Some(previous) => {
                let why = format!("the oldest version of the {series} series of {previous}");
                self.oldest(why, |version| is_of_same(version, previous))
            }
            None => Ok(none(format!(
                "there is none: no published version is older than the head {}",
                self.head
            ))),
        }
    }

    fn oldest_supported(&mut self, range: &VersionRange) -> Result<Found, String> {
        if !range.holds(self.head) {
            return Err(format!(
                "the head {} does not lie in the range {range} of what is supported; write a range \
                 that it lies in, such as '>=2'",
                self.head
            ));
        }
        let published = self.inputs.published.iter();
        let mut others = published.filter(|base| !base.version().is_same_version(self.head));
        if !others.any(|base| range.holds(base.version())) {
            return Err(format!(
                "no published version but the head's lies in the range {range} of what is supported; \
                 write a range that an older one lies in"
            ));
        }
        let why = format!("the oldest version in the range {range}");
        self.oldest(why, |version| range.holds(version))
    }

    fn every(
        &mut self,
        because: &str,
        none_because: &str,
        is_meant: impl Fn(&Version) -> bool,
    ) -> Result<Vec<Found>, String> {
        let meant = self.older.iter().filter(|base| is_meant(base.version()));
        let mut found = Vec::new();
        for base in meant.copied().collect::<Vec<_>>() {
            found.push(match self.why_unpinnable(base) {
                Some(why) => none(format!("{} cannot be the base: {why}", base.version())),
                None => self.pinned(base, because.to_owned())?,
            });
        }
        if found.is_empty() {
            found.push(none(format!("there is none: {none_because}")));
        }
        Ok(found)
    }

    /// A version that is given by itself, which must be one that can be a base.
    fn given(&mut self, text: &str) -> Result<Found, String> {
        let version = self.recipe.scheme().parse(text);
        let version =
            version.map_err(|error| format!("the base `{text}` is no version: {error}"))?;
        let Some(base) = self.inputs.published.find(&version) else {
            return Err(format!(
                "the base {version} is not published; name one that is, or bring its tag here with \
                 `git fetch --tags`"
            ));
        };
        let mut excluded = self.inputs.excluded.iter();
        if let Some(by) = excluded.find(|by| by.version == *base.version()) {
            let why = &by.reason;
            return Err(format!(
                "the base {version} cannot be one: {why}; name another"
            ));
        }
        if !base.version().is_older_than(self.head) {
            let head = self.head;
            return Err(format!(
                "the base {version} is not older than the head {head}; name one that is"
            ));
        }
        match self.why_unpinnable(base) {
            Some(why) => Err(format!(
                "the base {version} cannot be one: {why}; name another"
            )),
            None => self.pinned(base, "it is given by name".to_owned()),
        }
    }
}

fn none(reason: String) -> Found {
    let skip = PlannedBase::Skip {
        reason: reason.clone(),
    };
    (skip, reason)
}
