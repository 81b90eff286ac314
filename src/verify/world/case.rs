//! One question to a resolver, and its answer.

use std::collections::BTreeSet;
use std::fmt::{self, Display, Formatter};

use samever_core::{
    Canonical, CommitId, Exclusion, Fallback, Head, Inputs, MainTip, Policy, PublishedSet,
    PublishedVersion, RecipeVersion, Rung,
};

use crate::verify::invariant::{Missing, Parts, oracle};

/// The commits of every question: their names matter, their content does not.
const HEAD: CommitId = CommitId::from_bytes([0xaa; 20]);
const MAIN: CommitId = CommitId::from_bytes([0xcc; 20]);

/// A version, as the chain and as the oracle read it.
#[derive(Clone, Debug, PartialEq)]
pub struct TestVersion {
    /// The version.
    pub version: RecipeVersion,
    pub(crate) parts: Parts,
}

impl TestVersion {
    /// Reads a version.
    ///
    /// # Errors
    ///
    /// The text is not a version.
    pub fn new(text: &str) -> Result<Self, samever_core::ParseVersionError> {
        Ok(Self {
            version: RecipeVersion::parse(text)?,
            parts: oracle::parts(text),
        })
    }

    pub(crate) fn of(version: RecipeVersion) -> Self {
        let parts = oracle::parts(&version.to_string());
        Self { version, parts }
    }
}

/// The tags of a recipe, in order of creation, and the versions that must not
/// be a base.
#[derive(Debug)]
pub struct History {
    tags: Vec<String>,
    excluded: Vec<Exclusion>,
    excluded_parts: Vec<Parts>,
    set: PublishedSet,
    newest_first: Vec<(String, Parts)>,
    numbers: Vec<usize>,
}

/// The tags decide the rest.
impl PartialEq for History {
    fn eq(&self, other: &Self) -> bool {
        (&self.tags, &self.excluded) == (&other.tags, &other.excluded)
    }
}

impl History {
    /// Reads the names of tags; some may be no versions.
    pub fn new(tags: Vec<String>) -> Self {
        let set = PublishedSet::from_tags(&tags);
        let published: Vec<_> = set.iter().map(PublishedVersion::tag).collect();
        let split = published
            .iter()
            .map(|tag| (tag.clone(), oracle::parts(tag)));
        let newest_first = oracle::newest_first(split.collect());
        let number = |(tag, _): &(String, Parts)| published.iter().position(|other| other == tag);
        Self {
            numbers: newest_first.iter().filter_map(number).collect(),
            newest_first,
            tags,
            excluded: Vec::new(),
            excluded_parts: Vec::new(),
            set,
        }
    }

    /// The same, where those of these exclusions that are published must not be
    /// a base.
    #[must_use]
    pub fn excluding<'a>(mut self, excluded: impl IntoIterator<Item = &'a Exclusion>) -> Self {
        let published: BTreeSet<_> = self.set.iter().map(PublishedVersion::version).collect();
        let excluded = excluded.into_iter();
        let excluded = excluded.filter(|exclusion| published.contains(&exclusion.version));
        self.excluded = excluded.cloned().collect();
        let parts = |exclusion: &Exclusion| oracle::parts(&exclusion.version.to_string());
        self.excluded_parts = self.excluded.iter().map(parts).collect();
        self
    }

    /// The published versions that must not be a base.
    pub fn excluded(&self) -> &[Exclusion] {
        &self.excluded
    }

    /// Tells whether a version must not be a base.
    pub(crate) fn excludes(&self, version: &RecipeVersion) -> bool {
        let mut excluded = self.excluded.iter();
        excluded.any(|exclusion| exclusion.version == *version)
    }

    /// The names of the tags, in order of creation.
    pub fn tags(&self) -> &[String] {
        &self.tags
    }

    /// The published versions, by number.
    pub fn published(&self) -> impl Iterator<Item = &PublishedVersion> {
        self.set.iter()
    }

    /// The published version of a number.
    pub fn version(&self, number: usize) -> Option<&RecipeVersion> {
        self.set.iter().nth(number).map(PublishedVersion::version)
    }

    /// The number of the tag that publishes a version.
    pub fn find(&self, version: &RecipeVersion) -> Option<usize> {
        self.number(self.set.find(version)?)
    }

    pub(crate) fn number(&self, published: &PublishedVersion) -> Option<usize> {
        self.set
            .iter()
            .position(|other| std::ptr::eq(other, published))
    }

    pub(crate) fn set(&self) -> &PublishedSet {
        &self.set
    }
}

/// Where the main branch stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Main {
    /// It is not known.
    Unknown,
    /// At the head.
    IsHead,
    /// At another commit.
    Elsewhere,
}

