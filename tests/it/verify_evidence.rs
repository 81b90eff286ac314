//! `samever verify --evidence`, `--check` and `--keep-going`: what is written, and how another person
//! checks it.

use std::fs;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tempfile::TempDir;

use crate::support::folder::{Run, binary};

fn verify(args: &[&str]) -> Run {
    Run::of(binary().arg("verify").args(args))
}

fn read(path: &std::path::Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

fn sha256(content: &[u8]) -> String {
    let digest = Sha256::digest(content);
    digest
        .iter()
        .fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
}

/// Evidence of a small trial, and its folder.
fn evidence(args: &[&str]) -> (TempDir, std::path::PathBuf) {
    let folder = TempDir::new().unwrap();
    let path = folder.path().to_str().unwrap();
    let run = verify(&[args, &["--seed", "5", "--cases", "40", "--evidence", path]].concat());
    assert!(run.code <= 1, "{}", run.stderr);
    let file = folder.path().join("evidence.json");
    (folder, file)
}

#[test]
fn evidence_is_checked_by_running_the_trial_again_and_each_difference_is_told() {
    let (_folder, file) = evidence(&[]);
    let run = verify(&["--check", file.to_str().unwrap()]);
    let printed = "seed 5\nthe trial comes out as the evidence says\n";
    assert_eq!(
        (run.code, run.stdout.as_str(), run.stderr.as_str()),
        (0, printed, "")
    );

    let mut forged = read(&file);
    forged["hunt"]["judged"]["nearest"] = json!(1);
    forged["teeth"][0]["killed"] = json!(false);
    fs::write(&file, forged.to_string()).unwrap();
    let run = verify(&["--check", file.to_str().unwrap()]);
    let lines: Vec<_> = run.stdout.lines().collect();
    assert_eq!((run.code, lines.len()), (1, 4), "{}", run.stdout);
    assert!(
        lines[1].starts_with("hunt.judged.nearest: 1 in the evidence, "),
        "{}",
        lines[1]
    );
    assert_eq!(lines[2], "teeth[0].killed: false in the evidence, true now");
    assert_eq!(lines[3], "2 differences from the evidence");
}

#[test]
fn evidence_of_a_mutant_and_of_the_mutants_alone_is_checked_too() {
    for args in [&["--mutant", "oldest"][..], &["--teeth"][..]] {
        let (_folder, file) = evidence(args);
        let run = verify(&["--check", file.to_str().unwrap()]);
        assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    }
}

#[test]
fn what_is_no_evidence_or_cannot_be_repeated_is_told() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("evidence.json");
    let path = file.to_str().unwrap();
    let whole = json!({
        "schema": "samever/evidence/1", "seed": 1, "resolver": "built-in", "level": "safety",
        "bounds": {"cases": 1, "budget_seconds": null, "shard": "1/1", "only": "long-histories"},
        "hunt": {"stopped": false},
    });
    let with = |at: &str, value: Value| {
        let mut changed = whole.clone();
        *changed.pointer_mut(at).unwrap() = value;
        changed.to_string()
    };
    let told = [
        (
            "[".to_owned(),
            3,
            "is no evidence of a trial: it is not JSON; give the evidence.json that",
        ),
        (
            with("/schema", json!("samever/verify/1")),
            3,
            "its schema is not samever/evidence/1",
        ),
        (
            with("/seed", json!("x")),
            3,
            "it does not say the seed, the resolver, the level",
        ),
        (
            with("/hunt/stopped", json!(true)),
            3,
            "is of a trial that a budget or an interrupt ended",
        ),
        (
            with("/level", json!("strict")),
            3,
            "the evidence has the level strict, which this version",
        ),
        (
            with("/bounds/only", json!("days")),
            3,
            "the evidence has the phase days, which this version",
        ),
        // A command out of a file is run by the user's word alone.
        (
            with("/resolver", json!("touch it")),
            2,
            "the evidence is about the resolver touch it; give the same with --resolver",
        ),
    ];
    for (content, code, message) in told {
        fs::write(&file, &content).unwrap();
        let run = verify(&["--check", path]);
        assert_eq!(run.code, code, "{content}\n{}", run.stderr);
        assert!(run.stderr.contains(message), "{content}\n{}", run.stderr);
    }
    assert!(!folder.path().join("it").exists());
}

