//! The words in which the chain explains itself.
//!
//! Reasons are enums over borrowed facts, so that a decision costs no text;
//! [`Display`] makes the sentence where one is to be read. It quotes what it was
//! given as it is: print it through [`Escaped`](crate::Escaped).

use std::fmt::{self, Display, Formatter};

use crate::version::{PublishedVersion, RecipeVersion};

use super::CommitId;

/// Why a rule passed, or how it decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason<'a> {
    /// `declared` passes.
    NotDeclared,
    /// `declared` skips, with the reason that was given.
    Declared(&'a str),
    /// `override` passes.
    NoOverride,
    /// `override` answers with the version that was given.
    Override {
        /// The version that was given.
        given: &'a RecipeVersion,
        /// The version of the tag that publishes it.
        tagged: &'a RecipeVersion,
        /// Why the head's version cannot be read, if it cannot.
        unreadable: Option<&'a str>,
    },
    /// `canonical`, `step-back` pass: there is none.
    NoCanonical,
    /// `canonical`, `step-back` pass: it is ignored on request.
    CanonicalIgnored,
    /// `canonical` passes: it is not a base for this head.
    CanonicalUnfit(RejectedCanonical<'a>),
    /// `canonical` answers: it is older than the head.
    CanonicalOlder {
        /// The canonical.
        canonical: &'a RecipeVersion,
        /// The version of the tag that publishes it.
        tagged: &'a RecipeVersion,
        /// The head's version.
        head: &'a RecipeVersion,
        /// Where its tag has gone, if it moved.
        moved: Option<TagMoved>,
    },
    /// `canonical` answers: the head's version is unreadable, for this reason.
    CanonicalStands {
        /// The canonical.
        canonical: &'a RecipeVersion,
        /// The version of the tag that publishes it.
        tagged: &'a RecipeVersion,
        /// Why the head's version cannot be read.
        unreadable: &'a str,
        /// Where its tag has gone, if it moved.
        moved: Option<TagMoved>,
    },
    /// `step-back` answers with the newest older published version.
    SteppedBack {
        /// Why the canonical itself is not the base.
        setback: RejectedCanonical<'a>,
        /// The base.
        base: &'a PublishedVersion,
    },
    /// `step-back` skips: nothing older is published.
    NothingOlder(RejectedCanonical<'a>),
    /// `release` passes: the head's version is unreadable, for this reason.
    ReleaseUnknown(&'a str),
    /// `release` passes: nothing older than this head is published.
    NoOlderRelease(&'a RecipeVersion),
    /// `release` answers with the newest published version older than the head.
    Release {
        /// The base.
        base: &'a PublishedVersion,
        /// The head's version.
        head: &'a RecipeVersion,
    },
    /// `main-tip` passes: the main tip, so named, is the head.
    MainTipIsHead(&'a str),
    /// `main-tip` answers with the main tip.
    MainTip {
        /// The revision that names it.
        name: &'a str,
        /// Why the head's version cannot be read, if it cannot.
        unreadable: Option<&'a str>,
    },
    /// `main-tip` skips: the main tip, so named, is the head.
    NoPredecessor(&'a str),
}

impl Display for Reason<'_> {
    #[expect(
        clippy::too_many_lines,
        reason = "a table of sentences, without a branch"
    )]
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotDeclared => formatter.write_str("the upgrade tier applies to this recipe"),
            Self::Declared(reason) => write!(
                formatter,
                "the upgrade tier is declared not applicable: {reason}"
            ),
            Self::NoOverride => formatter.write_str("no base version is given by hand"),
            Self::Override {
                given,
                tagged,
                unreadable,
            } => write!(
                formatter,
                "the base version {given} is given by hand{}{}",
                PublishedAs(given, Some(tagged)),
                Unread(*unreadable)
            ),
            Self::NoCanonical => formatter.write_str("there is no canonical"),
            Self::CanonicalIgnored => formatter.write_str("the canonical is ignored on request"),
            Self::CanonicalUnfit(setback) => setback.fmt(formatter),
            Self::CanonicalOlder {
                canonical,
                tagged,
                head,
                moved,
            } => write!(
                formatter,
                "the canonical (last green) version {canonical}{} is older than the head {head}{}",
                PublishedAs(canonical, Some(tagged)),
                Moved(*moved)
            ),
            Self::CanonicalStands {
                canonical,
                tagged,
                unreadable,
                moved,
            } => write!(
                formatter,
                "the head's version cannot be read ({unreadable}), so the canonical (last green) \
                 version {canonical}{} stays the base{}",
                PublishedAs(canonical, Some(tagged)),
                Moved(*moved)
            ),
            Self::SteppedBack { setback, base } => write!(
                formatter,
                "{setback}, so the base steps back to {}, the newest published version older than \
                 the head",
                base.version()
            ),
            Self::NothingOlder(setback) => {
                write!(formatter, "{setback}, and no older version is published")
            }
            Self::ReleaseUnknown(unreadable) => write!(
                formatter,
                "the head's version cannot be read ({unreadable}), so no release is known to be older"
            ),
            Self::NoOlderRelease(head) => write!(
                formatter,
                "no published version is older than the head {head}"
            ),
            Self::Release { base, head } => write!(
                formatter,
                "no canonical is to be used, so the base is {}, the newest published version older \
                 than the head {head}",
                base.version()
            ),
            Self::MainTipIsHead(name) => {
                write!(formatter, "the main tip ({name}) is the head itself")
            }
            Self::MainTip { name, unreadable } => write!(
                formatter,
                "no canonical is to be used, so the base is the main tip ({name}){}",
                Unread(*unreadable)
            ),
            Self::NoPredecessor(name) => write!(
                formatter,
                "no canonical is to be used and the main tip ({name}) is the head itself, so there \
                 is no predecessor"
            ),
        }
    }
}

/// What a rule that did not ask for the head's version says where it is unknown.
struct Unread<'a>(Option<&'a str>);

