//! `samever resolve`: the base plan for a repository on disk.

use std::ffi::OsString;
use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;
use tempfile::TempDir;

use crate::deploy::{UpgradeError, find_all, store_name};
use crate::recipe::{
    Facts, Recipe, RecipeError, Request, check_record, excluded_by_hand, judge, nothing_published,
    stale,
};
use crate::report::{BasesReport, Format, PlanReport};
use crate::run::TestedHead;
use crate::scheme::Scheme;
use crate::simulate::{build, shipped_scenario};
use crate::store::CanonicalStore;
use samever_core::{
    Base, BasePlan, Canonical, CommitId, Fallback, Head, Inputs, Policy, ResolveError, Rung,
    resolve,
};

use crate::cli::bases_args::BasesArgs;
use crate::cli::chain_args::ChainArgs;
use crate::cli::exit;
use crate::cli::exit::ExitStatus;
use crate::cli::failure::Failure;
use crate::cli::output::{self, one_of};
use crate::cli::tag_list::TagList;
use crate::cli::values::path;

/// Say from which version to upgrade to the head of a recipe's repository
#[derive(Args, Debug)]
#[command(after_help = exit::HELP)]
pub(crate) struct ResolveArgs {
    #[command(flatten)]
    chain: ChainArgs,
    #[command(flatten)]
    bases: BasesArgs,
    /// Folder with the last-green version (the canonical) of each recipe, which is only read
    #[arg(long, help_heading = "State", value_name = "DIR", value_parser = path(), conflicts_with_all = ["canonical", "canonical_version", "tags", "demo"])]
    state: Option<PathBuf>,
    /// Format of the answer
    #[arg(long, help_heading = "Output", default_value = "text", value_parser = one_of(&[Format::Text, Format::Json]))]
    format: Format,
    /// Show every rule that was asked and every tag that was ignored
    #[arg(long, help_heading = "Output")]
    explain: bool,
    /// File with the names of tags to read instead of a repository, one a line, or `-` for standard
    /// input; lines of `git ls-remote --tags` are read, too
    #[arg(long, help_heading = "Repository", value_name = "FILE", requires = "head_version", value_parser = path(), conflicts_with_all = ["repo", "head", "main", "from"])]
    tags: Option<PathBuf>,
    /// Use a demonstration repository, built in a temporary folder: the second night of a recipe,
    /// when the last-green version is the head
    #[arg(long, help_heading = "Repository", conflicts_with_all = ["repo", "head", "main", "canonical", "canonical_version", "recipe", "scheme", "head_version", "tags", "from"])]
    demo: bool,
}

/// The scenario that `--demo` builds: the night that the project exists for.
const DEMO: &str = "second-night";

/// Answers on `out`; the status says whether the answer is what was required.
pub(crate) fn run(
    args: &ResolveArgs,
    upgrade_base_version: Option<OsString>,
    out: &mut impl Write,
) -> Result<ExitStatus, Failure> {
    let scheme = args.chain.scheme()?;
    let mut request = args.chain.request(&scheme, "HEAD", upgrade_base_version)?;
    if let Some(list) = &args.tags {
        return answer_list(args, list, &scheme, &request, out);
    }
    if args.demo {
        let folder = TempDir::with_prefix("samever-").map_err(Failure::no_answer)?;
        let night = shipped_scenario(DEMO).map_err(Failure::no_answer_in_lines)?;
        let (repository, canonical) = build(&night, folder.path()).map_err(Failure::no_answer)?;
        request.recipe = Some(night.scenario.recipe.name.to_string());
        request.canonical = canonical;
        return answer(args, &repository, scheme, &request, out);
    }
    let asked = args
        .bases
        .asked(&scheme, request.override_version.is_some())?;
    let recipe = Recipe::open(&args.chain.repo).map_err(Failure::no_answer)?;
    let recipe = recipe.under(scheme);
    let store = args.state.as_ref().map(|state| CanonicalStore::open(state));
    let store = store.transpose().map_err(Failure::no_answer)?;
    let place = store.as_ref().map(|store| {
        let name = store_name(store, &recipe, request.recipe.as_deref())?;
        request.recipe = Some(name.to_string());
        request.canonical = store.get(&name)?;
        Ok::<_, UpgradeError>((store, name))
    });
    let place = place.transpose().map_err(Failure::no_answer)?;
    let Some(asked) = asked else {
        return answer_for(args, &recipe, &request, out);
    };
    let facts = Facts::gather(&recipe, &request).map_err(Failure::no_answer)?;
    let place = place.as_ref().map(|(store, name)| (*store, name));
    let bases = find_all(&recipe, &facts, &asked, place).map_err(Failure::no_answer)?;
    let report = BasesReport {
        recipe: facts.recipe(),
        head: &TestedHead::of(&facts.inputs().head),
        bases: &bases,
        notes: facts.notes(),
    };
    output::answer(args.format, &report, out)?;
    Ok(ExitStatus::Fine)
}

