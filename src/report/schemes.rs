//! Schemes, and those that fit a repository.

use std::io;

use serde::Serialize;

use crate::report::table::add_table;
use crate::report::{Report, Text, json, plural};

/// The schemes that ship, `samever/schemes/1`.
#[derive(Debug, Serialize)]
pub(crate) struct SchemesReport {
    pub schemes: Vec<NamedScheme>,
}

/// A scheme that ships.
#[derive(Debug, Serialize)]
pub(crate) struct NamedScheme {
    pub scheme: String,
    pub about: String,
}

impl Report for SchemesReport {
    fn text(&self, text: &mut Text) {
        let rows = self.schemes.iter();
        let rows = rows.map(|one| [one.scheme.clone(), one.about.clone()]);
        add_table(text, &rows.collect::<Vec<_>>());
    }

    fn json(&self) -> io::Result<String> {
        json::document("samever/schemes/1", self)
    }
}

/// The schemes that fit a repository, the one with the most tags first: `samever/scheme-detect/1`.
#[derive(Debug, Serialize)]
pub(crate) struct FittingReport {
    /// How many tags there are.
    pub tags: usize,
    pub fitting: Vec<FittingScheme>,
    /// What the other tags begin with.
    pub prefixes: Vec<Prefix>,
}

/// What stands before the first digit of tags that no scheme reads.
#[derive(Debug, Serialize)]
pub(crate) struct Prefix {
    pub prefix: String,
    /// How many tags have it.
    pub tags: usize,
}

/// A scheme under which tags of a repository publish.
#[derive(Debug, Serialize)]
pub(crate) struct FittingScheme {
    pub scheme: String,
    /// How many tags publish under it.
    pub published: usize,
    /// The head's version, if a file states it.
    pub head: Option<String>,
    /// Why no file does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

impl Report for FittingReport {
    fn text(&self, text: &mut Text) {
        if self.fitting.is_empty() {
            text.line(format!(
                "no scheme fits: of {} none publishes under one; write a scheme of your own with \
                 `tags`, a pattern",
                plural(self.tags, "tag")
            ));
        }
        let rows = self.fitting.iter().map(|one| {
            let head = match (&one.head, &one.why) {
                (Some(head), _) => format!("head {head}"),
                (None, Some(why)) => format!("head unknown: {why}"),
                (None, None) => "head given by hand, with --head-version".to_owned(),
            };
            let published = format!("{} of {}", one.published, plural(self.tags, "tag"));
            [one.scheme.clone(), published, head]
        });
        add_table(text, &rows.collect::<Vec<_>>());
        for Prefix { prefix, tags } in &self.prefixes {
            let tags = plural(*tags, "other tag");
            text.line(format!("{tags} with `{prefix}` before the first digit"));
        }
    }

    fn json(&self) -> io::Result<String> {
        json::document("samever/scheme-detect/1", self)
    }
}
