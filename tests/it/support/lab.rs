//! A recipe, programs that deploy it, and the binary run on both.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use super::repositories::{Fixture, Run, steady, text};

/// A recipe of three releases with the last at its head, and a folder.
pub(crate) struct Lab {
    pub(crate) fixture: Fixture,
    pub(crate) folder: TempDir,
}

impl Lab {
    pub(crate) fn new() -> Self {
        Self::on(steady().0)
    }

    pub(crate) fn on(fixture: Fixture) -> Self {
        let folder = TempDir::new().unwrap();
        Self { fixture, folder }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The path of a new program, a script of the shell.
    pub(crate) fn program(&self, name: &str, script: &str) -> String {
        let path = self.path(name);
        fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        path.to_str().unwrap().to_owned()
    }

    pub(crate) fn read(&self, name: &str) -> String {
        let content = fs::read_to_string(self.path(name));
        content.unwrap_or_default()
    }

    /// `samever upgrade` on the recipe, started in the folder, with `state` as
    /// its state; nothing of the run may stay in the folder for temporary ones.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let temporary = self.path("tmp");
        fs::create_dir_all(&temporary).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_samever"));
        command
            .args(["upgrade", "--repo"])
            .arg(&self.fixture.directory)
            .args(args)
            .current_dir(self.folder.path())
            .env("TMPDIR", &temporary)
            .env_remove("UPGRADE_BASE_VERSION");
        command
    }

    #[track_caller]
    pub(crate) fn upgrade(&self, args: &[&str]) -> Run {
        let output = self.command(args).output().unwrap();
        let left: Vec<_> = fs::read_dir(self.path("tmp")).unwrap().collect();
        assert!(left.is_empty(), "{left:?} is left of {args:?}");
        Run {
            code: output.status.code().expect("it ends by itself"),
            stdout: text(&output.stdout),
            stderr: text(&output.stderr),
        }
    }

    /// The same for JSON, with its exit code.
    #[track_caller]
    pub(crate) fn outcome(&self, args: &[&str]) -> (i32, Value) {
        let mut all = vec!["--format", "json"];
        all.extend(args);
        let run = self.upgrade(&all);
        let value = serde_json::from_str(&run.stdout);
        (run.code, value.unwrap_or_else(|_| panic!("{}", run.stderr)))
    }
}
