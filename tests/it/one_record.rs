//! One clone has one canonical, under one name for every command, and the record notes the origin.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::support::folder::Run;
use crate::support::remote::Remote;
use crate::support::repositories::{git, git_is_missing, says};

const STATE: [&str; 2] = ["--state", "state"];

fn record(remote: &Remote, name: &str) -> Option<Value> {
    let path = remote.path("state").join(format!("canonical/{name}.json"));
    let text = fs::read_to_string(path).ok()?;
    Some(serde_json::from_str(&text).unwrap())
}

fn names(remote: &Remote) -> Vec<String> {
    let folder = fs::read_dir(remote.path("state/canonical")).unwrap();
    let mut names: Vec<_> = folder
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn upgrade(remote: &Remote, clone: &Path, args: &[&str]) -> Run {
    let repo = ["upgrade", "--repo", clone.to_str().unwrap(), "--enrolled"];
    let tree = ["--deployer", "tree", "--promote-unseen"];
    Run::of(&mut remote.samever(&[&repo[..], &tree, &STATE, args].concat()))
}

fn set_origin(clone: &Path, origin: &str) {
    let set = git(clone, &["config", "remote.origin.url", origin]);
    assert!(set.status.success());
}

#[test]
fn a_clone_in_a_folder_of_another_name_has_one_record_for_nightly_and_upgrade() {
    if git_is_missing() {
        return;
    }
    let remote = Remote::new();
    let clone = remote.clone("my-html", &[]);
    let (code, first) = Run::of(&mut remote.nightly(&["--format", "json"])).json();
    assert_eq!(
        (code, &first["recipes"][0]["recipe"]),
        (0, &"my-html".into())
    );
    let noted = record(&remote, "custom-html").unwrap();
    assert_eq!(noted["recipe"], "custom-html");
    let origin = remote.fixture.directory.to_str().unwrap();
    assert_eq!(noted["origin"], origin, "it notes the origin");
    let run = upgrade(&remote, &clone, &["--format", "json"]);
    let (code, second) = run.json();
    assert_eq!(
        (code, second["rung"].as_str()),
        (0, Some("step-back")),
        "upgrade starts from what the night was green with: {second:#}"
    );
    let (_, third) = Run::of(&mut remote.nightly(&["--format", "json"])).json();
    assert_eq!(third["recipes"][0]["outcome"]["rung"], "step-back");
    assert_eq!(names(&remote), ["custom-html.json"]);
}

#[test]
fn a_record_under_the_folders_name_is_the_one_that_both_commands_go_on_with() {
    if git_is_missing() {
        return;
    }
    let mut remote = Remote::new();
    let clone = remote.clone("my-html", &[]);
    let state = remote.path("state");
    crate::support::folder::state_of(&state);
    fs::create_dir_all(state.join("canonical")).unwrap();
    let old = r#"{"recipe": "my-html", "version": "1.1.0+1"}"#;
    fs::write(state.join("canonical/my-html.json"), old).unwrap();
    let (code, night) = Run::of(&mut remote.nightly(&["--format", "json"])).json();
    let outcome = &night["recipes"][0]["outcome"];
    assert_eq!((code, &outcome["rung"]), (0, &"canonical".into()));
    remote.release("1.3.0+1", "main");
    let run = upgrade(&remote, &clone, &["--fetch", "--format", "json"]);
    assert_eq!(run.json().1["plan"]["version"], "1.2.0+1");
    assert_eq!(names(&remote), ["my-html.json"]);
    assert_eq!(record(&remote, "my-html").unwrap()["version"], "1.3.0+1");
}

#[test]
fn two_records_of_one_clone_are_told_and_no_base() {
    if git_is_missing() {
        return;
    }
    let remote = Remote::new();
    let clone = remote.clone("my-html", &[]);
    let state = remote.path("state");
    crate::support::folder::state_of(&state);
    fs::create_dir_all(state.join("canonical")).unwrap();
    for (name, version) in [("custom-html", "1.0.0+1"), ("my-html", "1.1.0+1")] {
        let text = format!(r#"{{"recipe": "{name}", "version": "{version}"}}"#);
        fs::write(state.join(format!("canonical/{name}.json")), text).unwrap();
    }
    let told = "two canonicals in state, of custom-html and of my-html";
    let run = upgrade(&remote, &clone, &[]);
    assert_eq!(run.code, 3);
    says(&run.stderr, &[told, "the right name with --recipe"]);
    let mut night = remote.nightly(&["--report", "report.json", "report.xml"]);
    let run = Run::of(&mut night);
    assert_eq!(run.code, 3);
    for text in [
        run.stderr,
        fs::read_to_string(remote.path("report.json")).unwrap(),
        fs::read_to_string(remote.path("report.xml")).unwrap(),
    ] {
        says(&text, &[told, "the right name as `name` in catalogue.yaml"]);
    }
    let stated = upgrade(
        &remote,
        &clone,
        &["--recipe", "my-html", "--format", "json"],
    );
    assert_eq!(stated.json().1["plan"]["version"], "1.1.0+1");
    fs::write(
        remote.path("catalogue/catalogue.yaml"),
        "recipes: {my-html: {name: custom-html}}\n",
    )
    .unwrap();
    let (_, night) = Run::of(&mut remote.nightly(&["--format", "json"])).json();
    let outcome = &night["recipes"][0]["outcome"];
    assert_eq!(outcome["plan"]["version"], "1.0.0+1", "{night:#}");
}

#[test]
fn a_recipe_of_another_origin_does_not_use_the_record_of_the_same_name() {
    if git_is_missing() {
        return;
    }
    let remote = Remote::new();
    let ours = remote.clone("ours", &[]);
    let fork = remote.clone("fork", &[]);
    set_origin(
        &ours,
        "https://robot:secret@git.example.org/coop/custom-html.git",
    );
    set_origin(&fork, "https://git.example.org/fork/custom-html.git");
    assert_eq!(upgrade(&remote, &ours, &["--init-state"]).code, 0);
    let noted = record(&remote, "custom-html").unwrap();
    assert_eq!(noted["origin"], "git.example.org/coop/custom-html");
    let told = [
        "recorded for git.example.org/coop/custom-html",
        "the origin of this clone is git.example.org/fork/custom-html",
    ];
    let run = upgrade(&remote, &fork, &[]);
    assert_eq!((run.code, run.stdout.as_str()), (3, ""));
    says(&run.stderr, &told);
    says(&run.stderr, &["another name with --recipe"]);
    let run = Run::of(&mut remote.nightly(&[]));
    assert_eq!(run.code, 3);
    says(
        &run.stderr,
        &["fork: ", "another name as `name` in catalogue.yaml"],
    );
    says(&run.stderr, &told);
    assert!(!run.stderr.contains("ours: the"), "{}", run.stderr);
    // The same record by another way to the same repository.
    set_origin(&ours, "ssh://git@git.example.org:2222/coop/custom-html");
    assert_eq!(upgrade(&remote, &ours, &[]).code, 0);
    // A name of its own, by the catalogue.
    fs::write(
        remote.path("catalogue/catalogue.yaml"),
        "recipes: {fork: {name: custom-html-fork}}\n",
    )
    .unwrap();
    assert_eq!(Run::of(&mut remote.nightly(&[])).code, 0);
    assert_eq!(
        names(&remote),
        ["custom-html-fork.json", "custom-html.json"]
    );
    // A repository that has moved.
    set_origin(&ours, "https://elsewhere.example.org/coop/custom-html");
    assert_eq!(upgrade(&remote, &ours, &[]).code, 3);
    let set = [
        "canonical",
        "set",
        "custom-html",
        "1.2.0+1",
        "--reason",
        "moved",
    ];
    let repo = ["--repo", ours.to_str().unwrap()];
    let set = Run::of(&mut remote.samever(&[&set[..], &repo, &STATE].concat()));
    assert_eq!(set.code, 0, "{}", set.stderr);
    assert_eq!(upgrade(&remote, &ours, &[]).code, 0);
    let noted = record(&remote, "custom-html").unwrap();
    assert_eq!(noted["origin"], "elsewhere.example.org/coop/custom-html");
}

#[test]
fn a_name_for_every_recipe_or_one_that_is_none_is_an_error() {
    if git_is_missing() {
        return;
    }
    let remote = Remote::new();
    remote.clone("custom-html", &[]);
    for (settings, told) in [
        (
            "defaults: {name: x}\n",
            "the name of its defaults would be that of every recipe",
        ),
        (
            "recipes: {custom-html: {name: a/b}}\n",
            "its name cannot be used: a/b is no name of a recipe",
        ),
    ] {
        fs::write(remote.path("catalogue/catalogue.yaml"), settings).unwrap();
        let run = Run::of(&mut remote.nightly(&[]));
        assert_eq!(run.code, 3, "{settings}");
        says(&run.stderr, &[told]);
    }
}
