//! The Docker engine, asked by way of the `docker` program.

use std::io::{self, Read, Write};
use std::process::{Command, Stdio};
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::cancel::NEVER;
use crate::process::{Captured, Ended, capture};
use crate::run::DeployError;
use crate::written::read_json;

/// The longest name of a secret or a config that the engine takes, in bytes.
pub(crate) const NAME_MAX: usize = 64;

/// How long a question to the engine may take.
const QUESTION_MAX: Duration = Duration::from_secs(30);

/// What of samever's own environment the `docker` program sees: what it needs to reach
/// its engine. A recipe's compose file may ask for any variable, and is a stranger's.
pub(crate) const PASSED_ON: [&str; 14] = [
    "DOCKER_API_VERSION",
    "DOCKER_CERT_PATH",
    "DOCKER_CONFIG",
    "DOCKER_CONTEXT",
    "DOCKER_HOST",
    "DOCKER_TLS",
    "DOCKER_TLS_VERIFY",
    "HOME",
    "PATH",
    "SSH_AUTH_SOCK",
    "SYSTEMROOT",
    "TMPDIR",
    "XDG_CONFIG_HOME",
    "XDG_RUNTIME_DIR",
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

/// A refusal of one of samever's own requests is the engine's fault, not the
/// recipe's.
impl From<EngineError> for DeployError {
    fn from(error: EngineError) -> Self {
        Self::Unusable(error.to_string())
    }
}

/// A call of the `docker` program.
pub(crate) fn docker(args: &[&str]) -> Command {
    let mut command = Command::new("docker");
    command.env_clear();
    for (name, value) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if PASSED_ON.contains(&&*text) {
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

/// Treats a refusal as `None`; an unreachable engine stays an error.
pub(crate) fn refusable(
    answer: Result<String, EngineError>,
) -> Result<Option<String>, EngineError> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(EngineError::Refused(_)) => Ok(None),
        Err(error @ EngineError::Gone(_)) => Err(error),
    }
}

/// Asks with something to read.
pub(crate) fn tell(args: &[&str], input: &[u8]) -> Result<String, EngineError> {
    answer(args, docker(args).stdin(Stdio::piped()), Some(input))
}

/// Asks, and takes what is printed to both outputs.
pub(crate) fn ask_both(args: &[&str]) -> Result<String, EngineError> {
    let (stdout, stderr) = answers(args, docker(args).stdin(Stdio::null()), None)?;
    Ok(stdout + &stderr)
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
    answers(args, command, input).map(|(stdout, _)| stdout)
}

/// What is printed to standard output and to standard error.
fn answers(
    args: &[&str],
    command: &mut Command,
    input: Option<&[u8]>,
) -> Result<(String, String), EngineError> {
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
        Ended::Exited(status) if status.success() => Ok((stdout, stderr)),
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

/// Tells whether there is a Docker engine that is a manager of a Swarm.
///
/// # Errors
///
/// There is none: what was found, and what to do about it.
pub(crate) fn require_swarm() -> Result<(), String> {
    let info: Value =
        ask_json(&["info", "--format", "{{json .}}"]).map_err(|error| error.to_string())?;
    // Where the engine is not reached the program may print the rest and be fine.
    if let Some(error) = info["ServerErrors"][0].as_str() {
        return Err(format!(
            "no Docker engine answers: {error}; start it, or name another with DOCKER_HOST"
        ));
    }
    let swarm = &info["Swarm"];
    match (
        swarm["LocalNodeState"].as_str(),
        swarm["ControlAvailable"].as_bool(),
    ) {
        (Some("active"), Some(true)) => Ok(()),
        (Some("active"), _) => Err(
            "the Docker engine is a worker of its Swarm, not a manager; name a manager with \
             DOCKER_HOST, or promote it with `docker node promote`"
                .to_owned(),
        ),
        (state, _) => Err(format!(
            "the Docker engine is not in Swarm mode (it is {}); turn that on with `docker swarm init`",
            state.unwrap_or("in an unknown state")
        )),
    }
}

/// The version of the docker program, if it tells one.
pub(crate) fn docker_version() -> Option<String> {
    versions("{{.Client.Version}}").ok()
}

/// The versions of the docker program and of the engine.
pub(crate) fn engine_versions() -> Result<(String, String), String> {
    let version = |format| versions(format).map_err(|error| error.to_string());
    Ok((
        version("{{.Client.Version}}")?,
        version("{{.Server.Version}}")?,
    ))
}

fn versions(format: &str) -> Result<String, EngineError> {
    Ok(ask(&["version", "--format", format])?.trim().to_owned())
}

/// Whether the engine has a thing of this kind, such as `network`, with this name.
pub(crate) fn has(kind: &str, name: &str) -> Result<bool, EngineError> {
    let asked = [kind, "inspect", "--format", "{{.ID}}", "--", name];
    Ok(refusable(ask(&asked))?.is_some())
}

/// Whether the engine, if it answers, has a network of this name.
pub(crate) fn has_network(name: &str) -> bool {
    has("network", name).unwrap_or(false)
}
