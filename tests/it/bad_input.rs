//! Bad input: a clear message, the right exit code, nothing written, no panic.

use std::process::Command;

use crate::support::folder::binary;
use crate::support::repositories::{Fixture, git, git_is_missing, samever, says, steady, text};
use samever::simulate::TagKind;
use serde_json::Value;

#[test]
fn a_folder_that_is_no_repository() {
    let folder = tempfile::tempdir().unwrap();
    let run = samever(
        &["resolve", "--repo", folder.path().to_str().unwrap()],
        None,
    );
    assert_eq!((run.code, run.stdout.as_str()), (3, ""));
    says(&run.stderr, &["is not a git repository", "--repo"]);
    let run = samever(&["resolve", "--repo", "/does/not/exist"], None);
    assert_eq!(run.code, 3);
    says(&run.stderr, &["/does/not/exist is not a git repository"]);
}

#[test]
fn an_unknown_head_or_main() {
    if git_is_missing() {
        return;
    }
    let (fixture, _) = steady();
    let absent = "0123456789012345678901234567890123456789";
    for revision in [
        "nowhere",
        absent,
        "a..b",
        "HEAD~99",
        ":/nothing",
        "@{u}",
        "\u{1b}[31m",
    ] {
        let refusal = fixture.refusal(&["--head", revision]);
        says(&refusal, &["--head", "does not lead to a commit"]);
        assert!(!refusal.contains('\u{1b}'), "{refusal:?}");
        says(
            &fixture.refusal(&["--main", revision]),
            &["--main", "does not lead to a commit"],
        );
    }
    let tree = fixture.git(&["rev-parse", "HEAD^{tree}"]);
    says(
        &fixture.refusal(&["--head", tree.trim()]),
        &["does not lead to a commit", "tree"],
    );
}

#[test]
fn a_repository_without_commits() {
    let fixture = Fixture::new();
    says(
        &fixture.refusal(&[]),
        &["HEAD", "is a branch that has no commits yet", "--head"],
    );
}

#[test]
fn a_shallow_clone_where_a_step_back_is_needed() {
    if git_is_missing() {
        return;
    }
    let (fixture, releases) = steady();
    let source = format!("file://{}", fixture.directory.display());
    fixture.git(&["clone", "--quiet", "--depth=1", &source, "../shallow"]);
    let shallow = fixture.directory.with_file_name("shallow");
    let run = |args: &[&str]| {
        let all = [&["resolve", "--repo", shallow.to_str().unwrap()][..], args].concat();
        samever(&all, None)
    };
    let mend = "git fetch --unshallow --tags";
    for args in [
        &["--canonical-version", "1.2.0+1"][..],
        &["--canonical-version", "1.1.0+1"],
        &["--fallback", "release-first"],
        &["--override", "1.0.0+1"],
    ] {
        let refused = run(args);
        assert_eq!(refused.code, 3, "{args:?}: {}", refused.stdout);
        says(&refused.stderr, &["shallow", mend]);
    }
    // What needs no older tag is answered: the main tip, and a canonical at hand.
    assert_eq!(run(&[]).code, 0);
    assert!(
        git(
            &shallow,
            &["fetch", "--quiet", "origin", "tag", "1.1.0+1", "--depth=1"]
        )
        .status
        .success()
    );
    let answered = run(&["--canonical-version", "1.1.0+1", "--format", "json"]);
    says(
        &answered.stdout,
        &[&releases[1].to_string(), "\"rung\": \"canonical\""],
    );

    assert!(
        git(&shallow, &["fetch", "--quiet", "--unshallow", "--tags"])
            .status
            .success()
    );
    assert_eq!(
        run(&["--canonical-version", "1.2.0+1"]).code,
        0,
        "the command mends it"
    );
}

