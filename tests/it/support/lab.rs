//! A recipe, programs that deploy it, and the binary run on both.

use std::fs;
use std::ops::Deref;
use std::process::Command;

use serde_json::Value;

use super::folder::{Folder, Run, files_alone, state_of};
use super::repositories::{Fixture, steady};

/// A recipe of three releases with the last at its head, and a folder.
pub(crate) struct Lab {
    pub(crate) fixture: Fixture,
    folder: Folder,
}

impl Deref for Lab {
    type Target = Folder;

    fn deref(&self) -> &Folder {
        &self.folder
    }
}

impl Lab {
    pub(crate) fn new() -> Self {
        Self::on(steady().0)
    }

    pub(crate) fn on(fixture: Fixture) -> Self {
        let folder = Folder::new();
        state_of(&folder.path("state"));
        Self { fixture, folder }
    }

    /// `samever upgrade` on the recipe, started in the folder, with `state` as
    /// its state; nothing of the run may stay in the folder for temporary ones.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let temporary = self.path("tmp");
        fs::create_dir_all(&temporary).unwrap();
        let mut command = self.samever(&["upgrade", "--repo"]);
        command
            .arg(&self.fixture.directory)
            .args(files_alone(args))
            .args(args)
            .env("TMPDIR", &temporary);
        command
    }

    #[track_caller]
    pub(crate) fn upgrade(&self, args: &[&str]) -> Run {
        let run = Run::of(&mut self.command(args));
        let left: Vec<_> = fs::read_dir(self.path("tmp")).unwrap().collect();
        assert!(left.is_empty(), "{left:?} is left of {args:?}");
        run
    }

    /// The same for JSON, with its exit code.
    #[track_caller]
    pub(crate) fn outcome(&self, args: &[&str]) -> (i32, Value) {
        let mut all = vec!["--format", "json"];
        all.extend(args);
        self.upgrade(&all).json()
    }
}
