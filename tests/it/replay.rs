//! `samever replay`, end to end: what it prints, how it ends, what it leaves.

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

fn samever(temporary: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_samever"));
    command.arg("replay").args(args).env("TMPDIR", temporary);
    command
}

/// Runs `samever replay` with a temporary folder of its own, of which nothing
/// may be left.
#[track_caller]
fn replay(args: &[&str]) -> Output {
    let temporary = TempDir::new().unwrap();
    let output = samever(temporary.path(), args).output().unwrap();
    assert_eq!(entries(temporary.path()), [] as [String; 0], "{args:?}");
    output
}

fn entries(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<_> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// A scenario whose only night is second-night's, with these steps before it.
fn scenario(folder: &Path, name: &str, steps: &str, nights: u32) -> String {
    let path = folder.join(name);
    let content = format!(
        "# A scenario of the tests\nrecipe:\n  name: custom-html\n  \
         published: [1.0.0+1, 1.1.0+1]\ncanonical: 1.1.0+1\nsteps:\n{steps}  - nightly:\n      \
         times: {nights}\n      expect: {{plan: version, base: 1.0.0+1, rung: step-back, delta: \
         forward, verdict: green, canonical: 1.1.0+1, promoted: false}}\n"
    );
    fs::write(&path, content).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn the_shipped_suite_passes_and_says_so() {
    let output = replay(&[]);
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(text(&output.stderr), "");
    let printed = text(&output.stdout);
    assert!(printed.contains("\nok      second-night (1 run): The second consecutive nightly"));
    assert!(
        printed.ends_with("\n67 scenarios, 273 runs: 67 passed, 0 failed (resolver design-a)\n")
    );
    assert!(!printed.contains("FAILED"));
}

#[test]
fn two_replays_anywhere_give_the_same_bytes() {
    let home = TempDir::new().unwrap();
    fs::write(home.path().join(".gitconfig"), "[broken\n").unwrap();
    for format in ["json", "junit", "text"] {
        let here = replay(&["--format", format, "--jobs", "1"]);
        let lines = text(&here.stderr).lines().count();
        assert_eq!(lines, if format == "text" { 0 } else { 67 });
        let temporary = TempDir::new().unwrap();
        let there = samever(temporary.path(), &["--format", format, "--jobs", "7"])
            .current_dir(home.path())
            .env("HOME", home.path())
            .env("XDG_CONFIG_HOME", home.path())
            .env("TZ", "Asia/Tokyo")
            .env("LANG", "tr_TR.UTF-8")
            .env("GIT_DIR", home.path())
            .env("GIT_AUTHOR_DATE", "2001-01-01T00:00:00Z")
            .output()
            .unwrap();
        assert_eq!(here.status.code(), Some(0));
        assert_eq!(text(&here.stdout), text(&there.stdout));
    }
}

#[test]
fn a_scenario_that_is_missed_is_told_in_full_and_is_exit_1() {
    let output = replay(&["--filter", "second-night", "--resolver", "historical"]);
    assert_eq!(output.status.code(), Some(1));
    insta::assert_snapshot!(text(&output.stdout));
}

#[test]
fn a_scenario_that_is_missed_in_junit() {
    let output = replay(&[
        "--filter",
        "second-night",
        "--resolver",
        "historical",
        "--format",
        "junit",
    ]);
    assert_eq!(output.status.code(), Some(1));
    insta::assert_snapshot!(text(&output.stdout));
}

#[test]
fn json_tells_what_is_missed() {
    let output = replay(&["--resolver", "historical", "--format", "json"]);
    assert_eq!(output.status.code(), Some(1));
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(document["schema"], "samever/replay/1");
    assert_eq!(document["resolver"], "historical");
    let scenarios = document["scenarios"].as_array().unwrap();
    let failed: Vec<_> = scenarios
        .iter()
        .filter(|one| one["passed"] == false)
        .collect();
    assert_eq!(document["totals"]["failed"], failed.len());
    assert_eq!(document["totals"]["scenarios"], scenarios.len());
    let second = failed
        .iter()
        .find(|one| one["name"] == "second-night")
        .unwrap();
    let mismatch = &second["steps"][0]["mismatches"][0];
    assert_eq!(mismatch["what"], "base");
    assert_eq!(mismatch["expected"], "1.11.0+1.29.0");
    assert_eq!(mismatch["got"], "1.13.0+1.31.1");
}

#[test]
fn nothing_to_replay_is_exit_3_and_never_a_pass() {
    let empty = TempDir::new().unwrap();
    let empty = empty.path().to_str().unwrap();
    for (args, message) in [
        (
            vec![empty],
            "there is no .yaml or .yml file below the folders given",
        ),
        (
            vec!["--filter", "no such"],
            "none of the 67 scenarios has no such in its name",
        ),
        (
            vec!["no/such/file.yaml"],
            "no/such/file.yaml: No such file or directory",
        ),
    ] {
        let output = replay(&args);
        assert_eq!(output.status.code(), Some(3), "{args:?}");
        assert_eq!(text(&output.stdout), "");
        let stderr = text(&output.stderr);
        assert!(stderr.starts_with("error: "), "{stderr}");
        assert!(stderr.contains(message), "{stderr}");
    }
    for args in [["--jobs", "0"], ["--resolver", "'"], ["--format", "xml"]] {
        assert_eq!(replay(&args).status.code(), Some(2), "{args:?}");
    }
}

#[test]
fn files_and_folders_are_replayed_each_once_and_in_order() {
    let folder = TempDir::new().unwrap();
    let second = scenario(folder.path(), "b.yaml", "", 2);
    scenario(folder.path(), "a.yaml", "", 1);
    fs::write(folder.path().join("notes.txt"), "not a scenario").unwrap();
    let output = replay(&[&second, folder.path().to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(0));
    let printed = text(&output.stdout);
    let lines: Vec<_> = printed.lines().collect();
    assert_eq!(lines[0], "ok      b (2 runs): A scenario of the tests");
    assert_eq!(lines[1], "ok      a (1 run): A scenario of the tests");
    assert_eq!(
        lines[3],
        "2 scenarios, 3 runs: 2 passed, 0 failed (resolver design-a)"
    );
}

#[test]
fn no_file_is_passed_over_and_no_two_have_one_name() {
    let folder = TempDir::new().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::create_dir_all(at("sub")).unwrap();
    scenario(folder.path(), "a.yml", "", 1);
    let below = scenario(&at("sub"), "b.yaml", "", 1);
    let all = folder.path().to_str().unwrap();
    let round_about = at("sub/../sub/b.yaml");
    let output = replay(&[all, &below, round_about.to_str().unwrap()]);
    let printed = text(&output.stdout);
    assert!(
        printed.contains("\n2 scenarios, 2 runs: 2 passed"),
        "{printed}"
    );

    scenario(folder.path(), "b.yaml", "", 1);
    let output = replay(&[all]);
    assert_eq!(output.status.code(), Some(3));
    let stderr = text(&output.stderr);
    assert!(
        stderr.contains("two scenarios have the name b: "),
        "{stderr}"
    );
}

#[test]
fn steps_on_one_line_are_compared_each_for_itself() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("line.yaml");
    let expect = "plan: version, base: 1.0.0+1, rung: step-back, delta: forward, \
                  canonical: 1.1.0+1, verdict: green";
    let content = format!(
        "# One line\nrecipe: {{name: a, published: [1.0.0+1, 1.1.0+1]}}\ncanonical: 1.1.0+1\n\
         steps: [{{nightly: {{expect: {{{expect}, promoted: false}}}}}}, \
         {{nightly: {{expect: {{{expect}, promoted: true}}}}}}, \
         {{quick: {{expect: {{{expect}, promoted: false}}}}}}]\n"
    );
    fs::write(&path, content).unwrap();
    let output = replay(&[path.to_str().unwrap(), "--format", "json"]);
    assert_eq!(output.status.code(), Some(1));
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    let steps = document["scenarios"][0]["steps"].as_array().unwrap();
    let mismatches: Vec<_> = steps
        .iter()
        .map(|step| step["mismatches"].as_array().unwrap().len())
        .collect();
    assert_eq!(mismatches, [0, 1, 0]);
    assert_eq!(steps[2]["step"], "quick");
    assert_eq!(text(&output.stderr), "FAILED  line (3 runs): One line\n");
}

#[test]
fn the_command_that_repeats_a_failure_is_safe_to_paste() {
    let folder = TempDir::new().unwrap();
    let odd = scenario(folder.path(), "has space; rm.yaml", "", 1);
    let output = replay(&[&odd, "--resolver", "historical"]);
    let printed = text(&output.stdout);
    let command = format!("  repeat with: samever replay '{odd}' --resolver historical");
    assert!(printed.contains(&command), "{printed}");
}

#[test]
fn what_is_kept_is_where_the_report_says_and_is_a_repository() {
    let folder = TempDir::new().unwrap();
    let kept = folder.path().join("kept");
    let args = [
        "--filter",
        "second-night",
        "--explain",
        "--keep",
        kept.to_str().unwrap(),
    ];
    let output = replay(&args);
    assert_eq!(output.status.code(), Some(0));
    let printed = text(&output.stdout);
    let line = printed
        .lines()
        .find(|line| line.starts_with("  repository: "))
        .unwrap();
    let repository = Path::new(line.trim_start_matches("  repository: "));
    let recipe = samever::recipe::Recipe::open(repository).unwrap();
    assert_eq!(recipe.published().unwrap().len(), 3);
    let run = kept.join("second-night/run-1");
    assert_eq!(entries(&run), ["base", "head", "stack"]);
    assert_eq!(entries(&run.join("base")), ["compose.yml"]);

    let again = replay(&args);
    assert_eq!(again.status.code(), Some(3));
    assert!(text(&again.stderr).contains("second-night cannot be used: File exists"));
}

#[test]
fn tags_are_annotated_or_lightweight_as_the_scenario_says() {
    if crate::support::repositories::git_is_missing() {
        return;
    }
    let folder = TempDir::new().unwrap();
    let kept = folder.path().join("kept");
    let path = folder.path().join("kinds.yaml");
    let content = "# Kinds of tags\nrecipe:\n  name: a\n  published:\n    - 1.0.0+1\n    \
                   - {version: 1.1.0+1, annotated: false}\n    \
                   - {version: 1.2.0+1, annotated: false}\n    - 1.3.0+1\nsteps:\n  \
                   - move: {tag: 1.2.0+1, to: 1.0.0+1}\n  - move: {tag: 1.0.0+1, to: 1.1.0+1}\n  \
                   - break: {version: 1.1.0+1, behaviour: {fails-to-deploy: true}}\n  \
                   - nightly: {expect: {plan: skip, rung: main-tip, verdict: skipped, reason: head \
                   == main tip (no predecessor delta), canonical: 1.3.0+1, promoted: true}}\n";
    fs::write(&path, content).unwrap();
    let output = replay(&[path.to_str().unwrap(), "--keep", kept.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stdout));
    let repository = kept.join("kinds/recipe.git");
    let kind = |tag: &str| {
        let output = crate::support::repositories::git(&repository, &["cat-file", "-t", tag]);
        text(&output.stdout).trim().to_owned()
    };
    let kinds = ["1.0.0+1", "1.1.0+1", "1.2.0+1", "1.3.0+1"].map(kind);
    assert_eq!(kinds, ["tag", "commit", "commit", "tag"]);
    let check = crate::support::repositories::git(&repository, &["fsck", "--strict"]);
    assert!(check.status.success(), "{}", text(&check.stderr));
}

#[test]
fn a_temporary_folder_that_cannot_be_used_is_exit_3() {
    let output = samever(Path::new("/no/such/folder"), &[]).output().unwrap();
    assert_eq!(output.status.code(), Some(3));
    let stderr = text(&output.stderr);
    assert!(
        stderr.contains("/no/such/folder cannot be used"),
        "{stderr}"
    );
}

#[cfg(unix)]
#[test]
fn an_interrupt_leaves_no_folder_behind() {
    use nix::sys::signal::{Signal, kill};
    use nix::unistd::Pid;

    for signal in [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP] {
        let folder = TempDir::new().unwrap();
        let long = scenario(folder.path(), "long.yaml", "", 1000);
        let temporary = TempDir::new().unwrap();
        let child = samever(temporary.path(), &[&long])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        while entries(temporary.path()).is_empty() {
            std::thread::sleep(Duration::from_millis(1));
        }
        kill(Pid::from_raw(child.id().try_into().unwrap()), signal).unwrap();
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(3), "{signal}");
        assert_eq!(text(&output.stdout), "");
        assert!(text(&output.stderr).contains("\nerror: interrupted: "));
        assert_eq!(entries(temporary.path()), [] as [String; 0], "{signal}");
    }
}
