//! Other people's resolvers on trial: the examples of the documentation, and
//! programs that do not work.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::support::folder::{Run, binary};

fn verify(program: &str, args: &[&str]) -> Run {
    let verify = ["verify", "--seed", "1", "--resolver", program];
    Run::of(binary().args(verify).args(args))
}

/// Tells, and says once a test, that there is no Python.
pub(crate) fn python_is_missing() -> bool {
    let missing = Command::new("python3").arg("--version").output().is_err();
    if missing {
        let line = "python3 is not installed: a test of the examples was left out\n";
        std::io::stderr().write_all(line.as_bytes()).unwrap();
    }
    missing
}

/// The examples of the documentation: one that passes and the historical one.
pub(crate) fn examples() -> [String; 2] {
    let docs = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/bring-your-resolver.md");
    let docs = fs::read_to_string(docs).unwrap();
    let mut examples = docs
        .split("```python\n")
        .skip(1)
        .map(|block| block.split("```").next().unwrap().to_owned());
    [examples.next().unwrap(), examples.next().unwrap()]
}

pub(crate) fn python(folder: &Path, name: &str, script: &str) -> String {
    let path = folder.join(name);
    fs::write(&path, script).unwrap();
    format!("python3 '{}'", path.display())
}

#[test]
fn the_example_passes_by_every_rule_and_is_short() {
    if python_is_missing() {
        return;
    }
    let folder = TempDir::new().unwrap();
    let [good, _] = examples();
    assert!(good.lines().count() < 45, "{}", good.lines().count());
    let program = python(folder.path(), "good one.py", &good);
    let trial = verify(&program, &["--cases", "5000"]);
    assert_eq!(
        (trial.code, trial.stderr.as_str()),
        (0, ""),
        "{}",
        trial.stdout
    );
    assert!(trial.stdout.contains("; 74 of 74 mutants killed"));
    let asked = samever::verify::INVARIANTS.into_iter();
    for rule in asked.filter(|rule| rule.id != "other-orders") {
        assert!(
            trial.stdout.contains(&format!("by {}: ", rule.id)),
            "{}",
            rule.id
        );
    }
}

#[test]
fn a_program_is_asked_in_other_orders_where_it_says_that_it_knows_them() {
    if python_is_missing() {
        return;
    }
    let folder = TempDir::new().unwrap();
    let program = python(folder.path(), "good.py", &examples()[0]);
    let part = ["--only", "other-forms", "--cases", "4000"];
    let without = verify(&program, &part);
    assert_eq!(without.code, 0, "{}", without.stdout);
    assert!(!without.stdout.contains("by other-orders: "));
    let with = verify(&program, &[&part[..], &["--orders"]].concat());
    assert_eq!(with.code, 1, "{}", with.stdout);
    assert!(
        with.stdout.contains("invariant `other-orders`"),
        "{}",
        with.stdout
    );
    assert!(with.stdout.contains(" --orders "), "{}", with.stdout);
}

#[test]
fn the_example_with_the_historical_bug_fails_for_it() {
    if python_is_missing() {
        return;
    }
    let folder = TempDir::new().unwrap();
    let [_, historical] = examples();
    let program = python(folder.path(), "historical.py", &historical);
    let trial = verify(&program, &["--level", "safety"]);
    assert_eq!((trial.code, trial.stderr.as_str()), (1, ""));
    let docs = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/bring-your-resolver.md");
    let docs = fs::read_to_string(docs).unwrap();
    let sentence = "published 1.2.11+8; canonical 1.2.11+8; head 1.2.11+8: it answered 1.2.11+8, \
                    which is the head's own version; invariant `strictly-older`";
    assert!(
        trial.stdout.contains(&format!("\n{sentence}\n")),
        "{}",
        trial.stdout
    );
    assert!(
        docs.contains(&format!("\n{sentence}\n")),
        "the documentation shows it"
    );
}

