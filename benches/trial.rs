//! How many questions a second does a trial put? Two targets:
//!
//! 1. The built-in resolver, judged by every rule over every small world: at
//!    least 1,000,000 worlds a second on one core.
//! 2. A trivial program at the other end of a pipe (this one, started again,
//!    which answers every question with an error, line by line): at least 20,000
//!    a second.
//!
//! `cargo bench --bench trial` compares the medians with the targets and fails
//! where one is missed; `cargo test --benches` runs it tiny, to see that it
//! works.

use std::io::{self, BufRead, Write};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use samever::internals::SmallWorlds;
use samever::verify::{BuiltIn, Campaign, Program, Selection, Subject};

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

const BUILT_IN_MIN: f64 = 1_000_000.0;
const PIPE_MIN: f64 = 20_000.0;
const TRIVIAL: &str = "--trivial";

fn main() -> Outcome<ExitCode> {
    if std::env::args().any(|arg| arg == TRIVIAL) {
        answer_every_question()?;
        return Ok(ExitCode::SUCCESS);
    }
    let full = std::env::args().any(|arg| arg == "--bench");
    let (runs, cases_max, questions) = if full {
        (5, u64::MAX, 200_000)
    } else {
        (1, 2_000, 2_000)
    };
    let (mut built_in, mut pipe) = (Vec::new(), Vec::new());
    for _ in 0..runs {
        built_in.push(built_in_rate(cases_max)?);
        pipe.push(pipe_rate(questions)?);
    }
    let (built_in, pipe) = (median(built_in), median(pipe));
    let mut out = io::stdout().lock();
    writeln!(
        out,
        "the built-in resolver: {built_in:.0} worlds a second, target at least {BUILT_IN_MIN:.0}\n\
         a trivial program: {pipe:.0} questions a second, target at least {PIPE_MIN:.0}\n\
         (medians of {runs})"
    )?;
    let met = built_in >= BUILT_IN_MIN && pipe >= PIPE_MIN;
    Ok(if met || !full {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// The trivial program.
fn answer_every_question() -> Outcome<()> {
    let mut out = io::stdout().lock();
    for line in io::stdin().lock().lines() {
        let line = line?;
        let id = line.trim_start_matches("{\"id\":");
        let id = id.split(',').next().unwrap_or_default();
        writeln!(out, "{{\"id\": {id}, \"error\": \"x\"}}")?;
        out.flush()?;
    }
    Ok(())
}

/// Small worlds, asked and judged, a second.
fn built_in_rate(cases_max: u64) -> Outcome<f64> {
    let campaign = Campaign {
        selection: Selection {
            cases_max: Some(cases_max),
            only: Some(("small-worlds", None)),
            ..Selection::WHOLE
        },
        ..Campaign::WHOLE
    };
    let start = Instant::now();
    let tried = campaign.run(&|| Ok(Box::new(BuiltIn)))?;
    let seconds = start.elapsed().as_secs_f64();
    if tried.counterexample.is_some() {
        return Err("the built-in resolver is wrong".into());
    }
    let worlds = u32::try_from(tried.cases())?;
    Ok(f64::from(worlds) / seconds)
}

/// Questions, asked and answered, a second.
fn pipe_rate(questions: u32) -> Outcome<f64> {
    let worlds = SmallWorlds::default();
    let cases: Vec<_> = worlds.range(0..u64::from(questions)).collect();
    let itself = std::env::current_exe()?;
    let command = format!("'{}' {TRIVIAL}", itself.display());
    let mut program = Program::start(&command, Duration::from_secs(5), 1)?;
    let start = Instant::now();
    for batch in cases.chunks(512) {
        let mut answers = Vec::new();
        program.ask(batch, &mut answers, &samever::Cancel::never())?;
    }
    Ok(f64::from(questions) / start.elapsed().as_secs_f64())
}

fn median(mut rates: Vec<f64>) -> f64 {
    rates.sort_unstable_by(f64::total_cmp);
    rates[rates.len() / 2]
}
