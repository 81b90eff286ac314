//! Required stops on the way from the base to the head, and a jump over them that must be refused.

use proptest::prelude::*;
use semver::Version;
use serde_json::Value;

use crate::support::lab::Lab;
use crate::support::night::Night;
use crate::support::repositories::{Fixture, says};

/// Deploys what takes the data of its own major series and of the one before alone, and keeps in
/// `data` the major of what wrote it. `$BEHAVES` is what the head does beside.
const DEPLOY: &str = r#"
major=${SAMEVER_VERSION%%.*}
case "$SAMEVER_STEP" in
deploy)
    data=$(cat data 2>/dev/null || echo "$major")
    echo "$SAMEVER_STAGE $SAMEVER_VERSION" >> ran
    if [ "$data" -lt $((major - 1)) ]; then
        [ "${BEHAVES:-}" != harms ] || echo "$major" > data
        [ "${BEHAVES:-}" = takes-all ] || { echo "it skips a major version"; exit 1; }
    fi
    if [ "$data" -gt "$major" ]; then echo "the data is of $data"; exit 1; fi
    echo "$major" > data
    echo "$SAMEVER_VERSION" > "$SAMEVER_DEPLOYED_VERSION"
    ;;
seed) echo row > rows ;;
verify) [ -f rows ] || { echo "the row is gone"; exit 1; } ;;
teardown) rm -f data rows ;;
esac"#;

const PROGRAMS: [&str; 8] = [
    "--deploy",
    "./program",
    "--teardown",
    "./program",
    "--seed",
    "./program",
    "--verify",
    "./program",
];

fn lab(versions: &[&str]) -> Lab {
    let mut fixture = Fixture::new();
    fixture.releases(versions);
    let lab = Lab::on(fixture);
    lab.program("program", DEPLOY);
    lab
}

/// The outcome of a run, and what was deployed, as stage and version.
#[track_caller]
fn run(lab: &Lab, args: &[&str], behaves: &str) -> (i32, Value, String) {
    let _ = std::fs::remove_file(lab.path("ran"));
    let all = [&PROGRAMS[..], args, &["--format", "json"]].concat();
    let output = lab.command(&all).env("BEHAVES", behaves).output().unwrap();
    let outcome = serde_json::from_slice(&output.stdout);
    let outcome = outcome.unwrap_or_else(|_| panic!("{output:?}"));
    let ran = lab.read("ran").trim().replace('\n', ", ");
    (output.status.code().unwrap(), outcome, ran)
}

const VERSIONS: [&str; 6] = [
    "7.0.0+1", "7.1.0+1", "8.0.0+1", "8.1.0+1", "9.0.0+1", "9.1.0+1",
];

/// What public reports say of the way that an upgrade must take.
#[test]
fn the_ways_of_public_reports_are_gone() {
    for (report, versions, base, stops, way) in [
        // One major version at a time.
        (
            "https://github.com/nextcloud/docker/issues/804",
            &["13.0.0+1", "14.0.0+1", "15.0.0+1", "16.0.1+1"][..],
            "13.0.0+1",
            "each-major",
            "base 13.0.0+1, stop 14.0.0+1, stop 15.0.0+1, head 16.0.1+1",
        ),
        // The last of the series at hand before the next series.
        (
            "https://github.com/rpcdocs/docs-issues/issues/74",
            &["9.0.4+1", "9.0.8+1", "9.0.9+1", "10.1.0+1", "10.1.5+1"],
            "9.0.4+1",
            "each-major",
            "base 9.0.4+1, stop 9.0.9+1, head 10.1.5+1",
        ),
        // No minor version is left out.
        (
            "https://github.com/rancher/rke2-docs/pull/132",
            &["1.25.1+1", "1.26.0+1", "1.26.4+1", "1.27.2+1", "1.28.0+1"],
            "1.25.1+1",
            "each-minor",
            "base 1.25.1+1, stop 1.26.4+1, stop 1.27.2+1, head 1.28.0+1",
        ),
        // A stop by its version; one that lies before the base or is the head is none.
        (
            "https://github.com/greyltc/docker-owncloud/issues/21",
            &["8.0.0+1", "8.1.0+1", "8.1.3+1", "8.2.0+1"],
            "8.1.0+1",
            "8.0.0,8.1.3,8.2.0",
            "base 8.1.0+1, stop 8.1.3+1, head 8.2.0+1",
        ),
    ] {
        let lab = lab(versions);
        let (code, outcome, ran) = run(&lab, &["--override", base, "--stops", stops], "");
        assert_eq!((code, ran.as_str()), (0, way), "{report}: {outcome:#}");
        assert_eq!(outcome["verdict"], "green", "{report}");
    }
}

