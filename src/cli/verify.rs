//! `samever verify`: put a resolver on trial.

use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use clap::{Args, ValueEnum};

use crate::recipe::Recipe;
use crate::report::{VerifyReport, write_verify_json, write_verify_text};
use crate::verify::{
    Bounds, BuiltIn, Hunt, Level, MUTANTS, Mutant, Program, hunt, teeth, try_mutant,
};

use super::interrupt::{interrupted, note_interrupts};
use super::{ExitStatus, Failure, exit};

/// Hunt for a counterexample in a resolver, and prove that one would be found
#[derive(Args, Debug)]
#[command(after_help = exit::HELP)]
pub(super) struct VerifyArgs {
    /// Put this program on trial, a command line that speaks samever/resolver/1,
    /// and not the built-in resolver
    #[arg(long, value_name = "CMD", conflicts_with_all = ["teeth", "mutant"])]
    resolver: Option<String>,
    /// Wait so long for each answer of the program
    #[arg(long, value_name = "SECONDS", default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=3600))]
    deadline: u64,
    /// Ask so many questions in each phase, and no more
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    cases: Option<u64>,
    /// Go on with random worlds until so much time has passed
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=86_400))]
    budget: Option<u64>,
    /// Make the random worlds from this number; without it, from the commit of
    /// the working tree, so that they vary and still repeat
    #[arg(long, value_name = "S")]
    seed: Option<u64>,
    /// Judge by the rules that bind any sane resolver, or also by the exact
    /// chain
    #[arg(long, value_enum, default_value_t = LevelArg::DesignA)]
    level: LevelArg,
    /// Put only the broken resolvers on trial, each of which must be convicted
    #[arg(long, conflicts_with = "mutant")]
    teeth: bool,
    /// Put this broken resolver on trial, and show how it is convicted
    #[arg(long, value_name = "NAME", value_parser = parse_mutant)]
    mutant: Option<Mutant>,
    /// Write the outcome in this format
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum LevelArg {
    Safety,
    DesignA,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    Text,
    Json,
}

fn parse_mutant(name: &str) -> Result<Mutant, String> {
    let found = MUTANTS.iter().find(|mutant| mutant.name == name);
    found.copied().ok_or_else(|| {
        let names: Vec<_> = MUTANTS.iter().map(|mutant| mutant.name).collect();
        format!("there are {}", names.join(", "))
    })
}

/// The number that the commit of the working tree stands for; 0 where there is
/// none.
fn seed_of_the_commit() -> u64 {
    let head = Recipe::open(Path::new(".")).and_then(|recipe| recipe.commit("--head", "HEAD"));
    let id = head
        .ok()
        .and_then(|id| id.as_bytes().first_chunk().copied());
    id.map_or(0, u64::from_be_bytes)
}

/// Puts the resolver on trial, and answers on `out`.
pub(super) fn run(args: &VerifyArgs, out: &mut impl Write) -> Result<ExitStatus, Failure> {
    note_interrupts();
    let end = args
        .budget
        .map(|seconds| Instant::now() + Duration::from_secs(seconds));
    let go_on = || !interrupted() && end.is_none_or(|end| Instant::now() < end);
    let bounds = Bounds {
        cases_max: args.cases.unwrap_or(u64::MAX),
        seed: args.seed.unwrap_or_else(seed_of_the_commit),
        random_worlds: args.budget.map_or(Bounds::NONE.random_worlds, |_| u64::MAX),
        go_on: &go_on,
    };
    let level = match args.level {
        LevelArg::Safety => Level::Safety,
        LevelArg::DesignA => Level::DesignA,
    };
    let (resolver, tried) = match (&args.resolver, args.mutant) {
        (Some(command), _) => {
            let deadline = Duration::from_secs(args.deadline);
            let mut program = Program::start(command, deadline).map_err(Failure::no_answer)?;
            (command.as_str(), Some(hunt(&mut program, level, bounds)))
        }
        (None, Some(mutant)) => (mutant.name, Some(try_mutant(mutant, level, bounds))),
        (None, None) if args.teeth => ("none", None),
        (None, None) => ("built-in", Some(hunt(&mut BuiltIn, level, bounds))),
    };
    let tried: Option<Hunt> = tried.transpose().map_err(Failure::no_answer)?;
    if tried.as_ref().is_some_and(|tried| tried.total() == 0) {
        return Err(Failure::no_answer(
            "no question was asked, so nothing is known",
        ));
    }
    let mut convicted = Vec::new();
    if args.mutant.is_none() {
        convicted = teeth(&|| !interrupted()).map_err(Failure::no_answer)?;
    }
    if interrupted() {
        // Those that were not tried would look like survivors.
        convicted.clear();
    }
    let report = VerifyReport {
        resolver,
        level,
        seed: bounds.seed,
        hunt: tried.as_ref(),
        teeth: &convicted,
    };
    match args.format {
        Format::Text => write_verify_text(out, &report),
        Format::Json => write_verify_json(out, &report),
    }
    .map_err(Failure::output)?;
    if interrupted() {
        return Err(Failure::no_answer(
            "interrupted: this is what was tried so far, and not all that there is to try",
        ));
    }
    Ok(if report.passed() {
        ExitStatus::Fine
    } else {
        ExitStatus::Finding
    })
}
