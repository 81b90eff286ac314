//! What an interrupted sweep has done, so that it can be taken up again.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::{Came, Row, Scope};

/// The journal of a running sweep: one JSON object a line, the first of which
/// says what the sweep is of.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    file: File,
}

impl Journal {
    /// Begins a journal, or goes on with that of an interrupted sweep of the same
    /// thing; returns what that has done.
    ///
    /// # Errors
    ///
    /// It cannot be written.
    pub fn begin(
        state: &Path,
        scope: &Scope,
        what: &str,
        resume: bool,
    ) -> io::Result<(Self, Vec<Row>)> {
        let path = scope.file(state, "jsonl");
        let done = if resume { read(&path, what)? } else { None };
        let (mut options, is_new) = (OpenOptions::new(), done.is_none());
        options.create(true);
        if is_new {
            options.write(true).truncate(true);
        } else {
            options.append(true);
        }
        let mut file = options.open(&path)?;
        if is_new {
            write_line(&mut file, &what)?;
        } else {
            // The last line may be cut off.
            file.write_all(b"\n")?;
        }
        Ok((Self { path, file }, done.unwrap_or_default()))
    }

    /// Adds what came of a recipe, where that need not be repeated.
    ///
    /// # Errors
    ///
    /// It cannot be written.
    pub fn add(&mut self, row: &Row) -> io::Result<()> {
        match &row.came {
            Came::Verdict { outcome } if outcome.unrecorded.is_some() => Ok(()),
            Came::Verdict { .. } | Came::NotRun { .. } => write_line(&mut self.file, row),
            Came::NoAnswer { .. } => Ok(()),
        }
    }

    /// Ends the journal of a sweep that came to its end.
    ///
    /// # Errors
    ///
    /// It cannot be removed.
    pub fn end(self) -> io::Result<()> {
        fs::remove_file(&self.path)
    }
}

fn write_line(file: &mut File, value: &impl serde::Serialize) -> io::Result<()> {
    let mut line = serde_json::to_vec(value)?;
    line.push(b'\n');
    file.write_all(&line)
}

/// What an interrupted sweep of the same thing has done; `None` where there is
/// none.
fn read(path: &Path, what: &str) -> io::Result<Option<Vec<Row>>> {
    let text = match fs::read(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        text => text?,
    };
    let mut lines = text.split(|byte| *byte == b'\n');
    let of = lines.next().unwrap_or_default();
    if serde_json::from_slice::<String>(of).ok().as_deref() != Some(what) {
        return Ok(None);
    }
    Ok(Some(
        lines
            .filter_map(|line| serde_json::from_slice(line).ok())
            .collect(),
    ))
}
