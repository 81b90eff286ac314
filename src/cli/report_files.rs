//! Reports to files, beside the answer on standard output.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// A file for a report, in the format that its ending names.
#[derive(Clone, Debug)]
pub(crate) struct ReportFile {
    path: PathBuf,
    format: ReportFormat,
}

/// The format of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ReportFormat {
    Text,
    Json,
    Junit,
}

impl std::str::FromStr for ReportFile {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let path = PathBuf::from(text);
        let ending = path.extension().and_then(std::ffi::OsStr::to_str);
        let format = match ending {
            Some("txt") => ReportFormat::Text,
            Some("json") => ReportFormat::Json,
            Some("xml") => ReportFormat::Junit,
            Some(_) | None => {
                return Err("a report ends in .json, .xml (for JUnit) or .txt");
            }
        };
        Ok(Self { path, format })
    }
}

/// Writes each report, also after one that fails; the error names those that
/// did.
pub(crate) fn write_reports(
    files: &[ReportFile],
    write: impl Fn(ReportFormat, &mut Vec<u8>) -> io::Result<()>,
) -> Result<(), String> {
    let mut failures = Vec::new();
    for ReportFile { path, format } in files {
        let mut content = Vec::new();
        let written = write(*format, &mut content).and_then(|()| write_file(path, &content));
        if let Err(error) = written {
            failures.push(format!("{}: {error}", path.display()));
        }
    }
    if failures.is_empty() {
        Ok(())
    } else {
        Err(format!(
            "the report cannot be written to {}",
            failures.join("; ")
        ))
    }
}

/// Writes a file with the folder that it is to be in.
fn write_file(path: &Path, content: &[u8]) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(path, content)
}
