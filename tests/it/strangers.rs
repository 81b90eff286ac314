//! Recipes of strangers, through the real commands: nothing of one is executed,
//! nothing is written outside the run's folder, and nothing reaches a shell.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::support::lab::Lab;
use crate::support::night::{Night, assert_verdicts};
use crate::support::repositories::{git_is_missing, says};
use samever::simulate::TagKind;

/// A lab whose programs tell what they were given; `outside` must stay as it is.
fn lab() -> (Lab, String) {
    let lab = Lab::new();
    fs::create_dir(lab.path("outside")).unwrap();
    fs::write(lab.path("outside/file"), "mine").unwrap();
    let deploy = lab.program("deploy", "echo $SAMEVER_STAGE >> deployed");
    (lab, deploy)
}

#[track_caller]
fn assert_untouched(lab: &Lab) {
    assert_eq!(lab.read("outside/file"), "mine");
    assert_eq!(fs::read_dir(lab.path("outside")).unwrap().count(), 1);
    assert!(!lab.path("pwned").exists());
    assert!(!lab.fixture.directory.join("pwned").exists());
}

/// The id of a new object that git itself would not make.
fn object(lab: &Lab, kind: &str, content: &[u8]) -> String {
    let file = lab.fixture.file("object", content);
    let args = ["hash-object", "-w", "--literally", "-t", kind, &file];
    lab.fixture.git(&args).trim().to_owned()
}

fn entry(mode: &str, name: &[u8], id: &str) -> Vec<u8> {
    let id = (0..40)
        .step_by(2)
        .map(|at| u8::from_str_radix(&id[at..at + 2], 16).unwrap());
    let id: Vec<u8> = id.collect();
    [mode.as_bytes(), b" ", name, b"\0", &id].concat()
}

/// Mode, name, content.
type TreeEntry<'a> = (&'a str, &'a [u8], &'a [u8]);