/// What is wrong only where a commit is another's, is on record or not, or where a text is not the
/// usual one: what every question had alike could not be told.
#[test]
fn a_program_that_is_wrong_for_some_commits_or_reasons_alone_is_convicted() {
    if python_is_missing() {
        return;
    }
    let folder = TempDir::new().unwrap();
    let [good, _] = examples();
    let canonical = "c, h = q[\"canonical\"] or {}, q[\"head\"][\"commit\"]";
    let is_open = "c and not q[\"declared\"] and not q[\"override\"]";
    let green = "{\"kind\": \"version\", \"version\": c[\"version\"]}";
    for (name, fault) in [
        (
            "the head is the base on a quiet night",
            format!("{canonical}\n    if {is_open} and c[\"commit\"] == h and c[\"version\"] in q[\"published\"]: return {green}"),
        ),
        (
            "a record without a commit is none",
            "q[\"canonical\"] = q[\"canonical\"] if (q[\"canonical\"] or {}).get(\"commit\") else None".to_owned(),
        ),
        (
            "a commit that is not on record ends it",
            "q[\"canonical\"] and int(q[\"canonical\"][\"commit\"] or \"none\", 16)".to_owned(),
        ),
        (
            "the main tip's commit on record is the main tip",
            format!("{canonical}\n    if {is_open} and c[\"commit\"] == q[\"main_tip\"] != h: return {{\"kind\": \"ref\", \"commit\": c[\"commit\"]}}"),
        ),
        (
            "a declared reason is an identifier",
            "if q[\"declared\"]: return {\"kind\": \"skip\", \"reason\": q[\"declared\"].encode(\"ascii\", \"replace\").decode()}".to_owned(),
        ),
    ] {
        let script = good.replacen("def decide(q):", &format!("def decide(q):\n    {fault}"), 1);
        assert_ne!(script, good);
        let program = python(folder.path(), "faulty.py", &script);
        let trial = verify(&program, &["--cases", "2000"]);
        // A program that breaks is no answer, and none that passes.
        assert_ne!(trial.code, 0, "{name}: {}", trial.stdout);
        assert!(trial.code == 1 || trial.code == 3, "{name}");
    }
}

#[test]
fn a_program_that_goes_on_after_the_last_question_does_not_work() {
    if python_is_missing() {
        return;
    }
    let folder = TempDir::new().unwrap();
    let [good, _] = examples();
    for (end, message) in [
        (
            "print('{}', flush=True)",
            "it answers more than it was asked",
        ),
        (
            "import time; time.sleep(60)",
            "it does not end when there are no more questions",
        ),
        (
            "sys.exit(7)",
            "after the last question it ended with exit code 7",
        ),
    ] {
        let program = python(folder.path(), "more.py", &format!("{good}\n{end}\n"));
        let trial = verify(&program, &["--cases", "600", "--deadline", "3"]);
        assert_eq!(trial.code, 3, "{}", trial.stdout);
        assert!(trial.stderr.contains(message), "{}", trial.stderr);
    }
}

#[test]
fn a_program_that_does_not_work_is_reported_as_what_it_is() {
    for (program, message) in [
        (
            "no-such-program --at-all",
            "no-such-program is in no folder of PATH; install it, or give its path",
        ),
        (
            "sh -c 'exit 0'",
            "it ended with exit code 0 before it had answered",
        ),
        (
            "sh -c 'kill -9 $$'",
            "it was killed by signal 9 (SIGKILL) before",
        ),
        (
            "sh -c 'echo oh no >&2; exit 1'",
            "it ended with exit code 1 before it had answered; on standard error it said: oh no",
        ),
        ("sleep 60", "no answer within 1 s"),
        (
            "sh -c 'sleep 60 & cat > /dev/null; wait'",
            "no answer within 1 s",
        ),
        ("yes rubbish", "its line is no answer"),
        ("cat", "an answer has either a plan or an error"),
        (
            "echo '{\"id\": 1}'",
            "an answer has either a plan or an error",
        ),
        (
            "echo '{\"id\": 2, \"error\": \"x\"}'",
            "it answered 2 where 1 was next",
        ),
        (
            "echo '{\"id\": 1, \"plan\": {\"kind\": \"maybe\"}}'",
            "its line is no answer (`maybe` is not known; write one of version, ref, skip)",
        ),
        (
            "sh -c 'head -c 200000 /dev/zero | tr \"\\0\" a'",
            "its line is longer than 64 KiB",
        ),
        ("cat /dev/zero", "its line is longer than 64 KiB"),
        ("printf '\\377\\n'", "its line is not UTF-8"),
    ] {
        let begin = Instant::now();
        let trial = verify(program, &["--deadline", "1"]);
        assert_eq!(trial.code, 3, "{program}");
        assert_eq!(trial.stdout.lines().count(), 1, "only the seed: {program}");
        assert!(
            trial.stderr.starts_with("error: "),
            "{program}: {}",
            trial.stderr
        );
        assert!(
            trial.stderr.contains(message),
            "{program}: {}",
            trial.stderr
        );
        assert!(begin.elapsed() < Duration::from_secs(20), "{program}");
    }
}

