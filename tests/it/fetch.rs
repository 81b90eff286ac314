//! `--fetch`: a clone of any kind becomes what its remote is, and is tested as
//! that.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::support::folder::Run;
use crate::support::remote::{Remote, asked, tags};
use crate::support::repositories::{git, git_is_missing, says, text};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// The ways in which an operator may have made a clone.
const WAYS: [(&str, &[&str]); 8] = [
    ("plain", &[]),
    ("bare", &["--bare"]),
    ("mirror", &["--mirror"]),
    ("single", &["--single-branch"]),
    ("of-a-tag", &["--branch", "1.1.0+1", "--single-branch"]),
    ("without-tags", &["--no-tags"]),
    ("shallow", &["--depth=1"]),
    ("shallow-bare", &["--depth=1", "--bare"]),
];

/// Asserts that a clone has the remote's tags and its trunk as the main tip.
#[track_caller]
fn is_as_the_remote(remote: &Remote, clone: &Path, way: &str) {
    assert_eq!(tags(clone), tags(&remote.fixture.directory), "{way}");
    let tip = remote.releases.last().unwrap().to_string();
    let plan = remote.upgrade(clone, &["--canonical-version", "1.3.0+1", "--fetch"]);
    assert_eq!(plan["head"]["commit"], tip.as_str(), "{way}: {plan:#}");
    assert_eq!(plan["plan"]["version"], "1.1.0+1", "{way}: {plan:#}");
    assert_eq!(plan.get("notes"), None, "{way}");
}

/// The page's own line, `git fetch --tags --prune-tags`, does none of it:
/// `--prune-tags` needs `--prune`, a bare clone has no refspec, `origin/HEAD` is
/// never read again, and a single branch stays one.
#[test]
fn every_kind_of_clone_follows_withdrawn_moved_and_renamed() {
    if git_is_missing() {
        return;
    }
    let mut remote = Remote::new();
    let clones = WAYS.map(|(way, args)| (way, remote.clone(way, args)));
    remote.fixture.git(&["branch", "-m", "main", "trunk"]);
    remote.release("1.3.0+1", "trunk");
    remote.fixture.git(&["tag", "-d", "1.2.0+1"]);
    remote
        .fixture
        .git(&["tag", "-f", "1.0.0+1", "1.1.0+1^{commit}"]);
    let run = Run::of(&mut remote.nightly(&["--fetch", "--format", "json", "--jobs", "3"]));
    let (code, report) = run.json();
    assert_eq!(code, 0, "{report:#}");
    for (way, clone) in clones {
        is_as_the_remote(&remote, &clone, way);
        let left = asked(
            &clone,
            &["for-each-ref", "--format=%(refname)", "refs/remotes"],
        );
        assert!(!left.contains("origin/main"), "{way}: {left}");
        assert_eq!(
            asked(&clone, &["rev-parse", "--is-shallow-repository"]),
            "false"
        );
    }
    let tip = remote.releases.last().unwrap().to_string();
    for recipe in report["recipes"].as_array().unwrap() {
        assert_eq!(recipe["outcome"]["head"]["commit"], tip.as_str());
    }
}

#[test]
fn a_linked_worktree_is_fetched_and_its_branch_stays() {
    if git_is_missing() {
        return;
    }
    let mut remote = Remote::new();
    let worktrees = [
        ("plain", &[][..]),
        ("bare", &["--bare"]),
        ("mirror", &["--mirror"]),
    ];
    let worktrees = worktrees.map(|(way, args)| {
        let clone = remote.clone(way, args);
        let worktree = remote.path(&format!("worktree-of-{way}"));
        asked(&clone, &["branch", "mine"]);
        asked(
            &clone,
            &[
                "worktree",
                "add",
                "--quiet",
                worktree.to_str().unwrap(),
                "mine",
            ],
        );
        (way, worktree)
    });
    remote.fixture.git(&["branch", "-m", "main", "trunk"]);
    remote.release("1.3.0+1", "trunk");
    remote.fixture.git(&["tag", "-d", "1.2.0+1"]);
    for (way, worktree) in worktrees {
        let before = asked(&worktree, &["rev-parse", "HEAD", "mine"]);
        remote.upgrade(&worktree, &["--fetch"]);
        is_as_the_remote(&remote, &worktree, way);
        assert_eq!(
            asked(&worktree, &["rev-parse", "HEAD", "mine"]),
            before,
            "{way}"
        );
        assert_eq!(asked(&worktree, &["status", "--porcelain"]), "", "{way}");
    }
}

