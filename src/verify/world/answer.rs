//! An answer of a resolver to a question.

use std::fmt::{self, Display, Formatter};

use crate::simulate::NO_ANSWER;
use crate::verify::world::case::Case;

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
    /// The one that was declared, among other words.
    AroundDeclared(String),
    /// One of the chain's own.
    Known(&'static str),
    /// An empty text.
    Empty,
    /// Some other.
    Other(String),
}

/// The chain's own reasons for a skip, word for word.
pub(crate) const SKIP_TEXTS: [&str; 6] = [
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
            Self::AroundDeclared(text) | Self::Other(text) => text,
        }
    }

    /// Classifies a text.
    pub fn of(text: &str, declared: Option<&str>) -> Self {
        if declared == Some(text) {
            Self::Declared
        } else if declared.is_some_and(|declared| text.contains(declared)) {
            Self::AroundDeclared(text.to_owned())
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
            Self::Skip(SkipWording::AroundDeclared(_) | SkipWording::Other(_)) => "skip: other",
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
            Answer::NoAnswer => formatter.write_str(NO_ANSWER),
        }
    }
}