impl Display for Unread<'_> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        match self.0 {
            None => Ok(()),
            Some(why) => write!(formatter, "; the head's version cannot be read ({why})"),
        }
    }
}

/// Why a canonical is not the base.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RejectedCanonical<'a> {
    /// In which way it is unfit.
    pub kind: RejectionKind,
    /// The canonical.
    pub canonical: &'a RecipeVersion,
    /// The version of the tag that publishes it, if one does.
    pub tagged: Option<&'a RecipeVersion>,
    /// The head's version.
    pub head: &'a RecipeVersion,
    /// Where its tag has gone, if it moved.
    pub moved: Option<TagMoved>,
}

/// In which way a canonical is unfit to be the base.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RejectionKind {
    /// It is the head's own version.
    Same,
    /// It is newer than the head.
    Newer,
    /// No tag publishes it any more.
    Gone,
    /// It is a pre-release, and those are excluded.
    Prerelease,
}

impl Display for RejectedCanonical<'_> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let Self {
            kind,
            canonical,
            tagged,
            head,
            moved,
        } = self;
        let tagged = PublishedAs(canonical, *tagged);
        write!(
            formatter,
            "the canonical (last green) version {canonical}{tagged} is "
        )?;
        match kind {
            RejectionKind::Same if canonical == head => {
                formatter.write_str("the head's own version")?;
            }
            RejectionKind::Same => write!(formatter, "the head's own version {head}")?,
            RejectionKind::Newer => write!(formatter, "newer than the head {head}")?,
            RejectionKind::Gone => formatter.write_str("no longer published")?,
            RejectionKind::Prerelease => {
                formatter.write_str("a pre-release, and those are excluded")?;
            }
        }
        Moved(*moved).fmt(formatter)
    }
}

/// The version of the tag that publishes a version, where it is another
/// spelling of it.
struct PublishedAs<'a>(&'a RecipeVersion, Option<&'a RecipeVersion>);

impl Display for PublishedAs<'_> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        match self.1 {
            Some(tagged) if tagged != self.0 => write!(formatter, " (published as {tagged})"),
            Some(_) | None => Ok(()),
        }
    }
}

/// The tag of the canonical points elsewhere than to the commit on record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TagMoved {
    /// The commit on record.
    pub recorded: CommitId,
    /// The commit to which the tag points now.
    pub now: CommitId,
}

struct Moved(Option<TagMoved>);

impl Display for Moved {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        match self.0 {
            None => Ok(()),
            Some(TagMoved { recorded, now }) => write!(
                formatter,
                " (its tag now points to {}, not to the recorded {})",
                now.short(),
                recorded.short()
            ),
        }
    }
}

/// Why there is no upgrade to test.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum SkipReason<'a> {
    /// The upgrade tier is declared not applicable, for this reason.
    Declared(&'a str),
    /// The canonical is unfit, and nothing older than the head is published.
    NothingOlder(RejectionKind),
    /// There is no canonical, and the head is the main tip.
    HeadIsMainTip,
}

impl Display for SkipReason<'_> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Declared(reason) => formatter.write_str(reason),
            Self::NothingOlder(kind) => {
                let what = match kind {
                    RejectionKind::Same => "base == head",
                    RejectionKind::Newer => "canonical is newer than head",
                    RejectionKind::Gone => "canonical is no longer published",
                    RejectionKind::Prerelease => "canonical is an excluded pre-release",
                };
                write!(formatter, "{what} and no older published predecessor")
            }
            Self::HeadIsMainTip => formatter.write_str("head == main tip (no predecessor delta)"),
        }
    }
}