fn answer(
    args: &ResolveArgs,
    directory: &Path,
    scheme: Scheme,
    request: &Request,
    out: &mut impl Write,
) -> Result<ExitStatus, Failure> {
    let recipe = Recipe::open(directory).map_err(Failure::no_answer)?;
    answer_for(args, &recipe.under(scheme), request, out)
}

fn answer_for(
    args: &ResolveArgs,
    recipe: &Recipe,
    request: &Request,
    out: &mut impl Write,
) -> Result<ExitStatus, Failure> {
    let facts = Facts::gather(recipe, request).map_err(Failure::no_answer)?;
    let inputs = facts.inputs();
    let plan = resolve(&inputs)
        .map_err(|undecided| Failure::no_answer(format_args!("{}: {undecided}", facts.recipe())))?;
    let mut notes = facts.notes().to_vec();
    notes.extend(older_release(&inputs, &plan));
    let report = PlanReport {
        recipe: facts.recipe(),
        inputs: &inputs,
        plan: &plan,
        head_commit: Some(inputs.head.commit),
        base_commit: base_commit(recipe, &plan).map_err(Failure::no_answer)?,
        notes: &notes,
        explain: args.explain,
    };
    output::answer(args.format, &report, out)?;
    Ok(args.chain.judge_delta(plan.delta))
}

/// Answers for the names of tags alone: no commit is known, and no branch.
fn answer_list(
    args: &ResolveArgs,
    list: &Path,
    scheme: &Scheme,
    request: &Request,
    out: &mut impl Write,
) -> Result<ExitStatus, Failure> {
    args.chain.refuse_main_tip()?;
    let TagList { names, warning } = TagList::read(list)?;
    let published = scheme.published(&names);
    if published.is_empty() && request.declared.is_none() {
        let error = nothing_published(scheme, &published);
        return Err(Failure::no_answer(error));
    }
    let version = request.head_version.as_ref();
    let version = version.expect("--tags requires --head-version");
    // No commit is known, and none is told.
    let commit = CommitId::from_bytes([0; 20]);
    let canonical = request.canonical.as_ref();
    if let Some(record) = canonical {
        let recorded = record.recipe.clone();
        let names: Vec<_> = request.recipe.clone().or(recorded).into_iter().collect();
        check_record(scheme, record, &names).map_err(Failure::no_answer)?;
    }
    let excluded = excluded_by_hand(&request.excluded, &published);
    let inputs = Inputs::new(
        Head {
            commit,
            version: Ok(version),
        },
        &published,
    )
    .declared(request.declared.as_deref())
    .override_version(request.override_version.as_ref())
    .canonical(canonical.map(|record| Canonical {
        version: &record.version,
        commit: None,
        tag_commit: None,
    }))
    .excluded(&excluded)
    .policy(Policy {
        fallback: Fallback::ReleaseFirst,
        ..request.policy
    });
    let name = request.recipe.as_deref().unwrap_or("the list");
    let nothing_older = || {
        Failure::no_answer(format_args!(
            "{name}: no version older than the head {version} is listed, so there is nothing to \
             upgrade from; where it is the first release, say so with --not-applicable"
        ))
    };
    let plan = resolve(&inputs).map_err(|undecided| match undecided {
        ResolveError::NoMainTip => nothing_older(),
        undecided => Failure::no_answer(format_args!("{name}: {undecided}")),
    })?;
    let note = judge(scheme, &inputs, &plan).map_err(Failure::no_answer)?;
    let stale = stale(&request.excluded, &inputs);
    let stale = stale.iter().map(ToString::to_string);
    if matches!(plan.base, Base::Skip(_)) && request.declared.is_none() {
        return Err(nothing_older());
    }
    let report = PlanReport {
        recipe: name,
        inputs: &inputs,
        plan: &plan,
        head_commit: None,
        base_commit: None,
        notes: &warning
            .into_iter()
            .chain(note)
            .chain(stale)
            .collect::<Vec<_>>(),
        explain: args.explain,
    };
    output::answer(args.format, &report, out)?;
    Ok(args.chain.judge_delta(plan.delta))
}

/// Where no last-green version is given, and so a release at hand is not asked for:
/// how it would be.
fn older_release(inputs: &Inputs<'_>, plan: &BasePlan<'_>) -> Option<String> {
    let head = inputs.head.version.ok()?;
    if plan.rung() != Rung::MainTip || inputs.canonical.is_some() {
        return None;
    }
    let excluded = inputs.excluded.iter().map(|exclusion| &exclusion.version);
    let (published, prereleases) = (inputs.published, inputs.policy.prereleases);
    let older = published.newest_older_than(head, prereleases, &excluded.collect())?;
    Some(format!(
        "no last-green version is given, although {} is published; give it with --canonical, or \
         have the newest older release be the base with --fallback release-first",
        older.version()
    ))
}

fn base_commit(
    recipe: &Recipe,
    plan: &BasePlan<'_>,
) -> Result<Option<samever_core::CommitId>, RecipeError> {
    match plan.base {
        Base::Version(published) => recipe.tag_commit(&published.tag()).map(Some),
        Base::Ref(commit) => Ok(Some(commit)),
        Base::Skip(_) => Ok(None),
    }
}
