//! `--fetch` where it cannot work, and where something means harm.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::support::folder::Run;
use crate::support::remote::{Remote, asked};
use crate::support::repositories::{git_is_missing, says};

#[test]
fn a_remote_that_cannot_be_reached_is_an_error_of_that_recipe_alone() {
    if git_is_missing() {
        return;
    }
    let mut remote = Remote::new();
    remote.clone("good", &[]);
    let set = |name: &str, value: &str| {
        let clone = remote.clone(name, &[]);
        asked(&clone, &["config", "remote.origin.url", value]);
    };
    set("gone", "file:///nowhere/at-all");
    set("secret", "http://me:pass@127.0.0.1:1/x.git");
    set("strange", "ext::sh -c 'touch executed'");
    let strange = remote.path("catalogue/strange");
    asked(&strange, &["config", "protocol.ext.allow", "always"]);
    let alone = remote.clone("alone", &[]);
    asked(&alone, &["remote", "remove", "origin"]);
    let run = Run::of(
        remote
            .nightly(&["--format", "json"])
            .env("LANG", "de_DE.UTF-8"),
    );
    assert_eq!(run.code, 0, "{}", run.stderr);
    remote.release("1.3.0+1", "main");
    let run = Run::of(&mut remote.nightly(&["--fetch", "--format", "json"]));
    assert_eq!(run.code, 3);
    let (_, report) = run.json();
    assert_eq!(report["totals"]["no_answer"], 4, "{report:#}");
    assert_eq!(report["totals"]["green"], 1, "{report:#}");
    let error = |name: &str| {
        let recipes = report["recipes"].as_array().unwrap();
        let of_it = recipes.iter().find(|recipe| recipe["recipe"] == name);
        of_it.unwrap()["error"].as_str().unwrap().to_owned()
    };
    says(
        &error("gone"),
        &[
            "catalogue/gone cannot be brought up to date",
            "nowhere/at-all",
            "leave --fetch out",
        ],
    );
    says(
        &error("alone"),
        &["has no remote named origin", "git remote add origin"],
    );
    says(&error("strange"), &["'ext' not allowed"]);
    assert!(!error("secret").contains("pass"), "{}", error("secret"));
    assert!(
        !remote.path("executed").exists() && !remote.path("catalogue/strange/executed").exists()
    );
}

/// Nothing is removed then: a server that lost its repository is no reason to.
#[test]
fn an_origin_without_a_branch_or_a_main_branch_is_an_error() {
    if git_is_missing() {
        return;
    }
    for way in [&[][..], &["--bare"], &["--mirror"]] {
        let remote = Remote::new();
        let clone = remote.clone("plain", way);
        let before = asked(&clone, &["for-each-ref"]);
        let fetch = |args: &[&str]| {
            let all = [
                &[
                    "upgrade",
                    "--deployer=tree",
                    "--repo",
                    clone.to_str().unwrap(),
                    "--fetch",
                ],
                args,
            ]
            .concat();
            Run::of(&mut remote.samever(&all))
        };
        let empty = remote.path("empty");
        fs::create_dir(&empty).unwrap();
        asked(&empty, &["init", "--quiet", "--bare"]);
        let url = remote.fixture.directory.to_str().unwrap();
        asked(
            &clone,
            &["config", "remote.origin.url", empty.to_str().unwrap()],
        );
        let run = fetch(&[]);
        assert_eq!(run.code, 3);
        says(
            &run.stderr,
            &["has no branch, so nothing was fetched from it"],
        );
        assert_eq!(asked(&clone, &["for-each-ref"]), before);
        asked(&clone, &["config", "remote.origin.url", url]);
        remote.fixture.git(&["branch", "-m", "main", "trunk"]);
        remote
            .fixture
            .git(&["symbolic-ref", "HEAD", "refs/heads/gone"]);
        let run = fetch(&[]);
        assert_eq!(run.code, 3, "{}", run.stdout);
        says(
            &run.stderr,
            &[
                "does not say which of its branches is the main one",
                "--main",
            ],
        );
        let main = if way.is_empty() {
            "origin/trunk"
        } else {
            "trunk"
        };
        assert_eq!(fetch(&["--main", main]).code, 0);
    }
}

