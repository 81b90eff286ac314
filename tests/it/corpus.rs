//! `samever verify --corpus` and `--observe`: what is kept of a trial, and tried again.

use std::fs;

use serde_json::Value;

use crate::support::folder::{Folder, Run};

fn verify(folder: &Folder, args: &[&str]) -> Run {
    Run::of(&mut folder.samever(&[&["verify"], args].concat()))
}

fn listed(folder: &Folder) -> Vec<String> {
    let entries = fs::read_dir(folder.path("corpus")).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = names.collect();
    names.sort();
    names
}

#[test]
fn what_is_found_is_kept_and_tried_first_from_then_on() {
    let folder = Folder::new();
    let oldest = ["--mutant", "oldest", "--seed", "3", "--corpus", "corpus"];
    let run = verify(&folder, &oldest);
    assert_eq!(run.code, 1, "{}", run.stderr);
    let [question] = &listed(&folder)[..] else {
        panic!("{:?}", listed(&folder));
    };
    assert_eq!(
        run.stderr,
        format!("added corpus/{question} to the corpus\n")
    );
    assert!(question.contains(".jsonl"), "{question}");

    // Another seed, and the first question is the one that is kept.
    let again = [
        "--mutant", "oldest", "--seed", "4", "--corpus", "corpus", "--format", "json",
    ];
    let run = verify(&folder, &again);
    assert_eq!(run.code, 1, "{}", run.stderr);
    let answer: Value = serde_json::from_str(&run.stdout).unwrap();
    let hunt = &answer["hunt"];
    let first = serde_json::json!({"phase": "corpus", "cases": 1, "of": 1, "questions": 1});
    assert_eq!(hunt["phases"][0], first);
    assert_eq!(hunt["phases"][1]["cases"], 0);
    assert_eq!(hunt["counterexample"]["phase"], "corpus");
    assert_eq!(
        hunt["repeat"],
        "samever verify --mutant oldest --seed 4 --corpus corpus"
    );
    assert_eq!(listed(&folder).len(), 1);

    // A run of a CI server is kept as a scenario.
    let run = verify(
        &folder,
        &[
            "--mutant",
            "never-promotes",
            "--seed",
            "3",
            "--corpus",
            "corpus",
            "--quiet",
        ],
    );
    assert_eq!(run.code, 1, "{}", run.stderr);
    let scenario = listed(&folder)
        .into_iter()
        .find(|name| name.contains(".yaml"));
    let scenario = scenario.unwrap();
    let run = Run::of(&mut folder.samever(&["replay", &format!("corpus/{scenario}")]));
    assert_eq!(run.code, 0, "{}", run.stdout);

    // A resolver that is right passes, and goes on to everything else.
    let run = verify(
        &folder,
        &["--seed", "3", "--cases", "40", "--corpus", "corpus"],
    );
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    assert!(
        run.stdout
            .contains("  tried          2 of 2        corpus, with 2 questions\n"),
        "{}",
        run.stdout
    );
    assert_eq!(listed(&folder).len(), 2);
}

#[test]
fn the_statement_beside_the_evidence_names_the_files_of_the_corpus() {
    let folder = Folder::new();
    let args = ["--mutant", "oldest", "--corpus", "corpus", "--seed"];
    verify(&folder, &[&args[..], &["3"]].concat());
    verify(
        &folder,
        &[&args[..], &["4", "--evidence", "proof"]].concat(),
    );
    let statement = folder.read("proof/evidence.intoto.json");
    let statement: Value = serde_json::from_str(&statement).unwrap();
    let kept = listed(&folder);
    let [question] = &kept[..] else {
        panic!("{kept:?}");
    };
    let last = &statement["predicate"]["configuration"][2];
    assert_eq!(last["name"], format!("corpus/{question}"));
    assert_eq!(last["digest"]["sha256"].as_str().unwrap().len(), 64);
}

#[test]
fn a_line_that_is_no_question_is_told_with_its_place() {
    let folder = Folder::new();
    fs::create_dir(folder.path("corpus")).unwrap();
    folder.write("corpus/README.md", "No case.");
    folder.write("corpus/told.jsonl", "\n{\"id\": 1}\n");
    let run = verify(&folder, &["--cases", "1", "--corpus", "corpus"]);
    assert_eq!(run.code, 3, "{}", run.stdout);
    let message = "error: corpus/told.jsonl:2: it is no question of samever/resolver/1\n";
    assert_eq!(run.stderr, message);
    folder.write("corpus/told.jsonl", b"\xff");
    let run = verify(&folder, &["--cases", "1", "--corpus", "corpus"]);
    assert!(
        run.stderr
            .contains("corpus/told.jsonl: it is not UTF-8 at byte 0"),
        "{}",
        run.stderr
    );
}

#[test]
fn every_question_and_answer_is_a_line_and_those_of_the_vocabulary_name_their_values() {
    let folder = Folder::new();
    let args = [
        "--only",
        "vocabulary:0",
        "--seed",
        "3",
        "--observe",
        "seen.jsonl",
        "--format",
        "json",
    ];
    let run = verify(&folder, &args);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let answer: Value = serde_json::from_str(&run.stdout).unwrap();
    let seen = folder.read("seen.jsonl");
    let lines: Vec<Value> = seen
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let with_axes = lines.iter().filter(|line| line["axes"].is_object());
    assert_eq!(with_axes.count(), 16);
    assert!(lines.len() > 16);
    // The questions at the end ask whether the resolver remembers.
    assert!(answer["hunt"]["phases"][0]["questions"].as_u64().unwrap() >= lines.len() as u64);
    let first = serde_json::json!({
        "phase": "vocabulary", "case": 0,
        "axes": lines[0]["axes"],
        "question": "published 1.2.7+12, 1.2.8+11, 1.2.9+10 and 1.2.11+8; canonical 1.2.11+8; head 1.2.11+8",
        "answer": "1.2.9+10",
    });
    assert_eq!(lines[0], first);
    assert_eq!(lines[0]["axes"]["number"], "9 and 10");
    let run = verify(
        &folder,
        &["--only", "vocabulary:0", "--observe", "no/such/folder"],
    );
    assert_eq!(run.code, 3);
    assert!(
        run.stderr
            .starts_with("error: no/such/folder cannot be written: "),
        "{}",
        run.stderr
    );
}
