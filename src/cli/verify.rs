//! `samever verify`: put a resolver on trial.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use clap::Args;

use crate::jobs::processors;
use crate::recipe::Recipe;
use crate::report::{Format, Repeat, VerifyReport, plural, seed_line};
use crate::verify::subject::MUTANTS;
use crate::verify::{
    BuiltIn, CORPUS, Campaign, CampaignReport, Found, Level, Mutant, OTHER_ORDERS, Observation,
    PHASE_NAMES, PhaseReport, Program, Selection,
};

use crate::shard::Shard;

use crate::cli::corpus::{add_to_corpus, read_corpus};
use crate::cli::exit;
use crate::cli::exit::ExitStatus;
use crate::cli::failure::Failure;
use crate::cli::interrupt::{note_interrupts, signal};
use crate::cli::observe::Observer;
use crate::cli::output::{ReportArgs, end, one_named, one_of, write_file};
use crate::cli::progress::ProgressArgs;
use crate::cli::repeat::{others, repeat};
use crate::cli::values::{DEADLINE, command_line, path};
use crate::cli::verify_evidence::{Expected, write_evidence};

/// Search a resolver for a counterexample, and prove that one would be found
#[derive(Args, Clone, Debug)]
#[command(after_help = exit::HELP)]
pub(crate) struct VerifyArgs {
    /// Program to put on trial in place of the built-in resolver: a command line that speaks
    /// samever/resolver/1
    #[arg(long, help_heading = "Trial", value_name = "CMD", value_parser = command_line, conflicts_with_all = ["teeth", "mutant"])]
    resolver: Option<String>,
    /// Seconds to wait for each answer of the program
    #[arg(long, help_heading = "Trial", value_name = "SECONDS", default_value_t = DEADLINE, value_parser = clap::value_parser!(u64).range(1..=3600))]
    deadline: u64,
    /// Number of questions after which the program is started afresh [default: at the start of each
    /// phase, and after 1, 2, 4, 8, … blocks of its cases]
    #[arg(long, help_heading = "Trial", value_name = "N", value_parser = clap::value_parser!(u64).range(1..), requires = "resolver")]
    restart: Option<u64>,
    /// Ask the program in the other orders of versions as well; the question names the order
    #[arg(long, help_heading = "Trial", requires = "resolver")]
    orders: bool,
    /// Rules to judge by: those that bind any sane resolver, or also the exact chain
    #[arg(long, help_heading = "Trial", default_value = Level::DesignA.name(), value_parser = one_named(&Level::ALL, Level::name))]
    level: Level,
    /// Number of cases to try in each phase; a phase with fewer tries all of them [default: all;
    /// with --resolver at most 200,000]
    #[arg(long, help_heading = "Extent", value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    cases: Option<u64>,
    /// Number that the random cases are made from [default: from the commit of the working tree]
    #[arg(long, help_heading = "Extent", value_name = "S")]
    seed: Option<u64>,
    /// Seconds after which the search ends; random worlds and nights go on until then
    #[arg(long, help_heading = "Extent", value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=86_400))]
    budget: Option<u64>,
    /// Put only the mutants on trial: resolvers broken on purpose, which must all be killed
    #[arg(long, help_heading = "Trial", conflicts_with = "mutant")]
    teeth: bool,
    /// Mutant to put on trial, to show what kills it
    #[arg(long, help_heading = "Trial", value_name = "NAME", value_parser = parse_mutant)]
    mutant: Option<Mutant>,
    /// Number of counterexamples to look for, each to another rule; --budget and --cases bound the
    /// search for each
    #[arg(long, help_heading = "Extent", value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..), conflicts_with = "teeth")]
    keep_going: u8,
    /// Folder of counterexamples of earlier trials, which are tried first; new ones are written there
    #[arg(long, help_heading = "Trial", value_name = "DIR", value_parser = path(), conflicts_with_all = ["teeth", "only", "shard", "check"])]
    corpus: Option<PathBuf>,
    /// Folder for counterexamples, as scenarios that `samever replay` runs
    #[arg(long, help_heading = "Output", value_name = "DIR", value_parser = path())]
    save: Option<PathBuf>,
    /// Folder for evidence.json: what was tried, and a digest of all answers
    #[arg(long, help_heading = "Output", value_name = "DIR", value_parser = path())]
    evidence: Option<PathBuf>,
    /// Evidence of an earlier trial to check: the trial runs again, and what differs is told; of a
    /// program's, with the same --resolver
    #[arg(long, help_heading = "Trial", value_name = "FILE", value_parser = path(), conflicts_with_all = ["level", "seed", "cases", "budget", "shard", "only", "teeth", "mutant", "keep_going", "save", "evidence", "format", "report"])]
    check: Option<PathBuf>,
    /// File for every question of the trial and its answer, one JSON object a line
    #[arg(long, help_heading = "Output", value_name = "FILE", value_parser = path(), conflicts_with_all = ["teeth", "check"])]
    observe: Option<PathBuf>,
    /// Number of jobs, each with a program of its own [default: 1 with --resolver, else number of
    /// CPUs]
    #[arg(short, long, help_heading = "Extent", value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    jobs: Option<u16>,
    /// Try only the Ith of N parts of each phase, so that N machines try everything
    #[arg(long, help_heading = "Extent", value_name = "I/N")]
    shard: Option<Shard>,
    /// Try only this phase, or only the block of cases around this one
    #[arg(long, help_heading = "Extent", value_name = "PHASE[:CASE]", value_parser = parse_only, conflicts_with = "teeth")]
    only: Option<(&'static str, Option<u64>)>,
    /// Format of the answer
    #[arg(long, help_heading = "Output", default_value = "text", value_parser = one_of(&[Format::Text, Format::Json, Format::Junit]))]
    pub(crate) format: Format,
    #[command(flatten)]
    pub(crate) reports: ReportArgs,
    #[command(flatten)]
    progress: ProgressArgs,
}

/// The most cases of a phase that a program is asked about by default: it answers some thousand
/// questions a second, and the built-in resolver a million.
const PROGRAM_CASES: u64 = 200_000;

/// How many hexadecimal digits of a commit make a seed.
const SEED_DIGITS: usize = 12;

fn parse_mutant(name: &str) -> Result<Mutant, String> {
    let found = MUTANTS.iter().find(|mutant| mutant.name == name);
    found.copied().ok_or_else(|| {
        let names: Vec<_> = MUTANTS.iter().map(|mutant| mutant.name).collect();
        format!("there are {}", names.join(", "))
    })
}

fn parse_only(text: &str) -> Result<(&'static str, Option<u64>), String> {
    let (name, case) = match text.split_once(':') {
        None => (text, Ok(None)),
        Some((name, case)) => (name, case.parse().map(Some)),
    };
    let phase = PHASE_NAMES.into_iter().find(|phase| *phase == name);
    match (phase, case) {
        (Some(phase), Ok(case)) => Ok((phase, case)),
        (Some(_), Err(_)) => Err("the number of a case is such as nights:17".to_owned()),
        (None, _) => Err(format!("there are {}", PHASE_NAMES.join(", "))),
    }
}

/// The number that the commit of the working tree begins with, short enough to
/// be one in everybody's JSON; 0 where there is no commit.
fn seed_of_the_commit() -> u64 {
    let head = Recipe::open(Path::new(".")).and_then(|recipe| recipe.commit("--head", "HEAD"));
    let digits = head.map_or_else(|_| String::new(), |id| id.to_string());
    let digits = digits.get(..SEED_DIGITS).unwrap_or("0");
    u64::from_str_radix(digits, 16).expect("an id is written in hexadecimal digits")
}

impl VerifyArgs {
    fn selection(&self) -> Selection<'static> {
        Selection {
            cases_max: self.cases,
            whole_max: self.resolver.as_ref().map(|_| PROGRAM_CASES),
            endless: self.budget.is_some(),
            shard: self.shard.unwrap_or(Shard::WHOLE),
            only: self.only,
        }
    }

