//! The order of plain numbers: calendar versions, four components, two, one, with leading zeros.

use std::cmp::Ordering;
use std::fmt::{self, Display, Formatter};

use super::ParseVersionError;
use super::order::Ordered;
use super::plain::Numbers;

/// Numbers with dots or underscores between them, and the class that follows them.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Numeric {
    text: Box<str>,
    /// Where the numbers end and the class begins, in bytes.
    end: usize,
}

impl Numeric {
    /// The numbers, each without its leading zeros, so that the longer is the larger.
    fn parts(&self) -> impl Iterator<Item = &str> {
        let parts = self.text[..self.end].split(['.', '_']);
        parts.map(|digits| digits.trim_start_matches('0'))
    }

    fn class(&self) -> &str {
        &self.text[self.end..]
    }

    /// Compares the numbers; one that is missing is zero.
    fn cmp_parts(&self, other: &Self) -> Ordering {
        let (mut left, mut right) = (self.parts(), other.parts());
        loop {
            let (left, right) = match (left.next(), right.next()) {
                (None, None) => return Ordering::Equal,
                (left, right) => (left.unwrap_or_default(), right.unwrap_or_default()),
            };
            let order = (left.len(), left).cmp(&(right.len(), right));
            if order.is_ne() {
                return order;
            }
        }
    }
}

impl Ord for Numeric {
    /// By the numbers, then by the class, then by the text.
    fn cmp(&self, other: &Self) -> Ordering {
        self.cmp_parts(other)
            .then_with(|| self.class().cmp(other.class()))
            .then_with(|| self.text.cmp(&other.text))
    }
}

impl PartialOrd for Numeric {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ordered for Numeric {
    fn parse(text: &str) -> Result<Self, ParseVersionError> {
        let bytes = text.as_bytes();
        let digits = |at: usize| bytes[at..].iter().take_while(|byte| byte.is_ascii_digit());
        let mut end = digits(0).count();
        if end == 0 {
            return Err(ParseVersionError::new("it does not begin with a number"));
        }
        while let Some(b'.' | b'_') = bytes.get(end) {
            let count = digits(end + 1).count();
            if count == 0 {
                break;
            }
            end += 1 + count;
        }
        let is_of_class = |letter: char| letter.is_ascii_alphanumeric() || "._+~-".contains(letter);
        let class = &text[end..];
        if let Some(other) = class.chars().find(|letter| !is_of_class(*letter)) {
            return Err(ParseVersionError::new(format!(
                "{other:?} is no part of a version"
            )));
        }
        if !class.is_empty() && !class.contains(|letter: char| letter.is_ascii_alphanumeric()) {
            return Err(ParseVersionError::new(format!(
                "it ends with `{class}`, after which a number or a word is missing"
            )));
        }
        Ok(Self {
            text: text.into(),
            end,
        })
    }

    fn numbers(&self) -> Numbers {
        // From a number on that 64 bits do not tell from a larger one, all that decides is elsewhere.
        let mut numbers = [0; 3];
        for (number, digits) in numbers.iter_mut().zip(self.parts()) {
            *number = match digits {
                "" => 0,
                digits => digits.parse().unwrap_or(u64::MAX),
            };
            if *number == u64::MAX {
                break;
            }
        }
        let [first, second, third] = numbers;
        (first, second, third)
    }

    fn is_same_version(&self, other: &Self) -> bool {
        self.is_comparable(other) && self.cmp_parts(other).is_eq()
    }

    fn is_comparable(&self, other: &Self) -> bool {
        self.class() == other.class()
    }

    fn series(&self) -> [String; 2] {
        let mut parts = self.parts().map(str::to_owned);
        [(); 2].map(|()| parts.next().unwrap_or_default())
    }

    fn is_prerelease(&self) -> bool {
        false
    }
}

impl Display for Numeric {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::version::order::assert_sorted;
    use crate::{Order, Version};

    /// Sorted, one surprise a line.
    const SORTED: [&str; 20] = [
        "0.9",
        "0.10",
        "1",
        "1.0.0.1",
        "1.13.4_1",
        "1.13.4_2",
        "1.13.4_10",
        "1.13.5",
        "5",
        "2023.12.9",
        "2024.01.1",
        "2024.1.2",
        "2024.01.10",
        "20240101",
        "18446744073709551615",
        "18446744073709551615.5",
        "18446744073709551616",
        "18446744073709551616.1",
        "99999999999999999999999.0.1",
        "99999999999999999999999.0.2",
    ];

    #[track_caller]
    fn version(text: &str) -> Version {
        Order::Numeric.parse(text).unwrap()
    }

    #[test]
    fn the_sorted_table_holds_for_every_pair() {
        assert_sorted(Order::Numeric, &SORTED);
    }

    #[test]
    fn a_missing_number_is_zero_and_leading_zeros_do_not_count() {
        for (one, other) in [("1.2", "1.2.0"), ("2024.01.1", "2024.1.01"), ("1_2", "1.2")] {
            assert!(
                version(one).is_same_version(&version(other)),
                "{one} {other}"
            );
        }
        assert!(!version("1.2").is_same_version(&version("1.2.1")));
    }

    #[test]
    fn versions_of_different_classes_cannot_be_compared() {
        let (lts, stable) = (version("26.8.1.1-lts"), version("26.8.2.1-stable"));
        assert!(!lts.is_comparable(&stable) && !lts.is_older_than(&stable));
        assert!(!stable.is_older_than(&lts) && !lts.is_same_version(&stable));
        assert!(lts.is_older_than(&version("26.8.1.2-lts")));
        assert!(!version("1.2.3-rc1").is_older_than(&version("1.2.3")));
    }

    #[test]
    fn what_is_not_a_version_says_why() {
        for (text, message) in [
            ("", "it does not begin with a number"),
            ("latest", "it does not begin with a number"),
            (
                "1.2.",
                "it ends with `.`, after which a number or a word is missing",
            ),
            ("1.2 3", "' ' is no part of a version"),
            ("1.2\u{661}", "'\u{661}' is no part of a version"),
        ] {
            assert_eq!(Order::Numeric.parse(text).unwrap_err().to_string(), message);
        }
    }

    proptest! {
        /// An oracle that knows numbers, not digits.
        #[test]
        fn the_order_is_that_of_lists_of_numbers(
            one in prop::collection::vec(0_u64..12, 1..6), other in prop::collection::vec(0_u64..12, 1..6)
        ) {
            let text = |parts: &[u64]| parts.iter().map(u64::to_string).collect::<Vec<_>>().join(".");
            let full = |parts: &[u64]| parts.iter().copied().chain([0; 6]).take(6).collect::<Vec<_>>();
            let (left, right) = (version(&text(&one)), version(&text(&other)));
            prop_assert_eq!(left.is_older_than(&right), full(&one) < full(&other));
            prop_assert_eq!(left.is_same_version(&right), full(&one) == full(&other));
        }
    }
}