#[test]
fn a_bare_clone_that_keeps_branches_beside_its_own_is_fetched_there() {
    if git_is_missing() {
        return;
    }
    let mut remote = Remote::new();
    let clone = remote.clone("bare", &["--bare"]);
    let beside = "+refs/heads/*:refs/remotes/origin/*";
    asked(&clone, &["config", "remote.origin.fetch", beside]);
    asked(&clone, &["branch", "mine", "1.0.0+1"]);
    remote.fixture.git(&["tag", "-d", "1.2.0+1"]);
    remote.release("1.3.0+1", "main");
    remote.upgrade(&clone, &["--fetch"]);
    is_as_the_remote(&remote, &clone, "beside");
    assert!(git(&clone, &["rev-parse", "mine"]).status.success());
}

/// Deleted branches in the way of new ones: git calls it a lock that cannot be
/// taken, where it does not prune first.
#[test]
fn a_branch_in_the_place_of_a_folder_of_branches_is_followed() {
    if git_is_missing() {
        return;
    }
    let remote = Remote::new();
    for (old, new) in [("fix", "fix/one"), ("work/two", "work")] {
        remote.fixture.git(&["branch", old, "main"]);
        let clones =
            WAYS.map(|(way, args)| (way, remote.clone(&format!("{way}-{}", &old[..3]), args)));
        remote.fixture.git(&["branch", "-m", old, new]);
        remote.fixture.git(&["tag", &format!("{old}-tag"), "main"]);
        for (way, clone) in clones {
            let run = Run::of(&mut remote.samever(&[
                "upgrade",
                "--deployer=tree",
                "--fetch",
                "--repo",
                clone.to_str().unwrap(),
            ]));
            assert_eq!(run.code, 0, "{way}: {}", run.stderr);
        }
    }
}

#[test]
fn a_branch_of_the_remote_that_is_called_head_is_not_the_main_branch() {
    if git_is_missing() {
        return;
    }
    let mut remote = Remote::new();
    let clones = [
        ("plain", &[][..]),
        ("bare", &["--bare"]),
        ("mirror", &["--mirror"]),
    ]
    .map(|(way, args)| (way, remote.clone(way, args)));
    remote
        .fixture
        .git(&["update-ref", "refs/heads/HEAD", "1.0.0+1^{commit}"]);
    remote.release("1.3.0+1", "main");
    let tip = remote.releases.last().unwrap().to_string();
    for (way, clone) in clones {
        for _ in 0..2 {
            let plan = remote.upgrade(&clone, &["--fetch"]);
            assert_eq!(plan["head"]["commit"], tip.as_str(), "{way}: {plan:#}");
        }
    }
}

#[test]
fn a_head_of_the_remote_that_names_no_branch_leaves_the_main_branch() {
    if git_is_missing() {
        return;
    }
    let mut remote = Remote::new();
    let clone = remote.clone("plain", &[]);
    let tip = remote.release("1.3.0+1", "main").to_string();
    for head in ["1.0.0+1^{commit}", "refs/heads/gone"] {
        if head.starts_with("refs/") {
            remote.fixture.git(&["symbolic-ref", "HEAD", head]);
        } else {
            remote
                .fixture
                .git(&["update-ref", "--no-deref", "HEAD", head]);
        }
        let plan = remote.upgrade(&clone, &["--fetch"]);
        assert_eq!(plan["head"]["commit"], tip.as_str(), "{head}");
    }
}

/// What stands in the clone's configuration about fetching is about other
/// fetches than this.
#[test]
fn settings_of_fetch_in_the_clone_change_nothing() {
    if git_is_missing() {
        return;
    }
    let mut remote = Remote::new();
    let settings = [
        ("remote.origin.tagOpt", "--no-tags"),
        ("remote.origin.prune", "false"),
        (
            "remote.origin.fetch",
            "+refs/heads/none:refs/remotes/origin/none",
        ),
        ("remote.origin.fetch", "^refs/heads/main"),
        ("remote.origin.fetch", "+refs/heads/*:refs/heads/*"),
        ("remote.origin.skipFetchAll", "true"),
        ("fetch.prune", "false"),
        ("fetch.pruneTags", "false"),
        ("remote.pushDefault", "elsewhere"),
        ("branch.main.remote", "elsewhere"),
        ("fetch.recurseSubmodules", "on-demand"),
    ];
    let clones = settings.map(|(key, value)| {
        let clone = remote.clone(&key.replace('.', "-").to_lowercase(), &[]);
        asked(&clone, &["config", key, value]);
        let name = format!("{key}-{}", value.len());
        fs::rename(&clone, remote.path("catalogue").join(&name)).unwrap();
        (key, remote.path("catalogue").join(name))
    });
    remote.fixture.git(&["tag", "-d", "1.2.0+1"]);
    remote.release("1.3.0+1", "main");
    for (key, clone) in clones {
        remote.upgrade(&clone, &["--fetch"]);
        is_as_the_remote(&remote, &clone, key);
    }
}