#[test]
fn without_git_a_fetch_says_so_and_a_run_needs_none() {
    if git_is_missing() {
        return;
    }
    let remote = Remote::new();
    let clone = remote.clone("plain", &[]);
    let run = |args: &[&str]| {
        let all = [
            &[
                "upgrade",
                "--deployer=tree",
                "--repo",
                clone.to_str().unwrap(),
            ],
            args,
        ]
        .concat();
        Run::of(remote.samever(&all).env("PATH", "/nowhere"))
    };
    let fetched = run(&["--fetch"]);
    assert_eq!((fetched.code, fetched.stdout.as_str()), (3, ""));
    says(&fetched.stderr, &["`git` cannot be run", "install git"]);
    assert_eq!(run(&[]).code, 0);
}

#[test]
fn nothing_that_the_clone_or_the_environment_names_is_run_or_asked() {
    if git_is_missing() {
        return;
    }
    let mut remote = Remote::new();
    let clones =
        [("plain", &[][..]), ("bare", &["--bare"])].map(|(way, args)| remote.clone(way, args));
    let canary = remote.path("executed");
    let bad = remote.script("bad", &format!("echo \"$0 $@\" >> {}", canary.display()));
    for (index, clone) in clones.iter().enumerate() {
        let hooks = remote.path(&format!("hooks-{index}"));
        fs::create_dir(&hooks).unwrap();
        for hook in [
            "reference-transaction",
            "post-checkout",
            "post-merge",
            "pre-auto-gc",
        ] {
            fs::copy(&bad, hooks.join(hook)).unwrap();
        }
        for (key, value) in [
            ("core.hooksPath", hooks.to_str().unwrap()),
            ("core.fsmonitor", &bad),
            ("core.askPass", &bad),
            ("core.editor", &bad),
            ("core.pager", &bad),
            ("gc.auto", "1"),
            ("gc.autoPackLimit", "1"),
            ("protocol.ext.allow", "always"),
            ("fetch.recurseSubmodules", "true"),
        ] {
            asked(clone, &["config", key, value]);
        }
    }
    // What git starts, as git itself tells it.
    let (trace, global) = (remote.path("trace"), remote.path("gitconfig"));
    let tells = format!("[trace2]\n\teventTarget = {}\n", trace.display());
    fs::write(&global, tells).unwrap();
    remote.release("1.3.0+1", "main");
    for clone in &clones {
        let mut command = remote.samever(&["upgrade", "--deployer=tree", "--fetch", "--repo"]);
        command.arg(clone).args(["--format", "json"]);
        command.env("GIT_CONFIG_GLOBAL", &global);
        for (name, value) in [
            ("GIT_DIR", "/nowhere"),
            ("GIT_WORK_TREE", "/nowhere"),
            ("GIT_INDEX_FILE", "/nowhere"),
            ("GIT_OBJECT_DIRECTORY", "/nowhere"),
            ("GIT_NAMESPACE", "nowhere"),
            ("GIT_CONFIG_PARAMETERS", "'remote.origin.url=/nowhere'"),
            ("GIT_CEILING_DIRECTORIES", "/"),
            ("GIT_ASKPASS", &bad),
            ("SSH_ASKPASS", &bad),
            ("GIT_EXTERNAL_DIFF", &bad),
            ("GIT_TRACE", "1"),
        ] {
            command.env(name, value);
        }
        let (code, report) = Run::of(&mut command).json();
        assert_eq!(code, 0);
        assert_eq!(report["head"]["version"], "1.3.0+1");
    }
    assert!(!canary.exists(), "{}", fs::read_to_string(&canary).unwrap());
    let started = fs::read_to_string(trace).unwrap();
    assert!(
        started.contains("upload-pack"),
        "the trace tells what is started"
    );
    let maintains = ["\"git\",\"maintenance\"", "\"git\",\"gc\""];
    assert!(!maintains.iter().any(|words| started.contains(words)));
}

