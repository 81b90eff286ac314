//! Where an answer goes: to standard output and to the files of `--report`.

use std::cell::Cell;
use std::ffi::OsString;
use std::fs;
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, ValueEnum};

use crate::report::{ErrorReport, Format, Report};

use crate::cli::exit::ExitStatus;
use crate::cli::failure::Failure;

/// The options of a command that writes reports.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Output")]
pub(crate) struct ReportArgs {
    /// Files to write a report to as well, in the format of their endings: .json, .xml or .txt
    #[arg(long, value_name = "FILE", num_args = 1..)]
    report: Vec<ReportFile>,
    /// Whether the reports of this run are written.
    #[arg(skip)]
    written: Cell<bool>,
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

/// The commands that write reports.
const REPORTING: [&str; 4] = ["nightly", "replay", "upgrade", "verify"];

/// What a report says until the run has ended.
const BEGUN: &str = "the run has begun and has not ended; should it be over, it was killed";

impl ReportArgs {
    /// The files.
    pub(crate) fn paths(&self) -> Vec<&Path> {
        self.report.iter().map(|file| &*file.path).collect()
    }

    /// The command and its reports, as words that make no sense otherwise name
    /// them.
    pub(crate) fn named_in(words: &[OsString]) -> Option<(&str, Self)> {
        let mut words = words
            .iter()
            .skip(1)
            .map(|word| word.to_str().unwrap_or("-"));
        let command = words.find(|word| REPORTING.contains(word))?;
        let mut report = Vec::new();
        let mut follows = false;
        for word in words {
            let file = match word.strip_prefix("--report=") {
                _ if word == "--report" => None,
                None if follows && !word.starts_with('-') => Some(word),
                file => file,
            };
            follows = file.is_some() || word == "--report";
            report.extend(file.and_then(|file| file.parse::<ReportFile>().ok()));
        }
        let written = Cell::new(false);
        Some((command, Self { report, written }))
    }

    /// Runs a command. Each of its reports says what came of this run at every
    /// moment, and not what came of an earlier one: also where there is no
    /// answer, or the process is killed.
    pub(crate) fn around<Out: Write>(
        &self,
        command: &str,
        format: Format,
        out: &mut Out,
        run: impl FnOnce(&mut Out) -> Result<ExitStatus, Failure>,
    ) -> Result<ExitStatus, Failure> {
        // Where nothing is deployed, a report that cannot be written is told with the
        // answer, and takes none with it.
        let begun = ErrorReport {
            command,
            error: BEGUN,
        };
        let begun = self.write(&begun, true);
        if let ("upgrade" | "nightly", Err(why)) = (command, begun) {
            // Nothing is deployed for a report that is lost.
            let failure = Failure::no_answer(why);
            self.fail(command, &failure);
            return Err(failure);
        }
        let outcome = run(out);
        if let Err(failure) = &outcome
            && !self.written.get()
        {
            self.fail(command, failure);
            if matches!(format, Format::Json | Format::Junit) {
                answer(format, &failure.report(command), out)?;
            }
        }
        outcome
    }

    /// Writes the error to each report that can be written.
    pub(crate) fn fail(&self, command: &str, failure: &Failure) {
        // What cannot be written is told by the failure, or was never there.
        let _ = self.write(&failure.report(command), false);
    }

    /// Writes each report, also after one that fails, and then the answer. What
    /// it gives back names the reports that cannot be written.
    pub(crate) fn answer(
        &self,
        format: Format,
        report: &impl Report,
        out: &mut impl Write,
    ) -> Result<Result<(), String>, Failure> {
        self.written.set(true);
        let written = self.write(report, false);
        answer(format, report, out)?;
        Ok(written)
    }

    /// Writes one report to each file, also after one that fails; `early`, only to
    /// those that can be written again.
    fn write(&self, report: &impl Report, early: bool) -> Result<(), String> {
        let files = self.report.iter();
        let files = files.filter(|file| !early || can_be_replaced(&file.path));
        let failures = files.filter_map(|ReportFile { path, format }| {
            let content = report.whole(*format);
            let error = content
                .and_then(|content| write_file(path, &content))
                .err()?;
            Some(format!("{}: {error}", path.display()))
        });
        let failures: Vec<_> = failures.collect();
        let why = || format!("the report cannot be written to {}", failures.join("; "));
        failures.is_empty().then_some(()).ok_or_else(why)
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

/// Tells whether a path has a file that a new one can replace, or nothing yet;
/// what is written to a pipe or a terminal stays said.
fn can_be_replaced(path: &Path) -> bool {
    fs::metadata(path).map_or(true, |there| there.is_file() || there.is_dir())
}

/// Writes a file with the folder that it is to be in; a reader sees the old content
/// or the new one, and never a part.
pub(crate) fn write_file(path: &Path, content: &str) -> io::Result<()> {
    // A link stays, and its file is replaced.
    let path = &fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let folder = match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        Some(_) | None => Path::new("."),
    };
    fs::create_dir_all(folder)?;
    if !can_be_replaced(path) {
        return fs::write(path, content);
    }
    let mut new = tempfile::Builder::new();
    #[cfg(unix)]
    new.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut new = match new.prefix(".samever-report-").tempfile_in(folder) {
        // The file may be writable where its folder is not.
        Err(error) if error.kind() == ErrorKind::PermissionDenied => {
            return fs::write(path, content);
        }
        new => new?,
    };
    new.write_all(content.as_bytes())?;
    new.persist(path).map(|_| ()).map_err(|error| error.error)
}
