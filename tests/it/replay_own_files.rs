//! `samever replay --list` and `--bless`: which scenarios there are, and files of one's own
//! that expect what came out.

use crate::support::folder::{Folder, Run};

/// A recipe with a canonical that is the newest version, and these steps.
fn scenario(head: &str, steps: &str) -> String {
    format!(
        "{head}recipe:\n  name: custom-html\n  published: [1.0.0+1, 1.1.0+1]\ncanonical: \
         1.1.0+1\nsteps:\n{steps}"
    )
}

const NOT_KNOWN: &str = "expect: {error: not known yet, canonical: none}";

#[track_caller]
fn replay(folder: &Folder, args: &[&str]) -> Run {
    Run::of(&mut folder.samever(&[&["replay"], args].concat()))
}

#[test]
fn a_list_has_a_line_for_each_scenario_in_the_order_of_the_names() {
    let folder = Folder::new();
    let run = replay(&folder, &["--list"]);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    let lines: Vec<_> = run.stdout.lines().collect();
    assert_eq!(lines.len(), 67);
    assert!(lines.is_sorted_by_key(|line| line.split_once(": ").unwrap().0));
    let second = "second-night: The second consecutive nightly";
    assert!(lines.iter().any(|line| line.starts_with(second)));

    let steps = format!("  - nightly: {{{NOT_KNOWN}}}\n");
    folder.write("b.yaml", scenario("# Of b\n", &steps));
    folder.write("a.yaml", scenario("# Of a\n# More of a\n", &steps));
    let run = replay(&folder, &["--list", "b.yaml", "a.yaml"]);
    assert_eq!((run.code, run.stdout.as_str()), (0, "a: Of a\nb: Of b\n"));
    let (code, list) = replay(&folder, &["--list", ".", "--format", "json"]).json();
    assert_eq!((code, &list["schema"]), (0, &"samever/scenarios/1".into()));
    assert_eq!(list["scenarios"][1]["name"], "b");
    assert_eq!(list["scenarios"][1]["purpose"], "Of b");
    for args in [["--format", "junit"], ["--resolver", "cat"]] {
        assert_eq!(replay(&folder, &[&["--list"], &args[..]].concat()).code, 2);
    }
}

#[test]
fn a_blessed_file_keeps_the_comments_at_its_head_and_passes() {
    let folder = Folder::new();
    let head =
        "# A migration that does not work\n# yaml-language-server: $schema=x.json\n\n# Why\n";
    let steps = format!(
        "  # lost\n  - nightly: {{times: 2, {NOT_KNOWN}}}\n  - publish: {{version: 1.2.0+1, \
         behaviour: {{upgrade-fails-from: <1.2.0}}}}\n  - nightly: {{{NOT_KNOWN}}}\n  - pr: \
         {{policy: {{not-applicable: because}}, {NOT_KNOWN}}}\n  - nightly: {{policy: {{override: \
         9.9.9}}, expect: {{error: given by hand is not published, canonical: none}}}}\n"
    );
    folder.write("own.yaml", scenario(head, &steps));
    let before = replay(&folder, &["own.yaml"]);
    assert_eq!(before.code, 1, "{}", before.stdout);
    let run = replay(&folder, &["--bless", "own.yaml"]);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    assert_eq!(
        run.stdout,
        "written    own.yaml\n  line 11, nightly: outcome was the error …not known yet…, is the \
         verdict green\n  line 11, nightly: canonical was none, is 1.1.0+1\n  line 13, nightly: \
         outcome was the error …not known yet…, is the verdict red\n  line 13, nightly: canonical \
         was none, is 1.1.0+1\n  line 14, pr: outcome was the error …not known yet…, is the \
         verdict skipped\n  line 14, pr: canonical was none, is 1.1.0+1\n  line 15, nightly: \
         canonical was none, is 1.1.0+1\n"
    );
    let content = folder.read("own.yaml");
    assert!(
        content.starts_with(&format!("{head}canonical: 1.1.0+1\n")),
        "{content}"
    );
    for part in ["stage: upgrade", "reason: because", "error: given by hand"] {
        assert!(content.contains(part), "{content}");
    }
    let after = replay(&folder, &["own.yaml"]);
    assert_eq!(after.code, 0, "{}", after.stdout);
    // What expects that already is left as it is.
    let run = replay(&folder, &["--bless", "."]);
    assert_eq!(
        (run.code, run.stdout.as_str()),
        (0, "unchanged  ./own.yaml\n")
    );
    assert_eq!(folder.read("own.yaml"), content);
}

#[test]
fn nothing_is_written_where_a_run_has_no_verdict_or_the_runs_of_a_step_differ() {
    let good = format!("  - nightly: {{{NOT_KNOWN}}}\n");
    for (steps, message) in [
        (
            format!("  - nightly: {{policy: {{override: 9.9.9}}, {NOT_KNOWN}}}\n"),
            "b.yaml, line 7: the run has no verdict: ",
        ),
        (
            format!("  - flake:\n  - nightly: {{times: 2, {NOT_KNOWN}}}\n"),
            "b.yaml, line 8: the runs of this step do not come out alike; ",
        ),
    ] {
        let folder = Folder::new();
        let (a, b) = (scenario("# A\n", &good), scenario("# B\n", &steps));
        folder.write("a.yaml", &a);
        folder.write("b.yaml", &b);
        let run = replay(&folder, &["--bless", "a.yaml", "b.yaml"]);
        assert_eq!((run.code, run.stdout.as_str()), (3, ""), "{}", run.stderr);
        assert!(run.stderr.contains(message), "{}", run.stderr);
        assert!(run.stderr.ends_with("; no scenario was written\n"));
        assert_eq!((folder.read("a.yaml"), folder.read("b.yaml")), (a, b));
    }
}

#[test]
fn shipped_scenarios_and_another_resolver_are_not_blessed() {
    let folder = Folder::new();
    let steps = format!("  - nightly: {{{NOT_KNOWN}}}\n");
    let own = scenario("# Own\n", &steps);
    folder.write("own.yaml", &own);
    let run = replay(&folder, &["--bless", "--filter", "second-night"]);
    assert_eq!(run.code, 2);
    assert!(
        run.stderr.contains("scenario files of your own"),
        "{}",
        run.stderr
    );
    for resolver in ["cat", "historical", "design-a"] {
        let run = replay(&folder, &["--bless", "own.yaml", "--resolver", resolver]);
        assert_eq!(run.code, 2, "{}", run.stdout);
        assert!(run.stderr.contains("cannot be used with"), "{}", run.stderr);
    }
    assert_eq!(folder.read("own.yaml"), own);
}
