//! The runs of one recipe from several bases, each in a stack of its own.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::deploy::outcome::{Outcome, RecipeOutcome};
use crate::deploy::upgrade::{
    Begun, Ran, UpgradeError, UpgradeHow, UpgradeOrder, begin, run_once, settle,
};
use crate::jobs;
use crate::recipe::{Facts, Recipe, RecipeName};
use crate::run::{
    AskedBases, NamedBase, Naming, PlannedBase, Promotion, Resolver, RunError, STEP_BACK,
    VerdictKind, find_bases,
};
use crate::scheme::Scheme;
use crate::store::{CanonicalStore, StoreError};

/// Which of the runs move the canonical.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum PromoteBy {
    /// The one from the chain's base, whatever becomes of the others.
    #[default]
    Chain,
    /// The same or, where the chain's base is not named, the first; and only where every run goes
    /// well.
    All,
}

impl PromoteBy {
    pub(crate) const ALL: [Self; 2] = [Self::Chain, Self::All];

    /// The name, as the command line and the catalogue have it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Chain => "chain",
            Self::All => "all",
        }
    }
}

/// Which bases a recipe is tested from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Bases {
    pub asked: AskedBases,
    pub promote: PromoteBy,
}

/// What came of the run from one base.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct BaseOutcome {
    pub names: Vec<Naming>,
    #[serde(flatten)]
    pub came: RecipeOutcome,
}

impl BaseOutcome {
    /// Its names, with commas between them.
    pub(crate) fn called(&self) -> String {
        NamedBase::called_by(&self.names)
    }
}

/// Runs the tier from each base, `jobs` at a time; what comes of each is in the order of the bases.
/// Each thread opens the repository in this folder for itself.
///
/// # Errors
///
/// No base can be found, or the runs cannot begin. That one run has no verdict is a part of what
/// came of them, but for an interrupt.
pub(crate) fn upgrade_all(
    order: &UpgradeOrder<'_>,
    repository: &Path,
    bases: &Bases,
    jobs: usize,
) -> Result<Vec<BaseOutcome>, UpgradeError> {
    let begun = begin(order)?;
    let found = {
        let facts = Facts::gather(order.recipe, &begun.request)?;
        let place = begun.place.as_ref().map(|(store, name)| (*store, name));
        find_all(order.recipe, &facts, &bases.asked, place)?
    };
    let (how, scheme) = (&order.how, order.recipe.scheme().clone());
    let ran = jobs::map(jobs, &found, |base| {
        let part = found.len() > 1;
        run_from(repository, &scheme, &begun, how, base, part)
    });
    let mut ran = ran.into_iter().collect::<Result<Vec<_>, _>>()?;
    judge_promotions(&found, &mut ran, bases.promote);
    let named = found.into_iter().zip(ran);
    let outcomes = named.map(|(base, ran)| BaseOutcome {
        names: base.names,
        came: match ran {
            Came::Ran(ran) => RecipeOutcome::Verdict {
                outcome: Box::new(settle(order.recipe, &begun, how, *ran)),
            },
            Came::NoBase(reason) => RecipeOutcome::NotRun { reason },
            Came::NoVerdict(error) => RecipeOutcome::NoAnswer { error },
        },
    });
    Ok(outcomes.collect())
}

/// Finds the bases; the versions that were the canonical are those of the store's history.
///
/// # Errors
///
/// No base can be found, or the history is asked for and cannot be read.
pub(crate) fn find_all(
    recipe: &Recipe,
    facts: &Facts<'_>,
    asked: &AskedBases,
    place: Option<(&CanonicalStore, &RecipeName)>,
) -> Result<Vec<NamedBase>, UpgradeError> {
    let lines = match (asked.needs_history(), place) {
        (false, _) => Vec::new(),
        (true, Some((store, name))) => store.history(name)?,
        (true, None) => {
            let why = "every-canonical needs the history in a state folder; give it with --state";
            return Err(UpgradeError::Bases(why.to_owned()));
        }
    };
    let versions = lines
        .iter()
        .filter_map(|line| line["to"]["version"].as_str());
    let versions = versions.filter_map(|text| recipe.scheme().parse(text).ok());
    let canonicals: Vec<_> = versions.collect();
    find_bases(recipe, &facts.inputs(), asked, &canonicals).map_err(UpgradeError::Bases)
}

