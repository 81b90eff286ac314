//! The order of Debian's versions: section 5.6.12 of the Debian policy, and `deb-version(7)`.

use std::cmp::Ordering;
use std::fmt::{self, Display, Formatter};

use super::ParseVersionError;
use super::order::Ordered;
use super::plain::Numbers;

/// `[epoch:]upstream[-revision]`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Debian {
    text: Box<str>,
    epoch: u32,
}

/// What stands before a pre-release's word.
const PRERELEASES: [&str; 5] = ["~alpha", "~beta", "~rc", "~pre", "~dev"];

impl Debian {
    /// The upstream version and the revision, which is empty where there is none.
    fn parts(&self) -> (&str, &str) {
        let rest = self
            .text
            .split_once(':')
            .map_or(&*self.text, |(_, rest)| rest);
        rest.rsplit_once('-').unwrap_or((rest, ""))
    }

    fn precedence(&self, other: &Self) -> Ordering {
        let ((upstream, revision), (other_upstream, other_revision)) =
            (self.parts(), other.parts());
        self.epoch
            .cmp(&other.epoch)
            .then_with(|| compare(upstream, other_upstream))
            .then_with(|| compare(revision, other_revision))
    }
}

/// Compares two upstream versions or revisions: in turn a text that holds no digit, and a number.
fn compare(mut left: &str, mut right: &str) -> Ordering {
    while !left.is_empty() || !right.is_empty() {
        let (left_word, left_digits, left_rest) = split(left);
        let (right_word, right_digits, right_rest) = split(right);
        let by_digits =
            || (left_digits.len(), left_digits).cmp(&(right_digits.len(), right_digits));
        let order = weights(left_word)
            .cmp(weights(right_word))
            .then_with(by_digits);
        if order.is_ne() {
            return order;
        }
        (left, right) = (left_rest, right_rest);
    }
    Ordering::Equal
}

/// What a text begins with that is no digit, the digits after that without their leading zeros,
/// and the rest.
fn split(text: &str) -> (&str, &str, &str) {
    let is_digit = |letter: char| letter.is_ascii_digit();
    let (word, text) = text.split_at(text.find(is_digit).unwrap_or(text.len()));
    let end = text.find(|letter| !is_digit(letter)).unwrap_or(text.len());
    let (digits, rest) = text.split_at(end);
    (word, digits.trim_start_matches('0'), rest)
}

/// A tilde is before the end of the text, that before letters, and those before all else.
fn weights(word: &str) -> impl Iterator<Item = u16> {
    let weight = |byte: u8| match byte {
        b'~' => 0,
        byte if byte.is_ascii_alphabetic() => u16::from(byte),
        byte => 256 + u16::from(byte),
    };
    word.bytes().map(weight).chain([1])
}

impl Ord for Debian {
    fn cmp(&self, other: &Self) -> Ordering {
        self.precedence(other)
            .then_with(|| self.text.cmp(&other.text))
    }
}

impl PartialOrd for Debian {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ordered for Debian {
    fn parse(text: &str) -> Result<Self, ParseVersionError> {
        let error = |why: &str| Err(ParseVersionError::new(why));
        let (epoch, rest) = match text.split_once(':') {
            None => (0, text),
            Some((epoch, rest)) => {
                let is_number =
                    !epoch.is_empty() && epoch.bytes().all(|byte| byte.is_ascii_digit());
                match epoch.parse::<u32>() {
                    Ok(epoch) if is_number && i32::try_from(epoch).is_ok() => (epoch, rest),
                    _ => {
                        return error(
                            "what stands before the colon is no epoch, a number of up to 31 bits",
                        );
                    }
                }
            }
        };
        let (upstream, revision) = match rest.rsplit_once('-') {
            None => (rest, None),
            Some((upstream, revision)) => (upstream, Some(revision)),
        };
        if !upstream.starts_with(|letter: char| letter.is_ascii_digit()) {
            return error("the upstream version does not begin with a digit");
        }
        let is_one_of = |text: &str, signs: &str| {
            let mut letters = text.chars();
            letters.all(|letter| letter.is_ascii_alphanumeric() || signs.contains(letter))
        };
        if !is_one_of(upstream, ".+-~:") {
            return error("the upstream version holds other than letters, digits and `.+-~:`");
        }
        match revision {
            Some("") => error("nothing stands after the last hyphen, where the revision belongs"),
            Some(revision) if !is_one_of(revision, ".+~") => {
                error("the revision holds other than letters, digits and `.+~`")
            }
            Some(_) | None => Ok(Self {
                text: text.into(),
                epoch,
            }),
        }
    }

    fn numbers(&self) -> Numbers {
        (u64::from(self.epoch), 0, 0)
    }

