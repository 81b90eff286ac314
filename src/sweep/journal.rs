//! What an interrupted sweep has done, so that it can be taken up again.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::deploy::RecipeOutcome;
use crate::sweep::lock::Scope;
use crate::sweep::outcome::SweepEntry;

/// The journal of a running sweep: one JSON object a line. The first line holds
/// the sweep's settings.
#[derive(Debug)]
pub(crate) struct Journal {
    path: PathBuf,
    file: File,
}

/// How old a journal may be to be gone on with: until then it is the same night.
const AGE_MAX: SignedDuration = SignedDuration::from_hours(12);

#[derive(Serialize, Deserialize)]
struct Begin {
    what: String,
    settings: String,
    ts: Timestamp,
}

impl Journal {
    /// Begins a journal, or goes on with that of a sweep of the same thing, with
    /// the same settings, which was interrupted at most twelve hours ago; returns
    /// what that has done.
    ///
    /// # Errors
    ///
    /// It cannot be written.
    pub(crate) fn begin(
        state: &Path,
        scope: &Scope,
        what: &str,
        settings: &str,
        resume: bool,
    ) -> io::Result<(Self, Vec<SweepEntry>)> {
        let path = scope.file(state, "jsonl");
        let begin = Begin {
            what: what.to_owned(),
            settings: settings.to_owned(),
            ts: Timestamp::now(),
        };
        let done = if resume { read(&path, &begin)? } else { None };
        let (mut options, is_new) = (OpenOptions::new(), done.is_none());
        options.create(true);
        if is_new {
            options.write(true).truncate(true);
        } else {
            options.append(true);
        }
        let mut file = options.open(&path)?;
        if is_new {
            write_line(&mut file, &begin)?;
        } else {
            // The last line may be cut off.
            file.write_all(b"\n")?;
        }
        Ok((Self { path, file }, done.unwrap_or_default()))
    }

    /// Adds what came of a recipe, in one line, where nothing of that need be repeated.
    ///
    /// # Errors
    ///
    /// It cannot be written.
    pub(crate) fn add(&mut self, rows: &[SweepEntry]) -> io::Result<()> {
        let is_kept = |row: &SweepEntry| match &row.came {
            RecipeOutcome::Verdict { outcome } => outcome.unrecorded.is_none(),
            RecipeOutcome::NotRun { .. } => row.base_names.is_some(),
            RecipeOutcome::NoAnswer { .. } => false,
        };
        if rows.iter().all(is_kept) {
            write_line(&mut self.file, &rows)
        } else {
            Ok(())
        }
    }

    /// Ends the journal of a sweep that came to its end.
    ///
    /// # Errors
    ///
    /// It cannot be removed.
    pub(crate) fn end(self) -> io::Result<()> {
        fs::remove_file(&self.path)
    }
}

fn write_line(file: &mut File, value: &impl Serialize) -> io::Result<()> {
    let mut line = serde_json::to_vec(value)?;
    line.push(b'\n');
    file.write_all(&line)
}

/// What an interrupted sweep of the same thing has done; `None` where there is
/// none.
fn read(path: &Path, now: &Begin) -> io::Result<Option<Vec<SweepEntry>>> {
    let text = match fs::read(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        text => text?,
    };
    let mut lines = text.split(|byte| *byte == b'\n');
    let begin = serde_json::from_slice::<Begin>(lines.next().unwrap_or_default());
    let is_like = |begin: &Begin| {
        let age = now.ts.duration_since(begin.ts);
        begin.what == now.what && begin.settings == now.settings && age.abs() <= AGE_MAX
    };
    if !begin.is_ok_and(|begin| is_like(&begin)) {
        return Ok(None);
    }
    let done = lines.filter_map(|line| serde_json::from_slice::<Vec<SweepEntry>>(line).ok());
    let mut last = BTreeMap::new();
    for rows in done {
        if let Some(first) = rows.first() {
            last.insert(first.recipe.clone(), rows);
        }
    }
    Ok(Some(last.into_values().flatten().collect()))
}
