//! What came of a trial, as `samever/verify/1`, and the evidence that two cold
//! runs compare, as `samever/evidence/1`.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Serialize;

use crate::verify::{Found, Hunt, INVARIANTS, MutantOutcome, Tried};

use crate::report::VerifyReport;
use crate::report::json::write_json;

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    seed: u64,
    resolver: &'a str,
    level: &'static str,
    passed: bool,
    hunt: Option<Hunted<'a>>,
    teeth: Vec<Convicted<'a>>,
}

#[derive(Serialize)]
struct Evidence<'a> {
    schema: &'static str,
    samever: &'static str,
    seed: u64,
    resolver: &'a str,
    level: &'static str,
    bounds: Limits,
    passed: bool,
    hunt: Option<Hunted<'a>>,
    teeth: Vec<Convicted<'a>>,
}

#[derive(Serialize)]
struct Limits {
    cases: Option<u64>,
    budget_seconds: Option<u64>,
    shard: String,
    only: Option<String>,
}

#[derive(Serialize)]
struct Hunted<'a> {
    /// Whether it was told to stop, by its budget or by an interrupt.
    stopped: bool,
    phases: Vec<PhaseTried>,
    judged: &'a BTreeMap<&'static str, u64>,
    answers: &'a BTreeMap<&'static str, u64>,
    rungs: &'a BTreeMap<&'static str, u64>,
    answers_sha256: &'a str,
    counterexample: Option<FoundField<'a>>,
    repeat: Option<&'a str>,
}

#[derive(Serialize)]
struct PhaseTried {
    phase: &'static str,
    cases: u64,
    of: Option<u64>,
    questions: u64,
}

#[derive(Serialize)]
struct FoundField<'a> {
    invariant: &'static str,
    rule: &'static str,
    sentence: &'a str,
    tags: usize,
    phase: &'static str,
    case: u64,
}

#[derive(Serialize)]
struct Convicted<'a> {
    mutant: &'static str,
    sentence: &'static str,
    killer: &'static str,
    killed: bool,
    counterexample: Option<FoundField<'a>>,
}

/// Writes the trial as one JSON document, `samever/verify/1`.
///
/// # Errors
///
/// The writer fails.
pub(crate) fn write_verify_json(out: &mut impl Write, report: &VerifyReport<'_>) -> io::Result<()> {
    let document = Document {
        schema: "samever/verify/1",
        seed: report.seed,
        resolver: report.resolver,
        level: report.level.name(),
        passed: report.passed(),
        hunt: report.hunt.map(|hunt| hunted(hunt, report.repeat)),
        teeth: report.teeth.iter().map(convicted).collect(),
    };
    write_json(out, &document)
}

/// Writes what was tried and counted as one JSON document,
/// `samever/evidence/1`. Nothing in it depends on the machine, the time or the
/// number of jobs, unless the hunt was told to stop before its end.
///
/// # Errors
///
/// The writer fails.
pub(crate) fn write_evidence(out: &mut impl Write, report: &VerifyReport<'_>) -> io::Result<()> {
    let extent = report.extent;
    let document = Evidence {
        schema: "samever/evidence/1",
        samever: env!("CARGO_PKG_VERSION"),
        seed: report.seed,
        resolver: report.resolver,
        level: report.level.name(),
        bounds: Limits {
            cases: extent.cases_max,
            budget_seconds: report.budget_seconds,
            shard: extent.shard.to_string(),
            only: extent.only.map(|(phase, case)| match case {
                Some(case) => format!("{phase}:{case}"),
                None => phase.to_owned(),
            }),
        },
        passed: report.passed(),
        hunt: report.hunt.map(|hunt| hunted(hunt, report.repeat)),
        teeth: report.teeth.iter().map(convicted).collect(),
    };
    write_json(out, &document)
}

fn hunted<'a>(hunt: &'a Hunt, repeat: Option<&'a str>) -> Hunted<'a> {
    let phases = hunt.phases.iter();
    Hunted {
        stopped: hunt.cut,
        phases: phases
            .map(
                |Tried {
                     phase,
                     cases,
                     of,
                     questions,
                 }| PhaseTried {
                    phase,
                    cases: *cases,
                    of: *of,
                    questions: *questions,
                },
            )
            .collect(),
        judged: &hunt.judged,
        answers: &hunt.answers,
        rungs: &hunt.rungs,
        answers_sha256: &hunt.digest,
        counterexample: hunt.counterexample.as_ref().map(found),
        repeat,
    }
}

fn found(found: &Found) -> FoundField<'_> {
    let counterexample = &found.counterexample;
    let id = counterexample.invariant;
    let mut rules = INVARIANTS.iter();
    FoundField {
        invariant: id,
        rule: rules
            .find(|rule| rule.id == id)
            .map_or("", |rule| rule.sentence),
        sentence: &counterexample.sentence,
        tags: counterexample.tags,
        phase: found.phase,
        case: found.case,
    }
}

fn convicted(tooth: &MutantOutcome) -> Convicted<'_> {
    Convicted {
        mutant: tooth.mutant.name,
        sentence: tooth.mutant.sentence,
        killer: tooth.mutant.killer,
        killed: tooth.found.is_some(),
        counterexample: tooth.found.as_ref().map(found),
    }
}
