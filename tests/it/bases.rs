//! Several bases of one head, by their names.

use std::collections::BTreeSet;

use proptest::prelude::*;
use semver::Version;

use crate::support::repositories::{Fixture, says};

fn fixture(versions: &[&str]) -> Fixture {
    let mut fixture = Fixture::new();
    fixture.releases(versions);
    fixture
}

/// What `resolve --from` lists: the base of each name, by its tag.
#[track_caller]
fn listed(fixture: &Fixture, args: &[&str]) -> Vec<(String, Option<String>)> {
    let report = fixture.plan(args);
    let mut named = Vec::new();
    for base in report["bases"].as_array().unwrap() {
        for naming in base["names"].as_array().unwrap() {
            let name = naming["name"].as_str().unwrap().to_owned();
            assert!(!naming["because"].as_str().unwrap().is_empty());
            named.push((name, base["plan"]["tag"].as_str().map(str::to_owned)));
        }
    }
    named
}

/// What public reports say of the version that an upgrade test must start from.
#[test]
fn the_bases_of_public_reports_have_names() {
    for (report, versions, head, name, expected) in [
        // The newest of the minor before, whatever patches came since.
        (
            "https://github.com/cilium/cilium/issues/5060",
            "1.0.0 1.0.5 1.1.0 1.1.1 1.2.0",
            "1.2.0",
            "previous-minor",
            "1.1.1",
        ),
        // The start of the series before, rather than its newest patch.
        (
            "https://github.com/spiffe/helm-charts-hardened/pull/207",
            "0.16.0 0.16.1 0.17.0 0.17.1 0.18.0",
            "0.18.0",
            "first-of-minor",
            "0.17.0",
        ),
        (
            "https://github.com/sourcegraph/sourcegraph-public-snapshot/pull/29001",
            "3.33.0 3.34.0 3.34.2 3.35.0",
            "3.35.0",
            "first-of-minor",
            "3.34.0",
        ),
        // The oldest that an upgrade is promised from.
        (
            "https://github.com/civicrm/civicrm-core/pull/11864",
            "4.0.8 4.1.0 4.1.3 4.2.0 5.0.0",
            "5.0.0",
            "oldest-supported",
            "4.1.3",
        ),
        // Clusters that are behind by more than is promised.
        (
            "https://github.com/fission/fission/pull/3642",
            "1.25.0 1.25.1 1.26.0 1.26.1 1.27.0",
            "1.27.0",
            "1.25.1",
            "1.25.1",
        ),
        // A new major: what the last one ended with.
        (
            "https://github.com/nextcloud/docker/issues/804",
            "15.0.0 15.0.8 16.0.0 16.0.1",
            "16.0.1",
            "previous-major",
            "15.0.8",
        ),
    ] {
        let versions: Vec<_> = versions.split(' ').collect();
        let fixture = fixture(&versions);
        let of = ["--scheme", "semver", "--head", head, "--head-version", head];
        let supported: &[&str] = match name {
            "oldest-supported" => &["--supported", ">=4.1.3"],
            _ => &[],
        };
        let args = [&of[..], &["--from", name], supported].concat();
        let expected = vec![(name.to_owned(), Some(expected.to_owned()))];
        assert_eq!(listed(&fixture, &args), expected, "{report}");
    }
}

/// Each version that is published is a base of `all`, as in
/// <https://github.com/citusdata/citus/issues/4078>; what is excluded or cannot be pinned is not.
#[test]
fn all_lists_every_older_version_but_those_that_cannot_be_one() {
    let fixture = fixture(&["8.0.0+1", "8.1.0+1", "9.0.0-rc.1+1", "9.0.0+1", "9.1.0+1"]);
    let all = |more: &[&str]| {
        let named = listed(&fixture, &[&["--from", "all"], more].concat());
        let tags = named.into_iter().filter_map(|(_, tag)| tag);
        tags.collect::<Vec<_>>().join(" ")
    };
    assert_eq!(all(&[]), "9.0.0+1 9.0.0-rc.1+1 8.1.0+1 8.0.0+1");
    assert_eq!(all(&["--no-prereleases"]), "9.0.0+1 8.1.0+1 8.0.0+1");
    assert_eq!(
        all(&["--exclude", "<8.1=it is too old"]),
        "9.0.0+1 9.0.0-rc.1+1 8.1.0+1"
    );
}