    /// The rules that are left out: a program knows Co-op Cloud's order, if it does not say more.
    fn without(&self) -> &'static [&'static str] {
        if self.resolver.is_some() && !self.orders {
            &[OTHER_ORDERS]
        } else {
            &[]
        }
    }

    /// The arguments of the trial that a file of evidence is about.
    fn as_before(&self, expected: &Expected) -> Result<Self, Failure> {
        let mutant = parse_mutant(&expected.resolver).ok();
        let is_ours =
            mutant.is_some() || ["built-in", "none"].contains(&expected.resolver.as_str());
        let given = self.resolver.as_deref();
        if given.unwrap_or(&expected.resolver) != expected.resolver || given.is_none() != is_ours {
            return Err(Failure::usage(format_args!(
                "the evidence is about the resolver {}; give {}",
                expected.resolver,
                if is_ours {
                    "no --resolver"
                } else {
                    "the same with --resolver, so that it is your word that runs it"
                }
            )));
        }
        let unknown = |what: &str, value: &str| {
            Failure::no_answer(format_args!(
                "the evidence has the {what} {value}, which this version of samever does not know"
            ))
        };
        let level = Level::ALL
            .into_iter()
            .find(|level| level.name() == expected.level);
        let bounds = &expected.bounds;
        let shard = bounds
            .shard
            .parse()
            .map_err(|_| unknown("shard", &bounds.shard))?;
        let only = bounds
            .only
            .as_deref()
            .map(|only| parse_only(only).map_err(|_| unknown("phase", only)));
        Ok(Self {
            level: level.ok_or_else(|| unknown("level", &expected.level))?,
            seed: Some(expected.seed),
            mutant,
            teeth: expected.is_of_mutants_alone(),
            cases: bounds.cases,
            budget: bounds.budget_seconds,
            shard: Some(shard),
            only: only.transpose()?,
            ..self.clone()
        })
    }

    fn jobs(&self) -> u16 {
        self.jobs
            .unwrap_or_else(|| u16::try_from(processors()).unwrap_or(u16::MAX))
    }

    /// The words of the command that puts the same resolver on trial again.
    fn words(&self, seed: &str) -> Vec<String> {
        let mut words = vec!["samever", "verify"];
        if let Some(resolver) = &self.resolver {
            words.extend(["--resolver", resolver]);
        }
        let restart = self.restart.map(|questions| questions.to_string());
        if let Some(restart) = &restart {
            words.extend(["--restart", restart]);
        }
        if self.orders {
            words.push("--orders");
        }
        if let Some(mutant) = self.mutant {
            words.extend(["--mutant", mutant.name]);
        }
        if self.level == Level::Safety {
            words.extend(["--level", "safety"]);
        }
        words.extend(["--seed", seed]);
        words.into_iter().map(str::to_owned).collect()
    }

    /// The command that meets a counterexample again, without all that was tried before it.
    fn alone(&self, seed: &str, found: &Found) -> String {
        let mut words = self.words(seed);
        let only = format!("{}:{}", found.phase, found.case);
        match &self.corpus {
            Some(folder) if found.phase == CORPUS => {
                words.extend(["--corpus".to_owned(), folder.display().to_string()]);
            }
            Some(_) | None => words.extend(["--only".to_owned(), only]),
        }
        command(&words)
    }

    /// The command that tries everything again up to a counterexample.
    fn whole(&self, seed: &str) -> String {
        let mut words = self.words(seed);
        let mut add = |option: &str, value: Option<String>| {
            let value = value.map(|value| [option.to_owned(), value]);
            words.extend(value.into_iter().flatten());
        };
        let corpus = self.corpus.as_ref();
        add(
            "--corpus",
            corpus.map(|folder| folder.display().to_string()),
        );
        add("--cases", self.cases.map(|cases| cases.to_string()));
        add("--budget", self.budget.map(|budget| budget.to_string()));
        add("--shard", self.shard.map(|shard| shard.to_string()));
        let only = self.only.map(|(phase, case)| match case {
            Some(case) => format!("{phase}:{case}"),
            None => phase.to_owned(),
        });
        add("--only", only);
        command(&words)
    }
}

