//! One version, in whichever order, and how two of them compare.

use std::error::Error;
use std::fmt::{self, Debug, Display, Formatter};
use std::hash::Hash;
use std::str::FromStr;

use super::coop_cloud::CoopCloud;
use super::debian::Debian;
use super::numeric::Numeric;
use super::pep440::Pep440;
use super::plain::{Numbers, numeric_numbers, plain_numbers};
use super::semantic::Semantic;
use super::semver_words;

/// A version in one order. [`Ord`] is a total order in which only equal texts are equal, and
/// [`Display`] gives the text that was read.
pub(super) trait Ordered: Clone + Debug + Display + Hash + Ord {
    /// Reads a version.
    ///
    /// # Errors
    ///
    /// The text is no version of this order; the error says why.
    fn parse(text: &str) -> Result<Self, ParseVersionError>;

    /// Three numbers that decide first in the order: a version with lower ones is before one with
    /// higher ones, and two that are the same version have the same.
    fn numbers(&self) -> Numbers;

    /// Tells whether the two are one version, though perhaps spelt differently.
    fn is_same_version(&self, other: &Self) -> bool;

    /// Tells whether the order says which of the two is older.
    fn is_comparable(&self, _other: &Self) -> bool {
        true
    }

    /// Tells whether this is a pre-release.
    fn is_prerelease(&self) -> bool;

    /// The major number and the minor one, as texts that are equal where the numbers are. An epoch is
    /// a part of the major one; a number that is missing is zero.
    fn series(&self) -> [String; 2];
}

/// An order of versions.
///
/// The operator states it; it is never guessed from the versions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case")
)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
pub enum Order {
    /// Co-op Cloud's: `<recipe semver>+<app version>`, such as `1.13.0+1.31.1`.
    ///
    /// - The recipe version decides first, by semver's precedence: `1.9.0+9` <
    ///   `1.10.0+1`, and `2.0.0-rc.1+9` < `2.0.0+1`.
    /// - Equal recipe versions are ordered by app version, which is the tag of an
    ///   image and no semver. It is split into runs of digits and of other
    ///   characters, which are compared one by one: two numbers by value, of any
    ///   length (`1.0.0+v9` < `1.0.0+v10`), two words by their bytes, a number
    ///   before a word (`1.0.0+99` < `1.0.0+alpha`), and the one that ends first
    ///   before the longer (`1.0.0+9` < `1.0.0+9-fpm`).
    /// - Where recipe versions are equal and either side has no app version, the
    ///   two are the same version: a tag `v1.0.3` on a tree that says
    ///   `1.0.3+1.0.3` is real.
    #[default]
    CoopCloud,
    /// Semantic Versioning 2.0.0. Two versions that differ in their build
    /// metadata alone are the same version.
    Semver,
    /// Numbers with dots or underscores between them, of any count and length,
    /// with leading zeros or without: `26.8.1.1-lts`, `2024.01.1`, `1.13.4_1`.
    ///
    /// A number that is missing is zero: `1.2` is the same version as `1.2.0`.
    /// What follows the numbers is a class, such as `-lts` or `-alpine`: two
    /// versions of different classes cannot be compared. There are no
    /// pre-releases.
    Numeric,
    /// Python's, PEP 440: `1!2.0rc1.post2.dev3+local`.
    Pep440,
    /// Debian's, `[epoch:]upstream[-revision]`, by section 5.6.12 of the Debian
    /// policy. A pre-release has a `~` before `alpha`, `beta`, `rc`, `pre` or
    /// `dev` in its upstream version.
    Debian,
}

