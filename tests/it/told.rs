//! What a reader of a night's reports is told beside the verdict, in the table, in the text, in JSON
//! and in `JUnit`'s XML, and what is told before anything runs.

use std::fs;

use samever::simulate::{RepositoryBuilder, TagKind};

use crate::support::folder::Run;
use crate::support::night::Night;
use crate::support::repositories::says;

const FILES: [&str; 4] = ["--report", "t.txt", "t.json", "t.xml"];

/// A sweep, or an upgrade of `alpha`, with each part in its answer and in each report.
#[track_caller]
fn told(night: &Night, command: &[&str], code: i32, words: &str, note: &str) {
    let run = match command {
        ["upgrade", args @ ..] => {
            let upgrade = ["upgrade", "--repo", "catalogue/alpha", "--enrolled"];
            let tree = ["--deployer", "tree", "--promote-unseen", "--state", "state"];
            Run::of(&mut night.samever(&[&upgrade[..], &tree, args, &FILES].concat()))
        }
        args => night.sweep(&[args, &FILES].concat()),
    };
    assert_eq!(run.code, code, "{}{}", run.stdout, run.stderr);
    for text in [&run.stdout, &night.read("t.txt")] {
        says(text, &[words, note]);
    }
    for file in ["t.json", "t.xml"] {
        says(&night.read(file), &[note]);
    }
}

/// `alpha` with a branch `main` that is one commit past its newest release, with the
/// same label.
fn past_the_release(night: &Night) {
    let directory = night.path("catalogue/alpha");
    let mut builder = RepositoryBuilder::init(&directory, false).unwrap();
    let mut parent = None;
    for version in ["1.0.0+1", "1.1.0+1"] {
        let commit = builder.release(parent, version).unwrap();
        builder.tag(version, commit, TagKind::Annotated).unwrap();
        parent = Some(commit);
    }
    let compose = "services:\n  app:\n    image: example\n    deploy:\n      labels:\n        - \
                   \"coop-cloud.${STACK_NAME}.version=1.1.0+1\"\n";
    let files = [
        ("compose.yml", compose.as_bytes()),
        ("README", b"words".as_slice()),
    ];
    let tip = builder.commit(parent, &files).unwrap();
    builder.reference("refs/heads/main", tip).unwrap();
}

#[test]
fn a_downgrade_is_told_wherever_a_green_is() {
    let night = Night::of(&["alpha"]);
    let note = "the base is newer than the head, so what ran is a downgrade";
    let older = ["upgrade", "--head", "1.0.0+1", "--override", "1.2.0+1"];
    told(&night, &older, 0, "green, files alone, downgrade", note);
    let mut builder = RepositoryBuilder::init(&night.path("catalogue/beta"), false).unwrap();
    let old = builder.release(None, "1.0.0+1").unwrap();
    let new = builder.release(Some(old), "1.1.0+1").unwrap();
    builder.tag("1.0.0+1", old, TagKind::Annotated).unwrap();
    builder.tag("1.1.0+1", new, TagKind::Annotated).unwrap();
    builder.reference("refs/heads/main", old).unwrap();
    night.write(
        "catalogue/catalogue.yaml",
        "recipes: {beta: {override: 1.1.0+1, head: main-tip}}\n",
    );
    told(&night, &["--recipe", "beta"], 0, "downgrade", note);
}

#[test]
fn a_release_that_was_not_tested_itself_is_told() {
    let night = Night::of(&[]);
    past_the_release(&night);
    night.write(
        "catalogue/catalogue.yaml",
        "recipes: {alpha: {head: main-tip}}\n",
    );
    let note = "the release itself was not tested";
    told(&night, &[], 0, "0 canonicals moved", note);
    told(&night, &["upgrade"], 0, "canonical  does not move", note);
    night.write(
        "catalogue/catalogue.yaml",
        "recipes: {alpha: {head: latest}}\n",
    );
    let run = night.sweep(&[]);
    assert!(!run.stdout.contains(note), "{}", run.stdout);
    says(&run.stdout, &["1 canonical moved"]);
}

#[test]
fn a_record_that_is_gone_and_a_tag_that_has_moved_are_told() {
    let night = Night::of(&["alpha"]);
    assert_eq!(night.sweep(&[]).code, 0);
    fs::remove_dir_all(night.path("state/canonical")).unwrap();
    let gone =
        "the record of alpha is gone, although its history says that 1.2.0+1 was the canonical";
    told(&night, &[], 0, "skipped", gone);
    let way = "`samever canonical set alpha 1.2.0+1 --state state --repo DIR --reason WHY`";
    says(&night.read("t.txt"), &[way]);
    assert!(
        !night.sweep(&[]).stdout.contains("is gone"),
        "it is there again"
    );
    let dropped = [
        "canonical",
        "drop",
        "alpha",
        "--state",
        "state",
        "--reason",
        "x",
    ];
    assert_eq!(Run::of(&mut night.samever(&dropped)).code, 0);
    assert!(
        !night.sweep(&[]).stdout.contains("is gone"),
        "it was dropped"
    );
    let directory = night.path("catalogue/alpha");
    let mut builder = RepositoryBuilder::init(&directory, false).unwrap();
    let moved = builder.release(None, "1.2.0+1").unwrap();
    builder.tag("1.2.0+1", moved, TagKind::Annotated).unwrap();
    builder.reference("refs/heads/main", moved).unwrap();
    let note = "the tag of the canonical 1.2.0+1 has moved";
    told(&night, &[], 0, "1 canonical moved", note);
}

