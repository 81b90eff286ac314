//! What a sweep would run, and from which base.

use std::path::PathBuf;

use samever_core::Rung;
use serde::{Serialize, Serializer};

use crate::recipe::{CanonicalRecord, Facts, Recipe, RecipeError, Request};
use crate::run::{OwnedPlan, PlannedBase, STEP_BACK, TestedHead};
use crate::store::CanonicalStore;

use crate::sweep::catalogue::Setup;
use crate::sweep::catalogue_file::HeadChoice;
use crate::sweep::order::SweepOrder;

/// What a sweep would do with one recipe.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum PlannedRun {
    /// Run it.
    Run {
        /// The recipe's name.
        recipe: String,
        /// Its repository.
        #[serde(serialize_with = "lossy")]
        repository: PathBuf,
        /// From which base.
        #[serde(rename = "plan")]
        base: PlannedBase,
        /// What is tested.
        head: TestedHead,
        /// The rule that decided.
        rung: Option<Rung>,
        /// One sentence of why.
        reason: String,
    },
    /// Leave it, for this reason.
    NotRun {
        /// The recipe's name.
        recipe: String,
        /// The reason.
        #[serde(rename = "not_run")]
        reason: String,
    },
    /// Fail at it, for this reason.
    NoAnswer {
        /// The recipe's name.
        recipe: String,
        /// The reason.
        error: String,
    },
}

#[expect(clippy::ptr_arg, reason = "it is what serde gives")]
fn lossy<S: Serializer>(path: &PathBuf, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&path.display())
}

/// Decides for every recipe of a sweep, without deploying anything.
pub(crate) fn plan_sweep(order: &SweepOrder<'_>) -> Vec<PlannedRun> {
    let planned = order.entries().map(|entry| {
        let recipe = entry.name.clone();
        let decided = entry
            .setup
            .clone()
            .and_then(|setup| plan(&setup, order.store, order.only_new));
        match decided {
            Ok(Some(planned)) => planned,
            Ok(None) => PlannedRun::NotRun {
                recipe,
                reason: NOTHING_NEW.to_owned(),
            },
            Err(error) => PlannedRun::NoAnswer { recipe, error },
        }
    });
    planned.collect()
}

/// Why `--only-new` leaves a recipe out.
pub(crate) const NOTHING_NEW: &str = "its canonical is as new as its newest published version";

fn plan(
    setup: &Setup,
    store: &CanonicalStore,
    only_new: bool,
) -> Result<Option<PlannedRun>, String> {
    let (recipe, mut request) = prepare(setup)?;
    request.canonical = store.get(&setup.name).map_err(|error| error.to_string())?;
    if only_new && !has_something_new(&recipe, request.canonical.as_ref())? {
        return Ok(None);
    }
    let facts = Facts::gather(&recipe, &request).map_err(|error| error.to_string())?;
    let inputs = facts.inputs();
    let OwnedPlan {
        mut base,
        rung,
        reason,
        ..
    } = (STEP_BACK.decide)(&inputs)?;
    if let PlannedBase::Version { tag, commit, .. } = &mut base {
        *commit = Some(recipe.tag_commit(tag).map_err(|error| error.to_string())?);
    }
    Ok(Some(PlannedRun::Run {
        recipe: facts.recipe().to_owned(),
        repository: setup.repository.clone(),
        base,
        head: TestedHead::of(&inputs.head),
        rung,
        reason,
    }))
}

/// Opens a recipe of the catalogue, and says what is asked of it tonight; the
/// canonical is not read yet.
pub(crate) fn prepare(setup: &Setup) -> Result<(Recipe, Request), String> {
    let recipe = Recipe::open(&setup.repository).map_err(|error| error.to_string())?;
    let head = head(&recipe, setup).map_err(|error| error.to_string())??;
    let request = Request {
        recipe: Some(setup.name.to_string()),
        main: setup.main.clone(),
        override_version: setup.override_version.clone(),
        declared: setup.declared.clone(),
        policy: setup.policy,
        ..Request::of(&head)
    };
    Ok((recipe, request))
}

/// The revision that is tested.
fn head(recipe: &Recipe, setup: &Setup) -> Result<Result<String, String>, RecipeError> {
    match (setup.head, &setup.main) {
        (HeadChoice::MainTip, Some(main)) => Ok(Ok(main.clone())),
        (HeadChoice::MainTip, None) => Ok(match recipe.main_tip()? {
            Some((_, commit)) => Ok(commit.to_string()),
            None => Err(
                "it has no main branch (origin/HEAD, origin/main, origin/master, main or master); \
                 name one as `main` in catalogue.yaml"
                    .to_owned(),
            ),
        }),
        (HeadChoice::Latest, _) => Ok(match recipe.published()?.newest() {
            Some(newest) => Ok(format!("refs/tags/{}", newest.tag())),
            None => Err("it has no published version, and `head: latest` is one".to_owned()),
        }),
    }
}

/// Tells whether there is a published version that is newer than the canonical.
pub(crate) fn has_something_new(
    recipe: &Recipe,
    canonical: Option<&CanonicalRecord>,
) -> Result<bool, String> {
    let published = recipe.published().map_err(|error| error.to_string())?;
    Ok(match (published.newest(), canonical) {
        (None, _) => false,
        (Some(_), None) => true,
        (Some(newest), Some(canonical)) => canonical.version.is_older_than(newest.version()),
    })
}
