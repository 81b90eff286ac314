//! Every question of a trial and its answer, one JSON object a line, for tools.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use serde::Serialize;

use crate::cli::failure::Failure;
use crate::verify::Observation;

#[derive(Serialize)]
struct Line<'a> {
    phase: &'a str,
    case: u64,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    axes: BTreeMap<&'static str, &'static str>,
    question: &'a str,
    answer: &'a str,
}

/// The file that the lines go to.
pub(crate) struct Observer {
    path: PathBuf,
    state: Mutex<State>,
}

struct State {
    file: BufWriter<File>,
    failed: Option<io::Error>,
}

impl Observer {
    pub(crate) fn create(path: &Path) -> Result<Self, Failure> {
        let file = File::create(path).map_err(|error| not_written(path, &error))?;
        let state = State {
            file: BufWriter::new(file),
            failed: None,
        };
        Ok(Self {
            path: path.to_owned(),
            state: Mutex::new(state),
        })
    }

    /// Writes a line. What fails is told at the end.
    pub(crate) fn note(&self, seen: &Observation<'_>) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.failed.is_some() {
            return;
        }
        let line = Line {
            phase: seen.phase,
            case: seen.case,
            axes: seen.axes.iter().copied().collect(),
            question: seen.question,
            answer: seen.answer,
        };
        let text = serde_json::to_string(&line).expect("a line is JSON");
        state.failed = writeln!(state.file, "{text}").err();
    }

    /// Writes what is left.
    pub(crate) fn finish(&self) -> Result<(), Failure> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let failed = state.failed.take();
        let written = failed.map_or_else(|| state.file.flush(), Err);
        written.map_err(|error| not_written(&self.path, &error))
    }
}

fn not_written(path: &Path, error: &io::Error) -> Failure {
    Failure::no_answer(format_args!(
        "{} cannot be written: {error}",
        path.display()
    ))
}
