//! The logs that samever itself writes of the stages of a run.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::PathBuf;

use samever_core::Escaped;

use crate::deploy::outcome::StageLog;
use crate::run::Stage;

/// How many lines of a log are kept for the report.
const TAIL_LINES_MAX: usize = 20;

/// The longest line, in letters.
const LINE_MAX: usize = 500;

/// The shortest text that is hidden: a shorter one would make holes in words.
const HIDDEN_MIN: usize = 4;

/// The logs of one run, one a stage.
pub(super) struct StageLogs {
    folder: PathBuf,
    logs: Vec<StageLog>,
    /// Texts that no log may have.
    hidden: BTreeSet<String>,
}

impl StageLogs {
    /// Logs go into the folder, which must exist.
    pub(super) fn new(folder: PathBuf) -> Self {
        Self {
            folder,
            logs: Vec::new(),
            hidden: BTreeSet::new(),
        }
    }

    /// Keeps the lines of a text out of the logs.
    pub(super) fn hide(&mut self, text: &str) {
        let lines = text.lines().map(str::trim);
        let lines = lines.filter(|line| line.len() >= HIDDEN_MIN);
        self.hidden.extend(lines.map(str::to_owned));
    }

    /// A line as a log has it: cut, with its control characters escaped, and without
    /// what is hidden.
    fn line(&self, line: &[u8]) -> String {
        let mut line = String::from_utf8_lossy(line).into_owned();
        // A text that holds another goes first.
        let mut hidden: Vec<_> = self.hidden.iter().collect();
        hidden.sort_by_key(|text| Reverse(text.len()));
        for text in hidden {
            line = line.replace(text.as_str(), "***");
        }
        let cut = line.char_indices().nth(LINE_MAX).map(|(at, _)| at);
        let (kept, more) = line.split_at(cut.unwrap_or(line.len()));
        let more = if more.is_empty() { "" } else { " …" };
        Escaped::new(&format!("{kept}{more}")).to_string()
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
        let lines = lines.into_iter().map(|line| self.line(line.as_ref()));
        let lines: Vec<_> = lines.filter(|line| !line.is_empty()).collect();
        let log = &mut self.logs[at];
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
        self.logs.retain(|other| other.path != log.path);
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
    fn no_log_has_what_is_hidden_and_long_lines_are_cut() {
        let folder = tempfile::TempDir::new().unwrap();
        let mut logs = StageLogs::new(folder.path().to_owned());
        for hidden in ["first line\nsecond\n", "pass", "password", "abc"] {
            logs.hide(hidden);
        }
        let endless = "é".repeat(2000);
        logs.add(
            Stage::Upgrade,
            ["a password, abc", "first line second", endless.as_str()],
        );
        let log = &logs.into_logs()[0];
        assert_eq!(log.tail[..2], ["a ***, abc", "*** ***"]);
        assert_eq!(log.tail[2], "é".repeat(500) + " …");
    }

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
