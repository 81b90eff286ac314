//! A Docker Swarm named in the environment, and recipes for it.

use std::fs;
use std::io::Write;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use samever::simulate::{RepositoryBuilder, TagKind};
use serde_json::Value;
use tempfile::TempDir;

use super::folder::{Folder, binary, state_of, text};

/// Names the engine: nothing else is ever touched.
const VARIABLE: &str = "SAMEVER_TEST_DOCKER";

/// The address of the engine, with the images of the recipes on it; without one,
/// says so, and how to run these tests.
pub(crate) fn engine() -> Option<&'static str> {
    static ENGINE: OnceLock<Option<String>> = OnceLock::new();
    let engine = ENGINE.get_or_init(|| {
        let address = std::env::var(VARIABLE).ok().filter(|text| !text.is_empty());
        if address.is_none() {
            let line = "no Docker Swarm is named, so the tests on one were left out: run them with \
                        .ci/swarm (as root, it starts an engine of its own), or name an engine's \
                        address in SAMEVER_TEST_DOCKER\n";
            std::io::stderr().write_all(line.as_bytes()).unwrap();
        }
        address.inspect(|address| make_images(address))
    });
    engine.as_deref()
}

/// Two images of one static busybox, made from nothing, so that nothing is
/// pulled.
fn make_images(engine: &str) {
    let folder = TempDir::new().unwrap();
    let busybox = std::env::var("SAMEVER_TEST_BUSYBOX").unwrap_or("/bin/busybox".to_owned());
    fs::copy(&busybox, folder.path().join("busybox")).expect("busybox-static is installed");
    let dockerfile = "FROM scratch\nCOPY busybox /bin/busybox\n";
    fs::write(folder.path().join("Dockerfile"), dockerfile).unwrap();
    let path = folder.path().to_str().unwrap();
    docker(
        engine,
        &["build", "--quiet", "--tag", "samever-test:1", path],
    );
    docker(engine, &["tag", "samever-test:1", "samever-test:2"]);
}

