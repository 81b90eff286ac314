//! Bad input: a clear message, the right exit code, nothing written, no panic.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up has failed"
)]

mod support;

use std::process::Command;

use samever::TagKind;
use serde_json::Value;
use support::repositories::{Fixture, git, git_is_missing, samever, says, steady, text};

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
        "",
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
    let (fixture, releases) = steady();
    for (tag, commit) in [("1.0.5+a", releases[0]), ("1.0.5+b", releases[1])] {
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

/// Each is refused, and the remedy in the message makes a copy that is read.
#[test]
fn a_repository_of_a_kind_that_cannot_be_read_and_what_helps() {
    if git_is_missing() {
        return;
    }
    let kinds = [
        (
            "--object-format=sha256",
            "names its objects by SHA-256",
            "`git fast-export --all | git -C NEW fast-import`",
            "git init --quiet ../NEW && git fast-export --all | git -C ../NEW fast-import --quiet",
        ),
        (
            "--ref-format=reftable",
            "as a reftable",
            "`git clone --mirror --ref-format=files`",
            "git clone --quiet --mirror --ref-format=files . ../NEW",
        ),
    ];
    for (option, what, remedy, command) in kinds {
        let folder = tempfile::tempdir().unwrap();
        let old = folder.path().join("old");
        std::fs::create_dir(&old).unwrap();
        let made = git(
            &old,
            &["init", "--quiet", "--initial-branch=master", option, "."],
        );
        if !made.status.success() {
            // An older git cannot make one; then there is none to misread either.
            assert!(
                text(&made.stderr).contains("option"),
                "{}",
                text(&made.stderr)
            );
            continue;
        }
        assert!(
            git(&old, &["commit", "--quiet", "--allow-empty", "-m", "x"])
                .status
                .success()
        );
        let run = samever(&["resolve", "--repo", old.to_str().unwrap()], None);
        assert_eq!((run.code, run.stdout.as_str()), (3, ""), "{}", run.stderr);
        says(&run.stderr, &[what, "cannot read", remedy]);
        let mended = Command::new("sh")
            .current_dir(&old)
            .args(["-c", command])
            .status();
        assert!(mended.unwrap().success(), "{command}");
        let new = folder.path().join("NEW");
        let run = samever(
            &[
                "resolve",
                "--repo",
                new.to_str().unwrap(),
                "--head",
                "master",
            ],
            None,
        );
        assert_eq!(run.code, 0, "{}", run.stderr);
    }
}

#[test]
fn a_repository_that_git_itself_would_refuse() {
    if git_is_missing() {
        return;
    }
    let (fixture, _) = steady();
    fixture.git(&["config", "core.repositoryFormatVersion", "1"]);
    fixture.git(&["config", "extensions.objectFormat", "sha1"]);
    assert_eq!(fixture.resolve(&[]).code, 0);
    fixture.git(&["config", "extensions.fromTheFuture", "true"]);
    says(
        &fixture.refusal(&[]),
        &["has the extension fromthefuture", "cannot read"],
    );
    fixture.git_unchecked(&[
        "config",
        "--file",
        ".git/config",
        "--unset",
        "extensions.fromTheFuture",
    ]);
    fixture.git_unchecked(&[
        "config",
        "--file",
        ".git/config",
        "core.repositoryFormatVersion",
        "2",
    ]);
    says(
        &fixture.refusal(&[]),
        &["only versions 0 and 1 are supported"],
    );
}

#[test]
fn a_folder_with_a_broken_git_file_does_not_get_the_answer_of_the_one_above() {
    let (fixture, _) = steady();
    let module = fixture.directory.join("module");
    std::fs::create_dir_all(module.join("deeper")).unwrap();
    std::fs::write(module.join(".git"), "gitdir: ../.git/modules/gone\n").unwrap();
    for folder in [module.clone(), module.join("deeper")] {
        let run = samever(&["resolve", "--repo", folder.to_str().unwrap()], None);
        assert_eq!((run.code, run.stdout.as_str()), (3, ""));
        says(&run.stderr, &["is not a git repository"]);
    }
}

#[test]
fn a_damaged_main_branch_is_not_passed_over_for_another() {
    let (fixture, releases) = steady();
    fixture
        .builder
        .reference("refs/remotes/origin/master", releases[0])
        .unwrap();
    fixture
        .builder
        .reference("refs/remotes/origin/main", releases[2])
        .unwrap();
    let path = fixture.directory.join(".git/refs/remotes/origin/main");
    std::fs::write(path, "rubbish").unwrap();
    says(&fixture.refusal(&[]), &["origin/main", "cannot be read"]);
    assert_eq!(
        fixture.resolve(&["--canonical-version", "1.1.0+1"]).code,
        0,
        "nobody asks for it"
    );
}

#[test]
fn a_partial_clone_without_the_label_and_what_helps() {
    if git_is_missing() {
        return;
    }
    let (fixture, _) = steady();
    fixture.git(&["config", "uploadpack.allowFilter", "true"]);
    let source = format!("file://{}", fixture.directory.display());
    fixture.git(&[
        "clone",
        "--quiet",
        "--bare",
        "--filter=blob:none",
        &source,
        "../partial",
    ]);
    let partial = fixture.directory.with_file_name("partial");
    let code = |args: &[&str]| {
        let all = [&["resolve", "--repo", partial.to_str().unwrap()][..], args].concat();
        let run = samever(&all, None);
        (run.code, run.stderr)
    };
    let (refused, message) = code(&["--canonical-version", "1.2.0+1"]);
    assert_eq!(refused, 3);
    says(
        &message,
        &["compose.yml at", "`git fetch --refetch --no-filter --tags`"],
    );
    assert_eq!(
        code(&["--not-applicable", "x"]).0,
        0,
        "no version is needed"
    );
    assert_eq!(
        code(&["--override", "1.0.0+1"]).0,
        0,
        "no version is needed"
    );
    let mended = git(
        &partial,
        &["fetch", "--quiet", "--refetch", "--no-filter", "--tags"],
    );
    assert!(mended.status.success(), "{}", text(&mended.stderr));
    assert_eq!(
        code(&["--canonical-version", "1.2.0+1"]),
        (0, String::new())
    );
}

#[test]
fn a_missing_or_damaged_object() {
    if git_is_missing() {
        return;
    }
    let (fixture, releases) = steady();
    let object = |id: &str| {
        fixture
            .directory
            .join(".git/objects")
            .join(&id[..2])
            .join(&id[2..])
    };
    let blob = fixture.git(&["rev-parse", "HEAD:compose.yml"]);
    let blob = object(blob.trim());
    let whole = std::fs::read(&blob).unwrap();
    let mut permissions = std::fs::metadata(&blob).unwrap().permissions();
    #[expect(
        clippy::permissions_set_readonly_false,
        reason = "it goes with the folder"
    )]
    permissions.set_readonly(false);
    std::fs::set_permissions(&blob, permissions).unwrap();
    std::fs::write(&blob, &whole[..whole.len() / 2]).unwrap();
    says(
        &fixture.refusal(&[]),
        &["compose.yml at", "cannot be read", "git fsck"],
    );
    std::fs::write(&blob, b"rubbish").unwrap();
    says(&fixture.refusal(&[]), &["compose.yml at", "cannot be read"]);
    std::fs::remove_file(&blob).unwrap();
    says(
        &fixture.refusal(&[]),
        &["compose.yml at", "cannot be read", "git fsck"],
    );
    std::fs::write(&blob, whole).unwrap();

    let base = fixture.git(&["rev-parse", "1.1.0+1^{commit}"]);
    assert_eq!(base.trim(), releases[1].to_string());
    std::fs::remove_file(object(base.trim())).unwrap();
    let refusal = fixture.refusal(&["--canonical-version", "1.2.0+1"]);
    says(
        &refusal,
        &["the tag 1.1.0+1", "could not be found", "git fetch --force"],
    );
}

