//! `samever verify` as a user runs it: what it says, writes and ends with.

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use samever::internals::{MUTANTS, PHASE_NAMES};
use samever::simulate::RepositoryBuilder;
use samever::verify::INVARIANTS;
use tempfile::TempDir;

fn command(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_samever"));
    command.arg("verify").args(args);
    command
}

fn ended(output: &Output) -> (Option<i32>, String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
    (output.status.code(), stdout, stderr)
}

fn verify(args: &[&str]) -> (Option<i32>, String, String) {
    ended(&command(args).output().unwrap())
}

fn replay(folder: &Path, args: &[&str]) -> (Option<i32>, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_samever"));
    ended(
        &command
            .arg("replay")
            .arg(folder)
            .args(args)
            .output()
            .unwrap(),
    )
}

#[test]
fn it_says_the_seed_first_then_what_it_tried_and_then_how_it_ended() {
    let (code, printed, progress) = verify(&["--seed", "5", "--cases", "40"]);
    assert_eq!((code, progress.as_str()), (Some(0), ""));
    assert!(printed.starts_with("seed 5\nresolver built-in, judged by design-a rules\n"));
    for phase in PHASE_NAMES {
        assert!(printed.contains(&format!("  {phase}, with ")), "{phase}");
    }
    for rule in INVARIANTS {
        let line = format!(" by {}: {}\n", rule.id, rule.sentence);
        assert!(printed.contains(&line), "{}", rule.id);
    }
    for mutant in MUTANTS.iter() {
        let line = format!(
            "  killed    {:<23}  by {}, with",
            mutant.name, mutant.killed_by
        );
        assert!(printed.contains(&line), "{}", mutant.name);
    }
    let end = "\nno counterexample in 2051 cases; 74 of 74 mutants killed\n";
    assert!(printed.ends_with(end), "{printed}");
}

#[test]
fn two_cold_runs_with_one_seed_leave_the_same_evidence_whatever_the_machine() {
    let (here, there) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let mut evidence = Vec::new();
    for (folder, jobs) in [(&here, "1"), (&there, "5")] {
        let deep = folder.path().join("made/when/needed");
        let path = deep.to_str().unwrap();
        let args = [
            "--seed",
            "8",
            "--cases",
            "60",
            "--jobs",
            jobs,
            "--evidence",
            path,
        ];
        let mut command = command(&args);
        command
            .args(["--format", "json"])
            .current_dir(folder.path());
        if jobs == "5" {
            let home = folder.path();
            command
                .env("HOME", home)
                .env("TZ", "Asia/Tokyo")
                .env("TMPDIR", home);
        }
        let (code, printed, progress) = ended(&command.output().unwrap());
        assert_eq!((code, progress.as_str()), (Some(0), "seed 8\n"));
        evidence.push((
            printed,
            fs::read_to_string(deep.join("evidence.json")).unwrap(),
        ));
    }
    assert_eq!(evidence[0], evidence[1]);
    let document: serde_json::Value = serde_json::from_str(&evidence[0].1).unwrap();
    assert_eq!(document["schema"], "samever/evidence/1");
    assert_eq!(document["samever"], env!("CARGO_PKG_VERSION"));
    assert_eq!(document["seed"], 8);
    assert_eq!(document["bounds"]["cases"], 60);
    assert_eq!(document["bounds"]["shard"], "1/1");
    let hunt = &document["hunt"];
    assert_eq!(hunt["stopped"], false);
    assert_eq!(hunt["phases"][1]["cases"], 60);
    assert_eq!(hunt["phases"][1]["of"], 60);
    assert_eq!(hunt["missed"], serde_json::json!([]));
    assert_eq!(hunt["answers_sha256"].as_str().unwrap().len(), 64);
    let rules = INVARIANTS
        .iter()
        .map(|rule| hunt["judged"][rule.id].as_u64());
    assert!(rules.into_iter().all(|judged| judged.unwrap() > 0));
    assert!(hunt["rungs"]["step-back"].as_u64().unwrap() > 0);
    let mutants = document["teeth"].as_array().unwrap();
    assert_eq!(mutants.len(), MUTANTS.len());
    assert!(mutants.iter().all(|mutant| mutant["killed"] == true));

    let other = verify(&["--seed", "9", "--cases", "60", "--format", "json"]);
    let digest = |text: &str| {
        let document: serde_json::Value = serde_json::from_str(text).unwrap();
        document["hunt"]["answers_sha256"].clone()
    };
    assert_ne!(digest(&evidence[0].0), digest(&other.1), "the seed matters");
}

