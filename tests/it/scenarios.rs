//! The regression suite: every scenario that ships, on real repositories and on
//! the model, and what is true of the suite as a whole.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use samever::Cancel;
use samever::internals::{
    LAST_GREEN, Observed, PlanKind, ReplayReport, Report, StepReport, Text, VerdictKind,
    read_scenario_file, replay_on_model, scenario_schema,
};
use samever::run::{STEP_BACK, Stage};
use samever::simulate::{ScenarioFile, ScenarioReport, replay, shipped_scenarios};

/// The scenarios that are kept in JSON too: the fewest in which every kind of
/// plan, verdict, rung and step occurs, and a run that ends with an error.
const IN_JSON: [&str; 8] = [
    "broken-head-deploy-under-every-rung",
    "broken-migration-of-a-release",
    "enrolled-again",
    "flaky-seed",
    "moved-tag",
    "prereleases",
    "quick-and-pr-never-promote",
    "red-night-then-green",
];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios")
}

fn replayed(file: &ScenarioFile) -> ScenarioReport {
    replay(file, STEP_BACK, None, &Cancel::never())
        .unwrap()
        .unwrap()
}

fn observed(steps: &[StepReport]) -> impl Iterator<Item = &Result<Observed, String>> {
    steps.iter().filter_map(|step| step.observed.as_ref())
}

#[test]
fn every_file_in_the_folder_runs_and_ships() {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder()).unwrap() {
        let path = entry.unwrap().path();
        if path.file_name().unwrap() == "schema.json" {
            continue;
        }
        assert_eq!(
            path.extension().unwrap(),
            "yaml",
            "{} is a stray",
            path.display()
        );
        let file = read_scenario_file(&path).unwrap_or_else(|error| panic!("{error}"));
        let second = fs::read_to_string(&path)
            .unwrap()
            .lines()
            .nth(1)
            .unwrap()
            .to_owned();
        assert_eq!(
            second, "# yaml-language-server: $schema=schema.json",
            "{}",
            file.name
        );
        names.push(file.name);
    }
    names.sort();
    let shipped = shipped_scenarios().unwrap_or_else(|error| panic!("{error}"));
    let shipped: Vec<_> = shipped.into_iter().map(|file| file.name).collect();
    assert_eq!(
        shipped, names,
        "touch src/simulate/shipped.rs to ship new files"
    );
    assert_eq!(names.len(), 67, "the suite does not shrink unseen");
}

#[test]
fn every_scenario_comes_out_as_it_says_and_as_its_snapshots_show() {
    for file in shipped_scenarios().unwrap() {
        let scenario = replayed(&file);
        assert!(scenario.passed(), "{}: {:#?}", file.name, scenario.steps);
        let scenarios = std::slice::from_ref(&scenario);
        let report = ReplayReport::new(STEP_BACK.name, scenarios).explained(true);
        let mut text = Text::default();
        report.text(&mut text);
        insta::assert_snapshot!(format!("{}.text", file.name), text.into_string());
        if IN_JSON.contains(&file.name.as_str()) {
            insta::assert_snapshot!(format!("{}.json", file.name), report.json().unwrap());
        }
    }
}

/// What both arms must agree on: all but the ids of commits.
#[derive(Debug, PartialEq)]
struct Agreed<'a> {
    line: u64,
    times: u32,
    outcome: Option<Result<AgreedRun<'a>, ()>>,
    canonical: Option<String>,
}

#[derive(Debug, PartialEq)]
struct AgreedRun<'a> {
    plan: PlanKind,
    base: Option<&'a str>,
    rung: Option<&'a str>,
    skip_reason: Option<&'a str>,
    delta: Option<&'a str>,
    verdict: VerdictKind,
    stage: Option<Stage>,
    previous: &'a str,
    stops: &'a [String],
    stale: &'a [String],
    promoted: bool,
}

fn agreed(step: &StepReport) -> Agreed<'_> {
    let outcome = step.observed.as_ref().map(|observed| match observed {
        Err(_) => Err(()),
        Ok(observed) => Ok(AgreedRun {
            plan: observed.plan,
            base: observed.base.as_deref(),
            rung: observed.rung.map(samever_core::Rung::name),
            skip_reason: (observed.plan == PlanKind::Skip).then_some(observed.reason.as_str()),
            delta: observed.delta.map(samever_core::Delta::name),
            verdict: observed.verdict,
            stage: observed.stage,
            previous: observed.previous.name(),
            stops: &observed.stops,
            stale: &observed.stale,
            promoted: observed.promoted.is_some(),
        }),
    });
    Agreed {
        line: step.line,
        times: step.times,
        outcome,
        canonical: step.canonical.as_ref().map(ToString::to_string),
    }
}

