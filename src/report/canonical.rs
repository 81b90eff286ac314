//! The last-green records of a state folder.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::Value;

use crate::recipe::{CanonicalRecord, RecipeName};

use crate::report::json::write_json;
use crate::report::plan_text::line;

/// A recipe with its record, and what changed it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CanonicalEntry<'a> {
    /// The recipe.
    pub recipe: &'a RecipeName,
    /// Its record.
    pub record: &'a CanonicalRecord,
    /// The lines of its history, oldest first.
    pub history: &'a [Value],
}

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    canonicals: Vec<Canonical<'a>>,
}

#[derive(Serialize)]
struct Canonical<'a> {
    recipe: &'a str,
    version: String,
    commit: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    history: Option<&'a [Value]>,
}

/// Writes records for people, one a line; with `with_history`, what changed
/// each.
///
/// # Errors
///
/// The writer fails.
pub(crate) fn write_canonical_text(
    out: &mut impl Write,
    entries: &[CanonicalEntry<'_>],
    with_history: bool,
) -> io::Result<()> {
    for entry in entries {
        let commit = entry.record.commit.map_or_else(
            || "commit unknown".to_owned(),
            |commit| format!("commit {}", commit.short()),
        );
        let (recipe, version) = (entry.recipe, &entry.record.version);
        line(out, format!("{recipe}: {version}, {commit}"))?;
        for change in entry.history.iter().filter(|_| with_history) {
            line(out, format!("  {}", history_line(change)))?;
        }
    }
    Ok(())
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

/// Writes records as one JSON document, `samever/canonical/1`.
///
/// # Errors
///
/// The writer fails.
pub(crate) fn write_canonical_json(
    out: &mut impl Write,
    entries: &[CanonicalEntry<'_>],
    with_history: bool,
) -> io::Result<()> {
    let canonicals = entries.iter().map(|entry| Canonical {
        recipe: entry.recipe.as_str(),
        version: entry.record.version.to_string(),
        commit: entry.record.commit.map(|commit| commit.to_string()),
        history: with_history.then_some(entry.history),
    });
    write_json(
        out,
        &Document {
            schema: "samever/canonical/1",
            canonicals: canonicals.collect(),
        },
    )
}
