//! A program of the operator and its arguments, from one text.

use std::path::Path;
use std::process::Command;

use serde::{Deserialize, Serialize};

/// A program and its arguments, split as a shell would split them, but run
/// without one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct CommandLine {
    program: String,
    arguments: Vec<String>,
}

/// A text is no command line.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ParseCommandLineError {
    #[error("{0} is no command line: a quote is not closed, or it ends with `\\`; close the quote")]
    NotClosed(String),
    #[error("{0} is no command line: it names no program; write a program and its arguments")]
    NoProgram(String),
}

impl std::str::FromStr for CommandLine {
    type Err = ParseCommandLineError;

    fn from_str(text: &str) -> Result<Self, ParseCommandLineError> {
        let Some(words) = shlex::split(text) else {
            return Err(ParseCommandLineError::NotClosed(text.to_owned()));
        };
        match words.split_first() {
            Some((program, arguments)) if !program.is_empty() => Ok(Self {
                program: program.clone(),
                arguments: arguments.to_vec(),
            }),
            Some(_) | None => Err(ParseCommandLineError::NoProgram(text.to_owned())),
        }
    }
}

impl CommandLine {
    /// The same, where a program that is named by a relative path is one below
    /// this folder.
    #[must_use]
    pub(crate) fn below(mut self, folder: &Path) -> Self {
        let path = Path::new(&self.program);
        if path.is_relative() && path.components().count() > 1 {
            self.program = folder.join(path).to_string_lossy().into_owned();
        }
        self
    }

    pub(crate) fn name(&self) -> &str {
        &self.program
    }

    pub(crate) fn arguments(&self) -> &[String] {
        &self.arguments
    }

    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.args(&self.arguments);
        command
    }

    /// The same, as it is started in this folder.
    pub(crate) fn command_in(&self, folder: &Path) -> Command {
        let path = Path::new(&self.program);
        let is_below = path.is_relative() && path.components().count() > 1;
        let mut command = if is_below {
            Command::new(folder.join(path))
        } else {
            Command::new(path)
        };
        command.args(&self.arguments).current_dir(folder);
        command
    }
}