impl Order {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::CoopCloud,
        Self::Semver,
        Self::Numeric,
        Self::Pep440,
        Self::Debian,
    ];

    /// The name of the order, as a scheme has it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::CoopCloud => "coop-cloud",
            Self::Semver => "semver",
            Self::Numeric => "numeric",
            Self::Pep440 => "pep440",
            Self::Debian => "debian",
        }
    }

    /// Reads a version as it is written in a file, without a leading `v`.
    ///
    /// # Errors
    ///
    /// The text is no version of this order; the error says why.
    pub fn parse(self, text: &str) -> Result<Version, ParseVersionError> {
        Ok(Version(match self {
            Self::CoopCloud => Any::CoopCloud(Ordered::parse(text)?),
            Self::Semver => Any::Semver(Ordered::parse(text)?),
            Self::Numeric => Any::Numeric(Ordered::parse(text)?),
            Self::Pep440 => Any::Pep440(Ordered::parse(text)?),
            Self::Debian => Any::Debian(Ordered::parse(text)?),
        }))
    }

    /// Reads a version as people and tags write it: a leading `v` is allowed, except in Debian's
    /// order, in which `%` stands for `:` and `_` for `~` (DEP-14, since a tag of git can have
    /// neither).
    ///
    /// # Errors
    ///
    /// As [`parse`](Self::parse).
    pub fn parse_tag(self, text: &str) -> Result<Version, ParseVersionError> {
        match self {
            Self::Debian => self.parse(&text.replace('%', ":").replace('_', "~").replace('#', "")),
            Self::CoopCloud | Self::Semver | Self::Numeric | Self::Pep440 => {
                self.parse(text.strip_prefix('v').unwrap_or(text))
            }
        }
    }

    /// Tells whether any two versions of this order can be compared.
    pub(super) fn compares_all(self) -> bool {
        self != Self::Numeric
    }

    /// The numbers of a tag that is certainly a version and no pre-release, by its bytes alone.
    pub(super) fn plain_numbers(self, name: &[u8]) -> Option<Numbers> {
        match self {
            Self::CoopCloud | Self::Semver => plain_numbers(name),
            Self::Numeric => numeric_numbers(name),
            Self::Pep440 | Self::Debian => None,
        }
    }
}

/// A version, in one of the [`Order`]s.
///
/// [`Ord`] is a total order in which only equal texts are equal. That order alone does not say
/// what is *older*: see [`is_older_than`](Self::is_older_than). Versions of different orders
/// are never the same, and neither is older.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version(Any);

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Any {
    CoopCloud(CoopCloud),
    Semver(Semantic),
    Numeric(Numeric),
    Pep440(Pep440),
    Debian(Debian),
}

/// What a version of whichever order tells by itself.
macro_rules! of_one {
    ($version:expr, $it:ident => $tells:expr) => {
        match &$version.0 {
            Any::CoopCloud($it) => $tells,
            Any::Semver($it) => $tells,
            Any::Numeric($it) => $tells,
            Any::Pep440($it) => $tells,
            Any::Debian($it) => $tells,
        }
    };
}

/// What two versions of one order tell; two of different orders tell nothing.
macro_rules! of_two {
    ($left:expr, $right:expr, $one:ident, $other:ident => $tells:expr) => {
        match (&$left.0, &$right.0) {
            (Any::CoopCloud($one), Any::CoopCloud($other)) => $tells,
            (Any::Semver($one), Any::Semver($other)) => $tells,
            (Any::Numeric($one), Any::Numeric($other)) => $tells,
            (Any::Pep440($one), Any::Pep440($other)) => $tells,
            (Any::Debian($one), Any::Debian($other)) => $tells,
            _ => false,
        }
    };
}

impl Version {
    /// Reads a version in Co-op Cloud's order, which is the default, as
    /// [`Order::parse`].
    ///
    /// # Errors
    ///
    /// What semver refuses: missing parts, leading zeros, empty identifiers,
    /// characters outside `[0-9A-Za-z.+-]`, numbers past 64 bits.
    pub fn parse(text: &str) -> Result<Self, ParseVersionError> {
        Order::CoopCloud.parse(text)
    }

    /// Reads a version in Co-op Cloud's order as people and tags write it: a leading `v` is
    /// allowed.
    ///
    /// # Errors
    ///
    /// As [`parse`](Self::parse).
    pub fn parse_tag(text: &str) -> Result<Self, ParseVersionError> {
        Order::CoopCloud.parse_tag(text)
    }

    /// The order of this version.
    pub const fn order(&self) -> Order {
        match &self.0 {
            Any::CoopCloud(_) => Order::CoopCloud,
            Any::Semver(_) => Order::Semver,
            Any::Numeric(_) => Order::Numeric,
            Any::Pep440(_) => Order::Pep440,
            Any::Debian(_) => Order::Debian,
        }
    }

    /// Tells whether the two are one version, though perhaps spelt differently; each [`Order`] says
    /// when they are. It need not be transitive: in Co-op Cloud's order `1.0.3` is the same version
    /// as `1.0.3+a` and as `1.0.3+b`, which differ.
    pub fn is_same_version(&self, other: &Self) -> bool {
        of_two!(self, other, one, other => one.is_same_version(other))
    }

    /// Tells whether the order says which of the two is older. Where it does not, each is neither
    /// older than the other nor the same version.
    pub fn is_comparable(&self, other: &Self) -> bool {
        of_two!(self, other, one, other => one.is_comparable(other))
    }

