//! What the chain may know, and what comes of it, for any order of versions.
//!
//! The rules are generic over a [`History`], which answers their questions and shows nothing else:
//! no text, no number, no count of tags. So they can only compare, and an answer of theirs
//! depends on how the versions are ordered and on nothing else about them. The one history
//! that is released is that of [`Inputs`](super::Inputs); a test has another one, of bare ranks.

use super::{Policy, RejectionKind};

/// A history of published versions, and all that the rules may ask of it.
pub(super) trait History: Copy {
    /// A version: the head's, the canonical's, one given by hand, or a tag's.
    type Version: Copy;
    /// A version that is published.
    type Published: Copy;

    /// The version that is published.
    fn version(self, published: Self::Published) -> Self::Version;

    /// As [`Version::is_older_than`](crate::Version::is_older_than).
    fn is_older_than(self, version: Self::Version, other: Self::Version) -> bool;

    /// As [`Version::is_same_version`](crate::Version::is_same_version).
    fn is_same_version(self, version: Self::Version, other: Self::Version) -> bool;

    /// As [`Version::is_comparable`](crate::Version::is_comparable).
    fn is_comparable(self, version: Self::Version, other: Self::Version) -> bool;

    /// Whether it is a pre-release.
    fn is_prerelease(self, published: Self::Published) -> bool;

    /// Whether it is excluded by itself.
    fn is_excluded(self, published: Self::Published) -> bool;

    /// Whether nothing is published.
    fn is_empty(self) -> bool;

    /// As [`PublishedSet::find`](crate::PublishedSet::find).
    fn find(self, version: Self::Version) -> Option<Self::Published>;

    /// As [`PublishedSet::newest_older_than`](crate::PublishedSet::newest_older_than), with what is
    /// excluded left out.
    fn newest_older_than(self, head: Self::Version, prereleases: bool) -> Option<Self::Published>;
}

/// Everything that the rules may know about one decision.
pub(super) struct Facts<H: History> {
    /// Whether the upgrade tier is declared not applicable.
    pub(super) is_declared: bool,
    /// The version given by hand, if any.
    pub(super) override_version: Option<H::Version>,
    /// The head's version, if it can be read.
    pub(super) head: Option<H::Version>,
    /// Whether the main tip is the head, if the main tip is known.
    pub(super) head_is_main_tip: Option<bool>,
    /// The version that was last green, if any was.
    pub(super) canonical: Option<H::Version>,
    /// The published versions.
    pub(super) history: H,
    /// Whether the repository may lack tags.
    pub(super) shallow: bool,
    /// What the operator asked for.
    pub(super) policy: Policy,
}

/// What the upgrade starts from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer<P> {
    Version(P),
    MainTip,
    Skip(Skip),
}

/// Why there is no upgrade to test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Skip {
    Declared,
    NothingOlder(RejectionKind),
    HeadIsMainTip,
}

/// Why a canonical is not the base, and what publishes it, if anything does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Setback<P> {
    pub(super) kind: RejectionKind,
    pub(super) tagged: Option<P>,
}

/// Why a rule passed, or how it decided; [`Reason`](super::Reason) has the same cases, and says
/// what each of them means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Because<P> {
    NotDeclared,
    Declared,
    NoOverride,
    Override(P),
    NoCanonical,
    CanonicalIgnored,
    CanonicalUnfit(Setback<P>),
    CanonicalOlder(P),
    CanonicalStands(P),
    SteppedBack(Setback<P>, P),
    NothingOlder(Setback<P>),
    ReleaseUnknown,
    NoOlderRelease,
    Release(P),
    MainTipIsHead,
    MainTip,
    NoPredecessor,
}

/// Where the chain refuses to answer; [`ResolveError`](super::ResolveError) says what each case
/// means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal<P> {
    OverrideNotPublished,
    Shallow,
    NothingPublished,
    /// With what publishes the canonical, if anything does.
    NothingToDecideWith(Option<P>),
    NoMainTip,
}
