//! The binary, end to end: what it prints and how it ends.

use std::fmt::Write;

use crate::support::folder::binary;
use crate::support::repositories::{Fixture, git_is_missing, samever};

#[test]
fn the_demonstration_in_text() {
    let run = samever(&["resolve", "--demo", "--explain"], None);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    insta::assert_snapshot!(run.stdout);
}

#[test]
fn the_demonstration_in_json() {
    let run = samever(&["resolve", "--demo", "--format", "json"], None);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    insta::assert_snapshot!(run.stdout);
}

#[test]
fn a_users_git_configuration_changes_nothing() {
    let home = tempfile::tempdir().unwrap();
    let broken = home.path().join(".gitconfig");
    std::fs::write(&broken, "[broken\n").unwrap();
    let output = binary()
        .args(["resolve", "--demo", "--explain"])
        .env("HOME", home.path())
        .env("XDG_CONFIG_HOME", home.path())
        .env("GIT_CONFIG_GLOBAL", &broken)
        .env("GIT_DIR", home.path())
        .output()
        .unwrap();
    let demonstration = samever(&["resolve", "--demo", "--explain"], None);
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
    assert_eq!(
        String::from_utf8(output.stdout).unwrap(),
        demonstration.stdout
    );
}

/// The head is on the branch `request`, one commit past the main tip.
fn request(version: &str) -> Fixture {
    let mut fixture = Fixture::new();
    let releases = fixture.releases(&["1.0.0+1", "2.0.0-rc.1+2", "2.0.0+2"]);
    let head = fixture.builder.release(Some(releases[2]), version).unwrap();
    fixture
        .builder
        .reference("refs/heads/request", head)
        .unwrap();
    fixture
}

#[test]
fn a_ref_a_skip_and_a_same_version_upgrade_in_text() {
    if git_is_missing() {
        return;
    }
    let fixture = request("2.0.0+2");
    fixture.git(&["tag", "latest"]);
    let mut shown = String::new();
    for args in [
        &["--head", "request"][..],
        &[
            "--head",
            "request",
            "--not-applicable",
            "no upgrades: it keeps no state",
        ],
        &["--head", "request", "--override", "2.0.0+2", "--explain"],
        &[
            "--head",
            "request",
            "--fallback",
            "release-first",
            "--no-prereleases",
        ],
        &["--canonical-version", "1.5.0+1", "--explain"],
    ] {
        let run = fixture.resolve(args);
        assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{args:?}");
        let command = args.join(" ");
        writeln!(
            shown,
            "$ samever resolve {command}
{}",
            run.stdout
        )
        .unwrap();
    }
    insta::assert_snapshot!(shown);
}

#[test]
fn require_delta_turns_any_delta_but_forward_into_exit_1_a_skip_apart() {
    let code = |version: &str, args: &[&str]| {
        let all = [&["--head", "request", "--require-delta"][..], args].concat();
        let run = request(version).resolve(&all);
        assert!(!run.stdout.is_empty(), "the answer is there all the same");
        run.code
    };
    assert_eq!(code("3.0.0+3", &[]), 0, "forward from the main tip");
    assert_eq!(
        code("2.0.0+2", &[]),
        1,
        "none: the main tip has the head's version"
    );
    assert_eq!(code("1.5.0+1", &[]), 1, "backward: a stale pull request");
    assert_eq!(code("${VERSION}", &[]), 1, "unknown");
    assert_eq!(code("2.0.0+2", &["--override", "2.0.0+2"]), 1);
    assert_eq!(
        code("2.0.0+2", &["--not-applicable", "x"]),
        0,
        "a skip has no delta"
    );
    assert_eq!(code("2.0.0+2", &["--canonical-version", "2.0.0+2"]), 0);
}

#[test]
fn the_policies_choose_another_base() {
    let fixture = request("2.0.0+2");
    let base = |args: &[&str]| {
        let plan = fixture.plan(&[&["--head", "request"][..], args].concat());
        let plan = &plan["plan"];
        plan["version"]
            .as_str()
            .or(plan["kind"].as_str())
            .unwrap()
            .to_owned()
    };
    let canonical = &["--canonical-version", "2.0.0+2"];
    assert_eq!(base(canonical), "2.0.0-rc.1+2");
    assert_eq!(
        base(&[&canonical[..], &["--no-prereleases"]].concat()),
        "1.0.0+1"
    );
    assert_eq!(
        base(&[&canonical[..], &["--ignore-canonical"]].concat()),
        "ref"
    );
    let release_first = ["--fallback", "release-first"];
    assert_eq!(base(&release_first), "2.0.0-rc.1+2");
    assert_eq!(base(&["--fallback", "main-tip"]), "ref");
    let all = [
        &canonical[..],
        &release_first,
        &["--ignore-canonical", "--no-prereleases"],
    ]
    .concat();
    assert_eq!(base(&all), "1.0.0+1");
}

