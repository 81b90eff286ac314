//! The Docker engine, asked by way of the `docker` program.

use std::io::{self, Read, Write};
use std::process::{Command, Stdio};
use std::time::Duration;

use serde::de::DeserializeOwned;

use crate::cancel::NEVER;
use crate::process::{Captured, Ended, capture};
use crate::written::read_json;

/// How long a question to the engine may take.
const QUESTION_MAX: Duration = Duration::from_secs(30);

/// What of samever's own environment the `docker` program sees, besides
/// `DOCKER_…` and `XDG_…`: a recipe's compose file may ask for any variable,
/// and is a stranger's.
const PASSED_ON: [&str; 7] = [
    "PATH",
    "HOME",
    "USER",
    "LANG",
    "TMPDIR",
    "SSH_AUTH_SOCK",
    "SYSTEMROOT",
];

/// A question to the engine has no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum EngineError {
    /// The engine, or the program, does not work.
    #[error("{0}")]
    Gone(String),
    #[error("{0}")]
    Refused(String),
}

/// A call of the `docker` program.
pub(crate) fn docker(args: &[&str]) -> Command {
    let mut command = Command::new("docker");
    command.env_clear();
    for (name, value) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if PASSED_ON.contains(&&*text) || text.starts_with("DOCKER_") || text.starts_with("XDG_") {
            command.env(name, value);
        }
    }
    command.args(args);
    command
}

/// Asks, and takes what is printed.
pub(crate) fn ask(args: &[&str]) -> Result<String, EngineError> {
    answer(args, docker(args).stdin(Stdio::null()), None)
}

/// Asks with something to read.
pub(crate) fn tell(args: &[&str], input: &[u8]) -> Result<String, EngineError> {
    answer(args, docker(args).stdin(Stdio::piped()), Some(input))
}

/// Asks for one JSON document.
pub(crate) fn ask_json<T: DeserializeOwned>(args: &[&str]) -> Result<T, EngineError> {
    let text = ask(args)?;
    read_json(&text).map_err(|fault| {
        let args = args.join(" ");
        EngineError::Gone(format!(
            "docker {args} printed what cannot be understood: {fault}"
        ))
    })
}

/// Asks for words: one a line.
pub(crate) fn ask_words(args: &[&str]) -> Result<Vec<String>, EngineError> {
    Ok(ask(args)?.split_whitespace().map(str::to_owned).collect())
}

fn answer(
    args: &[&str],
    command: &mut Command,
    input: Option<&[u8]>,
) -> Result<String, EngineError> {
    let what = || format!("docker {}", args[..args.len().min(3)].join(" "));
    let captured =
        capture(command, input, QUESTION_MAX, &NEVER).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => EngineError::Gone(
                "there is no `docker` program on the PATH; install Docker".to_owned(),
            ),
            _ => EngineError::Gone(format!("{} cannot be run: {error}", what())),
        })?;
    let Captured {
        ended,
        stdout,
        stderr,
    } = captured;
    match ended {
        Ended::Exited(status) if status.success() => Ok(stdout),
        Ended::TimedOut | Ended::Interrupted => Err(EngineError::Gone(format!(
            "{} did not end within {} s: the engine does not answer",
            what(),
            QUESTION_MAX.as_secs()
        ))),
        Ended::Exited(_) => {
            let said = stderr.trim().to_owned();
            if is_gone(&said) {
                Err(EngineError::Gone(format!(
                    "no Docker engine answers: {said}; start it, or name another with DOCKER_HOST"
                )))
            } else {
                Err(EngineError::Refused(format!("{}: {said}", what())))
            }
        }
    }
}

/// Tells from what the program says that it does not reach an engine.
pub(crate) fn is_gone(said: &str) -> bool {
    let said = said.to_lowercase();
    [
        "cannot connect to the docker daemon",
        "is the docker daemon running",
        "error during connect",
        "connection refused",
        "failed to connect to the docker api",
    ]
    .iter()
    .any(|sign| said.contains(sign))
}

/// A random word of hexadecimal digits, which cannot be guessed.
pub(crate) fn random_word() -> io::Result<String> {
    let mut bytes = [0; 24];
    std::fs::File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    let mut word = Vec::new();
    for byte in bytes {
        write!(word, "{byte:02x}")?;
    }
    Ok(String::from_utf8_lossy(&word).into_owned())
}
