//! Everything that the chain asks about a repository, gathered once.

use samever_core::{
    Canonical, CommitId, Head, Inputs, MainTip, Policy, PublishedSet, PublishedVersion,
    RecipeVersion,
};

use crate::recipe::canonical::CanonicalRecord;
use crate::recipe::error::RecipeError;
use crate::recipe::label::Unreadable;
use crate::recipe::repository::Recipe;

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

impl Request {
    /// Asks about this revision, with the defaults for the rest.
    pub fn of(head: &str) -> Self {
        Self {
            recipe: None,
            head: head.to_owned(),
            main: None,
            canonical: None,
            override_version: None,
            declared: None,
            policy: Policy::default(),
        }
    }

    /// Tells whether a declaration or an override decides, so that neither the
    /// head's version nor the main tip is needed.
    fn is_decided(&self) -> bool {
        self.declared.is_some() || self.override_version.is_some()
    }

    /// Tells whether there is a canonical to use.
    fn has_canonical(&self) -> bool {
        self.canonical.is_some() && !self.policy.ignore_canonical
    }
}

/// What a repository answers to a [`Request`]; the chain's [`Inputs`] borrow
/// from both.
#[derive(Debug)]
pub struct Facts<'a> {
    request: &'a Request,
    recipe: String,
    head: (CommitId, Result<RecipeVersion, String>),
    main_tip: Option<(String, CommitId, Option<RecipeVersion>)>,
    canonical_tag_commit: Option<CommitId>,
    published: PublishedSet,
    shallow: bool,
}

impl<'a> Facts<'a> {
    /// Reads what the chain may ask. Of the tags, only the canonical's is
    /// peeled, and only where there is a recorded commit to compare it with.
    ///
    /// # Errors
    ///
    /// The repository, or something that was asked for by name, cannot be read.
    pub fn gather(recipe: &Recipe, request: &'a Request) -> Result<Self, RecipeError> {
        let name = recipe_name(recipe, request)?;
        let head = recipe.commit("--head", &request.head)?;
        let version = match recipe.version(head) {
            Ok(Err(why @ Unreadable::Contradiction(_))) if !request.is_decided() => {
                let why = why.to_string();
                return Err(RecipeError::Contradiction { commit: head, why });
            }
            Err(error) if !request.is_decided() => return Err(error),
            Ok(version) => version.map_err(|why| why.to_string()),
            Err(error) => Err(error.to_string()),
        };
        let published = recipe.published()?;
        Ok(Self {
            request,
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
    pub fn inputs(&self) -> Inputs<'_> {
        let request = self.request;
        let (commit, version) = &self.head;
        let head = Head {
            commit: *commit,
            version: version.as_ref().map_err(String::as_str),
        };
        let main_tip = self.main_tip.as_ref();
        let canonical = request.canonical.as_ref();
        Inputs::new(head, &self.published)
            .declared(request.declared.as_deref())
            .override_version(request.override_version.as_ref())
            .main_tip(main_tip.map(|(name, commit, version)| MainTip {
                name,
                commit: *commit,
                version: version.as_ref(),
            }))
            .canonical(canonical.map(|record| Canonical {
                version: &record.version,
                commit: record.commit,
                tag_commit: self.canonical_tag_commit,
            }))
            .shallow(self.shallow)
            .policy(request.policy)
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

/// The main tip, its name, and its version if that can be read. It is looked
/// for where it is stated or where the chain may ask for it.
fn main_tip(
    recipe: &Recipe,
    request: &Request,
) -> Result<Option<(String, CommitId, Option<RecipeVersion>)>, RecipeError> {
    let found = match &request.main {
        Some(revision) => Some((revision.as_str(), recipe.commit("--main", revision)?)),
        None if request.is_decided() || request.has_canonical() => None,
        None => recipe.main_tip()?,
    };
    Ok(found.map(|(name, commit)| {
        let version = recipe.version(commit).ok().and_then(Result::ok);
        (name.to_owned(), commit, version)
    }))
}

/// What the canonical's tag leads to now, if there is one tag that must be
/// meant. A tag that leads nowhere is the concern of the answer that names it.
fn canonical_tag_commit(
    recipe: &Recipe,
    request: &Request,
    published: &PublishedSet,
) -> Option<CommitId> {
    let record = request.canonical.as_ref()?;
    record.commit?;
    let tag = published.find(&record.version)?;
    let is_same = |other: &&PublishedVersion| other.version().is_same_version(&record.version);
    if *tag.version() != record.version && published.iter().filter(is_same).count() > 1 {
        return None;
    }
    let (target, _) = recipe.tag_target(&tag.tag()).ok()?;
    Some(target)
}
