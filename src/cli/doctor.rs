//! `samever doctor`: what this machine can do.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use clap::Args;

use crate::deploy::{
    FORMAT_KNOWN_SINCE, NAME_MAX, STACK_NAME_MAX, engine_versions, has_network, knows_format,
    require_swarm,
};
use crate::report::{DoctorOutcome, DoctorReport, Finding, Format};
use crate::store::CanonicalStore;

use crate::cli::doctor_catalogue::check_catalogue;
use crate::cli::exit;
use crate::cli::exit::ExitStatus;
use crate::cli::failure::Failure;
use crate::cli::output::{answer, one_of};
use crate::cli::values::path;

/// Check what this machine can do, and say how to add what is missing
#[derive(Args, Debug)]
#[command(after_help = exit::HELP)]
pub(crate) struct DoctorArgs {
    /// Folder to check: whether it can keep the canonicals
    #[arg(long, value_name = "DIR", value_parser = path())]
    state: Option<PathBuf>,
    /// Folder with the repositories of the recipes: check it with its programs and the state, as a
    /// night would find them, and run nothing
    #[arg(long, value_name = "DIR", value_parser = path(), requires = "state")]
    catalogue: Option<PathBuf>,
    /// Exit with 3 unless there is a Docker Swarm to deploy with
    #[arg(long)]
    require_swarm: bool,
    /// Format of the answer
    #[arg(long, default_value = "text", value_parser = one_of(&[Format::Text, Format::Json]))]
    format: Format,
}

/// One thing that is looked at.
struct Look {
    what: &'static str,
    /// What there is, or what to do.
    found: Result<String, String>,
    need: Need,
}

/// What it means that a thing is not found.
#[derive(Clone, Copy)]
enum Need {
    /// samever, as it is asked, cannot do without.
    Needed,
    /// Nothing needs it.
    Optional,
    /// It does without, and an operator should know it.
    Advised,
}

impl From<bool> for Need {
    fn from(needed: bool) -> Self {
        if needed { Self::Needed } else { Self::Optional }
    }
}

impl From<Look> for Finding {
    fn from(look: Look) -> Self {
        let outcome = match (&look.found, look.need) {
            (Ok(_), _) => DoctorOutcome::Ok,
            (Err(_), Need::Needed) => DoctorOutcome::Missing,
            (Err(_), Need::Optional) => DoctorOutcome::NotHere,
            (Err(_), Need::Advised) => DoctorOutcome::Warning,
        };
        Self {
            what: look.what,
            outcome,
            found: look.found.unwrap_or_else(|why| why),
        }
    }
}

/// Looks at everything that these arguments ask for.
fn machine(args: &DoctorArgs, needs_swarm: bool) -> Vec<Look> {
    let mut looks = vec![
        Look {
            what: "git",
            found: git(),
            need: Need::Optional,
        },
        Look {
            what: "temporary folder",
            found: folder(&std::env::temp_dir()).map_err(|error| {
                let folder = std::env::temp_dir();
                format!(
                    "{}: {error}; set TMPDIR to a folder with space",
                    folder.display()
                )
            }),
            need: Need::Needed,
        },
    ];
    if let Some(state) = &args.state {
        let store = CanonicalStore::open(state).map_err(|error| error.to_string());
        let is_state = store.is_ok();
        looks.push(Look {
            what: "state folder",
            found: store.and_then(|store| writable(&store, state)),
            need: Need::Needed,
        });
        looks.extend(is_state.then(|| Look {
            what: "locks",
            found: locks(state).map_err(|error| {
                format!(
                    "{}: {error}; keep the state on a file system with locks",
                    state.display()
                )
            }),
            need: Need::Needed,
        }));
    }
    looks.push(Look {
        what: "docker program",
        found: program("docker", "--version")
            .map_err(|error| format!("{error}; install Docker for --deployer swarm")),
        need: needs_swarm.into(),
    });
    let swarm = require_swarm();
    let has_swarm = swarm.is_ok();
    looks.push(Look {
        what: "Docker Swarm",
        found: swarm.map(|()| "an engine that is a manager answers".to_owned()),
        need: needs_swarm.into(),
    });
    if has_swarm {
        looks.extend(swarm_looks());
    }
    looks
}

/// What the deployer needs of a Swarm that answers.
fn swarm_looks() -> [Look; 3] {
    [
        Look {
            what: "docker versions",
            found: docker_versions(),
            need: Need::Advised,
        },
        Look {
            what: "network proxy",
            found: if has_network("proxy") {
                Ok("recipes behind a proxy find it".to_owned())
            } else {
                Err(
                    "recipes behind a proxy expect it; make it with `docker network create --driver \
                     overlay --attachable proxy`, or have it made for each run with --make-external"
                        .to_owned(),
                )
            },
            need: Need::Optional,
        },
        Look {
            what: "room for names",
            found: Ok(format!(
                "a stack's name has up to {STACK_NAME_MAX} of the {NAME_MAX} bytes that the engine \
                 takes for the name of a secret or config"
            )),
            need: Need::Optional,
        },
    ]
}

/// The versions of the program and the engine, where the program knows all that a
/// compose file may say.
fn docker_versions() -> Result<String, String> {
    let (program, engine) = engine_versions()?;
    if knows_format(&program) {
        Ok(format!("program {program}, engine {engine}"))
    } else {
        Err(format!(
            "program {program}, engine {engine}: the program refuses compose files without a \
             `version:`, and jobs; install one of {FORMAT_KNOWN_SINCE} or newer"
        ))
    }
}

/// Answers on `out`.
pub(crate) fn run(args: &DoctorArgs, out: &mut impl Write) -> Result<ExitStatus, Failure> {
    let place = args.catalogue.as_ref().zip(args.state.as_ref());
    let checked = place.map(|(catalogue, state)| check_catalogue(catalogue, state));
    let needs_swarm = checked.as_ref().is_some_and(|checked| checked.needs_swarm);
    let looks = machine(args, args.require_swarm || needs_swarm);
    let mut findings: Vec<_> = looks.into_iter().map(Finding::from).collect();
    let recipes = checked.map(|checked| {
        findings.extend(checked.findings);
        checked.recipes
    });
    let report = DoctorReport { findings, recipes };
    answer(args.format, &report, out)?;
    Ok(if report.has_failure() {
        ExitStatus::NoAnswer
    } else {
        ExitStatus::Fine
    })
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

/// Writes a file into a state folder, and into each of its folders that is there.
fn writable(store: &CanonicalStore, state: &Path) -> Result<String, String> {
    for place in std::iter::once(state.to_owned()).chain(store.folders()) {
        folder(&place).map_err(|error| {
            let place = place.display();
            format!("{place}: {error}; make it a folder that can be written, or name another state")
        })?;
    }
    Ok(format!("{} can be written", state.display()))
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
