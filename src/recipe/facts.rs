//! Everything that the chain asks about a repository, gathered once.

use crate::escape::Escaped;
use crate::resolve::{Canonical, CommitId, Head, Inputs, MainTip, Policy};
use crate::version::{PublishedSet, RecipeVersion};

use super::{CanonicalRecord, Recipe, RecipeError, Unreadable};

/// What is asked of a repository.
#[derive(Clone, Debug)]
pub struct Request {
    /// The recipe's name, if it is stated.
    pub recipe: Option<String>,
    /// The revision under test.
    pub head: String,
    /// The revision of the main tip, if it is stated.
    pub main: Option<String>,
    /// The last-green record, if there is one.
    pub canonical: Option<CanonicalRecord>,
    /// The base version given by hand, if any.
    pub override_version: Option<RecipeVersion>,
    /// Why the upgrade tier is declared not applicable, if it is.
    pub declared: Option<String>,
    /// What the operator asked for.
    pub policy: Policy,
}

/// What a repository answers to a [`Request`]; the chain's [`Inputs`] borrow
/// from both.
#[derive(Debug)]
pub struct Facts {
    recipe: String,
    head: (CommitId, Result<RecipeVersion, String>),
    main_tip: Option<(String, CommitId, Option<RecipeVersion>)>,
    canonical_tag_commit: Option<CommitId>,
    published: PublishedSet,
    shallow: bool,
}

impl Facts {
    /// Reads what the chain may ask. Of the tags, only the canonical's is
    /// peeled, and only where there is a recorded commit to compare it with.
    ///
    /// # Errors
    ///
    /// The repository, or something that was asked for by name, cannot be read.
    pub fn gather(recipe: &Recipe, request: &Request) -> Result<Self, RecipeError> {
        let name = recipe_name(recipe, request)?;
        let head = recipe.commit("--head", &request.head)?;
        let version = match recipe.version(head)? {
            // What decides without the head's version decides without it here.
            Err(why @ Unreadable::Contradiction(_))
                if request.declared.is_none() && request.override_version.is_none() =>
            {
                return Err(RecipeError::Contradiction {
                    commit: head,
                    why: why.to_string(),
                });
            }
            version => version.map_err(|why| why.to_string()),
        };
        let published = recipe.published()?;
        Ok(Self {
            recipe: name,
            head: (head, version),
            main_tip: main_tip(recipe, request)?,
            canonical_tag_commit: canonical_tag_commit(recipe, request, &published),
            published,
            shallow: recipe.is_shallow()?,
        })
    }

    /// The recipe's name.
    pub fn recipe(&self) -> &str {
        &self.recipe
    }

    /// The chain's inputs.
    pub fn inputs<'a>(&'a self, request: &'a Request) -> Inputs<'a> {
        let (head, version) = &self.head;
        Inputs {
            declared: request.declared.as_deref(),
            override_version: request.override_version.as_ref(),
            head: Head {
                commit: *head,
                version: version.as_ref().map_err(String::as_str),
            },
            main_tip: self
                .main_tip
                .as_ref()
                .map(|(name, commit, version)| MainTip {
                    name,
                    commit: *commit,
                    version: version.as_ref(),
                }),
            canonical: request.canonical.as_ref().map(|record| Canonical {
                version: &record.version,
                commit: record.commit,
                tag_commit: self.canonical_tag_commit,
            }),
            published: &self.published,
            shallow: self.shallow,
            policy: request.policy,
        }
    }
}

/// The recipe's name: the stated one, else one of those that the repository
/// goes by. A record of another recipe is refused.
fn recipe_name(recipe: &Recipe, request: &Request) -> Result<String, RecipeError> {
    let names = match &request.recipe {
        Some(name) => vec![name.clone()],
        None => recipe.names(),
    };
    let recorded = request
        .canonical
        .as_ref()
        .and_then(|record| record.recipe.as_ref());
    match recorded {
        Some(recorded) if names.contains(recorded) => Ok(recorded.clone()),
        Some(recorded) => Err(RecipeError::AnotherRecipe {
            recorded: recorded.clone(),
            expected: names.join(" or "),
        }),
        None => Ok(names.into_iter().next().unwrap_or_default()),
    }
}

/// The main tip, its name made safe to print, and its version. It is looked
/// for where it is stated or where the chain, having no canonical, may ask.
fn main_tip(
    recipe: &Recipe,
    request: &Request,
) -> Result<Option<(String, CommitId, Option<RecipeVersion>)>, RecipeError> {
    let may_ask = request.canonical.is_none() || request.policy.ignore_canonical;
    let found = match &request.main {
        Some(revision) => Some((revision.as_str(), recipe.commit("--main", revision)?)),
        None if may_ask => recipe.main_tip()?,
        None => None,
    };
    found
        .map(|(name, commit)| {
            let version = recipe.version(commit)?.ok();
            Ok((Escaped::new(name).to_string(), commit, version))
        })
        .transpose()
}

/// Where the canonical's tag points now. A tag that leads to no commit is the
/// concern of the answer that names it.
fn canonical_tag_commit(
    recipe: &Recipe,
    request: &Request,
    published: &PublishedSet,
) -> Option<CommitId> {
    let record = request.canonical.as_ref()?;
    record.commit?;
    let tag = published.find(&record.version)?.tag();
    recipe.tag_commit(&tag).ok()
}
