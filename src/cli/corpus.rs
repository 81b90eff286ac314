//! A folder of counterexamples: those of earlier trials are read, and new ones are written.

use std::fs;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::cli::failure::Failure;
use crate::cli::output::write_file;
use crate::disk::read_bounded;
use crate::simulate::read_scenario_file;
use crate::verify::{CorpusCase, Found};
use crate::written::{hexadecimal, utf8};

/// The most of a file of questions that is read, in bytes.
const QUESTIONS_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// How many digits of its digest name a counterexample.
const NAME_DIGITS: usize = 16;

/// The cases of a folder, in the order of their names, and its files: scenarios (`.yaml`, `.yml`) and
/// questions (`.jsonl`, one a line). A folder that is not there is empty.
pub(crate) fn read_corpus(folder: &Path) -> Result<(Vec<CorpusCase>, Vec<PathBuf>), Failure> {
    let mut cases = Vec::new();
    let files = files(folder)?;
    for path in &files {
        let ending = path.extension().and_then(std::ffi::OsStr::to_str);
        match ending {
            Some("yaml" | "yml") => {
                let file = read_scenario_file(path).map_err(Failure::no_answer_in_lines)?;
                cases.push(CorpusCase::scenario(file.path, file.scenario));
            }
            Some("jsonl") => add_questions(path, &mut cases)?,
            Some(_) | None => {}
        }
    }
    Ok((cases, files))
}

fn files(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    if !folder.exists() {
        return Ok(Vec::new());
    }
    let listed = fs::read_dir(folder).and_then(|entries| {
        let paths = entries.map(|entry| Ok(entry?.path()));
        paths.collect::<std::io::Result<Vec<_>>>()
    });
    let mut files = listed.map_err(|error| {
        Failure::no_answer(format_args!(
            "{} cannot be listed: {error}",
            folder.display()
        ))
    })?;
    files.sort();
    Ok(files)
}

fn add_questions(path: &Path, cases: &mut Vec<CorpusCase>) -> Result<(), Failure> {
    let failed =
        |at: String, why: String| Failure::no_answer(format_args!("{}{at}: {why}", path.display()));
    let content = read_bounded(path, QUESTIONS_BYTES_MAX);
    let content =
        content.map_err(|error| failed(String::new(), format!("it cannot be read: {error}")))?;
    if content.len() as u64 > QUESTIONS_BYTES_MAX {
        return Err(failed(
            String::new(),
            "it is larger than 64 MiB; split it".to_owned(),
        ));
    }
    let text = utf8(&content)
        .map_err(|at| failed(String::new(), format!("it is not UTF-8 at byte {at}")))?;
    for (number, line) in text
        .lines()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty())
    {
        let place = format!("{}:{}", path.display(), number + 1);
        let case = CorpusCase::question(place, line);
        cases.push(case.map_err(|why| failed(format!(":{}", number + 1), why))?);
    }
    Ok(())
}

/// Writes a counterexample, under a name that its content gives, so that one that is there already is
/// written once. Tells where.
pub(crate) fn add_to_corpus(folder: &Path, found: &Found) -> Result<Option<PathBuf>, Failure> {
    let counterexample = &found.counterexample;
    let (content, ending) = match (&counterexample.asked, &counterexample.scenario) {
        (Some((question, _)), _) => (format!("{question}\n"), "jsonl"),
        (None, Ok(scenario)) => (scenario.clone(), "yaml"),
        (None, Err(_)) => return Ok(None),
    };
    let digest = hexadecimal(&Sha256::digest(&content));
    let path = folder.join(format!("{}.{ending}", &digest[..NAME_DIGITS]));
    write_file(&path, &content).map_err(|error| {
        Failure::no_answer(format_args!(
            "{} cannot be written: {error}",
            path.display()
        ))
    })?;
    Ok(Some(path))
}