#[test]
fn the_reason_of_a_skip_is_told_once_for_all_recipes_that_have_it() {
    let night = Night::of(&["alpha", "beta"]);
    let reason = "skipped: no canonical is to be used and the main tip";
    told(
        &night,
        &[],
        0,
        &format!("alpha, beta: {reason}"),
        "no canonical is to be used",
    );
}

#[test]
fn a_skip_that_is_declared_is_no_failure_and_another_says_which_it_is() {
    let night = Night::of(&["alpha", "beta"]);
    let settings = "recipes: {beta: {not-applicable: it keeps no state}}\n";
    night.write("catalogue/catalogue.yaml", settings);
    let run = night.sweep(&["--fail-on-skip"]);
    assert_eq!(run.code, 1);
    let note = "note: alpha had no upgrade to test, so --fail-on-skip makes the exit code 1";
    says(&run.stderr, &[note]);
    let run = night.sweep(&["--fail-on-skip"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let upgrade = |args: &[&str]| {
        let all = ["upgrade", "--repo", "catalogue/alpha", "--deployer", "tree"];
        Run::of(&mut night.samever(&[&all[..], args].concat()))
    };
    let run = upgrade(&["--fail-on-skip"]);
    assert_eq!(run.code, 1);
    says(&run.stderr, &["--fail-on-skip makes the exit code 1"]);
    let declared = ["--fail-on-skip", "--not-applicable", "it keeps no state"];
    assert_eq!(upgrade(&declared).code, 0);
    let downgrade = [
        "--head",
        "1.0.0+1",
        "--override",
        "1.2.0+1",
        "--require-delta",
    ];
    let run = upgrade(&downgrade);
    assert_eq!(run.code, 1);
    says(
        &run.stderr,
        &["--require-delta requires that, so the exit code is 1"],
    );
}

#[test]
fn a_report_that_cannot_be_written_is_told_before_the_first_deployment() {
    let night = Night::of(&["alpha"]);
    let deploy = night.deploys("deploy.sh", "echo >> ran");
    fs::create_dir(night.path("folder.xml")).unwrap();
    night.write("file", "");
    for path in ["folder.xml", "file/t.xml"] {
        let args = ["--deploy", &deploy, "--teardown", &deploy, "--report", path];
        let upgrade = ["upgrade", "--repo", "catalogue/alpha"];
        for run in [
            night.sweep(&args),
            Run::of(&mut night.samever(&[&upgrade[..], &args].concat())),
        ] {
            assert_eq!((run.code, run.stdout.as_str()), (3, ""), "{path}");
            says(&run.stderr, &["the report cannot be written to", path]);
        }
    }
    assert_eq!(night.read("ran"), "");
}

#[test]
fn a_state_or_a_script_that_cannot_work_is_told_by_the_doctor_and_before_a_night() {
    let night = Night::of(&["alpha", "beta"]);
    night.program("catalogue/broken.sh", "true");
    let text = night.read("catalogue/broken.sh");
    let script = text.replace("#!/bin/sh", "#!/no/such/interpreter -e");
    night.write("catalogue/broken.sh", script);
    night.write(
        "catalogue/catalogue.yaml",
        "recipes:\n  alpha: {deploy: ./broken.sh, teardown: ./broken.sh}\n  beta: {deployer: swarm, \
         env-file: nowhere.env}\n",
    );
    let doctor = ["doctor", "--catalogue", "catalogue", "--state", "state"];
    let doctor = || Run::of(&mut night.samever(&doctor));
    let run = doctor();
    assert_eq!(run.code, 3);
    let faults = [
        "its first line names /no/such/interpreter, which is not there",
        "its env-file catalogue/nowhere.env is no file",
    ];
    says(&run.stdout, &faults);
    let run = night.sweep(&[]);
    assert_eq!(run.code, 3);
    says(&run.stderr, &["leaves out 2 recipes"]);
    says(&run.stderr, &faults);
    night.write("state/history", "");
    says(
        &doctor().stdout,
        &["MISSING   state folder      state/history: "],
    );
}

#[test]
fn a_usage_error_makes_no_state() {
    let night = Night::of(&["alpha"]);
    let sweep = [
        "nightly",
        "--catalogue",
        "catalogue",
        "--state",
        "new",
        "--init-state",
    ];
    let run = Run::of(&mut night.samever(&sweep));
    assert_eq!(run.code, 2, "{}", run.stderr);
    assert!(!night.path("new").exists());
}

#[test]
fn a_record_that_is_set_without_a_check_keeps_its_origin() {
    let night = Night::of(&[]);
    fs::create_dir(night.path("state/canonical")).unwrap();
    let noted = r#"{"recipe": "alpha", "version": "1.0.0+1", "origin": "example.org/up/alpha"}"#;
    night.write("state/canonical/alpha.json", noted);
    let set = ["canonical", "set", "alpha", "1.1.0+1", "--state", "state"];
    let force = ["--force", "--reason", "x"];
    let run = Run::of(&mut night.samever(&[&set[..], &force].concat()));
    assert_eq!(run.code, 0, "{}", run.stderr);
    let record = night.read("state/canonical/alpha.json");
    says(&record, &["1.1.0+1", "example.org/up/alpha"]);
}
