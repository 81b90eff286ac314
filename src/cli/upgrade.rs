//! `samever upgrade`: one real run of the upgrade tier.

use std::ffi::OsString;
use std::io::Write;
use std::path::PathBuf;

use clap::Args;

use crate::deploy::{
    Bases, DeployerKind, Deployment, FetchOrder, Fetched, Outcome, UpgradeError, UpgradeHow,
    UpgradeOrder, fetch, store_name, upgrade, upgrade_all, verdicts,
};
use crate::recipe::{Recipe, Request, parse_revision};
use crate::report::{Format, UpgradeReport, UpgradesReport};
use crate::run::{Conditions, VerdictKind};
use crate::store::CanonicalStore;

use crate::cli::bases_args::{BasesArgs, PromoteArgs, RouteArgs};
use crate::cli::beforehand::require_programs;
use crate::cli::chain_args::ChainArgs;
use crate::cli::deployer_args::DeployerArgs;
use crate::cli::exit;
use crate::cli::exit::ExitStatus;
use crate::cli::failure::Failure;
use crate::cli::interrupt::{note_interrupts, signal, tell};
use crate::cli::leftovers::LeftoversArgs;
use crate::cli::output::{ReportArgs, end, one_of};
use crate::cli::state_args::InitState;
use crate::cli::values::path;

/// Deploy the base of a recipe, upgrade it to the head, and tell whether that works
#[derive(Args, Debug)]
#[command(after_help = exit::HELP)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is one switch of the command line"
)]
pub(crate) struct UpgradeArgs {
    #[command(flatten)]
    chain: ChainArgs,
    #[command(flatten)]
    bases: BasesArgs,
    #[command(flatten)]
    promote: PromoteArgs,
    #[command(flatten)]
    route: RouteArgs,
    /// Ref of a pull request to test, unless --head names a revision; such a run never moves the
    /// canonical
    #[arg(long, help_heading = "Repository", value_name = "REF", value_parser = parse_revision)]
    pr: Option<String>,
    /// Run git first to bring the clone up to date with its origin: all branches and tags, and none
    /// that the remote no longer has; the head is then the tip of its main branch, unless --head or
    /// --pr names another
    #[arg(long, help_heading = "Repository")]
    fetch: bool,
    /// Mark the run as incomplete, so that it never moves the canonical
    #[arg(long, help_heading = "Run")]
    quick: bool,
    /// Move the canonical to the head where the run is green and of the latest version
    #[arg(long, help_heading = "State")]
    enrolled: bool,
    /// Folder with the last-green version (the canonical) of each recipe
    #[arg(long, help_heading = "State", value_name = "DIR", value_parser = path(), conflicts_with_all = ["canonical", "canonical_version"])]
    state: Option<PathBuf>,
    /// The recipe's CI folder: its `previous/` is laid over the base, where it is for that version
    #[arg(long, help_heading = "Run", value_name = "DIR", value_parser = path(), conflicts_with = "not_applicable")]
    ci_dir: Option<PathBuf>,
    #[command(flatten)]
    init_state: InitState,
    #[command(flatten)]
    deployer: DeployerArgs,
    #[command(flatten)]
    leftovers: LeftoversArgs,
    /// Exit with 1 where there was no upgrade to test, and --not-applicable does not say why
    #[arg(long, help_heading = "Exit code")]
    fail_on_skip: bool,
    #[command(flatten)]
    pub(crate) reports: ReportArgs,
    /// Format of the answer
    #[arg(long, help_heading = "Output", default_value = "text", value_parser = one_of(&[Format::Text, Format::Json, Format::Junit]))]
    pub(crate) format: Format,
    /// Show every rule that was asked
    #[arg(long, help_heading = "Output")]
    explain: bool,
}

/// Runs, and answers on `out`.
pub(crate) fn run(
    args: &UpgradeArgs,
    upgrade_base_version: Option<OsString>,
    out: &mut impl Write,
) -> Result<ExitStatus, Failure> {
    if args.leftovers.is_asked_for()? {
        return args
            .leftovers
            .sweep(args.chain.recipe.as_deref(), &args.deployer, out);
    }
    let head = args.pr.as_deref().unwrap_or("HEAD");
    let scheme = args.chain.scheme()?;
    let from_environment = upgrade_base_version.clone();
    let mut request = args.chain.request(&scheme, head, from_environment)?;
    if let Some(folder) = &args.ci_dir
        && !folder.is_dir()
    {
        return Err(Failure::no_answer(format_args!(
            "there is no folder {}; give the CI folder with --ci-dir, or leave it out",
            folder.display()
        )));
    }
    let deployment = deployment(args, &request)?;
    note_interrupts();
    let mut recipe = Recipe::open(&args.chain.repo).map_err(Failure::no_answer)?;
    recipe = recipe.under(scheme.clone());
    let reports = args.reports.paths();
    let store = args.init_state.optional(args.state.as_ref(), &reports)?;
    if args.fetch {
        let fetched = bring_up_to_date(args, &recipe, &request, store.as_ref());
        let fetched = fetched.map_err(Failure::no_answer)?;
        recipe = fetched.recipe.under(scheme.clone());
        let pr = fetched.pr.or_else(|| args.pr.clone());
        let head = pr.as_ref().unwrap_or(&fetched.main);
        request = args.chain.request(&scheme, head, upgrade_base_version)?;
        request.main = Some(fetched.main);
    }
    let asked = args
        .bases
        .asked(&scheme, request.override_version.is_some())?;
    let (route, logs_folder) = (
        args.route.route()?,
        args.deployer.logs_folder(args.state.as_ref()),
    );
    let order = UpgradeOrder {
        recipe: &recipe,
        request,
        how: UpgradeHow {
            conditions: args.conditions(&deployment),
            store: store.as_ref(),
            deployment: &deployment,
            route: &route,
            ci_folder: args.ci_dir.as_deref(),
            logs_folder: logs_folder.as_deref(),
            run: "upgrade",
            cancel: signal(),
            waits: &waits,
        },
    };
    if let Some(asked) = asked {
        return run_all(args, &order, &args.promote.bases(asked), out);
    }
    let outcome = upgrade(&order).map_err(Failure::no_answer)?;
    let report = UpgradeReport {
        recipe: &outcome.recipe,
        outcome: &outcome,
        explain: args.explain,
    };
    let reported = args.reports.answer(args.format, &report, out)?;
    let beside = outcome.unrecorded.clone().map_or(reported, Err);
    end(status(args, &outcome), beside)
}

