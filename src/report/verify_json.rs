//! What came of a trial, as `samever/verify/1`.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Serialize;

use crate::verify::{Counterexample, Hunt, Tooth};

use super::VerifyReport;
use super::json::write_json;

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    seed: u64,
    resolver: &'a str,
    level: &'static str,
    passed: bool,
    hunt: Option<Tried<'a>>,
    teeth: Vec<Convicted<'a>>,
}

#[derive(Serialize)]
struct Tried<'a> {
    asked: &'a BTreeMap<&'static str, u64>,
    judged: &'a BTreeMap<&'static str, u64>,
    answers: &'a BTreeMap<&'static str, u64>,
    counterexample: Option<Found<'a>>,
}

#[derive(Serialize)]
struct Found<'a> {
    invariant: &'static str,
    sentence: &'a str,
    tags: usize,
}

#[derive(Serialize)]
struct Convicted<'a> {
    mutant: &'static str,
    sentence: &'static str,
    killer: &'static str,
    killed: bool,
    counterexample: Option<Found<'a>>,
}

/// Writes the trial as one JSON document, `samever/verify/1`.
///
/// # Errors
///
/// The writer fails.
pub fn write_verify_json(out: &mut impl Write, report: &VerifyReport<'_>) -> io::Result<()> {
    let document = Document {
        schema: "samever/verify/1",
        seed: report.seed,
        resolver: report.resolver,
        level: report.level.name(),
        passed: report.passed(),
        hunt: report.hunt.map(tried),
        teeth: report.teeth.iter().map(convicted).collect(),
    };
    write_json(out, &document)
}

fn tried(hunt: &Hunt) -> Tried<'_> {
    Tried {
        asked: &hunt.asked,
        judged: &hunt.judged,
        answers: &hunt.answers,
        counterexample: hunt.counterexample.as_ref().map(found),
    }
}

fn found(counterexample: &Counterexample) -> Found<'_> {
    Found {
        invariant: counterexample.invariant,
        sentence: &counterexample.sentence,
        tags: counterexample.tags,
    }
}

fn convicted(tooth: &Tooth) -> Convicted<'_> {
    Convicted {
        mutant: tooth.mutant.name,
        sentence: tooth.mutant.sentence,
        killer: tooth.mutant.killer,
        killed: tooth.counterexample.is_some(),
        counterexample: tooth.counterexample.as_ref().map(found),
    }
}