#[test]
fn names_that_lead_to_one_base_are_kept_with_it_and_a_name_without_one_says_why() {
    let fixture = fixture(&["1.0.0+1", "1.1.0+1", "1.2.0+1"]);
    let names = "chain,previous,previous-minor,previous-major,first-of-major,1.0.0";
    let steady = ["--canonical-version", "1.2.0+1", "--from", names];
    let report = fixture.plan(&steady);
    let bases = report["bases"].as_array().unwrap();
    let shown: Vec<_> = bases
        .iter()
        .map(|base| {
            let names = base["names"].as_array().unwrap().iter();
            let names: Vec<_> = names
                .map(|naming| naming["name"].as_str().unwrap())
                .collect();
            (names.join(" "), base["plan"]["tag"].as_str())
        })
        .collect();
    assert_eq!(
        shown,
        [
            ("chain previous previous-minor".to_owned(), Some("1.1.0+1")),
            ("previous-major".to_owned(), None),
            ("first-of-major 1.0.0".to_owned(), Some("1.0.0+1")),
        ]
    );
    let none = bases[1]["plan"]["reason"].as_str().unwrap();
    says(
        none,
        &[
            "there is none",
            "an older major series than the head 1.2.0+1",
        ],
    );
    let text = fixture.resolve(&steady);
    assert_eq!(text.code, 0, "{}", text.stderr);
    says(
        &text.stdout,
        &[
            "2 bases of 1.2.0+1",
            "chain, previous, previous-minor",
            "first-of-major, 1.0.0",
        ],
    );
}

/// Arguments, the exit code, and what to write.
const SENSELESS: [(&[&str], i32, &str); 17] = [
    (
        &["--from", "latest"],
        2,
        "`latest` is no name of a base: chain, previous",
    ),
    (&["--from", ""], 2, "is no name of a base"),
    (
        &["--from", "previous,previous"],
        2,
        "previous is named twice; name each base once",
    ),
    (&["--from", "chain,1.0.0,chain"], 2, "chain is named twice"),
    (
        &["--from", "oldest-supported"],
        2,
        "oldest-supported needs the range that is supported, such as '>=2'",
    ),
    (
        &["--from", "chain", "--supported", ">=2"],
        2,
        "does nothing: oldest-supported is not named",
    ),
    (&["--supported", ">=2"], 2, "--from"),
    (
        &["--from", "oldest-supported", "--supported", ">2"],
        2,
        "`>2` may mean two things",
    ),
    (
        &["--from", "oldest-supported", "--supported", ">=3"],
        3,
        "the head 2.1.0+1 does not lie in the range >=3",
    ),
    (
        &["--from", "oldest-supported", "--supported", ">=2.1"],
        3,
        "no published version but the head's lies in the range >=2.1",
    ),
    (
        &["--from", "previous", "--override", "1.0.0+1"],
        2,
        "--override",
    ),
    (
        &[
            "--from",
            "previous",
            "--not-applicable",
            "it keeps no state",
        ],
        2,
        "--not-applicable",
    ),
    (&["--from", "9.9.9"], 3, "the base 9.9.9 is not published"),
    (
        &["--from", "2.1.0"],
        3,
        "the base 2.1.0 is not older than the head 2.1.0+1",
    ),
    (&["--from", "3.x"], 3, "the base `3.x` is no version"),
    (
        &["--from", "1.0.0", "--exclude", "1.0.0+1=it was withdrawn"],
        3,
        "cannot be one: the operator excludes it: it was withdrawn",
    ),
    (
        &["--from", "every-canonical"],
        3,
        "every-canonical needs the history in a state folder",
    ),
];

