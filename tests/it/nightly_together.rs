//! Sweeps that are interrupted and resumed, and sweeps that meet each other.

use std::fs;
use std::process::Stdio;
use std::time::Duration;

use crate::support::folder::binary;
use crate::support::night::{Night, assert_verdicts};
use crate::support::repositories::{says, text};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;

/// A sweep of two recipes that was killed in the second: its deploy program, and
/// the arguments to go on with.
fn killed_in_beta(night: &Night) -> Vec<String> {
    let deploy = night.deploys("deploy",
        "echo $SAMEVER_RECIPE >> ran; [ -e go ] || [ $SAMEVER_RECIPE != beta ] || { touch begun; exec sleep 1000; }",
    );
    let args = ["--jobs", "1", "--deploy", &deploy, "--resume"].map(str::to_owned);
    let words: Vec<_> = args.iter().map(String::as_str).collect();
    let mut child = night
        .command(&words)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    while !night.path("begun").exists() {
        std::thread::sleep(Duration::from_millis(5));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    night.write("go", "");
    args.to_vec()
}

#[test]
fn a_second_sweep_names_the_lock_or_waits_and_shards_run_side_by_side() {
    let night = Night::of(&["alpha", "beta"]);
    let deploy = night.deploys(
        "deploy",
        "touch begun; while [ ! -e go ]; do sleep 0.01; done",
    );
    let mut holder = night
        .command(&["--deploy", &deploy, "--shard", "1/2"])
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    while !night.path("begun").exists() {
        std::thread::sleep(Duration::from_millis(5));
    }
    let (code, report) = night.report(&["--shard", "2/2"]);
    assert_eq!(code, 0);
    assert_verdicts(&report, &[("beta", "skipped")]);
    // So do recipes by name, as the jobs of a matrix do.
    let (code, report) = night.report(&["--recipe", "beta"]);
    assert_eq!(code, 0);
    assert_verdicts(&report, &[("beta", "green")]);
    for args in [&[][..], &["--shard", "1/2"]] {
        let run = night.sweep(args);
        assert_eq!((run.code, run.stdout.as_str()), (3, ""));
        let process = format!("process {}, since 2", holder.id());
        says(
            &run.stderr,
            &[
                "another sweep holds the lock of state",
                &process,
                "part 1/2",
            ],
        );
    }
    let waiting = night
        .command(&["--wait", "--format", "json"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    std::thread::sleep(Duration::from_millis(300));
    night.write("go", "");
    assert!(holder.wait().unwrap().success());
    let output = waiting.wait_with_output().unwrap();
    assert!(output.status.success());
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_verdicts(&report, &[("alpha", "green"), ("beta", "green")]);
}

#[test]
fn an_interrupted_sweep_is_resumed_and_repeats_only_what_did_not_finish() {
    for signal in [Signal::SIGINT, Signal::SIGKILL] {
        let night = Night::of(&["alpha", "beta", "gamma"]);
        let deploy = night.deploys("deploy",
            "echo $SAMEVER_RECIPE >> ran; [ $SAMEVER_RECIPE != beta ] || [ -e go ] || { touch begun; exec sleep 1000; }",
        );
        let teardown = night.program("teardown", "echo $SAMEVER_RECIPE >> down");
        let args = ["--jobs", "1", "--deploy", &deploy, "--teardown", &teardown];
        let child = night
            .command(&args)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        while !night.path("begun").exists() {
            std::thread::sleep(Duration::from_millis(5));
        }
        kill(Pid::from_raw(i32::try_from(child.id()).unwrap()), signal).unwrap();
        let output = child.wait_with_output().unwrap();
        if signal == Signal::SIGINT {
            assert_eq!(output.status.code(), Some(3));
            let message = text(&output.stderr);
            says(
                &message,
                &[
                    "interrupted: 1 of 3 recipes were run to the end",
                    "--resume",
                ],
            );
            assert_eq!(night.read("down"), "alpha\nbeta\n");
        }
        night.write("go", "");
        let mut again = args.to_vec();
        again.extend(["--resume", "--report", "report.json"]);
        let run = night.sweep(&again);
        assert_eq!(run.code, 0, "{}", run.stderr);
        says(
            &run.stdout,
            &["3 recipes", "1 from the sweep that was interrupted"],
        );
        assert_eq!(night.read("ran"), "alpha\nbeta\nbeta\ngamma\n");
        let report: Value = serde_json::from_str(&night.read("report.json")).unwrap();
        let skipped = "skipped";
        assert_verdicts(
            &report,
            &[("alpha", skipped), ("beta", skipped), ("gamma", skipped)],
        );
        // Once it has come to its end there is nothing to resume: the next is whole.
        let run = night.sweep(&again);
        assert_eq!(run.code, 0);
        says(&run.stdout, &["3 recipes: 3 green"]);
    }
}

#[test]
fn only_a_sweep_of_the_same_night_settings_and_heads_is_resumed() {
    let resumed = |night: &Night, args: &[String]| {
        let words: Vec<_> = args.iter().map(String::as_str).collect();
        let run = night.sweep(&words);
        assert_eq!(run.code, 0, "{}", run.stderr);
        (
            night.read("ran"),
            run.stdout.contains("from the sweep that was interrupted"),
        )
    };
    let recipes = ["alpha", "beta"];
    let night = Night::of(&recipes);
    let args = killed_in_beta(&night);
    assert_eq!(
        resumed(&night, &args),
        ("alpha\nbeta\nbeta\n".to_owned(), true)
    );

    // A release since: what was done with it is yesterday's.
    let night = Night::of(&recipes);
    let args = killed_in_beta(&night);
    fs::remove_dir_all(night.path("catalogue/alpha")).unwrap();
    night.recipe("alpha", &["1.0.0+1", "1.3.0+1"]);
    let ran = "alpha\nbeta\nalpha\nalpha\nbeta\n".to_owned();
    assert_eq!(
        resumed(&night, &args).0,
        ran,
        "alpha upgrades to the release"
    );
    says(&night.read("state/canonical/alpha.json"), &["1.3.0+1"]);

    // Other settings, and another night.
    for change in ["program", "catalogue", "night"] {
        let night = Night::of(&recipes);
        let mut args = killed_in_beta(&night);
        match change {
            "program" => args[3] += " other",
            "catalogue" => night.write("catalogue/catalogue.yaml", "defaults: {timeout: 60}"),
            _ => {
                let journal = night.read("state/sweeps/all.jsonl");
                let (begin, rest) = journal.split_once('\n').unwrap();
                let mut begin: Value = serde_json::from_str(begin).unwrap();
                begin["ts"] = "2026-01-01T00:00:00Z".into();
                night.write("state/sweeps/all.jsonl", format!("{begin}\n{rest}"));
            }
        }
        // alpha is run again, from its canonical.
        let ran = resumed(&night, &args).0;
        assert_eq!(ran, "alpha\nbeta\nalpha\nalpha\nbeta\n", "{change}");
    }

    // A last line that was cut off, and a journal that is none.
    for journal in ["{\"recipe\": \"alpha\", \"ca", ""] {
        let night = Night::of(&recipes);
        let args = killed_in_beta(&night);
        let whole = night.read("state/sweeps/all.jsonl");
        let begin = whole.lines().next().unwrap();
        night.write("state/sweeps/all.jsonl", format!("{begin}\n{journal}"));
        assert_eq!(
            resumed(&night, &args).0,
            "alpha\nbeta\nalpha\nalpha\nbeta\n"
        );
    }
}

#[test]
fn a_recipe_run_by_name_locks_out_its_like_and_the_whole_sweep() {
    let night = Night::of(&["alpha", "beta"]);
    let deploy = night.deploys(
        "deploy",
        "touch begun; while [ ! -e go ]; do sleep 0.01; done",
    );
    let mut holder = night
        .command(&["--deploy", &deploy, "--recipe", "alpha"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    while !night.path("begun").exists() {
        std::thread::sleep(Duration::from_millis(5));
    }
    assert_eq!(night.sweep(&["--recipe", "beta"]).code, 0);
    for args in [&["--recipe", "beta", "--recipe", "alpha"][..], &[]] {
        let run = night.sweep(args);
        assert_eq!(run.code, 3, "{args:?}");
        says(&run.stderr, &["another sweep holds the lock", "only alpha"]);
    }
    night.write("go", "");
    assert!(holder.wait().unwrap().success());
    assert_eq!(night.sweep(&[]).code, 0);
}

#[test]
fn a_recipe_is_run_once_at_a_time_whoever_runs_it() {
    let night = Night::of(&["alpha"]);
    let deploy = night.deploys(
        "deploy",
        "mkdir busy || { echo twice at once; exit 1; }; sleep 0.3; rmdir busy",
    );
    let catalogue = night.path("catalogue/alpha");
    let catalogue = catalogue.to_str().unwrap();
    let mut children = Vec::new();
    for args in [
        &["--shard", "1/4"][..],
        &["--shard", "1/5"],
        &["--recipe", "alpha"],
    ] {
        children.push(night.command(&[args, &["--deploy", &deploy]].concat()));
    }
    let mut upgrade = binary();
    upgrade
        .args([
            "upgrade", "--repo", catalogue, "--state", "state", "--deploy", &deploy,
        ])
        .current_dir(night.path(""));
    children.push(upgrade);
    let children: Vec<_> = children
        .iter_mut()
        .map(|child| {
            child
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap()
        })
        .collect();
    for child in children {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{output:?}");
    }
}
