//! Evidence of a trial that others can check: what is written, and how it is tried again.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use samever_core::Escaped;
use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::cli::exit::ExitStatus;
use crate::cli::failure::Failure;
use crate::cli::output::write_file;
use crate::deploy::{CommandLine, find_program};
use crate::disk::read_bounded;
use crate::report::{FileDigest, VerifyReport, plural};
use crate::written::hexadecimal;

/// The name of the evidence in its folder.
const EVIDENCE: &str = "evidence.json";

/// The name of the statement beside it.
const STATEMENT: &str = "evidence.intoto.json";

/// The most of a file of evidence that is read, in bytes.
const EVIDENCE_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// The most differences that are told.
const DIFFERENCES_MAX: usize = 20;

/// Writes what was tried, and the statement about it.
pub(crate) fn write_evidence(
    folder: &Path,
    report: &VerifyReport<'_>,
    resolver: Option<&str>,
    corpus: &[PathBuf],
) -> Result<(), Failure> {
    let evidence = report.evidence().map_err(Failure::output)?;
    let written = |name: &str, content: &str| {
        let path = folder.join(name);
        write_file(&path, content).map_err(|error| {
            Failure::no_answer(format_args!(
                "{} cannot be written: {error}",
                path.display()
            ))
        })
    };
    written(EVIDENCE, &evidence)?;
    let samever = std::env::current_exe()
        .ok()
        .and_then(|path| digest_of(&path, "samever"));
    let on_trial: Vec<_> = match resolver {
        Some(command) => files_of(command),
        None => samever.iter().cloned().collect(),
    };
    let evidence = FileDigest {
        name: EVIDENCE.to_owned(),
        sha256: hexadecimal(&Sha256::digest(&evidence)),
    };
    let tried_first = corpus.iter().filter_map(|path| {
        let name = path.file_name()?.to_string_lossy();
        digest_of(path, &format!("corpus/{name}"))
    });
    let configuration: Vec<_> = samever.into_iter().chain([evidence]).collect();
    let configuration: Vec<_> = configuration.into_iter().chain(tried_first).collect();
    let statement = report.statement(&on_trial, &configuration);
    written(STATEMENT, &statement.map_err(Failure::output)?)
}

/// The files of a command line, as far as its words are files: the program, which is looked for in
/// the folders of `PATH`, and its script.
fn files_of(command: &str) -> Vec<FileDigest> {
    let Ok(line) = command.parse::<CommandLine>() else {
        return Vec::new();
    };
    let program = find_program(&line).ok();
    let program = program.and_then(|path| digest_of(&path, line.name()));
    let arguments = line.arguments().iter();
    let others = arguments.filter_map(|word| digest_of(Path::new(word), word));
    program.into_iter().chain(others).collect()
}

fn digest_of(path: &Path, name: &str) -> Option<FileDigest> {
    let is_file = path.metadata().is_ok_and(|there| there.is_file());
    let content = is_file.then(|| fs::read(path).ok()).flatten()?;
    Some(FileDigest {
        name: name.to_owned(),
        sha256: hexadecimal(&Sha256::digest(&content)),
    })
}

/// What a file of evidence says of its trial.
#[derive(Debug, Deserialize)]
pub(crate) struct Expected {
    pub(crate) seed: u64,
    pub(crate) resolver: String,
    pub(crate) level: String,
    pub(crate) bounds: Bounds,
    #[serde(skip)]
    whole: Value,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Bounds {
    pub(crate) cases: Option<u64>,
    pub(crate) budget_seconds: Option<u64>,
    pub(crate) shard: String,
    pub(crate) only: Option<String>,
}

impl Expected {
    /// Reads a file of evidence.
    pub(crate) fn read(path: &Path) -> Result<Self, Failure> {
        let shown = path.display();
        let failed = |why: &dyn std::fmt::Display| {
            Failure::no_answer(format_args!(
                "{shown} is no evidence of a trial: {why}; give the evidence.json that \
                 `samever verify --evidence` wrote"
            ))
        };
        let content = read_bounded(path, EVIDENCE_BYTES_MAX).map_err(|error| failed(&error))?;
        let whole: Value =
            serde_json::from_slice(&content).map_err(|_| failed(&"it is not JSON"))?;
        if whole["schema"] != "samever/evidence/1" {
            return Err(failed(&"its schema is not samever/evidence/1"));
        }
        let expected = Self::deserialize(&whole).map_err(|_| {
            failed(&"it does not say the seed, the resolver, the level and the bounds")
        })?;
        if whole["hunt"]["stopped"] == true {
            return Err(Failure::no_answer(format_args!(
                "{shown} is of a trial that a budget or an interrupt ended, so that another ends \
                 elsewhere; check one without --budget"
            )));
        }
        Ok(Self { whole, ..expected })
    }

    /// Whether the mutants alone were on trial.
    pub(crate) fn is_of_mutants_alone(&self) -> bool {
        self.whole["hunt"].is_null()
    }

    /// Says what differs from what came of the trial now.
    pub(crate) fn compare(
        &self,
        report: &VerifyReport<'_>,
        out: &mut impl Write,
    ) -> Result<ExitStatus, Failure> {
        let now = report.evidence().map_err(Failure::output)?;
        let now: Value = serde_json::from_str(&now).map_err(|error| Failure::no_answer(&error))?;
        let mut differences = Vec::new();
        differ("", &self.whole, &now, &mut differences);
        let mut say = |line: &str| writeln!(out, "{}", Escaped::new(line)).map_err(Failure::output);
        if differences.is_empty() {
            say("the trial comes out as the evidence says")?;
            return Ok(ExitStatus::Fine);
        }
        for difference in differences.iter().take(DIFFERENCES_MAX) {
            say(difference)?;
        }
        say(&format!(
            "{} from the evidence",
            plural(differences.len(), "difference")
        ))?;
        Ok(ExitStatus::Finding)
    }
}

/// Collects the places at which two documents differ, with both values.
fn differ(at: &str, was: &Value, now: &Value, differences: &mut Vec<String>) {
    match (was, now) {
        (Value::Object(was), Value::Object(now)) => {
            let mut keys: Vec<_> = was.keys().chain(now.keys()).collect();
            keys.sort_unstable();
            keys.dedup();
            for key in keys {
                let (was, now) = (was.get(key), now.get(key));
                let value = |value: Option<&Value>| value.cloned().unwrap_or(Value::Null);
                differ(
                    &format!("{at}.{key}"),
                    &value(was),
                    &value(now),
                    differences,
                );
            }
        }
        (Value::Array(was), Value::Array(now)) if was.len() == now.len() => {
            for (place, (was, now)) in was.iter().zip(now).enumerate() {
                differ(&format!("{at}[{place}]"), was, now, differences);
            }
        }
        (was, now) if was == now => {}
        (was, now) => {
            let at = at.trim_start_matches('.');
            differences.push(format!("{at}: {was} in the evidence, {now} now"));
        }
    }
}
