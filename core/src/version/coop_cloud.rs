//! The order of Co-op Cloud recipes: a semver, and within it the version of an application.

use std::cmp::Ordering;
use std::fmt::{self, Display, Formatter};

use super::order::Ordered;
use super::plain::Numbers;
use super::{ParseVersionError, app_version};

/// A version of a recipe: `<recipe semver>+<app version>`, for example
/// `2.0.1+1.0.6-social-amd64`, in the order that [`Order::CoopCloud`](crate::Order) states.
///
/// The *recipe version* is semver's precedence part, the *app version* its
/// build metadata. The app version may be missing. Where all runs of two app versions are
/// equal, their text decides: `1.0.0+08` < `1.0.0+8`. No app version sorts before any.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct CoopCloud(semver::Version);

impl Ord for CoopCloud {
    fn cmp(&self, other: &Self) -> Ordering {
        let app_version = || app_version::compare(&self.0.build, &other.0.build);
        self.0.cmp_precedence(&other.0).then_with(app_version)
    }
}

impl PartialOrd for CoopCloud {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl CoopCloud {
    /// Tells whether this version lies in a range such as `<1.13.0`, as semver
    /// has it: the app version does not count, and a pre-release lies only in a
    /// range that names a pre-release of the same recipe version.
    pub(super) fn is_in(&self, range: &semver::VersionReq) -> bool {
        range.matches(&self.0)
    }
}

impl Ordered for CoopCloud {
    fn parse(text: &str) -> Result<Self, ParseVersionError> {
        match semver::Version::parse(text) {
            Ok(version) => Ok(Self(version)),
            Err(error) => Err(error.into()),
        }
    }

    fn numbers(&self) -> Numbers {
        (self.0.major, self.0.minor, self.0.patch)
    }

    /// They are where they are equal, and where the recipe versions are equal
    /// and either side has no app version: `1.0.3` and `1.0.3+1.0.3`. This is
    /// not transitive: `1.0.3` is the same version as `1.0.3+a` and as
    /// `1.0.3+b`, which differ.
    fn is_same_version(&self, other: &Self) -> bool {
        self.0.cmp_precedence(&other.0) == Ordering::Equal
            && (self.0.build == other.0.build
                || self.0.build.is_empty()
                || other.0.build.is_empty())
    }

    fn series(&self) -> [String; 2] {
        [self.0.major, self.0.minor].map(|number| number.to_string())
    }

    fn is_prerelease(&self) -> bool {
        !self.0.pre.is_empty()
    }
}

impl Display for CoopCloud {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

#[cfg(test)]
mod tests {
    use crate::Version;
    use proptest::prelude::*;
    use std::cmp::Ordering;

    /// Sorted by the rule, one surprise a line.
    const SORTED: [&str; 36] = [
        "0.0.0-0",
        "0.0.0",
        "0.0.0+0",
        "0.7.0+3.3.1",
        "0.8.1+3.5.0",
        "1.0.0-0+9",
        "1.0.0-9",
        "1.0.0-10",
        "1.0.0-alpha",
        "1.0.0-alpha.1",
        "1.0.0-alpha.beta",
        "1.0.0-beta.9+1",
        "1.0.0-beta.10+1",
        "1.0.0-rc.1",
        "1.0.0",
        "1.0.0+0",
        "1.0.0+00",
        "1.0.0+08",
        "1.0.0+8",
        "1.0.0+9.0",
        "1.0.0+10.0",
        "1.0.0+10.0-a",
        "1.0.0+27.0.9-fpm",
        "1.0.0+27.0.10-fpm",
        "1.0.0+99-fpm",
        "1.0.0+alpha",
        "1.0.0+alpha.0",
        "1.0.0+v9",
        "1.0.0+v10",
        "1.9.0+99.0",
        "1.10.0+1.0",
        "2.0.0-rc.1+9.9",
        "2.0.0+1.0.5-social-amd64",
        "2.0.1+1.0.6-social-amd64",
        "10.8.0+26.6.3",
        "18446744073709551615.0.0+1",
    ];

    #[test]
    fn the_sorted_table_holds_for_every_pair_and_its_mirror() {
        let versions = SORTED.map(|text| Version::parse(text).unwrap());
        for (i, left) in versions.iter().enumerate() {
            for (j, right) in versions.iter().enumerate() {
                assert_eq!(left.cmp(right), i.cmp(&j), "{left} against {right}");
                assert_eq!(left == right, i == j, "{left} against {right}");
            }
        }
    }

