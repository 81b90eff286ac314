//! What a run of `samever upgrade` believes, and when the canonical moves.

use std::fs;

use crate::support::lab::Lab;
use crate::support::repositories::{Fixture, says};

const STEADY: [&str; 2] = ["--canonical-version", "1.2.0+1"];

/// Arguments for the steady state, where the base is 1.1.0+1.
fn steady<'a>(more: &[&'a str]) -> Vec<&'a str> {
    let mut args = STEADY.to_vec();
    args.extend(more);
    args
}

/// A program that says which version it sees running.
fn reports(lab: &Lab, version: &str) -> String {
    let script = format!("echo \"{version}\" > \"$SAMEVER_DEPLOYED_VERSION\"");
    lab.program("reports", &script)
}

#[test]
fn a_program_that_deploys_the_latest_instead_is_red() {
    let lab = Lab::new();
    let deploy = reports(&lab, "1.2.0+1");
    let (code, outcome) = lab.outcome(&steady(&["--deploy", &deploy]));
    assert_eq!(
        (code, outcome["stage"].as_str()),
        (1, Some("wrong-version"))
    );
    let why = "as the base, the stack runs 1.2.0+1, not 1.1.0+1, which was pinned";
    assert_eq!(outcome["why"], why);
    assert_eq!(
        outcome["evidence"]["base"]["deployed"]["version"],
        "1.2.0+1"
    );
}

#[test]
fn a_program_that_leaves_the_base_running_is_red() {
    let lab = Lab::new();
    let deploy = reports(&lab, "1.1.0+1");
    let (code, outcome) = lab.outcome(&steady(&["--deploy", &deploy]));
    assert_eq!(
        (code, outcome["stage"].as_str()),
        (1, Some("wrong-version"))
    );
    says(
        outcome["why"].as_str().unwrap(),
        &["as the head, the stack runs 1.1.0+1, not 1.2.0+1"],
    );
}

#[test]
fn a_true_report_of_a_program_is_evidence_and_junk_is_red() {
    let lab = Lab::new();
    let deploy = reports(&lab, "$SAMEVER_VERSION");
    let (code, outcome) = lab.outcome(&steady(&["--deploy", &deploy]));
    assert_eq!((code, outcome["verdict"].as_str()), (0, Some("green")));
    assert_eq!(
        outcome["evidence"]["head"]["deployed"]["version"],
        "1.2.0+1"
    );

    for junk in ["latest", "", "$(head -c 2000 /dev/zero | tr '\\0' 1)"] {
        let deploy = reports(&lab, junk);
        let (code, outcome) = lab.outcome(&steady(&["--deploy", &deploy]));
        assert_eq!(
            (code, outcome["stage"].as_str()),
            (1, Some("wrong-version")),
            "{junk}"
        );
        says(
            outcome["why"].as_str().unwrap(),
            &["an unknown version", "not 1.1.0+1"],
        );
    }
    // A pipe without a writer must not be waited for.
    let deploy = lab.program("pipe", "mkfifo \"$SAMEVER_DEPLOYED_VERSION\"");
    let (code, _) = lab.outcome(&steady(&["--deploy", &deploy]));
    assert_eq!(code, 1);
}

#[test]
fn a_stack_that_stays_on_one_version_is_red_also_without_labels() {
    let mut fixture = Fixture::new();
    let builder = &mut fixture.builder;
    let main = builder.commit(None, &[("README.md", b"1")]).unwrap();
    let head = builder.commit(Some(main), &[("README.md", b"2")]).unwrap();
    builder.reference("refs/heads/main", main).unwrap();
    builder.reference("refs/pull/1/head", head).unwrap();
    let lab = Lab::on(fixture);
    let deploy = reports(&lab, "1.0.0+1");
    let args = ["--pr", "refs/pull/1/head", "--deploy", &deploy];
    let (code, outcome) = lab.outcome(&args);
    assert_eq!((code, outcome["stage"].as_str()), (1, Some("no-delta")));
    says(
        outcome["why"].as_str().unwrap(),
        &["ran 1.0.0+1 before the upgrade and 1.0.0+1 after"],
    );
}

