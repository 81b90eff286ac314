//! Where the chain refuses to answer, and what would let it.

use std::error::Error;
use std::fmt::{self, Display, Formatter};

use crate::version::Version;

/// No base can be named, not even "none": the facts are insufficient.
///
/// It borrows nothing, so `?` takes it out of the function that gathered the
/// facts.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ResolveError {
    /// The version given by hand is not published.
    OverrideNotPublished {
        /// The version given by hand.
        wanted: Version,
        /// The published versions next to it, where there are any: the newest
        /// before it, then the oldest after it.
        nearest: Vec<Version>,
        /// Whether the clone is shallow, and may lack the tag.
        shallow: bool,
    },
    /// The answer depends on tags that this repository may lack.
    Incomplete(IncompleteHistory),
    /// The head's version is unreadable and the canonical is no base by itself.
    NothingToDecideWith {
        /// The canonical.
        canonical: Version,
        /// Why it cannot be the base.
        unfit: Unfit,
        /// Why the head's version cannot be read.
        unreadable: String,
    },
    /// There is no canonical, and the main branch is unknown.
    NoMainTip,
}

/// A clone cannot tell a tag that was withdrawn from one that it never got.
pub(super) const GONE: &str = "is no longer published, or its tag is missing in this clone (`git fetch \
                               --tags` brings it)";

/// Why a canonical cannot be the base for any head.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unfit {
    /// No tag publishes it any more.
    Gone,
    /// It is a pre-release, and those are excluded.
    Prerelease,
    /// It is excluded, for this reason.
    Excluded(String),
}

impl Display for Unfit {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Gone => formatter.write_str(GONE),
            Self::Prerelease => formatter.write_str("is a pre-release, and those are excluded"),
            Self::Excluded(reason) => write!(formatter, "cannot be the base: {reason}"),
        }
    }
}

/// Why the tags at hand are not all there are.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum IncompleteHistory {
    /// The clone is shallow.
    Shallow,
    /// There is this canonical, so something was published; no tag is a version.
    NothingPublished(Version),
}

impl Display for IncompleteHistory {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Shallow => formatter.write_str(
                "the history is incomplete: this is a shallow clone, and the version to upgrade \
                 from may be among the tags that it lacks; complete it with \
                 `git fetch --unshallow --tags`",
            ),
            Self::NothingPublished(canonical) => write!(
                formatter,
                "the history is incomplete: the canonical {canonical} proves that versions were \
                 published, but no tag here is a version; fetch them with `git fetch --tags`"
            ),
        }
    }
}

impl Display for ResolveError {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::OverrideNotPublished {
                wanted,
                nearest,
                shallow,
            } => {
                write!(
                    formatter,
                    "the base version {wanted} given by hand is not published; "
                )?;
                match &nearest[..] {
                    [] => formatter.write_str("no tag here is a version"),
                    [nearest] => write!(
                        formatter,
                        "the nearest published version is {nearest}: give that one"
                    ),
                    [before, after, ..] => write!(
                        formatter,
                        "the nearest published versions are {before} and {after}: give one of those"
                    ),
                }?;
                formatter.write_str(match (shallow, nearest.is_empty()) {
                    (true, _) => {
                        "; this clone is shallow, complete it with `git fetch --unshallow --tags`"
                    }
                    (false, true) => ": bring them here with `git fetch --tags`",
                    (false, false) => ", or bring its tag here with `git fetch --tags`",
                })
            }
            Self::Incomplete(incomplete) => incomplete.fmt(formatter),
            Self::NothingToDecideWith {
                canonical,
                unfit,
                unreadable,
            } => write!(
                formatter,
                "the head's version cannot be read ({unreadable}), and the canonical {canonical} \
                 {unfit}: nothing is left to decide with; label the head, publish the canonical \
                 again, or give a base version with --override"
            ),
            Self::NoMainTip => formatter.write_str(
                "no canonical is to be used, and the main branch is unknown: there is none of \
                 origin/HEAD, origin/main, origin/master, main and master; name it with --main",
            ),
        }
    }
}

impl Error for ResolveError {}