fn command(words: &[String]) -> String {
    let words = words.iter().map(String::as_str);
    shlex::try_join(words).expect("no argument of a command line has a NUL byte")
}

/// Puts the resolver on trial, and answers on `out`; the progress goes to
/// standard error, as a bar where that is a terminal.
pub(crate) fn run(
    args: &VerifyArgs,
    out: &mut impl Write,
    progress: &mut dyn Write,
) -> Result<ExitStatus, Failure> {
    note_interrupts();
    let Some(file) = &args.check else {
        return trial(args, None, out, progress);
    };
    let expected = Expected::read(file)?;
    trial(&args.as_before(&expected)?, Some(&expected), out, progress)
}

fn trial(
    args: &VerifyArgs,
    expected: Option<&Expected>,
    out: &mut impl Write,
    progress: &mut dyn Write,
) -> Result<ExitStatus, Failure> {
    let seed = args.seed.unwrap_or_else(seed_of_the_commit);
    let begun = match args.format {
        Format::Text => writeln!(out, "{}", seed_line(seed)).and_then(|()| out.flush()),
        Format::Json | Format::Junit | Format::Matrix => writeln!(progress, "{}", seed_line(seed)),
    };
    begun.map_err(Failure::output)?;
    let bar = args.progress.bar("{msg:18} {bar:40} {pos}/{len} cases", 0);
    let show = |tried: &PhaseReport| {
        bar.set_message(tried.phase);
        bar.set_length(tried.of.unwrap_or_default());
        bar.set_position(tried.cases);
    };
    let corpus = args.corpus.as_deref().map(read_corpus).transpose()?;
    let (corpus, corpus_files) = corpus.unwrap_or_default();
    let observer = args.observe.as_deref().map(Observer::create).transpose()?;
    let note = |seen: &Observation<'_>| {
        if let Some(observer) = &observer {
            observer.note(seen);
        }
    };
    let campaign = Campaign {
        level: args.level,
        observe: observer.is_some().then_some(&note),
        without: args.without(),
        corpus: &corpus,
        selection: args.selection(),
        seed,
        jobs: args.jobs(),
        cancel: signal(),
        progress: &show,
    };
    let tried = on_trial(args, campaign);
    let mut mutants = Vec::new();
    if args.mutant.is_none() && tried.is_ok() {
        mutants = campaign.run_mutants().map_err(Failure::no_answer)?;
    }
    bar.finish_and_clear();
    let (resolver, tried, repeat) = tried?;
    if signal().is_cancelled() {
        // Those that were not tried would look like survivors.
        mutants.clear();
    }
    let report = VerifyReport {
        resolver,
        level: args.level,
        seed,
        selection: campaign.selection,
        budget_seconds: args.budget,
        campaign: tried.as_ref(),
        mutants: &mutants,
        interrupted: signal().is_cancelled(),
        repeat: repeat.as_ref(),
    };
    if let Some(expected) = expected.filter(|_| !report.interrupted) {
        return expected.compare(&report, out);
    }
    if let Some(observer) = &observer {
        observer.finish()?;
    }
    let reported = args.reports.answer(args.format, &report, out)?;
    save(args, &report, &corpus_files, progress)?;
    end(status_of(&report)?, reported)
}

