//! Scenario files that make no sense or mean harm: the message, the place, and
//! that nothing is built of them.

use std::fmt::Write;
use std::fs;
use std::process::Command;

use samever::parse_scenario;
use tempfile::TempDir;

const GOOD: &str = "\
# A scenario of the tests
recipe:
  name: custom-html
  published:
    - 1.0.0+1
    - version: 1.1.0+1
canonical: 1.1.0+1
steps:
  - nightly:
      expect:
        plan: version
        base: 1.0.0+1
        rung: step-back
        delta: forward
        verdict: green
        canonical: 1.1.0+1
        promoted: false
";

#[track_caller]
fn refusal(text: &[u8]) -> String {
    match parse_scenario("test", "test.yaml", text) {
        Ok(file) => panic!("accepted: {file:#?}"),
        Err(error) => error.to_string(),
    }
}

/// The message for the good scenario with one text in the place of another.
#[track_caller]
fn with(old: &str, new: &str) -> String {
    assert!(GOOD.contains(old), "{old}");
    refusal(GOOD.replacen(old, new, 1).as_bytes())
}

#[track_caller]
fn starts(message: &str, with: &str) {
    assert!(message.starts_with(with), "{message}");
}

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
    let report = samever::replay(&file, samever::DESIGN_A, None, &|| true);
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
    let error = "      expect: {error: ' ', canonical: none}\n";
    let expect = &GOOD[GOOD.find("      expect:").unwrap()..];
    assert!(with(expect, error).contains("an `error` needs a part of its message"));
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
fn absurd_sizes_are_refused_before_anything_is_built() {
    let published = "version: 1.1.0+1";
    let patches = |count: &str| {
        with(
            published,
            &format!("version: 1.1.0+1\n      patches: {count}"),
        )
    };
    assert!(patches("1000000").contains("`patches` is 1 to 10000, not 1000000"));
    assert!(patches("0").contains("`patches` is 1 to 10000, not 0"));
    assert!(patches("-1").starts_with("test.yaml:7:"));
    assert!(patches("99999999999999999999").starts_with("test.yaml:7:"));
    let at_the_end = with(
        published,
        "version: 1.0.18446744073709551615\n      patches: 2",
    );
    assert!(
        at_the_end.contains("the patches do not end"),
        "{at_the_end}"
    );
    let both = with(
        published,
        "version: 1.1.0+1\n      patches: 6000\n    - version: 2.0.0\n      patches: 6000",
    );
    assert!(
        both.contains("there are more than 10000 versions"),
        "{both}"
    );

    let times = |count: &str| with("expect:", &format!("times: {count}\n      expect:"));
    assert!(times("0").contains("`times` is 1 to 1000, not 0"));
    assert!(times("1000000000").contains("`times` is 1 to 1000, not 1000000000"));
    let night =
        GOOD[GOOD.find("  - nightly:").unwrap()..].replace("expect:", "times: 1000\n      expect:");
    let many = format!("{GOOD}{}", night.repeat(11));
    assert!(refusal(many.as_bytes()).contains("more than 10000 runs"));
    let steps = "  - mend: 1.0.0+1\n".repeat(1001);
    assert!(refusal(format!("{GOOD}{steps}").as_bytes()).contains("1002 steps, more than 1000"));

    let mut million = String::new();
    for index in 0..1_000_000 {
        writeln!(million, "    - 1.{index}.0").unwrap();
    }
    let message = with("    - 1.0.0+1\n", &million);
    assert_eq!(
        message,
        "test.yaml: the file is larger than 1 MiB, so it is no scenario"
    );
}

