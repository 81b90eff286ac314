//! The words in which the chain explains itself.
//!
//! Reasons are enums over borrowed facts, so that a decision costs no text;
//! [`Display`] makes the sentence where one is to be read. It quotes what it was
//! given as it is: print it through [`Escaped`](crate::Escaped).

use std::fmt::{self, Display, Formatter};

use crate::version::{PublishedVersion, Version};

use super::error::GONE;
use super::{CommitId, Exclusion};

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
        given: &'a Version,
        /// The version of the tag that publishes it.
        tagged: &'a Version,
        /// Why no other rule would take it, if none would.
        excluded: Option<&'a Exclusion>,
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
        canonical: &'a Version,
        /// The version of the tag that publishes it.
        tagged: &'a Version,
        /// The head's version.
        head: &'a Version,
        /// Where its tag has gone, if it moved.
        moved: Option<TagMoved>,
    },
    /// `canonical` answers: the head's version is unreadable, for this reason.
    CanonicalStands {
        /// The canonical.
        canonical: &'a Version,
        /// The version of the tag that publishes it.
        tagged: &'a Version,
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
        /// The newer ones that are excluded.
        passed: PassedOver<'a>,
    },
    /// `step-back` skips: nothing older is published.
    NothingOlder {
        /// Why the canonical itself is not the base.
        setback: RejectedCanonical<'a>,
        /// The older ones that are excluded.
        passed: PassedOver<'a>,
    },
    /// `release` passes: the head's version is unreadable, for this reason.
    ReleaseUnknown(&'a str),
    /// `release` passes: nothing older than the head is published.
    NoOlderRelease {
        /// The head's version.
        head: &'a Version,
        /// The older ones that are excluded.
        passed: PassedOver<'a>,
    },
    /// `release` answers with the newest published version older than the head.
    Release {
        /// The base.
        base: &'a PublishedVersion,
        /// The head's version.
        head: &'a Version,
        /// The newer ones that are excluded.
        passed: PassedOver<'a>,
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
            Self::NotDeclared => formatter.write_str("the upgrade tier applies"),
            Self::Declared(reason) => write!(
                formatter,
                "the upgrade tier is declared not applicable: {reason}"
            ),
            Self::NoOverride => formatter.write_str("no base version is given by hand"),
            Self::Override {
                given,
                tagged,
                excluded,
                unreadable,
            } => {
                let tagged = PublishedAs(given, Some(tagged));
                write!(
                    formatter,
                    "the base version {given} is given by hand{tagged}"
                )?;
                if let Some(Exclusion { reason, .. }) = excluded {
                    write!(formatter, "; no rule would take it: {reason}")?;
                }
                Unread(*unreadable).fmt(formatter)
            }
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
            Self::SteppedBack {
                setback,
                base,
                passed,
            } => write!(
                formatter,
                "{setback}, so the base steps back to {}, the newest published version older than \
                 the head{}",
                base.version(),
                passed.behind(setback, Some(base))
            ),
            Self::NothingOlder { setback, passed } => {
                let passed = passed.behind(setback, None);
                let left = passed.left();
                write!(formatter, "{setback}, and no older version {left}{passed}")
            }
            Self::ReleaseUnknown(unreadable) => write!(
                formatter,
                "the head's version cannot be read ({unreadable}), so no release is known to be older"
            ),
            Self::NoOlderRelease { head, passed } => {
                let passed = passed.between(None, head);
                let left = passed.left();
                write!(
                    formatter,
                    "no version older than the head {head} {left}{passed}"
                )
            }
            Self::Release { base, head, passed } => write!(
                formatter,
                "no canonical is to be used, so the base is {}, the newest published version older \
                 than the head {head}{}",
                base.version(),
                passed.between(Some(base), head)
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
    pub canonical: &'a Version,
    /// The version of the tag that publishes it, if one does.
    pub tagged: Option<&'a Version>,
    /// Why it must not be the base, if it is excluded.
    pub exclusion: Option<&'a Exclusion>,
    /// The head's version.
    pub head: &'a Version,
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
    /// The order does not say which of the two is older.
    Incomparable,
    /// No tag publishes it any more.
    Gone,
    /// It is a pre-release, and those are excluded.
    Prerelease,
    /// It is excluded by itself.
    Excluded,
}

impl Display for RejectedCanonical<'_> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let Self {
            kind,
            canonical,
            tagged,
            exclusion,
            head,
            moved,
        } = self;
        let tag = PublishedAs(canonical, *tagged);
        write!(
            formatter,
            "the canonical (last green) version {canonical}{tag} "
        )?;
        match kind {
            RejectionKind::Same if canonical == head => {
                formatter.write_str("is the head's own version")?;
            }
            RejectionKind::Same => write!(formatter, "is the head's own version {head}")?,
            RejectionKind::Newer => write!(formatter, "is newer than the head {head}")?,
            RejectionKind::Incomparable => {
                write!(formatter, "cannot be compared with the head {head}")?;
            }
            RejectionKind::Gone => formatter.write_str(GONE)?,
            RejectionKind::Prerelease => {
                formatter.write_str("is a pre-release, and those are excluded")?;
            }
            RejectionKind::Excluded => {
                let reason = exclusion.map_or("it is excluded", |one| &one.reason);
                write!(formatter, "cannot be the base, since {reason}")?;
            }
        }
        if tagged.is_none() && matches!(kind, RejectionKind::Same | RejectionKind::Newer) {
            formatter.write_str(
                " (its tag is missing in this clone; `git fetch --tags` brings it, if it is \
                 still published)",
            )?;
        }
        Moved(*moved).fmt(formatter)
    }
}

