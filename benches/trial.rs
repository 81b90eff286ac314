//! How many questions a second does a trial put? Two targets:
//!
//! 1. The built-in resolver, judged by every rule over every small world: at
//!    least 1,000,000 worlds a second on one core.
//! 2. A trivial program at the other end of a pipe (`sed`, which answers every
//!    question with an error): at least 20,000 a second.
//!
//! `cargo bench --bench trial` compares the medians with the targets and fails
//! where one is missed; `cargo test --benches` runs it tiny, to see that it
//! works.

use std::io::{self, Write};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use samever::{Bounds, BuiltIn, Level, Program, SmallWorlds, Subject, hunt};

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

const BUILT_IN_MIN: f64 = 1_000_000.0;
const PIPE_MIN: f64 = 20_000.0;
const TRIVIAL: &str = r#"sed -u 's/^{"id":\([0-9]*\),.*/{"id": \1, "error": "x"}/'"#;

fn main() -> Outcome<ExitCode> {
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

/// Small worlds, asked and judged, a second. The variants and the long
/// histories take their share of the time and are not counted.
fn built_in_rate(cases_max: u64) -> Outcome<f64> {
    let bounds = Bounds {
        cases_max,
        random_worlds: 0,
        ..Bounds::NONE
    };
    let start = Instant::now();
    let tried = hunt(&mut BuiltIn, Level::DesignA, bounds)?;
    let seconds = start.elapsed().as_secs_f64();
    if tried.counterexample.is_some() {
        return Err("the built-in resolver is wrong".into());
    }
    let worlds = u32::try_from(tried.asked["small worlds"])?;
    Ok(f64::from(worlds) / seconds)
}

/// Questions, asked and answered, a second.
fn pipe_rate(questions: u32) -> Outcome<f64> {
    let worlds = SmallWorlds::default();
    let histories = worlds.histories().iter();
    let cases: Vec<_> = histories
        .flat_map(|history| worlds.of(history))
        .take(usize::try_from(questions)?)
        .collect();
    let mut program = Program::start(TRIVIAL, Duration::from_secs(5))?;
    let start = Instant::now();
    for batch in cases.chunks(512) {
        let mut answers = Vec::new();
        program.ask(batch, &mut answers)?;
    }
    Ok(f64::from(questions) / start.elapsed().as_secs_f64())
}

fn median(mut rates: Vec<f64>) -> f64 {
    rates.sort_unstable_by(f64::total_cmp);
    rates[rates.len() / 2]
}
