//! Where an answer goes: to standard output and to the files of `--report`.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, ValueEnum};

use crate::report::{Format, Report};

use crate::cli::Failure;
use crate::cli::exit::ExitStatus;

/// The options of a command that writes reports.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Output")]
pub(crate) struct ReportArgs {
    /// Files to write a report to as well, in the format of their endings: .json, .xml or .txt
    #[arg(long, value_name = "FILE", num_args = 1..)]
    report: Vec<ReportFile>,
}

/// A file for a report, in the format that its ending names.
#[derive(Clone, Debug)]
struct ReportFile {
    path: PathBuf,
    format: Format,
}

impl std::str::FromStr for ReportFile {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let path = PathBuf::from(text);
        let ending = path.extension().and_then(std::ffi::OsStr::to_str);
        let format = match ending {
            Some("txt") => Format::Text,
            Some("json") => Format::Json,
            Some("xml") => Format::Junit,
            Some(_) | None => {
                return Err("a report ends in .json, .xml (for JUnit) or .txt");
            }
        };
        Ok(Self { path, format })
    }
}

/// Takes one of the values that a command offers.
pub(crate) fn one_of<T: ValueEnum + Clone + Send + Sync + 'static>(
    values: &'static [T],
) -> impl TypedValueParser<Value = T> {
    let offered = values.iter().filter_map(ValueEnum::to_possible_value);
    PossibleValuesParser::new(offered).try_map(|name| T::from_str(&name, false))
}

/// Takes one of these values by its name.
pub(crate) fn one_named<T: Copy + Send + Sync + 'static>(
    values: &'static [T],
    name_of: fn(T) -> &'static str,
) -> impl TypedValueParser<Value = T> {
    let names = values.iter().map(move |value| name_of(*value));
    PossibleValuesParser::new(names).map(move |name| {
        let mut values = values.iter();
        *values
            .find(|value| name_of(**value) == name)
            .expect("no other name is possible")
    })
}

/// Writes the answer to standard output, where the beginning of a text is
/// already.
pub(crate) fn answer(
    format: Format,
    report: &impl Report,
    out: &mut impl Write,
) -> Result<(), Failure> {
    let answer = report.end(format);
    answer
        .and_then(|answer| out.write_all(answer.as_bytes()))
        .and_then(|()| out.flush())
        .map_err(Failure::output)
}

impl ReportArgs {
    /// Writes each report, also after one that fails, and then the answer. What
    /// it gives back names the reports that cannot be written.
    pub(crate) fn answer(
        &self,
        format: Format,
        report: &impl Report,
        out: &mut impl Write,
    ) -> Result<Result<(), String>, Failure> {
        let failures = self
            .report
            .iter()
            .filter_map(|ReportFile { path, format }| {
                let content = report.whole(*format);
                let error = content
                    .and_then(|content| write_file(path, &content))
                    .err()?;
                Some(format!("{}: {error}", path.display()))
            });
        let failures: Vec<_> = failures.collect();
        answer(format, report, out)?;
        let why = || format!("the report cannot be written to {}", failures.join("; "));
        Ok(failures.is_empty().then_some(()).ok_or_else(why))
    }
}

/// The end of a command whose answer is out: a finding outweighs a report that
/// could not be written.
pub(crate) fn end(status: ExitStatus, beside: Result<(), String>) -> Result<ExitStatus, Failure> {
    beside.map(|()| status).map_err(|why| Failure {
        status: match status {
            ExitStatus::Finding => ExitStatus::Finding,
            ExitStatus::Fine | ExitStatus::Usage | ExitStatus::NoAnswer => ExitStatus::NoAnswer,
        },
        ..Failure::no_answer(why)
    })
}

/// Writes a file with the folder that it is to be in.
pub(crate) fn write_file(path: &Path, content: &str) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(path, content)
}
