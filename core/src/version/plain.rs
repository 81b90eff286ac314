//! The plain form of a tag's name: `1.11.0+1.29.0`, with or without a `v`.
//!
//! Nearly every tag has it, and to check it costs a fifth of parsing it. Every
//! other name is left to semver's parser.

/// A version's major, minor and patch number.
pub(super) type Numbers = (u64, u64, u64);

/// More digits than these may not fit into 64 bits.
const DIGITS_MAX: usize = 19;

/// Reads the numbers off a name of the plain form. Such a name is a version,
/// and no pre-release.
pub(super) fn plain_numbers(name: &[u8]) -> Option<Numbers> {
    let name = name.strip_prefix(b"v").unwrap_or(name);
    let (major, rest) = number(name)?;
    let (minor, rest) = number(rest.strip_prefix(b".")?)?;
    let (patch, rest) = number(rest.strip_prefix(b".")?)?;
    let is_plain = match rest.split_first() {
        None => true,
        Some((b'+', app)) => is_app_version(app),
        Some(_) => false,
    };
    is_plain.then_some((major, minor, patch))
}

/// Reads the first three numbers off a name that is nothing but numbers with dots or underscores
/// between them, with or without a `v`; a number that is missing is zero.
pub(super) fn numeric_numbers(name: &[u8]) -> Option<Numbers> {
    let name = name.strip_prefix(b"v").unwrap_or(name);
    let (mut numbers, mut count, mut digits) = ([0_u64; 3], 0, 0);
    for byte in name {
        match byte {
            b'0'..=b'9' => {
                digits += 1;
                if let Some(number) = numbers.get_mut(count) {
                    *number = number.wrapping_mul(10).wrapping_add(u64::from(byte - b'0'));
                }
            }
            b'.' | b'_' if (1..=DIGITS_MAX).contains(&digits) => (count, digits) = (count + 1, 0),
            _ => return None,
        }
    }
    let [first, second, third] = numbers;
    (1..=DIGITS_MAX)
        .contains(&digits)
        .then_some((first, second, third))
}

/// Reads a number without leading zeros off the front of a text.
fn number(text: &[u8]) -> Option<(u64, &[u8])> {
    let mut value = 0_u64;
    let mut length = 0;
    while let Some(digit) = text.get(length).filter(|byte| byte.is_ascii_digit()) {
        value = value.wrapping_mul(10).wrapping_add(u64::from(digit - b'0'));
        length += 1;
    }
    let leading_zero = length > 1 && text[0] == b'0';
    let is_number = (1..=DIGITS_MAX).contains(&length) && !leading_zero;
    is_number.then(|| (value, &text[length..]))
}

/// Tells whether a text is identifiers with dots between them: nothing else in
/// it, no dot after a dot, and none at either end.
fn is_app_version(text: &[u8]) -> bool {
    let mut previous = DOT;
    let mut wrong = 0;
    for byte in text {
        let class = CLASSES[usize::from(*byte)];
        wrong |= class & (previous | OTHER);
        previous = class;
    }
    wrong | previous == 0
}

const DOT: u8 = 1;
const OTHER: u8 = 2;

/// The class of each byte: 0 for those of identifiers.
const CLASSES: [u8; 256] = {
    let mut classes = [OTHER; 256];
    let mut byte = 0;
    while byte < u8::MAX {
        if byte.is_ascii_alphanumeric() || byte == b'-' {
            classes[byte as usize] = 0;
        }
        byte += 1;
    }
    classes[b'.' as usize] = DOT;
    classes
};

#[cfg(test)]
mod tests {
    use super::{numeric_numbers, plain_numbers};
    use crate::Order;
    use proptest::prelude::*;
    use semver::Version;

    /// What semver's parser makes of a name, where that is no pre-release.
    fn parsed(name: &str) -> Option<(u64, u64, u64)> {
        let version = Version::parse(name.strip_prefix('v').unwrap_or(name)).ok()?;
        let numbers = (version.major, version.minor, version.patch);
        version.pre.is_empty().then_some(numbers)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4096))]

        #[test]
        fn a_plain_name_is_the_version_that_semver_reads(
            name in "v?[0-9]{1,3}\\.(0|[1-9][0-9]{0,20})\\.[0-9]{1,2}(\\+[0-9a-zA-Z.é_-]{0,9})?"
        ) {
            let few_digits = name.split(['.', '+']).nth(1).unwrap().len() <= 19;
            let expected = parsed(&name).filter(|_| few_digits);
            prop_assert_eq!(plain_numbers(name.as_bytes()), expected);
        }

        #[test]
        fn a_plain_name_of_numbers_is_the_version_that_is_read(
            name in "v?[0-9]{1,2}([._][0-9]{1,21}){0,4}([-.a][0-9]?)?"
        ) {
            if let Some(numbers) = numeric_numbers(name.as_bytes()) {
                let version = Order::Numeric.parse_tag(&name).unwrap();
                prop_assert_eq!(numbers, version.numbers());
                prop_assert!(version.is_comparable(&Order::Numeric.parse("1").unwrap()));
            }
        }

        #[test]
        fn what_semver_refuses_is_never_plain(name in "[v0-9a.+-]{0,12}|\\PC{0,9}") {
            if let Some(numbers) = plain_numbers(name.as_bytes()) {
                prop_assert_eq!(parsed(&name), Some(numbers));
            }
        }
    }
}
