//! The tier on hostile trees and with deployers that lie: what was pinned is
//! what must run, and nothing leaves the run's folder.

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::repositories::{Fixture, git_is_missing, says};
use samever::internals::{Previous, SimulatedDeployer};
use samever::recipe::{CanonicalRecord, Recipe, Request};
use samever::run::{
    Checkout, Conditions, DeployError, Deployed, Deployer, PreviousKind, Route, Run, RunError,
    RunRequest, STEP_BACK, Stage, Verdict, test_upgrade,
};
use samever::simulate::RepositoryBuilder;
use samever_core::{CommitId, Order, Policy, Version};
use tempfile::TempDir;

const NIGHT: Conditions = Conditions {
    enrolled: true,
    cold: true,
    quick: false,
    of_a_ref: false,
    started: true,
    unseen: false,
};

/// A folder for a run, and the recipe in it: three releases, of which the last
/// is the canonical, so that the base is the one before.
struct Night {
    fixture: Fixture,
    folder: TempDir,
    releases: Vec<CommitId>,
}

impl Night {
    fn new() -> Self {
        let mut fixture = Fixture::new();
        let releases = fixture.releases(&["1.0.0+1", "1.1.0+1", "1.2.0+1"]);
        let folder = TempDir::new().unwrap();
        fs::create_dir(folder.path().join("stack")).unwrap();
        Self {
            fixture,
            folder,
            releases,
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn run(&self, deployer: &mut dyn Deployer) -> Result<Run, RunError> {
        let recipe = Recipe::open(&self.fixture.directory).unwrap();
        let request = Request {
            recipe: None,
            head: "refs/heads/main".to_owned(),
            head_version: None,
            main: None,
            canonical: Some(CanonicalRecord {
                recipe: None,
                version: Version::parse("1.2.0+1").unwrap(),
                commit: None,
                origin: None,
            }),
            override_version: None,
            declared: None,
            excluded: Vec::new(),
            policy: Policy::default(),
        };
        let ci_folder = self.path("ci");
        test_upgrade(
            &recipe,
            &RunRequest {
                request: &request,
                resolver: STEP_BACK,
                conditions: NIGHT,
                route: &Route::Straight,
                ci_folder: Some(&ci_folder),
                work_folder: self.folder.path(),
            },
            deployer,
        )
    }

    fn deployer(&self) -> SimulatedDeployer {
        SimulatedDeployer::new(&self.path("stack"))
    }
}

/// Deploys something else than it was given, and says nothing about it.
struct Liar<F> {
    deployer: SimulatedDeployer,
    instead: F,
}

impl<F: Fn(&Path) -> PathBuf> Deployer for Liar<F> {
    fn deploy(&mut self, stage: Stage, pinned: &Checkout) -> Result<(), DeployError> {
        let folder = (self.instead)(&pinned.folder);
        let pinned = pinned.clone();
        self.deployer.deploy(stage, &Checkout { folder, ..pinned })
    }

    fn check(&mut self, stage: Stage) -> Result<(), DeployError> {
        self.deployer.check(stage)
    }

    fn deployed(&mut self) -> Result<Deployed, DeployError> {
        self.deployer.deployed()
    }
}

#[track_caller]
fn red(run: &Run) -> (&'static str, &str) {
    match &run.verdict {
        Verdict::Red { stage, why } => (stage.name(), why),
        Verdict::Green | Verdict::Skipped => panic!("{:?}", run.verdict),
    }
}

#[test]
fn a_deployer_that_deploys_the_latest_instead_of_the_base_is_red() {
    let night = Night::new();
    let mut liar = Liar {
        deployer: night.deployer(),
        instead: |tree: &Path| tree.with_file_name("head"),
    };
    let run = night.run(&mut liar).unwrap();
    let why = "as the base, the stack runs 1.2.0+1, not 1.1.0+1, which was pinned";
    assert_eq!(red(&run), ("wrong-version", why));
}

#[test]
fn a_deployer_that_leaves_the_base_running_is_red() {
    let night = Night::new();
    let mut liar = Liar {
        deployer: night.deployer(),
        instead: |tree: &Path| tree.with_file_name("base"),
    };
    let run = night.run(&mut liar).unwrap();
    let why = "as the head, the stack runs 1.1.0+1, not 1.2.0+1, which was pinned";
    assert_eq!(red(&run), ("wrong-version", why));
}

#[test]
fn a_deployer_that_changes_a_file_under_the_same_label_is_red() {
    let night = Night::new();
    let mut liar = Liar {
        deployer: night.deployer(),
        instead: |tree: &Path| {
            fs::write(tree.join("added"), "x").unwrap();
            tree.to_owned()
        },
    };
    let run = night.run(&mut liar).unwrap();
    let why = "as the base, the stack runs other files than those that were pinned";
    assert_eq!(red(&run), ("wrong-version", why));
}

#[test]
fn a_deployer_that_does_not_work_is_no_finding_about_the_recipe() {
    struct SubjectError;
    impl Deployer for SubjectError {
        fn deploy(&mut self, _: Stage, _: &Checkout) -> Result<(), DeployError> {
            Err(DeployError::Unusable("the engine is gone".to_owned()))
        }
        fn check(&mut self, _: Stage) -> Result<(), DeployError> {
            Ok(())
        }
        fn deployed(&mut self) -> Result<Deployed, DeployError> {
            unreachable!("nothing was deployed")
        }
    }
    let error = Night::new().run(&mut SubjectError).unwrap_err();
    assert!(error.is_of_the_machine());
    assert_eq!(
        error.to_string(),
        "the deployer does not work: the engine is gone; nothing is known about the upgrade"
    );
}

#[test]
fn a_work_folder_that_is_not_there_is_the_machines_fault() {
    let night = Night::new();
    let mut deployer = night.deployer();
    fs::remove_dir_all(night.folder.path()).unwrap();
    let error = night.run(&mut deployer).unwrap_err();
    says(
        &error.to_string(),
        &["head cannot be written: No such file"],
    );
    assert!(error.is_of_the_machine());
}

#[test]
fn an_overlay_that_cannot_be_copied_is_the_machines_fault() {
    let night = Night::new();
    let previous = night.path("ci/previous");
    fs::create_dir_all(&previous).unwrap();
    fs::write(previous.join("VERSION"), "latest").unwrap();
    let error = night.run(&mut night.deployer()).unwrap_err();
    assert!(!error.is_of_the_machine(), "{error}");
    fs::remove_dir_all(night.path("head")).unwrap();
    fs::remove_dir_all(night.path("base")).unwrap();
    fs::remove_file(previous.join("VERSION")).unwrap();
    fs::create_dir(previous.join("VERSION")).unwrap();
    let error = night.run(&mut night.deployer()).unwrap_err();
    assert!(error.is_of_the_machine(), "{error}");
}

#[test]
fn two_commits_with_the_same_files_are_a_no_op_also_without_a_label() {
    let night = Night::new();
    let directory = night.path("unlabelled");
    let mut builder = RepositoryBuilder::init(&directory, true).unwrap();
    let files: [(&str, &[u8]); 1] = [("README.md", b"x")];
    let main = builder.commit(None, &files).unwrap();
    let head = builder.commit(Some(main), &files).unwrap();
    builder.reference("refs/heads/main", main).unwrap();
    builder.reference("refs/pull/1/head", head).unwrap();
    let request = Request {
        recipe: None,
        head: "refs/pull/1/head".to_owned(),
        head_version: None,
        main: None,
        canonical: None,
        override_version: None,
        declared: None,
        excluded: Vec::new(),
        policy: Policy::default(),
    };
    let run = test_upgrade(
        &Recipe::open(&directory).unwrap(),
        &RunRequest {
            request: &request,
            resolver: STEP_BACK,
            conditions: NIGHT,
            route: &Route::Straight,
            ci_folder: None,
            work_folder: night.folder.path(),
        },
        &mut night.deployer(),
    )
    .unwrap();
    let (stage, why) = red(&run);
    assert_eq!(stage, "no-delta");
    says(why, &["base and head have the same files"]);
}

#[test]
fn the_evidence_is_what_git_has_and_what_the_stack_runs() {
    if git_is_missing() {
        return;
    }
    let night = Night::new();
    let run = night.run(&mut night.deployer()).unwrap();
    assert_eq!(run.verdict, Verdict::Green);
    let base = run.evidence.base.unwrap();
    assert_eq!(base.commit, night.releases[1]);
    let tree = night.fixture.git(&["rev-parse", "1.1.0+1^{tree}"]);
    assert_eq!(base.tree.to_string(), tree.trim());
    let deployed = base.deployed.unwrap();
    assert_eq!(deployed.tree, Some(base.tree));
    assert_eq!(deployed.version.unwrap().unwrap().to_string(), "1.1.0+1");
    let head = run.evidence.head.unwrap().deployed.unwrap();
    assert_eq!(head.data_version.unwrap().to_string(), "1.2.0+1");
}

#[cfg(unix)]
#[test]
fn hooks_and_filters_of_the_repository_are_not_run() {
    use std::os::unix::fs::PermissionsExt;

    if git_is_missing() {
        return;
    }
    let night = Night::new();
    let ran = night.path("ran");
    let script = format!("touch {}", ran.display());
    for key in [
        "filter.evil.smudge",
        "filter.evil.clean",
        "core.fsmonitor",
        "core.sshCommand",
    ] {
        night.fixture.git(&["config", key, &script]);
    }
    night
        .fixture
        .git(&["config", "filter.evil.required", "true"]);
    let git_folder = night.fixture.directory.join(".git");
    fs::create_dir_all(git_folder.join("info")).unwrap();
    fs::write(git_folder.join("info/attributes"), "* filter=evil\n").unwrap();
    fs::create_dir_all(git_folder.join("hooks")).unwrap();
    for hook in [
        "post-checkout",
        "post-index-change",
        "reference-transaction",
    ] {
        let path = git_folder.join("hooks").join(hook);
        fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }
    let run = night.run(&mut night.deployer()).unwrap();
    assert_eq!(run.verdict, Verdict::Green);
    assert!(!ran.exists());
}

#[test]
fn previous_replaces_files_of_the_base_and_must_be_readable() {
    let night = Night::new();
    let previous = night.path("ci/previous");
    fs::create_dir_all(previous.join("config")).unwrap();
    fs::write(previous.join("config/old.conf"), "old").unwrap();
    fs::write(previous.join("VERSION"), "v1.1.0+1\n").unwrap();
    let run = night.run(&mut night.deployer()).unwrap();
    assert_eq!(run.verdict, Verdict::Green);
    assert_eq!(run.evidence.previous, PreviousKind::Applied);
    assert_eq!(
        fs::read_to_string(night.path("base/config/old.conf")).unwrap(),
        "old"
    );
    assert!(!night.path("head/config").exists());
    assert!(!night.path("base/VERSION").exists());

    let ci_folder = night.path("ci");
    let refusal = || {
        Previous::read(&ci_folder, Order::CoopCloud)
            .unwrap_err()
            .to_string()
    };
    fs::write(previous.join("VERSION"), "latest").unwrap();
    says(
        &refusal(),
        &[
            "VERSION holds latest, which is no version",
            "remove the folder previous/",
        ],
    );
    fs::write(previous.join("VERSION"), [b'1'; 2000]).unwrap();
    says(&refusal(), &["is over 1 KiB"]);
    fs::write(previous.join("VERSION"), b"\xff").unwrap();
    says(&refusal(), &["not UTF-8"]);
    fs::remove_file(previous.join("VERSION")).unwrap();
    says(&refusal(), &["VERSION cannot be read: No such file"]);
    fs::write(previous.join("VERSION"), "\u{feff}\n").unwrap();
    says(&refusal(), &["VERSION is empty"]);
    fs::write(previous.join("VERSION"), "\u{feff}1.1.0+1\r\n").unwrap();
    let marked = Previous::read(&ci_folder, Order::CoopCloud)
        .unwrap()
        .unwrap();
    assert_eq!(marked.version().to_string(), "1.1.0+1");
}

#[cfg(unix)]
#[test]
fn a_previous_that_is_there_and_no_folder_is_not_taken_for_none() {
    let ci_folder = tempfile::tempdir().unwrap();
    let previous = ci_folder.path().join("previous");
    assert!(
        Previous::read(ci_folder.path(), Order::CoopCloud)
            .unwrap()
            .is_none()
    );
    let refusal = || {
        Previous::read(ci_folder.path(), Order::CoopCloud)
            .unwrap_err()
            .to_string()
    };
    fs::write(&previous, "1.0.0").unwrap();
    says(&refusal(), &["previous is no folder"]);
    for target in ["nowhere", "previous", "/dev/null"] {
        fs::remove_file(&previous).unwrap();
        std::os::unix::fs::symlink(target, &previous).unwrap();
        says(&refusal(), &["a link that leads to none"]);
    }
}

#[cfg(unix)]
#[test]
fn previous_is_never_laid_through_a_link_of_the_tree() {
    use std::os::unix::fs::symlink;
    let folder = TempDir::new().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::create_dir_all(at("ci/previous/dir")).unwrap();
    fs::create_dir_all(at("tree")).unwrap();
    fs::create_dir_all(at("outside")).unwrap();
    fs::write(at("outside/file"), "mine").unwrap();
    fs::write(at("ci/previous/VERSION"), "1.0.0").unwrap();
    fs::write(at("ci/previous/dir/file"), "theirs").unwrap();
    fs::write(at("ci/previous/file"), "theirs").unwrap();
    symlink(at("outside"), at("tree/dir")).unwrap();
    symlink(at("outside/file"), at("tree/file")).unwrap();
    let previous = Previous::read(&at("ci"), Order::CoopCloud)
        .unwrap()
        .unwrap();
    previous.apply(&at("tree")).unwrap();
    assert_eq!(fs::read_to_string(at("outside/file")).unwrap(), "mine");
    assert_eq!(fs::read_to_string(at("tree/dir/file")).unwrap(), "theirs");
    assert_eq!(fs::read_to_string(at("tree/file")).unwrap(), "theirs");

    symlink("/etc/hostname", at("ci/previous/link")).unwrap();
    let error = previous.apply(&at("tree")).unwrap_err().to_string();
    says(&error, &["link is neither a file nor a folder"]);
}

#[test]
fn a_simulation_file_that_cannot_be_understood_is_the_recipes_fault() {
    let mut night = Night::new();
    let tree: [(&str, &[u8]); 2] = [
        (
            "compose.yml",
            b"services: {app: {deploy: {labels: {coop-cloud.a.version: 1.2.0+1}}}}",
        ),
        ("simulation.yml", b"fails-to-deplpy: true"),
    ];
    let builder = &mut night.fixture.builder;
    let head = builder.commit(None, &tree).unwrap();
    builder.reference("refs/heads/main", head).unwrap();
    let run = night.run(&mut night.deployer()).unwrap();
    let (stage, why) = red(&run);
    assert_eq!(stage, "upgrade");
    says(
        why,
        &[
            "simulation.yml cannot be understood",
            "there is no key `fails-to-deplpy`; the keys are fails-to-deploy, ",
        ],
    );
}
