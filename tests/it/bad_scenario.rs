//! Scenario files that make no sense: the message and the place.

use std::fs;

use crate::support::scenarios::{GOOD, refusal, starts, with};
use samever::simulate::parse_scenario;

#[test]
fn the_scenario_that_the_others_are_made_of_is_good() {
    parse_scenario("test", "test.yaml", GOOD.as_bytes()).unwrap();
}

#[test]
fn the_examples_of_the_documentation_are_good_and_come_out_as_they_say() {
    let docs = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/scenarios.md");
    let docs = fs::read_to_string(docs).unwrap();
    let examples: Vec<_> = docs.split("```yaml\n").skip(1).collect();
    assert_eq!(examples.len(), 2);
    for example in examples {
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
}

#[test]
fn an_error_gives_the_file_the_line_and_a_snippet() {
    assert_eq!(
        with("rung: step-back", "rung: stepback"),
        "test.yaml:13:15: `stepback` is not known; write one of declared, override, \
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
        (
            "steps:",
            "stepz:",
            "test.yaml:8:1: there is no key `stepz`; the keys are scheme, recipe, ",
        ),
        (
            "- nightly:",
            "- nightli:",
            "test.yaml:9:5: `nightli` is not known; write one of nightly, ",
        ),
        ("plan:", "plam:", "test.yaml:11:9: there is no key `plam`"),
        (
            "name: custom-html",
            "nam: a",
            "test.yaml:3:3: there is no key `nam`",
        ),
        (
            "version: 1.1.0+1",
            "tag: 1.1.0+1",
            "test.yaml:6:7: there is no key `tag`",
        ),
        (
            "1.0.0+1",
            "latest",
            "test.yaml:5:7: latest is no tag of a version",
        ),
        (
            "1.0.0+1",
            "1.0",
            "test.yaml:5:7: `1.0` stands where a version, or a map with the key `version` belongs",
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
            "test.yaml:4:3: the key `name` is there twice",
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
            "`expect` leaves out `plan`; say what must come out",
        ),
        ("        base: 1.0.0+1\n", "", "leaves out `base`;"),
        ("        rung: step-back\n", "", "leaves out `rung`;"),
        ("        delta: forward\n", "", "leaves out `delta`;"),
        ("        verdict: green\n", "", "leaves out `verdict`;"),
        ("        promoted: false\n", "", "leaves out `promoted`;"),
        ("verdict: green", "verdict: red", "leaves out `stage`;"),
        (
            "verdict: green",
            "verdict: skipped",
            "only a skip has the verdict `skipped`",
        ),
        (
            "        verdict: green\n",
            "        verdict: green\n        stage: upgrade\n",
            "a red verdict has a `stage`, and no other",
        ),
        (
            "plan: version",
            "plan: skip\n        reason: it stands still",
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
    assert!(shown.contains("leaves out `canonical`;"), "{shown}");
    let error = "      expect: {error: 'too short', canonical: none}\n";
    let expect = &GOOD[GOOD.find("      expect:").unwrap()..];
    assert!(with(expect, error).contains("of 10 characters at least"));
}

#[test]
fn all_that_an_expectation_leaves_out_is_told_at_once() {
    let expect = &GOOD[GOOD.find("      expect:").unwrap()..];
    for (short, left_out) in [
        (
            "{previous: none}",
            "`plan`, `rung`, `verdict`, `canonical`, `promoted`",
        ),
        (
            "{plan: version, verdict: red}",
            "`base`, `rung`, `delta`, `stage`, `canonical`, `promoted`",
        ),
        (
            "{plan: ref, canonical: none}",
            "`rung`, `delta`, `verdict`, `promoted`",
        ),
        (
            "{plan: skip, rung: declared, canonical: none}",
            "`reason`, `verdict`, `promoted`",
        ),
        ("{error: it has no main branch}", "`canonical`"),
    ] {
        let shown = with(expect, &format!("      expect: {short}\n"));
        let message = format!("`expect` leaves out {left_out}; say what must come out\n");
        assert!(shown.contains(&message), "{shown}");
    }
}

#[test]
fn lists_and_maps_whose_entries_are_commented_out_are_empty() {
    for (old, new) in [
        ("canonical:", "  junk:\n  #  - latest\ncanonical:"),
        (
            "    - version: 1.1.0+1\n",
            "    - version: 1.1.0+1\n      files:\n      links: # none\n      behaviour: ~\n",
        ),
        ("- nightly:\n", "- nightly:\n      policy:\n"),
        (
            "- nightly:\n",
            "- publish: {version: 2.0.0, behaviour: }\n  - withdraw: 2.0.0\n  - nightly:\n",
        ),
        ("canonical: 1.1.0+1", "previous:\ncanonical: 1.1.0+1"),
    ] {
        let text = GOOD.replacen(old, new, 1);
        if let Err(error) = parse_scenario("test", "test.yaml", text.as_bytes()) {
            panic!("{new}: {error}");
        }
    }
    assert!(
        with(
            &GOOD[GOOD.find("steps:").unwrap()..],
            "steps:\n#  - enroll\n"
        )
        .contains("has no steps")
    );
    let published = "    - 1.0.0+1\n    - version: 1.1.0+1\n";
    assert!(with(published, "").contains("has no published version"));
}

#[test]
fn a_byte_order_mark_before_a_scenario_is_passed_over() {
    let marked = format!("\u{feff}{GOOD}");
    let file = parse_scenario("test", "test.yaml", marked.as_bytes()).unwrap();
    assert_eq!(file.purpose, "A scenario of the tests");
}

#[test]
fn a_reason_and_a_label_of_a_scenario_are_texts() {
    let policy = |policy: &str| {
        with(
            "- nightly:\n",
            &format!("- nightly:\n      policy: {policy}\n"),
        )
    };
    for (said, part) in [
        ("{not-applicable: false}", "`false` is no text in YAML"),
        (
            "{not-applicable: 'no'}",
            "`no` says no reason; say in words why",
        ),
        ("{not-applicable: ' '}", "it is empty; say in words why"),
        (
            "{not-applicable: }",
            "there is nothing where a text belongs",
        ),
        ("{not-applicable: 17}", "`17` is no text in YAML"),
        ("{override: }", "there is nothing where a text belongs"),
    ] {
        let shown = policy(said);
        assert!(shown.contains(part), "{shown}");
    }
    let label = |label: &str| {
        with(
            "version: 1.1.0+1\n",
            &format!("version: 1.1.0+1\n      label: {label}\n"),
        )
    };
    assert!(label("1.0").contains("put it in quotes, as '1.0'"));
    assert!(label("").contains("there is nothing where a text belongs"));
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