/// A command for ssh that the operator has named stays theirs; else ssh asks
/// nothing.
#[test]
fn ssh_asks_nothing_unless_the_operator_has_a_command_of_their_own() {
    if git_is_missing() {
        return;
    }
    let remote = Remote::new();
    let log = remote.path("ssh-log");
    let asks =
        "$GIT_TERMINAL_PROMPT,$SSH_ASKPASS_REQUIRE,${SSH_ASKPASS-unset},${GIT_ASKPASS-unset}.";
    let line = format!(
        "echo \"$(basename $0) $@ {asks}\" >> {}; exit 1",
        log.display()
    );
    fs::create_dir(remote.path("bin")).unwrap();
    remote.script("bin/ssh", &line);
    let own = remote.script("own-ssh", &line);
    let path = format!(
        "{}:{}",
        remote.path("bin").display(),
        std::env::var("PATH").unwrap()
    );
    let clone = remote.clone("plain", &[]);
    asked(
        &clone,
        &["config", "remote.origin.url", "ssh://host.invalid/x"],
    );
    let fetch = |name: &str, value: &str| {
        let mut command = remote.samever(&["upgrade", "--deployer=tree", "--fetch", "--repo"]);
        command.arg(&clone).env("PATH", &path).env(name, value);
        assert_eq!(Run::of(&mut command).code, 3);
        let said = fs::read_to_string(&log).unwrap_or_default();
        let _ = fs::remove_file(&log);
        said
    };
    says(
        &fetch("SSH_ASKPASS", "y"),
        &["ssh ", "-o BatchMode=yes", "0,never,unset,."],
    );
    for (name, value) in [("GIT_SSH_COMMAND", &*own), ("GIT_SSH", &own)] {
        let said = fetch(name, value);
        assert!(
            said.starts_with("own-ssh") && !said.contains("BatchMode"),
            "{said}"
        );
    }
    asked(&clone, &["config", "core.sshCommand", &own]);
    assert!(fetch("X", "y").starts_with("own-ssh"));
}

#[test]
fn a_fetch_that_hangs_is_ended_with_all_that_it_started() {
    if git_is_missing() {
        return;
    }
    let remote = Remote::new();
    let clone = remote.clone("plain", &[]);
    let pid = remote.path("pid");
    let hangs = remote.script(
        "hangs",
        &format!("echo $$ > {}; exec sleep 60", pid.display()),
    );
    asked(&clone, &["config", "remote.origin.uploadpack", &hangs]);
    let begin = Instant::now();
    let args = [
        "upgrade",
        "--deployer=tree",
        "--fetch",
        "--timeout",
        "1",
        "--repo",
        clone.to_str().unwrap(),
    ];
    let run = Run::of(&mut remote.samever(&args));
    assert_eq!(run.code, 3);
    says(&run.stderr, &["did not end within 1 s", "--timeout"]);
    assert!(begin.elapsed() < Duration::from_secs(30));
    let pid = fs::read_to_string(pid).unwrap();
    let is_running = Path::new("/proc").join(pid.trim()).join("cmdline");
    let words = fs::read_to_string(is_running).unwrap_or_default();
    assert!(!words.contains("sleep"), "{words}");
}

#[test]
fn a_fetch_is_under_the_lock_of_the_recipes_runs() {
    if git_is_missing() {
        return;
    }
    let remote = Remote::new();
    let clone = remote.clone("plain", &[]);
    let (lock, seen) = (
        remote.path("state/locks/custom-html.run"),
        remote.path("seen"),
    );
    let looks = format!(
        "cat {} >> {}; exec git-upload-pack \"$@\"",
        lock.display(),
        seen.display()
    );
    asked(
        &clone,
        &[
            "config",
            "remote.origin.uploadpack",
            &remote.script("looks", &looks),
        ],
    );
    let run = Run::of(&mut remote.nightly(&["--fetch"]));
    assert_eq!(run.code, 0, "{}", run.stderr);
    says(&fs::read_to_string(&seen).unwrap(), &["nightly"]);
}