#[test]
fn the_model_and_the_real_thing_agree_on_every_run() {
    let mut runs = 0;
    for file in shipped_scenarios().unwrap() {
        let real = replayed(&file).steps;
        let model = replay_on_model(&file, STEP_BACK);
        let (real, model): (Vec<_>, Vec<_>) = (
            real.iter().map(agreed).collect(),
            model.iter().map(agreed).collect(),
        );
        assert_eq!(real, model, "{}", file.name);
        runs += real.iter().map(|step| step.times).sum::<u32>();
    }
    assert!(runs > 200, "the arms were compared on {runs} runs");
}

/// The tag lacks the app version that the canonical and the head have: it is the
/// head's own version and no candidate, so that its tree excludes nothing.
#[test]
fn a_release_that_is_no_candidate_is_excluded_on_neither_arm() {
    let text = "# A tag without an app version\n\
                recipe: {name: custom-html, published: [1.9.0]}\n\
                canonical: 1.9.0+9\n\
                steps:\n  - pr: {version: 1.9.0+a, expect: {error: not looked at, canonical: 1.9.0+9}}\n";
    let file = samever::simulate::parse_scenario("tag", "tag.yaml", text.as_bytes()).unwrap();
    for steps in [replayed(&file).steps, replay_on_model(&file, STEP_BACK)] {
        let outcome = agreed(&steps[0]).outcome.unwrap().unwrap();
        let reason = outcome.skip_reason.unwrap();
        assert_eq!(reason, "base == head and no older published predecessor");
    }
}

/// The kinds of things that occur in a scenario.
fn kinds(file: &ScenarioFile) -> BTreeSet<String> {
    let mut kinds = BTreeSet::new();
    for step in &file.scenario.steps {
        kinds.insert(format!("step {}", step.value.name()));
    }
    for observed in observed(&replayed(file).steps) {
        let Ok(run) = observed else {
            kinds.insert("no verdict".to_owned());
            continue;
        };
        kinds.insert(format!("plan {}", run.plan.name()));
        kinds.insert(format!("rung {}", run.rung.unwrap().name()));
        kinds.insert(format!("verdict {}", run.verdict.name()));
        kinds.insert(format!("previous {}", run.previous.name()));
        if let Some(stage) = run.stage {
            kinds.insert(format!("stage {}", stage.name()));
        }
        if let Some(delta) = run.delta {
            kinds.insert(format!("delta {}", delta.name()));
        }
        if run.plan == PlanKind::Skip {
            let declared = run.rung == Some(samever_core::Rung::Declared);
            let reason = if declared { "declared" } else { &run.reason };
            kinds.insert(format!("skip {reason}"));
        }
    }
    kinds
}

#[test]
fn every_plan_rung_skip_reason_verdict_stage_and_step_occurs() {
    let (mut seen, mut in_json) = (BTreeSet::new(), BTreeSet::new());
    for file in shipped_scenarios().unwrap() {
        let kinds = kinds(&file);
        if IN_JSON.contains(&file.name.as_str()) {
            in_json.extend(kinds.clone());
        }
        seen.extend(kinds);
    }
    let mut wanted: BTreeSet<String> = [
        "no verdict",
        "plan version",
        "plan ref",
        "plan skip",
        "rung declared",
        "rung override",
        "rung canonical",
        "rung step-back",
        "rung release",
        "rung main-tip",
        "verdict green",
        "verdict red",
        "verdict skipped",
        "previous none",
        "previous applied",
        "previous stale",
        "delta forward",
        "delta none",
        "delta backward",
        "delta unknown",
        "skip declared",
        "skip base == head and no older published predecessor",
        "skip canonical is newer than head and no older published predecessor",
        "skip canonical is no longer published and no older published predecessor",
        "skip canonical is excluded and no older published predecessor",
        "skip canonical is an excluded pre-release and no older published predecessor",
        "skip head == main tip (no predecessor delta)",
    ]
    .map(str::to_owned)
    .into();
    // The simulated deployer neither lies nor leaves anything behind.
    let simulated = |stage: &Stage| !matches!(stage, Stage::WrongVersion | Stage::Teardown);
    let stages = Stage::ALL.into_iter().filter(simulated);
    wanted.extend(stages.map(|stage| format!("stage {}", stage.name())));
    wanted.extend(step_kinds().into_iter().map(|kind| format!("step {kind}")));
    assert_eq!(seen, wanted);
    let told = ["no verdict", "plan", "rung", "verdict", "step"];
    let is_told = |kind: &&String| told.iter().any(|name| kind.starts_with(name));
    assert_eq!(wanted.difference(&in_json).find(is_told), None);
}