/// Runs from several bases, and answers on `out`.
fn run_all(
    args: &UpgradeArgs,
    order: &UpgradeOrder<'_>,
    bases: &Bases,
    out: &mut impl Write,
) -> Result<ExitStatus, Failure> {
    let outcomes = upgrade_all(order, &args.chain.repo, bases, args.promote.jobs());
    let outcomes = outcomes.map_err(Failure::no_answer)?;
    let names = || order.recipe.names().into_iter().next().unwrap_or_default();
    let recipe = verdicts(&outcomes)
        .next()
        .map(|outcome| outcome.recipe.clone());
    let report = UpgradesReport {
        recipe: &recipe.unwrap_or_else(names),
        outcomes: &outcomes,
        explain: args.explain,
    };
    let reported = args.reports.answer(args.format, &report, out)?;
    let failures = outcomes.iter().filter_map(|base| {
        let why = base.came.failure()?;
        Some(format!("{}: {why}", base.called()))
    });
    let failures: Vec<_> = failures.collect();
    let beside = if failures.is_empty() {
        reported
    } else {
        Err(failures.join("\n"))
    };
    let statuses = verdicts(&outcomes).map(|outcome| status(args, outcome));
    // Each of them tells what it is about.
    let statuses: Vec<_> = statuses.collect();
    let is_finding = statuses.contains(&ExitStatus::Finding);
    let status = if is_finding {
        ExitStatus::Finding
    } else {
        ExitStatus::Fine
    };
    end(status, beside)
}

/// What deploys. A setting of it that would do nothing is refused.
fn deployment(args: &UpgradeArgs, request: &Request) -> Result<Deployment, Failure> {
    if request.declared.is_some() && !args.deployer.data().is_empty() {
        return Err(Failure::usage(
            "--seed and --verify do nothing beside --not-applicable: no base is deployed; leave them \
             out",
        ));
    }
    let deployment = args.deployer.deployment()?;
    let deployment = deployment.ok_or_else(|| DeployerArgs::unnamed("base and head"))?;
    if deployment.kind() == DeployerKind::Swarm {
        args.deployer.refuse_promote_unseen()?;
    }
    if !args.deployer.is_swarm() {
        args.deployer.refuse_swarm_settings()?;
    }
    args.deployer.require_env_file()?;
    require_programs(&deployment)?;
    Ok(deployment)
}

fn waits(other: &str) {
    tell(format_args!("waiting for another run: {other}"));
}

/// Fetches, under the lock of the recipe's runs.
fn bring_up_to_date(
    args: &UpgradeArgs,
    recipe: &Recipe,
    request: &Request,
    store: Option<&CanonicalStore>,
) -> Result<Fetched, UpgradeError> {
    let stated = request.recipe.as_deref();
    let name = store.map(|store| store_name(store, recipe, stated));
    let name = name.transpose()?;
    Ok(fetch(&FetchOrder {
        repository: &args.chain.repo,
        pr: args.pr.as_deref(),
        main: request.main.as_deref(),
        place: store.zip(name.as_ref()),
        run: "upgrade",
        waits: &waits,
        timeout: args.deployer.timeout(),
        cancel: signal(),
    })?)
}

impl UpgradeArgs {
    fn conditions(&self, deployment: &Deployment) -> Conditions {
        Conditions {
            enrolled: self.enrolled,
            cold: true,
            quick: self.quick,
            of_a_ref: self.pr.is_some(),
            started: deployment.kind() != DeployerKind::Tree,
            unseen: self.deployer.promote_unseen,
        }
    }
}

fn status(args: &UpgradeArgs, outcome: &Outcome) -> ExitStatus {
    match outcome.run.verdict.kind() {
        VerdictKind::Red => ExitStatus::Finding,
        VerdictKind::Skipped if args.fail_on_skip && outcome.is_open_skip() => {
            tell("there was no upgrade to test, so --fail-on-skip makes the exit code 1");
            ExitStatus::Finding
        }
        VerdictKind::Green | VerdictKind::Skipped => args.chain.judge_delta(outcome.run.delta),
    }
}
