//! The order of app versions, which are the tags of images: `27.0.9-fpm`, `v9`,
//! `1.10-alpine`.
//!
//! semver orders its build metadata identifier by identifier, and an identifier
//! with a letter in it is a word there: `v10` before `v9`. People read numbers
//! wherever they stand, and so does this order.

use std::cmp::Ordering;

/// A maximal run of digits, or of other characters, in the order in which runs
/// compare.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Run<'a> {
    /// Digits, by value, of whatever length: how many there are without the
    /// leading zeros, and then which.
    Number(usize, &'a [u8]),
    /// Other characters, by their bytes.
    Word(&'a [u8]),
}

impl<'a> Run<'a> {
    fn new(run: &'a [u8]) -> Self {
        if run[0].is_ascii_digit() {
            let zeros = run.iter().take_while(|digit| **digit == b'0').count();
            Self::Number(run.len() - zeros, &run[zeros..])
        } else {
            Self::Word(run)
        }
    }
}

/// Compares two app versions run by run: numbers by value, words by their bytes,
/// a number before a word, and the one that ends first before the longer. Where
/// all runs are equal (`08` and `8`), the whole text decides. No app version is
/// the empty text, which sorts first.
pub(super) fn compare(left: &str, right: &str) -> Ordering {
    runs(left).cmp(runs(right)).then_with(|| left.cmp(right))
}

fn runs(text: &str) -> impl Iterator<Item = Run<'_>> {
    let is_one_run = |a: &u8, b: &u8| a.is_ascii_digit() == b.is_ascii_digit();
    text.as_bytes().chunk_by(is_one_run).map(Run::new)
}

#[cfg(test)]
mod tests {
    use super::compare;
    use proptest::prelude::*;

    /// Sorted by the rule, one surprise a line.
    const SORTED: [&str; 38] = [
        "",
        "0",
        "00",
        "0-fpm",
        "1",
        "1-alpine",
        "1.9-alpine",
        "1.10",
        "1.10-alpine",
        "1.10.0",
        "2.0.0-alpha9",
        "2.0.0-alpha10",
        "2.0.0-rc.1",
        "08",
        "8",
        "8.0.0",
        "27.0.9-fpm",
        "27.0.10-fpm",
        "2024.9.30",
        "2024.10.1",
        "20230209",
        "18446744073709551615",
        "18446744073709551616",
        "99999999999999999999999",
        "100000000000000000000000",
        "-1",
        "RELEASE.2024-09-30",
        "RELEASE.2024-10-01",
        "alpine",
        "alpine3.9",
        "alpine3.18",
        "alpine.1",
        "ls99",
        "ls101",
        "v1.9.1",
        "v1.10.0",
        "v9",
        "version-v10",
    ];

    #[test]
    fn the_sorted_table_holds_for_every_pair_and_its_mirror() {
        for (i, left) in SORTED.iter().enumerate() {
            for (j, right) in SORTED.iter().enumerate() {
                assert_eq!(compare(left, right), i.cmp(&j), "{left} against {right}");
            }
        }
    }

    /// Tags of images that a tool put in the wrong order, with the report of it.
    const REPORTED: [(&str, &str, &str); 12] = [
        ("27.0.9-fpm", "27.0.10-fpm", "crazy-max/diun#1836"),
        ("v8.9.0-ls99", "v8.9.0-ls101", "CodesWhat/drydock#918"),
        (
            "0.5.0b3.dev99-ls235",
            "0.5.0b3.dev101-ls250",
            "CodesWhat/drydock#918",
        ),
        (
            "4.0.9.2244-ls257",
            "4.0.19.2979-ls322",
            "CodesWhat/drydock#918",
        ),
        ("1.0.0-9", "1.0.0-14", "updatecli/updatecli#1321"),
        (
            "v2.8.1-9-gfafafaf",
            "v2.8.1-11-gfafafaf",
            "travis-ci/terraform-config#162",
        ),
        (
            "foo-5",
            "foo-11",
            "BradleyA/Search-docker-registry-v2-script.1.0#14",
        ),
        ("v1.0.9", "v1.0.10", "microsoft/containerregistry#133"),
        (
            "v0.9.2",
            "v0.20.1-cu129-ubuntu2404",
            "llm-d/llm-d-benchmark#1060",
        ),
        ("v0.8.5.post1", "v0.9.0", "llm-d/llm-d-benchmark#1060"),
        ("1.2.0", "1.100.0", "mlabouardy/nexus-cli#16"),
        ("32.0", "32.0.3", "darthnorse/dockmon#147"),
    ];

    #[test]
    fn the_tags_of_public_reports_are_in_the_order_that_was_expected() {
        for (older, newer, report) in REPORTED {
            assert!(compare(older, newer).is_lt(), "{report}: {older}, {newer}");
        }
    }

    /// Texts that are close to each other, so that ties occur.
    const CLOSE: &str = "(0|00|8|08|9|10|v|v9|-|a|ab|\\.){0,5}";

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4096))]

        #[test]
        fn the_order_is_total_and_equal_is_the_same_text(a in CLOSE, b in CLOSE, c in CLOSE) {
            prop_assert_eq!(compare(&a, &b), compare(&b, &a).reverse());
            prop_assert_eq!(compare(&a, &b).is_eq(), a == b);
            if compare(&a, &b).is_le() && compare(&b, &c).is_le() {
                prop_assert!(compare(&a, &c).is_le());
            }
        }

        #[test]
        fn a_number_counts_by_its_value_wherever_it_stands(
            before in "([a-z.-]{0,4}[a-z.-])?", (low, high) in (0_u64..2000, 0_u64..2000), after in "[a-z.-]?"
        ) {
            let (left, right) = (format!("{before}{low}{after}"), format!("{before}{high}{after}"));
            prop_assert_eq!(compare(&left, &right), low.cmp(&high));
        }

        #[test]
        fn plain_numbers_and_words_compare_as_in_semver(
            a in "(0|[1-9][0-9]{0,3}|[a-z]{1,3})(\\.(0|[1-9][0-9]{0,3})){0,3}",
            b in "(0|[1-9][0-9]{0,3}|[a-z]{1,3})(\\.(0|[1-9][0-9]{0,3})){0,3}",
        ) {
            let build = |text: &str| semver::BuildMetadata::new(text).unwrap();
            prop_assert_eq!(compare(&a, &b), build(&a).cmp(&build(&b)));
        }
    }
}
