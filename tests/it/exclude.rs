//! Versions that the operator excludes from being bases.

use serde_json::Value;

use crate::support::folder::fed;
use crate::support::night::Night;
use crate::support::repositories::{Fixture, says};

/// The head is the newest release, and was last green.
fn fixture() -> Fixture {
    let mut fixture = Fixture::new();
    fixture.releases(&["1.0.0+1", "1.1.0+1", "2.0.0+2", "2.1.0-rc.1+2", "2.1.0+2"]);
    fixture
}

const STEADY: [&str; 2] = ["--canonical-version", "2.1.0+2"];

fn plan(excluded: &[&str], more: &[&str]) -> Value {
    let mut args = STEADY.to_vec();
    for one in excluded {
        args.extend(["--exclude", one]);
    }
    args.extend(more);
    fixture().plan(&args)
}

#[track_caller]
fn notes(plan: &Value) -> Vec<String> {
    let notes = plan["notes"].as_array().cloned().unwrap_or_default();
    notes
        .iter()
        .map(|note| note.as_str().unwrap().to_owned())
        .collect()
}

/// What is excluded is no base, and nothing else shifts; the reason is told. The cases are kinds of
/// releases that public reports tell of as no starting point: a withdrawn release, a withdrawn
/// series, a yanked candidate, everything before a certain release.
#[test]
fn an_excluded_version_is_no_base_and_shifts_nothing_else() {
    for (excluded, base) in [
        (&[][..], "2.1.0-rc.1+2"),
        (&["2.1.0-rc.1+2=it was never promoted"], "2.0.0+2"),
        (&[">=2 <2.1.0=the series was withdrawn"], "1.1.0+1"),
        (&[">=2, <2.1.0=a=b"], "1.1.0+1"),
        (
            &["v2.1.0-rc.1+2=it was yanked", "2.0.0=it was yanked"],
            "1.1.0+1",
        ),
        (&["1.1.0+1=it is not on the way"], "2.1.0-rc.1+2"),
        (&["2.1.0+2=it is the head itself"], "2.1.0-rc.1+2"),
    ] {
        let plan = plan(excluded, &[]);
        assert_eq!(plan["plan"]["version"], base, "{excluded:?}: {plan:#}");
        assert_eq!(plan["rung"], "step-back");
    }
    let passed = "passed over: 2.1.0-rc.1+2 (the operator excludes it: it was never promoted)";
    let excluded = plan(&["2.1.0-rc.1+2=it was never promoted"], &[]);
    says(excluded["reason"].as_str().unwrap(), &[passed]);
    let nothing = plan(&["<2.1.0=nothing older starts any more"], &[]);
    assert_eq!(nothing["plan"]["kind"], "skip", "{nothing:#}");
    says(
        nothing["reason"].as_str().unwrap(),
        &["no older version is left"],
    );
}

#[test]
fn every_rung_but_an_override_passes_over_it() {
    let with = |args: &[&str]| plan(&["2.0.0+2=it loses data"], args);
    let fixture = fixture();
    let canonical = fixture.plan(&[
        "--canonical-version",
        "2.0.0+2",
        "--exclude",
        "2.0.0+2=it loses data",
    ]);
    assert_eq!(
        canonical["plan"]["version"], "2.1.0-rc.1+2",
        "{canonical:#}"
    );
    says(
        canonical["reason"].as_str().unwrap(),
        &["cannot be the base, since the operator excludes it: it loses data"],
    );
    let release = with(&[
        "--ignore-canonical",
        "--fallback",
        "release-first",
        "--no-prereleases",
    ]);
    assert_eq!(release["plan"]["version"], "1.1.0+1", "{release:#}");
    let given = with(&["--override", "2.0.0+2"]);
    assert_eq!(given["plan"]["version"], "2.0.0+2");
    says(
        given["reason"].as_str().unwrap(),
        &["no rule would take it: the operator excludes it: it loses data"],
    );
}

