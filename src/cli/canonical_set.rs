//! What `samever canonical set` records, and what it checks before.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::recipe::{CanonicalRecord, Recipe, RecipeName};
use crate::scheme::Scheme;
use crate::store::CanonicalStore;
use samever_core::{CommitId, PublishedSet, PublishedVersion, Version};

use crate::cli::failure::Failure;
use crate::cli::values::{parse_words, path};

#[derive(Args, Debug)]
pub(crate) struct SetArgs {
    /// Recipe to change
    pub(crate) recipe: RecipeName,
    /// Version to record
    #[arg(value_parser = parse_words)]
    version: String,
    /// Scheme of the version: a preset, or a file of yours
    #[arg(long, value_name = "SCHEME", default_value = "coop-cloud", value_parser = parse_words)]
    scheme: String,
    /// Commit to record with the version
    #[arg(long, value_name = "COMMIT")]
    commit: Option<CommitId>,
    /// Path of the recipe's repository, in which a tag must publish the version
    #[arg(long, value_name = "DIR", value_parser = path())]
    repo: Option<PathBuf>,
    /// Record the version without a check that the recipe is known and the version published
    #[arg(long, conflicts_with = "repo")]
    force: bool,
}

/// What is to be recorded, read.
pub(crate) struct SetOrder<'a> {
    args: &'a SetArgs,
    pub(crate) recipe: &'a RecipeName,
    pub(crate) version: Version,
    scheme: Scheme,
}

impl SetArgs {
    /// Reads the version.
    pub(crate) fn order(&self) -> Result<SetOrder<'_>, Failure> {
        let scheme = Scheme::named(&self.scheme).map_err(Failure::usage)?;
        let version = scheme.parse(&self.version).map_err(|error| {
            let version = &self.version;
            Failure::usage(format_args!(
                "invalid value '{version}' for '<VERSION>': {error}"
            ))
        })?;
        Ok(SetOrder {
            args: self,
            recipe: &self.recipe,
            version,
            scheme,
        })
    }
}

impl SetOrder<'_> {
    /// What is recorded of a clone of this origin.
    pub(crate) fn record(&self, origin: Option<String>) -> CanonicalRecord {
        CanonicalRecord {
            recipe: Some(self.recipe.to_string()),
            version: self.version.clone(),
            commit: self.args.commit,
            origin,
        }
    }

    /// Refuses a recipe that is not known and a version that is not published: a typing
    /// mistake would make a record that no run uses, or one that every run steps back from.
    /// Returns the origin of the clone that it was checked with.
    pub(crate) fn require_sense(
        &self,
        store: &CanonicalStore,
        state: &Path,
    ) -> Result<Option<String>, Failure> {
        match &self.args.repo {
            None if self.args.force => Ok(None),
            None => Err(self.unchecked(store, state)),
            Some(repo) => self.require_published(repo),
        }
    }

    /// Why nothing is recorded where there is nothing to check it with.
    fn unchecked(&self, store: &CanonicalStore, state: &Path) -> Failure {
        let Self {
            recipe, version, ..
        } = self;
        let state = state.display();
        // A record or a history that cannot be read is one that is there.
        let is_known = !matches!(store.get(recipe), Ok(None))
            || store
                .history(recipe)
                .map_or(true, |lines| !lines.is_empty());
        Failure::no_answer(if is_known {
            format!(
                "nothing here tells whether {version} of {recipe} is published; name the clone of \
                 {recipe} with --repo DIR, or record {version} without a check with --force"
            )
        } else {
            format!(
                "{recipe} has no record and no history in {state}, so it may be a mistyped name; \
                 name the clone of {recipe} with --repo DIR, or record it without a check with \
                 --force"
            )
        })
    }

    fn require_published(&self, repo: &Path) -> Result<Option<String>, Failure> {
        let Self {
            recipe, version, ..
        } = self;
        let there = Recipe::open(repo).map_err(Failure::no_answer)?;
        let there = there.under(self.scheme.clone());
        let names = there.names();
        if !names.iter().any(|name| name == recipe.as_str()) {
            return Err(Failure::no_answer(format_args!(
                "{} is the repository of {}, not of {recipe}; give that name, or the clone of \
                 {recipe} with --repo",
                repo.display(),
                names.join(" or ")
            )));
        }
        let published = there.published().map_err(Failure::no_answer)?;
        if published.find(version).is_some() {
            return Ok(there.origin());
        }
        let is_shallow = there.is_shallow().map_err(Failure::no_answer)?;
        Err(Failure::no_answer(format_args!(
            "no tag in {} publishes {version} of {recipe}; {}; `git fetch {}--tags` brings tags \
             that are missing, and --force instead of --repo records {version} without a check",
            repo.display(),
            nearest(&published, version),
            if is_shallow { "--unshallow " } else { "" }
        )))
    }
}

/// Which versions are published next to one that is not.
fn nearest(published: &PublishedSet, version: &Version) -> String {
    let (before, after) = published.neighbours(version);
    let near = [before, after].into_iter().flatten();
    let near: Vec<_> = near
        .map(PublishedVersion::version)
        .map(ToString::to_string)
        .collect();
    match &near[..] {
        [] => "no tag there is a version".to_owned(),
        [near] => format!("the nearest published version is {near}"),
        [before, after, ..] => {
            format!("the nearest published versions are {before} and {after}")
        }
    }
}
