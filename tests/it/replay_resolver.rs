//! `samever replay --resolver CMD`: scenarios with other people's resolvers.

use tempfile::TempDir;

use crate::programs::{examples, python, python_is_missing};
use crate::support::folder::{Folder, Run, binary};

fn replay(program: &str, args: &[&str]) -> Run {
    Run::of(binary().args(["replay", "--resolver", program]).args(args))
}

#[test]
fn the_example_of_the_documentation_passes_every_shipped_scenario() {
    if python_is_missing() {
        return;
    }
    let folder = TempDir::new().unwrap();
    let [good, _] = examples();
    let program = python(folder.path(), "good one.py", &good);
    for jobs in ["1", "3"] {
        let run = replay(&program, &["--jobs", jobs]);
        assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{}", run.stdout);
        let end = format!("\n58 scenarios, 249 runs: 58 passed, 0 failed (resolver {program})\n");
        assert!(run.stdout.ends_with(&end), "{}", run.stdout);
    }
}

#[test]
fn a_program_with_the_historical_bug_is_missed_and_told_what_was_expected_and_what_came() {
    if python_is_missing() {
        return;
    }
    let folder = TempDir::new().unwrap();
    let [_, historical] = examples();
    let program = python(folder.path(), "historical.py", &historical);
    let run = replay(&program, &["--filter", "second-night"]);
    assert_eq!((run.code, run.stderr.as_str()), (1, ""));
    let told = "\n    base       expected  1.11.0+1.29.0\n               got       1.13.0+1.31.1\n";
    assert!(run.stdout.contains(told), "{}", run.stdout);
    let told = "\n    verdict    expected  green\n               got       red\n    \
                stage      expected  none\n               got       no-delta\n";
    assert!(run.stdout.contains(told), "{}", run.stdout);
    // What a program cannot tell is no part of it.
    for what in ["\n    rung ", "\n    reason "] {
        assert!(!run.stdout.contains(what), "{}", run.stdout);
    }
    let quoted = shlex::try_quote(&program).unwrap();
    let repeat =
        format!("\n  repeat with: samever replay --filter second-night --resolver {quoted} --keep");
    assert!(run.stdout.contains(&repeat), "{}", run.stdout);
}

/// A reason that is declared is the operator's own, and a program is told it.
#[test]
fn another_reason_than_the_one_declared_is_missed() {
    if python_is_missing() {
        return;
    }
    let folder = Folder::new();
    let expect = "{plan: skip, rung: declared, reason: 'so: \"it is\"', verdict: skipped, \
                  canonical: 1.0.0+1, promoted: true}";
    folder.write(
        "declared.yaml",
        format!(
            "# Declared\nrecipe: {{name: a, published: [1.0.0+1]}}\nsteps:\n  - nightly: {{policy: \
             {{not-applicable: 'so: \"it is\"'}}, expect: {expect}}}\n"
        ),
    );
    let path = folder.path("declared.yaml");
    let path = path.to_str().unwrap();
    let [good, _] = examples();
    let program = python(folder.root(), "good.py", &good);
    let run = replay(&program, &[path]);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{}", run.stdout);
    let other = good.replacen("skip(q[\"declared\"])", "skip(\"it is\")", 1);
    assert_ne!(other, good);
    let program = python(folder.root(), "other.py", &other);
    let run = replay(&program, &[path]);
    assert_eq!(run.code, 1, "{}", run.stdout);
    let told = "\n    reason     expected  so: \"it is\"\n               got       it is\n";
    assert!(run.stdout.contains(told), "{}", run.stdout);
}

#[test]
fn a_program_that_does_not_work_is_no_answer_and_the_scenario_and_the_question_are_named() {
    let place = "second-night: the resolver does not work: ";
    let question = "; the question was: published 1.10.0+1.28.0, ";
    for (program, message) in [
        (
            "sh -c 'exit 0'",
            "it ended with exit code 0 before it had answered",
        ),
        (
            "cat",
            "an answer has either a plan or an error, and this has neither: {",
        ),
        ("sleep 60", "no answer within 1 s"),
        (
            "sh -c 'read -r line; echo broken here >&2; exit 4'",
            "on standard error it said: broken here",
        ),
    ] {
        let run = replay(program, &["--filter", "second-night", "--deadline", "1"]);
        assert_eq!((run.code, run.stdout.as_str()), (3, ""), "{program}");
        assert!(run.stderr.contains(place), "{}", run.stderr);
        assert!(run.stderr.contains(message), "{}", run.stderr);
        assert!(run.stderr.contains(question), "{}", run.stderr);
    }
    for (program, code, message) in [
        (
            "no-such-program --at-all",
            3,
            "error: the resolver does not work: no-such-program is in no folder of PATH",
        ),
        ("sh -c '", 2, "invalid value"),
    ] {
        let run = replay(program, &[]);
        assert_eq!((run.code, run.stdout.as_str()), (code, ""), "{program}");
        assert!(run.stderr.contains(message), "{}", run.stderr);
    }
}

#[test]
fn a_program_that_does_not_end_well_is_no_answer() {
    if python_is_missing() {
        return;
    }
    let folder = TempDir::new().unwrap();
    let [good, _] = examples();
    let program = python(folder.path(), "ends.py", &format!("{good}\nsys.exit(7)\n"));
    let run = replay(&program, &["--filter", "second-night"]);
    assert_eq!(run.code, 3, "{}", run.stdout);
    let message = "the resolver does not work: after the last question it ended with exit code 7";
    assert!(run.stderr.contains(message), "{}", run.stderr);
}

#[test]
fn a_saved_counterexample_is_missed_by_its_program_and_passes_once_that_is_mended() {
    if python_is_missing() {
        return;
    }
    let folder = Folder::new();
    let [good, historical] = examples();
    let program = python(folder.root(), "resolver.py", &historical);
    let trial = [
        "verify",
        "--level",
        "safety",
        "--save",
        "found",
        "--resolver",
    ];
    let trial = Run::of(folder.samever(&trial).arg(&program));
    assert_eq!(trial.code, 1, "{}", trial.stderr);
    let replay = || {
        Run::of(
            folder
                .samever(&["replay", "found", "--resolver"])
                .arg(&program),
        )
    };
    let missed = replay();
    assert_eq!(missed.code, 1, "{}", missed.stderr);
    assert!(
        missed.stdout.starts_with("FAILED  strictly-older"),
        "{}",
        missed.stdout
    );
    python(folder.root(), "resolver.py", &good);
    let mended = replay();
    assert_eq!(mended.code, 0, "{}", mended.stdout);
}