    /// Tells whether this version is strictly older than `other`: comparable, before it in
    /// the order, and not the same version.
    pub fn is_older_than(&self, other: &Self) -> bool {
        of_two!(self, other, one, other =>
            one < other && one.is_comparable(other) && !one.is_same_version(other))
    }

    /// Tells whether this version lies in a range such as `<1.13.0`, as semver
    /// has it: build metadata and app versions do not count, and a pre-release lies only in a
    /// range that names a pre-release of the same version. In other orders there are no ranges.
    pub fn is_in(&self, range: &semver::VersionReq) -> bool {
        match &self.0 {
            Any::CoopCloud(version) => version.is_in(range),
            Any::Semver(version) => version.is_in(range),
            Any::Numeric(_) | Any::Pep440(_) | Any::Debian(_) => false,
        }
    }

    /// Tells whether the two are of one major series: their first numbers, and their epochs, are the
    /// same. In Co-op Cloud's order those are the recipe version's.
    pub fn is_of_same_major(&self, other: &Self) -> bool {
        self.order() == other.order() && self.series()[0] == other.series()[0]
    }

    /// Tells whether the two are of one minor series: their first two numbers are the same.
    pub fn is_of_same_minor(&self, other: &Self) -> bool {
        self.order() == other.order() && self.series() == other.series()
    }

    fn series(&self) -> [String; 2] {
        of_one!(self, version => version.series())
    }

    /// Tells whether this is a pre-release, such as `2.0.0-rc.1+1.0`.
    pub fn is_prerelease(&self) -> bool {
        of_one!(self, version => version.is_prerelease())
    }

    /// Three numbers that decide first in the order.
    pub(super) fn numbers(&self) -> Numbers {
        of_one!(self, version => version.numbers())
    }
}

impl Display for Version {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        of_one!(self, version => Display::fmt(version, formatter))
    }
}

/// Reads a version in Co-op Cloud's order.
impl FromStr for Version {
    type Err = ParseVersionError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

/// Why a text is not a version: a clause that says what stands where.
#[derive(Debug)]
pub struct ParseVersionError(Why);

#[derive(Debug)]
enum Why {
    Semver(semver::Error),
    Said(String),
}

impl ParseVersionError {
    pub(super) fn new(why: impl Into<String>) -> Self {
        Self(Why::Said(why.into()))
    }
}

impl From<semver::Error> for ParseVersionError {
    fn from(error: semver::Error) -> Self {
        Self(Why::Semver(error))
    }
}

impl Display for ParseVersionError {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Why::Semver(error) => formatter.write_str(&semver_words::clause(error)),
            Why::Said(why) => formatter.write_str(why),
        }
    }
}

impl Error for ParseVersionError {}

