//! A catalogue of recipes, and sweeps over it.

use std::fs;
use std::ops::Deref;
use std::process::Command;

use samever::simulate::{RepositoryBuilder, TagKind};
use serde_json::Value;

use super::folder::{Folder, Run, files_alone, state_of};

/// Three releases.
pub(crate) const VERSIONS: [&str; 3] = ["1.0.0+1", "1.1.0+1", "1.2.0+1"];

/// A catalogue in a folder of its own, with its state beside it.
pub(crate) struct Night(Folder);

impl Deref for Night {
    type Target = Folder;

    fn deref(&self) -> &Folder {
        &self.0
    }
}

impl Night {
    /// Recipes of three releases.
    pub(crate) fn of(recipes: &[&str]) -> Self {
        let night = Self(Folder::new());
        state_of(&night.path("state"));
        for recipe in recipes {
            night.recipe(recipe, &VERSIONS);
        }
        fs::create_dir_all(night.path("catalogue")).unwrap();
        night
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

    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = self.samever(&["nightly", "--catalogue", "catalogue"]);
        command.args(["--state", "state"]).args(args);
        // What the catalogue says by itself is not said again.
        let catalogue = self.read("catalogue/catalogue.yaml");
        let defaults = catalogue.split("recipes:").next().unwrap_or_default();
        if !defaults.contains("deploy") && !args.contains(&"--plan") {
            let is_used = |arg: &&str| !catalogue.contains("swarm") || *arg != "--promote-unseen";
            command.args(files_alone(args).into_iter().filter(is_used));
        }
        command
    }

    #[track_caller]
    pub(crate) fn sweep(&self, args: &[&str]) -> Run {
        Run::of(&mut self.command(args))
    }

    /// The same for JSON, with its exit code.
    #[track_caller]
    pub(crate) fn report(&self, args: &[&str]) -> (i32, Value) {
        let mut all = vec!["--format", "json"];
        all.extend(args);
        self.sweep(&all).json()
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