/// A commit whose tree has the label of a version, and these entries (mode,
/// name, content).
fn commit(lab: &Lab, version: &str, entries: &[TreeEntry<'_>]) -> String {
    let label =
        format!("services: {{app: {{deploy: {{labels: ['coop-cloud.x.version={version}']}}}}}}");
    let compose = object(lab, "blob", label.as_bytes());
    let mut tree = vec![(
        b"compose.yml".to_vec(),
        entry("100644", b"compose.yml", &compose),
    )];
    for (mode, name, content) in entries {
        let id = match *mode {
            "160000" => "1".repeat(40),
            "40000" => {
                let blob = object(lab, "blob", content);
                object(lab, "tree", &entry("100644", b"file", &blob))
            }
            _ => object(lab, "blob", content),
        };
        tree.push((name.to_vec(), entry(mode, name, &id)));
    }
    // As git sorts them, or they are refused for that alone.
    tree.sort();
    let tree: Vec<_> = tree.into_iter().flat_map(|(_, entry)| entry).collect();
    let tree = object(lab, "tree", &tree);
    let commit = lab.fixture.git(&["commit-tree", "-m", "x", &tree]);
    commit.trim().to_owned()
}

#[test]
fn a_tree_that_would_leave_the_runs_folder_is_refused_as_head_and_as_base() {
    if git_is_missing() {
        return;
    }
    let long = [b'x'; 300];
    let outside = std::path::Path::new("/etc/hostname").as_os_str();
    let outside = outside.as_encoded_bytes();
    let cases: [(&[TreeEntry<'_>], &str); 10] = [
        (
            &[("120000", b"link", b"../../outside/file")],
            "link is a symbolic link out of the tree",
        ),
        (
            &[("120000", b"link", outside)],
            "link is a symbolic link out of the tree",
        ),
        (
            &[("120000", b"d", b"../.."), ("40000", b"e", b"x")],
            "d is a symbolic link out of",
        ),
        (&[("40000", b".git", b"x")], "has a dangerous name"),
        (&[("40000", b".GiT", b"x")], "has a dangerous name"),
        (
            &[("100644", b"../../outside/file", b"theirs")],
            "has a dangerous name",
        ),
        (&[("40000", b"..", b"theirs")], "has a dangerous name"),
        (
            &[("100644", b"README", b"1"), ("100644", b"readme", b"2")],
            "in upper and lower case only",
        ),
        (
            &[("100644", &long, b"x")],
            "has a name or a path that is too long",
        ),
        (&[("160000", b"sub", b"")], "sub is a submodule"),
    ];
    for (entries, message) in cases {
        let (lab, deploy) = lab();
        let hostile = commit(&lab, "1.3.0+1", entries);
        lab.fixture
            .git(&["update-ref", "refs/pull/1/head", &hostile]);
        let args = ["--canonical-version", "1.2.0+1", "--deploy", &deploy];
        let head = [&args[..], &["--pr", "refs/pull/1/head"]].concat();
        let run = lab.upgrade(&head);
        assert_eq!((run.code, run.stdout.as_str()), (3, ""), "{message}");
        says(&run.stderr, &["cannot be deployed", message]);
        assert_untouched(&lab);
        assert!(!lab.path("deployed").exists());

        let hostile = commit(&lab, "1.1.0+1", entries);
        lab.fixture.git(&["tag", "--force", "1.1.0+1", &hostile]);
        let run = lab.upgrade(&["--override", "1.1.0+1", "--deploy", &deploy]);
        assert_eq!(run.code, 3, "{message}");
        says(&run.stderr, &["cannot be deployed", message]);
        assert_untouched(&lab);
        assert!(!lab.path("deployed").exists());
    }
}

/// What git would run for a repository whose configuration says so.
const RUN_BY_GIT: [&str; 12] = [
    "filter.lfs.smudge",
    "filter.lfs.clean",
    "filter.lfs.process",
    "core.fsmonitor",
    "core.sshCommand",
    "core.pager",
    "core.editor",
    "core.gitProxy",
    "credential.helper",
    "uploadpack.packObjectsHook",
    "diff.lfs.textconv",
    "alias.status",
];

#[test]
fn hooks_filters_and_helpers_that_a_repository_configures_are_not_run() {
    if git_is_missing() {
        return;
    }
    let (lab, deploy) = lab();
    let pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n";
    let head = commit(
        &lab,
        "1.3.0+1",
        &[
            (
                "100644",
                b".gitattributes",
                b"* filter=lfs diff=lfs merge=lfs ident\n",
            ),
            (
                "100644",
                b".lfsconfig",
                b"[lfs]\n\turl = https://example.org/pwned\n",
            ),
            ("100644", b"big.bin", pointer),
        ],
    );
    lab.fixture.git(&["update-ref", "refs/heads/main", &head]);
    let script = format!("touch {}", lab.path("pwned").display());
    for key in RUN_BY_GIT {
        lab.fixture.git(&["config", key, &script]);
    }
    let hooks = lab.fixture.directory.join(".git/hooks");
    fs::create_dir_all(&hooks).unwrap();
    for hook in [
        "post-checkout",
        "post-index-change",
        "reference-transaction",
        "pre-auto-gc",
    ] {
        let path = hooks.join(hook);
        fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }
    let show = lab.program("show", "cat \"$SAMEVER_TREE/big.bin\" > shown || :");
    for deployer in [
        &["--deployer", "tree"][..],
        &["--deploy", &deploy, "--check", &show],
    ] {
        let args = [&["--canonical-version", "1.2.0+1"], deployer].concat();
        let (code, outcome) = lab.outcome(&args);
        assert_eq!(
            (code, outcome["verdict"].as_str()),
            (0, Some("green")),
            "{outcome:#}"
        );
        assert_untouched(&lab);
    }
    assert_eq!(
        lab.read("shown").as_bytes(),
        pointer,
        "it is deployed as it stands"
    );
}

#[test]
fn names_with_commands_in_them_reach_no_shell_and_no_terminal() {
    let (mut lab, _) = lab();
    let builder = &mut lab.fixture.builder;
    let head = builder.release(None, "1.3.0+1").unwrap();
    let names = [
        "$(touch${IFS}pwned)",
        "`touch${IFS}pwned`",
        "a;touch${IFS}pwned",
        "'\"$IFS&&touch|pwned",
    ];
    for name in names {
        builder
            .reference(&format!("refs/heads/{name}"), head)
            .unwrap();
        builder.tag(name, head, TagKind::Lightweight).unwrap();
        builder
            .tag(&format!("1.0.0+{name}"), head, TagKind::Lightweight)
            .unwrap();
    }
    // Everything that a program is told, as a shell would take it.
    let deploy = lab.program("deploy", "env | grep SAMEVER_ >> told; eval true");
    for name in names {
        let reference = format!("refs/heads/{name}");
        let args = [
            "--pr",
            &reference,
            "--canonical-version",
            "1.2.0+1",
            "--deploy",
            &deploy,
        ];
        let (code, outcome) = lab.outcome(&args);
        assert_eq!((code, outcome["verdict"].as_str()), (0, Some("green")));
        assert_untouched(&lab);
    }
    assert!(
        !lab.read("told").contains("touch"),
        "no program is told such a name"
    );
}

#[test]
fn a_program_by_a_relative_path_is_never_the_recipes() {
    if git_is_missing() {
        return;
    }
    let (lab, _) = lab();
    let script = format!("#!/bin/sh\ntouch {}\n", lab.path("pwned").display());
    let head = commit(
        &lab,
        "1.3.0+1",
        &[("100755", b"deploy.sh", script.as_bytes())],
    );
    lab.fixture.git(&["update-ref", "refs/heads/main", &head]);
    let run = lab.upgrade(&["--canonical-version", "1.2.0+1", "--deploy", "./deploy.sh"]);
    assert_eq!(run.code, 3);
    says(
        &run.stderr,
        &["the program of --deploy ./deploy.sh cannot be run"],
    );
    assert_untouched(&lab);
}

#[test]
fn an_origin_with_an_odd_name_keeps_its_logs_in_their_folder() {
    let (lab, deploy) = lab();
    fs::create_dir(lab.path("outside/logs")).unwrap();
    fs::write(lab.path("outside/head-deploy.log"), "mine").unwrap();
    for (origin, folder) in [
        ("https://example.org/..", "--"),
        ("/srv/a b$(x)", "a-b--x-"),
    ] {
        let config = format!("[remote \"origin\"]\n\turl = {origin}\n");
        let path = lab.fixture.directory.join(".git/config");
        let mut text = fs::read_to_string(&path).unwrap();
        text = text.split("[remote").next().unwrap().to_owned();
        fs::write(&path, text + &config).unwrap();
        let run = lab.upgrade(&["--deploy", &deploy, "--logs", "outside/logs"]);
        assert_eq!(run.code, 0, "{}", run.stderr);
        assert!(
            lab.path("outside/logs")
                .join(folder)
                .join("head-deploy.log")
                .exists()
        );
        assert_eq!(lab.read("outside/head-deploy.log"), "mine");
        // It is no name of a record, and the folder's name is one.
        let run = lab.upgrade(&["--state", "state", "--enrolled"]);
        assert_eq!(run.code, 0, "{}", run.stderr);
        let records = fs::read_dir(lab.path("state/canonical")).unwrap();
        let records: Vec<_> = records.map(|record| record.unwrap().file_name()).collect();
        assert_eq!(records, ["custom-html.json"]);
        fs::remove_dir_all(lab.path("state/canonical")).unwrap();
    }
}

#[test]
fn a_version_that_the_stack_reports_is_a_strangers_too() {
    let (lab, _) = lab();
    let deploy = lab.program(
        "deploy",
        "printf '\\033[2J::set-output name=x::\\n' > \"$SAMEVER_DEPLOYED_VERSION\"",
    );
    let args = ["--canonical-version", "1.2.0+1", "--deploy", &deploy];
    let run = lab.upgrade(&[&args[..], &["--report", "a.json", "a.xml"]].concat());
    assert_eq!(run.code, 1);
    for text in [&run.stdout, &lab.read("a.json"), &lab.read("a.xml")] {
        assert!(
            !text.contains('\u{1b}') && !text.contains("::set-output"),
            "{text}"
        );
    }
}

#[test]
fn a_simulation_file_in_a_recipe_steers_no_real_run() {
    let mut lab = Lab::new();
    let simulation = b"fails-to-deploy: true\nfails-its-check: true\n";
    let compose = b"services: {app: {deploy: {labels: {coop-cloud.x.version: 1.3.0+1}}}}";
    let builder = &mut lab.fixture.builder;
    let tree: [(&str, &[u8]); 2] = [("compose.yml", compose), ("simulation.yml", simulation)];
    let head = builder.commit(None, &tree).unwrap();
    builder.tag("1.3.0+1", head, TagKind::Annotated).unwrap();
    builder.reference("refs/heads/main", head).unwrap();
    let version = ["--canonical-version", "1.2.0+1"];
    let (code, outcome) = lab.outcome(&version);
    assert_eq!((code, outcome["verdict"].as_str()), (0, Some("green")));
    assert_eq!(outcome["plan"]["version"], "1.2.0+1");

    let night = Night::of(&[]);
    let catalogued = night.path("catalogue/recipe");
    std::os::unix::fs::symlink(&lab.fixture.directory, catalogued).unwrap();
    night.write(
        "catalogue/catalogue.yaml",
        "recipes: {recipe: {override: 1.2.0+1}}",
    );
    let (code, report) = night.report(&[]);
    assert_eq!(code, 0, "{report}");
    assert_verdicts(&report, &[("recipe", "green")]);
}
