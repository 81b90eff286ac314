//! Values of options that any text could be: a blank one is a usage error, not a
//! folder or a revision of that name.

use std::path::PathBuf;

use clap::builder::{OsStringValueParser, TypedValueParser};

use crate::deploy::CommandLine;

/// Seconds to wait for each answer of a resolver in another program, if nothing is said.
pub(crate) const DEADLINE: u64 = 5;

/// Takes a text that is a command line.
pub(crate) fn command_line(text: &str) -> Result<String, String> {
    let line = text.parse::<CommandLine>();
    line.map(|_| text.to_owned())
        .map_err(|error| error.to_string())
}

/// A name or a reason: at most a few lines of text, and not nothing.
pub(crate) fn parse_words(text: &str) -> Result<String, &'static str> {
    if text.trim().is_empty() {
        Err("some words are needed")
    } else {
        Ok(text.to_owned())
    }
}

/// Takes the path of a file or a folder.
pub(crate) fn path() -> impl TypedValueParser<Value = PathBuf> {
    OsStringValueParser::new().try_map(|path| {
        if path.to_string_lossy().trim().is_empty() {
            Err("it is empty; name a file or a folder")
        } else {
            Ok(PathBuf::from(path))
        }
    })
}
