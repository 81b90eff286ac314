//! What a sweep would run, and from which base.

use std::path::PathBuf;

use samever_core::Rung;
use serde::{Serialize, Serializer};

use crate::deploy::{FetchError, FetchOrder, Fetched, fetch, find_all, store_name};
use crate::jobs;
use crate::recipe::{CanonicalRecord, Facts, Recipe, RecipeError, RecipeName, Request};
use crate::run::{NamedBase, OwnedPlan, PlannedBase, STEP_BACK, TestedHead};
use crate::store::{CanonicalStore, StoreError};

use crate::sweep::advice::for_catalogue;
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
        head: Box<TestedHead>,
        /// The rule that decided.
        rung: Option<Rung>,
        /// One sentence of why.
        reason: String,
        /// All bases, where several are named.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        bases: Vec<NamedBase>,
        /// What a reader should know beside it.
        #[serde(skip_serializing_if = "<[String]>::is_empty")]
        notes: Box<[String]>,
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
    let entries: Vec<_> = order.entries().collect();
    jobs::map(order.jobs, &entries, |entry| {
        let recipe = entry.name.clone();
        let decided = entry.setup.as_ref().map_err(Clone::clone);
        match decided.and_then(|setup| plan(order, &recipe, setup)) {
            Ok(Some(planned)) => planned,
            Ok(None) => PlannedRun::NotRun {
                recipe,
                reason: NOTHING_NEW.to_owned(),
            },
            Err(error) => PlannedRun::NoAnswer {
                recipe,
                error: for_catalogue(&error),
            },
        }
    })
}

/// Why `--only-new` leaves a recipe out.
pub(crate) const NOTHING_NEW: &str = "its canonical is as new as its newest published version";

fn plan(order: &SweepOrder<'_>, name: &str, setup: &Setup) -> Result<Option<PlannedRun>, String> {
    let prepared = prepare(order, setup);
    let (recipe, record, mut request) = prepared.map_err(|why| why.unwrap_or_else(interrupted))?;
    let canonical = order.store.get(&record);
    request.canonical = canonical.map_err(|error| error.to_string())?;
    if order.only_new && !has_something_new(&recipe, request.canonical.as_ref())? {
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
    let place = Some((order.store, &record));
    let bases = setup.bases.as_ref();
    let bases = bases.map(|bases| find_all(&recipe, &facts, &bases.asked, place));
    let bases = bases.transpose().map_err(|error| error.to_string())?;
    Ok(Some(PlannedRun::Run {
        bases: bases.unwrap_or_default(),
        recipe: name.to_owned(),
        repository: setup.repository.clone(),
        base,
        head: Box::new(TestedHead::of(&inputs.head)),
        rung,
        reason,
        notes: facts.notes().into(),
    }))
}

/// Opens a recipe of the catalogue, and says under which name its canonical is kept.
pub(crate) fn open(store: &CanonicalStore, setup: &Setup) -> Result<(Recipe, RecipeName), String> {
    let recipe = Recipe::open(&setup.repository).map_err(|error| error.to_string())?;
    let recipe = recipe.under(setup.scheme.clone());
    let stated = setup.name.as_ref().map(RecipeName::as_str);
    let record = store_name(store, &recipe, stated).map_err(|error| error.to_string())?;
    Ok((recipe, record))
}

fn interrupted() -> String {
    "interrupted before it was fetched".to_owned()
}

/// Fetches a recipe of the catalogue.
fn bring_up_to_date(
    order: &SweepOrder<'_>,
    setup: &Setup,
    record: &RecipeName,
) -> Result<Fetched, FetchError> {
    fetch(&FetchOrder {
        repository: &setup.repository,
        pr: None,
        main: setup.main.as_deref(),
        place: Some((order.store, record)),
        run: "nightly",
        waits: &|_| (),
        timeout: setup.timeout.unwrap_or(order.timeout),
        cancel: order.cancel,
    })
}

/// Opens a recipe of the catalogue, which is fetched before where the sweep is
/// to, and says under which name its canonical is kept and what is asked of it
/// tonight; the canonical is not read yet. The error is why there is none, or nothing
/// where the fetch was interrupted.
pub(crate) fn prepare(
    order: &SweepOrder<'_>,
    setup: &Setup,
) -> Result<(Recipe, RecipeName, Request), Option<String>> {
    let (recipe, record) = open(order.store, setup).map_err(Some)?;
    let (recipe, main) = if order.fetch {
        let fetched = bring_up_to_date(order, setup, &record).map_err(|error| match error {
            FetchError::Interrupted(_) | FetchError::Store(StoreError::Interrupted(_)) => None,
            error => Some(error.to_string()),
        })?;
        (
            fetched.recipe.under(setup.scheme.clone()),
            Some(fetched.main),
        )
    } else {
        if let Some(main) = &setup.main {
            let main = recipe.commit("main:", main);
            main.map_err(|error| Some(error.to_string()))?;
        }
        (recipe, setup.main.clone())
    };
    let head = head(&recipe, setup.head, main.as_deref());
    let head = head.map_err(|error| Some(error.to_string()))?;
    let head = head.map_err(Some)?;
    // The main branch may be past the release, and is no base of it then.
    let is_release = head.starts_with("refs/tags/");
    let request = Request {
        recipe: Some(record.to_string()),
        main: if is_release { Some(head.clone()) } else { main },
        override_version: setup.override_version.clone(),
        excluded: setup.excluded.clone(),
        declared: setup.declared.clone(),
        policy: setup.policy,
        ..Request::of(&head)
    };
    Ok((recipe, record, request))
}

/// The revision that is tested.
fn head(
    recipe: &Recipe,
    choice: Option<HeadChoice>,
    main: Option<&str>,
) -> Result<Result<String, String>, RecipeError> {
    let published = recipe.published()?;
    match (published.newest(), choice) {
        (Some(newest), Some(HeadChoice::Latest) | None) => {
            return Ok(Ok(format!("refs/tags/{}", newest.tag())));
        }
        (None, Some(HeadChoice::Latest)) => {
            let why = "it has no published version, and `head: latest` is one";
            return Ok(Err(why.to_owned()));
        }
        (_, Some(HeadChoice::MainTip)) | (None, None) => {}
    }
    Ok(match main {
        Some(main) => Ok(main.to_owned()),
        None => match recipe.main_tip()? {
            Some((_, commit)) => Ok(commit.to_string()),
            None => Err(
                "it has no main branch (origin/HEAD, origin/main, origin/master, main or master); \
                 name one as `main` in catalogue.yaml"
                    .to_owned(),
            ),
        },
    })
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