#[test]
fn names_that_make_no_sense_say_what_to_write() {
    let fixture = fixture(&["1.0.0+1", "2.0.0+1", "2.1.0+1"]);
    for (args, code, why) in SENSELESS {
        let run = fixture.resolve(&[&["--canonical-version", "2.1.0+1"], args].concat());
        assert_eq!(run.code, code, "{args:?}: {}{}", run.stdout, run.stderr);
        says(&run.stderr, &[why]);
    }
    let newer = fixture.resolve(&["--head", "2.0.0+1", "--from", "2.1.0"]);
    assert_eq!(newer.code, 3);
    says(
        &newer.stderr,
        &["the base 2.1.0 is not older than the head 2.0.0+1"],
    );
}

/// One history: its versions, in any order of creation, and the head among them.
fn histories() -> impl Strategy<Value = (Vec<(u64, u64, u64, bool)>, usize)> {
    let version = (0..3_u64, 0..3_u64, 0..3_u64, prop::bool::weighted(0.2));
    let versions = prop::collection::btree_set(version, 1..10);
    let shuffled = versions
        .prop_map(|set| set.into_iter().collect::<Vec<_>>())
        .prop_shuffle();
    shuffled.prop_flat_map(|versions| {
        let count = versions.len();
        (Just(versions), 0..count)
    })
}

fn text(&(major, minor, patch, is_prerelease): &(u64, u64, u64, bool)) -> String {
    let rc = if is_prerelease { "-rc.1" } else { "" };
    format!("{major}.{minor}.{patch}{rc}+1")
}

/// The base of a name, in plain words on semver's own versions.
fn oracle(name: &str, older: &[Version], head: &Version) -> Option<Version> {
    let newest = |is_meant: &dyn Fn(&Version) -> bool| {
        older.iter().filter(|one| is_meant(one)).max().cloned()
    };
    let oldest = |is_meant: &dyn Fn(&Version) -> bool| {
        older.iter().filter(|one| is_meant(one)).min().cloned()
    };
    let previous = newest(&|_| true)?;
    match name {
        "previous" => Some(previous),
        "previous-minor" => newest(&|one| (one.major, one.minor) < (head.major, head.minor)),
        "previous-major" => newest(&|one| one.major < head.major),
        "first-of-minor" => {
            oldest(&|one| (one.major, one.minor) == (previous.major, previous.minor))
        }
        "first-of-major" => oldest(&|one| one.major == previous.major),
        name => unreachable!("{name}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    /// Every base listed is strictly older than the head, published, not excluded, and right by its
    /// name.
    #[test]
    fn every_base_listed_is_right_by_its_name((versions, head) in histories(), excluded in 0..10_usize) {
        let tags: Vec<_> = versions.iter().map(text).collect();
        let fixture = fixture(&tags.iter().map(String::as_str).collect::<Vec<_>>());
        let head_tag = &tags[head];
        let left_out = tags.get(excluded).filter(|tag| *tag != head_tag);
        let exclude = left_out.map(|tag| format!("{tag}=a test"));
        let mut args = vec!["--head", head_tag, "--from", "previous,previous-minor,previous-major,first-of-minor,first-of-major,all"];
        args.extend(exclude.iter().flat_map(|text| ["--exclude", text]));
        let version = |tag: &String| Version::parse(tag).unwrap();
        let head = version(head_tag);
        let older: Vec<_> = tags.iter().filter(|tag| left_out != Some(tag)).map(version).filter(|one| one.cmp_precedence(&head).is_lt()).collect();
        let mut all = BTreeSet::new();
        for (name, tag) in listed(&fixture, &args) {
            let found = tag.as_ref().map(version);
            if name == "all" {
                all.extend(found);
            } else {
                prop_assert_eq!(found, oracle(&name, &older, &head), "{} of {:?} at {}", name, tags, head_tag);
            }
        }
        prop_assert_eq!(all, older.into_iter().collect::<BTreeSet<_>>());
    }
}