/// Calls docker, which must be fine, and returns what it prints.
#[track_caller]
pub(crate) fn docker(engine: &str, args: &[&str]) -> String {
    let output = Command::new("docker")
        .args(args)
        .env("DOCKER_HOST", engine)
        .output()
        .unwrap();
    assert!(output.status.success(), "docker {args:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// Everything on an engine whose name has a word in it.
pub(crate) fn things(engine: &str, word: &str) -> Vec<String> {
    let mut things = Vec::new();
    for kind in [
        "service",
        "container",
        "volume",
        "secret",
        "config",
        "network",
    ] {
        let name = if kind == "container" {
            "{{.Names}}"
        } else {
            "{{.Name}}"
        };
        let mut args = vec![kind, "ls", "--format", name];
        if kind == "container" {
            args.push("--all");
        }
        let names = docker(engine, &args);
        let names = names.lines().filter(|name| name.contains(word));
        things.extend(names.map(|name| format!("{kind} {name}")));
    }
    things
}

/// A version of a recipe: its image, what its service does, and further lines of
/// the service and of the file, each with their indentation.
#[derive(Clone, Copy)]
pub(crate) struct Release {
    pub(crate) version: &'static str,
    pub(crate) image: &'static str,
    pub(crate) script: &'static str,
    pub(crate) of_service: &'static str,
    pub(crate) of_file: &'static str,
}

impl Release {
    pub(crate) fn files(&self) -> Vec<(String, Vec<u8>)> {
        let Release {
            version,
            image,
            script,
            of_service,
            of_file,
        } = self;
        let compose = format!(
            "version: '3.8'\nservices:\n  app:\n    image: {image}\n    command: [/bin/busybox, sh, -c, \
             {}]\n    volumes: ['data:/data']\n    stop_grace_period: 2s\n{of_service}    deploy:\n      \
             labels: ['coop-cloud.${{STACK_NAME}}.version={version}']\n      restart_policy: {{delay: \
             200ms}}\n      update_config: {{monitor: 1s}}\nvolumes:\n  data: {{}}\n{of_file}",
            Value::from(*script)
        );
        let sample = "TYPE=x\nGREETING=hello # a comment\nPW_VERSION=v1\nLD_PRELOAD=./evil.so\n";
        [("compose.yml", compose), (".env.sample", sample.to_owned())]
            .map(|(path, text)| (path.to_owned(), text.into_bytes()))
            .into()
    }
}

/// A version that works.
pub(crate) const fn works(version: &'static str, image: &'static str) -> Release {
    Release {
        version,
        image,
        script: RUN,
        of_service: "",
        of_file: "",
    }
}

/// Runs until it is asked to end. A dollar is doubled for docker.
pub(crate) const RUN: &str = "trap 'exit 0' TERM; while :; do sleep 0.2; done";

/// A recipe for a Swarm, with its state.
pub(crate) struct SwarmRecipe {
    pub(crate) engine: &'static str,
    name: String,
    folder: Folder,
    builder: RepositoryBuilder,
}

impl Deref for SwarmRecipe {
    type Target = Folder;

    fn deref(&self) -> &Folder {
        &self.folder
    }
}

impl SwarmRecipe {
    pub(crate) fn new(engine: &'static str, name: &str, versions: &[Release]) -> Self {
        let mut recipe = Self::empty(engine, name);
        for version in versions {
            recipe.publish(version);
        }
        recipe
    }

    /// A recipe without a version.
    pub(crate) fn empty(engine: &'static str, name: &str) -> Self {
        let folder = Folder::new();
        let builder = RepositoryBuilder::init(&folder.path(name), true).unwrap();
        fs::create_dir(folder.path("tmp")).unwrap();
        state_of(&folder.path("state"));
        Self {
            engine,
            name: name.to_owned(),
            folder,
            builder,
        }
    }

    /// Tags a version, and moves main to it.
    pub(crate) fn publish(&mut self, version: &Release) {
        self.publish_files(version.version, &version.files());
    }

    /// Tags a version of these files, and moves main to it.
    pub(crate) fn publish_files(&mut self, version: &str, files: &[(String, Vec<u8>)]) {
        let commit = self.commit(files);
        self.builder
            .tag(version, commit, TagKind::Annotated)
            .unwrap();
        self.builder.reference("refs/heads/main", commit).unwrap();
    }

    /// Points a pull request to a version that is not published.
    pub(crate) fn pull_request(&mut self, version: &Release) {
        self.pull_request_files(&version.files());
    }

    /// Points a pull request to these files.
    pub(crate) fn pull_request_files(&mut self, files: &[(String, Vec<u8>)]) {
        let commit = self.commit(files);
        self.builder.reference("refs/pull/1/head", commit).unwrap();
    }

    fn commit(&mut self, files: &[(String, Vec<u8>)]) -> samever_core::CommitId {
        let files = files
            .iter()
            .map(|(path, content)| (path.as_str(), content.as_slice()));
        let files: Vec<_> = files.collect();
        self.builder.commit(None, &files).unwrap()
    }

    pub(crate) fn repository(&self) -> PathBuf {
        self.path(&self.name)
    }

    /// `samever upgrade` of the recipe on the Swarm.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = upgrade(self.engine, &self.path("tmp"));
        command
            .args([
                "--deployer",
                "swarm",
                "--resolve-image",
                "never",
                "--enrolled",
            ])
            .args(["--state", "state", "--repo"])
            .arg(self.repository());
        for (name, value) in [("--settle", "1"), ("--timeout", "60")] {
            if !args.contains(&name) {
                command.args([name, value]);
            }
        }
        command.args(args).current_dir(self.root());
        command
    }

    /// Runs it, which must leave nothing on the engine and in the folder of
    /// temporary ones. Where a busy engine had no network for a task, it is run again.
    #[track_caller]
    pub(crate) fn outcome(&self, args: &[&str]) -> (i32, Value, String) {
        let mut outcome = self.one_outcome(args);
        for _ in 0..2 {
            let why = outcome.1["why"].as_str().unwrap_or_default();
            if !why.contains("node is missing network attachments") {
                break;
            }
            outcome = self.one_outcome(args);
        }
        outcome
    }

    #[track_caller]
    fn one_outcome(&self, args: &[&str]) -> (i32, Value, String) {
        let output = self
            .command(args)
            .args(["--format", "json"])
            .output()
            .unwrap();
        self.assert_nothing_is_left();
        let (code, stdout, stderr) = parts(&output);
        (
            code,
            serde_json::from_str(&stdout).unwrap_or_default(),
            stderr,
        )
    }

    /// `samever nightly` over the folder of the recipe, which must leave nothing.
    #[track_caller]
    pub(crate) fn sweep(&self) -> (i32, Value, String) {
        let output = binary()
            .args(["nightly", "--catalogue", ".", "--state", "state"])
            .args([
                "--resolve-image",
                "never",
                "--settle",
                "1",
                "--format",
                "json",
            ])
            .env("DOCKER_HOST", self.engine)
            .env("TMPDIR", self.path("tmp"))
            .current_dir(self.root())
            .output()
            .unwrap();
        self.assert_nothing_is_left();
        let (code, stdout, stderr) = parts(&output);
        (
            code,
            serde_json::from_str(&stdout).unwrap_or_default(),
            stderr,
        )
    }

    #[track_caller]
    pub(crate) fn assert_nothing_is_left(&self) {
        let name: String = self.name.chars().take(12).collect();
        let word = format!("samever-{name}-");
        assert_eq!(things(self.engine, &word), [""; 0]);
        assert_eq!(fs::read_dir(self.path("tmp")).unwrap().count(), 0);
    }
}

/// The files of a recipe in `tests/swarm/recipes`, in the order of their paths. `@WORD@`
/// stands for the first value of that word.
pub(crate) fn recipe_files(name: &str, words: &[(&str, &str)]) -> Vec<(String, Vec<u8>)> {
    let recipes = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/swarm/recipes");
    let recipe = recipes.join(name);
    let mut files = Vec::new();
    let mut folders = vec![recipe.clone()];
    while let Some(at) = folders.pop() {
        for entry in fs::read_dir(at).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let mut text = fs::read_to_string(&path).unwrap();
            for (word, value) in words {
                text = text.replace(&format!("@{word}@"), value);
            }
            let path = path.strip_prefix(&recipe).unwrap();
            files.push((path.to_str().unwrap().to_owned(), text.into_bytes()));
        }
    }
    files.sort();
    files
}

/// `samever upgrade` with an engine and a folder for temporary ones.
pub(crate) fn upgrade(engine: &str, temporary: &Path) -> Command {
    let mut command = binary();
    command
        .arg("upgrade")
        .env("DOCKER_HOST", engine)
        .env("TMPDIR", temporary);
    command
}

pub(crate) fn parts(output: &Output) -> (i32, String, String) {
    let code = output.status.code().expect("it ends by itself");
    (code, text(&output.stdout), text(&output.stderr))
}

/// What the stack ran, by label and image.
pub(crate) fn ran<'a>(outcome: &'a Value, stack: &str) -> (&'a str, &'a str) {
    let deployed = &outcome["evidence"][stack]["deployed"];
    let word = |name: &str| deployed[name].as_str().unwrap_or("nothing");
    (word("version"), word("image"))
}