#[test]
fn a_canonical_with_no_published_version() {
    if git_is_missing() {
        return;
    }
    let (fixture, _) = steady();
    fixture.git(&["tag", "-d", "1.0.0+1", "1.1.0+1", "1.2.0+1"]);
    fixture.git(&["tag", "latest"]);
    for args in [
        &["--canonical-version", "1.2.0+1"][..],
        &["--canonical-version", "1.1.0+1"],
    ] {
        let refusal = fixture.refusal(args);
        says(
            &refusal,
            &[
                "history is incomplete",
                "no tag here is a version",
                "`git fetch --tags`",
            ],
        );
    }
}

#[test]
fn an_unreadable_head_with_a_canonical_that_is_gone() {
    let (mut fixture, releases) = steady();
    let bare = fixture
        .builder
        .commit(Some(releases[2]), &[("README.md", b"x")])
        .unwrap();
    fixture.builder.reference("refs/heads/main", bare).unwrap();
    let refusal = fixture.refusal(&["--canonical-version", "1.1.5+1"]);
    says(
        &refusal,
        &[
            "cannot be read (there is no compose.yml)",
            "1.1.5+1 is no longer published",
        ],
    );
    fixture
        .builder
        .tag("1.3.0-rc.1", bare, TagKind::Lightweight)
        .unwrap();
    let refusal = fixture.refusal(&["--canonical-version", "1.3.0-rc.1", "--no-prereleases"]);
    says(&refusal, &["1.3.0-rc.1 is a pre-release"]);
}

#[test]
fn an_override_that_is_not_published_shows_the_nearest() {
    let (fixture, _) = steady();
    says(
        &fixture.refusal(&["--override", "1.1.5+1"]),
        &[
            "1.1.5+1 given by hand is not published",
            "are 1.1.0+1 and 1.2.0+1",
        ],
    );
    says(
        &fixture.refusal(&["--override", "9.0.0"]),
        &["version is 1.2.0+1"],
    );
    says(
        &fixture.refusal(&["--override", "0.1.0"]),
        &["version is 1.0.0+1"],
    );
    let repo = fixture.directory.to_str().unwrap();
    let run = samever(&["resolve", "--repo", repo], Some("9.0.0"));
    assert_eq!(run.code, 3);
    let run = samever(&["resolve", "--repo", repo], Some("not-a-version\u{1b}"));
    assert_eq!(run.code, 2);
    says(
        &run.stderr,
        &["UPGRADE_BASE_VERSION", "not-a-version\\u{1b}"],
    );
    let run = samever(&["resolve", "--repo", repo], Some(""));
    assert_eq!(
        run.code, 0,
        "CI servers set it to nothing where nothing is meant"
    );
    let run = samever(
        &["resolve", "--repo", repo, "--override", "1.0.0+1"],
        Some("rubbish"),
    );
    assert_eq!(run.code, 0, "the flag comes first");
}

#[test]
fn a_canonical_file_that_cannot_be_used() {
    let (fixture, _) = steady();
    let good = r#"{"recipe": "custom-html", "version": "1.2.0+1"}"#;
    let cases: [(&str, &[u8], &str); 9] = [
        ("empty.json", b"", "is empty"),
        (
            "truncated.json",
            &good.as_bytes()[..30],
            "is not a JSON object",
        ),
        (
            "latin.json",
            b"{\"recipe\": \"caf\xe9\"}",
            "is not UTF-8 at byte 15",
        ),
        ("list.json", b"[]", "is not a JSON object"),
        (
            "number.json",
            br#"{"recipe": "custom-html", "version": 1}"#,
            "is not a JSON object",
        ),
        (
            "other.json",
            br#"{"recipe": "discourse", "version": "1.2.0+1"}"#,
            "of the recipe discourse",
        ),
        (
            "red.json",
            br#"{"recipe": "custom-html", "version": "1.2.0+1", "status": "red"}"#,
            "status red",
        ),
        (
            "large.json",
            &vec![b' '; 1024 * 1024 + 1],
            "larger than 1 MiB",
        ),
        (
            "hostile.json",
            b"{\"recipe\": \"\\u001b[31m::x\", \"version\": \"1.2.0+1\"}",
            "\\u{1b}[31m:\\u{3a}x",
        ),
    ];
    for (name, content, part) in cases {
        let file = fixture.file(name, content);
        says(
            &fixture.refusal(&["--canonical", &file]),
            &[part, "canonical"],
        );
    }
    says(
        &fixture.refusal(&["--canonical", "/does/not/exist"]),
        &["/does/not/exist cannot be read"],
    );
    says(&fixture.refusal(&["--canonical", "/"]), &["cannot be read"]);
    says(
        &fixture.refusal(&["--canonical", "/dev/zero"]),
        &["larger than 1 MiB"],
    );
}

