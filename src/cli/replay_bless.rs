//! `samever replay --bless`: what came out is what a scenario file expects.

use std::fmt::Write as _;
use std::fs;
use std::io::Write;

use samever_core::Escaped;

use crate::simulate::{ScenarioFile, ScenarioReport, blessed, parse_scenario};

use crate::cli::exit::ExitStatus;
use crate::cli::failure::Failure;
use crate::cli::output::write_file;

/// Writes what came out into the files, and says what that is. Nothing is written where
/// one of them cannot expect what came out of it.
pub(crate) fn bless(
    files: &[ScenarioFile],
    scenarios: &[ScenarioReport],
    out: &mut impl Write,
) -> Result<ExitStatus, Failure> {
    let mut contents = Vec::new();
    for (file, report) in files.iter().zip(scenarios) {
        contents.push(if report.passed() {
            None
        } else {
            Some(content(file, report)?)
        });
    }
    for ((file, report), content) in files.iter().zip(scenarios).zip(contents) {
        if let Some(content) = &content {
            write_file(file.path.as_ref(), content).map_err(|error| {
                Failure::no_answer(format_args!("{} cannot be written: {error}", file.path))
            })?;
        }
        let said = said(file, report, content.is_some());
        let said = out.write_all(said.as_bytes()).and_then(|()| out.flush());
        said.map_err(Failure::output)?;
    }
    Ok(ExitStatus::Fine)
}

/// The file with what came out as what it expects, below the comments at its head.
fn content(file: &ScenarioFile, report: &ScenarioReport) -> Result<String, Failure> {
    let path = &file.path;
    let scenario = blessed(&file.scenario, &report.steps).map_err(|why| {
        Failure::no_answer(format_args!("{path}, {why}; no scenario was written"))
    })?;
    let text = fs::read_to_string(path)
        .map_err(|error| Failure::no_answer(format_args!("{path}: {error}")))?;
    let is_head = |line: &&str| line.starts_with('#') || line.trim().is_empty();
    let head: String = text.split_inclusive('\n').take_while(is_head).collect();
    let content = scenario.to_yaml_below(&head);
    parse_scenario(&file.name, path, content.as_bytes()).map_err(Failure::no_answer_in_lines)?;
    Ok(content)
}

/// What was written, line by line.
fn said(file: &ScenarioFile, report: &ScenarioReport, is_written: bool) -> String {
    if !is_written {
        return format!("unchanged  {}\n", Escaped::new(&file.path));
    }
    let mut said = format!("written    {}\n", Escaped::new(&file.path));
    for step in &report.steps {
        for mismatch in &step.mismatches {
            let (what, before, now) = (mismatch.what, &mismatch.expected, &mismatch.got);
            let line = format!(
                "  line {}, {}: {what} was {before}, is {now}",
                step.line, step.step
            );
            let written = writeln!(said, "{}", Escaped::new(&line));
            written.expect("a text can be written to");
        }
    }
    said
}
