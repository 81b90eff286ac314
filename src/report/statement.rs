//! What came of a trial as an in-toto statement, so that a tool that knows nothing of samever can
//! tell what was tested, with what, and how it ended (in-toto Attestation Framework, Statement v1;
//! predicate Test Result v0.1).

use std::io;

use serde::Serialize;
use std::collections::BTreeMap;

use crate::report::json;
use crate::report::verify::VerifyReport;
use crate::verify::INVARIANTS;

/// A file, and the SHA-256 of its content in hexadecimal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FileDigest {
    pub name: String,
    pub sha256: String,
}

#[derive(Serialize)]
struct Statement<'a> {
    #[serde(rename = "_type")]
    kind: &'static str,
    subject: Vec<Resource<'a>>,
    #[serde(rename = "predicateType")]
    predicate_type: &'static str,
    predicate: TestResult<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct TestResult<'a> {
    result: &'static str,
    configuration: Vec<Resource<'a>>,
    passed_tests: Vec<&'static str>,
    warned_tests: Vec<&'static str>,
    failed_tests: Vec<&'static str>,
}

#[derive(Serialize)]
struct Resource<'a> {
    name: &'a str,
    digest: BTreeMap<&'static str, &'a str>,
}

impl<'a> Resource<'a> {
    fn of(file: &'a FileDigest) -> Self {
        Self {
            name: &file.name,
            digest: BTreeMap::from([("sha256", file.sha256.as_str())]),
        }
    }
}

impl VerifyReport<'_> {
    /// The statement: what was on trial, and the files that decide what came of it. A rule that was
    /// not judged is a warned test.
    pub(crate) fn statement(
        &self,
        on_trial: &[FileDigest],
        configuration: &[FileDigest],
    ) -> io::Result<String> {
        let (mut passed, mut warned, mut failed) = (Vec::new(), Vec::new(), Vec::new());
        for rule in INVARIANTS.iter().filter(|rule| rule.level <= self.level) {
            match self.campaign {
                Some(campaign) if campaign.is_broken(rule.id) => failed.push(rule.id),
                Some(campaign) if campaign.judged.contains_key(rule.id) => passed.push(rule.id),
                Some(_) | None => warned.push(rule.id),
            }
        }
        for mutant in self.mutants {
            let tests = if mutant.found.is_some() {
                &mut passed
            } else {
                &mut failed
            };
            tests.push(mutant.mutant.name);
        }
        let statement = Statement {
            kind: "https://in-toto.io/Statement/v1",
            subject: on_trial.iter().map(Resource::of).collect(),
            predicate_type: "https://in-toto.io/attestation/test-result/v0.1",
            predicate: TestResult {
                result: if self.passed() { "PASSED" } else { "FAILED" },
                configuration: configuration.iter().map(Resource::of).collect(),
                passed_tests: passed,
                warned_tests: warned,
                failed_tests: failed,
            },
        };
        json::bare_document(&statement)
    }
}
