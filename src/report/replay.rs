//! What came of a replay, as `samever/replay/1`, for people, and as `JUnit`'s
//! XML: one test case a scenario.

use std::borrow::Cow;
use std::io;

use quick_junit::{TestCase, TestCaseStatus};
use serde::Serialize;

use crate::simulate::{ScenarioReport, StepReport};

use crate::report::run::add_run;
use crate::report::{Report, Text, json, junit, plural};

/// What came of a replay.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct ReplayReport<'a> {
    resolver: &'a str,
    /// The arguments that say what deployed, where that is not files alone.
    #[serde(skip)]
    deployer: &'a str,
    /// Whether the scenarios are those that ship inside the program.
    #[serde(skip)]
    shipped: bool,
    /// Whether the text tells every run, also where it came out as the scenario
    /// says.
    #[serde(skip)]
    explain: bool,
    totals: Totals,
    scenarios: &'a [ScenarioReport],
}

#[derive(Clone, Copy, Debug, Serialize)]
struct Totals {
    scenarios: usize,
    runs: usize,
    passed: usize,
    failed: usize,
}

impl<'a> ReplayReport<'a> {
    /// What a resolver of this name made of these scenarios.
    pub fn new(resolver: &'a str, scenarios: &'a [ScenarioReport]) -> Self {
        let passed = scenarios.iter().filter(|scenario| scenario.passed());
        let passed = passed.count();
        Self {
            resolver,
            deployer: "",
            shipped: true,
            explain: false,
            totals: Totals {
                scenarios: scenarios.len(),
                runs: scenarios.iter().map(ScenarioReport::runs).sum(),
                passed,
                failed: scenarios.len() - passed,
            },
            scenarios,
        }
    }

    /// The same, of a command with these arguments.
    pub(crate) fn of_command(self, shipped: bool, deployer: &'a str) -> Self {
        Self {
            deployer,
            shipped,
            ..self
        }
    }

    /// The same, with every run in the text where `explain` says so.
    #[must_use]
    pub fn explained(self, explain: bool) -> Self {
        Self { explain, ..self }
    }

    /// Tells whether every scenario came out as it says.
    pub(crate) fn passed(&self) -> bool {
        self.totals.failed == 0
    }

    /// Adds what is not as a scenario says, or, with `explain`, every run of it.
    fn add_account(&self, text: &mut Text, scenario: &ScenarioReport, explain: bool) {
        text.line(format!("{}: {}", scenario.name, scenario.purpose));
        for step in &scenario.steps {
            if explain || !step.mismatches.is_empty() {
                add_step(text, scenario, step);
            }
        }
        if !scenario.passed() {
            let what = if self.shipped {
                format!("--filter {}", scenario.name)
            } else {
                as_argument(&scenario.path)
            };
            text.line(format!(
                "  repeat with: samever replay {what} --resolver {}{} --keep DIR",
                quoted(self.resolver),
                self.deployer
            ));
        }
        if let Some(repository) = &scenario.repository {
            text.line(format!("  repository: {}", repository.display()));
        }
    }

    fn case(&self, scenario: &ScenarioReport) -> TestCase {
        let status = if scenario.passed() {
            TestCaseStatus::success()
        } else {
            let mut account = Text::default();
            self.add_account(&mut account, scenario, false);
            let mut status = junit::failure(&scenario.purpose);
            status.set_description(account.into_string().trim());
            status
        };
        junit::case(&format!("replay.{}", self.resolver), &scenario.name, status)
    }
}

impl Report for ReplayReport<'_> {
    fn beginning(&self, text: &mut Text) {
        for scenario in self.scenarios {
            text.line(scenario_line(scenario));
        }
    }

    fn text(&self, text: &mut Text) {
        for scenario in self.scenarios {
            if self.explain || !scenario.passed() {
                text.line("");
                self.add_account(text, scenario, self.explain);
            }
        }
        let Totals {
            scenarios,
            runs,
            passed,
            failed,
        } = self.totals;
        text.line("");
        text.line(format!(
            "{}, {}: {passed} passed, {failed} failed (resolver {})",
            plural(scenarios, "scenario"),
            plural(runs, "run"),
            self.resolver,
        ));
    }

    fn json(&self) -> io::Result<String> {
        json::document("samever/replay/1", self)
    }

    fn junit(&self) -> io::Result<String> {
        let cases = self.scenarios.iter().map(|scenario| self.case(scenario));
        junit::document([junit::suite("replay", cases)])
    }
}

/// One line for a scenario: whether it came out as it says.
pub(crate) fn scenario_line(scenario: &ScenarioReport) -> String {
    let outcome = if scenario.passed() {
        "ok    "
    } else {
        "FAILED"
    };
    let runs = plural(scenario.runs(), "run");
    let ScenarioReport { name, purpose, .. } = scenario;
    format!("{outcome}  {name} ({runs}): {purpose}")
}

/// A path as a shell takes it for one argument that is no option.
fn as_argument(path: &str) -> String {
    let path = if path.starts_with('-') {
        format!("./{path}")
    } else {
        path.to_owned()
    };
    quoted(&path)
}

/// A text as a shell takes it for one argument.
fn quoted(text: &str) -> String {
    shlex::try_quote(text).map_or_else(|_| text.to_owned(), Cow::into_owned)
}

fn add_step(text: &mut Text, scenario: &ScenarioReport, step: &StepReport) {
    let times = match step.times {
        0 | 1 => String::new(),
        times => format!(", {times} times alike"),
    };
    text.line(format!(
        "  {}:{} {}{times}",
        scenario.path, step.line, step.step
    ));
    for mismatch in &step.mismatches {
        let (what, expected, got) = (mismatch.what, &mismatch.expected, &mismatch.got);
        text.line(format!("    {what:<9}  expected  {expected}"));
        text.line(format!("    {:<9}  got       {got}", ""));
    }
    match (&step.run, &step.observed) {
        (Some(run), _) => add_run(text, run, true, "    ", true),
        (None, Some(Err(message))) => text.line(format!("    no verdict: {message}")),
        (None, Some(Ok(_)) | None) => {}
    }
}