/// How the command ends.
fn status_of(report: &VerifyReport<'_>) -> Result<ExitStatus, Failure> {
    if report.interrupted {
        return Err(Failure::no_answer(
            "interrupted: this is what was tried so far, and not all that there is to try",
        ));
    }
    let missed = report.campaign.map_or(0, |tried| tried.missed.len());
    if missed > 0 && report.survivors() == 0 {
        return Err(Failure::no_answer(format_args!(
            "not enough was tried, so nothing is known: {} that a trial must have met {} not met; \
             give it more time (--budget), or faster answers",
            plural(missed, "point"),
            if missed == 1 { "was" } else { "were" },
        )));
    }
    Ok(if report.passed() {
        ExitStatus::Fine
    } else {
        ExitStatus::Finding
    })
}

/// What was on trial, what came of it, and how a counterexample is met again.
type Tried<'a> = (&'a str, Option<CampaignReport>, Option<Repeat>);

/// Puts the resolver that the arguments name on trial, if they name one.
fn on_trial<'a>(args: &'a VerifyArgs, campaign: Campaign<'_>) -> Result<Tried<'a>, Failure> {
    let deadline = Duration::from_secs(args.deadline);
    let (seed, restart) = (campaign.seed, args.restart);
    let program = |command: &str| {
        let program = Program::start(command, deadline, seed)?;
        Ok(Box::new(program.restarted_after(restart)) as _)
    };
    let (resolver, jobs) = match (&args.resolver, args.mutant) {
        (Some(command), _) => (command.as_str(), args.jobs.unwrap_or(1)),
        (None, Some(mutant)) => (mutant.name, campaign.jobs),
        (None, None) if args.teeth => return Ok(("none", None, None)),
        (None, None) => ("built-in", campaign.jobs),
    };
    let run = |campaign: Campaign<'_>| {
        let seconds = args.budget.map(Duration::from_secs);
        let cancel = signal().child(seconds.map(|seconds| Instant::now() + seconds));
        let campaign = Campaign {
            cancel: &cancel,
            jobs,
            ..campaign
        };
        match (&args.resolver, args.mutant) {
            (Some(command), _) => campaign.run(&|| program(command)),
            (None, Some(mutant)) => campaign.run_mutant(mutant),
            (None, None) => campaign.run(&|| Ok(Box::new(BuiltIn) as _)),
        }
    };
    let mut tried = run(campaign).map_err(Failure::no_answer)?;
    if tried.cases() == 0 && tried.counterexample.is_none() {
        return Err(Failure::no_answer(
            "not one case was tried, so nothing is known: give it more time, or fewer parts",
        ));
    }
    tried.others = others(args.keep_going.into(), campaign, &tried, &run);
    let seed = seed.to_string();
    let repeat = tried.counterexample.as_ref().map(|found| {
        let (alone, whole) = (args.alone(&seed, found), args.whole(&seed));
        repeat(&run, campaign, found, alone, whole)
    });
    Ok((resolver, Some(tried), repeat))
}