    fn is_same_version(&self, other: &Self) -> bool {
        self.precedence(other).is_eq()
    }

    fn series(&self) -> [String; 2] {
        let (upstream, _) = self.parts();
        let mut runs = upstream.split(|letter: char| !letter.is_ascii_digit());
        let mut next = || {
            let run = runs.next().unwrap_or_default();
            run.trim_start_matches('0').to_owned()
        };
        let (major, minor) = (next(), next());
        [format!("{}:{major}", self.epoch), minor]
    }

    fn is_prerelease(&self) -> bool {
        let (upstream, _) = self.parts();
        PRERELEASES.iter().any(|word| upstream.contains(word))
    }
}

impl Display for Debian {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use crate::version::order::assert_sorted;
    use crate::{Order, Version};

    /// Sorted, with the examples of `deb-version(7)` and of the policy.
    const SORTED: [&str; 27] = [
        "0~~",
        "0~~a",
        "0~",
        "0",
        "0a",
        "0+",
        "1.0~beta1~svn1245-1",
        "1.0~beta1-1",
        "1.0~rc1-1",
        "1.0-1~bpo12+1",
        "1.0-1",
        "1.0-1a",
        "1.0-1+b1",
        "1.0-1+deb12u1",
        "1.0-1.1",
        "1.0-2",
        "1.0-10",
        "1.0+dfsg-1",
        "1.0.1-1",
        "1.9-1",
        "1.10-1",
        "2.30-1-1",
        "20240101-1",
        "1:0.9-1",
        "1:1.0-1",
        "2:0.1",
        "10:0.1",
    ];

    #[track_caller]
    fn version(text: &str) -> Version {
        Order::Debian.parse(text).unwrap()
    }

    #[test]
    fn the_sorted_table_holds_for_every_pair() {
        assert_sorted(Order::Debian, &SORTED);
    }

    #[test]
    fn spellings_of_one_version_are_the_same() {
        for (one, other) in [
            ("1.0", "0:1.0"),
            ("1.0-0", "1.0"),
            ("1.01", "1.1"),
            ("1.0a0", "1.0a"),
        ] {
            assert!(
                version(one).is_same_version(&version(other)),
                "{one} {other}"
            );
        }
        assert!(version("1.0~rc1-1").is_prerelease() && version("1.0~~beta2").is_prerelease());
        assert!(
            !version("1.0-1~bpo12+1").is_prerelease() && !version("1.0~dfsg-1").is_prerelease()
        );
    }

    #[test]
    fn what_is_not_a_version_says_why() {
        for (text, why) in [
            ("", "does not begin with a digit"),
            ("latest", "does not begin with a digit"),
            (":1.0", "no epoch"),
            ("+1:1.0", "no epoch"),
            ("2147483648:1.0", "no epoch"),
            ("1.0-", "nothing stands after the last hyphen"),
            ("1.0_1", "the upstream version holds other"),
            ("1.0-1!2", "the revision holds other"),
        ] {
            let error = Order::Debian.parse(text).unwrap_err().to_string();
            assert!(error.contains(why), "{text}: {error}");
        }
    }

    #[test]
    fn a_tag_is_read_by_dep_14() {
        let tag = Order::Debian.parse_tag("1%2.0_rc1-1").unwrap();
        assert_eq!(tag.to_string(), "1:2.0~rc1-1");
    }

    /// Debian's own program as the oracle, where it is installed.
    #[test]
    fn dpkg_agrees_about_each_pair_of_close_versions() {
        let dpkg = |one: &str, relation: &str, other: &str| {
            let arguments = ["--compare-versions", one, relation, other];
            Command::new("dpkg")
                .args(arguments)
                .status()
                .map(|status| status.success())
        };
        if dpkg("1", "lt", "2").is_err() {
            return;
        }
        let mut texts: Vec<String> = SORTED.map(str::to_owned).into();
        for first in ["1", "1.0", "01"] {
            for rest in ["", "~", "a", "+", "~a", ".~1", "a0", "-0", "-~", "-00.1"] {
                texts.push(format!("{first}{rest}"));
            }
        }
        let versions: Vec<Version> = texts.iter().map(|text| version(text)).collect();
        for (at, one) in versions.iter().enumerate() {
            for other in &versions[at..] {
                let (left, right) = (one.to_string(), other.to_string());
                let is_older = dpkg(&left, "lt", &right).unwrap();
                assert_eq!(one.is_older_than(other), is_older, "{left} {right}");
                if !is_older {
                    let is_newer = dpkg(&left, "gt", &right).unwrap();
                    assert_eq!(other.is_older_than(one), is_newer, "{left} {right}");
                }
            }
        }
    }
}
