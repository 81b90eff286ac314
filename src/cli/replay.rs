//! `samever replay`: replay scenarios and compare.

use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use crate::cancel::Cancel;
use crate::deploy::{DeployerKind, SwarmSettings, require_swarm};
use crate::jobs::processors;
use crate::report::{Format, ReplayReport, ScenariosReport, scenario_line};
use crate::run::{Resolver, STEP_BACK};
use crate::simulate::{
    LAST_GREEN, ReplayError, ReplayOrder, ReplaySwarm, ScenarioFile, ScenarioReport, replay_all,
};
use crate::verify::ProgramInPlace;
use samever_core::{Escaped, Inputs, Order};

use crate::cli::deployer_args::RESOLVE_IMAGE;
use crate::cli::exit;
use crate::cli::exit::ExitStatus;
use crate::cli::failure::Failure;
use crate::cli::interrupt::{note_interrupts, signal};
use crate::cli::output::{ReportArgs, end, one_of};
use crate::cli::progress::ProgressArgs;
use crate::cli::replay_bless::bless;
use crate::cli::scenario_files::scenario_files;
use crate::cli::values::{DEADLINE, command_line, parse_words, path};

/// How long a stack of a scenario may take to converge, and must stay up.
const SWARM_TIMEOUT: Duration = Duration::from_mins(1);
const SWARM_SETTLE: Duration = Duration::from_secs(5);

/// Replay scenarios on real repositories in temporary folders, and compare the
/// outcome with what they say
#[derive(Args, Debug)]
#[command(after_help = exit::HELP)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is one switch of the command line"
)]
pub(crate) struct ReplayArgs {
    /// Scenario files, and folders with .yaml and .yml files [default: the scenarios that ship with
    /// samever]
    #[arg(help_heading = "Scenarios", value_name = "FILE|DIR", value_parser = path())]
    paths: Vec<PathBuf>,
    /// Resolver that decides: design-a, historical (the one before the cure: always the last-green
    /// version), or a program: a command line that speaks samever/resolver/1; what a program cannot
    /// tell (its rule, and any reason but a declared one) is not compared
    #[arg(long, help_heading = "Decision", value_name = "CMD", default_value = DESIGN_A, value_parser = parse_resolver)]
    resolver: ResolverArg,
    /// Ask the program about the shipped scenarios of other orders of versions as well; the question
    /// names the order
    #[arg(long, help_heading = "Decision", conflicts_with = "paths")]
    orders: bool,
    /// Seconds to wait for each answer of the program
    #[arg(long, help_heading = "Decision", value_name = "SECONDS", default_value_t = DEADLINE, value_parser = clap::value_parser!(u64).range(1..=3600))]
    deadline: u64,
    /// What deploys: files alone, or a Docker Swarm, which takes longer
    #[arg(long, help_heading = "Deployer", default_value = "tree", value_parser = one_of(&[DeployerKind::Tree, DeployerKind::Swarm]))]
    deployer: DeployerKind,
    /// Image to run on the Swarm: any that has a busybox at /bin/busybox
    #[arg(
        long,
        help_heading = "Deployer",
        value_name = "IMAGE",
        default_value = "busybox:stable",
        value_parser = parse_words
    )]
    image: String,
    /// When `docker stack deploy` looks the image up: always, changed or never
    #[arg(long, help_heading = "Deployer", value_name = "WHEN", default_value = "always", value_parser = RESOLVE_IMAGE)]
    resolve_image: String,
    /// Folder in which the repository and the runs of each scenario are kept
    #[arg(long, help_heading = "Scenarios", value_name = "DIR", value_parser = path())]
    keep: Option<PathBuf>,
    /// Number of scenarios to replay at the same time [default: 1 with a program, else number of
    /// CPUs]
    #[arg(short, long, help_heading = "Scenarios", value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    jobs: Option<u16>,
    /// Replay only scenarios with this text in their name
    #[arg(long, help_heading = "Scenarios", value_name = "TEXT", value_parser = parse_words)]
    filter: Option<String>,
    /// List the scenarios by name, each with what it is for, and replay none
    #[arg(long, help_heading = "Scenarios", conflicts_with_all = ["bless", "resolver", "keep", "explain"])]
    list: bool,
    /// Write what comes out of the built-in resolver into the scenario files as what they expect;
    /// the comments at the head of a file are kept, those below are not
    #[arg(long, help_heading = "Scenarios", conflicts_with_all = ["resolver", "format", "report", "explain"])]
    bless: bool,
    /// Format of the answer
    #[arg(long, help_heading = "Output", default_value = "text", value_parser = one_of(&[Format::Text, Format::Json, Format::Junit]))]
    pub(crate) format: Format,
    /// Show every run, also where it came out as the scenario says
    #[arg(long, help_heading = "Output")]
    explain: bool,
    #[command(flatten)]
    pub(crate) reports: ReportArgs,
    #[command(flatten)]
    progress: ProgressArgs,
}

