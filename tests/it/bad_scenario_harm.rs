//! Scenario files that mean harm: refused, with nothing built of them.

use std::fmt::Write;
use std::fs;

use crate::support::folder::binary;
use crate::support::scenarios::{GOOD, refusal, starts, with};
use samever::simulate::parse_scenario;
use tempfile::TempDir;

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
    let output = binary()
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

#[test]
fn names_and_paths_that_no_disk_takes() {
    let long = "x".repeat(300);
    let junk = |names: &str| with("  published:", &format!("  junk: [{names}]\n  published:"));
    assert!(junk(&long).contains("is longer than 200 bytes"));
    assert!(junk("a, a/b").contains("the junk tag a/b is a folder of another tag"));
    assert!(junk("a/b, a").contains("the junk tag a is a folder of another tag"));
    assert!(junk("1.0.0+1/b").contains("is a folder of another tag, or in one"));
    let later = GOOD
        .replacen("  published:", "  junk: [2.0.0/b]\n  published:", 1)
        .replacen("  - nightly:", "  - publish: 2.0.0\n  - nightly:", 1);
    assert!(refusal(later.as_bytes()).contains("2.0.0 is a folder of another tag"));

    let release = |more: &str| {
        with(
            "version: 1.1.0+1",
            &format!("version: 1.1.0+1\n      {more}"),
        )
    };
    assert!(release(&format!("files: {{{long}: x}}")).contains("is no path of a file"));
    let deep = "a/".repeat(20_000);
    assert!(
        release(&format!("files:\n        ? '{deep}b'\n        : x")).contains("longer than 500")
    );
    for target in ["''", "\"a\\0b\"", &"a/".repeat(3000)] {
        let shown = release(&format!("links: {{a: {target}}}"));
        assert!(
            shown.contains("has a target that no link can have"),
            "{shown}"
        );
    }
    assert!(release("files: {compose.previous.yml: x}").contains("is written by the simulator"));
    let tag = with("1.0.0+1", &format!("1.0.0+{long}"));
    assert!(tag.contains("a tag is longer than 200 bytes"), "{tag}");
    let name = with(
        "name: custom-html",
        &format!("name: {}", "a".repeat(900_000)),
    );
    assert!(name.len() < 1_000, "{}", name.len());
}

#[test]
fn a_label_is_quoted_so_that_it_stays_one() {
    let text = GOOD.replacen(
        "version: 1.1.0+1",
        "version: 1.1.0+1\n      label: \"1.1.0+1\\\"\\n        - other: 1\"",
        1,
    );
    let file = parse_scenario("test", "test.yaml", text.as_bytes()).unwrap();
    let report = samever::simulate::replay(
        &file,
        samever::run::STEP_BACK,
        None,
        &samever::Cancel::never(),
    );
    let report = report.unwrap().unwrap();
    let observed = report.steps[0].observed.as_ref().unwrap();
    let why = observed.as_ref().unwrap_err();
    assert!(
        why.contains("is no version: '\"' stands after what follows the `+`"),
        "{why}"
    );
}
