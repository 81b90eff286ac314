//! How pairs of versions compare, `samever/delta/1`.

use std::io;

use serde::Serialize;

use samever_core::Delta;

use crate::report::{Report, Text, json};

/// Pairs of versions, each with its delta.
#[derive(Debug, Serialize)]
pub(crate) struct DeltaReport {
    pub scheme: String,
    pub pairs: Vec<ComparedPair>,
}

/// An upgrade from one version to another.
#[derive(Debug, Serialize)]
pub(crate) struct ComparedPair {
    pub old: String,
    pub new: String,
    pub delta: Delta,
    /// Why the delta is unknown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

impl Report for DeltaReport {
    fn text(&self, text: &mut Text) {
        for ComparedPair {
            old,
            new,
            delta,
            why,
        } in &self.pairs
        {
            let why = why
                .as_ref()
                .map_or_else(String::new, |why| format!(" ({why})"));
            text.line(format!("{old} -> {new}: {}{why}", delta.name()));
        }
    }

    fn json(&self) -> io::Result<String> {
        json::document("samever/delta/1", self)
    }
}
