//! Scenario files that make no sense: the message and the place.

use std::fs;

use crate::support::scenarios::{GOOD, refusal, starts, with};
use samever::simulate::parse_scenario;

#[test]
fn the_scenario_that_the_others_are_made_of_is_good() {
    parse_scenario("test", "test.yaml", GOOD.as_bytes()).unwrap();
}

#[test]
fn the_example_of_the_documentation_is_good_and_comes_out_as_it_says() {
    let docs = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/scenarios.md");
    let docs = fs::read_to_string(docs).unwrap();
    let example = docs.split("```yaml\n").nth(1).unwrap();
    let example = example.split("```").next().unwrap();
    let file = parse_scenario("example", "example.yaml", example.as_bytes()).unwrap();
    let report = samever::simulate::replay(
        &file,
        samever::run::STEP_BACK,
        None,
        &samever::Cancel::never(),
    );
    let report = report.unwrap().unwrap();
    assert!(report.passed(), "{report:#?}");
}

#[test]
fn an_error_gives_the_file_the_line_and_a_snippet() {
    assert_eq!(
        with("rung: step-back", "rung: stepback"),
        "test.yaml:13:15: unknown variant `stepback`, expected one of declared, override, \
         canonical, step-back, release, main-tip\n   |\n13 |         rung: stepback\n   |               ^"
    );
    assert_eq!(
        with("  - nightly:", "  - withdraw: 1.2.0+1\n  - nightly:"),
        "test.yaml:9:5: 1.2.0+1 is not published at this point\n  |\n9 |   - withdraw: 1.2.0+1\n  |     ^"
    );
}

#[test]
fn unknown_keys_and_bad_values() {
    for (old, new, message) in [
        ("steps:", "stepz:", "test.yaml:8:1: unknown field `stepz`"),
        (
            "- nightly:",
            "- nightli:",
            "test.yaml:9:5: unknown variant `nightli`",
        ),
        ("plan:", "plam:", "test.yaml:11:9: unknown field `plam`"),
        (
            "name: custom-html",
            "nam: a",
            "test.yaml:3:3: unknown field `nam`",
        ),
        (
            "version: 1.1.0+1",
            "tag: 1.1.0+1",
            "test.yaml:6:7: unknown field `tag`",
        ),
        (
            "1.0.0+1",
            "latest",
            "test.yaml:5:7: latest is no tag of a version",
        ),
        (
            "1.0.0+1",
            "1.0",
            "test.yaml:5:7: invalid type: floating point `1.0`, expected a version",
        ),
        (
            "canonical: 1.1.0+1",
            "canonical: v1",
            "test.yaml:7:12: v1 is no version",
        ),
        ("promoted: false", "promoted: 3", "test.yaml:17:19: "),
        ("steps:\n", "steps: 3\nrest:\n", "test.yaml:8:8: "),
        (
            "recipe:\n",
            "recipe:\n  name: b\n",
            "test.yaml:4:3: duplicate mapping key `name`",
        ),
        ("steps:", "---\nsteps:", "test.yaml:"),
    ] {
        starts(&with(old, new), message);
    }
}

#[test]
fn an_expectation_leaves_nothing_unsaid() {
    for (old, new, message) in [
        (
            "        plan: version\n",
            "",
            "say which `plan` must come out",
        ),
        (
            "        base: 1.0.0+1\n",
            "",
            "a plan of a version needs its `base`",
        ),
        (
            "        rung: step-back\n",
            "",
            "say which `rung` must decide",
        ),
        ("        delta: forward\n", "", "a base needs a `delta`"),
        (
            "        verdict: green\n",
            "",
            "say which `verdict` must come out",
        ),
        (
            "        promoted: false\n",
            "",
            "say whether the canonical is `promoted`",
        ),
        (
            "verdict: green",
            "verdict: red",
            "a red verdict needs a `stage`",
        ),
        (
            "verdict: green",
            "verdict: skipped",
            "only a skip has the verdict `skipped`",
        ),
        (
            "        verdict: green\n",
            "        verdict: green\n        stage: upgrade\n",
            "a red verdict needs a `stage`, and no other",
        ),
        (
            "plan: version",
            "plan: skip",
            "a skip has neither `base` nor `delta`",
        ),
        (
            "        rung:",
            "        reason: ' '\n        rung:",
            "an empty `reason` says nothing",
        ),
        (
            "        rung:",
            "        error: oh\n        rung:",
            "a run that ends with `error` has nothing else",
        ),
    ] {
        let shown = with(old, new);
        starts(&shown, "test.yaml:11:9: ");
        assert!(shown.contains(message), "{shown}");
    }
    let shown = with("        canonical: 1.1.0+1\n", "");
    assert!(shown.contains("missing field `canonical`"), "{shown}");
    let error = "      expect: {error: 'too short', canonical: none}\n";
    let expect = &GOOD[GOOD.find("      expect:").unwrap()..];
    assert!(with(expect, error).contains("of 10 characters at least"));
}

