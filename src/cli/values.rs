//! Values of options that any text could be: a blank one is a usage error, not a
//! folder or a revision of that name.

use std::path::PathBuf;

use clap::builder::{OsStringValueParser, TypedValueParser};

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
