//! The logs that samever itself writes of the stages of a run.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::PathBuf;

use samever_core::Escaped;

use crate::deploy::outcome::StageLog;
use crate::run::Stage;

/// How many lines of a log are kept for the report.
const TAIL_LINES_MAX: usize = 20;

/// The logs of one run, one a stage.
#[derive(Debug)]
pub(super) struct StageLogs {
    folder: PathBuf,
    logs: Vec<StageLog>,
}

impl StageLogs {
    /// Logs go into the folder, which must exist.
    pub(super) fn new(folder: PathBuf) -> Self {
        Self {
            folder,
            logs: Vec::new(),
        }
    }

    /// Adds lines to the log of a stage, each with its control characters escaped.
    pub(super) fn add<L: AsRef<[u8]>>(&mut self, stage: Stage, lines: impl IntoIterator<Item = L>) {
        let path = self.folder.join(format!("{}.log", stage.name()));
        let at = self.logs.iter().position(|log| log.stage == stage);
        let at = at.unwrap_or_else(|| {
            self.logs.push(StageLog {
                stage,
                path: Some(path.to_string_lossy().into_owned()),
                tail: Vec::new(),
                missing: None,
            });
            self.logs.len() - 1
        });
        let log = &mut self.logs[at];
        let lines = lines
            .into_iter()
            .map(|line| Escaped::new(&line).to_string());
        let lines: Vec<_> = lines.filter(|line| !line.is_empty()).collect();
        let written = || -> io::Result<()> {
            let mut file = OpenOptions::new().create(true).append(true).open(&path)?;
            for line in &lines {
                writeln!(file, "{line}")?;
            }
            Ok(())
        };
        if let Err(why) = written() {
            let why = format!("the log cannot be written: {why}");
            log.missing.get_or_insert(why);
        }
        log.tail.extend(lines);
        log.tail
            .drain(..log.tail.len().saturating_sub(TAIL_LINES_MAX));
    }

    /// Adds the log of a program of a stage, whose file it has begun anew.
    pub(super) fn extend(&mut self, log: Option<StageLog>) {
        let Some(log) = log else { return };
        self.logs.retain(|other| other.stage != log.stage);
        self.logs.push(log);
    }

    /// The logs, in the order in which they began.
    pub(super) fn into_logs(self) -> Vec<StageLog> {
        self.logs
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::StageLogs;
    use crate::run::Stage;

    #[test]
    fn lines_are_escaped_and_the_report_gets_the_last() {
        let folder = tempfile::TempDir::new().unwrap();
        let mut logs = StageLogs::new(folder.path().to_owned());
        logs.add(Stage::Upgrade, ["a\u{1b}[2J", "", "::warning::x"]);
        logs.add(Stage::HeadCheck, ["other"]);
        logs.add(Stage::Upgrade, (0..25).map(|number| number.to_string()));
        let text = fs::read_to_string(folder.path().join("upgrade.log")).unwrap();
        assert!(text.starts_with("a\\u{1b}[2J\n"), "{text}");
        assert!(!text.contains("\n::warning"), "{text}");
        assert_eq!(text.lines().count(), 27);
        let logs = logs.into_logs();
        assert_eq!(logs.len(), 2);
        assert_eq!(logs[0].tail.len(), 20);
        assert_eq!(logs[0].tail[19], "24");
        // A folder that is gone loses the file, and not the lines.
        drop(folder);
        let mut logs = StageLogs::new("/nowhere/at/all".into());
        logs.add(Stage::Upgrade, ["a"]);
        let log = &logs.into_logs()[0];
        assert_eq!(log.tail, ["a"]);
        assert!(log.missing.as_ref().unwrap().contains("cannot be written"));
    }
}
