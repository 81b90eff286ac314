//! The last-green records of a state folder.

use std::io;

use serde::Serialize;
use serde_json::Value;

use crate::recipe::{CanonicalRecord, RecipeName};

use crate::report::{Report, Text, json};
use samever_core::CommitId;

/// The records of a state folder, `samever/canonical/1`.
#[derive(Debug, Serialize)]
pub(crate) struct CanonicalReport {
    canonicals: Vec<CanonicalEntry>,
}

/// A recipe with its record, and what changed it.
#[derive(Debug, Serialize)]
pub(crate) struct CanonicalEntry {
    recipe: String,
    version: String,
    commit: Option<CommitId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    history: Option<Vec<Value>>,
}

impl CanonicalEntry {
    /// Puts a record into texts, with the lines of its history, oldest first,
    /// where that is asked for.
    pub(crate) fn new(
        recipe: &RecipeName,
        record: &CanonicalRecord,
        history: Option<Vec<Value>>,
    ) -> Self {
        Self {
            recipe: recipe.to_string(),
            version: record.version.to_string(),
            commit: record.commit,
            history,
        }
    }
}

impl FromIterator<CanonicalEntry> for CanonicalReport {
    fn from_iter<T: IntoIterator<Item = CanonicalEntry>>(entries: T) -> Self {
        Self {
            canonicals: entries.into_iter().collect(),
        }
    }
}

impl Report for CanonicalReport {
    fn text(&self, text: &mut Text) {
        for entry in &self.canonicals {
            let CanonicalEntry {
                recipe, version, ..
            } = entry;
            text.line(match &entry.commit {
                Some(commit) => format!("{recipe}: {version}, commit {}", commit.short()),
                None => format!("{recipe}: {version}, commit unknown"),
            });
            for change in entry.history.iter().flatten() {
                text.line(format!("  {}", history_line(change)));
            }
        }
    }

    fn json(&self) -> io::Result<String> {
        json::document("samever/canonical/1", self)
    }
}

fn history_line(change: &Value) -> String {
    let text = |key: &str| change[key].as_str().unwrap_or_default().to_owned();
    let version = |key: &str| {
        let version = change[key]["version"].as_str();
        version.unwrap_or("none").to_owned()
    };
    if change.is_object() {
        let (from, to) = (version("from"), version("to"));
        let (ts, what) = (text("ts"), text("change"));
        format!(
            "{ts}  {what:<7}  {from} -> {to}  {} ({})",
            text("why"),
            text("run")
        )
    } else {
        format!("(cut off)  {change}")
    }
}
