//! Options without a value, as a CI server gives them where a variable is not set:
//! a usage error, before anything is read or written.

use crate::support::folder::{Folder, Run};

/// Runs a command in an empty folder, which must stay so.
#[track_caller]
fn refusal(args: &[&str]) -> String {
    let folder = Folder::new();
    let run = Run::of(&mut folder.samever(args));
    assert_eq!(
        (run.code, run.stdout.as_str()),
        (2, ""),
        "{args:?}: {}",
        run.stderr
    );
    let files = std::fs::read_dir(folder.root()).unwrap().count();
    assert_eq!(files, 0, "{args:?} writes something");
    run.stderr
}

/// Each command with its options that take a text or a path.
const OPTIONS: [(&[&str], &[&str]); 7] = [
    (
        &["resolve"],
        &[
            "--head",
            "--main",
            "--repo",
            "--recipe",
            "--canonical",
            "--not-applicable",
        ],
    ),
    (
        &["upgrade"],
        &[
            "--head",
            "--main",
            "--pr",
            "--repo",
            "--recipe",
            "--state",
            "--canonical",
            "--ci-dir",
            "--env-file",
            "--logs",
            "--report",
            "--not-applicable",
            "--deploy",
            "--override",
        ],
    ),
    (
        &["nightly", "--state", "state", "--catalogue", "."],
        &["--recipe", "--env-file", "--logs", "--report", "--deploy"],
    ),
    (&["replay"], &["--filter", "--keep", "--report", "--image"]),
    (
        &["verify"],
        &[
            "--save",
            "--evidence",
            "--report",
            "--mutant",
            "--only",
            "--resolver",
        ],
    ),
    (&["canonical", "list"], &["--state"]),
    (&["doctor"], &["--state"]),
];

#[test]
fn an_option_with_an_empty_or_blank_value_is_a_usage_error() {
    for (command, options) in OPTIONS {
        for option in options {
            for value in ["", " ", "\t\n"] {
                let told = refusal(&[command, &[option, value]].concat());
                assert!(told.contains(option), "the option is named: {told}");
            }
        }
    }
    for value in ["", " "] {
        refusal(&["nightly", "--state", value, "--catalogue", "x"]);
        refusal(&["nightly", "--state", "x", "--catalogue", value]);
        refusal(&["replay", value]);
    }
}

#[test]
fn a_revision_that_looks_like_an_option_is_a_usage_error() {
    for option in ["--head", "--main", "--pr"] {
        for value in ["-x", "--all", "--"] {
            refusal(&["upgrade", option, value]);
            let told = refusal(&["upgrade", &format!("{option}={value}")]);
            assert!(told.contains("none begins with `-`"), "{told}");
        }
    }
}

#[test]
fn a_word_for_no_is_no_reason_on_the_command_line() {
    for word in ["false", "no", "off", "null", "0", "~", "None", "n/a"] {
        for command in ["resolve", "upgrade"] {
            let told = refusal(&[command, "--not-applicable", word]);
            assert!(told.contains("say in words why"), "{told}");
        }
    }
}

#[test]
fn an_option_that_would_do_nothing_is_a_usage_error() {
    let declared = ["--not-applicable", "it keeps no data"];
    for (command, options, named) in [
        ("resolve", &["--override", "1.0.0+1"][..], "--override"),
        ("resolve", &["--no-prereleases"], "--no-prereleases"),
        ("resolve", &["--fallback", "release-first"], "--fallback"),
        (
            "upgrade",
            &["--deployer", "tree", "--override", "1.0.0+1"],
            "--override",
        ),
        ("upgrade", &["--ci-dir", "."], "--ci-dir"),
    ] {
        let told = refusal(&[&[command], options, &declared].concat());
        assert!(told.contains(named), "{told}");
    }
    let stated = ["resolve", "--override", "1.0.0+1"];
    for options in [&["--no-prereleases"][..], &["--fallback", "main-tip"]] {
        refusal(&[&stated, options].concat());
    }
    for options in [
        &["--env-file", "x.env", "--deployer", "tree"][..],
        &["--settle", "5", "--deployer", "tree"],
        &["--resolve-image", "always", "--deployer", "tree"],
        &["--env-file", "x.env", "--deploy", "./deploy"],
    ] {
        let told = refusal(&[&["upgrade"], options].concat());
        assert!(told.contains("only the deployer swarm uses it"), "{told}");
    }
}
