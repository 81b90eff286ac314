//! What `samever verify` says where a counterexample is not met again, and where too little was
//! tried.

use crate::programs::{examples, python, python_is_missing};
use crate::support::folder::{Folder, Run, binary};

/// A resolver in Python whose answers `wrong` spoils, given the number of the question.
fn program(folder: &Folder, name: &str, before: &str, wrong: &str) -> String {
    let [good, _] = examples();
    let last = "q, plan = json.loads(line), decide(json.loads(line))\n";
    assert!(good.contains(last));
    let script = good.replace(last, &format!("{last}    {wrong}\n"));
    python(folder.root(), name, &format!("{before}\n{script}"))
}

fn trial(program: &str, args: &[&str]) -> Run {
    Run::of(
        binary()
            .args(["verify", "--level", "safety", "--seed", "1", "--resolver"])
            .arg(program)
            .args(args),
    )
}

const WRONG: &str = "plan = {'kind': 'version', 'version': '9.9.9'}";

#[test]
fn a_command_that_is_printed_meets_the_counterexample_again_or_it_says_why_none_does() {
    if python_is_missing() {
        return;
    }
    let folder = Folder::new();
    let always = program(
        &folder,
        "always.py",
        "",
        &format!("if q['head']['version']: {WRONG}"),
    );
    let run = trial(&always, &["--only", "small-worlds"]);
    assert_eq!(run.code, 1, "{}", run.stderr);
    let repeat = run.stdout.split("\nrepeat it with: samever verify ").nth(1);
    let words = shlex::split(repeat.unwrap().lines().next().unwrap()).unwrap();
    let again = Run::of(binary().arg("verify").args(&words));
    assert_eq!(again.code, 1, "{}", again.stdout);
    let remembers = format!("asked = globals().get('asked', 0) + 1\n    if asked > 3000: {WRONG}");
    let remembers = program(&folder, "remembers.py", "", &remembers);
    let run = trial(
        &remembers,
        &["--only", "small-worlds", "--restart", "100000"],
    );
    assert_eq!(run.code, 1, "{}", run.stderr);
    let said = "\nit depends on what was asked before: samever verify ";
    assert!(run.stdout.contains(said), "{}", run.stdout);
    assert!(run.stdout.contains("\nrepeat it with: "), "{}", run.stdout);
}

#[test]
fn a_budget_that_is_spent_before_enough_was_tried_is_no_answer() {
    if python_is_missing() {
        return;
    }
    let folder = Folder::new();
    let slow = program(&folder, "slow.py", "import time", "time.sleep(0.02)");
    let run = trial(&slow, &["--budget", "8"]);
    assert_eq!(run.code, 3, "{}", run.stdout);
    assert!(
        run.stderr
            .contains("not enough was tried, so nothing is known: "),
        "{}",
        run.stderr
    );
    for missed in [
        "\n  missed  pinned-tree was never judged\n",
        "which --format json lists\n",
        "\nnot enough was tried; 74 of 74 mutants killed\n",
    ] {
        assert!(run.stdout.contains(missed), "{missed}: {}", run.stdout);
    }
}