#[test]
fn a_canonical_of_another_recipe_or_with_a_tag_that_moved() {
    let (fixture, releases) = steady();
    let good = r#"{"recipe": "custom-html", "version": "1.2.0+1"}"#;
    let file = fixture.file("good.json", good);
    assert_eq!(
        fixture.plan(&["--canonical", &file])["plan"]["version"],
        "1.1.0+1"
    );
    let refusal = fixture.refusal(&["--canonical", &file, "--recipe", "discourse"]);
    says(&refusal, &["recipe custom-html", "discourse", "--recipe"]);
    let moved = format!(
        r#"{{"recipe": "custom-html", "version": "1.1.0+1", "commit": "{}"}}"#,
        releases[0]
    );
    let plan = fixture.plan(&["--canonical", &fixture.file("moved.json", moved)]);
    says(
        plan["trail"][2]["because"].as_str().unwrap(),
        &["its tag now points to", "recorded"],
    );
    assert_eq!(
        plan["plan"]["commit"],
        releases[1].to_string(),
        "the tag is what is deployed"
    );

    let moved = format!(
        r#"{{"recipe": "custom-html", "version": "1.2.0+1", "commit": "{}"}}"#,
        releases[0]
    );
    let moved = fixture.file("moved.json", moved);
    let reason = |file: &str| {
        let plan = fixture.plan(&["--canonical", file]);
        assert_eq!(plan["rung"], "step-back");
        plan["reason"].as_str().unwrap().to_owned()
    };
    says(&reason(&moved), &["its tag now points to", "recorded"]);
    fixture.git(&["tag", "-f", "1.2.0+1", "HEAD^{tree}"]);
    says(&reason(&moved), &["its tag now points to", "recorded"]);
}

#[test]
fn a_canonical_that_two_tags_may_be_is_not_said_to_have_moved() {
    let (mut fixture, releases) = steady();
    for tag in ["1.0.5+a", "1.0.5+b"] {
        let commit = fixture.builder.release(None, tag).unwrap();
        fixture
            .builder
            .tag(tag, commit, TagKind::Lightweight)
            .unwrap();
    }
    let record = format!(
        r#"{{"recipe": "custom-html", "version": "1.0.5", "commit": "{}"}}"#,
        releases[0]
    );
    let plan = fixture.plan(&["--canonical", &fixture.file("either.json", record)]);
    assert_eq!(plan["plan"]["version"], "1.0.5+b");
    assert!(
        !plan["reason"].as_str().unwrap().contains("now points"),
        "{plan}"
    );
}