/// Writes down what is asked for: the evidence, and counterexamples.
fn save(
    args: &VerifyArgs,
    report: &VerifyReport<'_>,
    corpus_files: &[PathBuf],
    progress: &mut dyn Write,
) -> Result<(), Failure> {
    if let Some(folder) = &args.evidence {
        write_evidence(folder, report, args.resolver.as_deref(), corpus_files)?;
    }
    let campaign = report.campaign.into_iter();
    let found = campaign.flat_map(CampaignReport::counterexamples);
    if let Some(folder) = &args.corpus {
        for found in found.clone().filter(|found| found.phase != CORPUS) {
            if let Some(path) = add_to_corpus(folder, found)? {
                let line = format!("added {} to the corpus", path.display());
                writeln!(progress, "{}", samever_core::Escaped::new(&line))
                    .map_err(Failure::output)?;
            }
        }
    }
    let Some(folder) = &args.save else {
        return Ok(());
    };
    let found = found.map(|found| (found.counterexample.invariant, found));
    let mutants = report.mutants.iter().filter(|_| args.teeth);
    let mutants = mutants.filter_map(|report| Some((report.mutant.name, report.found.as_ref()?)));
    for (name, found) in found.chain(mutants) {
        let line = match &found.counterexample.scenario {
            Ok(yaml) => {
                let path = save_file(folder, &format!("{name}.yaml"), yaml)?;
                format!("saved {}", path.display())
            }
            Err(why) => format!("{name} cannot be saved as a scenario: {why}"),
        };
        writeln!(progress, "{}", samever_core::Escaped::new(&line)).map_err(Failure::output)?;
    }
    Ok(())
}

fn save_file(folder: &Path, name: &str, content: &str) -> Result<PathBuf, Failure> {
    let path = folder.join(name);
    write_file(&path, content).map_err(|error| {
        Failure::no_answer(format_args!(
            "{} cannot be written: {error}",
            path.display()
        ))
    })?;
    Ok(path)
}
