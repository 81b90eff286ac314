//! Why a command ends without an answer, as it is printed.

use std::fmt::Display;
use std::io;

use samever_core::Escaped;

use crate::cli::exit::ExitStatus;
use crate::report::ErrorReport;

/// Why a command ends without an answer: the message is safe to print, and empty
/// where there is nothing to say.
pub(crate) struct Failure {
    pub(crate) status: ExitStatus,
    pub(crate) message: String,
}

impl Failure {
    /// The same as a report of a command.
    pub(crate) fn report<'a>(&'a self, command: &'a str) -> ErrorReport<'a> {
        let error = match self.message.as_str() {
            "" => "the answer could not be written: its reader is gone",
            message => message.strip_prefix("error: ").unwrap_or(message),
        };
        ErrorReport { command, error }
    }

    pub(crate) fn usage(message: impl Display) -> Self {
        Self {
            status: ExitStatus::Usage,
            message: one_line(&message),
        }
    }

    pub(crate) fn no_answer(message: impl Display) -> Self {
        Self {
            status: ExitStatus::NoAnswer,
            message: one_line(&message),
        }
    }

    /// As [`no_answer`](Self::no_answer), for a message of several lines.
    pub(crate) fn no_answer_in_lines(message: impl Display) -> Self {
        Self {
            status: ExitStatus::NoAnswer,
            message: format!("error: {}", safe_lines(&message.to_string())),
        }
    }

    #[expect(clippy::needless_pass_by_value, reason = "it is what `map_err` gives")]
    pub(crate) fn output(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            // The reader has seen enough, and nothing is wrong.
            return Self {
                status: ExitStatus::NoAnswer,
                message: String::new(),
            };
        }
        Self::no_answer(format_args!("the answer cannot be written: {error}"))
    }
}

/// The message of an error, on one line and safe to print, whatever it quotes.
fn one_line(message: &dyn Display) -> String {
    format!("error: {}", Escaped::new(&message.to_string()))
}

/// The same for a message of several lines.
pub(crate) fn safe_lines(text: &str) -> String {
    let lines = text.trim_end().lines();
    let lines = lines.map(|line| Escaped::new(line).to_string());
    lines.collect::<Vec<_>>().join("\n")
}

/// Something to know beside the answer, in one line.
pub(crate) fn note(text: impl Display) -> String {
    one_line(&text).replacen("error: ", "note: ", 1) + "\n"
}
