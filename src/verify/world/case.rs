//! One question to a resolver.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Display, Formatter};

use samever_core::{
    Canonical, CommitId, Exclusion, Fallback, Head, Inputs, MainTip, Order, Policy, PublishedSet,
    PublishedVersion, Version,
};

use crate::verify::invariant::{Parts, oracle};

/// The commits of every question: their names matter, their content does not.
const HEAD: CommitId = CommitId::from_bytes([0xaa; 20]);
const MAIN: CommitId = CommitId::from_bytes([0xcc; 20]);

/// A version, as the chain and as the oracle read it.
#[derive(Clone, Debug, PartialEq)]
pub struct TestVersion {
    /// The version.
    pub version: Version,
    /// Whether it is written with a leading `v`.
    pub(crate) leading_v: bool,
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
            version: Version::parse(text)?,
            leading_v: false,
            parts: oracle::parts(text),
        })
    }

    pub(crate) fn of(version: Version) -> Self {
        let parts = oracle::parts(&version.to_string());
        Self {
            version,
            leading_v: false,
            parts,
        }
    }

    /// As a question has it.
    pub(crate) fn spelled(&self) -> String {
        let v = if self.leading_v { "v" } else { "" };
        format!("{v}{}", self.version)
    }
}

/// The tags of a recipe, in order of creation, and the versions that must not
/// be a base.
#[derive(Debug)]
pub struct History {
    tags: Vec<String>,
    excluded: Vec<Exclusion>,
    pub(super) excluded_parts: Vec<Parts>,
    set: PublishedSet,
    pub(super) newest_first: Vec<(String, Parts)>,
    pub(super) numbers: Vec<usize>,
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
        Self::in_order(Order::CoopCloud, tags)
    }

    /// The same in another order. The oracle knows nothing of such a history.
    pub(crate) fn in_order(order: Order, tags: Vec<String>) -> Self {
        let set = PublishedSet::with_prefix(order, "", &tags);
        let published: Vec<_> = set.iter().map(PublishedVersion::tag).collect();
        let split = published
            .iter()
            .map(|tag| (tag.clone(), oracle::parts(tag)));
        let newest_first = oracle::newest_first(split.collect());
        let places = published.iter().enumerate();
        let places: BTreeMap<_, _> = places.map(|(place, tag)| (tag, place)).collect();
        let number = |(tag, _): &(String, Parts)| places.get(tag).copied();
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

    /// The order of its versions.
    pub(crate) fn order(&self) -> Order {
        self.set.order()
    }

    /// The published versions that must not be a base.
    pub fn excluded(&self) -> &[Exclusion] {
        &self.excluded
    }

    /// Tells whether a version must not be a base.
    pub(crate) fn excludes(&self, version: &Version) -> bool {
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
    pub fn version(&self, number: usize) -> Option<&Version> {
        self.set.iter().nth(number).map(PublishedVersion::version)
    }

    /// The number of the tag that publishes a version.
    pub fn find(&self, version: &Version) -> Option<usize> {
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

/// The commit that is on record of a canonical.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordCommit {
    /// One that is neither the head's nor the main tip's.
    Own,
    /// The head's.
    Head,
    /// The main tip's.
    Main,
    /// None is on record.
    Unknown,
}

/// A rule of the chain, the main tip and the commit of the canonical, in words.
pub(crate) fn pattern(rung: &str, main: Main, record: Option<RecordCommit>) -> String {
    let main = match main {
        Main::Unknown => "an unknown main tip",
        Main::IsHead => "the main tip at the head",
        Main::Elsewhere => "the main tip elsewhere",
    };
    let record = match record {
        None => "no canonical",
        Some(RecordCommit::Own) => "a canonical of its own commit",
        Some(RecordCommit::Head) => "a canonical at the head",
        Some(RecordCommit::Main) => "a canonical at the main tip",
        Some(RecordCommit::Unknown) => "a canonical without a commit",
    };
    format!("{rung} with {main} and {record}")
}

/// The commits of a question that a CI server asks.
#[derive(Clone, Copy, Debug)]
pub struct Commits {
    pub(crate) head: CommitId,
    pub(crate) main: Option<CommitId>,
    /// On record of the canonical, if it is.
    pub(crate) canonical: Option<CommitId>,
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
    /// The commit of the canonical; where it is not given, the seed decides.
    pub record: Option<RecordCommit>,
    /// The main branch.
    pub main: Main,
    /// The commits, where they are those of a run.
    pub commits: Option<Commits>,
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

impl<'a> Case<'a> {
    /// Whether neither a declaration nor an override decides.
    pub(crate) const fn is_open(&self) -> bool {
        self.declared.is_none() && self.override_version.is_none()
    }

    pub(crate) fn head_version(&self) -> Option<&'a Version> {
        self.head.map(|head| &head.version)
    }

    pub(crate) fn canonical_version(&self) -> Option<&'a Version> {
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
                write!(
                    formatter,
                    "{} tags, first {first} and last {last}",
                    tags.len()
                )?;
            }
        }
        for (index, Exclusion { version, .. }) in self.history.excluded().iter().enumerate() {
            let before = if index == 0 { "; excluded " } else { ", " };
            write!(formatter, "{before}{version}")?;
        }
        let or = |version: Option<&TestVersion>, none: &str| {
            version.map_or_else(|| none.to_owned(), TestVersion::spelled)
        };
        let canonical = or(self.canonical, "none");
        let head = or(self.head, "of unknown version");
        write!(formatter, "; canonical {canonical}; head {head}")?;
        if let Some(version) = self.override_version {
            write!(formatter, "; override {}", version.spelled())?;
        }
        match (self.declared, self.commits) {
            (Some(reason), Some(_)) => write!(formatter, "; declared not applicable ({reason})")?,
            // The seed gives a world's reason its words.
            (Some(_), None) => formatter.write_str("; declared not applicable")?,
            (None, _) => {}
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
