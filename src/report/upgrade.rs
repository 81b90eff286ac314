//! One real run: for people, as `samever/upgrade/1`, and as `JUnit`'s XML.

use std::io;

use quick_junit::{TestCase, TestCaseStatus};

use crate::deploy::{Outcome, StageLog};
use crate::run::{PlannedBase, VerdictKind};

use crate::report::run::{add_run, head_name, short_verdict, verdict};
use crate::report::{Report, Text, json, junit};

/// How many lines of a log a report shows.
const LOG_LINES_MAX: usize = 8;

/// What came of one real run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct UpgradeReport<'a> {
    /// The name of the recipe for people.
    pub recipe: &'a str,
    pub outcome: &'a Outcome,
    /// Whether the text tells every rule that was asked.
    pub explain: bool,
}

impl Report for UpgradeReport<'_> {
    fn text(&self, text: &mut Text) {
        let outcome = self.outcome;
        text.line(self.title());
        text.line("");
        add_run(text, &outcome.run, outcome.started(), "  ", self.explain);
        text.line(format!("  why        {}", outcome.run.reason));
        let nothing = if outcome.started() {
            ""
        } else {
            ": files alone, nothing was started"
        };
        let deployer = outcome.deployer.name();
        text.line(format!("  deployer   {deployer}{nothing}"));
        for log in &outcome.logs {
            self.add_log(text, log);
        }
        if let Some(why) = &outcome.unrecorded {
            text.line(format!("  note       {why}"));
        }
    }

    fn json(&self) -> io::Result<String> {
        json::document("samever/upgrade/1", self.outcome)
    }

    fn junit(&self) -> io::Result<String> {
        junit::document([junit::suite("upgrade", [self.case("upgrade")])])
    }
}

impl UpgradeReport<'_> {
    /// A run in one line.
    fn title(&self) -> String {
        let (recipe, run) = (self.recipe, &self.outcome.run);
        let verdict = short_verdict(run.verdict.kind(), run, self.outcome.started());
        let head = head_name(&run.head);
        match &run.plan {
            PlannedBase::Version { version, .. } => {
                format!("{recipe}: {verdict}: upgrade from {version} to {head}")
            }
            PlannedBase::Ref { .. } => {
                format!("{recipe}: {verdict}: upgrade from the main tip to {head}")
            }
            PlannedBase::Skip { .. } => {
                format!("{recipe}: {verdict}: {head} alone, no upgrade to test")
            }
        }
    }

    /// Where the log of a stage is, with its end where that is the red one.
    fn add_log(&self, text: &mut Text, log: &StageLog) {
        let path = log.path.as_deref().unwrap_or("not kept (see --logs)");
        text.line(format!("  log        {}: {path}", log.stage.name()));
        if let Some(missing) = &log.missing {
            text.line(format!("             {missing}"));
        }
        if self.outcome.run.verdict.stage() == Some(log.stage) {
            let skipped = log.tail.len().saturating_sub(LOG_LINES_MAX);
            for line in &log.tail[skipped..] {
                text.line(format!("             | {line}"));
            }
        }
    }

    /// A test case of a suite: red is a failure, what could not be recorded an
    /// error; a green run with a note, or of files alone, has its account as the output.
    pub(crate) fn case(&self, suite: &str) -> TestCase {
        let outcome = self.outcome;
        let verdict = verdict(&outcome.run, outcome.started());
        let message = outcome.unrecorded.as_ref().unwrap_or(&verdict);
        let mut status = match (outcome.run.verdict.kind(), &outcome.unrecorded) {
            (VerdictKind::Red, _) => junit::failure(message),
            (_, Some(_)) => junit::error(message),
            (VerdictKind::Skipped, None) => junit::skipped(message),
            (VerdictKind::Green, None) => TestCaseStatus::success(),
        };
        let mut account = Text::default();
        Self {
            explain: true,
            ..*self
        }
        .text(&mut account);
        let account = account.into_string();
        let is_success = matches!(status, TestCaseStatus::Success { .. });
        status.set_description(account.trim());
        let mut case = junit::case(suite, self.recipe, status);
        // A success has no description of its own.
        if is_success && (!outcome.run.notes.is_empty() || !outcome.started()) {
            case.set_system_out(account.trim());
        }
        case
    }
}
