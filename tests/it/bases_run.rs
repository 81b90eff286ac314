//! Runs from several bases of one head, each in a stack of its own.

use serde_json::Value;

use crate::support::lab::Lab;
use crate::support::night::Night;
use crate::support::repositories::{Fixture, says};

fn fixture(versions: &[&str]) -> Fixture {
    let mut fixture = Fixture::new();
    fixture.releases(versions);
    fixture
}

/// The runs of `upgrade --from`: names, verdict or reason, and whether the canonical moves.
fn runs(report: &Value) -> Vec<(String, String, bool)> {
    let runs = report["runs"].as_array().unwrap().iter();
    runs.map(|run| {
        let names = run["names"].as_array().unwrap().iter();
        let names: Vec<_> = names
            .map(|naming| naming["name"].as_str().unwrap())
            .collect();
        let verdict = run["outcome"]["verdict"].as_str().or(run["came"].as_str());
        let moves = run["outcome"]["promotion"]["promoted"].as_bool();
        (
            names.join(" "),
            verdict.unwrap().to_owned(),
            moves.unwrap_or_default(),
        )
    })
    .collect()
}

#[test]
fn each_base_has_a_verdict_of_its_own_and_the_chains_base_alone_promotes() {
    let lab = Lab::on(fixture(&["1.0.0+1", "1.1.0+1", "2.0.0+1", "2.1.0+1"]));
    // The upgrade from the first major fails.
    let deploy = lab.deploys(
        "deploy",
        "test \"$SAMEVER_STAGE\" != head || test \"${SAMEVER_BASE_VERSION%%.*}\" = 2 || { echo too old; exit 1; }",
    );
    let from = [
        "--deploy",
        &deploy,
        "--from",
        "chain,previous-major,1.0.0",
        "--fallback",
        "release-first",
    ];
    let state = ["--state", "state", "--enrolled", "--logs", "logs"];
    let (code, report) = lab.outcome(&[&from[..], &state, &["--jobs", "3"]].concat());
    assert_eq!(
        (code, report["schema"].as_str()),
        (1, Some("samever/upgrades/1")),
        "{report:#}"
    );
    assert_eq!(report["verdict"], "red");
    let row = |names: &str, verdict: &str, moves| (names.to_owned(), verdict.to_owned(), moves);
    assert_eq!(
        runs(&report),
        [
            row("chain", "green", true),
            row("previous-major", "red", false),
            row("1.0.0", "red", false)
        ]
    );
    let record = lab.read("state/canonical/custom-html.json");
    says(&record, &["\"version\": \"2.1.0+1\""]);
    says(
        &lab.read("logs/custom-html/1.0.0+1/upgrade.log"),
        &["too old"],
    );
    // Where all must go well, none moves it; and where all do, one does.
    let lab = Lab::on(fixture(&["1.0.0+1", "1.1.0+1", "2.0.0+1", "2.1.0+1"]));
    let deploy = lab.deploys(
        "deploy",
        "test \"$SAMEVER_STAGE\" != head || test \"${SAMEVER_BASE_VERSION%%.*}\" = 2 || exit 1",
    );
    let all = |names: &str| {
        let from = [
            "--deploy",
            &deploy,
            "--from",
            names,
            "--fallback",
            "release-first",
            "--promote",
            "all",
        ];
        lab.outcome(&[&from[..], &["--state", "state", "--enrolled"]].concat())
    };
    let (code, report) = all("chain,previous-major");
    assert_eq!(
        (code, runs(&report)[0].clone()),
        (1, row("chain", "green", false))
    );
    let (code, report) = all("first-of-major,previous");
    assert_eq!(
        (code, runs(&report)),
        (0, vec![row("first-of-major previous", "green", true)])
    );
    says(
        &lab.read("state/canonical/custom-html.json"),
        &["\"version\": \"2.1.0+1\""],
    );
}