/// Asserts that a table is sorted, that no two of its versions are the same, and that each is given
/// back as it was read.
#[cfg(test)]
#[track_caller]
pub(super) fn assert_sorted(order: Order, texts: &[&str]) {
    let parse = |text: &&str| {
        order
            .parse(text)
            .unwrap_or_else(|error| panic!("{text}: {error}"))
    };
    let versions: Vec<Version> = texts.iter().map(parse).collect();
    for (i, left) in versions.iter().enumerate() {
        assert_eq!(left.to_string(), texts[i]);
        for (j, right) in versions.iter().enumerate() {
            assert_eq!(left.cmp(right), i.cmp(&j), "{left} against {right}");
            assert_eq!(left.is_older_than(right), i < j, "{left} against {right}");
            assert_eq!(
                left.is_same_version(right),
                i == j,
                "{left} against {right}"
            );
            let by_numbers = left.numbers().cmp(&right.numbers());
            assert!(
                by_numbers.is_eq() || by_numbers == i.cmp(&j),
                "{left} against {right}"
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use crate::{Order, PublishedSet, PublishedVersion, Version};

    #[test]
    fn a_version_of_another_class_is_never_older() {
        let tags = [
            "26.8.1.1-lts",
            "26.9.1.1-stable",
            "26.7.1.1-stable",
            "26.8.2.1",
        ];
        let set = PublishedSet::with_prefix(Order::Numeric, "", tags);
        let older = |head| {
            let head = Order::Numeric.parse(head).unwrap();
            let older = set.newest_older_than(&head, true, &BTreeSet::new());
            older.map(PublishedVersion::tag)
        };
        assert_eq!(older("26.9.2.1-lts").unwrap(), "26.8.1.1-lts");
        assert_eq!(older("26.9.1.1-stable").unwrap(), "26.7.1.1-stable");
        assert_eq!(older("26.8.1.1-lts"), None);
        assert_eq!(older("26.9").unwrap(), "26.8.2.1");
    }

    proptest! {
        #[test]
        fn the_one_pass_agrees_with_sorting_in_each_order(
            names in prop::collection::vec("v?(1|9|10)([._](0|9|10)){0,3}(-a|rc1|~rc1)?", 0..12),
            head in "(9|10)\\.[09]\\.0", at in 0..Order::ALL.len(),
        ) {
            let order = Order::ALL[at];
            let head = order.parse(&head).unwrap();
            let set = PublishedSet::with_prefix(order, "", &names);
            let versions = names.iter().filter_map(|name| order.parse_tag(name).ok());
            let mut older: Vec<_> = versions.filter(|version| version.is_older_than(&head)).collect();
            older.sort();
            let found = set.newest_older_than(&head, true, &BTreeSet::new());
            prop_assert_eq!(found.map(PublishedVersion::version), older.last());
        }

        #[test]
        fn each_order_is_total_and_older_is_a_strict_partial_order(
            texts in prop::array::uniform3("(1|9|10)(\\.(0|00|9)){0,2}(-a|-b|rc1|~rc1|\\+a)?"),
            at in 0..Order::ALL.len(),
        ) {
            let parsed: Vec<Version> =
                texts.iter().filter_map(|text| Order::ALL[at].parse(text).ok()).collect();
            let [a, b, c] = &parsed[..] else { return Ok(()) };
            prop_assert_eq!(a.cmp(b), b.cmp(a).reverse());
            prop_assert_eq!(a == b, a.to_string() == b.to_string());
            if a <= b && b <= c {
                prop_assert!(a <= c);
            }
            let ways = [a.is_older_than(b), b.is_older_than(a), a.is_same_version(b), !a.is_comparable(b)];
            prop_assert_eq!(ways.into_iter().filter(|is_so| *is_so).count(), 1, "{} {}", a, b);
            if a.is_older_than(b) && b.is_older_than(c) {
                prop_assert!(a.is_older_than(c));
            }
            prop_assert!(!a.is_older_than(b) || a.numbers() <= b.numbers());
            prop_assert!(!a.is_same_version(b) || a.numbers() == b.numbers());
            // A series is one stretch of the order, and a version is in its own.
            prop_assert!(!a.is_same_version(b) || a.is_of_same_minor(b));
            prop_assert!(!a.is_of_same_minor(b) || a.is_of_same_major(b));
        }
    }

    #[test]
    fn a_series_is_told_by_the_first_numbers_of_each_order() {
        for (order, one, same_minor, same_major, neither) in [
            (
                Order::CoopCloud,
                "1.2.3+9.9",
                "1.2.0-rc.1",
                "1.20.3+9.9",
                "12.2.3+9.9",
            ),
            (Order::Semver, "1.2.3", "1.2.9+x", "1.0.0", "2.2.3"),
            (
                Order::Numeric,
                "2024.01.1",
                "2024.1.7_2",
                "2024.10.1",
                "2023.01.1",
            ),
            (Order::Numeric, "1", "1.0.3-lts", "1.3", "10"),
            (Order::Pep440, "1!2.0", "1!2.post1", "1!2.1rc1", "2.0"),
            (
                Order::Debian,
                "1:2.3.4-1",
                "1:2.3~rc1-9",
                "1:2.30-1",
                "2.3.4-1",
            ),
            (
                Order::Debian,
                "20230101",
                "20230101-2",
                "20230101.1",
                "20230102",
            ),
        ] {
            let [one, minor, major, other] =
                [one, same_minor, same_major, neither].map(|text| order.parse(text).unwrap());
            assert!(
                one.is_of_same_minor(&minor) && one.is_of_same_major(&minor),
                "{one} {minor}"
            );
            assert!(
                !one.is_of_same_minor(&major) && one.is_of_same_major(&major),
                "{one} {major}"
            );
            assert!(
                !one.is_of_same_minor(&other) && !one.is_of_same_major(&other),
                "{one} {other}"
            );
        }
    }

    #[test]
    fn versions_of_different_orders_tell_nothing() {
        let [recipe, numbers] =
            [Order::CoopCloud, Order::Numeric].map(|order| order.parse("1.0.0"));
        let (recipe, numbers) = (recipe.unwrap(), numbers.unwrap());
        assert!(!recipe.is_same_version(&numbers) && !recipe.is_comparable(&numbers));
        assert!(!recipe.is_older_than(&numbers) && !numbers.is_older_than(&recipe));
    }
}
