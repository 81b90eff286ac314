//! `samever upgrade --sweep-leftovers`: cleans up after runs that were killed.

use std::io::Write;

use clap::Args;

use crate::deploy::{Leftover, LeftoverScope, require_swarm, sweep_leftovers};
use crate::report::{Format, LeftoversReport};

use crate::cli::deployer_args::DeployerArgs;
use crate::cli::exit::ExitStatus;
use crate::cli::failure::Failure;
use crate::cli::interrupt::{note_interrupts, signal};
use crate::cli::output::answer;

/// The options of a run that a sweep does not use.
const OF_A_RUN: [&str; 42] = [
    "repo",
    "head",
    "main",
    "canonical",
    "canonical_version",
    "ignore_canonical",
    "override_version",
    "not_applicable",
    "fallback",
    "no_prereleases",
    "exclude",
    "from",
    "supported",
    "promote",
    "jobs",
    "stops",
    "expect",
    "require_delta",
    "pr",
    "fetch",
    "quick",
    "enrolled",
    "state",
    "init_state",
    "ci_dir",
    "deploy",
    "check",
    "teardown",
    "seed",
    "verify",
    "promote_unseen",
    "env_file",
    "settle",
    "max_restarts",
    "make_external",
    "resolve_image",
    "timeout",
    "logs",
    "fail_on_skip",
    "format",
    "explain",
    "report",
];

#[derive(Args, Debug)]
#[command(next_help_heading = "Leftovers")]
pub(crate) struct LeftoversArgs {
    /// Clean up after killed runs, and run nothing: end their programs, run their teardown, and
    /// remove their Swarm stacks and folders; needs --dry-run, --recipe or --all
    #[arg(long, conflicts_with_all = OF_A_RUN)]
    sweep_leftovers: bool,
    /// Show what --sweep-leftovers would do, and change nothing
    #[arg(long, requires = "sweep_leftovers")]
    dry_run: bool,
    /// Sweep the leftovers of every recipe
    #[arg(long, requires = "sweep_leftovers", conflicts_with = "recipe")]
    all: bool,
}

impl LeftoversArgs {
    /// Whether there is a sweep, and no run. The parser does not miss an option
    /// where another excludes that.
    pub(crate) fn is_asked_for(&self) -> Result<bool, Failure> {
        let lone = [("--dry-run", self.dry_run), ("--all", self.all)];
        match lone.iter().find(|(_, is_given)| *is_given) {
            Some((option, _)) if !self.sweep_leftovers => Err(Failure::usage(format_args!(
                "{option} does nothing without --sweep-leftovers; leave it out"
            ))),
            Some(_) | None => Ok(self.sweep_leftovers),
        }
    }

    /// Cleans up after killed runs, and says each step.
    pub(crate) fn sweep(
        &self,
        recipe: Option<&str>,
        deployer: &DeployerArgs,
        out: &mut impl Write,
    ) -> Result<ExitStatus, Failure> {
        if recipe.is_none() && !self.all && !self.dry_run {
            return Err(Failure::usage(
                "--sweep-leftovers needs a scope: --recipe NAME for the runs of one recipe, --all \
                 for those of every recipe, or --dry-run to see first what it would do",
            ));
        }
        if deployer.is_stated() && !deployer.is_swarm() {
            return Err(Failure::usage(
                "--deployer does nothing beside --sweep-leftovers, unless it is swarm, which \
                 requires a Docker Swarm that answers; leave it out",
            ));
        }
        let with_engine = match require_swarm() {
            Ok(()) => true,
            Err(why) if deployer.is_swarm() => return Err(Failure::no_answer(why)),
            Err(_) => false,
        };
        note_interrupts();
        let scope = LeftoverScope {
            recipe,
            dry_run: self.dry_run,
            needs_folder: false,
            cancel: signal(),
        };
        let found = sweep_leftovers(&std::env::temp_dir(), with_engine, &scope);
        let found = found.map_err(Failure::no_answer)?;
        let report = LeftoversReport {
            found: &found,
            with_engine,
            dry_run: self.dry_run,
        };
        answer(Format::Text, &report, out)?;
        let mut found = found.iter();
        let is_stuck = found.any(|found| matches!(found, Leftover::Stuck(..)));
        Ok(if is_stuck {
            ExitStatus::NoAnswer
        } else {
            ExitStatus::Fine
        })
    }
}