#[test]
fn tag_names_that_a_terminal_or_a_ci_server_would_obey_are_shown_escaped() {
    let (fixture, releases) = steady();
    let headline = fixture
        .resolve(&["--recipe", ":", "--not-applicable", "a\n::b"])
        .stdout;
    assert!(
        headline.starts_with(":\\u{3a} no upgrade") && !headline.contains("::"),
        "{headline}"
    );
    let packed = fixture.directory.join(".git/packed-refs");
    let mut content = b"# pack-refs with: peeled fully-peeled sorted \n".to_vec();
    for name in [
        &b"\x1b[31mred"[..],
        b"::set-output name=x::y",
        b"\xff\xfe",
        "\u{202e}9.9.9".as_bytes(),
        b"##vso[x]",
    ] {
        content.extend_from_slice(format!("{} refs/tags/", releases[0]).as_bytes());
        content.extend_from_slice(name);
        content.push(b'\n');
    }
    std::fs::write(packed, content).unwrap();
    let args = ["--canonical-version", "1.2.0+1"];

    let shown = fixture
        .resolve(&[&args[..], &["--explain"]].concat())
        .stdout;
    says(
        &shown,
        &[
            "  \\u{1b}[31mred: not a version",
            "  :\\u{3a}set-output name=x:\\u{3a}y: not a version",
        ],
    );
    says(
        &shown,
        &[
            "  \\xff\\xfe: its name is not UTF-8",
            "  \\u{202e}9.9.9: not",
            "  #\\u{23}vso[x]: not",
        ],
    );
    assert!(
        !shown.contains(['\u{1b}', '\u{202e}']) && !shown.contains("::"),
        "{shown}"
    );

    let json = fixture
        .resolve(&[&args[..], &["--format", "json"]].concat())
        .stdout;
    assert!(
        !json.contains(['\u{1b}', '\u{202e}']) && !json.contains("::"),
        "{json}"
    );
    let plan: Value = serde_json::from_str(&json).unwrap();
    let names: Vec<&str> = plan["history"]["ignored"]
        .as_array()
        .unwrap()
        .iter()
        .map(|ignored| ignored["tag"].as_str().unwrap())
        .collect();
    assert_eq!(
        names,
        [
            "\u{1b}[31mred",
            "::set-output name=x::y",
            "\\xff\\xfe",
            "\u{202e}9.9.9",
            "##vso[x]"
        ]
    );
    assert_eq!(plan["plan"]["version"], "1.1.0+1");
}

#[test]
fn an_answer_that_cannot_be_written_is_no_answer() {
    let (fixture, _) = steady();
    let full = std::fs::OpenOptions::new()
        .write(true)
        .open("/dev/full")
        .unwrap();
    let output = binary()
        .args(["resolve", "--repo", fixture.directory.to_str().unwrap()])
        .stdout(full)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(3));
    says(&text(&output.stderr), &["the answer cannot be written"]);
}

#[test]
fn nothing_in_the_repository_is_written_or_executed() {
    if git_is_missing() {
        return;
    }
    let (fixture, _) = steady();
    let canary = fixture.directory.with_file_name("executed");
    let command = format!("touch {}", canary.display());
    for key in [
        "core.fsmonitor",
        "core.pager",
        "core.sshCommand",
        "diff.external",
        "core.editor",
    ] {
        fixture.git(&["config", key, &command]);
    }
    fixture.git(&["config", "filter.evil.smudge", &command]);
    fixture.git(&["config", "include.path", "/dev/full"]);
    let list = || {
        let listed = Command::new("find")
            .arg(&fixture.directory)
            .args(["-printf", "%p %s %T@\n"])
            .output();
        text(&listed.unwrap().stdout)
    };
    let before = list();
    assert_eq!(
        fixture
            .resolve(&["--canonical-version", "1.2.0+1", "--explain"])
            .code,
        0
    );
    assert_eq!(list(), before);
    assert!(!canary.exists());
}

#[test]
fn arguments_that_make_no_sense_are_a_usage_error() {
    let (fixture, _) = steady();
    let cases: [&[&str]; 10] = [
        &["--fallback", "oldest"],
        &["--fallback", "\u{1b}[31m"],
        &["--format", "yaml"],
        &["--canonical", "x", "--canonical-version", "1.0.0"],
        &["--canonical-version", "latest"],
        &["--override", ""],
        &["--not-applicable", "  "],
        &["--unknown"],
        &["stray"],
        &["--demo", "--canonical-version", "1.0.0"],
    ];
    for args in cases {
        let run = fixture.resolve(args);
        assert_eq!(
            (run.code, run.stdout.as_str()),
            (2, ""),
            "{args:?}: {}",
            run.stderr
        );
        assert!(!run.stderr.contains('\u{1b}'), "{:?}", run.stderr);
    }
    assert_eq!(samever(&[], None).code, 2);
    assert_eq!(samever(&["--help"], None).code, 0);
}