/// What changes nothing any more is told, and only that: all that is told can be removed at once.
#[test]
fn a_setting_that_changes_nothing_any_more_is_stale() {
    let published = "is published, which is newer, so no run takes what it excludes";
    for (excluded, stale) in [
        (
            &["9.9.9+1=it was withdrawn"][..],
            &["exclude 9.9.9+1 is stale: no such version is published"][..],
        ),
        (&["2.1.0-rc.1+2=it was yanked"], &[]),
        (&["2.1.0+2=the next release must not start from it"], &[]),
        (&["1.1.0+1=it was withdrawn"], &[published]),
        (&["<2=too old"], &[published]),
        // The first of two that hold for the same version goes, and the second stays.
        (
            &["2.1.0-rc.1+2=yanked", ">=2.1.0-rc.1 <2.1.0=yanked"],
            &["exclude 2.1.0-rc.1+2 is stale: other exclusions hold for all of it"],
        ),
        // Neither alone changes anything; with the second the first would be needed.
        (&["2.0.0+2=bad", "2.1.0-rc.1+2=bad"], &[]),
        (&["1.0.0+1=old", "1.1.0+1=old"], &[published, published]),
    ] {
        let plan = plan(excluded, &[]);
        let notes = notes(&plan);
        assert_eq!(notes.len(), stale.len(), "{excluded:?}: {notes:?}");
        for (note, part) in notes.iter().zip(stale) {
            says(note, &["is stale", part, "remove it"]);
        }
        // Without what is stale, the answer is the same.
        let is_live = |one: &&&str| {
            let versions = one.rsplit_once('=').unwrap().0;
            !notes
                .iter()
                .any(|note| note.contains(&format!("exclude {versions} is")))
        };
        let live: Vec<_> = excluded.iter().filter(is_live).copied().collect();
        let without = self::plan(&live, &[]);
        assert_eq!(plan["plan"], without["plan"], "{excluded:?}");
    }
    let given = fixture().plan(&[&STEADY[..], &["--override", "2.1.0-rc.1+2"]].concat());
    let told = "override 2.1.0-rc.1+2 is stale: the rule step-back gives 2.1.0-rc.1+2 as well";
    says(&notes(&given).concat(), &[told]);
    let given = fixture().plan(&[&STEADY[..], &["--override", "2.0.0+2"]].concat());
    assert!(notes(&given).is_empty(), "{given:#}");
    let first = fixture().plan(&[
        "--head",
        "1.0.0+1",
        "--canonical-version",
        "1.0.0+1",
        "--not-applicable",
        "it is the first",
    ]);
    let told = "not-applicable is stale: without it the upgrade is skipped as well (base == head";
    says(&notes(&first).concat(), &[told]);
    let declared =
        fixture().plan(&[&STEADY[..], &["--not-applicable", "it keeps no state"]].concat());
    assert!(notes(&declared).is_empty(), "{declared:#}");
}

#[test]
fn an_exclusion_that_makes_no_sense_says_what_to_write() {
    for (text, why) in [
        ("3.0.0+2", "it gives no reason; write VERSIONS=REASON"),
        (">=2 <3", "it gives no reason; write VERSIONS=REASON"),
        (
            "3.0.0+2=",
            "it is empty; say in words why these versions must not be a base",
        ),
        ("3.0.0+2=true", "`true` says no reason"),
        ("=why", "it is empty; write a version, or bounds"),
        ("latest=it moves", "`latest` is no version"),
        (">3=too new", "`>3` may mean two things; write `>3.0.0`"),
        (
            "<2 >=3=a mistake",
            "no version is after 3.0.0 and before 2.0.0",
        ),
        ("1.0.0 || 2.0.0=either", "`1.0.0` is no bound"),
        ("^1.2=a caret", "`^1.2` is no version"),
        (" ", "some words are needed"),
    ] {
        let run = fixture().resolve(&[&STEADY[..], &["--exclude", text]].concat());
        assert_eq!(run.code, 2, "{text}: {}{}", run.stdout, run.stderr);
        says(&run.stderr, &["--exclude <VERSIONS=REASON>", why]);
    }
    let both = [
        "--exclude",
        "1.0.0+1=old",
        "--not-applicable",
        "it keeps no state",
    ];
    assert_eq!(fixture().resolve(&both).code, 2);
}

#[test]
fn a_list_of_tags_and_another_scheme_have_exclusions_too() {
    let base = |scheme: &str, tags: &str, head: &str, excluded: &str| {
        let run = fed(
            &[
                "resolve",
                "--tags",
                "-",
                "--scheme",
                scheme,
                "--head-version",
                head,
                "--exclude",
                excluded,
                "--format",
                "json",
            ],
            tags,
        );
        assert_eq!(run.code, 0, "{}", run.stderr);
        let plan: Value = serde_json::from_str(&run.stdout).unwrap();
        (
            plan["plan"]["tag"].as_str().unwrap().to_owned(),
            notes(&plan),
        )
    };
    let no_notes = Vec::<String>::new();
    for (scheme, tags, head, excluded, expected) in [
        (
            "semver",
            "v1.0.0\nv1.1.0\nv1.2.0\n",
            "1.3.0",
            "v1.2.0=yanked",
            "v1.1.0",
        ),
        (
            "python",
            "1.0\n2.0rc1\n2.0\n",
            "2.1",
            ">=2.0rc1 <2.1=yanked",
            "1.0",
        ),
        (
            "debian",
            "debian/1.0-1\ndebian/1%0.5-1\n",
            "1:0.6-1",
            ">=1:0=the epoch",
            "debian/1.0-1",
        ),
        (
            "image",
            "1.26-alpine\n1.27-alpine\n1.27\n",
            "1.28-alpine",
            "1.27-alpine=its libc",
            "1.26-alpine",
        ),
    ] {
        let (tag, notes) = base(scheme, tags, head, excluded);
        assert_eq!((tag.as_str(), &notes), (expected, &no_notes), "{scheme}");
    }
    let (tag, notes) = base("semver", "v1.0.0\nv1.1.0\n", "1.3.0", "v1.0.0=old");
    assert_eq!(tag, "v1.1.0");
    says(
        &notes.concat(),
        &["exclude v1.0.0 is stale: 1.1.0 is published"],
    );
}

