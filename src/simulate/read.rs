//! Reads scenario files, and says where one makes no sense.
//!
//! A file is checked whole before anything is built from it: its shape here, and
//! then [its steps](super::check).

use std::path::{Component, Path};

use crate::disk::read_bounded;
use crate::recipe::FILE_BYTES_MAX;
use crate::scheme::Scheme;
use crate::written::{TextFault, read_yaml, utf8};

use crate::simulate::check::{Place, Wrong, at, check};
use crate::simulate::scenario::Scenario;

/// A scenario with what a reader of its results needs to know.
#[derive(Clone, Debug)]
pub struct ScenarioFile {
    /// Its name: that of the file, less its ending.
    pub name: String,
    /// Where it was read from.
    pub path: String,
    /// Its purpose: the comment on the first line.
    pub purpose: String,
    /// What it says.
    pub scenario: Scenario,
}

/// A scenario file makes no sense.
///
/// It displays as `file:line:column: what`, and the line with a mark below it.
/// It quotes the file as it is: print it through [`Escaped`](samever_core::Escaped),
/// line by line.
#[derive(Debug, thiserror::Error)]
#[error("{path}{place}: {what}{snippet}")]
pub struct ScenarioError {
    path: String,
    place: String,
    what: String,
    snippet: String,
}

impl ScenarioError {
    fn of_file(path: &str, what: &impl ToString) -> Self {
        let (path, what) = (path.to_owned(), what.to_string());
        Self {
            path,
            what,
            place: String::new(),
            snippet: String::new(),
        }
    }

    fn at(path: &str, text: &str, (line, column): Place, what: &impl ToString) -> Self {
        Self {
            path: path.to_owned(),
            place: format!(":{line}:{column}"),
            what: what.to_string(),
            snippet: snippet(text, line, column),
        }
    }
}

/// The line, cut to what a terminal shows, with a mark below the column.
fn snippet(text: &str, line: u64, column: u64) -> String {
    let (line_index, column) = (to_usize(line), to_usize(column));
    let Some(content) = text.lines().nth(line_index.saturating_sub(1)) else {
        return String::new();
    };
    let shown: String = content.chars().take(100).collect();
    let number = line.to_string();
    let margin = " ".repeat(number.len());
    let mark = " ".repeat(column.saturating_sub(1).min(shown.chars().count()));
    format!("\n{margin} |\n{number} | {shown}\n{margin} | {mark}^")
}

fn to_usize(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// Reads a scenario from a file of at most 1 MiB.
///
/// # Errors
///
/// The file cannot be read or makes no sense.
pub fn read_scenario_file(path: &Path) -> Result<ScenarioFile, ScenarioError> {
    let shown = path.display().to_string();
    let bytes =
        read_bounded(path, FILE_BYTES_MAX).map_err(|why| ScenarioError::of_file(&shown, &why))?;
    let stem = path.file_stem().and_then(|stem| stem.to_str());
    let name = stem
        .filter(|stem| {
            Path::new(stem)
                .components()
                .eq([Component::Normal(stem.as_ref())])
        })
        .ok_or_else(|| ScenarioError::of_file(&shown, &"the name of the file is no plain text"))?;
    parse_scenario(name, &shown, &bytes)
}

/// Reads a scenario from the content of a file.
///
/// # Errors
///
/// The content makes no sense.
pub fn parse_scenario(name: &str, path: &str, bytes: &[u8]) -> Result<ScenarioFile, ScenarioError> {
    let of_file = |what: &str| ScenarioError::of_file(path, &what);
    if bytes.len() as u64 > FILE_BYTES_MAX {
        return Err(of_file(
            "the file is larger than 1 MiB, so it is no scenario",
        ));
    }
    let text = utf8(bytes).map_err(|at| of_file(&format!("not UTF-8 at byte {at}")))?;
    let first = text.lines().next().unwrap_or_default();
    let purpose = first.strip_prefix('#').map(str::trim).unwrap_or_default();
    if purpose.is_empty() {
        return Err(of_file(
            "the first line must be a comment that says what the scenario is for",
        ));
    }
    let error = |(place, what): Wrong| match place {
        Some(place) => ScenarioError::at(path, text, place, &what),
        None => ScenarioError::of_file(path, &what),
    };
    let mut scenario: Scenario =
        read_yaml(text).map_err(|TextFault { what, place }| error((place, what)))?;
    if let Some(scheme) = &scenario.scheme {
        let folder = Path::new(path).parent().unwrap_or(Path::new(""));
        let named = Scheme::named_in(folder, &scheme.value);
        scenario.under = named.map_err(|why| error(at(scheme)(why.to_string().into())))?;
    }
    check(&scenario).map_err(error)?;
    Ok(ScenarioFile {
        name: name.to_owned(),
        path: path.to_owned(),
        purpose: purpose.to_owned(),
        scenario,
    })
}
