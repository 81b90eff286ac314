//! `samever nightly`: the sweep over a catalogue of recipes.

use std::collections::BTreeSet;
use std::fmt::Display;
use std::io::Write;
use std::path::PathBuf;

use clap::Args;

use crate::deploy::{DeployerKind, Deployment};
use crate::jobs::processors;
use crate::recipe::RecipeName;
use crate::report::{Format, SweepPlanReport, SweepReport, entry_line};
use crate::run::VerdictKind;
use crate::shard::Shard;
use crate::sweep::{
    Catalogue, Ending, Event, Journal, PlannedRun, RecipeOutcome, Scope, Sweep, SweepLock,
    SweepOrder, plan_sweep, require_programs, still_held, sweep,
};

use crate::cli::beforehand::{sweep_before, tell_beforehand};
use crate::cli::deployer_args::DeployerArgs;
use crate::cli::exit;
use crate::cli::exit::ExitStatus;
use crate::cli::failure::{Failure, note};
use crate::cli::interrupt::{note_interrupts, signal};
use crate::cli::output::{self, ReportArgs};
use crate::cli::progress::ProgressArgs;
use crate::cli::state_args::InitState;
use crate::cli::values::{parse_words, path};
use samever_core::Escaped;

/// Test the upgrade of every recipe in a catalogue
#[derive(Args, Debug)]
#[command(after_help = exit::HELP)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is one switch of the command line"
)]
pub(crate) struct NightlyArgs {
    /// Folder with the repositories of the recipes, and with a catalogue.yaml, if there is one
    #[arg(long, help_heading = "Recipes", value_name = "DIR", value_parser = path())]
    catalogue: PathBuf,
    /// Folder with the last-green version (the canonical) of each recipe
    #[arg(long, help_heading = "State", value_name = "DIR", value_parser = path())]
    state: PathBuf,
    #[command(flatten)]
    init_state: InitState,
    /// Number of recipes to run at the same time [default: number of CPUs]
    #[arg(short, long, help_heading = "Run", value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    jobs: Option<u16>,
    /// Run git first to bring each clone up to date with its origin: all branches and tags, and none
    /// that the remote no longer has
    #[arg(long, help_heading = "Recipes")]
    fetch: bool,
    /// Run only recipes with a published version newer than their canonical
    #[arg(long, help_heading = "Recipes")]
    only_new: bool,
    /// Run only the Ith of N parts of the catalogue, such as 2/4
    #[arg(long, help_heading = "Recipes", value_name = "I/N", default_value_t = Shard::WHOLE)]
    shard: Shard,
    /// Run only this recipe; can be given more than once
    #[arg(long, help_heading = "Recipes", value_name = "NAME", value_parser = parse_words)]
    recipe: Vec<String>,
    /// Continue a sweep that was interrupted, if there is one, and run only what did not finish
    #[arg(long, help_heading = "State")]
    resume: bool,
    /// Wait while another sweep uses the same state
    #[arg(long, help_heading = "State")]
    wait: bool,
    /// Show the recipes that would run, each with its base, and deploy nothing
    #[arg(long, help_heading = "Run", conflicts_with = "report")]
    plan: bool,
    #[command(flatten)]
    deployer: DeployerArgs,
    /// Exit with 1 where a recipe had no upgrade to test, and `not-applicable` does not say why
    #[arg(long, help_heading = "Exit code")]
    fail_on_skip: bool,
    #[command(flatten)]
    pub(crate) reports: ReportArgs,
    /// Format of the answer
    #[arg(long, help_heading = "Output", value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
    /// Show every run in full
    #[arg(long, help_heading = "Output")]
    explain: bool,
    #[command(flatten)]
    progress: ProgressArgs,
}