#[test]
fn a_base_that_is_the_heads_own_version_is_red_with_either_deployer() {
    let lab = Lab::new();
    for deployer in [&["--deployer", "tree"], &["--deploy", "true"]] {
        let mut args = vec!["--override", "1.2.0+1"];
        args.extend(deployer);
        let (code, outcome) = lab.outcome(&args);
        assert_eq!((code, outcome["stage"].as_str()), (1, Some("no-delta")));
    }
}

#[test]
fn a_canonical_moves_by_the_rule_and_by_nothing_else() {
    let lab = Lab::new();
    let record = || lab.read("state/canonical/custom-html.json");
    let moves = |args: &[&str]| {
        let mut all = vec!["--state", "state"];
        all.extend(args);
        let (code, outcome) = lab.outcome(&all);
        assert_eq!(code, 0, "{outcome:#}");
        let promotion = &outcome["promotion"];
        (
            promotion["promoted"] == true,
            promotion["because"].as_str().unwrap().to_owned(),
        )
    };
    let refused = |why: &str| (false, why.to_owned());
    assert_eq!(moves(&[]), refused("the project is not enrolled"));
    assert_eq!(
        moves(&["--enrolled", "--quick"]),
        refused("the run was a quick one")
    );
    assert_eq!(
        moves(&["--enrolled", "--pr", "HEAD"]),
        refused("the run was one of a ref")
    );
    let not_latest = "the head is not the newest published version";
    assert_eq!(
        moves(&[
            "--enrolled",
            "--head",
            "refs/tags/1.1.0+1",
            "--override",
            "1.0.0+1"
        ]),
        refused(not_latest)
    );
    assert_eq!(record(), "");
    assert!(moves(&["--enrolled"]).0);
    says(&record(), &["\"version\": \"1.2.0+1\""]);
    assert_eq!(
        moves(&["--enrolled"]),
        refused("the canonical says so already")
    );
    // The second night steps back; without a state nothing can be recorded.
    let (_, outcome) = lab.outcome(&["--state", "state", "--enrolled"]);
    assert_eq!(outcome["rung"], "step-back");
    let (_, outcome) = lab.outcome(&["--enrolled"]);
    assert_eq!(
        outcome["promotion"]["because"],
        "there is no --state to record 1.2.0+1 in"
    );
}

#[test]
fn a_promotion_that_another_run_has_overtaken_is_refused_and_told() {
    let lab = Lab::new();
    let state = lab.path("state");
    // While this run deploys, another run makes the canonical newer.
    let deploy = lab.deploys(
        "deploy",
        &format!(
            "{} canonical set custom-html 1.9.0+1 --force --state {} --reason 'another run'",
            env!("CARGO_BIN_EXE_samever"),
            state.display()
        ),
    );
    let args = [
        "--state",
        state.to_str().unwrap(),
        "--enrolled",
        "--deploy",
        &deploy,
    ];
    let (code, outcome) = lab.outcome(&args);
    assert_eq!((code, outcome["verdict"].as_str()), (0, Some("skipped")));
    says(
        outcome["promotion"]["because"].as_str().unwrap(),
        &["another run has made it 1.9.0+1 in the meantime, which is newer than 1.2.0+1"],
    );
    says(&lab.read("state/canonical/custom-html.json"), &["1.9.0+1"]);
}

#[test]
fn a_damaged_canonical_is_no_answer_and_nothing_is_deployed() {
    let lab = Lab::new();
    fs::create_dir_all(lab.path("state/canonical")).unwrap();
    fs::write(lab.path("state/canonical/custom-html.json"), "{").unwrap();
    let deploy = lab.program("deploy", "touch deployed");
    let run = lab.upgrade(&["--state", "state", "--enrolled", "--deploy", &deploy]);
    assert_eq!(run.code, 3);
    says(
        &run.stderr,
        &[
            "state/canonical/custom-html.json",
            "samever canonical set custom-html VERSION --state state",
        ],
    );
    assert!(!lab.path("deployed").exists());
}