#[test]
fn a_pull_request_is_fetched_with_the_rest_and_is_the_head() {
    if git_is_missing() {
        return;
    }
    let mut remote = Remote::new();
    let clones = WAYS.map(|(way, args)| (way, remote.clone(way, args)));
    for version in ["1.3.0+1", "1.4.0+1"] {
        let parent = Some(remote.releases[2]);
        let commit = remote.fixture.builder.release(parent, version).unwrap();
        for name in ["refs/pull/4/head", "refs/heads/feature"] {
            remote.fixture.builder.reference(name, commit).unwrap();
        }
        for (way, clone) in &clones {
            for pr in [
                "refs/pull/4/head",
                "pull/4/head",
                "feature",
                "refs/heads/feature",
            ] {
                let report = remote.upgrade(clone, &["--fetch", "--pr", pr]);
                assert_eq!(
                    report["head"]["version"], version,
                    "{way}, {pr}: {report:#}"
                );
            }
        }
    }
    remote
        .fixture
        .git(&["update-ref", "-d", "refs/pull/4/head"]);
    let (way, clone) = &clones[0];
    let clone = clone.to_str().unwrap();
    let args = [
        "upgrade",
        "--deployer=tree",
        "--repo",
        clone,
        "--fetch",
        "--pr",
        "refs/pull/4/head",
    ];
    let run = Run::of(&mut remote.samever(&args));
    assert_eq!((run.code, run.stdout.as_str()), (3, ""), "{way}");
    says(
        &run.stderr,
        &["has no refs/pull/4/head", "`git ls-remote origin` shows"],
    );
}

#[test]
fn a_stated_head_goes_before_the_remotes_main_branch() {
    if git_is_missing() {
        return;
    }
    let mut remote = Remote::new();
    let clone = remote.clone("plain", &[]);
    remote.release("1.3.0+1", "main");
    let version = |args: &[&str]| {
        let report = remote.upgrade(&clone, &[&["--fetch"], args].concat());
        report["head"]["version"].as_str().unwrap().to_owned()
    };
    assert_eq!(version(&[]), "1.3.0+1");
    assert_eq!(version(&["--head", "1.1.0+1"]), "1.1.0+1");
    assert_eq!(version(&["--main", "1.2.0+1"]), "1.2.0+1");
    assert_eq!(version(&["--pr", "HEAD"]), "1.2.0+1");
    let folder: PathBuf = clone.join(".git/refs");
    assert_eq!(
        remote.upgrade(&folder, &["--fetch"])["head"]["version"],
        "1.3.0+1"
    );
}

#[test]
fn a_plan_and_a_sweep_of_what_is_new_are_of_what_was_fetched() {
    if git_is_missing() {
        return;
    }
    let mut remote = Remote::new();
    for name in ["one", "two"] {
        remote.clone(name, &[]);
    }
    let settings = "recipes: {one: {name: one}, two: {name: two}}\n";
    fs::write(remote.path("catalogue/catalogue.yaml"), settings).unwrap();
    remote.release("1.3.0+1", "main");
    let all = ["--fetch", "--format", "json", "--plan"];
    let plan = Run::of(&mut remote.nightly(&all)).json().1;
    assert_eq!(plan["recipes"][1]["head"]["version"], "1.3.0+1");
    let night = Run::of(&mut remote.nightly(&["--fetch", "--only-new", "--format", "json"]));
    assert_eq!(night.json().1["totals"]["skipped"], 2);
    remote.release("1.4.0+1", "main");
    let night = Run::of(&mut remote.nightly(&["--fetch", "--only-new", "--format", "json"]));
    assert_eq!(night.json().1["totals"]["green"], 2);
}

/// A night on a clone that was partial stays possible: what is fetched is whole.
#[test]
fn a_partial_clone_that_was_completed_stays_complete() {
    if git_is_missing() {
        return;
    }
    let mut remote = Remote::new();
    remote
        .fixture
        .git(&["config", "uploadpack.allowFilter", "true"]);
    let clone = remote.clone("partial", &["--bare", "--filter=blob:none"]);
    asked(
        &clone,
        &["fetch", "--quiet", "--refetch", "--no-filter", "--tags"],
    );
    remote.release("1.3.0+1", "main");
    let report = remote.upgrade(&clone, &["--fetch"]);
    assert_eq!(report["head"]["version"], "1.3.0+1", "{report:#}");
}

