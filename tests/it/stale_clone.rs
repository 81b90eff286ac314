//! What a run without `--fetch` tells of a clone that knows better than what was
//! tested.

use std::fs;

use crate::support::folder::Run;
use crate::support::remote::{Remote, asked};
use crate::support::repositories::{git_is_missing, says, steady};
use serde_json::Value;

/// What is told of a clone's run without --fetch.
#[track_caller]
fn told(report: &Value) -> Vec<&str> {
    let notes = report["notes"].as_array();
    let notes = notes.map_or(&[][..], Vec::as_slice);
    let notes = notes.iter().map(|why| why.as_str().unwrap());
    // That a stale branch is older than the main tip is told too.
    let notes = notes.filter(|why| !why.contains("what ran is a downgrade"));
    notes.collect()
}

/// `git fetch` moves no branch of the clone's own.
#[test]
fn a_head_behind_its_remote_branch_is_told_in_text_and_json() {
    if git_is_missing() {
        return;
    }
    let mut remote = Remote::new();
    let clone = remote.clone("plain", &[]);
    assert_eq!(told(&remote.upgrade(&clone, &[])), [""; 0]);
    remote.release("1.3.0+1", "main");
    remote.release("1.4.0+1", "main");
    asked(&clone, &["fetch", "--quiet"]);
    let report = remote.upgrade(&clone, &[]);
    assert_eq!(report["head"]["version"], "1.2.0+1");
    assert_eq!(
        told(&report),
        [
            "the branch main, which was tested, lacks 2 commits of origin/main; test origin/main \
          instead, or bring the clone up to date with --fetch"
        ]
    );
    for head in ["main", "heads/main", "refs/heads/main"] {
        assert_eq!(
            told(&remote.upgrade(&clone, &["--head", head])).len(),
            1,
            "{head}"
        );
    }
    for head in ["origin/main", "1.2.0+1", "main^0", "HEAD~1"] {
        assert_eq!(
            told(&remote.upgrade(&clone, &["--head", head])),
            [""; 0],
            "{head}"
        );
    }
    assert_eq!(told(&remote.upgrade(&clone, &["--fetch"])), [""; 0]);
    let args = [
        "upgrade",
        "--deployer=tree",
        "--repo",
        clone.to_str().unwrap(),
    ];
    let text = Run::of(&mut remote.samever(&args)).stdout;
    says(
        &text,
        &["  note       the branch main, which was tested, lacks 2 commits"],
    );
    fs::write(
        remote.path("catalogue/catalogue.yaml"),
        "recipes:\n  plain: {main: main, head: main-tip}\n",
    )
    .unwrap();
    let run = Run::of(&mut remote.nightly(&["--report", "report.json"]));
    says(
        &run.stdout,
        &["plain: note: the branch main, which was tested, lacks 2"],
    );
    let json = fs::read_to_string(remote.path("report.json")).unwrap();
    says(&json, &["\"notes\"", "lacks 2 commits"]);
    // With --fetch a main branch that is named is the remote's.
    let night = Run::of(&mut remote.nightly(&["--format", "json", "--fetch"]));
    let outcome = &night.json().1["recipes"][0]["outcome"];
    let alone = remote.upgrade(&clone, &["--fetch", "--main", "main"]);
    for report in [outcome, &alone] {
        assert_eq!(report["head"]["version"], "1.4.0+1");
        assert_eq!(told(report), [""; 0]);
    }
}