#[test]
fn a_file_that_is_not_there_and_a_program_that_was_not_asked_for_are_told() {
    let run = verify(&["--check", "nowhere.json"]);
    assert_eq!(run.code, 3);
    assert!(
        run.stderr
            .contains("nowhere.json is no evidence of a trial: "),
        "{}",
        run.stderr
    );
    let (_folder, file) = evidence(&["--only", "long-histories"]);
    let run = verify(&["--check", file.to_str().unwrap(), "--resolver", "cat"]);
    assert_eq!(run.code, 2);
    let message = "the evidence is about the resolver built-in; give no --resolver";
    assert!(run.stderr.contains(message), "{}", run.stderr);
}

#[test]
fn a_statement_beside_the_evidence_names_what_was_tested_and_with_what() {
    let (folder, file) = evidence(&["--mutant", "oldest"]);
    let statement = read(&folder.path().join("evidence.intoto.json"));
    assert_eq!(statement["_type"], "https://in-toto.io/Statement/v1");
    assert_eq!(
        statement["predicateType"],
        "https://in-toto.io/attestation/test-result/v0.1"
    );
    let own = sha256(&fs::read(env!("CARGO_BIN_EXE_samever")).unwrap());
    let samever = json!({"name": "samever", "digest": {"sha256": own}});
    assert_eq!(statement["subject"], json!([samever]));
    let predicate = &statement["predicate"];
    assert_eq!(predicate["result"], "FAILED");
    assert_eq!(predicate["configuration"][0], samever);
    let evidence = sha256(&fs::read(file).unwrap());
    let evidence = json!({"name": "evidence.json", "digest": {"sha256": evidence}});
    assert_eq!(predicate["configuration"][1], evidence);
    assert_eq!(predicate["failedTests"], json!(["nearest"]));
    let passed = predicate["passedTests"].as_array().unwrap();
    assert!(passed.contains(&json!("strictly-older")), "{passed:?}");
}

#[cfg(unix)]
#[test]
fn a_program_is_told_by_the_digests_of_its_files() {
    use crate::programs::{examples, python, python_is_missing};
    if python_is_missing() {
        return;
    }
    let programs = TempDir::new().unwrap();
    let [_, historical] = examples();
    let program = python(programs.path(), "historical.py", &historical);
    let (folder, file) = evidence(&["--resolver", &program, "--level", "safety"]);
    let statement = read(&folder.path().join("evidence.intoto.json"));
    let script = programs.path().join("historical.py");
    let subject = statement["subject"].as_array().unwrap();
    assert_eq!(subject.len(), 2, "{subject:?}");
    assert_eq!(subject[0]["name"], "python3");
    let digest = json!({"sha256": sha256(&fs::read(&script).unwrap())});
    assert_eq!(
        subject[1],
        json!({"name": script.to_str().unwrap(), "digest": digest})
    );
    let again = ["--check", file.to_str().unwrap(), "--resolver", &program];
    let run = verify(&again);
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    let other = verify(&["--check", file.to_str().unwrap(), "--resolver", "cat"]);
    assert_eq!(other.code, 2, "{}", other.stderr);
}

#[test]
fn further_counterexamples_are_each_to_another_rule_and_each_is_saved() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().to_str().unwrap();
    let args = [
        "--mutant",
        "historical",
        "--seed",
        "3",
        "--keep-going",
        "4",
        "--save",
        path,
    ];
    let run = verify(&[&args[..], &["--format", "json"]].concat());
    assert_eq!(run.code, 1, "{}", run.stderr);
    let answer: Value = serde_json::from_str(&run.stdout).unwrap();
    let hunt = &answer["hunt"];
    let mut rules = vec![hunt["counterexample"]["invariant"].as_str().unwrap()];
    for other in hunt["others"].as_array().unwrap() {
        rules.push(other["invariant"].as_str().unwrap());
    }
    assert_eq!(
        rules,
        [
            "strictly-older",
            "oracle",
            "nights-upgrade",
            "no-prerelease"
        ]
    );
    for rule in rules {
        assert!(
            folder.path().join(format!("{rule}.yaml")).is_file(),
            "{rule}"
        );
    }
    let run = verify(&args[..6]);
    assert!(
        run.stdout.ends_with("\n\n4 counterexamples\n"),
        "{}",
        run.stdout
    );
    // A mutant that breaks fewer rules ends the search.
    let run = verify(&[
        "--mutant",
        "empty-reason",
        "--seed",
        "3",
        "--level",
        "safety",
        "--keep-going",
        "4",
    ]);
    assert!(
        run.stdout.ends_with("\n\na counterexample\n"),
        "{}",
        run.stdout
    );
}