/// One question to a resolver.
#[derive(Clone, Copy, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is one switch of the chain"
)]
pub struct Case<'a> {
    /// The tags.
    pub history: &'a History,
    /// Why the upgrade tier is declared not applicable, if it is.
    pub declared: Option<&'a str>,
    /// The base given by hand, if any.
    pub override_version: Option<&'a TestVersion>,
    /// The head's version, if it can be read.
    pub head: Option<&'a TestVersion>,
    /// The last-green version, if there is one.
    pub canonical: Option<&'a TestVersion>,
    /// The main branch.
    pub main: Main,
    /// The version of a main branch that is elsewhere, if it can be read. It
    /// decides only how the base compares with the head.
    pub main_version: Option<&'a TestVersion>,
    /// Whether the repository is a shallow clone, which may lack tags.
    pub shallow: bool,
    /// Whether releases come before the main tip where there is no canonical.
    pub release_first: bool,
    /// Whether pre-releases may be bases.
    pub prereleases: bool,
    /// Whether the canonical is ignored.
    pub ignore_canonical: bool,
}

/// A decision, and how it comes about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// The answer.
    pub answer: Answer,
    /// The rule that decides; where no rule does, what is missing.
    pub rung: Result<Rung, Missing>,
    /// How the base compares with the head, if there is a base.
    pub delta: Option<&'static str>,
}

impl<'a> Case<'a> {
    /// Whether neither a declaration nor an override decides.
    pub(crate) const fn is_open(&self) -> bool {
        self.declared.is_none() && self.override_version.is_none()
    }

    pub(crate) fn head_version(&self) -> Option<&'a RecipeVersion> {
        self.head.map(|head| &head.version)
    }

    pub(crate) fn canonical_version(&self) -> Option<&'a RecipeVersion> {
        self.canonical.map(|canonical| &canonical.version)
    }

    /// The chain's inputs.
    pub fn inputs(&self) -> Inputs<'a> {
        let version = |spelled: Option<&'a TestVersion>| spelled.map(|spelled| &spelled.version);
        let main_tip = |commit, spelled| MainTip {
            name: "main",
            commit,
            version: version(spelled),
        };
        let head = Head {
            commit: HEAD,
            version: self.head_version().ok_or("it has no label"),
        };
        Inputs::new(head, self.history.set())
            .declared(self.declared)
            .override_version(version(self.override_version))
            .main_tip(match self.main {
                Main::Unknown => None,
                Main::IsHead => Some(main_tip(HEAD, self.head)),
                Main::Elsewhere => Some(main_tip(MAIN, self.main_version)),
            })
            .canonical(self.canonical.map(|spelled| Canonical {
                version: &spelled.version,
                commit: None,
                tag_commit: None,
            }))
            .excluded(self.history.excluded())
            .shallow(self.shallow)
            .policy(Policy {
                fallback: if self.release_first {
                    Fallback::ReleaseFirst
                } else {
                    Fallback::MainTip
                },
                prereleases: self.prereleases,
                ignore_canonical: self.ignore_canonical,
            })
    }

    /// What the oracle decides.
    ///
    /// # Panics
    ///
    /// Never: the oracle answers with a tag of the history.
    pub fn oracle(&self) -> Decision {
        let canonical = self.canonical.filter(|_| !self.ignore_canonical);
        let decision = oracle::decide(&oracle::Question {
            newest_first: &self.history.newest_first,
            excluded: &self.history.excluded_parts,
            declared: self.declared.is_some(),
            override_version: self.override_version.map(|spelled| &spelled.parts),
            head: self.head.map(|spelled| &spelled.parts),
            main: match self.main {
                Main::Unknown => oracle::MainTip::Unknown,
                Main::IsHead => oracle::MainTip::IsHead,
                Main::Elsewhere => {
                    oracle::MainTip::Elsewhere(self.main_version.map(|spelled| &spelled.parts))
                }
            },
            canonical: canonical.map(|spelled| &spelled.parts),
            shallow: self.shallow,
            release_first: self.release_first,
            prereleases: self.prereleases,
        });
        let (answer, rung, delta) = match decision {
            oracle::Decision::Version {
                tag,
                rung: name,
                delta,
            } => {
                let mut entries = self.history.newest_first.iter();
                let place = entries.position(|(other, _)| std::ptr::eq(other.as_str(), tag));
                let place = place.expect("the oracle answers with a tag of the history");
                (
                    Answer::Version(self.history.numbers[place]),
                    Ok(rung(name)),
                    Some(delta),
                )
            }
            oracle::Decision::MainTip { delta } => {
                (Answer::MainTip, Ok(Rung::MainTip), Some(delta))
            }
            oracle::Decision::Skip { reason, rung: name } => {
                let text = match self.declared {
                    Some(_) => SkipWording::Declared,
                    None => SkipWording::of(reason, self.declared),
                };
                (Answer::Skip(text), Ok(rung(name)), None)
            }
            oracle::Decision::Refused(what) => (Answer::NoAnswer, Err(what), None),
        };
        Decision {
            answer,
            rung,
            delta,
        }
    }
}

/// The rule of a name that the oracle gives.
fn rung(name: &str) -> Rung {
    let all = [
        Rung::Declared,
        Rung::Override,
        Rung::Canonical,
        Rung::StepBack,
        Rung::Release,
        Rung::MainTip,
    ];
    let rung = all.into_iter().find(|rung| rung.name() == name);
    rung.expect("the oracle knows the rules by their names")
}

