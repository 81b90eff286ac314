//! Whether the operator's programs can be started, asked before anything is deployed.
//!
//! The file is looked for as starting the program looks for it, with the interpreter that its
//! first line names. What only the start itself tells (a file of another machine) is told by that.

use std::env;
use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};

use crate::deploy::command_line::CommandLine;
use crate::deploy::upgrade::Deployment;
use crate::disk::beginning;

/// The most of a script that is looked at, in bytes: what Linux looks at.
const LINE_BYTES_MAX: u64 = 256;

/// Where a system looks for programs when nothing says where.
const PATH: &str = "/bin:/usr/bin";

/// A program of the operator's, and the file that would run or why none would.
pub(crate) struct ProgramCheck {
    /// Its step, which is also the name of its option and of its key.
    pub step: &'static str,
    pub found: Result<PathBuf, String>,
}

/// Looks for the programs of a deployment.
pub(crate) fn check_programs(deployment: &Deployment) -> Vec<ProgramCheck> {
    let own = match deployment {
        Deployment::Command(commands) => [
            ("deploy", Some(&commands.deploy)),
            ("check", commands.check.as_ref()),
            ("teardown", commands.teardown.as_ref()),
        ]
        .to_vec(),
        Deployment::Tree(_) | Deployment::Swarm(_) => Vec::new(),
    };
    let lines = own.into_iter().chain(deployment.data().lines());
    let lines = lines.filter_map(|(step, line)| Some((step, line?)));
    let checks = lines.map(|(step, line)| ProgramCheck {
        step,
        found: find_program(line),
    });
    checks.collect()
}

/// Tells whether what a deploy program starts is left running.
pub(crate) fn lacks_teardown(deployment: &Deployment) -> bool {
    match deployment {
        Deployment::Command(commands) => commands.teardown.is_none(),
        Deployment::Tree(_) | Deployment::Swarm(_) => false,
    }
}

/// Finds the file that would run: a name with a slash in it is a path, any other is
/// looked for in the folders of `PATH`.
pub(crate) fn find_program(line: &CommandLine) -> Result<PathBuf, String> {
    let name = line.name();
    if cfg!(not(unix)) {
        // Other systems have other rules for the endings of names.
        return Ok(name.into());
    }
    if name.contains('/') {
        let path = PathBuf::from(name);
        return match why_unfit(&path) {
            None => Ok(path),
            Some(why) => Err(format!("{name} cannot be run: {why}")),
        };
    }
    let folders = env::var_os("PATH");
    let folders = folders.as_deref().unwrap_or(OsStr::new(PATH));
    let mut unfit = None;
    for folder in env::split_paths(folders) {
        let path = folder.join(name);
        match why_unfit(&path) {
            None => return Ok(path),
            Some(why) if path.is_file() => {
                unfit.get_or_insert_with(|| format!("{} cannot be run: {why}", path.display()));
            }
            Some(_) => {}
        }
    }
    Err(unfit
        .unwrap_or_else(|| format!("{name} is in no folder of PATH; install it, or give its path")))
}

/// Why a file is no program, if it is none.
fn why_unfit(path: &Path) -> Option<String> {
    match path.metadata() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Some("there is no such file; give the path of the program".to_owned())
        }
        Err(error) => Some(error.to_string()),
        Ok(there) if !there.is_file() => {
            Some("it is no regular file; give the path of the program".to_owned())
        }
        Ok(there) if !is_executable(&there) => {
            Some("it is not executable; make it so with `chmod +x`".to_owned())
        }
        Ok(_) => {
            let interpreter = interpreter(path).filter(|interpreter| !interpreter.exists())?;
            let interpreter = interpreter.display();
            Some(format!(
                "its first line names {interpreter}, which is not there; install it"
            ))
        }
    }
}

/// The program that runs a script: the first word after `#!`.
fn interpreter(script: &Path) -> Option<PathBuf> {
    let beginning = beginning(script, LINE_BYTES_MAX);
    let line = beginning.lines().next()?.strip_prefix("#!")?;
    let word = line.split_whitespace().next()?;
    word.starts_with('/').then(|| word.into())
}

#[cfg(unix)]
fn is_executable(there: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    there.permissions().mode() & 0o111 != 0
}

#[cfg(not(unix))]
fn is_executable(_: &std::fs::Metadata) -> bool {
    true
}