/// The versions of public reports, each with what it says must be the base.
#[test]
fn the_releases_of_public_reports_are_excluded() {
    for (report, scheme, tags, head, excluded, expected) in [
        // A series whose packages are gone: no base, although it is the newest before the head.
        (
            "https://github.com/scylladb/scylla-cluster-tests/pull/15927",
            "semver",
            "2024.2.0 2025.1.0 2025.1.9 2025.2.0 2025.2.4",
            "2026.1.0",
            ">=2025.2 <2025.3=its packages are gone",
            "2025.1.9",
        ),
        // A release that was withdrawn is no predecessor.
        (
            "https://github.com/cockroachdb/cockroach/pull/106695",
            "semver",
            "v22.2.7 v22.2.8 v22.2.9 v22.2.10",
            "23.1.0",
            "v22.2.10=withdrawn",
            "v22.2.9",
        ),
        // A version that was tagged and cannot be installed.
        (
            "https://github.com/timescale/promscale_extension/pull/471",
            "semver",
            "0.5.1 0.5.2 0.5.3",
            "0.5.4",
            "0.5.3=it cannot be installed",
            "0.5.2",
        ),
        // Candidates are no base, with or without a name of their own.
        (
            "https://github.com/scylladb/scylla-cluster-tests/pull/4438",
            "semver",
            "4.5.3 4.6.0-rc1 4.6.0-rc5",
            "4.6.0",
            ">=4.6.0-rc0 <4.6.0=a candidate",
            "4.5.3",
        ),
        // Upgrades from what is older than the oldest supported one are not tested.
        (
            "https://github.com/civicrm/civicrm-core/pull/11864",
            "semver",
            "4.0.8 4.1.0 4.1.3 4.2.0",
            "4.2.1",
            "<4.1.3=no direct upgrade",
            "4.2.0",
        ),
    ] {
        let list = tags.replace(' ', "\n");
        let resolve = [
            "resolve", "--tags", "-", "--scheme", scheme, "--format", "json",
        ];
        let of = ["--head-version", head, "--exclude", excluded];
        let (code, plan) = fed(&[&resolve[..], &of].concat(), &list).json();
        assert_eq!(code, 0, "{report}");
        assert_eq!(plan["plan"]["tag"], expected, "{report}: {plan:#}");
    }
}

/// In the catalogue they have a last day.
#[test]
fn a_catalogue_excludes_versions_up_to_a_day() {
    let night = Night::of(&["alpha"]);
    let swept = |settings: &str| {
        night.write(
            "catalogue/catalogue.yaml",
            format!("recipes: {{alpha: {{{settings}}}}}"),
        );
        night.sweep(&["--plan", "--format", "json"])
    };
    let planned = |settings: &str| {
        let run = swept(settings);
        assert_eq!(run.code, 0, "{settings}: {}", run.stderr);
        let plan: Value = serde_json::from_str(&run.stdout).unwrap();
        plan["recipes"][0].clone()
    };
    let fallback = "fallback: release-first";
    let before = planned(fallback);
    let base = before["plan"]["version"].as_str().unwrap().to_owned();
    let exclude = |more: &str| {
        planned(&format!(
            "{fallback}, exclude: [{{versions: {base}, reason: it loses data{more}}}]"
        ))
    };
    for still in ["", ", until: 2999-12-31"] {
        let plan = exclude(still);
        assert_ne!(plan["plan"]["version"], base.as_str(), "{plan:#}");
    }
    let after = exclude(", until: 2020-02-29");
    assert_eq!(after["plan"]["version"], base.as_str());
    says(
        &notes(&after).concat(),
        &[&format!(
            "exclude {base} is stale: it was until 2020-02-29; remove it, or give it a later day"
        )],
    );
    for (settings, why) in [
        ("exclude: [{versions: 1.0.0+1}]", "reason"),
        (
            "exclude: [{versions: 1.0.0+1, reason: old, when: now}]",
            "when",
        ),
        (
            "exclude: {versions: 1.0.0+1, reason: old}",
            "a map stands where a list",
        ),
        (
            "exclude: [{versions: x, reason: old}]",
            "alpha: its exclude cannot be used: `x` is no version",
        ),
        (
            "exclude: [{versions: 1.0.0+1, reason: 'no'}]",
            "`no` says no reason; say in words why these versions",
        ),
        (
            "exclude: [{versions: 1.0.0+1, reason: old, until: soon}]",
            "its exclude of 1.0.0+1 is until soon, which is no day; write it as",
        ),
        (
            "exclude: [{versions: 1.0.0+1, reason: old, until: 2026-02-30}]",
            "which is no day",
        ),
        (
            "not-applicable: a reason, exclude: [{versions: 1.0.0+1, reason: old}]",
            "its exclude does nothing beside not-applicable",
        ),
    ] {
        let run = swept(settings);
        assert_eq!(run.code, 3, "{settings}: {}{}", run.stdout, run.stderr);
        says(&format!("{}{}", run.stdout, run.stderr), &[why]);
    }
}
