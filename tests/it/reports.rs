//! What the reports of a run say, whatever came of it: never what an earlier run
//! has left there.

use std::fs;
use std::process::Stdio;
use std::thread;
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;

use crate::support::folder::{Folder, Run};
use crate::support::night::Night;
use crate::support::repositories::{says, steady};

const FILES: [&str; 3] = ["t.xml", "t.json", "t.txt"];

/// Leaves the report of an earlier, green run.
fn leave_green(folder: &Folder) {
    folder.write(
        "t.xml",
        "<testsuites name=\"samever\" tests=\"1\" failures=\"0\"/>\n",
    );
    folder.write("t.json", "{\"verdict\": \"green\"}\n");
    folder.write("t.txt", "alpha: green\n");
}

/// All three reports say that a command has no answer, and why.
#[track_caller]
fn assert_error(folder: &Folder, command: &str, why: &str) {
    let json: Value = serde_json::from_str(&folder.read("t.json")).unwrap();
    assert_eq!(json["schema"], "samever/error/1");
    assert_eq!(json["command"], command);
    says(json["error"].as_str().unwrap(), &[why]);
    says(&folder.read("t.txt"), &["error: ", why]);
    let xml = folder.read("t.xml");
    says(&xml, &["tests=\"1\"", "errors=\"1\"", "<error message="]);
    says(&xml, &[&format!("classname=\"samever.{command}\"")]);
    let left = fs::read_dir(folder.root()).unwrap();
    let left = left.filter(|file| {
        let name = file.as_ref().unwrap().file_name();
        name.to_string_lossy().contains("samever-report")
    });
    assert_eq!(left.count(), 0);
}

/// Each command in a way that has no answer, with its exit code and the reason.
const NO_ANSWER: [(&[&str], i32, &str); 10] = [
    (
        &["upgrade", "--deployer", "tree", "--repo", "nowhere"],
        3,
        "is not a git repository",
    ),
    (&["upgrade", "--deployer", "command"], 2, "needs a program"),
    (&["upgrade", "--no-such-option"], 2, "unexpected argument"),
    (&["upgrade", "--head", ""], 2, "--head"),
    (
        &["nightly", "--state", "s", "--catalogue", "nowhere"],
        3,
        "cannot be read",
    ),
    (&["nightly", "--catalogue", "."], 2, "--state"),
    (&["replay", "nowhere.yaml"], 3, "nowhere.yaml"),
    (
        &["verify", "--resolver", "no-such-program"],
        3,
        "is in no folder of PATH",
    ),
    (&["verify", "--level", "best"], 2, "invalid value"),
    (
        &["upgrade", "--settle", "x", "--report=u.txt"],
        2,
        "--settle",
    ),
];

#[test]
fn a_run_without_an_answer_leaves_no_report_of_an_earlier_run() {
    for (command, code, why) in NO_ANSWER {
        // Where a path follows them, it would be one more report.
        let is_path = command[0] == "replay";
        for before in [!is_path, false] {
            let folder = Folder::new();
            leave_green(&folder);
            let options = ["--report", "t.xml", "t.json", "t.txt"];
            let (name, rest) = command.split_first().unwrap();
            let words = if before {
                [&[*name], &options[..], rest].concat()
            } else {
                [command, &options].concat()
            };
            let run = Run::of(&mut folder.samever(&words));
            assert_eq!(run.code, code, "{words:?}: {}", run.stderr);
            assert_error(&folder, name, why);
        }
    }
}

#[test]
fn an_error_is_an_answer_in_json_and_in_junit_on_standard_output_too() {
    for (command, code, why) in NO_ANSWER {
        let folder = Folder::new();
        if command.last() == Some(&"best") || why == "unexpected argument" || why.starts_with("--")
        {
            // The format is not known where the arguments make no sense.
            continue;
        }
        for format in ["junit", "json"] {
            let run = Run::of(&mut folder.samever(&[command, &["--format", format]].concat()));
            assert_eq!(run.code, code);
            says(&run.stdout, &[why]);
            if format == "json" {
                assert_eq!(run.json().1["schema"], "samever/error/1");
            } else {
                says(&run.stdout, &["errors=\"1\"", "</testsuites>"]);
            }
        }
    }
}

