//! The inputs of the chain: plain facts, borrowed from the caller that gathered
//! them.

use crate::version::{PublishedSet, Version};

use super::CommitId;

/// Everything that the chain may know about one decision.
///
/// [`new`](Self::new) takes the two facts that every decision has; a method for
/// each of the others adds it, as a value or as an option of one.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Inputs<'a> {
    /// Why the upgrade tier is declared not applicable, if it is.
    pub declared: Option<&'a str>,
    /// The base version that the operator gives, if any.
    pub override_version: Option<&'a Version>,
    /// The commit under test.
    pub head: Head<'a>,
    /// The tip of the recipe's main branch, if that is known.
    pub main_tip: Option<MainTip<'a>>,
    /// The version that was last green, if any was.
    pub canonical: Option<Canonical<'a>>,
    /// The published versions.
    pub published: &'a PublishedSet,
    /// The published versions that must not be the base.
    pub excluded: &'a [Exclusion],
    /// Whether the repository is a shallow clone, which may lack tags.
    pub shallow: bool,
    /// What the operator asked for.
    pub policy: Policy,
}

impl<'a> Inputs<'a> {
    /// What is known of every decision: the commit under test and the published
    /// versions.
    pub fn new(head: Head<'a>, published: &'a PublishedSet) -> Self {
        Self {
            declared: None,
            override_version: None,
            head,
            main_tip: None,
            canonical: None,
            published,
            excluded: &[],
            shallow: false,
            policy: Policy::default(),
        }
    }

    /// Adds why the upgrade tier is declared not applicable.
    #[must_use]
    pub fn declared(mut self, reason: impl Into<Option<&'a str>>) -> Self {
        self.declared = reason.into();
        self
    }

    /// Adds the base version that the operator gives.
    #[must_use]
    pub fn override_version(mut self, version: impl Into<Option<&'a Version>>) -> Self {
        self.override_version = version.into();
        self
    }

    /// Adds the tip of the main branch.
    #[must_use]
    pub fn main_tip(mut self, main_tip: impl Into<Option<MainTip<'a>>>) -> Self {
        self.main_tip = main_tip.into();
        self
    }

    /// Adds the version that was last green.
    #[must_use]
    pub fn canonical(mut self, canonical: impl Into<Option<Canonical<'a>>>) -> Self {
        self.canonical = canonical.into();
        self
    }

    /// Adds the published versions that must not be the base.
    #[must_use]
    pub fn excluded(mut self, excluded: &'a [Exclusion]) -> Self {
        self.excluded = excluded;
        self
    }

    /// States whether the repository is a shallow clone.
    #[must_use]
    pub fn shallow(mut self, shallow: bool) -> Self {
        self.shallow = shallow;
        self
    }

    /// States what the operator asked for.
    #[must_use]
    pub fn policy(mut self, policy: Policy) -> Self {
        self.policy = policy;
        self
    }
}

/// The commit under test.
#[derive(Clone, Copy, Debug)]
pub struct Head<'a> {
    /// Its commit.
    pub commit: CommitId,
    /// The version that its label states, or why that cannot be read.
    pub version: Result<&'a Version, &'a str>,
}

/// The tip of the recipe's main branch.
#[derive(Clone, Copy, Debug)]
pub struct MainTip<'a> {
    /// The revision that names it, such as `origin/main`.
    pub name: &'a str,
    /// Its commit.
    pub commit: CommitId,
    /// The version that its label states, if it can be read.
    pub version: Option<&'a Version>,
}

/// The last-green record.
#[derive(Clone, Copy, Debug)]
pub struct Canonical<'a> {
    /// The version that was green.
    pub version: &'a Version,
    /// The commit that was green, if it is on record.
    pub commit: Option<CommitId>,
    /// What the tag of that version leads to now, if that is known; a commit,
    /// unless the tag was moved to something else.
    pub tag_commit: Option<CommitId>,
}

/// A published version that must not be the base, such as one whose tag leads to
/// the tree of another version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exclusion {
    /// The version of its tag.
    pub version: Version,
    /// Why it must not be the base: a clause, such as `its tag leads to the
    /// head's own commit`.
    pub reason: String,
}

/// What the operator asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// What is tried where there is no canonical.
    pub fallback: Fallback,
    /// Whether pre-releases may be bases.
    pub prereleases: bool,
    /// Whether to act as if there were no canonical.
    pub ignore_canonical: bool,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            fallback: Fallback::MainTip,
            prereleases: true,
            ignore_canonical: false,
        }
    }
}

/// What is tried where there is no canonical.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case")
)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
pub enum Fallback {
    /// The main tip.
    #[default]
    MainTip,
    /// The newest published version older than the head, then the main tip.
    ReleaseFirst,
}

impl Fallback {
    /// Both of them.
    pub const ALL: [Self; 2] = [Self::MainTip, Self::ReleaseFirst];

    /// The name of the fallback, as the command line has it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::MainTip => "main-tip",
            Self::ReleaseFirst => "release-first",
        }
    }
}