#[test]
fn yaml_that_means_harm() {
    let mut bomb = String::from("# A bomb\na0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for level in 1..12 {
        let below = format!("*a{}, ", level - 1).repeat(10);
        writeln!(bomb, "a{level}: &a{level} [{below}]").unwrap();
    }
    starts(&refusal(bomb.as_bytes()), "test.yaml:");
    let deep = format!("# Deep\nrecipe: {}", "[".repeat(100_000));
    starts(&refusal(deep.as_bytes()), "test.yaml:");
    let cycle = GOOD.replacen("recipe:", "recipe: &a\n  previous: *a\n  again:", 1);
    starts(&refusal(cycle.as_bytes()), "test.yaml:");
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
fn paths_that_leave_the_tree_or_are_two_things() {
    for (path, message) in [
        ("../outside", "is no path of a file in the recipe's tree"),
        (
            "a/../../outside",
            "is no path of a file in the recipe's tree",
        ),
        ("/etc/passwd", "is no path of a file in the recipe's tree"),
        ("./a", "is no path of a file in the recipe's tree"),
        ("a//b", "is no path of a file in the recipe's tree"),
        ("", "is no path of a file in the recipe's tree"),
        (
            ".git/hooks/post-checkout",
            "is no path of a file in the recipe's tree",
        ),
        (
            "sub/.GIT/config",
            "is no path of a file in the recipe's tree",
        ),
        ("C:\\\\windows", "is no path of a file in the recipe's tree"),
        (
            "compose.yml",
            "compose.yml is written by the simulator itself",
        ),
        (
            "simulation.yml/a",
            "simulation.yml is written by the simulator itself",
        ),
        ("CHANGES", "CHANGES is written by the simulator itself"),
    ] {
        for kind in ["files", "links"] {
            let entry = format!("version: 1.1.0+1\n      {kind}: {{\"{path}\": x}}");
            let shown = with("version: 1.1.0+1", &entry);
            assert!(
                shown.starts_with("test.yaml:6:7: ") && shown.contains(message),
                "{shown}"
            );
        }
    }
    for (both, message) in [
        (
            "files: {a: x}\n      links: {a: b}",
            "a is both a file and a link",
        ),
        (
            "files: {a: x, a/b: x}",
            "a is both a folder and something else",
        ),
        (
            "files: {a/b/c: x}\n      links: {a/b: x}",
            "a/b is both a folder and something else",
        ),
    ] {
        let shown = with(
            "version: 1.1.0+1",
            &format!("version: 1.1.0+1\n      {both}"),
        );
        assert!(shown.contains(message), "{shown}");
    }
}

#[test]
fn names_that_are_none() {
    for name in [
        "\"../custom-html\"",
        "\"/etc\"",
        "\"\"",
        "\".hidden\"",
        "\"a b\"",
        "\"a\\e[31m\"",
        "\"a\\nb\"",
        "\"::set-output name=x::y\"",
    ] {
        let shown = with("name: custom-html", &format!("name: {name}"));
        assert!(shown.contains("is no name of a recipe"), "{shown}");
    }
    let junk = |name: &str| with("  published:", &format!("  junk: [{name}]\n  published:"));
    assert!(junk("1.0.0").contains("1.0.0 is a version, so it belongs to `published`"));
    assert!(junk("a, a").contains("the junk tag a is there twice"));
    for name in [
        "../x",
        "\"a\\e[m\"",
        "a..b",
        "\"a b\"",
        "x.lock",
        "/x",
        "\"\"",
        "\"@{\"",
    ] {
        assert!(junk(name).contains("is no name that git allows"), "{name}");
    }
}

#[test]
fn what_a_stranger_wrote_is_printed_escaped_and_nothing_is_written() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("hostile.yaml");
    let hostile = GOOD.replacen(
        "name: custom-html",
        "name: \"\u{202e}::stop-commands::x\\e[2J\"",
        1,
    );
    fs::write(&path, hostile).unwrap();
    let temporary = TempDir::new().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_samever"))
        .arg("replay")
        .arg(&path)
        .env("TMPDIR", temporary.path())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(3));
    assert_eq!(output.stdout, b"");
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(stderr.contains("is no name of a recipe"), "{stderr}");
    let harmless = |character: char| character == '\n' || !character.is_control();
    assert!(stderr.chars().all(harmless), "{stderr:?}");
    assert!(
        !stderr.contains('\u{202e}') && !stderr.contains("::"),
        "{stderr}"
    );
    assert_eq!(fs::read_dir(temporary.path()).unwrap().count(), 0);
}