#[test]
fn each_stop_is_pinned_proved_and_told() {
    let lab = lab(&VERSIONS);
    let jump = run(&lab, &["--override", "7.0.0+1"], "");
    assert_eq!((jump.0, jump.1["stage"].as_str()), (1, Some("upgrade")));
    let args = [
        "--override",
        "7.0.0+1",
        "--stops",
        "each-major",
        "--logs",
        "logs",
    ];
    let (code, outcome, ran) = run(&lab, &args, "");
    assert_eq!(code, 0, "{outcome:#}");
    assert_eq!(
        ran,
        "base 7.0.0+1, stop 7.1.0+1, stop 8.1.0+1, head 9.1.0+1"
    );
    let tags: Vec<_> = outcome["stops"]
        .as_array()
        .unwrap()
        .iter()
        .map(|stop| stop["tag"].clone())
        .collect();
    assert_eq!(tags, ["7.1.0+1", "8.1.0+1"]);
    let evidence = outcome["evidence"]["stops"].as_array().unwrap();
    let seen: Vec<_> = evidence
        .iter()
        .map(|stop| stop["deployed"]["version"].clone())
        .collect();
    assert_eq!(seen, ["7.1.0+1", "8.1.0+1"]);
    assert!(
        lab.path("logs/custom-html/stop-deploy-8.1.0+1.log")
            .is_file()
    );
    let text = lab
        .command(&[&PROGRAMS[..], &args].concat())
        .output()
        .unwrap();
    says(
        &String::from_utf8(text.stdout).unwrap(),
        &["stops      7.1.0+1, 8.1.0+1"],
    );
    // The logs of a run with fewer stops hold none of the run before.
    run(
        &lab,
        &[
            "--override",
            "7.1.0+1",
            "--stops",
            "8.0.0",
            "--logs",
            "logs",
        ],
        "",
    );
    assert!(
        !lab.path("logs/custom-html/stop-deploy-8.1.0+1.log")
            .exists()
    );
}

#[test]
fn the_leg_that_broke_is_named() {
    let lab = lab(&VERSIONS);
    let base = ["--override", "7.0.0+1", "--stops"];
    // The way leaves out a major version: its second leg breaks.
    let (code, outcome, ran) = run(&lab, &[&base[..], &["7.1.0,9.0.0"]].concat(), "");
    assert_eq!(
        (code, outcome["stage"].as_str()),
        (1, Some("stop-deploy")),
        "{outcome:#}"
    );
    let why = outcome["why"].as_str().unwrap();
    says(
        why,
        &[
            "on the leg from 7.1.0+1 to the stop 9.0.0+1: ",
            "it skips a major version",
        ],
    );
    assert_eq!(ran, "base 7.0.0+1, stop 7.1.0+1, stop 9.0.0+1");
    let (_, outcome, _) = run(&lab, &[&base[..], &["7.1.0"]].concat(), "");
    let why = outcome["why"].as_str().unwrap();
    says(why, &["on the leg from 7.1.0+1 to the head 9.1.0+1: "]);
    assert_eq!(outcome["stage"], "upgrade");
}

/// After a refusal the base runs again with its data; what Nextcloud's users report is the harm:
/// <https://github.com/nextcloud/server/issues/34452>.
#[test]
fn a_jump_that_must_be_refused_leaves_the_base_at_work() {
    let lab = lab(&VERSIONS);
    let expect = [
        "--override",
        "7.1.0+1",
        "--expect",
        "refused",
        "--state",
        "state",
        "--enrolled",
    ];
    let (code, outcome, ran) = run(&lab, &expect, "");
    assert_eq!(
        (code, outcome["verdict"].as_str()),
        (0, Some("green")),
        "{outcome:#}"
    );
    assert_eq!(ran, "base 7.1.0+1, head 9.1.0+1, base 7.1.0+1");
    let notes = outcome["notes"].as_array().unwrap();
    says(
        notes[0].as_str().unwrap(),
        &[
            "the head refused at upgrade, as it must",
            "it skips a major version",
        ],
    );
    assert_eq!(
        outcome["promotion"]["because"],
        "the run is one that expects a refusal"
    );
    let (code, outcome, _) = run(&lab, &expect, "takes-all");
    assert_eq!(
        (code, outcome["stage"].as_str()),
        (1, Some("refusal")),
        "{outcome:#}"
    );
    says(
        outcome["why"].as_str().unwrap(),
        &["the head took the data of the base"],
    );
    let (code, outcome, ran) = run(&lab, &expect, "harms");
    assert_eq!(
        (code, outcome["stage"].as_str()),
        (1, Some("refusal")),
        "{outcome:#}"
    );
    says(
        outcome["why"].as_str().unwrap(),
        &[
            "after the refusal the base does not work any more",
            "the data is of 9",
        ],
    );
    assert_eq!(ran, "base 7.1.0+1, head 9.1.0+1, base 7.1.0+1");
}

