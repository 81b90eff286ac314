//! What came of a trial: for people, as `samever/verify/1`, as `JUnit`'s XML
//! (one test case a rule, and one a mutant), and the evidence that two
//! cold runs compare, `samever/evidence/1`.

use std::io;

use quick_junit::{TestCase, TestCaseStatus, TestSuite};
use serde::Serialize;

use crate::verify::{CampaignReport, Found, INVARIANTS, Level, MutantReport, Selection};
use samever_core::Escaped;

use crate::report::{Report, Text, json, junit, plural};

/// What came of a trial.
#[derive(Clone, Copy, Debug)]
pub(crate) struct VerifyReport<'a> {
    pub resolver: &'a str,
    /// By which rules it was judged.
    pub level: Level,
    pub seed: u64,
    pub selection: Selection<'a>,
    /// After how many seconds it was to end, if after any.
    pub budget_seconds: Option<u64>,
    /// What was tried and found; `None` where only mutants were on trial.
    pub campaign: Option<&'a CampaignReport>,
    pub mutants: &'a [MutantReport],
    /// Whether an interrupt ended it, so that nothing has passed.
    pub interrupted: bool,
    /// The command that meets the counterexample again.
    pub repeat: Option<&'a str>,
}

#[derive(Serialize)]
struct Fields<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    samever: Option<&'static str>,
    seed: u64,
    resolver: &'a str,
    level: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    bounds: Option<Limits>,
    passed: bool,
    #[serde(rename = "hunt")]
    campaign: Option<CampaignFields<'a>>,
    #[serde(rename = "teeth")]
    mutants: Vec<MutantFields<'a>>,
}

#[derive(Serialize)]
struct Limits {
    cases: Option<u64>,
    budget_seconds: Option<u64>,
    shard: String,
    only: Option<String>,
}

#[derive(Serialize)]
struct CampaignFields<'a> {
    #[serde(flatten)]
    campaign: &'a CampaignReport,
    counterexample: Option<FoundFields<'a>>,
    repeat: Option<&'a str>,
}

#[derive(Serialize)]
struct FoundFields<'a> {
    invariant: &'static str,
    rule: &'static str,
    sentence: &'a str,
    tags: usize,
    phase: &'static str,
    case: u64,
}

#[derive(Serialize)]
struct MutantFields<'a> {
    mutant: &'static str,
    sentence: &'static str,
    #[serde(rename = "killer")]
    killed_by: &'static str,
    killed: bool,
    counterexample: Option<FoundFields<'a>>,
}

impl Report for VerifyReport<'_> {
    fn beginning(&self, text: &mut Text) {
        text.line(seed_line(self.seed));
    }

    fn text(&self, text: &mut Text) {
        if let Some(campaign) = self.campaign {
            self.add_campaign(text, campaign);
        }
        self.add_mutants(text);
        text.line("");
        let found = match self.campaign {
            Some(campaign) if campaign.counterexample.is_some() => "a counterexample".to_owned(),
            Some(campaign) => format!("no counterexample in {} cases", campaign.cases()),
            None => "no resolver on trial".to_owned(),
        };
        if self.mutants.is_empty() {
            return text.line(found);
        }
        let all = self.mutants.len();
        text.line(format!(
            "{found}; {} of {} killed",
            all - self.survivors(),
            plural(all, "mutant")
        ));
    }

    fn json(&self) -> io::Result<String> {
        json::document("samever/verify/1", &self.fields())
    }

    /// A rule that was never judged is a skipped test case.
    fn junit(&self) -> io::Result<String> {
        let rules = self.campaign.map(|campaign| self.rules(campaign));
        let mutants = (!self.mutants.is_empty())
            .then(|| junit::suite("teeth", self.mutants.iter().map(mutant_case)));
        let interrupted = self.interrupted.then(|| {
            let status = junit::error("interrupted: not all was tried");
            junit::suite("interrupted", [TestCase::new("interrupted", status)])
        });
        junit::document([rules, mutants, interrupted].into_iter().flatten())
    }
}

