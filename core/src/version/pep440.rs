//! The order of Python's versions, PEP 440.

use std::cmp::Ordering;
use std::fmt::{self, Display, Formatter};

use super::ParseVersionError;
use super::order::Ordered;
use super::plain::Numbers;

/// A version of PEP 440, with the text that was read: the specification allows several for one
/// version.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Pep440 {
    version: pep440_rs::Version,
    text: Box<str>,
}

impl Ord for Pep440 {
    fn cmp(&self, other: &Self) -> Ordering {
        let text = || self.text.cmp(&other.text);
        self.version.cmp(&other.version).then_with(text)
    }
}

impl PartialOrd for Pep440 {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ordered for Pep440 {
    fn parse(text: &str) -> Result<Self, ParseVersionError> {
        if text.trim() != text {
            return Err(ParseVersionError::new(
                "white space is no part of a version",
            ));
        }
        let (public, local) = text.split_once('+').unwrap_or((text, ""));
        let mut numbers = public
            .split(|letter: char| !letter.is_ascii_digit())
            .chain(local.split(['.', '-', '_']));
        if numbers.any(is_past_64_bits) {
            return Err(ParseVersionError::new(
                "one of its numbers is more than 18446744073709551615, which fits no 64 bits",
            ));
        }
        let version = text.parse::<pep440_rs::Version>();
        let version = version
            .map_err(|_| ParseVersionError::new("it is no version as PEP 440 defines them"))?;
        Ok(Self {
            version,
            text: text.into(),
        })
    }

    fn numbers(&self) -> Numbers {
        let release = self.version.release();
        let number = |at: usize| release.get(at).copied().unwrap_or_default();
        (self.version.epoch(), number(0), number(1))
    }

    fn is_same_version(&self, other: &Self) -> bool {
        self.version == other.version
    }

    fn series(&self) -> [String; 2] {
        let (epoch, major, minor) = self.numbers();
        [format!("{epoch}!{major}"), minor.to_string()]
    }

    fn is_prerelease(&self) -> bool {
        self.version.any_prerelease()
    }
}

/// Tells whether a text is a number that the library refuses or, in a local part, takes for a word.
fn is_past_64_bits(text: &str) -> bool {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number && text.parse::<u64>().is_err()
}

impl Display for Pep440 {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use crate::version::order::assert_sorted;
    use crate::{Order, Version};

    fn version(text: &str) -> Version {
        Order::Pep440.parse(text).unwrap()
    }

    /// Sorted, with the examples of the specification ("Summary of permitted suffixes and relative
    /// ordering", "Version epochs", "Local version identifiers").
    const SORTED: [&str; 24] = [
        "0.9",
        "1.dev0",
        "1.0.dev456",
        "1.0a1",
        "1.0a2.dev456",
        "1.0a12.dev456",
        "1.0a12",
        "1.0b1.dev456",
        "1.0b2",
        "1.0b2.post345.dev456",
        "1.0b2.post345",
        "1.0rc1.dev456",
        "1.0rc1",
        "1.0",
        "1.0+abc.5",
        "1.0+abc.7",
        "1.0+5",
        "1.0.post456.dev34",
        "1.0.post456",
        "1.0.15",
        "1.1.dev1",
        "2014.04",
        "1!1.0",
        "1!2.0",
    ];

    #[test]
    fn the_sorted_table_holds_for_every_pair() {
        assert_sorted(Order::Pep440, &SORTED);
    }

    #[test]
    fn spellings_of_one_version_are_the_same() {
        for (one, other) in [
            ("1.0", "1.0.0"),
            ("1.1RC1", "1.1rc1"),
            ("1.0-1", "1.0.post1"),
            ("1.0.0-alpha.1", "1.0a1"),
            ("2014.04", "2014.4"),
        ] {
            assert!(
                version(one).is_same_version(&version(other)),
                "{one} {other}"
            );
            assert_eq!(version(one).to_string(), one);
        }
        assert!(version("1.0.dev1").is_prerelease() && version("1.0rc1").is_prerelease());
        assert!(!version("1.0.post1").is_prerelease());
        for text in [
            "",
            "latest",
            " 1.0",
            "1.0_x!",
            "1..0",
            "1.0\n",
            "1+18446744073709551616",
        ] {
            assert!(Order::Pep440.parse(text).is_err(), "{text:?}");
        }
    }

    /// Prints whether each version is older than each, of a list in its arguments, by the library
    /// of Python's own packaging, which pip brings along.
    const ORACLE: &str = "
import sys
try: from packaging.version import Version
except ImportError: from pip._vendor.packaging.version import Version
versions = [Version(text) for text in sys.argv[1:]]
for one in versions: print(''.join('01'[one < other] for other in versions))
";

    /// Python's `packaging` as the oracle, where it is installed.
    #[test]
    fn packaging_agrees_about_each_pair_of_close_versions() {
        let mut texts: Vec<String> = SORTED.map(str::to_owned).into();
        for first in ["1", "1.0", "1.0.1", "0!1", "1!1"] {
            for rest in [
                "", "a", "rc1", "-rc.1", "-1", ".post", ".dev0", "b1.dev1", "+a.1",
            ] {
                texts.push(format!("{first}{rest}"));
            }
        }
        let python = Command::new("python3")
            .args(["-c", ORACLE])
            .args(&texts)
            .output();
        let Some(output) = python.ok().filter(|output| output.status.success()) else {
            return;
        };
        let versions: Vec<Version> = texts.iter().map(|text| version(text)).collect();
        let told = String::from_utf8(output.stdout).unwrap();
        assert_eq!(told.lines().count(), versions.len());
        for (one, told) in versions.iter().zip(told.lines()) {
            let older = versions.iter().map(|other| one.is_older_than(other));
            let older: String = older.map(|is| if is { '1' } else { '0' }).collect();
            assert_eq!(older, told, "{one}");
        }
    }
}
