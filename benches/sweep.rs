//! Does a sweep of a whole catalogue fit into a coffee break? Of whole
//! processes, from start to exit, with the tree deployer and two jobs, on a
//! steady state (each canonical is the latest, so each recipe steps back):
//!
//! 1. How long do 1,000 recipes of 50 versions take, and how much memory at the
//!    most? (Targets: under 20 seconds, under 300 MiB.)
//! 2. Is that close to ten times what 100 of them take? (Target: at most 1.5
//!    times as long a recipe.)
//!
//! Each catalogue is swept twice: the first night promotes every recipe, the
//! second upgrades every one. `cargo bench --bench sweep` compares the slower
//! night with the targets and fails where one is missed; `cargo test --benches`
//! runs it tiny, to see that it works.

use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use nix::sys::resource::{UsageWho, getrusage};
use samever::simulate::{RepositoryBuilder, TagKind};

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

const TIME_MAX: Duration = Duration::from_secs(20);
const MEMORY_MIB_MAX: f64 = 300.0;
const GROWTH_MAX: f64 = 1.5;

fn main() -> Outcome<ExitCode> {
    let full = std::env::args().any(|arg| arg == "--bench");
    let (few, many, versions) = if full { (100, 1000, 50) } else { (2, 4, 3) };
    let mut out = io::stdout().lock();
    let mut slower = Vec::new();
    for recipes in [few, many] {
        let folder = tempfile::tempdir()?;
        build(&folder.path().join("catalogue"), recipes, versions)?;
        samever::store::CanonicalStore::init(&folder.path().join("state"), &[])?;
        let first = sweep(folder.path(), recipes, "skipped")?;
        let second = sweep(folder.path(), recipes, "green")?;
        let mib = peak_mib()?;
        writeln!(
            out,
            "{recipes} recipes of {versions} versions: first night {:.2} s, second night {:.2} s; \
             peak memory so far {mib:.1} MiB",
            first.as_secs_f64(),
            second.as_secs_f64(),
        )?;
        slower.push(first.max(second));
    }
    let growth =
        slower[1].as_secs_f64() / slower[0].as_secs_f64() * f64::from(few) / f64::from(many);
    let mib = peak_mib()?;
    writeln!(
        out,
        "slower night: {:.2} s, target under {} s; {mib:.1} MiB, target under {MEMORY_MIB_MAX}; \
         {growth:.2} times as long a recipe as with {few}, target at most {GROWTH_MAX}",
        slower[1].as_secs_f64(),
        TIME_MAX.as_secs(),
    )?;
    let met = slower[1] < TIME_MAX && mib < MEMORY_MIB_MAX && growth <= GROWTH_MAX;
    Ok(if met || !full {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Recipes with one release a version, in bare repositories.
fn build(catalogue: &Path, recipes: u32, versions: u32) -> Outcome<()> {
    for recipe in 0..recipes {
        let directory = catalogue.join(format!("recipe-{recipe:04}.git"));
        let mut builder = RepositoryBuilder::init(&directory, true)?;
        let (mut tags, mut parent) = (Vec::new(), None);
        for version in 0..versions {
            let name = format!("1.{version}.0+1");
            let commit = builder.release(parent, &name)?;
            parent = Some(commit);
            tags.push((name, commit, TagKind::Annotated));
        }
        let tags: Vec<_> = tags
            .iter()
            .map(|(name, commit, kind)| (name.as_str(), *commit, *kind))
            .collect();
        builder.tags(&tags)?;
        if let Some(tip) = parent {
            builder.reference("refs/heads/main", tip)?;
        }
    }
    Ok(())
}

/// Sweeps, and checks that every recipe came to the same verdict.
fn sweep(folder: &Path, recipes: u32, verdict: &str) -> Outcome<Duration> {
    let start = Instant::now();
    let output = Command::new(env!("CARGO_BIN_EXE_samever"))
        .args(["nightly", "--jobs", "2", "--format", "json"])
        .args(["--deployer", "tree", "--promote-unseen", "--catalogue"])
        .arg(folder.join("catalogue"))
        .arg("--state")
        .arg(folder.join("state"))
        .stderr(Stdio::null())
        .output()?;
    let elapsed = start.elapsed();
    fs::write(folder.join("report.json"), &output.stdout)?;
    let report: serde_json::Value = serde_json::from_slice(&output.stdout)?;
    if output.status.success() && report["totals"][verdict] == recipes {
        Ok(elapsed)
    } else {
        Err(format!("{}: {}", output.status, report["totals"]).into())
    }
}

/// The most memory that a child has taken so far.
fn peak_mib() -> Outcome<f64> {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    let kib = u32::try_from(usage.max_rss())?;
    Ok(f64::from(kib) / 1024.0)
}