/// Runs, and answers on `out`; the progress goes to standard error, as a bar
/// where that is a terminal.
pub(crate) fn run(
    args: &NightlyArgs,
    out: &mut impl Write,
    progress: &mut dyn Write,
) -> Result<ExitStatus, Failure> {
    args.require_sensible_format()?;
    let deployment = args.deployer.deployment()?;
    let otherwise = deployment.as_ref().map(Deployment::kind);
    let mut catalogue = Catalogue::read(&args.catalogue, otherwise).map_err(Failure::no_answer)?;
    require_recipes(args, &catalogue)?;
    if catalogue.has_default_deployment && args.deployer.is_stated() {
        return Err(Failure::usage(
            "the catalogue's defaults say what deploys, and so do these arguments; leave one of them out",
        ));
    }
    if args.format != Format::Matrix {
        require_programs(&mut catalogue, deployment.as_ref());
    }
    args.require_used_settings(&catalogue, deployment.as_ref())?;
    args.deployer.require_env_file()?;
    let (swarm, data) = (args.deployer.swarm(), args.deployer.data());
    let store = args.init_state.store(&args.state, &args.reports.paths())?;
    let logs_folder = args.deployer.logs_folder(Some(&args.state));
    let mut order = SweepOrder {
        catalogue: &catalogue,
        store: &store,
        jobs: args.jobs.map_or_else(processors, usize::from),
        fetch: args.fetch,
        only_new: args.only_new,
        shard: args.shard,
        only: &args.recipe,
        deployment: deployment.as_ref(),
        promotes_unseen: args.deployer.promote_unseen,
        data: &data,
        swarm: &swarm,
        timeout: args.deployer.timeout(),
        logs_folder: logs_folder.as_deref(),
        done: &[],
        cancel: signal(),
    };
    for name in &catalogue.left_out {
        let why = "holds no git repository, so it is left out";
        tell(progress, format_args!("the folder {name} {why}"));
    }
    if args.fetch || !args.plan {
        note_interrupts();
    }
    if args.plan {
        return plan(args.format, &plan_sweep(&order), out);
    }
    tell_beforehand(&order, progress);
    let what = args.what(otherwise);
    let scope = Scope::of(args.shard, &args.recipe);
    let lock = SweepLock::take(&args.state, &scope, &what, args.wait, signal());
    let _lock = lock.map_err(Failure::no_answer)?;
    sweep_before(&order, progress);
    let (journal, done) =
        match Journal::begin(&args.state, &scope, &what, &order.settings(), args.resume) {
            Ok((journal, done)) => (Some(journal), done),
            Err(error) => {
                let why = "no journal can be kept, so --resume will repeat everything";
                tell(progress, format_args!("{why}: {error}"));
                (None, Vec::new())
            }
        };
    let done = still_held(&order, done);
    order.done = &done;
    let outcome = show_progress(args.progress, &order, journal, progress);
    answer(args, &outcome, out, progress)
}

/// Runs the sweep, and shows it: a bar on a terminal, else a line a recipe. That
/// it cannot be shown is no reason to end it.
fn show_progress(
    args: ProgressArgs,
    order: &SweepOrder<'_>,
    mut journal: Option<Journal>,
    progress: &mut dyn Write,
) -> Sweep {
    let bar = args.bar(
        "{bar:30} {pos}/{len} {elapsed} {wide_msg}",
        order.entries().count(),
    );
    let done: BTreeSet<_> = order.done.iter().map(|row| &row.recipe).collect();
    bar.inc(done.len() as u64);
    let mut in_flight = BTreeSet::new();
    let outcome = sweep(order, &mut |event| {
        match event {
            Event::Begun(recipe) => {
                in_flight.insert(recipe.clone());
            }
            Event::Done(rows) => {
                if let Some(first) = rows.first() {
                    in_flight.remove(&first.recipe);
                }
                bar.inc(1);
                if let Some(Err(error)) = journal.as_mut().map(|journal| journal.add(rows)) {
                    journal = None;
                    let why =
                        "the journal cannot be written any more, so --resume will repeat more";
                    tell(progress, format_args!("{why}: {error}"));
                }
                for row in rows.iter().filter(|_| bar.is_hidden() && !args.quiet) {
                    let line = entry_line(row);
                    let _ = writeln!(progress, "{}", Escaped::new(&line));
                }
            }
        }
        bar.set_message(in_flight.iter().cloned().collect::<Vec<_>>().join(" "));
    });
    bar.finish_and_clear();
    if !outcome.interrupted
        && let Some(Err(error)) = journal.map(Journal::end)
    {
        tell(
            progress,
            format_args!("the journal cannot be removed: {error}"),
        );
    }
    outcome
}