    #[test]
    fn a_missing_app_version_is_the_same_version_and_not_older() {
        let cases = [
            ("1.0.3", "1.0.3+1.0.3", true),
            ("1.0.3", "1.0.3", true),
            ("1.0.3+a", "1.0.3+a", true),
            ("1.0.3+a", "1.0.3+b", false),
            ("1.0.3-rc.1", "1.0.3-rc.1+1", true),
            ("1.0.3-rc.1", "1.0.3", false),
            ("1.0.2", "1.0.3+1.0.3", false),
        ];
        for (left, right, same) in cases {
            let (left, right) = (version(left), version(right));
            assert_eq!(left.is_same_version(&right), same, "{left} and {right}");
            assert_eq!(right.is_same_version(&left), same, "{right} and {left}");
            assert_eq!(left.is_older_than(&right), !same, "{left} before {right}");
            assert!(!right.is_older_than(&left), "{right} before {left}");
        }
    }

    #[test]
    fn what_is_not_a_version_says_where() {
        let cases = [
            ("", "it is empty"),
            ("latest", "'l' stands where the first number is expected"),
            (
                "1.0",
                "it ends too early: it needs three numbers, as 1.2.3 has",
            ),
            ("1.02.0", "the second number begins with a zero"),
            (
                "1.0.0+",
                "what follows the `+` is empty, or has two dots in a row or a dot at an end",
            ),
            (
                "1.0.0+a..b",
                "what follows the `+` is empty, or has two dots in a row or a dot at an end",
            ),
            ("1.0.0-rc_1", "'_' stands after the pre-release"),
            (
                "18446744073709551616.0.0",
                "the first number is more than 18446744073709551615, which fits no 64 bits",
            ),
            ("1.0.0\u{1b}[m", "'\\u{1b}' stands after the third number"),
            ("v1.0.0", "'v' stands where the first number is expected"),
        ];
        for (text, message) in cases {
            assert_eq!(Version::parse(text).unwrap_err().to_string(), message);
        }
        assert!(Version::parse_tag("v1.0.0").is_ok());
        assert!(Version::parse_tag("vv1.0.0").is_err());
    }

    #[track_caller]
    fn version(text: &str) -> Version {
        Version::parse(text).unwrap()
    }

    /// Texts of versions that are close to each other, so that ties occur.
    fn close_version() -> impl Strategy<Value = String> {
        "(0|1|9|10)\\.(0|9|10)\\.[01](-(rc\\.(9|10)|0|a))?(\\+(0|00|9|10|9\\.1|a|10-a|v9|v10))?"
    }

    proptest! {
        #[test]
        fn display_is_the_inverse_of_parse(text in close_version()) {
            prop_assert_eq!(version(&text).to_string(), text);
        }

        #[test]
        fn no_text_makes_parse_panic_and_what_it_takes_it_gives_back(text in any::<String>()) {
            if let Ok(version) = Version::parse(&text) {
                prop_assert_eq!(version.to_string(), text);
            }
        }

        #[test]
        fn the_order_is_total_and_equality_follows_it(
            a in close_version(), b in close_version(), c in close_version()
        ) {
            let (left, middle, right) = (version(&a), version(&b), version(&c));
            prop_assert_eq!(left.cmp(&middle), middle.cmp(&left).reverse());
            prop_assert_eq!(left == middle, left.cmp(&middle) == Ordering::Equal);
            prop_assert_eq!(left == middle, a == b);
            if left <= middle && middle <= right {
                prop_assert!(left <= right);
            }
        }

        #[test]
        fn older_is_a_strict_partial_order_and_excludes_same(
            a in close_version(), b in close_version(), c in close_version()
        ) {
            let (left, middle, right) = (version(&a), version(&b), version(&c));
            prop_assert!(!left.is_older_than(&left));
            prop_assert!(left.is_same_version(&left));
            prop_assert_eq!(left.is_same_version(&middle), middle.is_same_version(&left));
            let count = usize::from(left.is_older_than(&middle))
                + usize::from(middle.is_older_than(&left))
                + usize::from(left.is_same_version(&middle));
            prop_assert_eq!(count, 1, "exactly one of older, newer and same");
            if left.is_older_than(&middle) && middle.is_older_than(&right) {
                prop_assert!(left.is_older_than(&right));
            }
        }
    }
}
