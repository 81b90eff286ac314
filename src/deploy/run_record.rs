//! What a run says about itself as data, so that what is left of it can be
//! cleaned up by another process.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::process::Command;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::deploy::command_line::CommandLine;
use crate::orphan::ProgramId;

/// The form of the data.
pub(crate) const SCHEMA: &str = "samever/run-file/1";

/// A run, as its file says it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct RunRecord {
    pub schema: String,
    /// `None` only in a file of the old form, a bare name of a stack.
    pub recipe: Option<String>,
    pub stack: String,
    /// The number of the run's folder on its disk: a file that came with a copy, an
    /// archive or a repository says another one.
    pub inode: u64,
    /// How the stack is removed, from the first deployment on.
    pub teardown: Option<Call>,
    /// The program that runs now.
    pub program: Option<Program>,
}

/// A call of one of the operator's programs.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Call {
    line: CommandLine,
    /// What it is told; all else is inherited.
    environment: BTreeMap<String, Word>,
    working_folder: Word,
    timeout_seconds: u64,
}

impl Call {
    pub(crate) fn new(
        line: &CommandLine,
        environment: &[(&str, OsString)],
        working_folder: &OsStr,
        timeout: Duration,
    ) -> Self {
        let environment = environment.iter();
        Self {
            line: line.clone(),
            environment: environment
                .map(|(name, value)| ((*name).to_owned(), Word::new(value)))
                .collect(),
            working_folder: Word::new(working_folder),
            timeout_seconds: timeout.as_secs(),
        }
    }

    pub(crate) fn name(&self) -> &str {
        self.line.name()
    }

    pub(crate) fn timeout(&self) -> Duration {
        Duration::from_secs(self.timeout_seconds)
    }

    /// Its `SAMEVER_RUN_DIR`.
    pub(crate) fn run_folder(&self) -> OsString {
        let word = self.environment.get("SAMEVER_RUN_DIR");
        word.map(Word::to_os_string).unwrap_or_default()
    }

    /// The same call, now.
    pub(crate) fn command(&self) -> Command {
        let mut command = self
            .line
            .command_in(self.working_folder.to_os_string().as_ref());
        for (name, value) in &self.environment {
            command.env(name, value.to_os_string());
        }
        command
    }
}

/// A program of a run.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Program {
    /// `deploy`, `check` or `teardown`.
    pub step: String,
    /// Its `SAMEVER_RUN_DIR`, which no other run's program has.
    run_folder: Word,
    /// `None` while it is being started.
    pub id: Option<ProgramId>,
}

impl Program {
    /// A program that is about to start.
    pub(crate) fn starting(step: &str, run_folder: &OsStr) -> Self {
        Self {
            step: step.to_owned(),
            run_folder: Word::new(run_folder),
            id: None,
        }
    }

    pub(crate) fn run_folder(&self) -> OsString {
        self.run_folder.to_os_string()
    }
}

/// A text of the operating system, which need not be UTF-8.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(untagged)]
enum Word {
    Text(String),
    Bytes(Vec<u8>),
}

impl Word {
    fn new(text: &OsStr) -> Self {
        match text.to_str() {
            Some(text) => Self::Text(text.to_owned()),
            None => Self::Bytes(text.as_encoded_bytes().to_vec()),
        }
    }

    fn to_os_string(&self) -> OsString {
        match self {
            Self::Text(text) => text.into(),
            #[cfg(unix)]
            Self::Bytes(bytes) => std::os::unix::ffi::OsStringExt::from_vec(bytes.clone()),
            #[cfg(not(unix))]
            Self::Bytes(bytes) => String::from_utf8_lossy(bytes).into_owned().into(),
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    use super::Word;

    #[test]
    fn a_path_that_is_not_utf_8_is_the_same_after_it_was_written() {
        for bytes in [&b"/tmp/a b"[..], b"/tmp/\xff\"x", b""] {
            let word = Word::new(OsStr::from_bytes(bytes));
            let written = serde_json::to_string(&word).unwrap();
            let read: Word = serde_json::from_str(&written).unwrap();
            assert_eq!(read.to_os_string().as_bytes(), bytes);
        }
    }
}
