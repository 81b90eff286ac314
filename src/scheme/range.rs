//! Ranges of versions, in whichever order: one version, or bounds such as `>=2.0.0 <3.0.0`.
//!
//! `semver::VersionReq` is not used: it reads one order alone, and a pre-release lies in hardly any
//! of its ranges, so that `>=2, <3` would let `2.1.0-rc.1` through.

use std::fmt::{self, Display, Formatter};

use samever_core::Version;

use super::Scheme;

/// Versions that an operator names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct VersionRange {
    /// As it was written.
    text: String,
    /// All of them hold for a version that lies in it.
    bounds: Vec<Bound>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Bound {
    side: BoundSide,
    version: Version,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum BoundSide {
    Same,
    AtLeast,
    AtMost,
    After,
    Before,
}

/// How a bound begins; the longer before the shorter.
const SIDES: [(&str, BoundSide); 4] = [
    (">=", BoundSide::AtLeast),
    ("<=", BoundSide::AtMost),
    (">", BoundSide::After),
    ("<", BoundSide::Before),
];

/// How many times `.0` makes a full version of a part of one: `2` is `2.0.0`.
const ZEROS_MAX: usize = 2;

impl VersionRange {
    /// Reads one version, as [`Scheme::parse`] does, or bounds with spaces or commas between
    /// them. `>=` and `<` take a part of a version as well: `>=2` is `>=2.0.0`.
    ///
    /// # Errors
    ///
    /// It is neither, or no version can lie in it; the text is a clause without the range itself.
    pub(crate) fn parse(scheme: &Scheme, text: &str) -> Result<Self, String> {
        let spaced = text.replace(',', " ");
        let mut words = spaced.split_whitespace().peekable();
        let mut bounds = Vec::new();
        while let Some(word) = words.next() {
            let side = SIDES.iter().find(|(sign, _)| word.starts_with(sign));
            let Some((sign, side)) = side else {
                if bounds.is_empty() && words.peek().is_none() {
                    let version = scheme
                        .parse(word)
                        .map_err(|error| format!("`{word}` is no version: {error}"))?;
                    bounds.push(Bound {
                        side: BoundSide::Same,
                        version,
                    });
                    break;
                }
                return Err(format!(
                    "`{word}` is no bound; write one version, or bounds such as `>=2.0.0 <3.0.0`"
                ));
            };
            let version = match &word[sign.len()..] {
                "" => words.next().unwrap_or_default(),
                version => version,
            };
            let version = bound(scheme, sign, *side, version)?;
            bounds.push(Bound {
                side: *side,
                version,
            });
        }
        let range = Self {
            text: text.trim().to_owned(),
            bounds,
        };
        range.check()
    }

    /// Tells whether a version lies in it. A version that cannot be compared with a bound does not.
    pub(crate) fn holds(&self, version: &Version) -> bool {
        self.bounds.iter().all(|bound| bound.holds(version))
    }
}

impl Display for VersionRange {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

impl Bound {
    fn holds(&self, version: &Version) -> bool {
        let is_same = version.is_same_version(&self.version);
        let is_before = version.is_older_than(&self.version);
        let is_after = self.version.is_older_than(version);
        match self.side {
            BoundSide::Same => is_same,
            BoundSide::AtLeast => is_same || is_after,
            BoundSide::AtMost => is_same || is_before,
            BoundSide::After => is_after,
            BoundSide::Before => is_before,
        }
    }

    /// Tells whether no version is between this lower bound and that upper one.
    fn excludes(&self, upper: &Self) -> bool {
        let (from, to) = (&self.version, &upper.version);
        let includes_both = self.side == BoundSide::AtLeast && upper.side == BoundSide::AtMost;
        to.is_older_than(from) || from == to && !includes_both
    }
}

/// The version of a bound, of which a part may be left out.
fn bound(scheme: &Scheme, sign: &str, side: BoundSide, text: &str) -> Result<Version, String> {
    let error = match scheme.parse(text) {
        Ok(version) => return Ok(version),
        Err(error) => error,
    };
    let mut full = text.to_owned();
    for _ in 0..ZEROS_MAX {
        full.push_str(".0");
        let Ok(version) = scheme.parse(&full) else {
            continue;
        };
        return match side {
            BoundSide::AtLeast | BoundSide::Before => Ok(version),
            BoundSide::Same | BoundSide::AtMost | BoundSide::After => Err(format!(
                "`{sign}{text}` may mean two things; write `{sign}{full}`, or `>=` or `<` and \
                 a version"
            )),
        };
    }
    Err(format!("`{text}` after `{sign}` is no version: {error}"))
}

impl VersionRange {
    fn check(self) -> Result<Self, String> {
        let of = |sides: [BoundSide; 2]| {
            let bounds = self.bounds.iter();
            bounds.filter(move |bound| sides.contains(&bound.side))
        };
        if self.bounds.is_empty() {
            return Err("it is empty; write a version, or bounds such as `>=2.0.0 <3.0.0`".into());
        }
        for lower in of([BoundSide::AtLeast, BoundSide::After]) {
            for upper in of([BoundSide::AtMost, BoundSide::Before]) {
                if lower.excludes(upper) {
                    return Err(format!(
                        "no version is after {} and before {}; write the lower bound first, such as \
                         `>=2.0.0 <3.0.0`",
                        lower.version, upper.version
                    ));
                }
            }
        }
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::{Scheme, VersionRange};

    fn lies_in(scheme: &str, range: &str, version: &str) -> bool {
        let scheme = Scheme::named(scheme).unwrap();
        let range = VersionRange::parse(&scheme, range).unwrap();
        range.holds(&scheme.parse(version).unwrap())
    }

    #[test]
    fn a_range_holds_what_its_bounds_say_in_the_order_of_the_scheme() {
        for (scheme, range, inside, outside) in [
            ("coop-cloud", "3.0.0+2", "3.0.0+2 3.0.0", "3.0.0+3 3.0.1+2"),
            ("coop-cloud", "3.0.0", "3.0.0 3.0.0+2 3.0.0+x", "3.0.1"),
            ("coop-cloud", "v3.0.0+2", "3.0.0+2", "3.0.0+1"),
            (
                "coop-cloud",
                ">=2 <3",
                "2.0.0+1 2.0.0 2.9.9+9 3.0.0-rc.1+1",
                "1.9.9+9 3.0.0 3.0.0+1 2.0.0-rc.1",
            ),
            ("coop-cloud", ">= 2.1, < 3", "2.1.0+1", "2.0.9+1"),
            ("coop-cloud", "<=2.0.0", "2.0.0+9 1.0.0", "2.0.1"),
            ("coop-cloud", ">2.0.0", "2.0.1", "2.0.0+9 2.0.0"),
            (
                "coop-cloud",
                "<=2.0.0+2",
                "2.0.0+2 2.0.0 2.0.0+1",
                "2.0.0+10",
            ),
            ("semver", ">=1.2, <2", "1.2.0 v1.9.0-rc.1", "2.0.0 1.1.9"),
            ("python", ">=2", "2 2.0.post1 3.0rc1 1!0.1", "2.0rc1"),
            ("debian", ">=1:1.0", "1:1.0 1:1.0-1 2:0.1", "2.0 1:1.0~rc1"),
            (
                "image",
                ">=1.27 <1.28",
                "1.27 1.27.0 1.27.3",
                "1.27.3-alpine 1.28 1.26",
            ),
            (
                "image",
                ">=1.27-alpine",
                "1.27.3-alpine",
                "1.27.3 1.27.3-slim",
            ),
            ("npm:packages/web", "web@1.2.3", "1.2.3", "1.2.4"),
        ] {
            for version in inside.split(' ') {
                assert!(
                    lies_in(scheme, range, version),
                    "{scheme} {range} {version}"
                );
            }
            for version in outside.split(' ') {
                assert!(
                    !lies_in(scheme, range, version),
                    "{scheme} {range} {version}"
                );
            }
        }
    }

    #[test]
    fn what_is_no_range_says_what_to_write() {
        let scheme = Scheme::coop_cloud();
        for (range, why) in [
            ("", "it is empty; write a version"),
            (" , ", "it is empty; write a version"),
            ("2", "is no version"),
            ("abc", "is no version"),
            (">=", "`` after `>=` is no version"),
            (">=abc", "`abc` after `>=` is no version"),
            (">2", "`>2` may mean two things; write `>2.0.0`"),
            ("<=2.1", "`<=2.1` may mean two things; write `<=2.1.0`"),
            ("1.0.0 2.0.0", "`1.0.0` is no bound"),
            (">=1.0.0 2.0.0", "`2.0.0` is no bound"),
            ("^1.2.3", "is no version"),
            ("<2 >=3", "no version is after 3.0.0 and before 2.0.0"),
            (
                ">2.0.0 <2.0.0",
                "no version is after 2.0.0 and before 2.0.0",
            ),
            (">=2.0.0 <2.0.0", "no version is after 2.0.0"),
        ] {
            let error = VersionRange::parse(&scheme, range).unwrap_err();
            assert!(error.contains(why), "{range}: {error}");
        }
        assert!(VersionRange::parse(&scheme, ">=2.0.0 <=2.0.0").is_ok());
    }
}