#[test]
fn a_stage_that_no_simulated_run_reaches_is_not_expected() {
    for stage in ["wrong-version", "teardown"] {
        let red = format!("        verdict: red\n        stage: {stage}\n");
        let shown = with("        verdict: green\n", &red);
        assert!(
            shown.contains("so no run is red at that `stage`"),
            "{shown}"
        );
    }
    assert!(with("verdict: green", "verdict: red\n        stage: night").contains("`night`"));
}

#[test]
fn steps_from_a_state_that_cannot_be() {
    for (step, message) in [
        ("withdraw: 9.0.0", "9.0.0 is not published at this point"),
        (
            "withdraw: v1.0.0+1",
            "v1.0.0+1 is not published at this point",
        ),
        ("mend: 9.0.0", "9.0.0 is not published at this point"),
        ("mend: 1.0.0+1", "1.0.0+1 behaves well already"),
        ("publish: 1.0.0+1", "1.0.0+1 is published already"),
        (
            "publish: {version: 2.0.0, from: 9.0.0}",
            "9.0.0 is not published at this point",
        ),
        (
            "publish: {version: 2.0.0, label: a, unlabelled: true}",
            "exclude each other",
        ),
        (
            "move: {tag: 1.0.0+1, to: 1.0.0+1}",
            "a tag that is moved to itself",
        ),
        (
            "move: {tag: 1.0.0+1, to: 9.0.0}",
            "9.0.0 is not published at this point",
        ),
        (
            "break: {version: 1.0.0+1, behaviour: {}}",
            "a version that breaks needs a behaviour",
        ),
        (
            "break: {version: 9.0.0, behaviour: {fails-to-deploy: true}}",
            "9.0.0 is not published",
        ),
        (
            "break: {version: 1.0.0+1, behaviour: {upgrade-fails-from: newer}}",
            "newer is no range",
        ),
        (
            "drop-canonical\n  - drop-canonical",
            "so none can be dropped",
        ),
        (
            "flake\n  - flake",
            "the flake before this one has not happened yet",
        ),
        ("unenroll\n  - unenroll", "the recipe is not enrolled"),
        ("enroll", "the recipe is enrolled"),
    ] {
        let shown = with("  - nightly:", &format!("  - {step}\n  - nightly:"));
        assert!(shown.contains(message), "{shown}");
        assert!(
            shown.starts_with("test.yaml:9:") || shown.starts_with("test.yaml:10:"),
            "{shown}"
        );
    }
    let run = &GOOD[GOOD.find("  - nightly:").unwrap()..];
    assert!(refusal(format!("{GOOD}  - flake\n").as_bytes()).contains("no run follows"));
    assert!(with(run, "  - flake\n").contains("the scenario has no run"));
    assert!(with(&GOOD[GOOD.find("steps:").unwrap()..], "steps: []\n").contains("has no steps"));
}

#[test]
fn files_that_are_no_scenarios() {
    let purpose = "test.yaml: the first line must be a comment that says what the scenario is for";
    assert_eq!(refusal(b""), purpose);
    assert_eq!(refusal(b"#\nrecipe: {}\n"), purpose);
    assert_eq!(refusal(b"recipe: {}\n"), purpose);
    assert_eq!(refusal(b"# \xff"), "test.yaml: not UTF-8 at byte 2");
    starts(&refusal(b"# Nothing\n"), "test.yaml:");
    starts(&refusal(b"# Cut off\nrecipe: {name: [\n"), "test.yaml:");
}

#[test]
fn what_was_never_there_is_not_taken_away() {
    let unenrolled = GOOD
        .replacen("  published:", "  enrolled: false\n  published:", 1)
        .replacen("  - nightly:", "  - unenroll\n  - nightly:", 1);
    assert!(refusal(unenrolled.as_bytes()).contains("the recipe is not enrolled"));
    let red = "  - nightly:\n      expect: {plan: skip, rung: main-tip, reason: a, verdict: red, \
               stage: head-check, canonical: none, promoted: false}\n  - drop-canonical\n";
    let dropped = GOOD.replacen("canonical: 1.1.0+1\nsteps:\n", &format!("steps:\n{red}"), 1);
    assert!(refusal(dropped.as_bytes()).contains("so none can be dropped"));
}
