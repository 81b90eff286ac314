//! Runs that are killed while a program of the operator's runs, and what
//! `samever upgrade --sweep-leftovers` then does. Each test has a folder for
//! temporary ones of its own.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::folder::Run;
use crate::support::lab::Lab;
use crate::support::repositories::says;

/// The end of a deploy program that never ends, and has a child that does not
/// listen either.
const FOREVER: &str = "(trap '' TERM; echo $$ > leader; while :; do sleep 1000; done) & \
    echo $! > child; touch begun; wait";

/// The teardown: it tells what it was told, and that the deploy program is gone.
const TEARDOWN: &str = "env | grep ^SAMEVER_ | sort > told; pwd > place; \
    kill -0 $(cat child) 2> /dev/null && ! grep -q ') Z ' /proc/$(cat child)/stat && echo early > told; \
    test -d \"$SAMEVER_TREE\"";

/// Waits until something is so.
#[track_caller]
fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    for _ in 0..2000 {
        if is_so() {
            return;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("never: {what}");
}

/// Tells whether a process runs, and is no zombie.
fn runs(pid: &str) -> bool {
    let stat = fs::read_to_string(format!("/proc/{}/stat", pid.trim()));
    stat.is_ok_and(|stat| !stat.contains(") Z "))
}

/// A recipe, and what a killed run of it has left.
struct Killed(Lab);

impl Killed {
    /// Kills a run of these programs once `begun` is there.
    #[track_caller]
    fn new(deploy: &str, teardown: Option<&str>) -> Self {
        let lab = Lab::new();
        lab.program("deploy", deploy);
        let mut args = vec!["--deploy", "./deploy", "--canonical-version", "1.2.0+1"];
        if let Some(teardown) = teardown {
            lab.program("teardown", teardown);
            args.extend(["--teardown", "./teardown with 'two words'"]);
        }
        let mut run = lab.command(&args).spawn().unwrap();
        wait_until("the run has begun", || lab.path("begun").exists());
        wait_until("the run file names the program", || {
            Self::record_of(&lab)["program"]["id"].is_object()
        });
        run.kill().unwrap();
        run.wait().unwrap();
        Self(lab)
    }

    fn record_of(lab: &Lab) -> Value {
        let folders = fs::read_dir(lab.path("tmp")).unwrap();
        let files = folders.map(|entry| entry.unwrap().path().join("samever-run"));
        let text = files.last().and_then(|file| fs::read_to_string(file).ok());
        serde_json::from_str(&text.unwrap_or_default()).unwrap_or_default()
    }

    fn record(&self) -> Value {
        Self::record_of(&self.0)
    }

    fn group(&self) -> String {
        self.record()["program"]["id"]["group"].to_string()
    }

    fn folder(&self) -> PathBuf {
        let mut folders = fs::read_dir(self.0.path("tmp")).unwrap();
        folders.next().unwrap().unwrap().path()
    }

    /// Changes what the run file says, as nobody should.
    fn change(&self, change: impl FnOnce(&mut Value)) {
        let mut record = self.record();
        change(&mut record);
        fs::write(self.folder().join("samever-run"), record.to_string()).unwrap();
    }

    fn sweep(&self, scope: &[&str]) -> Run {
        sweep(&self.0, scope)
    }

    fn is_torn_down(&self) -> bool {
        self.0.path("told").exists()
    }
}

/// Whatever a test did, none of its programs stays.
impl Drop for Killed {
    fn drop(&mut self) {
        let group = self.0.read("group");
        let child = self.0.read("child");
        for process in [format!("-{}", group.trim()), child.trim().to_owned()] {
            if process.len() > 2 {
                let mut kill = Command::new("kill");
                let _ = kill.args(["-KILL", "--", &process]).output();
            }
        }
    }
}

fn sweep(lab: &Lab, scope: &[&str]) -> Run {
    let mut command = lab.samever(&["upgrade", "--sweep-leftovers"]);
    command.args(scope).env("TMPDIR", lab.path("tmp"));
    // Started elsewhere, and without a docker program.
    command.current_dir("/").env("PATH", "/usr/bin:/bin");
    Run::of(&mut command)
}

fn killed_in_deploy() -> Killed {
    Killed::new(&format!("echo $$ > group; {FOREVER}"), Some(TEARDOWN))
}

#[test]
fn a_dry_run_says_every_step_and_changes_nothing() {
    let killed = killed_in_deploy();
    let (group, before) = (killed.group(), killed.record());
    assert!(
        runs(&group) && runs(&killed.0.read("child")),
        "they live on"
    );
    for scope in [
        &["--dry-run"][..],
        &["--dry-run", "--recipe", "custom-html"],
        &["--dry-run", "--all"],
    ] {
        let run = killed.sweep(scope);
        assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{scope:?}");
        let stack = before["stack"].as_str().unwrap();
        let steps = [
            format!(
                "would end the deploy program of the stack {stack}, and all that it started (process group {group})\n"
            ),
            format!("would run the teardown program ./teardown for the stack {stack}\n"),
            format!("would remove the folder {}: ", killed.folder().display()),
            "1 leftover would be removed (no Docker Swarm answers".to_owned(),
        ];
        says(&run.stdout, &steps.each_ref().map(String::as_str));
        assert_eq!(run.stdout.lines().count(), 4);
    }
    assert!(runs(&group) && runs(&killed.0.read("child")));
    assert!(!killed.is_torn_down());
    assert_eq!(killed.record(), before);
}

#[test]
fn a_sweep_ends_the_group_then_tears_down_then_removes_the_folder() {
    let killed = killed_in_deploy();
    let (group, record, folder) = (killed.group(), killed.record(), killed.folder());
    let run = killed.sweep(&["--recipe", "custom-html"]);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{}", run.stdout);
    let verbs: Vec<_> = run
        .stdout
        .lines()
        .map(|line| line.split(' ').next().unwrap())
        .collect();
    assert_eq!(verbs, ["ended", "ran", "removed", "1"], "{}", run.stdout);
    assert!(!runs(&group) && !runs(&killed.0.read("child")));
    assert!(!folder.exists());
    let told = killed.0.read("told");
    let told: Vec<_> = told.lines().collect();
    let environment = record["teardown"]["environment"].as_object().unwrap();
    let recorded: Vec<_> = environment
        .iter()
        .map(|(name, value)| format!("{name}={}", value.as_str().unwrap()))
        .collect();
    assert_eq!(told, recorded, "it is told what the run would have told it");
    let stack = record["stack"].as_str().unwrap();
    let folder = folder.to_str().unwrap();
    for line in [
        format!("SAMEVER_STACK={stack}"),
        format!("SAMEVER_RUN_DIR={folder}/run"),
        "SAMEVER_STEP=teardown".to_owned(),
        "SAMEVER_STAGE=base".to_owned(),
        "SAMEVER_RECIPE=custom-html".to_owned(),
        "SAMEVER_TAG=1.1.0+1".to_owned(),
    ] {
        assert!(told.contains(&line.as_str()), "{line} is not in {told:#?}");
    }
    let place = killed.0.read("place");
    let root = killed.0.root().canonicalize().unwrap();
    assert_eq!(
        place.trim(),
        root.to_str().unwrap(),
        "where the run was started"
    );
    assert_eq!(
        killed.sweep(&["--all"]).stdout.lines().count(),
        1,
        "nothing is left"
    );
}

#[test]
fn the_runs_of_other_recipes_are_left_alone() {
    let killed = killed_in_deploy();
    let before = killed.record();
    let run = killed.sweep(&["--recipe", "other"]);
    assert_eq!(run.code, 0);
    assert!(
        run.stdout.starts_with("0 leftovers removed"),
        "{}",
        run.stdout
    );
    assert!(runs(&killed.group()) && runs(&killed.0.read("child")));
    assert!(!killed.is_torn_down());
    assert_eq!(killed.record(), before);
}

#[test]
fn a_sweep_without_a_scope_or_with_options_of_a_run_is_a_usage_error() {
    let lab = Lab::new();
    fs::create_dir(lab.path("tmp")).unwrap();
    let run = sweep(&lab, &[]);
    assert_eq!(run.code, 2);
    says(&run.stderr, &["--recipe NAME", "--all", "--dry-run"]);
    for scope in [
        &["--all", "--recipe", "a"][..],
        &["--all", "--repo", "."],
        &["--all", "--state", "state"],
        &["--all", "--deployer", "tree"],
        &["--all", "--deploy", "true"],
        &["--all", "--timeout", "5"],
        &["--all", "--format", "json"],
    ] {
        assert_eq!(sweep(&lab, scope).code, 2, "{scope:?}");
    }
    for args in [&["--all"][..], &["--dry-run"]] {
        assert_eq!(lab.upgrade(args).code, 2, "{args:?} without a sweep");
    }
}

#[test]
fn a_teardown_that_fails_keeps_the_folder_and_can_be_tried_again() {
    let deploy = format!("echo $$ > group; {FOREVER}");
    let teardown = "echo called >> calls; echo no server answers; test -e mended";
    let killed = Killed::new(&deploy, Some(teardown));
    let stack = killed.record()["stack"].as_str().unwrap().to_owned();
    let run = killed.sweep(&["--all"]);
    assert_eq!(run.code, 3, "{}", run.stdout);
    let folder = killed.folder();
    says(
        &run.stdout,
        &[
            "ended the deploy program",
            &format!("could not remove the folder {}: ", folder.display()),
            "the teardown program ended with exit code 1; it printed last: no server answers",
            &format!("sweep again, or remove the stack {stack} by hand"),
            "0 leftovers removed",
        ],
    );
    let log = fs::read_to_string(folder.join("sweep-teardown.log"));
    assert_eq!(log.unwrap(), "no server answers\n");
    killed.0.write("mended", "");
    let run = killed.sweep(&["--all"]);
    assert_eq!(run.code, 0, "{}", run.stdout);
    assert_eq!(killed.0.read("calls").lines().count(), 2);
    assert!(!folder.exists());
}

#[test]
fn a_sweep_that_is_killed_in_a_teardown_is_taken_up_by_the_next() {
    let teardown = "echo $$ >> torn; test -e mended || sleep 1000";
    let killed = Killed::new(&format!("echo $$ > group; {FOREVER}"), Some(teardown));
    let mut command = killed.0.samever(&["upgrade", "--sweep-leftovers", "--all"]);
    let mut first = command.env("TMPDIR", killed.0.path("tmp")).spawn().unwrap();
    wait_until("the teardown runs", || killed.0.path("torn").exists());
    let meanwhile = killed.sweep(&["--all"]);
    says(&meanwhile.stdout, &["0 leftovers removed"]);
    wait_until("the run file names it", || {
        killed.group() == killed.0.read("torn").trim()
    });
    first.kill().unwrap();
    first.wait().unwrap();
    killed.0.write("mended", "");
    let run = killed.sweep(&["--all"]);
    assert_eq!(run.code, 0, "{}", run.stdout);
    says(
        &run.stdout,
        &["ended the teardown program", "ran the teardown program"],
    );
    let torn = killed.0.read("torn");
    assert_eq!(torn.lines().count(), 2);
    assert!(!torn.lines().any(runs));
}

#[test]
fn a_run_that_lasts_is_left_alone() {
    let lab = Lab::new();
    lab.program(
        "deploy",
        "touch begun; while ! test -e go; do sleep 0.05; done",
    );
    let teardown = lab.program("teardown", "touch told");
    let args = ["--deploy", "./deploy", "--teardown", &teardown];
    let mut run = lab.command(&args).stdout(Stdio::null()).spawn().unwrap();
    wait_until("the run has begun", || lab.path("begun").exists());
    for scope in ["--all", "--dry-run"] {
        let swept = sweep(&lab, &[scope]);
        assert_eq!(swept.code, 0);
        assert!(swept.stdout.starts_with("0 leftovers"), "{}", swept.stdout);
    }
    assert!(!lab.path("told").exists());
    lab.write("go", "");
    assert!(run.wait().unwrap().success(), "the sweep did it no harm");
    assert!(lab.path("told").exists());
}

#[test]
fn a_number_that_another_program_has_now_is_not_ended() {
    let killed = Killed::new("touch begun; exec sleep 1000", Some("touch told"));
    killed.0.write("group", killed.group());
    let other = killed.group();
    killed.change(|record| {
        let began = record["program"]["id"]["began"].as_str().unwrap();
        record["program"]["id"]["began"] = json!(format!("{began}0"));
    });
    let run = killed.sweep(&["--all"]);
    assert_eq!(run.code, 0, "{}", run.stdout);
    assert!(runs(&other), "it began at another moment");
    assert!(!run.stdout.contains("ended"), "{}", run.stdout);
    assert!(killed.is_torn_down());
}

#[test]
fn a_run_that_was_killed_while_its_program_started_is_found_by_its_environment() {
    let killed = killed_in_deploy();
    let group = killed.group();
    killed.change(|record| record["program"]["id"] = Value::Null);
    let run = killed.sweep(&["--all"]);
    assert_eq!(run.code, 0, "{}", run.stdout);
    assert!(!runs(&group) && !runs(&killed.0.read("child")));
    says(&run.stdout, &[&format!("(process group {group})")]);
}

#[test]
fn folders_that_are_no_runs_stay() {
    let lab = Lab::new();
    let tmp = lab.path("tmp");
    for name in [
        "samever-mine",
        "samever-tools",
        "samever-old",
        "samever-odd",
        "elsewhere",
    ] {
        fs::create_dir_all(tmp.join(name)).unwrap();
    }
    let write = |name: &str, text: &str| fs::write(tmp.join(name), text).unwrap();
    write("samever-odd/samever-run", "production");
    write(
        "samever-tools/samever-run",
        "{\"schema\": \"samever/run-file/9\"}",
    );
    write("elsewhere/samever-run", "samever-a-12345678");
    symlink(tmp.join("elsewhere"), tmp.join("samever-link")).unwrap();
    // What the samever before this one left.
    write("samever-old/samever-run", "samever-a-12345678");
    write("samever-old/file", "");
    let run = sweep(&lab, &["--recipe", "a"]);
    assert_eq!(run.code, 0);
    says(
        &run.stdout,
        &["samever-old: its run does not name its recipe, so only --all sweeps it"],
    );
    assert!(tmp.join("samever-old").exists());
    let run = sweep(&lab, &["--all"]);
    assert_eq!(run.code, 0, "{}", run.stdout);
    says(
        &run.stdout,
        &[
            "samever-odd: its run file names no stack of samever's",
            "samever-old: its run, of the stack samever-a-12345678, was killed",
            "samever-tools: its run file is none of this samever's: ",
            "1 leftover removed",
        ],
    );
    let left = fs::read_dir(&tmp).unwrap();
    let mut left: Vec<_> = left.map(|entry| entry.unwrap().file_name()).collect();
    left.sort();
    assert_eq!(
        left,
        [
            "elsewhere",
            "samever-link",
            "samever-mine",
            "samever-odd",
            "samever-tools"
        ]
    );
    assert!(tmp.join("elsewhere/samever-run").exists());
}

#[test]
fn a_run_file_that_another_could_have_planted_is_not_believed() {
    let killed = Killed::new("touch begun; exec sleep 1000", Some("touch told"));
    let group = killed.group();
    killed.0.write("group", &group);
    let (folder, tmp) = (killed.folder(), killed.0.path("tmp"));
    let file = folder.join("samever-run");
    let mode = |path: &PathBuf, mode| {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    };
    let left = |why: &str| {
        let run = killed.sweep(&["--all"]);
        assert_eq!(run.code, 0, "{}", run.stdout);
        says(&run.stdout, &[why, "0 leftovers removed"]);
        assert!(folder.exists() && runs(&group) && !killed.is_torn_down());
    };
    mode(&folder, 0o777);
    left("other users may write to it");
    mode(&folder, 0o755);
    mode(&file, 0o666);
    left("other users may write to it");
    mode(&file, 0o644);
    let real = tmp.join("real");
    fs::rename(&file, &real).unwrap();
    symlink(&real, &file).unwrap();
    left("its run file cannot be read");
    fs::remove_file(&file).unwrap();
    fs::rename(&real, &file).unwrap();
    // As an archive or a repository would bring it.
    let copy = tmp.join("samever-copy");
    fs::create_dir(&copy).unwrap();
    fs::copy(&file, copy.join("samever-run")).unwrap();
    let run = killed.sweep(&["--all"]);
    says(
        &run.stdout,
        &[
            "samever-copy: its run file was made in another folder",
            "1 leftover removed",
        ],
    );
    assert!(copy.exists() && !folder.exists() && killed.is_torn_down());
}

/// Only root can make a file of another user's.
#[test]
fn a_folder_of_another_user_is_left() {
    let killed = Killed::new("touch begun; exec sleep 1000", Some("touch told"));
    killed.0.write("group", killed.group());
    let file = killed.folder().join("samever-run");
    for path in [&file, &killed.folder()] {
        if std::os::unix::fs::chown(path, Some(65534), None).is_err() {
            return;
        }
        let run = killed.sweep(&["--all"]);
        says(
            &run.stdout,
            &["it belongs to another user", "0 leftovers removed"],
        );
        std::os::unix::fs::chown(path, Some(0), None).unwrap();
    }
    assert!(!killed.is_torn_down());
}