#[test]
fn without_a_seed_it_is_that_of_the_commit_and_nothing_else() {
    let folder = TempDir::new().unwrap();
    let args = ["--only", "long-histories", "--cases", "1"];
    let seed = || {
        let output = command(&args).current_dir(folder.path()).output().unwrap();
        let (code, printed, _) = ended(&output);
        assert_eq!(code, Some(0));
        printed.lines().next().unwrap().to_owned()
    };
    assert_eq!(seed(), "seed 0", "there is no repository");
    let mut builder = RepositoryBuilder::init(folder.path(), false).unwrap();
    let commit = builder.release(None, "1.0.0+1").unwrap();
    builder.reference("refs/heads/main", commit).unwrap();
    let wanted = u64::from_str_radix(&commit.to_string()[..12], 16).unwrap();
    assert_eq!(seed(), format!("seed {wanted}"));
    assert_eq!(seed(), format!("seed {wanted}"));
    let next = builder.release(Some(commit), "1.1.0+1").unwrap();
    builder.reference("refs/heads/main", next).unwrap();
    assert_ne!(
        seed(),
        format!("seed {wanted}"),
        "another commit, another seed"
    );
}

#[test]
fn a_counterexample_is_told_with_the_command_that_meets_it_again() {
    let (code, printed, _) =
        verify(&["--mutant", "historical", "--seed", "3", "--level", "safety"]);
    assert_eq!(code, Some(1));
    let repeat = "--mutant historical --level safety --seed 3 --only vocabulary:0";
    let sentence = "\npublished 1.2.11+8; canonical 1.2.11+8; head 1.2.11+8: it answered 1.2.11+8, which is the \
                    head's own version; invariant `strictly-older`\n\
                    the oracle answers skip (base == head and no older published predecessor)\n\
                    asked:    {\"id\":1,";
    let answered =
        "\nanswered: {\"id\":1,\"plan\":{\"kind\":\"version\",\"version\":\"1.2.11+8\"}}\n";
    let end = format!("repeat it with: samever verify {repeat}\n\na counterexample\n");
    for part in [sentence, answered] {
        assert!(printed.contains(part), "{printed}");
    }
    assert!(printed.ends_with(&end), "{printed}");
    let (code, again, _) = verify(&repeat.split(' ').collect::<Vec<_>>());
    assert_eq!(code, Some(1));
    assert!(again.ends_with(&end), "{again}");
    assert!(again.contains("  tried         16 of 2500"), "{again}");
}

#[test]
fn every_counterexample_is_a_scenario_that_replay_runs_and_the_broken_one_fails() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().to_str().unwrap();
    let (code, _, progress) = verify(&["--teeth", "--save", path]);
    assert_eq!(code, Some(0));
    for mutant in MUTANTS.iter() {
        let name = format!("{}.yaml", mutant.name);
        assert!(folder.path().join(&name).is_file(), "{name}");
        assert!(progress.contains(&format!("{name}\n")), "{progress}");
    }
    let (code, printed, _) = replay(folder.path(), &[]);
    assert_eq!(code, Some(0), "{printed}");
    assert!(printed.contains("\n74 scenarios, "), "{printed}");
    let args = ["--resolver", "historical", "--filter", "historical"];
    let (code, printed, _) = replay(folder.path(), &args);
    assert_eq!(code, Some(1));
    assert!(
        printed.contains("1 scenario, 1 run: 0 passed, 1 failed"),
        "{printed}"
    );
}

#[cfg(unix)]
#[test]
fn somebody_elses_wrong_answer_is_saved_too() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().to_str().unwrap();
    let skip = r#"{"id": \1, "plan": {"kind": "skip", "reason": " "}}"#;
    let answer = format!(r#"sed -u 's/^{{"id":\([0-9]*\),.*/{skip}/'"#);
    let args = ["--resolver", &answer, "--save", path, "--cases", "600"];
    let (code, printed, progress) = verify(&args);
    assert_eq!(code, Some(1));
    assert!(printed.contains("skip, without a reason"), "{printed}");
    let saved = fs::read_to_string(folder.path().join("skip-has-a-reason.yaml")).unwrap();
    assert!(saved.starts_with("# nothing published; canonical none; head of unknown version"));
    assert!(progress.contains("saved "), "{progress}");
}

#[test]
fn junit_has_a_case_for_each_rule_and_each_broken_resolver() {
    let (code, printed, progress) = verify(&["--cases", "60", "--seed", "1", "--format", "junit"]);
    assert_eq!((code, progress.as_str()), (Some(0), "seed 1\n"));
    let cases = INVARIANTS.len() + MUTANTS.len();
    assert_eq!(printed.matches("<testcase ").count(), cases);
    assert!(
        printed.contains(&format!("tests=\"{cases}\" skipped=\"0\" failures=\"0\"")),
        "{printed}"
    );

    let args = [
        "--mutant",
        "downgrade",
        "--level",
        "safety",
        "--seed",
        "1",
        "--format",
        "junit",
    ];
    let (code, printed, _) = verify(&args);
    assert_eq!(code, Some(1));
    insta::assert_snapshot!(printed);
}