/// Writes the reports and the answer, and says how it ended.
fn answer(
    args: &NightlyArgs,
    outcome: &Sweep,
    out: &mut impl Write,
    progress: &mut dyn Write,
) -> Result<ExitStatus, Failure> {
    let report = SweepReport {
        sweep: outcome,
        explain: args.explain,
    };
    let reported = args.reports.answer(args.format, &report, out)?;
    let skips = outcome.rows.iter().filter(|row| match &row.came {
        RecipeOutcome::Verdict { outcome } => args.fail_on_skip && outcome.is_open_skip(),
        RecipeOutcome::NoAnswer { .. } | RecipeOutcome::NotRun { .. } => false,
    });
    let skips: Vec<_> = skips.map(|row| row.recipe.as_str()).collect();
    if !skips.is_empty() {
        let names = skips.join(", ");
        let why = "had no upgrade to test, so --fail-on-skip makes the exit code 1";
        tell(progress, format_args!("{names} {why}"));
    }
    let is_red = outcome.count(Ending::Verdict(VerdictKind::Red)) > 0;
    let status = if is_red || !skips.is_empty() {
        ExitStatus::Finding
    } else {
        ExitStatus::NoAnswer
    };
    let failures = outcome.rows.iter().filter_map(|row| {
        let why = row.came.failure()?;
        Some(format!("{}: {why}", row.recipe))
    });
    let mut failures: Vec<_> = failures.chain(reported.err()).collect();
    if outcome.interrupted {
        let (done, total) = (outcome.rows.len(), outcome.total);
        failures.push(format!(
            "interrupted: {done} of {total} recipes were run to the end; run the same again with \
             --resume for the others"
        ));
    }
    if failures.is_empty() {
        return Ok(match status {
            ExitStatus::Finding => ExitStatus::Finding,
            ExitStatus::Fine | ExitStatus::Usage | ExitStatus::NoAnswer => ExitStatus::Fine,
        });
    }
    Err(Failure {
        status,
        ..Failure::no_answer_in_lines(failures.join("\n"))
    })
}

/// Answers with the plan.
fn plan(
    format: Format,
    planned: &[PlannedRun],
    out: &mut impl Write,
) -> Result<ExitStatus, Failure> {
    output::answer(format, &SweepPlanReport { recipes: planned }, out)?;
    let lost = |recipe: &str| match format {
        // Its job will tell, where there is one.
        Format::Matrix => recipe.parse::<RecipeName>().is_err(),
        Format::Text | Format::Json | Format::Junit => true,
    };
    let failures = planned.iter().filter_map(|planned| match planned {
        PlannedRun::NoAnswer { recipe, error } if lost(recipe) => {
            Some(format!("{recipe}: {error}"))
        }
        PlannedRun::NoAnswer { .. } | PlannedRun::Run { .. } | PlannedRun::NotRun { .. } => None,
    });
    let failures: Vec<_> = failures.collect();
    if failures.is_empty() {
        Ok(ExitStatus::Fine)
    } else {
        Err(Failure::no_answer_in_lines(failures.join("\n")))
    }
}