#[test]
fn a_leading_v_is_understood_where_a_person_writes_a_version() {
    let fixture = request("2.0.0+2");
    let plan = fixture.plan(&["--canonical-version", "v2.0.0+2", "--override", "v1.0.0"]);
    assert_eq!(plan["plan"]["tag"], "1.0.0+1");
    assert_eq!(plan["canonical"]["version"], "2.0.0+2");
}

#[test]
fn the_recipe_is_named_after_its_origin_or_its_folder_or_as_stated() {
    if git_is_missing() {
        return;
    }
    let fixture = request("2.0.0+2");
    assert_eq!(fixture.plan(&[])["recipe"], "custom-html");
    assert_eq!(fixture.plan(&["--recipe", "other"])["recipe"], "other");
    fixture.git(&[
        "remote",
        "add",
        "origin",
        "git@example.org:recipes/discourse.git",
    ]);
    assert_eq!(fixture.plan(&[])["recipe"], "discourse");
    let record = r#"{"recipe": "custom-html", "version": "2.0.0+2"}"#;
    let file = fixture.file("canonical.json", record);
    assert_eq!(
        fixture.plan(&["--canonical", &file])["recipe"],
        "custom-html"
    );
}

#[test]
fn odd_origins_and_folders_give_a_sensible_name() {
    if git_is_missing() {
        return;
    }
    let fixture = request("2.0.0+2");
    fixture.git(&["remote", "add", "origin", "https://user:secret@example.org"]);
    assert_eq!(
        fixture.plan(&[])["recipe"],
        "custom-html",
        "no part of an address but its path"
    );
    assert_eq!(Fixture::named("a:b", true).names(), ["a:b"]);
    assert_eq!(Fixture::named("x.git", true).names(), ["x"]);
    assert_eq!(Fixture::named("recipe/.bare", true).names(), ["recipe"]);
}

#[test]
fn json_holds_the_very_texts_that_were_given() {
    let fixture = request("2.0.0+2");
    let reason = "C:\\docs, see Foo::bar \u{1b}[m";
    let plan = fixture.plan(&["--not-applicable", reason]);
    assert_eq!(plan["plan"]["reason"], reason);
    let raw = fixture
        .resolve(&["--not-applicable", reason, "--format", "json"])
        .stdout;
    assert!(!raw.contains("::") && !raw.contains('\u{1b}'), "{raw}");
}

#[test]
fn sentences_name_the_version_that_was_meant_and_the_one_that_is_published() {
    let mut fixture = Fixture::new();
    let releases = fixture.releases(&["1.0.2+1", "1.0.3", "1.0.4+a", "1.0.4+b"]);
    let head = fixture
        .builder
        .release(Some(releases[3]), "1.0.3+2")
        .unwrap();
    fixture.builder.reference("refs/heads/main", head).unwrap();
    let reason = |args: &[&str]| fixture.plan(args)["reason"].as_str().unwrap().to_owned();
    assert_eq!(
        reason(&["--canonical-version", "1.0.3+1"]),
        "the canonical (last green) version 1.0.3+1 (published as 1.0.3) is the head's own \
         version 1.0.3+2, so the base steps back to 1.0.2+1, the newest published version older \
         than the head"
    );
    assert_eq!(
        reason(&["--override", "1.0.3+99"]),
        "the base version 1.0.3+99 is given by hand (published as 1.0.3); no rule would take it: \
         its tag's tree says 1.0.3, which is the head's own version"
    );
    assert_eq!(
        reason(&["--override", "1.0.4"]),
        "the base version 1.0.4 is given by hand (published as 1.0.4+b)"
    );
}

#[test]
fn why_the_heads_version_is_unknown_is_said_whatever_decides() {
    let fixture = request("${VERSION}");
    for more in [
        &[][..],
        &["--override", "1.0.0+1"],
        &["--canonical-version", "1.0.0+1"],
    ] {
        let plan = fixture.plan(&[&["--head", "request"], more].concat());
        let reason = plan["reason"].as_str().unwrap();
        assert!(
            reason.contains("(the version label ${VERSION} has a variable in it)"),
            "{reason}"
        );
        assert_eq!(plan["delta"], "unknown");
    }
}

