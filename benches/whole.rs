//! Is the whole process, from start to exit, faster than git is at sorting the
//! same tags? And how much memory does it take?
//!
//! `samever resolve` and `git tag --sort=-v:refname` take turns on repositories
//! with 100 tags, one as `git tag` leaves it, a file a tag, and one packed, as
//! `git clone` does; and on two with 100,000 and 1,000,000 packed tags. Both
//! programs get the same folder; what they print goes nowhere. On 100
//! tags git is faster, since it opens no commit: the bounds say by how much.
//! `cargo bench --bench whole` compares the medians with the bounds and fails
//! where one is missed; `cargo test --benches` runs it tiny, to see that it
//! works.

mod packed_tags;

use std::io::{self, Write};
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use nix::sys::resource::{UsageWho, getrusage};
use packed_tags::{Outcome, build, samever};

const KIB: u64 = 1024;

fn main() -> Outcome<ExitCode> {
    let full = std::env::args().any(|arg| arg == "--bench");
    let size = |tags| if full { tags } else { tags / 100 };
    let runs = |runs| if full { runs } else { 1 };
    let mut met = true;
    // The largest child so far is the one that is measured: the few come first.
    for (tags, packed, runs, at_least, memory) in [
        (100, false, runs(401), 0.8, 2),
        (100, true, runs(401), 0.6, 2),
        (size(100_000), true, runs(21), 10.0, 2),
        (size(1_000_000), true, runs(5), 10.0, 3),
    ] {
        let folder = tempfile::tempdir()?;
        let packed_bytes = build(folder.path(), tags, 0, packed)?;
        run(&mut samever(folder.path()))?;
        let memory_kib = u64::try_from(getrusage(UsageWho::RUSAGE_CHILDREN)?.max_rss())?;
        let memory_max_kib = memory * packed_bytes / KIB + 24 * KIB;
        let (ours, git) = race(folder.path(), runs)?;
        let ratio = git.as_secs_f64() / ours.as_secs_f64();
        met &= ratio >= at_least && memory_kib <= memory_max_kib;
        writeln!(
            io::stdout().lock(),
            "{tags} tags, {}: samever resolve {:.2} ms, git tag --sort {:.2} ms (medians of {runs}): \
             {ratio:.2} times as fast, bound at least {at_least}; \
             at most {memory_kib} KiB, bound at most {memory_max_kib} KiB",
            if packed { "packed" } else { "loose" },
            ours.as_secs_f64() * 1e3,
            git.as_secs_f64() * 1e3,
        )?;
    }
    Ok(if met || !full {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn git(repository: &Path) -> Command {
    let mut command = Command::new("git");
    command
        .arg("-C")
        .arg(repository)
        .args(["tag", "--sort=-v:refname"]);
    command
}

/// Runs both in turn, after one run each to warm up, and returns the medians.
fn race(repository: &Path, runs: usize) -> Outcome<(Duration, Duration)> {
    run(&mut samever(repository))?;
    run(&mut git(repository))?;
    let (mut ours, mut gits) = (Vec::new(), Vec::new());
    for _ in 0..runs {
        ours.push(run(&mut samever(repository))?);
        gits.push(run(&mut git(repository))?);
    }
    Ok((median(ours), median(gits)))
}

fn run(command: &mut Command) -> Outcome<Duration> {
    let start = Instant::now();
    let status = command.stdout(Stdio::null()).status()?;
    let elapsed = start.elapsed();
    if status.success() {
        Ok(elapsed)
    } else {
        Err(format!("{command:?}: {status}").into())
    }
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}