/// A catalogue of nothing, or a recipe that is not in it, is a mistake, not a
/// night on which all went well.
fn require_recipes(args: &NightlyArgs, catalogue: &Catalogue) -> Result<(), Failure> {
    let has = |name: &&String| catalogue.entries.iter().any(|entry| entry.name == **name);
    if let Some(missing) = args.recipe.iter().find(|name| !has(name)) {
        return Err(Failure::no_answer(format_args!(
            "there is no recipe {missing} in {}; give the name of a folder in it, without .git",
            args.catalogue.display()
        )));
    }
    if catalogue.entries.is_empty() {
        return Err(Failure::no_answer(format_args!(
            "there is no git repository in {}, so nothing would be run; clone the recipes into it",
            args.catalogue.display()
        )));
    }
    Ok(())
}

impl NightlyArgs {
    /// A plan has no results, and only a plan is a matrix.
    fn require_sensible_format(&self) -> Result<(), Failure> {
        match (self.plan, self.format) {
            (true, Format::Junit) => {
                Err(Failure::usage("a plan has no results, so no JUnit's XML"))
            }
            (false, Format::Matrix) => {
                Err(Failure::usage("a job matrix is one of a plan: add --plan"))
            }
            (true | false, _) => Ok(()),
        }
    }

    /// A run has a deployer, and what only one deployer uses is given where that
    /// one deploys. A plan may be made without the words of the run that follows it.
    fn require_used_settings(
        &self,
        catalogue: &Catalogue,
        otherwise: Option<&Deployment>,
    ) -> Result<(), Failure> {
        let entries: Vec<_> = catalogue.part(self.shard, &self.recipe).collect();
        let kinds = entries.iter().filter_map(|entry| {
            let setup = entry.setup.as_ref().ok()?;
            let deployment = setup.deployment.as_ref().or(otherwise);
            Some((&entry.name, deployment.map(Deployment::kind)))
        });
        let kinds: Vec<_> = kinds.collect();
        let unnamed = kinds.iter().filter(|(_, kind)| kind.is_none());
        let unnamed: Vec<_> = unnamed.map(|(name, _)| name.as_str()).collect();
        if let Some((first, others)) = unnamed.split_first() {
            if self.plan {
                return Ok(());
            }
            return Err(DeployerArgs::unnamed(&match others.len() {
                0 => format!("{first}, nor does the catalogue"),
                others => format!("{first} and {others} more, nor does the catalogue"),
            }));
        }
        let has = |wanted| kinds.iter().any(|(_, kind)| *kind == Some(wanted));
        if !has(DeployerKind::Swarm) {
            self.deployer.refuse_swarm_settings()?;
        }
        // A recipe that cannot be set up may be meant.
        let is_whole = !kinds.is_empty() && kinds.len() == entries.len();
        let is_swarm = |kind: &Option<DeployerKind>| *kind == Some(DeployerKind::Swarm);
        if is_whole && kinds.iter().all(|(_, kind)| is_swarm(kind)) {
            self.deployer.refuse_promote_unseen()?;
        }
        Ok(())
    }

    /// What the sweep is of: an interrupted one is only resumed by its like.
    fn what(&self, deployer: Option<DeployerKind>) -> String {
        let catalogue = std::path::absolute(&self.catalogue);
        let catalogue = catalogue.unwrap_or_else(|_| self.catalogue.clone());
        let mut what = vec![format!("a sweep of {}", catalogue.display())];
        if let Some(deployer) = deployer {
            what.push(format!("with {}", deployer.name()));
        }
        if self.shard != Shard::WHOLE {
            what.push(format!("part {}", self.shard));
        }
        if self.fetch {
            what.push("fetched first".to_owned());
        }
        if self.only_new {
            what.push("only what is new".to_owned());
        }
        if !self.recipe.is_empty() {
            what.push(format!("only {}", self.recipe.join(" ")));
        }
        what.join(", ")
    }
}

/// Says something beside the answer; where that cannot be, the answer counts.
fn tell(progress: &mut dyn Write, text: impl Display) {
    let _ = progress.write_all(note(text).as_bytes());
}