#[test]
fn nothing_tried_is_no_pass() {
    let (code, printed, stderr) = verify(&["--cases", "1", "--shard", "1000/1000"]);
    assert_eq!(
        (code, printed.lines().count()),
        (Some(3), 1),
        "only the seed"
    );
    assert!(stderr.contains("not one case was tried"), "{stderr}");
    let (code, ..) = verify(&["--only", "small-worlds:99999999"]);
    assert_eq!(code, Some(3));
}

#[test]
fn what_cannot_be_written_is_exit_3_and_the_answer_is_out() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("a-file");
    fs::write(&file, "").unwrap();
    for flag in ["--evidence", "--save"] {
        let args = [flag, file.to_str().unwrap(), "--mutant", "oldest"];
        let (code, printed, stderr) = verify(&args);
        assert_eq!(code, Some(3), "{flag}");
        assert!(printed.contains("invariant `nearest`"), "{printed}");
        assert!(stderr.contains("cannot be written: "), "{stderr}");
    }
}

#[test]
fn what_the_machine_does_wrong_is_no_finding_and_not_the_resolvers_fault() {
    let args = ["--seed", "1", "--only", "real-repositories"];
    let output = command(&args).env("TMPDIR", "/no/such/folder").output();
    let (code, printed, stderr) = ended(&output.unwrap());
    assert_eq!((code, printed.as_str()), (Some(3), "seed 1\n"));
    let message = "error: a repository cannot be built or run, so nothing is known: ";
    assert!(stderr.starts_with(message), "{stderr}");
}

#[test]
fn nonsense_is_a_usage_error() {
    for args in [
        &["--shard", "0/2"][..],
        &["--shard", "3/2"],
        &["--shard", "2"],
        &["--shard", "1/99999999999999999999"],
        &["--only", "mornings"],
        &["--only", "nights:dawn"],
        &["--budget", "0"],
        &["--jobs", "0"],
        &["--cases", "0"],
        &["--seed", "-1"],
        &["--mutant", "nobody"],
        &["--teeth", "--mutant", "oldest"],
        &["--format", "xml"],
    ] {
        let (code, printed, stderr) = verify(args);
        assert_eq!((code, printed.as_str()), (Some(2), ""), "{args:?}");
        assert!(!stderr.is_empty());
    }
    let (_, _, stderr) = verify(&["--mutant", "nobody"]);
    assert!(
        stderr.contains("there are historical, newest-or-equal"),
        "{stderr}"
    );
}

#[test]
fn a_budget_ends_the_hunt_and_says_how_far_it_came() {
    let begin = std::time::Instant::now();
    let (code, printed, _) = verify(&[
        "--budget",
        "2",
        "--only",
        "random-worlds",
        "--format",
        "json",
    ]);
    assert_eq!(code, Some(0));
    assert!(begin.elapsed() < std::time::Duration::from_mins(1));
    let document: serde_json::Value = serde_json::from_str(&printed).unwrap();
    let tried = &document["hunt"]["phases"][7];
    assert_eq!(tried["of"], serde_json::Value::Null);
    assert!(tried["cases"].as_u64().unwrap() > 0);
    assert_eq!(document["hunt"]["stopped"], true);
}

#[cfg(unix)]
#[test]
fn an_interrupt_ends_it_with_what_was_tried_so_far() {
    let hung = ["--resolver", "sleep 600", "--deadline", "3600"];
    let folder = TempDir::new().unwrap();
    let path = folder.path().to_str().unwrap();
    let many = "1000000000";
    let endless = ["--only", "nights", "--cases", many, "--evidence", path];
    for (args, tried) in [(&hung[..], 0), (&endless[..], 1)] {
        let mut child = command(args)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        std::thread::sleep(std::time::Duration::from_secs(2));
        let pid = nix::unistd::Pid::from_raw(child.id().try_into().unwrap());
        nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGINT).unwrap();
        let begin = std::time::Instant::now();
        let status = child.wait().unwrap();
        assert!(begin.elapsed() < std::time::Duration::from_secs(20));
        let output = child.wait_with_output().unwrap();
        let (_, printed, stderr) = ended(&output);
        assert_eq!(status.code(), Some(3));
        assert_eq!(
            printed.matches("\n  tried ").count(),
            PHASE_NAMES.len() * tried,
            "{printed}"
        );
        if tried > 0 {
            assert!(stderr.contains("interrupted: "), "{stderr}");
            let evidence = fs::read(folder.path().join("evidence.json")).unwrap();
            let evidence: serde_json::Value = serde_json::from_slice(&evidence).unwrap();
            assert_eq!(
                evidence["passed"], false,
                "what was interrupted has not passed"
            );
        }
    }
}
