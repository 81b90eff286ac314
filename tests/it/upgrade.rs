//! `samever upgrade`, end to end: what the programs are told, what is red where,
//! what is promoted, and how it ends.

use std::fs;
use std::time::{Duration, Instant};

use crate::support::lab::Lab;
use crate::support::repositories::says;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

const STEADY: [&str; 2] = ["--canonical-version", "1.2.0+1"];

/// Arguments for the steady state, where the base is 1.1.0+1.
fn steady<'a>(more: &[&'a str]) -> Vec<&'a str> {
    let mut args = STEADY.to_vec();
    args.extend(more);
    args
}

#[test]
fn the_tree_deployer_upgrades_and_says_what_it_rests_on() {
    let lab = Lab::new();
    let run = lab.upgrade(&steady(&[]));
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    insta::assert_snapshot!(run.stdout);
    let (code, outcome) = lab.outcome(&steady(&[]));
    assert_eq!(code, 0);
    assert_eq!(outcome["schema"], "samever/upgrade/1");
    assert_eq!(outcome["verdict"], "green");
    assert_eq!(outcome["plan"]["version"], "1.1.0+1");
    assert_eq!(
        outcome["evidence"]["base"]["deployed"]["version"],
        "1.1.0+1"
    );
    assert_eq!(
        outcome["evidence"]["head"]["deployed"]["version"],
        "1.2.0+1"
    );
    assert_eq!(outcome["deployer"], "tree");
}

