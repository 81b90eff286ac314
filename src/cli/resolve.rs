//! `samever resolve`: the base plan for a repository on disk.

use std::ffi::OsString;
use std::io::Write;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use crate::recipe::{CanonicalRecord, Facts, Recipe, RecipeError, Request};
use crate::report::{PlanReport, write_plan_json, write_plan_text};
use crate::resolve::{Base, BasePlan, Delta, Fallback, Policy, resolve};
use crate::simulate::SecondNight;
use crate::version::RecipeVersion;

use super::{ExitStatus, Failure, exit};

/// Say from which version to upgrade to the head of a recipe's repository
#[derive(Args, Debug)]
#[command(after_help = exit::HELP)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is one switch of the command line"
)]
pub(super) struct ResolveArgs {
    /// Read the repository that holds this folder
    #[arg(long, value_name = "DIR", default_value = ".")]
    repo: PathBuf,
    /// Test this revision
    #[arg(long, value_name = "REV", default_value = "HEAD")]
    head: String,
    /// Take this revision for the main tip, not the first that exists of
    /// origin/HEAD, origin/main, origin/master, main and master
    #[arg(long, value_name = "REV")]
    main: Option<String>,
    /// Read the last-green record from this JSON file
    #[arg(long, value_name = "FILE", conflicts_with = "canonical_version")]
    canonical: Option<PathBuf>,
    /// Take this version for the last-green one
    #[arg(long, value_name = "VERSION", value_parser = RecipeVersion::parse_tag)]
    canonical_version: Option<RecipeVersion>,
    /// Decide as if there were no last-green version
    #[arg(long)]
    ignore_canonical: bool,
    /// Upgrade from this published version, whatever the rules say; the
    /// environment variable `UPGRADE_BASE_VERSION` does the same
    #[arg(long = "override", value_name = "VERSION", value_parser = RecipeVersion::parse_tag)]
    override_version: Option<RecipeVersion>,
    /// Declare that upgrades do not apply to this recipe, and why
    #[arg(long, value_name = "REASON", value_parser = parse_reason)]
    not_applicable: Option<String>,
    /// Try this where there is no last-green version
    #[arg(long, value_enum, default_value_t = FallbackArg::MainTip)]
    fallback: FallbackArg,
    /// Keep pre-releases from being bases
    #[arg(long)]
    no_prereleases: bool,
    /// Exit with 1 unless the base is strictly older than the head, or skipped
    #[arg(long)]
    require_delta: bool,
    /// Use this name for the recipe, not that of its origin or its folder
    #[arg(long, value_name = "NAME", value_parser = parse_name)]
    recipe: Option<String>,
    /// Write the answer in this format
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Add every rule that was asked and every tag that was ignored
    #[arg(long)]
    explain: bool,
    /// Build a demonstration repository in a temporary folder and use that: the
    /// second night of a recipe, where the last-green version is the head
    #[arg(long, conflicts_with_all = ["repo", "head", "main", "canonical", "canonical_version", "recipe"])]
    demo: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum FallbackArg {
    MainTip,
    ReleaseFirst,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    Text,
    Json,
}

/// Answers on `out`; the status says whether the answer is what was required.
pub(super) fn run(
    args: &ResolveArgs,
    upgrade_base_version: Option<OsString>,
    out: &mut impl Write,
) -> Result<ExitStatus, Failure> {
    let mut request = request(args, upgrade_base_version)?;
    if args.demo {
        let night = SecondNight::build().map_err(|error| {
            Failure::no_answer(format_args!(
                "the demonstration repository cannot be built: {error}"
            ))
        })?;
        request.recipe = Some(SecondNight::RECIPE.to_owned());
        request.canonical = Some(night.canonical().clone());
        return answer(args, night.directory(), &request, out);
    }
    answer(args, &args.repo, &request, out)
}

fn answer(
    args: &ResolveArgs,
    directory: &Path,
    request: &Request,
    out: &mut impl Write,
) -> Result<ExitStatus, Failure> {
    let recipe = Recipe::open(directory).map_err(Failure::no_answer)?;
    let facts = Facts::gather(&recipe, request).map_err(Failure::no_answer)?;
    let inputs = facts.inputs(request);
    let plan = resolve(&inputs)
        .map_err(|undecided| Failure::no_answer(format_args!("{}: {undecided}", facts.recipe())))?;
    let report = PlanReport {
        recipe: facts.recipe(),
        inputs: &inputs,
        plan: &plan,
        base_commit: base_commit(&recipe, &plan).map_err(Failure::no_answer)?,
    };
    match args.format {
        Format::Text => write_plan_text(out, &report, args.explain),
        Format::Json => write_plan_json(out, &report),
    }
    .map_err(Failure::output)?;
    Ok(match plan.delta {
        Some(Delta::None | Delta::Backward | Delta::Unknown) if args.require_delta => {
            ExitStatus::Finding
        }
        Some(Delta::Forward | Delta::None | Delta::Backward | Delta::Unknown) | None => {
            ExitStatus::Fine
        }
    })
}

fn base_commit(
    recipe: &Recipe,
    plan: &BasePlan<'_>,
) -> Result<Option<crate::resolve::CommitId>, RecipeError> {
    match plan.base {
        Base::Version(published) => recipe.tag_commit(&published.tag()).map(Some),
        Base::Ref(commit) => Ok(Some(commit)),
        Base::Skip(_) => Ok(None),
    }
}

fn request(args: &ResolveArgs, from_environment: Option<OsString>) -> Result<Request, Failure> {
    let override_version = match &args.override_version {
        Some(version) => Some(version.clone()),
        None => from_environment.map_or(Ok(None), |text| override_from_environment(&text))?,
    };
    let canonical = match (&args.canonical, &args.canonical_version) {
        (Some(file), _) => {
            Some(CanonicalRecord::read(file).map_err(|error| Failure::no_answer(&error))?)
        }
        (None, Some(version)) => Some(CanonicalRecord {
            recipe: None,
            version: version.clone(),
            commit: None,
        }),
        (None, None) => None,
    };
    Ok(Request {
        recipe: args.recipe.clone(),
        head: args.head.clone(),
        main: args.main.clone(),
        canonical,
        override_version,
        declared: args.not_applicable.clone(),
        policy: Policy {
            fallback: match args.fallback {
                FallbackArg::MainTip => Fallback::MainTip,
                FallbackArg::ReleaseFirst => Fallback::ReleaseFirst,
            },
            prereleases: !args.no_prereleases,
            ignore_canonical: args.ignore_canonical,
        },
    })
}

/// Reads `UPGRADE_BASE_VERSION`, which CI servers set to nothing where nothing
/// is meant.
fn override_from_environment(text: &OsString) -> Result<Option<RecipeVersion>, Failure> {
    if text.is_empty() {
        return Ok(None);
    }
    let shown = text.display();
    let version = text.to_str().map(RecipeVersion::parse_tag);
    match version {
        Some(Ok(version)) => Ok(Some(version)),
        Some(Err(error)) => Err(Failure::usage(format_args!(
            "UPGRADE_BASE_VERSION in the environment is {shown}, which is no version: {error}"
        ))),
        None => Err(Failure::usage(format_args!(
            "UPGRADE_BASE_VERSION in the environment is {shown}, which is not UTF-8"
        ))),
    }
}

fn parse_reason(text: &str) -> Result<String, &'static str> {
    if text.trim().is_empty() {
        Err("a reason is needed")
    } else {
        Ok(text.to_owned())
    }
}

fn parse_name(text: &str) -> Result<String, &'static str> {
    if text.trim().is_empty() {
        Err("a name is needed")
    } else {
        Ok(text.to_owned())
    }
}
