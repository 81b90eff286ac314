//! What came of a trial: for people, as `samever/verify/1`, as `JUnit`'s XML
//! (one test case a rule, and one a mutant), and the evidence that two
//! cold runs compare, `samever/evidence/1`.

use std::io;

use quick_junit::{TestCase, TestCaseStatus, TestSuite};
use serde::Serialize;

use crate::simulate::{LAYOUTS, MISDEEDS};
use crate::verify::{CampaignReport, Found, INVARIANTS, Level, MutantReport, Selection};
use samever_core::Escaped;

use crate::report::{Report, Text, json, junit, plural};

/// The most lines about what was not met.
const MISSED_MAX: usize = 20;
/// What stands before the way in which a resolver broke after a counterexample.
const BROKE: &str = "after that the resolver did not work any more: ";

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
    /// How the counterexample is met again.
    pub repeat: Option<&'a Repeat>,
}

/// How a counterexample is met again.
#[derive(Clone, Debug)]
pub(crate) enum Repeat {
    /// With this command.
    Alone(String),
    /// With this command, and not where its question is asked alone: the resolver remembers.
    AfterOthers(String),
    /// Only with all that is asked before it: the resolver remembers.
    Whole {
        /// The command that does not meet it.
        alone: String,
        /// The command that does.
        whole: String,
    },
    /// Only now and then: the resolver does not answer the same question alike.
    ByChance {
        /// The command that met it this often.
        command: String,
        met: usize,
        times: u32,
    },
}

impl Repeat {
    /// The command that meets it, if any surely does.
    fn command(&self) -> Option<&str> {
        match self {
            Self::Alone(command)
            | Self::AfterOthers(command)
            | Self::Whole { whole: command, .. } => Some(command),
            Self::ByChance { .. } => None,
        }
    }

    fn name(&self) -> &'static str {
        match self {
            Self::Alone(_) => "alone",
            Self::AfterOthers(_) => "after-others",
            Self::Whole { .. } => "whole",
            Self::ByChance { .. } => "by-chance",
        }
    }

    /// What to tell.
    fn lines(&self) -> Vec<String> {
        match self {
            Self::Alone(command) => vec![format!("repeat it with: {command}")],
            Self::AfterOthers(command) => vec![
                "asked alone, of a fresh process, the question has a right answer: the resolver \
                 depends on what was asked before"
                    .to_owned(),
                format!("repeat it with: {command}"),
            ],
            Self::Whole { alone, whole } => vec![
                format!("it depends on what was asked before: {alone} does not meet it"),
                format!("repeat it with: {whole}"),
            ],
            Self::ByChance {
                command,
                met,
                times,
            } => vec![format!(
                "the resolver answers the same questions in different ways: {command} met it again \
                 in {met} of {times} tries"
            )],
        }
    }
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
    #[serde(skip_serializing_if = "Vec::is_empty")]
    others: Vec<FoundFields<'a>>,
    repeat: Option<&'a str>,
    repeats: Option<&'static str>,
}

#[derive(Serialize)]
struct FoundFields<'a> {
    invariant: &'static str,
    rule: &'static str,
    sentence: &'a str,
    tags: usize,
    phase: &'static str,
    case: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    oracle: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    asked: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    answered: Option<&'a str>,
    broke: Option<&'a str>,
}

