//! How many instructions does the whole process take on 100,000 packed tags?
//! Times are noisy, and this count is not: a tenth more than the count on
//! record is a loss of speed, and fails.
//!
//! `cargo bench --bench instructions` counts in the program as it is released.
//! So does `cargo test --bench instructions` where `SAMEVER_PROGRAM` names a
//! released program, such as `target/release/samever`; else it runs tiny, on the
//! program of the tests, and compares nothing. Valgrind counts; where it is
//! missing, the bench says so and passes. The count on record was taken with
//! Rust 1.95 on Linux and x86-64.

mod packed_tags;

use std::ffi::OsStr;
use std::io::{self, Write};
use std::process::{Command, ExitCode, Stdio};

use packed_tags::{Outcome, build, samever};

/// How many of the newest tags lead to the head's own commit, of 100,000, and the
/// count on record. The step back passes over these tags.
const ON_RECORD: [(u32, u64); 3] = [(0, 65_700_000), (1, 75_100_000), (100_000, 2_832_000_000)];

fn main() -> Outcome<ExitCode> {
    let mut out = io::stdout().lock();
    if Command::new("valgrind").arg("--version").output().is_err() {
        writeln!(out, "skipped: valgrind, which counts, is not installed")?;
        return Ok(ExitCode::SUCCESS);
    }
    let given = std::env::var_os("SAMEVER_PROGRAM");
    let is_released = given.is_some() || !cfg!(debug_assertions);
    let tags = if is_released { 100_000 } else { 1_000 };
    let mut is_slow = false;
    for (excluded, on_record) in ON_RECORD {
        let folder = tempfile::tempdir()?;
        build(folder.path(), tags, excluded.min(tags), true)?;
        let question = samever(folder.path());
        let program = given.as_deref().unwrap_or(question.get_program());
        let instructions = count(program, &question)?;
        let at_most = on_record / 10 * 11;
        is_slow |= is_released && instructions > at_most;
        writeln!(
            out,
            "{tags} packed tags, {} passed over: {instructions} instructions; {}",
            excluded.min(tags),
            if is_released {
                format!("{on_record} on record, bound at most {at_most}")
            } else {
                "not compared: this is no released program".to_owned()
            }
        )?;
    }
    Ok(if is_slow {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

/// The instructions of a whole process, from start to exit, as a program takes
/// them to answer a question.
fn count(program: &OsStr, question: &Command) -> Outcome<u64> {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(program)
        .args(question.get_args())
        .stdout(Stdio::null())
        .output()?;
    let account = String::from_utf8_lossy(&output.stderr);
    let collected = account
        .lines()
        .filter(|_| output.status.success())
        .find_map(|line| line.split_once("Collected : "));
    let (_, count) = collected.ok_or_else(|| format!("valgrind counted nothing: {account}"))?;
    Ok(count.trim().parse()?)
}