/// A name without a base is no failure, and of one base alone nothing changes for readers.
#[test]
fn a_name_without_a_base_is_not_run_and_one_run_without_names_reads_as_before() {
    let lab = Lab::on(fixture(&["1.0.0+1", "1.1.0+1"]));
    let (code, report) = lab.outcome(&["--from", "previous,previous-major"]);
    assert_eq!(code, 0, "{report:#}");
    assert_eq!(report["verdict"], "green");
    let runs = runs(&report);
    assert_eq!(runs[1].1, "not-run");
    let (code, report) = lab.outcome(&["--override", "1.0.0+1"]);
    assert_eq!(
        (code, report["schema"].as_str()),
        (0, Some("samever/upgrade/1"))
    );
    assert_eq!(report["runs"], Value::Null);
    let junit = lab.upgrade(&["--from", "previous,previous-major", "--format", "junit"]);
    says(
        &junit.stdout,
        &[
            "custom-html (previous)",
            "custom-html (previous-major)",
            "<skipped",
        ],
    );
}

/// Design B: every version that was the canonical once, off unless it is asked for.
#[test]
fn the_versions_that_were_the_canonical_are_bases_where_that_is_asked_for() {
    let lab = Lab::on(fixture(&["1.0.0+1", "1.1.0+1", "1.2.0+1", "1.3.0+1"]));
    for version in ["1.0.0+1", "1.2.0+1", "1.3.0+1"] {
        let set = [
            "canonical",
            "set",
            "custom-html",
            version,
            "--reason",
            "a test",
            "--force",
            "--state",
            "state",
        ];
        assert!(lab.samever(&set).output().unwrap().status.success());
    }
    let resolve = ["resolve", "--repo"];
    let more = [
        "--state",
        "state",
        "--from",
        "every-canonical",
        "--format",
        "json",
    ];
    let mut command = lab.samever(&resolve);
    let output = command
        .arg(&lab.fixture.directory)
        .args(more)
        .output()
        .unwrap();
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let bases = report["bases"].as_array().unwrap().iter();
    let tags: Vec<_> = bases
        .map(|base| base["plan"]["tag"].as_str().unwrap())
        .collect();
    assert_eq!(tags, ["1.2.0+1", "1.0.0+1"]);
    let (code, report) = lab.outcome(&["--state", "state", "--from", "every-canonical"]);
    assert_eq!((code, runs(&report).len()), (0, 2), "{report:#}");
}

#[test]
fn a_catalogue_names_bases_and_a_night_has_a_row_for_each() {
    let night = Night::of(&[]);
    night.recipe("alpha", &["1.0.0+1", "1.1.0+1", "2.0.0+1"]);
    night.recipe("beta", &["1.0.0+1", "1.1.0+1"]);
    let settings = "recipes: {alpha: {bases: [chain, first-of-major, previous-major], fallback: release-first}}";
    night.write("catalogue/catalogue.yaml", settings);
    let (code, report) = night.report(&[]);
    assert_eq!(code, 0, "{report:#}");
    let recipes = report["recipes"].as_array().unwrap().iter();
    let rows: Vec<_> = recipes
        .map(|row| (row["recipe"].as_str().unwrap(), row["base_names"].as_str()))
        .collect();
    assert_eq!(
        rows,
        [
            ("alpha", Some("chain, previous-major")),
            ("alpha", Some("first-of-major")),
            ("beta", None)
        ]
    );
    assert_eq!(report["totals"]["recipes"], 2);
    let plan = night.sweep(&["--plan"]);
    says(
        &plan.stdout,
        &["alpha: from 1.0.0+1: first-of-major: the oldest version of the major series"],
    );
    for (settings, why) in [
        ("bases: []", "its bases make no sense: no base is named"),
        ("bases: [latest]", "`latest` is no name of a base"),
        ("bases: [chain, chain]", "chain is named twice"),
        (
            "bases: [oldest-supported]",
            "oldest-supported needs the range",
        ),
        (
            "supported: '>=2'",
            "its supported does nothing without bases",
        ),
        ("promote: all", "its promote does nothing without bases"),
        (
            "bases: [oldest-supported], supported: '>=9'",
            "the head 2.0.0+1 does not lie in the range >=9",
        ),
        (
            "bases: [chain], override: 1.0.0+1",
            "its bases does nothing beside override",
        ),
        (
            "bases: [chain], not-applicable: a reason",
            "its bases does nothing beside not-applicable",
        ),
    ] {
        night.write(
            "catalogue/catalogue.yaml",
            format!("recipes: {{alpha: {{{settings}}}}}"),
        );
        let run = night.sweep(&[]);
        assert_eq!(run.code, 3, "{settings}: {}", run.stdout);
        says(&run.stderr, &[why]);
    }
}
