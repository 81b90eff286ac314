//! Is the simulator fast enough to be a regression suite? Two questions, of
//! whole processes, from start to exit:
//!
//! 1. How long does the shipped suite take? (Target: under 5 seconds.)
//! 2. How much faster is `samever replay` than a straightforward shell script
//!    at building a repository of 100 versions and running one night on it?
//!    (Target: 10 times.) The script uses git's own program: a commit and an
//!    annotated tag a version, then the base chosen with `git tag --sort`, both
//!    trees checked out with `git worktree`, and their labels compared.
//!
//! `cargo bench --bench nights` compares the medians with the targets and fails
//! where one is missed; `cargo test --benches` runs it tiny, to see that it
//! works.

use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

const SUITE_MAX: Duration = Duration::from_secs(5);
const TIMES_AS_FAST_MIN: f64 = 10.0;

fn main() -> Outcome<ExitCode> {
    let full = std::env::args().any(|arg| arg == "--bench");
    let (versions, runs) = if full { (100, 11) } else { (5, 1) };
    let folder = tempfile::tempdir()?;
    let scenario = folder.path().join("night.yaml");
    fs::write(&scenario, night(versions))?;
    let script = folder.path().join("night.sh");
    fs::write(&script, SCRIPT)?;

    let (mut suites, mut ours, mut gits) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..runs {
        suites.push(time(&mut samever(&[]))?);
        ours.push(time(&mut samever(&[&scenario]))?);
        gits.push(time(
            Command::new("sh").arg(&script).arg(versions.to_string()),
        )?);
    }
    let (suite, ours, git) = (median(suites), median(ours), median(gits));
    let ratio = git.as_secs_f64() / ours.as_secs_f64();
    let milliseconds = |time: Duration| time.as_secs_f64() * 1e3;
    let mut out = io::stdout().lock();
    writeln!(
        out,
        "the shipped suite: {:.0} ms (median of {runs}), target under {} s",
        milliseconds(suite),
        SUITE_MAX.as_secs()
    )?;
    writeln!(
        out,
        "{versions} versions and one night: samever replay {:.1} ms, the script {:.0} ms (medians \
         of {runs}): {ratio:.1} times as fast, target at least {TIMES_AS_FAST_MIN}",
        milliseconds(ours),
        milliseconds(git),
    )?;
    let met = suite < SUITE_MAX && ratio >= TIMES_AS_FAST_MIN;
    Ok(if met || !full {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn night(versions: u32) -> String {
    let (latest, before) = (versions - 1, versions - 2);
    format!(
        "# One night on {versions} versions\nrecipe:\n  name: custom-html\n  published: \
         [{{version: 1.0.0+1, patches: {versions}}}]\ncanonical: 1.0.{latest}+1\nsteps:\n  \
         - nightly:\n      expect: {{plan: version, base: 1.0.{before}+1, rung: step-back, delta: \
         forward, verdict: green, canonical: 1.0.{latest}+1, promoted: false}}\n"
    )
}

const SCRIPT: &str = r#"
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
export GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null
export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@example.org
export GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@example.org
git init --quiet --initial-branch=main "$folder/recipe"
cd "$folder/recipe"
patch=0
while [ "$patch" -lt "$1" ]; do
    version="1.0.$patch+1"
    cat > compose.yml <<END
services:
  app:
    image: example
    deploy:
      labels:
        - "coop-cloud.\${STACK_NAME}.version=$version"
END
    git add compose.yml
    git commit --quiet -m "$version"
    git tag -a -m "$version" "$version"
    patch=$((patch + 1))
done
label() { sed -n 's/.*version=\(.*\)"/\1/p' "$1/compose.yml"; }
head=$(label .)
base=$(git tag --sort=-v:refname | sed -n "/^$head\$/{n;p;}")
git worktree add --quiet --detach "$folder/base" "$base"
git worktree add --quiet --detach "$folder/head" main
[ "$(label "$folder/base")" = "$base" ]
[ "$(label "$folder/head")" = "$head" ]
[ "$base" != "$head" ]
"#;

fn samever(paths: &[&Path]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_samever"));
    command.arg("replay").args(paths);
    command
}

fn time(command: &mut Command) -> Outcome<Duration> {
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
