//! A remote, and clones of it in a catalogue beside it.

use std::path::{Path, PathBuf};
use std::process::Command;

use samever::simulate::TagKind;
use samever_core::CommitId;
use serde_json::Value;

use super::folder::{Run, binary, files_alone, state_of, write_program};
use super::repositories::{Fixture, git, text};

/// A remote with three releases on `main`, and its clones.
pub(crate) struct Remote {
    pub(crate) fixture: Fixture,
    pub(crate) releases: Vec<CommitId>,
}

impl Remote {
    pub(crate) fn new() -> Self {
        Self::of(&["1.0.0+1", "1.1.0+1", "1.2.0+1"])
    }

    /// A remote with these releases.
    pub(crate) fn of(versions: &[&str]) -> Self {
        let mut remote = Self::empty();
        remote.releases = remote.fixture.releases(versions);
        remote
    }

    /// A remote without a commit.
    pub(crate) fn empty() -> Self {
        let fixture = Fixture::named("remote/custom-html", false);
        std::fs::create_dir(fixture.directory.parent().unwrap().join("catalogue")).unwrap();
        Self {
            fixture,
            releases: Vec::new(),
        }
    }

    /// A path beside the remote.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.fixture.directory.with_file_name(name)
    }

    /// Clones it as git does with these arguments.
    #[track_caller]
    pub(crate) fn clone(&self, name: &str, args: &[&str]) -> PathBuf {
        let url = format!("file://{}", self.fixture.directory.display());
        let target = self.path("catalogue").join(name);
        let mut all = vec!["clone", "--quiet"];
        all.extend(args);
        all.extend([url.as_str(), target.to_str().unwrap()]);
        self.fixture.git(&all);
        target
    }

    /// Publishes a release on a branch, after the newest.
    pub(crate) fn release(&mut self, version: &str, branch: &str) -> CommitId {
        let parent = self.releases.last().copied();
        let builder = &mut self.fixture.builder;
        let commit = builder.release(parent, version).unwrap();
        builder.tag(version, commit, TagKind::Annotated).unwrap();
        builder
            .reference(&format!("refs/heads/{branch}"), commit)
            .unwrap();
        self.releases.push(commit);
        commit
    }

    /// Writes a script of the shell beside the remote, and returns its path.
    pub(crate) fn script(&self, name: &str, script: &str) -> String {
        let path = self.path(name);
        write_program(&path, script);
        path.to_str().unwrap().to_owned()
    }

    /// The binary beside the remote.
    pub(crate) fn samever(&self, args: &[&str]) -> Command {
        let mut command = binary();
        command.args(args).current_dir(self.path(""));
        command
    }

    /// `samever upgrade` of a clone, in JSON.
    #[track_caller]
    pub(crate) fn upgrade(&self, clone: &Path, args: &[&str]) -> Value {
        let mut all = vec!["upgrade", "--repo", clone.to_str().unwrap()];
        all.extend(["--format", "json"]);
        all.extend(files_alone(args));
        all.extend(args);
        Run::of(&mut self.samever(&all)).json().1
    }

    /// `samever nightly` of the catalogue.
    pub(crate) fn nightly(&self, args: &[&str]) -> Command {
        let mut all = vec!["nightly", "--catalogue", "catalogue", "--state", "state"];
        state_of(&self.path("state"));
        if !args.contains(&"--plan") {
            all.extend(files_alone(args));
        }
        all.extend(args);
        self.samever(&all)
    }
}

/// What git prints of a clone.
#[track_caller]
pub(crate) fn asked(clone: &Path, args: &[&str]) -> String {
    let output = git(clone, args);
    assert!(
        output.status.success(),
        "{args:?}: {}",
        text(&output.stderr)
    );
    text(&output.stdout).trim().to_owned()
}

/// The tags of a repository with what they lead to.
#[track_caller]
pub(crate) fn tags(clone: &Path) -> String {
    let format = "--format=%(objectname) %(refname)";
    asked(clone, &["for-each-ref", format, "refs/tags"])
}