/// The versions that a rule passed over on its way back from the head: those
/// that are excluded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PassedOver<'a> {
    /// All that are excluded, on that way or not.
    pub(super) excluded: &'a [Exclusion],
    /// Whether pre-releases lie on it.
    pub(super) prereleases: bool,
}

/// The most versions that a sentence names.
const NAMED_MAX: usize = 3;

impl<'a> PassedOver<'a> {
    /// Displays those between a base, or the beginning, and a head.
    fn between(self, base: Option<&PublishedVersion>, head: &Version) -> Passed<'a> {
        let all = self.excluded.iter().filter(|Exclusion { version, .. }| {
            version.is_older_than(head)
                && base.is_none_or(|base| base.version() < version)
                && (self.prereleases || !version.is_prerelease())
        });
        let mut passed: Vec<_> = all.collect();
        passed.sort_by(|a, b| b.version.cmp(&a.version));
        Passed(passed)
    }

    /// The same without a canonical that is told to be excluded itself.
    fn behind(
        self,
        setback: &RejectedCanonical<'_>,
        base: Option<&PublishedVersion>,
    ) -> Passed<'a> {
        let mut passed = self.between(base, setback.head);
        if setback.kind == RejectionKind::Excluded {
            let told = setback.tagged;
            passed.0.retain(|one| Some(&one.version) != told);
        }
        passed
    }
}

/// Excluded versions, the newest first.
struct Passed<'a>(Vec<&'a Exclusion>);

impl Passed<'_> {
    /// How a sentence goes on where nothing else was found.
    fn left(&self) -> &'static str {
        if self.0.is_empty() {
            "is published"
        } else {
            "is left"
        }
    }
}

impl Display for Passed<'_> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let named = self.0.len().min(NAMED_MAX);
        for (index, Exclusion { version, reason }) in self.0[..named].iter().enumerate() {
            let before = if index == 0 { "; passed over: " } else { ", " };
            write!(formatter, "{before}{version} ({reason})")?;
        }
        match self.0.len() - named {
            0 => Ok(()),
            more => write!(formatter, " and {more} more"),
        }
    }
}

/// The version of the tag that publishes a version, where it is another
/// spelling of it.
struct PublishedAs<'a>(&'a Version, Option<&'a Version>);

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
                    RejectionKind::Incomparable => "canonical cannot be compared with head",
                    RejectionKind::Gone => "canonical is no longer published",
                    RejectionKind::Prerelease => "canonical is an excluded pre-release",
                    RejectionKind::Excluded => "canonical is excluded",
                };
                write!(formatter, "{what} and no older published predecessor")
            }
            Self::HeadIsMainTip => formatter.write_str("head == main tip (no predecessor delta)"),
        }
    }
}