/// The first questions wait in the pipe, the next in line; then one side must
/// notice.
#[test]
fn a_program_that_answers_what_it_has_not_read_does_not_work() {
    let worlds = samever::internals::SmallWorlds::default();
    let cases: Vec<_> = worlds.range(0..4_000).collect();
    let answers = r#"sh -c 'seq 4000 | sed "s/.*/{\"id\": &, \"error\": \"x\"}/"; sleep 60'"#;
    let mut program = samever::verify::Program::start(answers, Duration::from_secs(1), 1).unwrap();
    let begin = Instant::now();
    let asked = cases.chunks(1_000).try_for_each(|batch| {
        samever::verify::Subject::ask(
            &mut program,
            batch,
            &mut Vec::new(),
            &samever::Cancel::never(),
        )
    });
    let message = asked.unwrap_err().to_string();
    assert_eq!(message, "it answers questions that it has not read");
    assert!(begin.elapsed() < Duration::from_secs(20));
}

#[test]
fn what_a_program_says_is_bounded_and_escaped_and_the_question_is_named() {
    let flood = "sh -c 'yes \"$(printf \"\\033[31m::error::\")\" | head -c 1000000 >&2'";
    let trial = verify(flood, &["--deadline", "1", "--only", "small-worlds"]);
    assert_eq!(trial.code, 3);
    assert!(trial.stderr.len() < 20_000, "{}", trial.stderr.len());
    assert!(!trial.stderr.contains('\u{1b}') && !trial.stderr.contains("::"));
    let question = "the question was: nothing published; canonical none; head of unknown version";
    assert!(trial.stderr.contains(question), "{}", trial.stderr);
}

#[test]
fn whatever_a_program_has_started_ends_with_it() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("pid");
    let program = format!(
        "sh -c 'sleep 77 & echo $! > {}; cat > /dev/null'",
        path.display()
    );
    let trial = verify(&program, &["--deadline", "1"]);
    assert_eq!(trial.code, 3);
    let pid = fs::read_to_string(&path).unwrap();
    let pid = nix::unistd::Pid::from_raw(pid.trim().parse().unwrap());
    let is_gone = || {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        nix::sys::signal::kill(pid, None).is_err() || stat.contains(") Z ")
    };
    for _ in 0..100 {
        if is_gone() {
            return;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    panic!("{pid} is still there");
}

#[test]
fn nonsense_arguments_are_a_usage_error() {
    for args in [
        &["--cases", "0"][..],
        &["--deadline", "0"],
        &["--level", "best"],
        &["--mutant", "historical"],
        &["--teeth"],
    ] {
        assert_eq!(verify("cat", args).code, 2, "{args:?}");
    }
    for no_command_line in ["", " ", "'unclosed"] {
        let trial = verify(no_command_line, &[]);
        assert_eq!(trial.code, 2, "{no_command_line}");
        assert!(trial.stderr.contains("is no command line: "));
    }
}
