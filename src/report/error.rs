//! A run that has no answer: as a line, as `samever/error/1`, and as an error in
//! `JUnit`'s XML.

use std::io;

use serde::Serialize;

use crate::report::{Report, Text, json, junit};

/// Why there is no answer.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct ErrorReport<'a> {
    /// The name of the command.
    pub command: &'a str,
    pub error: &'a str,
}

impl Report for ErrorReport<'_> {
    fn text(&self, text: &mut Text) {
        for line in format!("error: {}", self.error).lines() {
            text.line(line);
        }
    }

    fn json(&self) -> io::Result<String> {
        json::document("samever/error/1", self)
    }

    fn junit(&self) -> io::Result<String> {
        let case = junit::case(self.command, self.command, junit::error(self.error));
        junit::document([junit::suite(self.command, [case])])
    }
}