/// While a run lasts its reports say so, and they say so for ever where it is
/// killed.
#[test]
fn a_run_that_is_killed_or_terminated_leaves_no_green_report() {
    for (signal, why) in [
        (Signal::SIGKILL, "has begun and has not ended"),
        (Signal::SIGTERM, "interrupted"),
    ] {
        for command in ["upgrade", "nightly"] {
            let night = Night::of(&["alpha"]);
            leave_green(&night);
            let deploy = night.program("deploy", "touch begun; sleep 1000 & echo $! > child; wait");
            let words: &[&str] = match command {
                "upgrade" => &["upgrade", "--repo", "catalogue/alpha"],
                _ => &["nightly", "--catalogue", "catalogue", "--state", "state"],
            };
            let mut run = night.samever(words);
            run.args(["--deploy", &deploy, "--report", "t.xml", "t.json", "t.txt"]);
            let run = run.stdout(Stdio::null()).stderr(Stdio::null());
            let mut run = run.spawn().unwrap();
            while night.read("child").is_empty() {
                thread::sleep(Duration::from_millis(5));
            }
            assert_error(&night, command, "has begun and has not ended");
            kill(Pid::from_raw(i32::try_from(run.id()).unwrap()), signal).unwrap();
            run.wait().unwrap();
            for file in FILES {
                let report = night.read(file);
                says(&report, &[why]);
                assert!(
                    !report.contains("alpha: green") && !report.contains("\"green\"\n"),
                    "{command}, {file}: {report}"
                );
            }
            let child = night.read("child");
            let _ = kill(
                Pid::from_raw(child.trim().parse().unwrap()),
                Signal::SIGKILL,
            );
        }
    }
}

#[test]
fn a_report_is_replaced_whole_and_a_link_to_it_stays() {
    let night = Night::of(&["alpha"]);
    leave_green(&night);
    fs::create_dir(night.path("out")).unwrap();
    night.write("out/real.json", "old");
    std::os::unix::fs::symlink("out/real.json", night.path("link.json")).unwrap();
    let held = fs::File::open(night.path("out/real.json")).unwrap();
    let reports = ["--report", "link.json", "new/deep/t.txt"];
    let run = night.sweep(&[&reports[..], &["link.json/t.txt"]].concat());
    assert_eq!(run.code, 3, "the last one cannot be made: {}", run.stderr);
    says(
        &night.read("out/real.json"),
        &["samever/error/1", "link.json/t.txt"],
    );
    assert_eq!(night.sweep(&reports).code, 0);
    assert!(
        fs::symlink_metadata(night.path("link.json"))
            .unwrap()
            .is_symlink()
    );
    says(&night.read("out/real.json"), &["samever/nightly/1"]);
    says(&night.read("new/deep/t.txt"), &["1 recipe: "]);
    // A reader that had it open reads the old one to its end.
    assert_eq!(std::io::read_to_string(held).unwrap(), "old");
}

/// `samever replay | head -1`: the reader has seen enough.
#[test]
fn a_reader_that_is_gone_is_no_error_message() {
    let (fixture, _) = steady();
    let repository = fixture.directory.to_str().unwrap();
    for args in [
        &["replay", "--quiet"][..],
        &["replay", "--quiet", "--format", "json"],
        &["resolve", "--repo", repository, "--explain"],
        &["resolve", "--help"],
    ] {
        let mut command = crate::support::folder::binary();
        command.args(args).stdout(std::process::Stdio::piped());
        let mut child = command
            .stderr(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{args:?}");
    }
}