impl Display for Case<'_> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let tags = self.history.tags();
        match tags {
            [] => formatter.write_str("nothing published")?,
            [one] => write!(formatter, "published {one}")?,
            [first @ .., last] if tags.len() <= 8 => {
                write!(formatter, "published {} and {last}", first.join(", "))?;
            }
            [first, .., last] => {
                write!(formatter, "{} tags from {first} to {last}", tags.len())?;
            }
        }
        for (index, Exclusion { version, .. }) in self.history.excluded().iter().enumerate() {
            let before = if index == 0 { "; excluded " } else { ", " };
            write!(formatter, "{before}{version}")?;
        }
        let or = |version: Option<&TestVersion>, none: &str| {
            version.map_or_else(|| none.to_owned(), |spelled| spelled.version.to_string())
        };
        let canonical = or(self.canonical, "none");
        let head = or(self.head, "of unknown version");
        write!(formatter, "; canonical {canonical}; head {head}")?;
        if let Some(version) = self.override_version {
            write!(formatter, "; override {}", version.version)?;
        }
        if let Some(reason) = self.declared {
            write!(formatter, "; declared not applicable ({reason})")?;
        }
        if self.canonical.is_none() {
            formatter.write_str(match self.main {
                Main::Unknown => "; main tip unknown",
                Main::IsHead => "; main tip at the head",
                Main::Elsewhere => "; main tip elsewhere",
            })?;
        }
        if self.release_first {
            formatter.write_str("; release first")?;
        }
        if !self.prereleases {
            formatter.write_str("; no pre-releases")?;
        }
        Ok(())
    }
}

/// An answer to a [`Case`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The published version of this number.
    Version(usize),
    /// A version that no tag of the history publishes.
    Unpublished(String),
    /// The main tip's commit.
    MainTip,
    /// The head's own commit, where the main tip is another.
    HeadCommit,
    /// A commit that the question does not name.
    OtherCommit(String),
    /// Nothing to upgrade from.
    Skip(SkipWording),
    /// No answer can be given.
    NoAnswer,
}

/// The reason of a skip.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SkipWording {
    /// The one that was declared.
    Declared,
    /// One of the chain's own.
    Known(&'static str),
    /// An empty text.
    Empty,
    /// Some other.
    Other(String),
}

/// The chain's own reasons for a skip, word for word.
const SKIP_TEXTS: [&str; 6] = [
    "base == head and no older published predecessor",
    "canonical is newer than head and no older published predecessor",
    "canonical is no longer published and no older published predecessor",
    "canonical is an excluded pre-release and no older published predecessor",
    "canonical is excluded and no older published predecessor",
    "head == main tip (no predecessor delta)",
];

impl SkipWording {
    /// The text; `declared` is the one that was declared.
    pub(crate) fn as_str<'a>(&'a self, declared: Option<&'a str>) -> &'a str {
        match self {
            Self::Declared => declared.unwrap_or_default(),
            Self::Known(text) => text,
            Self::Empty => "",
            Self::Other(text) => text,
        }
    }

    /// Classifies a text.
    pub fn of(text: &str, declared: Option<&str>) -> Self {
        if declared == Some(text) {
            Self::Declared
        } else if text.trim().is_empty() {
            Self::Empty
        } else {
            match SKIP_TEXTS.into_iter().find(|known| *known == text) {
                Some(known) => Self::Known(known),
                None => Self::Other(text.to_owned()),
            }
        }
    }
}

impl Answer {
    /// What kind of answer it is.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Version(_) => "version",
            Self::Unpublished(_) => "unpublished version",
            Self::MainTip => "main tip",
            Self::HeadCommit => "head's own commit",
            Self::OtherCommit(_) => "other commit",
            Self::Skip(SkipWording::Declared) => "skip: declared",
            Self::Skip(SkipWording::Known(text)) => text,
            Self::Skip(SkipWording::Empty) => "skip: without a reason",
            Self::Skip(SkipWording::Other(_)) => "skip: other",
            Self::NoAnswer => "no answer",
        }
    }

    /// Displays the answer to a case.
    pub fn shown<'a>(&'a self, case: &'a Case<'a>) -> impl Display + 'a {
        Shown(self, case)
    }
}

struct Shown<'a>(&'a Answer, &'a Case<'a>);

impl Display for Shown<'_> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let Self(answer, case) = self;
        match answer {
            Answer::Version(number) => match case.history.published().nth(*number) {
                Some(published) => formatter.write_str(&published.tag()),
                None => formatter.write_str("a version of no number"),
            },
            Answer::Unpublished(text) => formatter.write_str(text),
            Answer::MainTip => formatter.write_str("the main tip"),
            Answer::HeadCommit => formatter.write_str("the head's own commit"),
            Answer::OtherCommit(text) => write!(formatter, "the commit {text}"),
            Answer::Skip(SkipWording::Empty) => formatter.write_str("skip, without a reason"),
            Answer::Skip(text) => write!(formatter, "skip ({})", text.as_str(case.declared)),
            Answer::NoAnswer => formatter.write_str("that no answer can be given"),
        }
    }
}