/// What came of a run before its promotion is recorded.
enum Came {
    Ran(Box<Ran>),
    NoBase(String),
    NoVerdict(String),
}

fn run_from(
    repository: &Path,
    scheme: &Scheme,
    begun: &Begun<'_>,
    how: &UpgradeHow<'_>,
    base: &NamedBase,
    has_log_part: bool,
) -> Result<Came, UpgradeError> {
    if let (PlannedBase::Skip { reason }, false) = (&base.base, base.is_of_the_chain()) {
        return Ok(Came::NoBase(reason.clone()));
    }
    let recipe = Recipe::open(repository)?.under(scheme.clone());
    let decide = |inputs: &samever_core::Inputs<'_>| Ok(base.plan(inputs.head.version.ok()));
    let named = Resolver {
        name: "named",
        decide: &decide,
        refuses_same_version: true,
    };
    let resolver = if base.is_of_the_chain() {
        STEP_BACK
    } else {
        named
    };
    let part = match &base.base {
        PlannedBase::Version { tag, .. } => folder_name(tag),
        PlannedBase::Ref { .. } | PlannedBase::Skip { .. } => base.called(),
    };
    let part = has_log_part.then_some(part.as_str());
    match run_once(&recipe, begun, how, resolver, part) {
        Ok(ran) => Ok(Came::Ran(Box::new(ran))),
        Err(
            error @ (UpgradeError::Tier(RunError::Interrupted | RunError::InterruptedAndLeft(_))
            | UpgradeError::Store(StoreError::Interrupted(_))),
        ) => Err(error),
        Err(error) => Ok(Came::NoVerdict(error.to_string())),
    }
}

/// A tag as the name of one folder, which no other tag has.
fn folder_name(tag: &str) -> String {
    let letter = |byte: u8| match byte {
        b'.' | b'+' | b'-' | b'_' => char::from(byte).to_string(),
        byte if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
        byte => format!("%{byte:02x}"),
    };
    tag.bytes().map(letter).collect()
}

/// Leaves the promotion to one run at most.
fn judge_promotions(found: &[NamedBase], ran: &mut [Came], by: PromoteBy) {
    let went_well = |came: &Came| match came {
        Came::Ran(ran) => ran.0.verdict.kind() != VerdictKind::Red,
        Came::NoBase(_) => true,
        Came::NoVerdict(_) => false,
    };
    let all_went_well = ran.iter().all(went_well);
    let chain = found.iter().position(NamedBase::is_of_the_chain);
    let first = ran.iter().position(|came| matches!(came, Came::Ran(_)));
    let chosen = match by {
        PromoteBy::Chain => chain,
        PromoteBy::All => chain.or(first),
    };
    for (at, came) in ran.iter_mut().enumerate() {
        let Came::Ran(ran) = came else { continue };
        let run = &mut ran.0;
        if run.promotion != Promotion::Promoted {
            continue;
        }
        let why = if by == PromoteBy::All && !all_went_well {
            "not every base went well"
        } else if chosen != Some(at) {
            match by {
                PromoteBy::Chain => "only the run from the chain's base moves it",
                PromoteBy::All => "the run from another base moves it",
            }
        } else {
            continue;
        };
        run.promotion = Promotion::Refused(why.to_owned());
    }
}

/// The outcomes that have a verdict.
pub(crate) fn verdicts(outcomes: &[BaseOutcome]) -> impl Iterator<Item = &Outcome> {
    outcomes.iter().filter_map(|base| match &base.came {
        RecipeOutcome::Verdict { outcome } => Some(&**outcome),
        RecipeOutcome::NoAnswer { .. } | RecipeOutcome::NotRun { .. } => None,
    })
}
