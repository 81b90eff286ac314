//! What came of a replay, as `samever/replay/1`.

use std::io::{self, Write};

use serde::Serialize;

use crate::simulate::{ScenarioReport, StepReport};
use crate::tier::{PlannedBase, PreviousUse, Promotion, StackEvidence, TierRun, Verdict};

use super::ReplayReport;
use super::json::write_json;
use super::plan_json::{Commit, Plan, Step as TrailStep};

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    resolver: &'a str,
    totals: Totals,
    scenarios: Vec<Scenario<'a>>,
}

#[derive(Serialize)]
struct Totals {
    scenarios: usize,
    runs: usize,
    passed: usize,
    failed: usize,
}

#[derive(Serialize)]
struct Scenario<'a> {
    name: &'a str,
    purpose: &'a str,
    passed: bool,
    steps: Vec<Step<'a>>,
}

#[derive(Serialize)]
struct Step<'a> {
    line: u64,
    #[serde(rename = "step")]
    name: &'static str,
    times: u32,
    run: Option<Run<'a>>,
    error: Option<&'a str>,
    canonical: Option<String>,
    mismatches: Vec<Difference<'a>>,
}

#[derive(Serialize)]
struct Run<'a> {
    plan: Plan,
    rung: Option<&'static str>,
    reason: &'a str,
    delta: Option<&'static str>,
    head: Commit,
    verdict: &'static str,
    stage: Option<&'static str>,
    why: Option<&'a str>,
    evidence: Evidence,
    promotion: PromotionField,
    trail: Vec<TrailStep>,
}

#[derive(Serialize)]
struct Evidence {
    base: Option<Stack>,
    head: Option<Stack>,
    previous: &'static str,
    previous_version: Option<String>,
}

#[derive(Serialize)]
struct Stack {
    commit: String,
    pinned_tree: String,
    deployed: Option<Deployed>,
}

#[derive(Serialize)]
struct Deployed {
    version: Option<String>,
    tree: Option<String>,
    data_version: Option<String>,
}

#[derive(Serialize)]
struct PromotionField {
    promoted: bool,
    because: String,
}

#[derive(Serialize)]
struct Difference<'a> {
    what: &'static str,
    expected: &'a str,
    got: &'a str,
}

/// Writes the replay as one JSON document, `samever/replay/1`. It holds neither
/// times nor folders: two replays give the same bytes.
///
/// # Errors
///
/// The writer fails.
pub fn write_replay_json(out: &mut impl Write, report: &ReplayReport<'_>) -> io::Result<()> {
    let failed = report.failed();
    let document = Document {
        schema: "samever/replay/1",
        resolver: report.resolver,
        totals: Totals {
            scenarios: report.scenarios.len(),
            runs: report.runs(),
            passed: report.scenarios.len() - failed,
            failed,
        },
        scenarios: report.scenarios.iter().map(scenario).collect(),
    };
    write_json(out, &document)
}

fn scenario(report: &ScenarioReport) -> Scenario<'_> {
    Scenario {
        name: &report.name,
        purpose: &report.purpose,
        passed: report.passed(),
        steps: report.steps.iter().map(step).collect(),
    }
}

fn step(report: &StepReport) -> Step<'_> {
    let error = match &report.observed {
        Some(Err(message)) => Some(message.as_str()),
        Some(Ok(_)) | None => None,
    };
    Step {
        line: report.line,
        name: report.step,
        times: report.times,
        run: report.run.as_deref().map(run),
        error,
        canonical: report.canonical.as_ref().map(ToString::to_string),
        mismatches: report
            .mismatches
            .iter()
            .map(|mismatch| Difference {
                what: mismatch.what,
                expected: &mismatch.expected,
                got: &mismatch.got,
            })
            .collect(),
    }
}

fn run(run: &TierRun) -> Run<'_> {
    let base_commit = run.evidence.base.as_ref().map(|base| base.commit);
    let (stage, why) = match &run.verdict {
        Verdict::Red { stage, why } => (Some(stage.name()), Some(why.as_str())),
        Verdict::Green | Verdict::Skipped { .. } => (None, None),
    };
    Run {
        plan: match &run.plan.base {
            PlannedBase::Version { version, tag } => Plan::Version {
                version: version.to_string(),
                tag: tag.clone(),
                commit: base_commit.map(|commit| commit.to_string()),
            },
            PlannedBase::Ref { commit, .. } => Plan::Ref {
                commit: commit.to_string(),
            },
            PlannedBase::Skip(reason) => Plan::Skip {
                reason: reason.clone(),
            },
        },
        rung: run.plan.rung.map(crate::resolve::Rung::name),
        reason: &run.plan.reason,
        delta: run.plan.delta.map(crate::resolve::Delta::name),
        head: Commit {
            commit: run.head.to_string(),
            version: run.head_version.as_ref().ok().map(ToString::to_string),
        },
        verdict: run.verdict.name(),
        stage,
        why,
        evidence: evidence(run),
        promotion: promotion(&run.promotion),
        trail: trail(run),
    }
}

fn trail(run: &TierRun) -> Vec<TrailStep> {
    let steps = run.plan.trail.iter().map(|step| TrailStep {
        rung: step.rung.name(),
        passed: step.passed,
        because: step.because.clone(),
    });
    steps.collect()
}

fn evidence(run: &TierRun) -> Evidence {
    Evidence {
        base: run.evidence.base.as_ref().map(stack),
        head: run.evidence.head.as_ref().map(stack),
        previous: run.evidence.previous.name(),
        previous_version: match &run.evidence.previous {
            PreviousUse::Stale(version) => Some(version.to_string()),
            PreviousUse::None | PreviousUse::Applied => None,
        },
    }
}

fn stack(evidence: &StackEvidence) -> Stack {
    let deployed = evidence.deployed.as_ref().map(|deployed| Deployed {
        version: deployed.version.as_ref().ok().map(ToString::to_string),
        tree: deployed.tree.map(|tree| tree.to_string()),
        data_version: deployed.data_version.as_ref().map(ToString::to_string),
    });
    Stack {
        commit: evidence.commit.to_string(),
        pinned_tree: evidence.tree.to_string(),
        deployed,
    }
}

fn promotion(promotion: &Promotion) -> PromotionField {
    let (promoted, because) = match promotion {
        Promotion::Promoted(_) => (true, "the run is green, cold and of the latest".to_owned()),
        Promotion::Unchanged => (false, "the canonical says so already".to_owned()),
        Promotion::Refused(why) => (false, why.to_string()),
    };
    PromotionField { promoted, because }
}