/// git passes over a repository that is damaged and goes on to the one around it.
#[test]
fn a_damaged_clone_in_another_repository_leaves_that_one_alone() {
    if git_is_missing() {
        return;
    }
    let mut remote = Remote::new();
    let catalogue = remote.path("catalogue");
    std::fs::create_dir_all(&catalogue).unwrap();
    asked(&catalogue, &["init", "--quiet"]);
    asked(
        &catalogue,
        &["commit", "--quiet", "--allow-empty", "-m", "own"],
    );
    asked(&catalogue, &["tag", "mine"]);
    let origin = remote.fixture.directory.display().to_string();
    asked(&catalogue, &["remote", "add", "origin", &origin]);
    let (plain, bare) = (
        remote.clone("plain", &[]),
        remote.clone("bare", &["--bare"]),
    );
    fs::write(plain.join(".git/HEAD"), "").unwrap();
    fs::write(bare.join("HEAD"), "junk\n").unwrap();
    remote.release("1.3.0+1", "main");
    for clone in [&plain, &bare] {
        let args = [
            "upgrade",
            "--deployer=tree",
            "--fetch",
            "--repo",
            clone.to_str().unwrap(),
        ];
        assert_eq!(Run::of(&mut remote.samever(&args)).code, 3);
    }
    let (code, report) = Run::of(&mut remote.nightly(&["--fetch", "--format", "json"])).json();
    assert_eq!((code, report["totals"]["no_answer"].as_u64()), (3, Some(2)));
    assert_eq!(asked(&catalogue, &["tag"]), "mine");
    assert_eq!(asked(&catalogue, &["branch", "--remotes"]), "");
}

/// What the remote does not have must not be found in the clone instead.
#[test]
fn a_name_that_the_remote_no_longer_has_is_an_error_and_nothing_is_fetched() {
    if git_is_missing() {
        return;
    }
    let mut remote = Remote::new();
    remote.fixture.git(&["branch", "fix"]);
    let clone = remote.clone("plain", &[]);
    asked(&clone, &["branch", "fix", "origin/fix"]);
    asked(&clone, &["tag", "origin/main", "1.0.0+1"]);
    asked(
        &clone,
        &["update-ref", "refs/remotes/origin/pr/4", "1.0.0+1"],
    );
    remote.fixture.git(&["branch", "-D", "fix"]);
    remote.fixture.git(&["branch", "-m", "main", "trunk"]);
    remote.release("1.3.0+1", "trunk");
    let directory = clone.to_str().unwrap();
    for (option, name) in [
        ("--main", "main"),
        ("--main", "origin/main"),
        ("--main", "refs/heads/main"),
        ("--pr", "fix"),
        ("--pr", "origin/pr/4"),
    ] {
        let args = [
            "upgrade",
            "--deployer=tree",
            "--fetch",
            "--repo",
            directory,
            option,
            name,
        ];
        let run = Run::of(&mut remote.samever(&args));
        assert_eq!(run.code, 3, "{name}: {}", run.stdout);
        says(
            &run.stderr,
            &[
                &format!("has no {name}, so nothing was fetched"),
                "git ls-remote",
            ],
        );
    }
    let old = asked(&clone, &["rev-parse", "--verify", "--quiet", "origin/fix"]);
    assert_eq!(old.len(), 40, "it is still there");
    fs::write(
        remote.path("catalogue/catalogue.yaml"),
        "recipes: {plain: {main: main}}\n",
    )
    .unwrap();
    let run = Run::of(&mut remote.nightly(&["--fetch"]));
    assert_eq!(run.code, 3);
    says(
        &run.stdout,
        &["plain: no answer: the origin of ", "has no main"],
    );
}