#[test]
fn a_tag_that_leads_to_a_tree_or_a_blob_is_refused_where_it_is_the_base() {
    if git_is_missing() {
        return;
    }
    let (fixture, _) = steady();
    fixture.git(&["tag", "1.1.1+1", "HEAD^{tree}"]);
    let refusal = fixture.refusal(&["--canonical-version", "1.2.0+1"]);
    says(
        &refusal,
        &[
            "the tag 1.1.1+1 leads to a tree, not to a commit",
            "delete the tag",
        ],
    );
    fixture.git(&["tag", "-a", "-m", "x", "1.1.2+1", "HEAD:compose.yml"]);
    let refusal = fixture.refusal(&["--canonical-version", "1.2.0+1"]);
    says(&refusal, &["the tag 1.1.2+1 leads to a blob"]);
    let plan = fixture.plan(&["--canonical-version", "1.1.0+1"]);
    assert_eq!(
        plan["plan"]["version"], "1.1.0+1",
        "it is in nobody's way otherwise"
    );
}

#[test]
fn a_tag_whose_reference_leads_nowhere_is_refused_where_it_is_the_base() {
    let (fixture, _) = steady();
    let loose = fixture.directory.join(".git/refs/tags/1.1.9");
    for content in [
        "",
        "rubbish",
        "ref: refs/tags/1.1.9\n",
        "ref: refs/tags/gone\n",
    ] {
        std::fs::write(&loose, content).unwrap();
        let refusal = fixture.refusal(&["--canonical-version", "1.2.0+1"]);
        says(&refusal, &["the tag 1.1.9 cannot be followed", "delete it"]);
        let plan = fixture.plan(&["--canonical-version", "1.1.0+1"]);
        assert_eq!(
            plan["history"]["published"], 4,
            "it is in nobody's way otherwise"
        );
    }
}

#[test]
fn a_truncated_or_damaged_list_of_tags_is_never_taken_for_the_whole() {
    if git_is_missing() {
        return;
    }
    let (fixture, _) = steady();
    fixture.git(&["pack-refs", "--all"]);
    let path = fixture.directory.join(".git/packed-refs");
    let whole = std::fs::read_to_string(&path).unwrap();
    let last = whole.lines().rfind(|line| !line.starts_with('^')).unwrap();
    let damaged = [
        whole[..whole.len() - 4].to_owned(),
        whole.trim_end().to_owned(),
        format!("{whole}short\n"),
        format!("{whole}{} refs/tags/0.1.0\n", "x".repeat(40)),
        format!("{whole}{}\n", last.replace(' ', "")),
        format!("{whole}\u{1b}{last}\n"),
    ];
    for content in &damaged {
        std::fs::write(&path, content).unwrap();
        let refusal = fixture.refusal(&["--canonical-version", "1.1.0+1"]);
        says(&refusal, &["cannot be read"]);
    }
    std::fs::write(&path, whole).unwrap();
    assert_eq!(
        fixture.plan(&["--canonical-version", "1.1.0+1"])["rung"],
        "canonical"
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
    let output = Command::new(env!("CARGO_BIN_EXE_samever"))
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