#[derive(Serialize)]
struct MutantFields<'a> {
    mutant: &'static str,
    sentence: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<&'static str>,
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
            Some(campaign) if !campaign.others.is_empty() => {
                plural(campaign.others.len() + 1, "counterexample")
            }
            Some(campaign) if campaign.counterexample.is_some() => "a counterexample".to_owned(),
            Some(campaign) if !campaign.missed.is_empty() => "not enough was tried".to_owned(),
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
    pub(crate) fn survivors(&self) -> usize {
        let survivors = self.mutants.iter().filter(|mutant| mutant.found.is_none());
        survivors.count()
    }

    /// Whether there is nothing to object to.
    pub(crate) fn passed(&self) -> bool {
        !self.interrupted
            && self.survivors() == 0
            && self.campaign.is_none_or(|campaign| {
                campaign.counterexample.is_none() && campaign.missed.is_empty()
            })
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
                others: campaign.others.iter().map(found).collect(),
                repeat: self.repeat.and_then(Repeat::command),
                repeats: self.repeat.map(Repeat::name),
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
        add_met(text, campaign);
        text.line(format!("  answers {}", campaign.digest));
        if let Some(found) = &campaign.counterexample {
            add_found(text, found);
            for line in self.repeat.map(Repeat::lines).into_iter().flatten() {
                text.line(line);
            }
        }
        for found in &campaign.others {
            add_found(text, found);
        }
        if !campaign.missed.is_empty() {
            text.line("");
            for missed in campaign.missed.iter().take(MISSED_MAX) {
                text.line(format!("  missed  {missed}"));
            }
            if let Some(more @ 1..) = campaign.missed.len().checked_sub(MISSED_MAX) {
                text.line(format!("  missed  {more} more, which --format json lists"));
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
        let real = self.mutants.iter();
        let real: Vec<_> = real
            .filter(|report| report.mutant.source.is_some())
            .collect();
        if !real.is_empty() {
            let killed = real.iter().filter(|report| report.found.is_some()).count();
            text.line(format!(
                "  of {} with the fault of a real incident {killed} killed",
                plural(real.len(), "mutant")
            ));
        }
    }

    fn rules(&self, campaign: &CampaignReport) -> TestSuite {
        let class = format!("verify.{}", self.resolver);
        let cases = INVARIANTS.iter().filter_map(|invariant| {
            let mut found = campaign.counterexamples();
            let found = found.find(|found| found.counterexample.invariant == invariant.id);
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
        let is_first = self
            .campaign
            .and_then(|campaign| campaign.counterexample.as_ref());
        let repeat = self.repeat.filter(|_| is_first == Some(found));
        let repeat = repeat.map(Repeat::lines).map(|lines| {
            let lines = lines.iter().map(|line| format!("\n{}", Escaped::new(line)));
            lines.collect::<String>()
        });
        let broke = found.broke.as_deref().map(Escaped::new);
        let broke = broke.map(|broke| format!("\n{BROKE}{broke}"));
        let mut status = junit::failure(rule);
        let notes = broke.unwrap_or_default() + &repeat.unwrap_or_default();
        status.set_description(sentence + &notes);
        status
    }
}

/// What was met of the vocabulary, and of the grounds of runs.
fn add_met(text: &mut Text, campaign: &CampaignReport) {
    let coverage = &campaign.coverage;
    for (axis, met, all) in coverage.axes() {
        text.line(format!("  met     {met:>8} of {all:<10}  values of {axis}"));
    }
    let all = coverage.pairs();
    let met = all - coverage.pairs_left();
    text.line(format!("  met     {met:>8} of {all:<10}  pairs of values"));
    let grounds = [
        (
            campaign.layouts.len(),
            LAYOUTS.len(),
            "layouts of a repository",
        ),
        (
            campaign.deployers.len(),
            MISDEEDS.len() + 1,
            "kinds of deployers",
        ),
    ];
    for (met, all, what) in grounds {
        text.line(format!("  met     {met:>8} of {all:<10}  {what}"));
    }
}

/// The first line: what the random cases are made from, so that a trial can be
/// repeated whatever becomes of it.
pub(crate) fn seed_line(seed: u64) -> String {
    format!("seed {seed}")
}

fn add_found(text: &mut Text, found: &Found) {
    let counterexample = &found.counterexample;
    let (sentence, invariant) = (&counterexample.sentence, counterexample.invariant);
    text.line("");
    text.line(format!("{sentence}; invariant `{invariant}`"));
    if let Some(expected) = &counterexample.expected {
        text.line(format!("the oracle answers {expected}"));
    }
    if let Some((question, answer)) = &counterexample.asked {
        text.line(format!("asked:    {question}"));
        text.line(format!("answered: {answer}"));
    }
    if let Some(broke) = &found.broke {
        text.line(format!("note: {BROKE}{broke}"));
    }
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
        oracle: counterexample.expected.as_deref(),
        asked: counterexample
            .asked
            .as_ref()
            .map(|(asked, _)| asked.as_str()),
        answered: counterexample
            .asked
            .as_ref()
            .map(|(_, answered)| answered.as_str()),
        broke: found.broke.as_deref(),
    }
}

fn of_mutant(report: &MutantReport) -> MutantFields<'_> {
    MutantFields {
        mutant: report.mutant.name,
        sentence: report.mutant.sentence,
        source: report.mutant.source,
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