#[test]
fn stops_that_make_no_sense_say_what_to_write() {
    let lab = lab(&VERSIONS);
    for (args, code, why) in [
        (
            &["--stops", "latest"][..],
            2,
            "`latest` is no stop: each-major, each-minor, or a published version",
        ),
        (
            &["--stops", "8.0.0,8.0.0"],
            2,
            "the stop 8.0.0 is named twice",
        ),
        (&["--stops", ""], 2, "is no stop"),
        (&["--stops", "8.0.0", "--expect", "refused"], 2, "--expect"),
        (&["--expect", "red"], 2, "refused"),
        (
            &["--stops", "8.0.0", "--not-applicable", "it keeps no state"],
            2,
            "--not-applicable",
        ),
        (
            &["--stops", "8.5.0"],
            3,
            "the stop 8.5.0 is not published; name one that is",
        ),
        (&["--stops", "8.x"], 3, "the stop `8.x` is no version"),
        (
            &["--stops", "8.0.0", "--exclude", "8.0.0+1=it was withdrawn"],
            3,
            "the stop 8.0.0 cannot be one: the operator excludes it",
        ),
    ] {
        let run = lab.upgrade(
            &[
                &["--canonical-version", "7.0.0+1", "--deployer", "tree"],
                args,
            ]
            .concat(),
        );
        assert_eq!(run.code, code, "{args:?}: {}{}", run.stdout, run.stderr);
        says(&run.stderr, &[why]);
    }
    // Without a base there is no way.
    let skipped = lab.upgrade(&["--deployer", "tree", "--stops", "8.0.0"]);
    assert_eq!(skipped.code, 0, "{}", skipped.stderr);
    let names = lab.outcome(&[
        "--deployer",
        "tree",
        "--from",
        "7.0.0,8.0.0",
        "--stops",
        "each-major",
    ]);
    assert_eq!(
        names.1["runs"][0]["outcome"]["stops"]
            .as_array()
            .unwrap()
            .len(),
        2,
        "{:#}",
        names.1
    );
    assert_eq!(
        names.1["runs"][1]["outcome"]["stops"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

#[test]
fn a_catalogue_names_stops_and_expects_refusals() {
    let night = Night::of(&[]);
    night.recipe("alpha", &VERSIONS);
    let swept = |settings: &str| {
        night.write(
            "catalogue/catalogue.yaml",
            format!("recipes: {{alpha: {{{settings}}}}}"),
        );
        night.sweep(&["--format", "json"])
    };
    let (_, report) = swept("override: 7.0.0+1, stops: [each-major]").json();
    assert_eq!(
        report["recipes"][0]["outcome"]["stops"]
            .as_array()
            .unwrap()
            .len(),
        2,
        "{report:#}"
    );
    let (code, report) = swept("override: 7.0.0+1, expect: refused").json();
    assert_eq!(
        (code, report["recipes"][0]["outcome"]["stage"].as_str()),
        (1, Some("refusal"))
    );
    for (settings, why) in [
        ("stops: []", "its stops make no sense: no stop is named"),
        ("stops: [soon]", "`soon` is no stop"),
        ("stops: [8.0.0, 8.0.0]", "the stop 8.0.0 is named twice"),
        (
            "stops: [8.0.0], expect: refused",
            "it has stops, and expects a refusal",
        ),
        ("expect: red", "`red` is not known; write one of refused"),
        (
            "override: 7.0.0+1, stops: [8.5.0]",
            "the stop 8.5.0 is not published",
        ),
        (
            "not-applicable: a reason, stops: [each-major]",
            "its stops does nothing beside not-applicable",
        ),
    ] {
        let run = swept(settings);
        assert_eq!(run.code, 3, "{settings}: {}", run.stdout);
        says(&format!("{}{}", run.stderr, run.stdout), &[why]);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// On any history every leg goes strictly forward, and the stops are those that the names mean.
    #[test]
    fn every_leg_goes_strictly_forward(
        versions in prop::collection::btree_set((0..3_u64, 0..3_u64, 0..3_u64), 2..9),
        series in prop::sample::select(vec!["each-major", "each-minor"]),
        given in 0..9_usize,
    ) {
        let all: Vec<_> = versions.into_iter().map(|(a, b, c)| Version::new(a, b, c)).collect();
        let tags: Vec<_> = all.iter().map(Version::to_string).collect();
        let lab = lab(&tags.iter().map(String::as_str).collect::<Vec<_>>());
        let (base, head) = (&all[0], &all[all.len() - 1]);
        let given = &all[given % all.len()];
        let stops = format!("{series},{given}");
        let args = ["--deployer", "tree", "--override", &tags[0], "--stops", &stops];
        let (code, outcome) = lab.outcome(&args);
        prop_assert_eq!(code, 0, "{:#}", outcome);
        let found = outcome["stops"].as_array().cloned().unwrap_or_default();
        let found: Vec<_> = found
            .iter()
            .map(|stop| Version::parse(stop["version"].as_str().unwrap()).unwrap())
            .collect();
        let way: Vec<_> = [base].into_iter().chain(&found).chain([head]).collect();
        prop_assert!(way.windows(2).all(|leg| leg[0] < leg[1]), "{:?}", way);
        let of = |one: &Version| match series {
            "each-major" => (one.major, 0),
            _ => (one.major, one.minor),
        };
        let is_last = |one: &&Version| {
            let mut others = all.iter();
            of(one) != of(head) && !others.any(|other| of(other) == of(one) && other > one)
        };
        let mut expected: Vec<_> = all.iter().filter(is_last).chain([given]).cloned().collect();
        expected.retain(|one| base < one && one < head);
        expected.sort();
        expected.dedup();
        prop_assert_eq!(found, expected);
    }
}
