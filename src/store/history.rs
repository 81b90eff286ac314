//! The history of a record: what changed it, from what, why, and by which run.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::recipe::{CanonicalRecord, RecipeName};
use samever_core::Order;

/// The most that is read of a history's end to find its last line, in bytes: a
/// line is shorter.
const LAST_BYTES_MAX: u64 = 64 * 1024;

/// What some editors put before a text.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// Why a record changes, and by which run.
#[derive(Clone, Copy, Debug)]
pub struct Change<'a> {
    /// The reason.
    pub why: &'a str,
    /// The author: the command, or the run of a recipe's commit.
    pub run: &'a str,
}

/// One change of a record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct HistoryLine {
    /// When, as RFC 3339 has it, in UTC.
    pub ts: String,
    /// `promote`, `set`, `drop`, or `found`: what was there without a line.
    pub change: String,
    pub from: Option<RecordedVersion>,
    pub to: Option<RecordedVersion>,
    /// The beginning of what was there, where that was no record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub damaged: Option<String>,
    pub why: String,
    pub run: String,
}

/// What a record says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RecordedVersion {
    pub version: String,
    pub commit: Option<String>,
}

#[derive(Serialize)]
struct Fields<'a> {
    recipe: &'a str,
    version: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    order: Option<Order>,
    commit: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    origin: Option<&'a str>,
    status: &'static str,
    ts: &'a str,
}

/// The content of a record's file.
pub(crate) fn record_text(recipe: &RecipeName, record: &CanonicalRecord, ts: &str) -> String {
    let fields = Fields {
        recipe: recipe.as_str(),
        version: record.version.to_string(),
        order: Some(record.version.order()).filter(|order| *order != Order::default()),
        commit: record.commit.map(|commit| commit.to_string()),
        origin: record.origin.as_deref(),
        status: "green",
        ts,
    };
    let mut text = serde_json::to_string_pretty(&fields).expect("a record is JSON");
    text.push('\n');
    text
}

impl HistoryLine {
    pub(crate) fn new(
        change: &str,
        from: Option<&CanonicalRecord>,
        to: Option<&CanonicalRecord>,
        Change { why, run }: &Change<'_>,
    ) -> Self {
        Self {
            ts: format!("{:.0}", Timestamp::now()),
            change: change.to_owned(),
            from: from.map(RecordedVersion::of),
            to: to.map(RecordedVersion::of),
            damaged: None,
            why: (*why).to_owned(),
            run: (*run).to_owned(),
        }
    }

    /// The line that is missing, where the record is not what the last line says.
    pub(crate) fn found(
        last: Option<&Self>,
        now: Option<&CanonicalRecord>,
        next: &Self,
    ) -> Option<Self> {
        let told = last.and_then(|last| last.to.clone());
        let now = now.map(RecordedVersion::of);
        if told == now || next.damaged.is_some() {
            return None;
        }
        Some(Self {
            change: "found".to_owned(),
            from: told,
            to: now,
            why: "the record is not what the line before says: that run was cut off before it \
                  was done, or somebody changed the file by hand"
                .to_owned(),
            ..next.clone()
        })
    }

    pub(crate) fn text(&self) -> String {
        let mut text = serde_json::to_string(self).expect("a line is JSON");
        text.push('\n');
        text
    }
}

impl RecordedVersion {
    fn of(record: &CanonicalRecord) -> Self {
        Self {
            version: record.version.to_string(),
            commit: record.commit.map(|commit| commit.to_string()),
        }
    }
}

/// The last line that is whole.
pub(crate) fn last(path: &Path) -> io::Result<Option<HistoryLine>> {
    let mut file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        file => file?,
    };
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(LAST_BYTES_MAX)))?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    let bytes = bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&bytes);
    let mut lines = bytes.rsplit(|byte| *byte == b'\n');
    Ok(lines.find_map(|line| serde_json::from_slice(line).ok()))
}

/// Every line; one that is cut off is a text.
pub(crate) fn read(path: &Path) -> io::Result<Vec<serde_json::Value>> {
    let bytes = match std::fs::read(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        bytes => bytes?,
    };
    let bytes = bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&bytes);
    let lines = bytes.split(|byte| *byte == b'\n');
    Ok(lines
        .filter(|line| !line.is_empty())
        .map(|line| {
            serde_json::from_slice(line)
                .unwrap_or_else(|_| String::from_utf8_lossy(line).into_owned().into())
        })
        .collect())
}
