//! `samever replay`: replay scenarios and compare.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::time::Duration;

use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};
use rayon::iter::{IndexedParallelIterator, IntoParallelRefIterator, ParallelIterator};

use crate::deploy::{SwarmSettings, require_swarm};
use crate::report::{
    ReplayReport, write_replay_end, write_replay_json, write_replay_junit, write_scenario_line,
};
use crate::run::{Resolver, STEP_BACK};
use crate::simulate::{
    LAST_GREEN, PlayError, ReplaySwarm, ScenarioFile, ScenarioReport, read_scenario_file, replay,
    replay_on_swarm, shipped_scenarios,
};

use crate::cli::exit::ExitStatus;
use crate::cli::interrupt::{interrupted, note_interrupts};
use crate::cli::{Failure, exit};

/// How long a stack of a scenario may take to converge, and must stay up.
const SWARM_TIMEOUT: Duration = Duration::from_secs(20);
const SWARM_SETTLE: Duration = Duration::from_secs(5);

/// Replay scenarios on real repositories in temporary folders, and compare
/// what comes out with what they say
#[derive(Args, Debug)]
#[command(after_help = exit::HELP)]
pub(crate) struct ReplayArgs {
    /// Replay these files, and every .yaml and .yml file below these folders; without any,
    /// the scenarios that ship with samever
    #[arg(value_name = "FILE|DIR")]
    paths: Vec<PathBuf>,
    /// Write the outcome in this format
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Decide with this resolver
    #[arg(long, value_enum, default_value_t = ResolverArg::DesignA)]
    resolver: ResolverArg,
    /// Deploy with this: files alone, or a Docker Swarm, which takes its time
    #[arg(long, value_enum, default_value_t = DeployerArg::Tree)]
    deployer: DeployerArg,
    /// Run this image on the Swarm: any that has a busybox at /bin/busybox
    #[arg(long, value_name = "IMAGE", default_value = "busybox:stable")]
    image: String,
    /// Tell `docker stack deploy` when to look the image up: always, changed or never
    #[arg(long, value_name = "WHEN", default_value = "always", value_parser = ["always", "changed", "never"])]
    resolve_image: String,
    /// Keep each scenario's repository and runs in a new folder below this one
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,
    /// Replay so many scenarios at a time; without it, as many as there are
    /// processors
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    jobs: Option<u16>,
    /// Replay only scenarios whose name contains this
    #[arg(long, value_name = "TEXT")]
    filter: Option<String>,
    /// Tell every run, also where it came out as the scenario says
    #[arg(long)]
    explain: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
    Junit,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum DeployerArg {
    Tree,
    Swarm,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum ResolverArg {
    DesignA,
    /// The one before the cure: the last-green version, whatever the head is
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
    mut progress: &mut dyn Write,
) -> Result<ExitStatus, Failure> {
    let files = files(args)?;
    let swarm = swarm(args)?;
    note_interrupts();
    let threads = rayon::ThreadPoolBuilder::new()
        .num_threads(args.jobs.map_or(0, usize::from))
        .build()
        .map_err(Failure::no_answer)?;
    let failed = AtomicBool::new(false);
    let go_on = || !interrupted() && !failed.load(Ordering::Relaxed);
    let scenarios = threads.in_place_scope(|scope| {
        let (sender, receiver) = mpsc::channel();
        let (files, go_on, swarm) = (&files, &go_on, &swarm);
        scope.spawn(move |_| {
            files
                .par_iter()
                .enumerate()
                .for_each_with(sender, |sender, (index, file)| {
                    let keep = args.keep.as_deref();
                    let resolver = args.resolver.resolver();
                    let report = match swarm {
                        Some(swarm) => replay_on_swarm(file, resolver, swarm, keep, go_on),
                        None => replay(file, resolver, keep, go_on),
                    };
                    // The receiver is gone only where an error ended it all.
                    let _ = sender.send((index, report));
                });
        });
        let bar = progress_bar(files.len());
        let finished = |report: &ScenarioReport| {
            bar.inc(1);
            // The lines of a text are progress enough.
            if bar.is_hidden() && args.format != Format::Text {
                write_scenario_line(&mut progress, report).map_err(Failure::output)?;
            }
            Ok(())
        };
        let show = |report: &ScenarioReport| match args.format {
            Format::Text => bar
                .suspend(|| write_scenario_line(out, report).and_then(|()| out.flush()))
                .map_err(Failure::output),
            Format::Json | Format::Junit => Ok(()),
        };
        let collected = collect(files, &receiver, finished, show);
        bar.finish_and_clear();
        // What is still running is of no use to anybody then.
        failed.store(collected.is_err(), Ordering::Relaxed);
        collected
    })?;
    let deployer = deployer_words(args);
    let report = ReplayReport {
        deployer: &deployer,
        resolver: args.resolver.resolver().name,
        shipped: args.paths.is_empty(),
        scenarios: &scenarios,
    };
    match args.format {
        Format::Text => write_replay_end(out, &report, args.explain),
        Format::Json => write_replay_json(out, &report),
        Format::Junit => write_replay_junit(out, &report),
    }
    .map_err(Failure::output)?;
    Ok(if report.failed() == 0 {
        ExitStatus::Fine
    } else {
        ExitStatus::Finding
    })
}

/// The arguments that say what deployed, where that is not files alone.
fn deployer_words(args: &ReplayArgs) -> String {
    match args.deployer {
        DeployerArg::Tree => String::new(),
        DeployerArg::Swarm => format!(
            " --deployer swarm --image {} --resolve-image {}",
            args.image, args.resolve_image
        ),
    }
}

/// How the Swarm is used: what a scenario makes fail, fails in seconds.
fn swarm(args: &ReplayArgs) -> Result<Option<ReplaySwarm>, Failure> {
    if args.deployer == DeployerArg::Tree {
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
        interrupted,
    }))
}

type Replayed = (usize, Result<Option<ScenarioReport>, PlayError>);

/// Takes the reports as they come, tells each that is `finished`, and shows them
/// in order.
fn collect(
    files: &[ScenarioFile],
    receiver: &mpsc::Receiver<Replayed>,
    mut finished: impl FnMut(&ScenarioReport) -> Result<(), Failure>,
    mut show: impl FnMut(&ScenarioReport) -> Result<(), Failure>,
) -> Result<Vec<ScenarioReport>, Failure> {
    let mut waiting = BTreeMap::new();
    let mut reports = Vec::with_capacity(files.len());
    for (index, report) in receiver {
        let report = report
            .map_err(|error| Failure::no_answer(format_args!("{}: {error}", files[index].name)))?;
        let Some(report) = report else {
            return Err(Failure::no_answer(
                "interrupted: what was begun is cleaned up, and nothing was compared to the end",
            ));
        };
        finished(&report)?;
        waiting.insert(index, report);
        while let Some(report) = waiting.remove(&reports.len()) {
            show(&report)?;
            reports.push(report);
        }
    }
    Ok(reports)
}

/// A bar on standard error where that is a terminal, else nothing.
fn progress_bar(scenarios: usize) -> ProgressBar {
    if !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(scenarios as u64);
    if let Ok(style) = ProgressStyle::with_template("{bar:40} {pos}/{len} scenarios") {
        bar.set_style(style);
    }
    bar
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
