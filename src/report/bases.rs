//! Several bases of one head: for people, as `samever/bases/1`; and what came of the run from each:
//! for people, as `samever/upgrades/1`, and as `JUnit`'s XML.

use std::io;

use serde::Serialize;

use crate::deploy::{BaseOutcome, Ending, RecipeOutcome, verdicts};
use crate::run::{NamedBase, TestedHead, VerdictKind};

use crate::report::run::{base_name, head_name};
use crate::report::table::add_table;
use crate::report::{Report, Text, UpgradeReport, json, junit, plural};

/// The bases of one head.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct BasesReport<'a> {
    pub recipe: &'a str,
    pub head: &'a TestedHead,
    pub bases: &'a [NamedBase],
    /// What a reader should know of the repository beside them.
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    pub notes: &'a [String],
}

impl Report for BasesReport<'_> {
    fn text(&self, text: &mut Text) {
        let found = self.bases.iter().filter(|base| !base.base.is_skip());
        text.line(format!(
            "{}: {} of {}",
            self.recipe,
            plural(found.count(), "base"),
            head_name(self.head)
        ));
        text.line("");
        let head = ["base", "named", "why"].map(str::to_owned);
        let rows = self.bases.iter().map(|base| {
            let whys = base.names.iter().map(|naming| naming.because.as_str());
            let whys = whys.collect::<Vec<_>>().join("; ");
            [base_name(&base.base), base.called(), whys]
        });
        add_table(text, &[head].into_iter().chain(rows).collect::<Vec<_>>());
        for note in self.notes {
            text.line("");
            text.line(format!("note  {note}"));
        }
    }

    fn json(&self) -> io::Result<String> {
        json::document("samever/bases/1", self)
    }
}

/// What came of the runs from several bases.
#[derive(Clone, Copy, Debug)]
pub(crate) struct UpgradesReport<'a> {
    /// The name of the recipe for people.
    pub recipe: &'a str,
    pub outcomes: &'a [BaseOutcome],
    pub explain: bool,
}

#[derive(Serialize)]
struct Fields<'a> {
    recipe: &'a str,
    /// The worst verdict; that of no base is skipped.
    verdict: VerdictKind,
    runs: &'a [BaseOutcome],
}

impl UpgradesReport<'_> {
    /// One verdict for all: red where one is, else green where one is.
    fn verdict(&self) -> VerdictKind {
        let has = |kind| verdicts(self.outcomes).any(|outcome| outcome.run.verdict.kind() == kind);
        let order = [VerdictKind::Red, VerdictKind::Green];
        let found = order.into_iter().find(|kind| has(*kind));
        found.unwrap_or(VerdictKind::Skipped)
    }

    fn called(&self, base: &BaseOutcome) -> String {
        format!("{} ({})", self.recipe, base.called())
    }

    fn totals(&self) -> String {
        let counted = Ending::ALL.into_iter().filter_map(|ending| {
            let of = self.outcomes.iter();
            let count = of.filter(|base| base.came.ending() == ending).count();
            (count > 0).then(|| format!("{count} {}", ending.name()))
        });
        let counted = counted.collect::<Vec<_>>().join(", ");
        let bases = plural(self.outcomes.len(), "base");
        format!(
            "{}: {}: {bases}: {counted}",
            self.recipe,
            self.verdict().name()
        )
    }
}

impl Report for UpgradesReport<'_> {
    fn text(&self, text: &mut Text) {
        for base in self.outcomes {
            match &base.came {
                RecipeOutcome::Verdict { outcome } => UpgradeReport {
                    recipe: &self.called(base),
                    outcome,
                    explain: self.explain,
                }
                .text(text),
                RecipeOutcome::NoAnswer { error } => {
                    text.line(format!("{}: no answer: {error}", self.called(base)));
                }
                RecipeOutcome::NotRun { reason } => {
                    text.line(format!("{}: not run: {reason}", self.called(base)));
                }
            }
            text.line("");
        }
        text.line(self.totals());
    }

    fn json(&self) -> io::Result<String> {
        let fields = Fields {
            recipe: self.recipe,
            verdict: self.verdict(),
            runs: self.outcomes,
        };
        json::document("samever/upgrades/1", &fields)
    }

    fn junit(&self) -> io::Result<String> {
        let cases = self.outcomes.iter().map(|base| {
            let status = match &base.came {
                RecipeOutcome::Verdict { outcome } => {
                    let report = UpgradeReport {
                        recipe: &self.called(base),
                        outcome,
                        explain: self.explain,
                    };
                    return report.case("upgrade");
                }
                RecipeOutcome::NoAnswer { error } => junit::error(error),
                RecipeOutcome::NotRun { reason } => junit::skipped(reason),
            };
            junit::case("upgrade", &self.called(base), status)
        });
        junit::document([junit::suite("upgrade", cases)])
    }
}
