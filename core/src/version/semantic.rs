//! The order of Semantic Versioning 2.0.0 (semver.org, section 11).

use std::cmp::Ordering;
use std::fmt::{self, Display, Formatter};

use super::ParseVersionError;
use super::order::Ordered;
use super::plain::Numbers;

/// A semantic version.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Semantic(semver::Version);

impl Semantic {
    /// Tells whether this version lies in a range, as semver has it.
    pub(super) fn is_in(&self, range: &semver::VersionReq) -> bool {
        range.matches(&self.0)
    }
}

impl Ord for Semantic {
    /// By precedence; where that is equal, the text of the build metadata decides.
    fn cmp(&self, other: &Self) -> Ordering {
        let text = || self.0.build.as_str().cmp(other.0.build.as_str());
        self.0.cmp_precedence(&other.0).then_with(text)
    }
}

impl PartialOrd for Semantic {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ordered for Semantic {
    fn parse(text: &str) -> Result<Self, ParseVersionError> {
        Ok(Self(semver::Version::parse(text)?))
    }

    fn numbers(&self) -> Numbers {
        (self.0.major, self.0.minor, self.0.patch)
    }

    fn is_same_version(&self, other: &Self) -> bool {
        self.0.cmp_precedence(&other.0).is_eq()
    }

    fn series(&self) -> [String; 2] {
        [self.0.major, self.0.minor].map(|number| number.to_string())
    }

    fn is_prerelease(&self) -> bool {
        !self.0.pre.is_empty()
    }
}

impl Display for Semantic {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

#[cfg(test)]
mod tests {
    use crate::Order;
    use crate::version::order::assert_sorted;

    /// Sorted, with the examples of section 11 of the specification.
    const SORTED: [&str; 17] = [
        "0.9.0",
        "1.0.0-1",
        "1.0.0-2",
        "1.0.0-10",
        "1.0.0-alpha",
        "1.0.0-alpha.1",
        "1.0.0-alpha.beta",
        "1.0.0-beta",
        "1.0.0-beta.2",
        "1.0.0-beta.11",
        "1.0.0-rc.1",
        "1.0.0",
        "1.9.0",
        "1.10.0",
        "2.0.0",
        "2.1.0",
        "2.1.1",
    ];

    #[test]
    fn the_sorted_table_holds_for_every_pair() {
        assert_sorted(Order::Semver, &SORTED);
    }

    #[test]
    fn build_metadata_makes_no_other_version() {
        let version = |text| Order::Semver.parse(text).unwrap();
        let (one, other) = (version("1.0.0+a"), version("1.0.0+b"));
        assert!(one.is_same_version(&other) && one != other && one < other);
        assert!(!one.is_older_than(&other) && !other.is_older_than(&one));
    }
}
