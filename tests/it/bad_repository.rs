//! Repositories that are damaged, incomplete or of another kind: refused with a
//! remedy, never misread.

use std::process::Command;

use crate::support::repositories::{git, git_is_missing, samever, says, steady, text};

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
fn a_folder_with_a_broken_git_file_gets_no_answer_from_above() {
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
    let (mut fixture, releases) = steady();
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
    fixture.unpack();
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
    let refusal = fixture.refusal(&["--override", "1.1.1+1"]);
    says(
        &refusal,
        &[
            "the tag 1.1.1+1 leads to a tree, not to a commit",
            "delete the tag",
        ],
    );
    fixture.git(&["tag", "-a", "-m", "x", "1.1.2+1", "HEAD:compose.yml"]);
    let refusal = fixture.refusal(&["--override", "1.1.2+1"]);
    says(&refusal, &["the tag 1.1.2+1 leads to a blob"]);
    let plan = fixture.plan(&["--canonical-version", "1.2.0+1"]);
    assert_eq!(plan["plan"]["version"], "1.1.0+1", "both are passed over");
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