/// The kinds of steps that the format knows, as its schema lists them.
fn step_kinds() -> Vec<String> {
    let schema: serde_json::Value = serde_json::from_str(&scenario_schema()).unwrap();
    let mut kinds = Vec::new();
    for choice in schema["$defs"]["Step"]["oneOf"].as_array().unwrap() {
        let name = match choice["const"].as_str() {
            Some(name) => name.to_owned(),
            None => choice["required"][0].as_str().unwrap().to_owned(),
        };
        kinds.push(name);
    }
    assert_eq!(kinds.len(), 14);
    kinds
}

/// The scenarios that the resolver before the cure gets wrong.
const HEADLINES: [&str; 8] = [
    "broken-migration-at-night",
    "broken-migration-in-a-pr",
    "bump-once",
    "custom-html-as-observed",
    "hundred-quiet-nights",
    "keycloak-as-observed",
    "pr-of-the-same-version",
    "second-night",
];

#[test]
fn the_resolver_before_the_cure_fails_the_headlines_and_passes_what_it_got_right() {
    let mut failed = BTreeSet::new();
    for file in shipped_scenarios().unwrap() {
        let scenario = replay(&file, LAST_GREEN, None, &Cancel::never())
            .unwrap()
            .unwrap();
        let wrong = |step: &StepReport| {
            let mut mismatches = step.mismatches.iter();
            mismatches.any(|mismatch| matches!(mismatch.what, "base" | "verdict" | "plan"))
        };
        if scenario.steps.iter().any(wrong) {
            failed.insert(file.name);
        } else if HEADLINES.contains(&file.name.as_str()) {
            panic!("{} fails by its words alone", file.name);
        }
    }
    for headline in HEADLINES {
        assert!(failed.contains(headline), "{headline} passes");
    }
    for right in ["first-night", "version-bump-pr", "declared-not-applicable"] {
        assert!(!failed.contains(right), "{right} fails");
    }
}

#[test]
fn broken_migration_at_night_is_green_as_a_no_op_and_red_as_an_upgrade() {
    let files = shipped_scenarios().unwrap();
    let name = "broken-migration-at-night";
    let file = files.iter().find(|file| file.name == name).unwrap();
    let first = |resolver| {
        let scenario = replay(file, resolver, None, &Cancel::never())
            .unwrap()
            .unwrap();
        let run = scenario.steps[0].run.clone().unwrap();
        let data = |stack: Option<samever::run::StackEvidence>| {
            let deployed = stack.unwrap().deployed?;
            Some(deployed.data_version.unwrap().to_string())
        };
        (
            run.verdict.kind().name(),
            data(run.evidence.base),
            data(run.evidence.head),
        )
    };
    let (latest, older) = ("1.13.0+1.31.1".to_owned(), "1.11.0+1.29.0".to_owned());
    assert_eq!(
        first(LAST_GREEN),
        ("green", Some(latest.clone()), Some(latest))
    );
    assert_eq!(first(STEP_BACK), ("red", Some(older), None));
}

#[test]
fn the_schema_is_fresh_and_the_scenarios_satisfy_it() {
    let path = folder().join("schema.json");
    let fresh = scenario_schema();
    if std::env::var_os("SAMEVER_UPDATE_SCHEMA").is_some() {
        fs::write(&path, &fresh).unwrap();
    }
    assert_eq!(
        fs::read_to_string(&path).unwrap(),
        fresh,
        "run SAMEVER_UPDATE_SCHEMA=1 cargo test --test it scenarios::"
    );
    let schema = serde_json::from_str(&fresh).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let value = |text: &str| serde_saphyr::from_str::<serde_json::Value>(text).unwrap();
    for file in shipped_scenarios().unwrap() {
        let text = fs::read_to_string(folder().join(format!("{}.yaml", file.name))).unwrap();
        if let Err(error) = validator.validate(&value(&text)) {
            panic!("{}: {error} at {}", file.name, error.instance_path());
        }
    }
    let text = fs::read_to_string(folder().join("second-night.yaml")).unwrap();
    for (right, wrong) in [
        ("steps:", "stepz:"),
        ("nightly:", "nightli:"),
        ("rung: step-back", "rung: stepback"),
        ("plan: version", "plam: version"),
        ("1.11.0+1.29.0", "newest"),
        ("promoted: false", "promoted: maybe"),
    ] {
        assert!(text.contains(right));
        let text = text.replace(right, wrong);
        assert!(!validator.is_valid(&value(&text)), "{wrong}");
    }
}