#[test]
fn two_runs_give_the_same_bytes() {
    let fixture = request("2.0.0+2");
    for args in [&["--explain"][..], &["--format", "json"]] {
        assert_eq!(fixture.resolve(args).stdout, fixture.resolve(args).stdout);
    }
    let demo = || samever(&["resolve", "--demo", "--format", "json"], None).stdout;
    assert_eq!(demo(), demo(), "commit ids included");
}

/// The help of a command, and of the commands below it.
fn help(path: &[&str]) -> String {
    let run = samever(&[path, &["--help"]].concat(), None);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{path:?}");
    let mut shown = format!("$ samever {}\n{}\n", path.join(" "), run.stdout);
    let commands = run.stdout.split_once("Commands:\n");
    let commands = commands.map_or("", |(_, commands)| commands.split("\n\n").next().unwrap());
    for line in commands.lines() {
        let name = line.split_whitespace().next().unwrap();
        if name != "help" {
            shown += &help(&[path, &[name]].concat());
        }
    }
    shown
}

#[test]
fn the_help_of_every_command() {
    insta::assert_snapshot!(help(&[]));
}

/// A replay that passes and a trial that finds something.
const REPORTED: [(&[&str], i32); 2] = [
    (&["replay", "--filter", "second-night"], 0),
    (&["verify", "--seed", "5", "--mutant", "oldest"], 1),
];

#[test]
fn reports_of_replay_and_verify_leave_the_answer_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join("made/when/needed").join(name);
    let paths = ["a.txt", "b.json", "c.xml"].map(|name| file(name).display().to_string());
    for (command, code) in REPORTED {
        let [text, json, junit] = ["text", "json", "junit"].map(|format| {
            let run = samever(&[command, &["--format", format]].concat(), None);
            assert_eq!(run.code, code, "{command:?}");
            run.stdout
        });
        let args = [
            command,
            &["--report"],
            &paths.each_ref().map(String::as_str),
        ]
        .concat();
        let run = samever(&args, None);
        assert_eq!((run.code, run.stdout.as_str()), (code, text.as_str()));
        for (name, expected) in [("a.txt", text), ("b.json", json), ("c.xml", junit)] {
            let report = std::fs::read_to_string(file(name)).unwrap();
            assert_eq!(report, expected, "{command:?} {name}");
        }
    }
}

#[test]
fn a_report_that_cannot_be_written_takes_no_answer_and_no_finding_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let occupied = folder.path().join("occupied");
    std::fs::write(&occupied, "").unwrap();
    let path = occupied.join("a.json").display().to_string();
    let good = folder.path().join("b.txt").display().to_string();
    for (command, code) in REPORTED {
        let plain = samever(command, None);
        let run = samever(&[command, &["--report", &path, &good]].concat(), None);
        assert_eq!(run.code, if code == 0 { 3 } else { code }, "{command:?}");
        assert_eq!(run.stdout, plain.stdout);
        let why = format!("error: the report cannot be written to {path}: ");
        assert!(run.stderr.starts_with(&why), "{}", run.stderr);
        assert_eq!(std::fs::read_to_string(&good).unwrap(), plain.stdout);
    }
}

#[test]
fn a_report_whose_ending_names_no_format_is_a_usage_error() {
    for command in ["replay", "verify", "upgrade", "nightly"] {
        for file in ["report", "report.yaml", "report.JSON"] {
            let run = samever(&[command, "--report", file], None);
            assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{command} {file}");
            let why = "a report ends in .json, .xml (for JUnit) or .txt";
            assert!(run.stderr.contains(why), "{}", run.stderr);
        }
    }
}

#[test]
fn quiet_shows_no_progress_and_the_same_answer() {
    let command = ["replay", "--filter", "second-night", "--format", "json"];
    let (told, quiet) = (samever(&command, None), [&command[..], &["-q"]].concat());
    let quiet = samever(&quiet, None);
    assert!(
        told.stderr.starts_with("ok      second-night"),
        "{}",
        told.stderr
    );
    assert_eq!((quiet.code, quiet.stderr.as_str()), (0, ""));
    assert_eq!(quiet.stdout, told.stdout);
}