#[test]
fn programs_are_told_everything_in_their_environment_and_run_in_order() {
    let lab = Lab::new();
    let program = lab.program(
        "program",
        r#"cd "$SAMEVER_RUN_DIR" || exit 1
        echo "$1 $2 $SAMEVER_STEP $SAMEVER_STAGE $SAMEVER_RECIPE $SAMEVER_VERSION ($SAMEVER_TAG)" >> "$LOG"
        grep -o 'version=.*' "$SAMEVER_TREE/compose.yml" >> "$LOG"
        echo "$SAMEVER_COMMIT" >> "$COMMITS"
        echo "$SAMEVER_STACK" >> "$STACKS"
        touch kept"#,
    );
    let line = format!("{program} 'two words' '$(echo x)'");
    let args = ["--deploy", &line, "--check", &line, "--teardown", &line];
    let output = lab
        .command(&steady(&args))
        .env("LOG", lab.path("log"))
        .env("COMMITS", lab.path("commits"))
        .env("STACKS", lab.path("stacks"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let (base, head) = ("custom-html 1.1.0+1 (1.1.0+1)", "custom-html 1.2.0+1 ()");
    let (base_label, head_label) = ("version=1.1.0+1\"", "version=1.2.0+1\"");
    assert_eq!(
        lab.read("log"),
        format!(
            "two words $(echo x) deploy base {base}\n{base_label}\n\
             two words $(echo x) check base {base}\n{base_label}\n\
             two words $(echo x) deploy head {head}\n{head_label}\n\
             two words $(echo x) check head {head}\n{head_label}\n\
             two words $(echo x) teardown head {head}\n{head_label}\n"
        )
    );
    let commits = lab.read("commits");
    let commits: Vec<_> = commits.lines().collect();
    assert_eq!(commits[0], commits[1]);
    assert_ne!(commits[1], commits[2]);
    let stacks = lab.read("stacks");
    let mut stacks: Vec<_> = stacks.lines().collect();
    stacks.dedup();
    assert_eq!(stacks.len(), 1, "one stack, upgraded");
    assert!(stacks[0].starts_with("samever-custom-html-"), "{stacks:?}");
}

/// The stage at which a program fails, how it then ends, and what ran.
#[test]
fn a_program_that_fails_is_red_at_its_stage_and_the_stack_is_torn_down() {
    for (fails_at, stage, ran) in [
        ("deploy base", "base-deploy", "deploy teardown"),
        ("check base", "base-check", "deploy check teardown"),
        ("deploy head", "upgrade", "deploy check deploy teardown"),
        (
            "check head",
            "head-check",
            "deploy check deploy check teardown",
        ),
        (
            "teardown head",
            "teardown",
            "deploy check deploy check teardown",
        ),
    ] {
        let lab = Lab::new();
        let program = lab.program(
            "program",
            &format!(
                r#"printf '%s ' "$SAMEVER_STEP" >> ran
                echo "this is $SAMEVER_STEP $SAMEVER_STAGE"
                [ "$SAMEVER_STEP $SAMEVER_STAGE" != "{fails_at}" ] || exit 7"#
            ),
        );
        let args = [
            "--deploy",
            &program,
            "--check",
            &program,
            "--teardown",
            &program,
            "--state",
            "state",
            "--enrolled",
        ];
        // Without a canonical there is no base to fail at.
        let (code, _) = lab.outcome(&["--state", "state", "--enrolled"]);
        assert_eq!(code, 0);
        let before = lab.read("state/canonical/custom-html.json");
        let (code, outcome) = lab.outcome(&args);
        assert_eq!((code, outcome["stage"].as_str()), (1, Some(stage)));
        assert_eq!(lab.read("ran").trim(), ran, "{fails_at}");
        let step = fails_at.split(' ').next().unwrap();
        says(
            outcome["why"].as_str().unwrap(),
            &[
                &format!("the {step} program ended with exit code 7"),
                &format!("it printed last: this is {fails_at}"),
            ],
        );
        let log = lab.read(&format!("state/logs/custom-html/{stage}.log"));
        assert_eq!(log, format!("this is {fails_at}\n"));
        assert_eq!(outcome["promotion"]["promoted"], false);
        assert_eq!(lab.read("state/canonical/custom-html.json"), before);
    }
}

#[test]
fn a_red_run_and_a_teardown_that_fails_are_both_told() {
    let lab = Lab::new();
    let args = ["--deploy", "false", "--teardown", "false"];
    let (code, outcome) = lab.outcome(&steady(&args));
    assert_eq!((code, outcome["stage"].as_str()), (1, Some("base-deploy")));
    says(
        outcome["why"].as_str().unwrap(),
        &[
            "the deploy program ended",
            "the teardown failed too: the teardown program",
        ],
    );
}

/// Tells whether a process runs, and is no zombie.
fn runs(pid: &str) -> bool {
    let stat = fs::read_to_string(format!("/proc/{}/stat", pid.trim()));
    stat.is_ok_and(|stat| !stat.contains(") Z "))
}

#[test]
fn a_timeout_ends_the_program_with_all_that_it_started_and_tears_down() {
    let lab = Lab::new();
    let deploy = lab.program(
        "deploy",
        "sleep 1000 & echo $! > child; trap '' TERM; echo waiting; sleep 1000 & wait; wait",
    );
    let teardown = lab.program("teardown", "echo down > down");
    let args = [
        "--deploy",
        &deploy,
        "--teardown",
        &teardown,
        "--timeout",
        "1",
    ];
    let begin = Instant::now();
    let (code, outcome) = lab.outcome(&steady(&args));
    assert!(begin.elapsed() < Duration::from_secs(30));
    assert_eq!((code, outcome["stage"].as_str()), (1, Some("base-deploy")));
    let why =
        "the deploy program did not end within 1 s, so it was ended; it printed last: waiting";
    assert_eq!(outcome["why"], why);
    assert_eq!(lab.read("down"), "down\n");
    assert!(!runs(&lab.read("child")));
}

#[test]
fn an_interrupt_ends_the_program_and_tears_down_and_is_no_verdict() {
    for signal in [Signal::SIGINT, Signal::SIGTERM] {
        let lab = Lab::new();
        let deploy = lab.program("deploy", "sleep 1000 & echo $! > child; touch begun; wait");
        let teardown = lab.program("teardown", "sleep 0.2; echo down > down");
        let args = ["--deploy", &deploy, "--teardown", &teardown];
        let mut command = lab.command(&steady(&args));
        let child = command
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        while !lab.path("begun").exists() {
            std::thread::sleep(Duration::from_millis(5));
        }
        kill(Pid::from_raw(i32::try_from(child.id()).unwrap()), signal).unwrap();
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(3));
        assert!(output.stdout.is_empty());
        let message = String::from_utf8(output.stderr).unwrap();
        says(
            &message,
            &[
                "note: interrupted: ending what was begun and cleaning up after it; 2 more give that up\n",
                "error: interrupted: what was deployed is torn down, and there is no verdict\n",
            ],
        );
        assert_eq!(lab.read("down"), "down\n");
        assert!(!runs(&lab.read("child")));
        assert_eq!(fs::read_dir(lab.path("tmp")).unwrap().count(), 0);
    }
}

#[test]
fn an_interrupt_whose_teardown_fails_says_so() {
    let lab = Lab::new();
    let deploy = lab.program("deploy", "kill -INT $PPID; sleep 1000");
    let args = ["--deploy", &deploy, "--teardown", "false"];
    let run = lab.upgrade(&steady(&args));
    assert_eq!(run.code, 3);
    says(
        &run.stderr,
        &["error: interrupted, and the teardown failed: the teardown program"],
    );
}

#[test]
fn a_skip_is_fine_unless_it_is_asked_to_fail_and_its_head_is_deployed() {
    let lab = Lab::new();
    let deploy = lab.program("deploy", "echo $SAMEVER_STAGE >> deployed");
    let run = lab.upgrade(&["--deploy", &deploy]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    says(
        &run.stdout,
        &["custom-html: skipped: 1.2.0+1 alone", "head == main tip"],
    );
    assert_eq!(lab.read("deployed"), "head\n");
    assert_eq!(lab.upgrade(&["--fail-on-skip"]).code, 1);
    let (code, outcome) = lab.outcome(&["--deploy", "false"]);
    assert_eq!((code, outcome["stage"].as_str()), (1, Some("head-deploy")));
}

#[test]
fn nonsense_is_a_usage_error_and_no_answer_says_what_to_do() {
    let lab = Lab::new();
    for (args, code, part) in [
        (&["--deployer", "command"][..], 2, "give one with --deploy"),
        (
            &["--deployer", "tree", "--deploy", "true"],
            2,
            "leave out --deploy",
        ),
        (
            &["--check", "true"],
            2,
            "it goes with --deploy or with the deployer swarm",
        ),
        (&["--deploy", "'"], 2, "a quote is not closed"),
        (&["--deploy", ""], 2, "is no command line"),
        (&["--timeout", "0", "--deploy", "true"], 2, "0 is not in"),
        (&["--report", "a.pdf"], 2, "a report ends in"),
        (
            &["--state", "a", "--canonical-version", "1.0.0"],
            2,
            "cannot be used with",
        ),
        (&["--head", "nowhere"], 3, "does not lead to a commit"),
        (
            &["--pr", "refs/pull/9/head"],
            3,
            "does not lead to a commit",
        ),
        (&["--ci-dir", "nowhere"], 3, "there is no folder nowhere"),
        (
            &["--state", "state", "--recipe", "../up"],
            3,
            "is no name of a recipe",
        ),
        (&["--override", "9.9.9"], 3, "9.9.9"),
        (
            &["--deploy", "./not-there"],
            3,
            "the program of --deploy ./not-there cannot be run",
        ),
    ] {
        let run = lab.upgrade(args);
        assert_eq!(
            (run.code, run.stdout.as_str()),
            (code, ""),
            "{args:?}: {}",
            run.stderr
        );
        says(&run.stderr, &[part]);
    }
    assert!(!lab.path("up").exists());
}

#[test]
fn reports_go_to_files_in_the_format_of_their_endings() {
    let lab = Lab::new();
    let deploy = lab.program(
        "deploy",
        "printf 'a\\033[31mred\\033[0m ::error::x \\000\\377\\n'; false",
    );
    let args = [
        "--deploy",
        &deploy,
        "--logs",
        "logs",
        "--report",
        "out/a.json",
        "out/b.xml",
        "out/c.txt",
    ];
    let run = lab.upgrade(&steady(&args));
    assert_eq!(run.code, 1);
    let json: serde_json::Value = serde_json::from_str(&lab.read("out/a.json")).unwrap();
    assert_eq!(json["stage"], "base-deploy");
    assert_eq!(lab.read("out/c.txt"), run.stdout);
    insta::assert_snapshot!(lab.read("out/b.xml"));
    let safe = "a\\u{1b}[31mred\\u{1b}[0m :\\u{3a}error:\\u{3a}x \\u{0}\\xff";
    assert_eq!(
        lab.read("logs/custom-html/base-deploy.log"),
        format!("{safe}\n")
    );
    for file in [
        "out/a.json",
        "out/b.xml",
        "out/c.txt",
        "logs/custom-html/base-deploy.log",
    ] {
        let content = lab.read(file);
        assert!(
            !content.contains(|c: char| c.is_control() && c != '\n'),
            "{file}: {content:?}"
        );
        assert!(!content.contains("::"), "{file}: {content}");
    }
    // Nothing is deployed for a report that cannot be written.
    let run = lab.upgrade(&steady(&["--report", "deploy/a.json"]));
    assert_eq!((run.code, run.stdout.as_str()), (3, ""));
    says(
        &run.stderr,
        &["the report cannot be written to deploy/a.json"],
    );
}

#[test]
fn a_log_is_bounded_and_what_a_program_leaves_running_is_not_awaited() {
    let lab = Lab::new();
    let deploy = lab.program(
        "deploy",
        "head -c 20000000 /dev/zero | tr '\\0' x | fold -w 100; echo; echo last; sleep 1000 & echo $! > child",
    );
    let begin = Instant::now();
    let (code, outcome) = lab.outcome(&["--deploy", &deploy, "--logs", "logs"]);
    assert_eq!(code, 0);
    assert!(begin.elapsed() < Duration::from_mins(1));
    let size = lab.read("logs/custom-html/head-deploy.log").len();
    assert!((15 << 20..=16 << 20).contains(&size), "{size}");
    let log = &outcome["logs"][0];
    assert_eq!(log["tail"].as_array().unwrap().last().unwrap(), "last");
    says(log["missing"].as_str().unwrap(), &["more than 16 MiB"]);
    let child = lab.read("child");
    assert!(runs(&child), "what it started is its own affair");
    kill(
        Pid::from_raw(child.trim().parse().unwrap()),
        Signal::SIGKILL,
    )
    .unwrap();
}

#[test]
fn who_interrupts_for_the_third_time_is_obeyed_at_once() {
    let lab = Lab::new();
    let deploy = lab.program("deploy", "touch begun; exec sleep 1000");
    let teardown = lab.program("teardown", "echo $$ > pid; touch torn; exec sleep 1000");
    let args = ["--deploy", &deploy, "--teardown", &teardown];
    let child = lab
        .command(&steady(&args))
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let pid = Pid::from_raw(i32::try_from(child.id()).unwrap());
    for (file, pause) in [("begun", 0), ("torn", 300), ("torn", 300)] {
        while !lab.path(file).exists() {
            std::thread::sleep(Duration::from_millis(5));
        }
        std::thread::sleep(Duration::from_millis(pause));
        kill(pid, Signal::SIGINT).unwrap();
    }
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(3));
    says(
        &String::from_utf8(output.stderr).unwrap(),
        &["given up; what was begun may be left"],
    );
    let teardown: i32 = lab.read("pid").trim().parse().unwrap();
    kill(Pid::from_raw(teardown), Signal::SIGKILL).unwrap();
}