const NIGHT: &str = "\
# One night
recipe: {name: custom-html, published: [1.0.0+1, 1.1.0+1]}
canonical: 1.1.0+1
steps:
  - nightly:
      expect:
        plan: version
        base: 1.0.0+1
        rung: step-back
        delta: forward
        verdict: green
        canonical: 1.1.0+1
        promoted: false
";

/// What is missed of the scenario with one text in the place of another, on
/// both arms.
#[track_caller]
fn missed(old: &str, new: &str) -> Vec<&'static str> {
    assert!(NIGHT.contains(old), "{old}");
    let text = NIGHT.replacen(old, new, 1);
    let file = samever::simulate::parse_scenario("night", "night.yaml", text.as_bytes()).unwrap();
    let what = |steps: &[StepReport]| {
        let mismatches = steps.iter().flat_map(|step| &step.mismatches);
        mismatches.map(|mismatch| mismatch.what).collect::<Vec<_>>()
    };
    let real = what(&replayed(&file).steps);
    assert_eq!(real, what(&replay_on_model(&file, STEP_BACK)), "{new}");
    real
}

#[test]
fn an_expectation_that_is_wrong_in_any_field_is_missed() {
    assert_eq!(missed("", ""), [] as [&str; 0]);
    for (old, new, what) in [
        ("plan: version", "plan: ref", "plan"),
        ("base: 1.0.0+1", "base: 1.1.0+1", "base"),
        ("base: 1.0.0+1", "base: v1.0.0+1", "base"),
        ("rung: step-back", "rung: canonical", "rung"),
        (
            "rung: step-back",
            "rung: step-back\n        reason: is newer",
            "reason",
        ),
        ("delta: forward", "delta: unknown", "delta"),
        (
            "verdict: green",
            "verdict: green\n        previous: stale",
            "previous",
        ),
        (
            "        canonical: 1.1.0+1",
            "        canonical: 1.0.0+1",
            "canonical",
        ),
        (
            "        canonical: 1.1.0+1",
            "        canonical: none",
            "canonical",
        ),
        ("promoted: false", "promoted: true", "promoted"),
    ] {
        assert_eq!(missed(old, new), [what], "{new}");
    }
    let red = "verdict: red\n        stage: upgrade";
    assert_eq!(missed("verdict: green", red), ["verdict", "stage"]);
    let other_stage = "behaviour: {fails-its-check: true}}]}";
    let text = "1.1.0+1]}";
    let head = format!("{{version: 1.1.0+1, {other_stage}");
    assert_eq!(missed(text, &head), ["verdict", "stage"]);
    let expect = &NIGHT[NIGHT.find("expect:").unwrap()..];
    assert_eq!(
        missed(
            expect,
            "expect: {error: gone for good, canonical: 1.1.0+1}\n"
        ),
        ["outcome"]
    );
    let single = "published: [1.0.0+1, 1.1.0+1]}";
    let skip = |reason: &str| {
        let expect = format!(
            "expect: {{plan: skip, rung: step-back, verdict: skipped, canonical: 1.1.0+1, \
             promoted: false, reason: {reason}}}\n"
        );
        let text = NIGHT.replacen(single, "published: [1.1.0+1]}", 1);
        let text = text.replacen(NIGHT.split_at(NIGHT.find("expect:").unwrap()).1, &expect, 1);
        let file =
            samever::simulate::parse_scenario("night", "night.yaml", text.as_bytes()).unwrap();
        replayed(&file).passed()
    };
    assert!(skip("base == head and no older published predecessor"));
    assert!(!skip("no older published predecessor"), "word for word");
}

#[test]
fn an_error_is_compared_by_its_part() {
    let gone = "steps:\n  - withdraw: 1.0.0+1\n  - withdraw: 1.1.0+1\n";
    let expect = &NIGHT[NIGHT.find("expect:").unwrap()..];
    for (part, passes) in [("history is incomplete", true), ("something else", false)] {
        let text = NIGHT.replacen("steps:\n", gone, 1).replacen(
            expect,
            &format!("expect: {{error: {part}, canonical: 1.1.0+1}}\n"),
            1,
        );
        let file =
            samever::simulate::parse_scenario("night", "night.yaml", text.as_bytes()).unwrap();
        assert_eq!(replayed(&file).passed(), passes, "{part}");
    }
}
