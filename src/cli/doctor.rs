//! `samever doctor`: what this machine can do.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use clap::Args;

use crate::deploy::require_swarm;
use crate::store::CanonicalStore;
use samever_core::Escaped;

use crate::cli::exit;
use crate::cli::exit::ExitStatus;
use crate::cli::failure::Failure;
use crate::cli::values::path;

/// Check what this machine can do, and say how to add what is missing
#[derive(Args, Debug)]
#[command(after_help = exit::HELP)]
pub(crate) struct DoctorArgs {
    /// Folder to check: whether it can keep the canonicals
    #[arg(long, value_name = "DIR", value_parser = path())]
    state: Option<PathBuf>,
    /// Exit with 3 unless there is a Docker Swarm to deploy with
    #[arg(long)]
    require_swarm: bool,
}

/// One thing that was looked at.
struct Finding {
    what: &'static str,
    /// What there is, or what to do.
    found: Result<String, String>,
    /// Whether samever, as it is asked, cannot do without.
    needed: bool,
}

/// Looks at everything that these arguments ask for.
fn findings(args: &DoctorArgs) -> Vec<Finding> {
    let mut findings = vec![
        Finding {
            what: "git",
            found: git(),
            needed: false,
        },
        Finding {
            what: "temporary folder",
            found: folder(&std::env::temp_dir()).map_err(|error| {
                let folder = std::env::temp_dir();
                format!(
                    "{}: {error}; set TMPDIR to a folder with space",
                    folder.display()
                )
            }),
            needed: true,
        },
    ];
    if let Some(state) = &args.state {
        let store = CanonicalStore::open(state).map_err(|error| error.to_string());
        findings.push(Finding {
            what: "state folder",
            found: store.and_then(|_| {
                folder(state).map_err(|error| {
                    format!(
                        "{}: {error}; make it writable, or name another",
                        state.display()
                    )
                })
            }),
            needed: true,
        });
        findings.push(Finding {
            what: "locks",
            found: locks(state).map_err(|error| {
                format!(
                    "{}: {error}; keep the state on a file system with locks",
                    state.display()
                )
            }),
            needed: true,
        });
    }
    findings.push(Finding {
        what: "docker program",
        found: program("docker", "--version")
            .map_err(|error| format!("{error}; install Docker for --deployer swarm")),
        needed: args.require_swarm,
    });
    findings.push(Finding {
        what: "Docker Swarm",
        found: require_swarm().map(|()| "an engine that is a manager answers".to_owned()),
        needed: args.require_swarm,
    });
    findings
}

/// Answers on `out`.
pub(crate) fn run(args: &DoctorArgs, out: &mut impl Write) -> Result<ExitStatus, Failure> {
    let mut status = ExitStatus::Fine;
    for Finding {
        what,
        found,
        needed,
    } in findings(args)
    {
        let (outcome, text) = match &found {
            Ok(text) => ("ok", text),
            Err(text) if needed => ("MISSING", text),
            Err(text) => ("not here", text),
        };
        let line = format!("{outcome:<8}  {what:<16}  {text}");
        writeln!(out, "{}", Escaped::new(&line)).map_err(Failure::output)?;
        if found.is_err() && needed {
            status = ExitStatus::NoAnswer;
        }
    }
    Ok(status)
}

/// samever reads repositories by itself; git is needed for --fetch alone.
fn git() -> Result<String, String> {
    program("git", "--version").map_err(|error| format!("{error}; install git for --fetch"))
}

fn program(name: &str, argument: &str) -> Result<String, String> {
    let output = Command::new(name)
        .arg(argument)
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("`{name}` cannot be run: {error}"))?;
    let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    if output.status.success() {
        Ok(text)
    } else {
        Err(format!("`{name} {argument}` ended with {}", output.status))
    }
}

/// Writes a file into a folder.
fn folder(folder: &Path) -> io::Result<String> {
    let mut file = tempfile::Builder::new()
        .prefix(".samever-doctor")
        .tempfile_in(folder)?;
    file.write_all(b"x")?;
    file.as_file().sync_all()?;
    Ok(format!("{} can be written", folder.display()))
}

/// Takes a lock twice; the second time must be refused.
fn locks(folder: &Path) -> io::Result<String> {
    let file = tempfile::Builder::new()
        .prefix(".samever-doctor")
        .tempfile_in(folder)?;
    file.as_file().try_lock()?;
    match File::open(file.path())?.try_lock() {
        Err(std::fs::TryLockError::WouldBlock) => Ok("they work".to_owned()),
        Ok(()) => Err(io::Error::other("a lock that is held was given again")),
        Err(std::fs::TryLockError::Error(error)) => Err(error),
    }
}