/// A recipe that was done is fetched, too, before its verdict counts as done.
#[test]
fn a_sweep_that_is_interrupted_in_a_fetch_is_resumed_with_what_has_moved() {
    if git_is_missing() {
        return;
    }
    let mut remote = Remote::new();
    let clones = ["alpha", "beta"].map(|name| remote.clone(name, &[]));
    let hangs = remote.script("hangs", "touch begun; exec sleep 60");
    for moves in [false, true] {
        asked(&clones[1], &["config", "remote.origin.uploadpack", &hangs]);
        let child = remote
            .nightly(&["--fetch", "--jobs", "1"])
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        while !clones[1].join("begun").exists() && !remote.path("begun").exists() {
            std::thread::sleep(Duration::from_millis(5));
        }
        kill(
            Pid::from_raw(i32::try_from(child.id()).unwrap()),
            Signal::SIGINT,
        )
        .unwrap();
        let begin = Instant::now();
        let output = child.wait_with_output().unwrap();
        assert!(begin.elapsed() < Duration::from_secs(30));
        assert_eq!(output.status.code(), Some(3));
        says(&text(&output.stderr), &["interrupted: 1 of 2 recipes"]);
        for folder in [&clones[1], &remote.path("")] {
            let _ = fs::remove_file(folder.join("begun"));
        }
        asked(
            &clones[1],
            &["config", "--unset", "remote.origin.uploadpack"],
        );
        if moves {
            remote.release("1.3.0+1", "main");
        }
        let run = Run::of(&mut remote.nightly(&["--fetch", "--resume"]));
        assert_eq!(run.code, 0, "{}", run.stderr);
        let is_resumed = run.stdout.contains("1 from the sweep that was interrupted");
        assert_eq!(is_resumed, !moves, "{}", run.stdout);
    }
}

/// A mirror of a working clone has the branches of that clone's own remote, too.
#[test]
fn a_mirror_of_a_working_clone_is_tested_on_that_clones_branch() {
    if git_is_missing() {
        return;
    }
    let mut remote = Remote::new();
    remote
        .fixture
        .git(&["update-ref", "refs/remotes/origin/main", "1.0.0+1^{commit}"]);
    let clone = remote.clone("mirror", &["--mirror"]);
    remote.release("1.3.0+1", "main");
    for _ in 0..2 {
        let report = remote.upgrade(&clone, &["--fetch"]);
        assert_eq!(report["head"]["version"], "1.3.0+1", "{report:#}");
    }
}

/// What an earlier layout of the clone has left is not what the remote has.
#[test]
fn a_bare_clone_with_stale_branches_of_the_remote_is_tested_at_its_tip() {
    if git_is_missing() {
        return;
    }
    let mut remote = Remote::new();
    let clone = remote.clone("bare", &["--bare"]);
    asked(
        &clone,
        &[
            "fetch",
            "--quiet",
            "origin",
            "+refs/heads/*:refs/remotes/origin/*",
        ],
    );
    remote.release("1.3.0+1", "main");
    let plan = remote.upgrade(&clone, &["--fetch"]);
    assert_eq!(plan["head"]["version"], "1.3.0+1", "{plan:#}");
    // Without a canonical the main tip is asked for: it is the head itself.
    assert_eq!(plan["plan"]["kind"], "skip", "{plan:#}");
    let night = Run::of(&mut remote.nightly(&["--fetch", "--format", "json"]))
        .json()
        .1;
    assert_eq!(night["recipes"][0]["outcome"]["head"]["version"], "1.3.0+1");
}

#[test]
fn worktrees_of_one_clone_are_fetched_one_after_the_other() {
    if git_is_missing() {
        return;
    }
    let mut remote = Remote::new();
    let clone = remote.clone("plain", &[]);
    for name in ["one", "two", "three"] {
        let worktree = remote.path("catalogue").join(name);
        let worktree = worktree.to_str().unwrap();
        asked(
            &clone,
            &["worktree", "add", "--quiet", "--detach", worktree],
        );
    }
    for patch in 1..20 {
        remote.release(&format!("1.3.{patch}+1"), "main");
    }
    let run = Run::of(&mut remote.nightly(&["--fetch", "--format", "json", "--jobs", "4"]));
    let (code, report) = run.json();
    assert_eq!(code, 0, "{report:#}");
    for recipe in report["recipes"].as_array().unwrap() {
        assert_eq!(recipe["outcome"]["head"]["version"], "1.3.19+1");
    }
}