/// What decides.
#[derive(Clone, Debug)]
enum ResolverArg {
    DesignA,
    Historical,
    Program(String),
}

const DESIGN_A: &str = STEP_BACK.name;

/// Takes the name of a resolver of ours, or a command line.
fn parse_resolver(text: &str) -> Result<ResolverArg, String> {
    match text {
        DESIGN_A => Ok(ResolverArg::DesignA),
        _ if text == LAST_GREEN.name => Ok(ResolverArg::Historical),
        _ => command_line(text).map(ResolverArg::Program),
    }
}

impl ResolverArg {
    fn name(&self) -> &str {
        match self {
            Self::DesignA => STEP_BACK.name,
            Self::Historical => LAST_GREEN.name,
            Self::Program(command) => command,
        }
    }
}

/// Replays, and answers on `out`; the progress goes to standard error, as a bar
/// where that is a terminal.
pub(crate) fn run(
    args: &ReplayArgs,
    out: &mut impl Write,
    progress: &mut dyn Write,
) -> Result<ExitStatus, Failure> {
    if args.bless && args.paths.is_empty() {
        return Err(Failure::usage(
            "--bless writes scenario files of your own, and not those that ship with samever; name \
             the files",
        ));
    }
    if args.orders && !matches!(args.resolver, ResolverArg::Program(_)) {
        return Err(Failure::usage(
            "--orders asks a program, and none is named; name it with --resolver, or leave --orders out",
        ));
    }
    let files = scenario_files(&args.paths, args.filter.as_deref())?;
    let files = suited(args, files)?;
    if args.list {
        return list(args, &files, out);
    }
    let swarm = swarm(args)?;
    note_interrupts();
    let replaying = Replaying {
        args,
        files: &files,
        swarm: swarm.as_ref(),
    };
    let scenarios = match &args.resolver {
        ResolverArg::DesignA => replaying.replay(&|_| STEP_BACK, signal(), out, progress)?,
        ResolverArg::Historical => replaying.replay(&|_| LAST_GREEN, signal(), out, progress)?,
        ResolverArg::Program(command) => replaying.replay_with(command, out, progress)?,
    };
    if args.bless {
        return bless(&files, &scenarios, out);
    }
    let deployer = deployer_words(args);
    let report = ReplayReport::new(args.resolver.name(), &scenarios)
        .of_command(args.paths.is_empty(), &deployer)
        .explained(args.explain);
    let reported = args.reports.answer(args.format, &report, out)?;
    let status = if report.passed() {
        ExitStatus::Fine
    } else {
        ExitStatus::Finding
    };
    end(status, reported)
}

/// The scenarios that this command can replay. Of those that ship with samever the others are left
/// out: a Swarm deploys recipes, and a program knows Co-op Cloud's order, if it does not say more.
fn suited(args: &ReplayArgs, files: Vec<ScenarioFile>) -> Result<Vec<ScenarioFile>, Failure> {
    let is_on_swarm = args.deployer == DeployerKind::Swarm;
    let is_asked = matches!(args.resolver, ResolverArg::Program(_)) && !args.orders;
    let is_suited = |file: &ScenarioFile| {
        let scheme = &file.scenario.under;
        (!is_on_swarm || scheme.is_of_recipes())
            && (!is_asked || scheme.order() == Order::CoopCloud || !args.paths.is_empty())
    };
    let (suited, others): (Vec<_>, Vec<_>) = files.into_iter().partition(is_suited);
    match others.first() {
        Some(other) if is_on_swarm && (suited.is_empty() || !args.paths.is_empty()) => {
            Err(Failure::usage(format_args!(
                "a Swarm deploys Co-op Cloud recipes, and the scenario {} is under the scheme {}; leave \
                 it out, or leave out --deployer swarm",
                other.name,
                other.scenario.under.name()
            )))
        }
        Some(other) if suited.is_empty() => Err(Failure::usage(format_args!(
            "the scenario {} has another order of versions than Co-op Cloud's, in which a program is \
             asked with --orders alone",
            other.name
        ))),
        Some(_) | None => Ok(suited),
    }
}