impl VerifyReport<'_> {
    /// How many mutants survived.
    fn survivors(&self) -> usize {
        let survivors = self.mutants.iter().filter(|mutant| mutant.found.is_none());
        survivors.count()
    }

    /// Whether there is nothing to object to.
    pub(crate) fn passed(&self) -> bool {
        !self.interrupted
            && self.survivors() == 0
            && self
                .campaign
                .is_none_or(|campaign| campaign.counterexample.is_none())
    }

    /// What was tried and counted, as one JSON document. Nothing in it depends on
    /// the machine, the time or the number of jobs, unless the campaign was
    /// stopped before its end.
    pub(crate) fn evidence(&self) -> io::Result<String> {
        let fields = Fields {
            samever: Some(env!("CARGO_PKG_VERSION")),
            bounds: Some(Limits {
                cases: self.selection.cases_max,
                budget_seconds: self.budget_seconds,
                shard: self.selection.shard.to_string(),
                only: self.selection.only.map(|(phase, case)| match case {
                    Some(case) => format!("{phase}:{case}"),
                    None => phase.to_owned(),
                }),
            }),
            ..self.fields()
        };
        json::document("samever/evidence/1", &fields)
    }

    fn fields(&self) -> Fields<'_> {
        Fields {
            samever: None,
            seed: self.seed,
            resolver: self.resolver,
            level: self.level.name(),
            bounds: None,
            passed: self.passed(),
            campaign: self.campaign.map(|campaign| CampaignFields {
                campaign,
                counterexample: campaign.counterexample.as_ref().map(found),
                repeat: self.repeat,
            }),
            mutants: self.mutants.iter().map(of_mutant).collect(),
        }
    }

    fn add_campaign(&self, text: &mut Text, campaign: &CampaignReport) {
        text.line(format!(
            "resolver {}, judged by {} rules",
            self.resolver,
            self.level.name()
        ));
        for tried in &campaign.phases {
            let of = match tried.of {
                Some(of) => format!("of {of}"),
                None => "so far".to_owned(),
            };
            let (cases, phase, questions) = (tried.cases, tried.phase, tried.questions);
            text.line(format!(
                "  tried   {cases:>8} {of:<10}  {phase}, with {questions} questions"
            ));
        }
        for invariant in &INVARIANTS {
            if let Some(judged) = campaign.judged.get(invariant.id) {
                let (id, sentence) = (invariant.id, invariant.sentence);
                text.line(format!("  judged  {judged:>8}  by {id}: {sentence}"));
            }
        }
        for (kind, count) in &campaign.answers {
            text.line(format!("  got     {count:>8}  {kind}"));
        }
        for (rung, count) in &campaign.rungs {
            text.line(format!("  rung    {count:>8}  {rung}"));
        }
        text.line(format!("  answers {}", campaign.digest));
        if let Some(found) = &campaign.counterexample {
            let found = &found.counterexample;
            let (sentence, invariant) = (&found.sentence, found.invariant);
            text.line("");
            text.line(format!("{sentence}; invariant `{invariant}`"));
            if let Some(repeat) = self.repeat {
                text.line(format!("repeat it with: {repeat}"));
            }
        }
        if !self.mutants.is_empty() {
            text.line("");
        }
    }

    fn add_mutants(&self, text: &mut Text) {
        if !self.mutants.is_empty() {
            text.line("Mutants, each before the rule that must kill it:");
        }
        for MutantReport { mutant, found } in self.mutants {
            let (name, killed_by) = (mutant.name, mutant.killed_by);
            text.line(match found {
                Some(found) => format!(
                    "  killed    {name:<23}  by {killed_by}, with {}",
                    plural(found.counterexample.tags, "tag")
                ),
                None => format!("  SURVIVED  {name:<23}  {killed_by}: {}", mutant.sentence),
            });
        }
    }

    fn rules(&self, campaign: &CampaignReport) -> TestSuite {
        let class = format!("verify.{}", self.resolver);
        let cases = INVARIANTS.iter().filter_map(|invariant| {
            let found = campaign.counterexample.as_ref();
            let found = found.filter(|found| found.counterexample.invariant == invariant.id);
            let status = match (found, campaign.judged.get(invariant.id)) {
                (Some(found), _) => self.broken_by(invariant.sentence, found),
                (None, Some(_)) => TestCaseStatus::success(),
                (None, None) if invariant.level > self.level => return None,
                (None, None) => TestCaseStatus::skipped(),
            };
            Some(junit::case(&class, invariant.id, status))
        });
        let mut suite = junit::suite("verify", cases);
        suite.add_property(("seed", self.seed.to_string().as_str()));
        suite
    }

    fn broken_by(&self, rule: &str, found: &Found) -> TestCaseStatus {
        let sentence = Escaped::new(&found.counterexample.sentence).to_string();
        let repeat = self.repeat.map(Escaped::new);
        let repeat = repeat.map(|repeat| format!("\nrepeat it with: {repeat}"));
        let mut status = junit::failure(rule);
        status.set_description(sentence + &repeat.unwrap_or_default());
        status
    }
}

/// The first line: what the random cases are made from, so that a trial can be
/// repeated whatever becomes of it.
pub(crate) fn seed_line(seed: u64) -> String {
    format!("seed {seed}")
}

fn found(found: &Found) -> FoundFields<'_> {
    let counterexample = &found.counterexample;
    let id = counterexample.invariant;
    let rule = INVARIANTS.iter().find(|rule| rule.id == id);
    FoundFields {
        invariant: id,
        rule: rule.map_or("", |rule| rule.sentence),
        sentence: &counterexample.sentence,
        tags: counterexample.tags,
        phase: found.phase,
        case: found.case,
    }
}

fn of_mutant(report: &MutantReport) -> MutantFields<'_> {
    MutantFields {
        mutant: report.mutant.name,
        sentence: report.mutant.sentence,
        killed_by: report.mutant.killed_by,
        killed: report.found.is_some(),
        counterexample: report.found.as_ref().map(found),
    }
}

fn mutant_case(report: &MutantReport) -> TestCase {
    let status = if report.found.is_some() {
        TestCaseStatus::success()
    } else {
        let mut status = junit::failure("the mutant survives");
        status.set_description(format!(
            "{}: {}",
            report.mutant.killed_by, report.mutant.sentence
        ));
        status
    };
    junit::case("verify.teeth", report.mutant.name, status)
}
