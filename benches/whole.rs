//! Is the whole process, from start to exit, faster than git is at sorting the
//! same tags? And how much memory does it take?
//!
//! `samever resolve` and `git tag --sort=-v:refname` take turns on a repository
//! with 100,000 packed tags, and on two with 100: one as `git tag` leaves it, a
//! file a tag, and one packed, as `git clone` does. Both programs get the same
//! folder; what they print goes nowhere. `cargo bench --bench whole` compares
//! the medians with the targets and fails where one is missed; `cargo test
//! --benches` runs it tiny, to see that it works.

use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use nix::sys::resource::{UsageWho, getrusage};
use samever::simulate::{RepositoryBuilder, TagKind};

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

const HEAD: &str = "9999.0.0+1";
const KIB: u64 = 1024;

fn main() -> Outcome<ExitCode> {
    let full = std::env::args().any(|arg| arg == "--bench");
    let (many, runs_many, runs_few) = if full {
        (100_000, 21, 401)
    } else {
        (1_000, 1, 1)
    };
    let folder = tempfile::tempdir()?;
    let large = folder.path().join("large");
    let (loose, packed) = (folder.path().join("loose"), folder.path().join("packed"));
    let packed_bytes = build(&large, many, true)?;
    build(&loose, 100, false)?;
    build(&packed, 100, true)?;

    // The largest child so far is then the one that is to be measured.
    run(&mut samever(&large))?;
    let memory_kib = u64::try_from(getrusage(UsageWho::RUSAGE_CHILDREN)?.max_rss())?;
    let memory_max_kib = 2 * packed_bytes / KIB + 24 * KIB;

    let mut out = io::stdout().lock();
    let mut met = memory_kib <= memory_max_kib;
    writeln!(
        out,
        "{many} tags: peak memory {memory_kib} KiB; packed-refs {} KiB, target at most {memory_max_kib} KiB",
        packed_bytes / KIB
    )?;
    let few = runs_few;
    for (repository, name, runs, at_least) in [
        (&large, format!("{many} packed tags"), runs_many, 5.0),
        (&loose, "100 loose tags".to_owned(), few, 1.0),
        (&packed, "100 packed tags".to_owned(), few, 1.0),
    ] {
        let (ours, git) = race(repository, runs)?;
        let ratio = git.as_secs_f64() / ours.as_secs_f64();
        met &= ratio >= at_least;
        writeln!(
            out,
            "{name}: samever resolve {:.2} ms, git tag --sort {:.2} ms (medians of {runs}): \
             {ratio:.2} times as fast, target at least {at_least}",
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

/// Makes a repository with one commit and so many tags, close in version and
/// in no order, and returns the size of `packed-refs` in bytes.
fn build(directory: &Path, tags: u32, packed: bool) -> Outcome<u64> {
    let mut builder = RepositoryBuilder::init(directory, false)?;
    let head = builder.release(None, HEAD)?;
    builder.reference("refs/heads/main", head)?;
    let mut names: Vec<String> = (0..tags)
        .map(|index| {
            let (minor, patch) = (index / 50 % 50, index % 50);
            let app = index.wrapping_mul(2_654_435_761) % 900;
            format!(
                "{}.{minor}.{patch}+{app}.{patch}.{minor}-social-amd64",
                index / 2500
            )
        })
        .collect();
    if !packed {
        for name in names {
            builder.tag(&name, head, TagKind::Lightweight)?;
        }
        return Ok(0);
    }
    names.sort();
    let path = directory.join(".git/packed-refs");
    let mut file = io::BufWriter::new(fs::File::create(&path)?);
    writeln!(file, "# pack-refs with: peeled fully-peeled sorted ")?;
    for name in names {
        writeln!(file, "{head} refs/tags/{name}")?;
    }
    file.flush()?;
    Ok(fs::metadata(path)?.len())
}

fn samever(repository: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_samever"));
    command
        .args(["resolve", "--canonical-version", HEAD, "--repo"])
        .arg(repository);
    command
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
