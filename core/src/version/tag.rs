//! One tag: the version that it publishes, or why it publishes none.

use std::fmt::{self, Display, Formatter};

use super::{Order, ParseVersionError, Version};

/// A tag that publishes a version.
///
/// The name itself is not kept where it is the version's text with or without a
/// `v`, and a large history has a hundred thousand of those.
///
/// They are ordered by version, and those of equal versions by the tag's name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PublishedVersion {
    version: Version,
    spelling: Spelling,
}

/// How a tag's name spells its version.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Spelling {
    Bare,
    LeadingV,
    /// By this whole name.
    Whole(Box<str>),
}

impl PublishedVersion {
    /// Reads a tag's name in Co-op Cloud's order: a version, with or without a leading `v`.
    ///
    /// # Errors
    ///
    /// As [`Version::parse_tag`].
    pub fn from_tag(name: &str) -> Result<Self, ParseVersionError> {
        Self::read(Order::CoopCloud, "", name)
    }

    /// Reads what follows the prefix in a tag's name.
    pub(super) fn read(order: Order, prefix: &str, name: &str) -> Result<Self, ParseVersionError> {
        let version = order.parse_tag(name)?;
        let spelling = match name.strip_prefix('v') {
            _ if !prefix.is_empty() || order == Order::Debian => {
                Spelling::Whole([prefix, name].concat().into())
            }
            None => Spelling::Bare,
            Some(_) => Spelling::LeadingV,
        };
        Ok(Self { version, spelling })
    }

    /// Reads the part of a tag's name that is its version, if it has such a part.
    pub(super) fn of_part(
        order: Order,
        name: &[u8],
        part: Option<&str>,
    ) -> Result<Self, IgnoredReason> {
        let whole = std::str::from_utf8(name).map_err(|_| IgnoredReason::NotUtf8)?;
        let part = part.ok_or(IgnoredReason::OtherForm)?;
        let version = order.parse_tag(part).map_err(IgnoredReason::NotAVersion)?;
        Ok(Self {
            version,
            spelling: Spelling::Whole(whole.into()),
        })
    }

    /// The version that the tag publishes.
    pub fn version(&self) -> &Version {
        &self.version
    }

    /// The tag's name, as it stands in the repository.
    pub fn tag(&self) -> String {
        match &self.spelling {
            Spelling::Bare => self.version.to_string(),
            Spelling::LeadingV => format!("v{}", self.version),
            Spelling::Whole(name) => name.to_string(),
        }
    }
}

/// A tag that publishes nothing, and why.
#[derive(Debug)]
pub struct IgnoredTag {
    /// The tag's name, less `refs/tags/`: bytes, since git allows any.
    pub name: Box<[u8]>,
    /// Why it publishes nothing.
    pub because: IgnoredReason,
}

/// Why a tag publishes nothing.
#[derive(Debug)]
#[non_exhaustive]
pub enum IgnoredReason {
    /// Its name is not UTF-8.
    NotUtf8,
    /// Its name is not of the form that publishes a version.
    OtherForm,
    /// Its name is not a version.
    NotAVersion(ParseVersionError),
    /// The tag of the same name without the leading `v` publishes this version.
    ShadowedByPlainTag,
}

impl Display for IgnoredReason {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotUtf8 => formatter.write_str("its name is not UTF-8"),
            Self::OtherForm => formatter.write_str("not of the form of this scheme's tags"),
            Self::NotAVersion(error) => write!(formatter, "not a version: {error}"),
            Self::ShadowedByPlainTag => {
                formatter.write_str("the tag without the `v` publishes the same version")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use crate::{Order, PublishedSet, PublishedVersion};

    fn shown(set: &PublishedSet) -> (Vec<String>, Vec<String>) {
        let ignored = set.ignored().iter();
        let ignored = ignored.map(|tag| format!("{}: {}", tag.name.escape_ascii(), tag.because));
        (
            set.iter().map(PublishedVersion::tag).collect(),
            ignored.collect(),
        )
    }

    #[test]
    fn a_prefix_is_part_of_the_tag_and_not_of_the_version() {
        let tags = [
            "web-1.9",
            "web-v1.10.0",
            "web-1.10.0",
            "api-1.10.1",
            "1.10",
            "web-x",
        ];
        let set = PublishedSet::with_prefix(Order::Numeric, "web-", tags);
        let (published, ignored) = shown(&set);
        assert_eq!(published, ["web-1.9", "web-1.10.0"]);
        assert_eq!(
            ignored,
            [
                "api-1.10.1: not of the form of this scheme's tags",
                "1.10: not of the form of this scheme's tags",
                "web-x: not a version: it does not begin with a number",
                "web-v1.10.0: the tag without the `v` publishes the same version",
            ]
        );
        let head = Order::Numeric.parse("1.10.0.0").unwrap();
        assert_eq!(set.find(&head).unwrap().tag(), "web-1.10.0");
        assert_eq!(
            set.newest_older_than(&head, true, &BTreeSet::new())
                .unwrap()
                .tag(),
            "web-1.9"
        );
    }

    #[test]
    fn a_part_of_a_name_is_its_version_and_the_whole_is_its_tag() {
        let tags = [
            ("release/1.0rc1/x", Some("1.0rc1")),
            ("release/1.0/x", Some("1.0")),
            ("v1.0", None),
            ("release/a/x", Some("a")),
        ];
        let set = PublishedSet::with_versions(Order::Pep440, tags);
        let (published, ignored) = shown(&set);
        assert_eq!(published, ["release/1.0rc1/x", "release/1.0/x"]);
        assert_eq!(ignored.len(), 2);
        let head = Order::Pep440.parse("1.0").unwrap();
        let older = |prereleases| set.newest_older_than(&head, prereleases, &BTreeSet::new());
        assert_eq!(older(true).unwrap().tag(), "release/1.0rc1/x");
        assert_eq!(older(false), None);
    }
}
