//! Answers as text for people, and as JSON and `JUnit`'s XML for programs.

mod bases;
mod canonical;
mod delta;
mod doctor;
mod error;
mod json;
mod junit;
mod leftovers;
mod plan;
mod replay;
mod run;
mod scenarios;
mod schemes;
mod statement;
mod sweep;
mod sweep_plan;
mod table;
mod text;
mod upgrade;
mod verify;

use std::io;

use clap::ValueEnum;

pub(crate) use bases::{BasesReport, UpgradesReport};
pub(crate) use canonical::{CanonicalEntry, CanonicalReport};
pub(crate) use delta::{ComparedPair, DeltaReport};
pub(crate) use doctor::{CheckedRecipe, DoctorOutcome, DoctorReport, Finding, Program};
pub(crate) use error::ErrorReport;
pub(crate) use leftovers::LeftoversReport;
pub(crate) use plan::PlanReport;
pub use replay::ReplayReport;
pub(crate) use replay::scenario_line;
pub(crate) use scenarios::ScenariosReport;
pub(crate) use schemes::{FittingReport, FittingScheme, NamedScheme, Prefix, SchemesReport};
pub(crate) use statement::FileDigest;
pub(crate) use sweep::{SweepReport, entry_line};
pub(crate) use sweep_plan::SweepPlanReport;
pub use text::Text;
pub(crate) use upgrade::UpgradeReport;
pub(crate) use verify::{Repeat, VerifyReport, seed_line};

/// The format of an answer or of a report. A comment of a format is shown in
/// the help.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    Text,
    Json,
    Junit,
    /// The job matrix of a plan, for Forgejo and GitHub Actions
    Matrix,
}

/// What a command answers, in each format that the command offers.
pub trait Report {
    /// The lines that the command prints while it works: the text begins with them.
    fn beginning(&self, _: &mut Text) {}

    /// The text after its beginning.
    fn text(&self, text: &mut Text);

    /// One JSON document. It holds no times: two runs with the same outcome give
    /// the same bytes.
    ///
    /// # Errors
    ///
    /// The report has no such format.
    fn json(&self) -> io::Result<String> {
        Err(not_offered("JSON"))
    }

    /// `JUnit`'s XML, without times.
    ///
    /// # Errors
    ///
    /// The report has no such format.
    fn junit(&self) -> io::Result<String> {
        Err(not_offered("JUnit's XML"))
    }

    /// A job matrix, on one line.
    ///
    /// # Errors
    ///
    /// The report has no such format.
    fn matrix(&self) -> io::Result<String> {
        Err(not_offered("a job matrix"))
    }

    /// All of it in one format, but not the beginning of a text.
    ///
    /// # Errors
    ///
    /// The report has no such format.
    fn end(&self, format: Format) -> io::Result<String> {
        match format {
            Format::Text => {
                let mut text = Text::default();
                self.text(&mut text);
                Ok(text.into_string())
            }
            Format::Json => self.json(),
            Format::Junit => self.junit(),
            Format::Matrix => self.matrix(),
        }
    }

    /// All of it in one format.
    ///
    /// # Errors
    ///
    /// The report has no such format.
    fn whole(&self, format: Format) -> io::Result<String> {
        let mut beginning = Text::default();
        if format == Format::Text {
            self.beginning(&mut beginning);
        }
        Ok(beginning.into_string() + &self.end(format)?)
    }
}

fn not_offered(format: &str) -> io::Error {
    io::Error::other(format!("there is no {format} of this"))
}

/// A number of things, such as `1 run` or `2 runs`.
pub(crate) fn plural(count: usize, thing: &str) -> String {
    let ending = if count == 1 { "" } else { "s" };
    format!("{count} {thing}{ending}")
}
