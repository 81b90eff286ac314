//! `samever replay`: replay scenarios and compare.

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Args, ValueEnum};

use crate::deploy::{DeployerKind, SwarmSettings, require_swarm};
use crate::jobs::processors;
use crate::report::{Format, ReplayReport, scenario_line};
use crate::run::{Resolver, STEP_BACK};
use crate::simulate::{
    LAST_GREEN, ReplayError, ReplayOrder, ReplaySwarm, ScenarioFile, ScenarioReport,
    read_scenario_file, replay_all, shipped_scenarios,
};
use samever_core::Escaped;

use crate::cli::deployer_args::RESOLVE_IMAGE;
use crate::cli::exit;
use crate::cli::exit::ExitStatus;
use crate::cli::failure::Failure;
use crate::cli::interrupt::{note_interrupts, signal};
use crate::cli::output::{ReportArgs, end, one_of};
use crate::cli::progress::ProgressArgs;
use crate::cli::values::{parse_words, path};

/// How long a stack of a scenario may take to converge, and must stay up.
const SWARM_TIMEOUT: Duration = Duration::from_mins(1);
const SWARM_SETTLE: Duration = Duration::from_secs(5);

/// Replay scenarios on real repositories in temporary folders, and compare the
/// outcome with what they say
#[derive(Args, Debug)]
#[command(after_help = exit::HELP)]
pub(crate) struct ReplayArgs {
    /// Scenario files, and folders with .yaml and .yml files [default: the scenarios that ship with
    /// samever]
    #[arg(help_heading = "Scenarios", value_name = "FILE|DIR", value_parser = path())]
    paths: Vec<PathBuf>,
    /// Resolver that decides
    #[arg(long, help_heading = "Decision", value_enum, default_value_t = ResolverArg::DesignA)]
    resolver: ResolverArg,
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
    /// Number of scenarios to replay at the same time [default: number of CPUs]
    #[arg(short, long, help_heading = "Scenarios", value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    jobs: Option<u16>,
    /// Replay only scenarios with this text in their name
    #[arg(long, help_heading = "Scenarios", value_name = "TEXT", value_parser = parse_words)]
    filter: Option<String>,
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

#[derive(Clone, Copy, Debug, ValueEnum)]
enum ResolverArg {
    DesignA,
    /// The resolver before the cure: always the last-green version, even where it is the head's
    Historical,
}

impl ResolverArg {
    fn resolver(self) -> Resolver<'static> {
        match self {
            Self::DesignA => STEP_BACK,
            Self::Historical => LAST_GREEN,
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
    let files = files(args)?;
    let swarm = swarm(args)?;
    note_interrupts();
    let bar = args
        .progress
        .bar("{bar:40} {pos}/{len} scenarios", files.len());
    let order = ReplayOrder {
        files: &files,
        resolver: args.resolver.resolver(),
        swarm: swarm.as_ref(),
        keep: args.keep.as_deref(),
        jobs: args.jobs.map_or_else(processors, usize::from),
        cancel: signal(),
    };
    let is_text = args.format == Format::Text;
    let line = |scenario: &ScenarioReport| format!("{}\n", Escaped::new(&scenario_line(scenario)));
    let scenarios = replay_all(
        order,
        |scenario| {
            bar.inc(1);
            // The lines of a text are progress enough.
            if bar.is_hidden() && !is_text && !args.progress.quiet {
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
    let scenarios = scenarios.map_err(|error| match error {
        ReplayError::Show(error) => Failure::output(error),
        error => Failure::no_answer(error),
    })?;
    let deployer = deployer_words(args);
    let report = ReplayReport::new(args.resolver.resolver().name, &scenarios)
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
            resolve_image: args.resolve_image.clone(),
            ..SwarmSettings::default()
        },
        cancel: signal().clone(),
    }))
}

/// The scenarios to replay, at least one.
fn files(args: &ReplayArgs) -> Result<Vec<ScenarioFile>, Failure> {
    let mut files = if args.paths.is_empty() {
        shipped_scenarios().map_err(Failure::no_answer_in_lines)?
    } else {
        let mut files = Vec::new();
        for path in listed(&args.paths)? {
            let file = read_scenario_file(&path).map_err(Failure::no_answer_in_lines)?;
            require_new_name(&files, &file)?;
            files.push(file);
        }
        files
    };
    let found = files.len();
    if let Some(filter) = &args.filter {
        files.retain(|file| file.name.contains(filter.as_str()));
    }
    if !files.is_empty() {
        return Ok(files);
    }
    Err(match &args.filter {
        Some(filter) if found > 0 => Failure::no_answer(format_args!(
            "none of the {found} scenarios has {filter} in its name, so nothing would be \
             compared; give a part of a name with --filter"
        )),
        Some(_) | None => Failure::no_answer(
            "there is no .yaml or .yml file below the folders given, so nothing would be compared; give \
             scenario files, or nothing for those that ship with samever",
        ),
    })
}

/// Reports and kept folders go by the name: two of one name could not be told
/// apart.
fn require_new_name(files: &[ScenarioFile], file: &ScenarioFile) -> Result<(), Failure> {
    match files.iter().find(|other| other.name == file.name) {
        None => Ok(()),
        Some(other) => Err(Failure::no_answer(format_args!(
            "two scenarios have the name {}: {} and {}; rename one, or replay them apart",
            file.name, other.path, file.path
        ))),
    }
}

/// The files given, and those below the folders given, each once.
fn listed(paths: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    let mut listed: Vec<PathBuf> = Vec::new();
    let mut places = BTreeSet::new();
    for path in paths {
        let mut found = Vec::new();
        if path.is_dir() {
            add_yaml_files(path, &mut found).map_err(|error| {
                Failure::no_answer(format_args!("{} cannot be listed: {error}", path.display()))
            })?;
        } else {
            found.push(path.clone());
        }
        for path in found {
            // One that does not exist is found out when it is read.
            let place = path.canonicalize().unwrap_or_else(|_| path.clone());
            if places.insert(place) {
                listed.push(path);
            }
        }
    }
    Ok(listed)
}

/// Adds the files below a folder, in the order of their names. Links to folders
/// are not followed: they may lead in a circle.
fn add_yaml_files(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    let mut entries = std::fs::read_dir(folder)?.collect::<io::Result<Vec<_>>>()?;
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let path = entry.path();
        let is_yaml = path
            .extension()
            .is_some_and(|ending| ending == "yaml" || ending == "yml");
        if entry.file_type()?.is_dir() {
            add_yaml_files(&path, files)?;
        } else if is_yaml {
            files.push(path);
        }
    }
    Ok(())
}
