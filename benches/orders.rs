//! What do the orders of other ecosystems cost, and how fast are the programs that people script
//! with instead?
//!
//! Everything takes turns on one repository with 100,000 packed tags such as `5.50.50`: `samever
//! resolve` in the default order, under `semver` and under `calver`, which has the order `numeric`;
//! and the scripts in `benches/scripts`, each with the library of its language. `cargo bench --bench
//! orders` compares the medians with the bounds and fails where one is missed; `cargo test --benches`
//! runs it tiny, to see that all agree on the answer. A tool that is not installed is told and left
//! out.

mod pack;

use std::io::{self, Write};
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use pack::{Outcome, pack};
use samever::simulate::RepositoryBuilder;

/// How much slower another order may be than the default one.
const SLOWER_AT_MOST: f64 = 1.3;

/// How much faster samever must be than the fastest of the scripts.
const FASTER_AT_LEAST: f64 = 8.0;

/// The schemes, the default one first.
const SCHEMES: [&str; 3] = ["coop-cloud", "semver", "calver"];

/// The scripts: what runs each, and what tells whether that can be run here.
const SCRIPTS: [(&str, &str, &[&str]); 3] = [
    (
        "sort-v.sh",
        "sh",
        &["-c", "sort -V /dev/null && awk 1 /dev/null"],
    ),
    ("node-semver.cjs", "node", &["-e", "require('semver')"]),
    (
        "python-packaging.py",
        "python3",
        &["-c", "import packaging.version"],
    ),
];

fn main() -> Outcome<ExitCode> {
    let full = std::env::args().any(|arg| arg == "--bench");
    let (majors, rounds) = if full { (10, 21) } else { (1, 1) };
    let folder = tempfile::tempdir()?;
    build(folder.path(), majors)?;
    let head = format!("{majors}.50.50");
    let mut out = io::stdout().lock();
    let mut runners: Vec<(String, Command)> = SCHEMES
        .iter()
        .map(|scheme| ((*scheme).to_owned(), samever(folder.path(), scheme, &head)))
        .collect();
    for (script, program, check) in SCRIPTS {
        let mut check_run = Command::new(program);
        let check_run = check_run
            .args(check)
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        if check_run.status().is_ok_and(|status| status.success()) {
            runners.push((
                script.to_owned(),
                scripted(folder.path(), script, program, &head),
            ));
        } else {
            writeln!(
                out,
                "{script} is left out: `{program}` or its library is not installed"
            )?;
        }
    }
    let expected = format!("{majors}.50.49");
    for (name, command) in &mut runners {
        let output = command.output()?;
        let answer = String::from_utf8_lossy(&output.stdout);
        if !output.status.success() || !answer.contains(&expected) {
            return Err(format!("{name} does not answer {expected}: {answer}").into());
        }
    }
    let medians = race(&mut runners, rounds)?;
    let default = medians[0];
    let mut met = true;
    for ((name, _), time) in runners.iter().zip(&medians) {
        let ratio = time / default;
        let is_script = !SCHEMES.contains(&name.as_str());
        met &= if is_script {
            ratio >= FASTER_AT_LEAST
        } else {
            ratio <= SLOWER_AT_MOST
        };
        writeln!(
            out,
            "{name}: {time:.1} ms, {ratio:.2} times the default order, bound at {} {:.1} (medians of {rounds})",
            if is_script { "least" } else { "most" },
            if is_script {
                FASTER_AT_LEAST
            } else {
                SLOWER_AT_MOST
            },
        )?;
    }
    Ok(if met || !full {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Runs all in turn, and returns the median of each, in milliseconds.
fn race(runners: &mut [(String, Command)], rounds: usize) -> Outcome<Vec<f64>> {
    let mut times: Vec<Vec<Duration>> = vec![Vec::new(); runners.len()];
    for _ in 0..rounds {
        for ((_, command), times) in runners.iter_mut().zip(&mut times) {
            let start = Instant::now();
            command.stdout(Stdio::null()).status()?;
            times.push(start.elapsed());
        }
    }
    let medians = times.into_iter().map(median);
    Ok(medians.map(|median| median.as_secs_f64() * 1e3).collect())
}

/// Makes a repository with 10,000 tags for each major version, packed as `git clone` packs them.
fn build(directory: &Path, majors: u32) -> Outcome<()> {
    let mut builder = RepositoryBuilder::init(directory, false)?;
    let released = builder.release(None, "0.0.1")?;
    let head = builder.release(Some(released), "0.0.2")?;
    builder.reference("refs/heads/main", head)?;
    let names = (1..=majors).flat_map(|major| {
        (0..10_000).map(move |index| format!("{major}.{}.{}", index / 100, index % 100))
    });
    pack(directory, names.map(|name| (name, released)).collect())?;
    Ok(())
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

fn samever(repository: &Path, scheme: &str, head: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_samever"));
    let given = [
        "--fallback",
        "release-first",
        "--head-version",
        head,
        "--main",
        "main",
    ];
    command.args(["resolve", "--scheme", scheme]).args(given);
    command.arg("--repo").arg(repository);
    command
}

fn scripted(repository: &Path, script: &str, program: &str, head: &str) -> Command {
    let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/scripts");
    let mut command = Command::new(program);
    command.arg(scripts.join(script)).arg(repository).arg(head);
    command
}