/// Names the scenarios.
fn list(
    args: &ReplayArgs,
    files: &[ScenarioFile],
    out: &mut impl Write,
) -> Result<ExitStatus, Failure> {
    if args.format == Format::Junit {
        return Err(Failure::usage(
            "a list of scenarios has no JUnit's XML; take --format text or json",
        ));
    }
    let report = ScenariosReport::new(files);
    let reported = args.reports.answer(args.format, &report, out)?;
    end(ExitStatus::Fine, reported)
}

/// The scenarios of a command.
struct Replaying<'a> {
    args: &'a ReplayArgs,
    files: &'a [ScenarioFile],
    swarm: Option<&'a ReplaySwarm>,
}

impl Replaying<'_> {
    /// Replays with a program, which ends with the last scenario.
    fn replay_with(
        &self,
        command: &str,
        out: &mut impl Write,
        progress: &mut dyn Write,
    ) -> Result<Vec<ScenarioReport>, Failure> {
        let deadline = Duration::from_secs(self.args.deadline);
        let cancel = signal().child(None);
        let program = ProgramInPlace::start(command, deadline, cancel.clone());
        let program = program.map_err(Failure::no_answer)?;
        let names = self.files.iter().map(|file| &file.name);
        let decide = names.map(|name| |inputs: &Inputs<'_>| program.decide(name, inputs));
        let decide: Vec<_> = decide.collect();
        let resolver_of = |number: usize| Resolver {
            name: "a program",
            decide: &decide[number],
            refuses_same_version: true,
        };
        let scenarios = self.replay(&resolver_of, &cancel, out, progress);
        match program.broken() {
            Some(broken) => return Err(Failure::no_answer(broken)),
            None => drop(decide),
        }
        let scenarios = scenarios?;
        program.finish().map_err(Failure::no_answer)?;
        Ok(scenarios)
    }

    fn replay<'r>(
        &'r self,
        resolver_of: &'r (dyn Fn(usize) -> Resolver<'r> + Sync),
        cancel: &'r Cancel,
        out: &mut impl Write,
        progress: &mut dyn Write,
    ) -> Result<Vec<ScenarioReport>, Failure> {
        let Self { args, files, swarm } = *self;
        let bar = args
            .progress
            .bar("{bar:40} {pos}/{len} scenarios", files.len());
        let jobs = match args.resolver {
            ResolverArg::DesignA | ResolverArg::Historical => processors(),
            ResolverArg::Program(_) => 1,
        };
        let order = ReplayOrder {
            files,
            resolver_of,
            swarm,
            keep: args.keep.as_deref(),
            jobs: args.jobs.map_or(jobs, usize::from),
            cancel,
        };
        let is_text = args.format == Format::Text && !args.bless;
        let line =
            |scenario: &ScenarioReport| format!("{}\n", Escaped::new(&scenario_line(scenario)));
        let scenarios = replay_all(
            order,
            |scenario| {
                bar.inc(1);
                // The lines of a text are progress enough, and those that are written.
                if bar.is_hidden() && !is_text && !args.bless && !args.progress.quiet {
                    return progress.write_all(line(scenario).as_bytes());
                }
                Ok(())
            },
            |scenario| {
                if is_text {
                    let line = line(scenario);
                    bar.suspend(|| out.write_all(line.as_bytes()).and_then(|()| out.flush()))?;
                }
                Ok(())
            },
        );
        bar.finish_and_clear();
        scenarios.map_err(|error| match error {
            ReplayError::Show(error) => Failure::output(error),
            error => Failure::no_answer(error),
        })
    }
}

/// The arguments that say what deployed, where that is not files alone.
fn deployer_words(args: &ReplayArgs) -> String {
    if args.deployer == DeployerKind::Swarm {
        let (image, resolve) = (&args.image, &args.resolve_image);
        format!(" --deployer swarm --image {image} --resolve-image {resolve}")
    } else {
        String::new()
    }
}

/// How the Swarm is used: what a scenario makes fail, fails in seconds.
fn swarm(args: &ReplayArgs) -> Result<Option<ReplaySwarm>, Failure> {
    if args.deployer != DeployerKind::Swarm {
        return Ok(None);
    }
    require_swarm().map_err(Failure::no_answer)?;
    Ok(Some(ReplaySwarm {
        image: args.image.clone(),
        settings: SwarmSettings {
            timeout: SWARM_TIMEOUT,
            settle: SWARM_SETTLE,
            // What a scenario makes fail, fails for good.
            max_restarts: 0,
            resolve_image: args.resolve_image.clone(),
            ..SwarmSettings::default()
        },
        cancel: signal().clone(),
    }))
}
