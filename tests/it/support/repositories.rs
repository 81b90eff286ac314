//! Real repositories in temporary folders, and the binary run on them.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use samever::recipe::Recipe;
use samever::simulate::{RepositoryBuilder, TagKind};
use samever_core::CommitId;
use serde_json::Value;
use tempfile::TempDir;

use super::folder::binary;
pub(crate) use super::folder::{Run, text};

/// A repository on disk that goes with the value; the folder is named after
/// the recipe.
pub(crate) struct Fixture {
    pub(crate) builder: RepositoryBuilder,
    pub(crate) directory: PathBuf,
    folder: TempDir,
}

impl Fixture {
    pub(crate) fn new() -> Self {
        Self::named("custom-html", false)
    }

    pub(crate) fn named(recipe: &str, bare: bool) -> Self {
        let folder = TempDir::new().unwrap();
        let directory = folder.path().join(recipe);
        let builder = RepositoryBuilder::init(&directory, bare).unwrap();
        Self {
            builder,
            directory,
            folder,
        }
    }

    /// One commit a version on `main`, each with its label and its tag;
    /// annotated and lightweight tags take turns. Returns the commits.
    pub(crate) fn releases(&mut self, versions: &[&str]) -> Vec<CommitId> {
        let mut commits = Vec::new();
        for (index, version) in versions.iter().enumerate() {
            let commit = self
                .builder
                .release(commits.last().copied(), version)
                .unwrap();
            let kind = if index % 2 == 0 {
                TagKind::Annotated
            } else {
                TagKind::Lightweight
            };
            self.builder.tag(version, commit, kind).unwrap();
            commits.push(commit);
        }
        if let Some(tip) = commits.last() {
            self.builder.reference("refs/heads/main", *tip).unwrap();
        }
        commits
    }

    /// The repository `web` with one commit a release on `main`: its tag, and its files by path.
    pub(crate) fn of_files(releases: &[(&str, &[(&str, &str)])]) -> Self {
        let mut fixture = Self::named("web", false);
        let mut parent = None;
        for (tag, files) in releases {
            let files: Vec<_> = files
                .iter()
                .map(|(path, text)| (*path, text.as_bytes()))
                .collect();
            let commit = fixture.builder.commit(parent, &files).unwrap();
            fixture
                .builder
                .tag(tag, commit, TagKind::Annotated)
                .unwrap();
            parent = Some(commit);
        }
        if let Some(tip) = parent {
            fixture.builder.reference("refs/heads/main", tip).unwrap();
        }
        fixture
    }

    /// The same with one file, whose text each release has.
    pub(crate) fn of_file(path: &str, releases: &[(&str, &str)]) -> Self {
        let files: Vec<_> = releases.iter().map(|(_, text)| [(path, *text)]).collect();
        let releases = releases.iter().zip(&files);
        let releases: Vec<_> = releases
            .map(|((tag, _), files)| (*tag, &files[..]))
            .collect();
        Self::of_files(&releases)
    }

    /// The names that the recipe goes by without a stated one.
    pub(crate) fn names(&self) -> Vec<String> {
        Recipe::open(&self.directory).unwrap().names()
    }

    /// Writes a file beside the repository and returns its path.
    pub(crate) fn file(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        let path = self.folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        path.to_str().unwrap().to_owned()
    }

    /// Runs `samever resolve` on the repository.
    #[track_caller]
    pub(crate) fn resolve(&self, args: &[&str]) -> Run {
        let mut all = vec!["resolve", "--repo", self.directory.to_str().unwrap()];
        all.extend(args);
        samever(&all, None)
    }

    /// Runs it for JSON, which must be the answer, and returns that.
    #[track_caller]
    pub(crate) fn plan(&self, args: &[&str]) -> Value {
        let mut all = vec!["--format", "json"];
        all.extend(args);
        let run = self.resolve(&all);
        assert_eq!((run.code, run.stderr.as_str()), (0, ""), "for {args:?}");
        serde_json::from_str(&run.stdout).unwrap()
    }

    /// Runs it, which must end without an answer, and returns the message.
    #[track_caller]
    pub(crate) fn refusal(&self, args: &[&str]) -> String {
        let run = self.resolve(args);
        assert_eq!(
            (run.code, run.stdout.as_str()),
            (3, ""),
            "{args:?}: {}",
            run.stderr
        );
        assert!(run.stderr.starts_with("error: "), "{}", run.stderr);
        assert_eq!(run.stderr.lines().count(), 1, "{}", run.stderr);
        run.stderr.trim_end().to_owned()
    }

    /// Gives each object a file of its own, so that a single one can be damaged.
    pub(crate) fn unpack(&self) {
        let packs = self.directory.join(".git/objects/pack");
        for entry in std::fs::read_dir(&packs).unwrap() {
            let from = entry.unwrap().path();
            let to = self.folder.path().join(from.file_name().unwrap());
            std::fs::rename(&from, &to).unwrap();
            if to.extension().is_some_and(|ending| ending == "pack") {
                let pack = std::fs::File::open(&to).unwrap();
                let mut unpack = git_command(&self.directory, &["unpack-objects", "-q"]);
                assert!(unpack.stdin(pack).status().unwrap().success());
            }
        }
    }

    /// Runs git's own program where it need not succeed.
    pub(crate) fn git_unchecked(&self, args: &[&str]) {
        git(&self.directory, args);
    }

    /// Runs git's own program in the repository, with no configuration but the
    /// repository's, and returns what it prints.
    #[track_caller]
    pub(crate) fn git(&self, args: &[&str]) -> String {
        let output = git(&self.directory, args);
        assert!(
            output.status.success(),
            "git {args:?}: {}",
            text(&output.stderr)
        );
        text(&output.stdout)
    }
}

/// Runs the binary with an environment that holds no setting of it but, where given,
/// `UPGRADE_BASE_VERSION`.
#[track_caller]
pub(crate) fn samever(args: &[&str], upgrade_base_version: Option<&str>) -> Run {
    let mut command = binary();
    command.args(args);
    if let Some(version) = upgrade_base_version {
        command.env("UPGRADE_BASE_VERSION", version);
    }
    Run::of(&mut command)
}

/// Runs git's own program in a folder.
pub(crate) fn git(directory: &Path, args: &[&str]) -> Output {
    git_command(directory, args)
        .output()
        .expect("git is installed")
}

fn git_command(directory: &Path, args: &[&str]) -> Command {
    let mut command = Command::new("git");
    command
        .current_dir(directory)
        .args([
            "-c",
            "user.name=samever",
            "-c",
            "user.email=samever@example.org",
        ])
        .args(args)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("LC_ALL", "C");
    command
}

/// Three releases, with the last at the head.
pub(crate) fn steady() -> (Fixture, Vec<CommitId>) {
    let mut fixture = Fixture::new();
    let releases = fixture.releases(&["1.0.0+1", "1.1.0+1", "1.2.0+1"]);
    (fixture, releases)
}

/// Asserts that a message has all its parts.
#[track_caller]
pub(crate) fn says(message: &str, parts: &[&str]) {
    for part in parts {
        assert!(message.contains(part), "{part:?} is missing in: {message}");
    }
}

/// Tells, and says once a test, that git's own program is not here to be asked
/// for a second opinion, so that the test compares nothing.
pub(crate) fn git_is_missing() -> bool {
    let missing = Command::new("git").arg("--version").output().is_err();
    if missing {
        let line =
            "git is not installed: a test that asks it was left out; install git to run it\n";
        std::io::stderr().write_all(line.as_bytes()).unwrap();
    }
    missing
}