#[test]
fn a_head_that_is_ahead_detached_or_without_a_remote_is_not_called_stale() {
    if git_is_missing() {
        return;
    }
    let remote = Remote::new();
    let clone = remote.clone("plain", &[]);
    let own = &["commit", "--quiet", "--allow-empty", "-m", "own"];
    asked(&clone, own);
    assert_eq!(told(&remote.upgrade(&clone, &[])), [""; 0], "ahead");
    asked(&clone, &["checkout", "--quiet", "--detach", "HEAD~1"]);
    assert_eq!(told(&remote.upgrade(&clone, &[])), [""; 0], "detached");
    asked(
        &clone,
        &[
            "checkout",
            "--quiet",
            "-b",
            "mine",
            "--track",
            "origin/main",
        ],
    );
    assert_eq!(
        told(&remote.upgrade(&clone, &[])),
        [""; 0],
        "a branch of its own"
    );
    let remote_itself = remote.fixture.directory.clone();
    assert_eq!(
        told(&remote.upgrade(&remote_itself, &[])),
        [""; 0],
        "the remote"
    );
    for way in ["--bare", "--mirror", "--depth=1"] {
        let clone = remote.clone(&way[2..4], &[way]);
        let report = remote.upgrade(&clone, &["--not-applicable", "x"]);
        assert_eq!(told(&report), [""; 0], "{way}");
    }
}

/// A remote that rewrote its branch, or renamed it.
#[test]
fn a_rewritten_and_a_renamed_main_branch_are_told() {
    if git_is_missing() {
        return;
    }
    let mut remote = Remote::new();
    let clone = remote.clone("plain", &[]);
    remote.releases.pop();
    remote.release("1.2.1+1", "main");
    asked(&clone, &["fetch", "--quiet"]);
    says(
        told(&remote.upgrade(&clone, &[]))[0],
        &["lacks 1 commit of origin/main"],
    );
    remote.fixture.git(&["branch", "-m", "main", "trunk"]);
    asked(&clone, &["fetch", "--quiet", "--prune"]);
    let report = remote.upgrade(&clone, &[]);
    let told_now = told(&report);
    says(
        told_now[0],
        &["origin/HEAD names origin/main, which is gone", "--fetch"],
    );
    says(
        told_now[1],
        &["follows origin/main, which is gone", "--fetch"],
    );
    let night = Run::of(&mut remote.nightly(&["--format", "json"])).json().1;
    says(
        told(&night["recipes"][0]["outcome"])[0],
        &["origin/HEAD names"],
    );
    let night = Run::of(&mut remote.nightly(&["--format", "json", "--fetch"]))
        .json()
        .1;
    assert_eq!(told(&night["recipes"][0]["outcome"]), [""; 0]);
    assert_eq!(night["recipes"][0]["outcome"]["head"]["version"], "1.2.1+1");
}

/// The main branch of a bare clone is what its HEAD names, whatever it is called.
#[test]
fn a_bare_repositorys_head_is_its_main_branch() {
    if git_is_missing() {
        return;
    }
    let mut remote = Remote::new();
    remote.fixture.git(&["branch", "-m", "main", "develop"]);
    remote.release("1.3.0+1", "develop");
    remote.fixture.git(&["branch", "main", "1.0.0+1"]);
    remote.clone("bare", &["--bare"]);
    let night = Run::of(&mut remote.nightly(&["--format", "json"])).json().1;
    assert_eq!(night["recipes"][0]["outcome"]["head"]["version"], "1.3.0+1");
}

/// git fetches no pull request unless it is named.
#[test]
fn a_pull_request_that_is_not_here_is_told_with_the_command_that_brings_it() {
    let (fixture, _) = steady();
    for (head, command) in [
        (
            "refs/pull/5/head",
            "`git fetch origin +refs/pull/5/head:refs/pull/5/head`",
        ),
        (
            "refs/changes/01/1/2",
            "`git fetch origin +refs/changes/01/1/2:refs/changes/01/1/2`",
        ),
        ("refs/heads/gone", "bring it here with `git fetch`"),
        ("refs/pull/5/head;true", "bring it here with `git fetch`"),
        ("refs/pull/$(true)/head", "bring it here with `git fetch`"),
        ("gone", "bring it here with `git fetch`"),
    ] {
        says(&fixture.refusal(&["--head", head]), &[command]);
    }
}
