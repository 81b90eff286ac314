//! A catalogue of recipes, and sweeps over it.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use samever::simulate::{RepositoryBuilder, TagKind};
use serde_json::Value;
use tempfile::TempDir;

use super::repositories::{Run, text};

/// Three releases.
pub(crate) const VERSIONS: [&str; 3] = ["1.0.0+1", "1.1.0+1", "1.2.0+1"];

/// A catalogue in a folder of its own, with its state beside it.
pub(crate) struct Night(TempDir);

impl Night {
    /// Recipes of three releases.
    pub(crate) fn of(recipes: &[&str]) -> Self {
        let night = Self(TempDir::new().unwrap());
        for recipe in recipes {
            night.recipe(recipe, &VERSIONS);
        }
        fs::create_dir_all(night.path("catalogue")).unwrap();
        night
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn recipe(&self, name: &str, versions: &[&str]) {
        let directory = self.path("catalogue").join(name);
        let is_bare = name.strip_suffix(".git").is_some();
        let mut builder = RepositoryBuilder::init(&directory, is_bare).unwrap();
        let mut parent = None;
        for version in versions {
            let commit = builder.release(parent, version).unwrap();
            builder.tag(version, commit, TagKind::Annotated).unwrap();
            builder.reference("refs/heads/main", commit).unwrap();
            parent = Some(commit);
        }
    }

    pub(crate) fn write(&self, name: &str, content: &str) {
        fs::write(self.path(name), content).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_default()
    }

    /// A program in the folder, a script of the shell.
    pub(crate) fn program(&self, name: &str, script: &str) -> String {
        use std::os::unix::fs::PermissionsExt;
        let path = self.path(name);
        fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        path.to_str().unwrap().to_owned()
    }

    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_samever"));
        command
            .args(["nightly", "--catalogue", "catalogue", "--state", "state"])
            .args(args)
            .current_dir(self.0.path())
            .env_remove("UPGRADE_BASE_VERSION");
        command
    }

    #[track_caller]
    pub(crate) fn sweep(&self, args: &[&str]) -> Run {
        let output = self.command(args).output().unwrap();
        Run {
            code: output.status.code().expect("it ends by itself"),
            stdout: text(&output.stdout),
            stderr: text(&output.stderr),
        }
    }

    /// The same for JSON, with its exit code.
    #[track_caller]
    pub(crate) fn report(&self, args: &[&str]) -> (i32, Value) {
        let mut all = vec!["--format", "json"];
        all.extend(args);
        let run = self.sweep(&all);
        let report = serde_json::from_str(&run.stdout);
        (
            run.code,
            report.unwrap_or_else(|_| panic!("{}", run.stderr)),
        )
    }
}

/// What came of each recipe.
pub(crate) fn verdicts(report: &Value) -> Vec<(String, String)> {
    let recipes = report["recipes"].as_array().unwrap();
    let verdict = |recipe: &Value| {
        let verdict = &recipe["outcome"]["verdict"];
        let came = verdict.as_str().or(recipe["came"].as_str());
        (
            recipe["recipe"].as_str().unwrap().to_owned(),
            came.unwrap().to_owned(),
        )
    };
    recipes.iter().map(verdict).collect()
}

#[track_caller]
pub(crate) fn assert_verdicts(report: &Value, expected: &[(&str, &str)]) {
    let expected: Vec<_> = expected
        .iter()
        .map(|(recipe, verdict)| ((*recipe).to_owned(), (*verdict).to_owned()))
        .collect();
    assert_eq!(verdicts(report), expected);
}