#[test]
fn previous_goes_to_the_base_alone() {
    let lab = Lab::new();
    fs::create_dir_all(lab.path("ci/previous")).unwrap();
    fs::write(lab.path("ci/previous/VERSION"), "1.1.0+1").unwrap();
    fs::write(lab.path("ci/previous/old.yml"), "").unwrap();
    let deploy = lab.program(
        "deploy",
        "ls \"$SAMEVER_TREE\" | tr '\\n' ' ' >> trees; echo >> trees",
    );
    let (code, outcome) = lab.outcome(&steady(&["--ci-dir", "ci", "--deploy", &deploy]));
    assert_eq!(
        (code, outcome["evidence"]["previous"].as_str()),
        (0, Some("applied"))
    );
    assert_eq!(lab.read("trees"), "compose.yml old.yml \ncompose.yml \n");
}

#[test]
fn a_required_delta_counts_here_too() {
    let lab = Lab::new();
    let args = ["--override", "1.2.0+1", "--head", "refs/tags/1.1.0+1"];
    assert_eq!(lab.upgrade(&args).code, 0);
    let mut args = args.to_vec();
    args.push("--require-delta");
    assert_eq!(lab.upgrade(&args).code, 1);
}

#[test]
fn a_lock_that_another_holds_for_long_does_not_take_the_verdict_with_it() {
    let lab = Lab::new();
    fs::create_dir_all(lab.path("state/locks")).unwrap();
    let lock = fs::File::create(lab.path("state/locks/custom-html.lock")).unwrap();
    lock.lock().unwrap();
    let child = lab
        .command(&[
            "--state",
            "state",
            "--enrolled",
            "--deploy",
            "touch begun",
            "--promote-unseen",
        ])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    while !lab.path("begun").exists() {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    std::thread::sleep(std::time::Duration::from_millis(300));
    let pid = nix::unistd::Pid::from_raw(i32::try_from(child.id()).unwrap());
    nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGINT).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(3));
    says(
        &String::from_utf8(output.stdout).unwrap(),
        &["custom-html: skipped"],
    );
    says(
        &String::from_utf8(output.stderr).unwrap(),
        &["the verdict stands", "another process has held it"],
    );
}

#[test]
fn a_version_equal_to_two_others_is_no_way_back_between_them() {
    let mut lab = Lab::on(Fixture::new());
    for (label, recorded) in [
        ("1.0.3+2", "1.0.3+2"),
        ("1.0.3", "1.0.3+2"),
        ("1.0.3+1", "1.0.3+2"),
    ] {
        let builder = &mut lab.fixture.builder;
        let head = builder.release(None, label).unwrap();
        builder.reference("refs/heads/main", head).unwrap();
        let kind = samever::simulate::TagKind::Lightweight;
        builder.tag("1.0.3", head, kind).unwrap();
        lab.outcome(&["--state", "state", "--enrolled"]);
        let record = lab.read("state/canonical/custom-html.json");
        says(&record, &[&format!("\"version\": \"{recorded}\"")]);
    }
}

#[test]
fn a_tree_without_a_label_leaves_the_version_of_the_data() {
    let mut fixture = Fixture::new();
    let releases = fixture.releases(&["1.0.0+1", "1.1.0+1"]);
    let files: [(&str, &[u8]); 1] = [("compose.yml", b"services: {app: {image: x}}\n")];
    let head = fixture.builder.commit(Some(releases[1]), &files).unwrap();
    let main = "refs/heads/main";
    fixture.builder.reference(main, head).unwrap();
    let lab = Lab::on(fixture);
    let (code, outcome) = lab.outcome(&["--head", main, "--override", "1.1.0+1"]);
    assert_eq!((code, outcome["verdict"].as_str()), (0, Some("green")));
    let deployed = &outcome["evidence"]["head"]["deployed"];
    assert_eq!(deployed["version"], serde_json::Value::Null);
    assert_eq!(deployed["data_version"], "1.1.0+1");
}
