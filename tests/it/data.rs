//! Data that is written into the base and verified in the head, beside every deployer.

use std::fs;

use serde_json::Value;

use crate::support::lab::Lab;
use crate::support::night::Night;
use crate::support::repositories::says;

/// Notes each step with what it is told; `$FAILS` names the steps that fail. The stack is the
/// file `rows`, of which `$LOSES` makes the deployment of the head lose what is in it.
const PROGRAM: &str = r#"
echo "$SAMEVER_STEP $SAMEVER_STAGE $SAMEVER_BASE_VERSION $SAMEVER_HEAD_VERSION $SAMEVER_VERSION" >> "$CALLS"
case " ${FAILS:-} " in *" $SAMEVER_STEP "*) echo "it does not $SAMEVER_STEP"; exit 1 ;; esac
case "$SAMEVER_STEP" in
deploy)
    if [ "$SAMEVER_STAGE" = head ] && [ -n "${LOSES:-}" ]; then rm -f rows; fi
    echo "$SAMEVER_VERSION" > "$SAMEVER_DEPLOYED_VERSION"
    ;;
seed) echo "a row" > rows; cp rows "$SAMEVER_RUN_DIR/rows" ;;
verify) cmp rows "$SAMEVER_RUN_DIR/rows" ;;
esac"#;

const STEADY: [&str; 2] = ["--canonical-version", "1.2.0+1"];
const DATA: [&str; 4] = ["--seed", "./program", "--verify", "./program"];

fn lab() -> Lab {
    let lab = Lab::new();
    lab.program("program", PROGRAM);
    lab
}

/// The outcome of a run with these programs and those of the data, and the steps that were called.
#[track_caller]
fn run(lab: &Lab, programs: &[&str], variables: &[(&str, &str)]) -> (i32, Value, Vec<String>) {
    run_alone(lab, &[programs, &DATA].concat(), variables)
}

#[track_caller]
fn run_alone(
    lab: &Lab,
    programs: &[&str],
    variables: &[(&str, &str)],
) -> (i32, Value, Vec<String>) {
    let _ = fs::remove_file(lab.path("calls"));
    let args = [&STEADY[..], programs, &["--format", "json"]].concat();
    let mut command = lab.command(&args);
    command.env("CALLS", lab.path("calls"));
    let output = command.envs(variables.iter().copied()).output().unwrap();
    let outcome = serde_json::from_slice(&output.stdout);
    let outcome = outcome.unwrap_or_else(|_| panic!("{output:?}"));
    let calls = fs::read_to_string(lab.path("calls")).unwrap_or_default();
    let calls = calls.lines().map(str::to_owned).collect();
    (output.status.code().unwrap(), outcome, calls)
}

const PROGRAMS: [&str; 6] = [
    "--deploy",
    "./program",
    "--check",
    "./program",
    "--teardown",
    "./program",
];

#[test]
fn the_seed_comes_after_the_base_is_checked_and_the_verification_after_the_head_is() {
    let lab = lab();
    let (code, outcome, calls) = run(&lab, &PROGRAMS, &[]);
    assert_eq!(
        (code, outcome["verdict"].as_str()),
        (0, Some("green")),
        "{outcome:#}"
    );
    let of = |step: &str, stage: &str, version: &str| {
        format!("{step} {stage} 1.1.0+1 1.2.0+1 {version}")
    };
    assert_eq!(
        calls,
        [
            of("deploy", "base", "1.1.0+1"),
            of("check", "base", "1.1.0+1"),
            of("seed", "base", "1.1.0+1"),
            of("deploy", "head", "1.2.0+1"),
            of("check", "head", "1.2.0+1"),
            of("verify", "head", "1.2.0+1"),
            of("teardown", "head", "1.2.0+1"),
        ]
    );
    // Files alone are no reason not to write and to verify.
    let (code, outcome, calls) = run(&lab, &["--deployer", "tree"], &[]);
    assert_eq!(
        (code, outcome["verdict"].as_str()),
        (0, Some("green")),
        "{outcome:#}"
    );
    assert_eq!(
        calls,
        [
            of("seed", "base", "1.1.0+1"),
            of("verify", "head", "1.2.0+1")
        ]
    );
}

#[test]
fn a_head_that_starts_and_has_lost_the_data_is_red_at_the_data_and_only_there() {
    let lab = lab();
    let (code, outcome, calls) = run(&lab, &PROGRAMS, &[("LOSES", "1")]);
    assert_eq!(
        (code, outcome["stage"].as_str()),
        (1, Some("data")),
        "{outcome:#}"
    );
    says(
        outcome["why"].as_str().unwrap(),
        &["the verify program ended with", "it printed last"],
    );
    assert_eq!(calls.len(), 7, "{calls:?}");
    assert_eq!(outcome["promotion"]["promoted"], false, "{outcome:#}");
    // Without the two the same run is green.
    let (code, blind, _) = run_alone(&lab, &PROGRAMS, &[("LOSES", "1")]);
    assert_eq!(
        (code, blind["verdict"].as_str()),
        (0, Some("green")),
        "{blind:#}"
    );
}

#[test]
fn a_seed_that_fails_ends_the_run_before_the_head() {
    for programs in [&PROGRAMS[..], &["--deployer", "tree"]] {
        let lab = lab();
        let (code, outcome, calls) = run(&lab, programs, &[("FAILS", "seed")]);
        assert_eq!(
            (code, outcome["stage"].as_str()),
            (1, Some("data")),
            "{outcome:#}"
        );
        says(
            outcome["why"].as_str().unwrap(),
            &[
                "the seed program ended with exit code 1",
                "it does not seed",
            ],
        );
        let is_of_the_head =
            |call: &String| call.starts_with("deploy head") || call.starts_with("verify");
        assert!(!calls.iter().any(is_of_the_head), "{calls:?}");
        let (code, outcome, _) = run(&lab, programs, &[("FAILS", "verify")]);
        assert_eq!((code, outcome["stage"].as_str()), (1, Some("data")));
        says(
            outcome["why"].as_str().unwrap(),
            &[
                "the verify program ended with exit code 1",
                "it does not verify",
            ],
        );
    }
}

#[test]
fn both_have_a_log_of_their_own_and_one_alone_is_fine() {
    let lab = lab();
    let (_, outcome, _) = run(
        &lab,
        &["--deployer", "tree", "--logs", "logs"],
        &[("FAILS", "verify")],
    );
    let logs = outcome["logs"].as_array().unwrap();
    let names: Vec<_> = logs
        .iter()
        .map(|log| log["path"].as_str().unwrap().rsplit('/').next().unwrap())
        .collect();
    assert_eq!(names, ["seed.log", "verify.log"], "{outcome:#}");
    assert!(logs.iter().all(|log| log["stage"] == "data"), "{outcome:#}");
    let file = logs[1]["path"].as_str().unwrap();
    says(&lab.read(file), &["it does not verify"]);
    let alone = ["--deployer", "tree", "--verify", "false"];
    let (code, outcome) = lab.outcome(&[&STEADY[..], &alone].concat());
    assert_eq!(
        (code, outcome["stage"].as_str()),
        (1, Some("data")),
        "{outcome:#}"
    );
    let alone = ["--deployer", "tree", "--seed", "true"];
    let (code, outcome) = lab.outcome(&[&STEADY[..], &alone].concat());
    assert_eq!(
        (code, outcome["verdict"].as_str()),
        (0, Some("green")),
        "{outcome:#}"
    );
}

#[test]
fn where_there_is_no_base_neither_is_called_and_what_cannot_be_called_is_no_verdict() {
    let lab = lab();
    let no_base = ["--deployer", "tree", "--seed", "false", "--verify", "false"];
    let (code, outcome) = lab.outcome(&no_base);
    assert_eq!(
        (code, outcome["verdict"].as_str()),
        (0, Some("skipped")),
        "{outcome:#}"
    );
    let declared = ["--not-applicable", "it keeps no state"];
    let refused = lab.upgrade(&[&declared[..], &["--deployer", "tree", "--seed", "true"]].concat());
    assert_eq!(refused.code, 2, "{}", refused.stdout);
    says(
        &refused.stderr,
        &["--seed and --verify do nothing beside --not-applicable"],
    );
    for option in ["--seed", "--verify"] {
        let missing =
            lab.upgrade(&[&STEADY[..], &["--deployer", "tree", option, "./nowhere"]].concat());
        assert_eq!(missing.code, 3, "{}", missing.stdout);
        says(
            &missing.stderr,
            &[&format!("the program of {option}"), "./nowhere"],
        );
        let blank = lab.upgrade(&[&STEADY[..], &["--deployer", "tree", option, " "]].concat());
        assert_eq!(blank.code, 2, "{}", blank.stdout);
    }
}

/// The catalogue's two go together, and a recipe's own go before the defaults and the command line.
#[test]
fn a_catalogue_names_the_programs_of_the_data() {
    let night = Night::of(&["alpha", "beta"]);
    let verdicts = |catalogue: &str, args: &[&str]| {
        night.write("catalogue/catalogue.yaml", catalogue);
        let (_, report) = night.report(args);
        let recipes = report["recipes"].as_array().unwrap().clone();
        let stage = |recipe: &Value| {
            let outcome = &recipe["outcome"];
            let stage = outcome["stage"].as_str().or(outcome["verdict"].as_str());
            stage.unwrap_or("no answer").to_owned()
        };
        recipes.iter().map(stage).collect::<Vec<_>>()
    };
    let fallback = "fallback: release-first";
    let own =
        format!("defaults: {{{fallback}}}\nrecipes: {{alpha: {{seed: 'true', verify: 'false'}}}}");
    assert_eq!(verdicts(&own, &[]), ["data", "green"]);
    let defaults =
        format!("defaults: {{{fallback}, verify: 'false'}}\nrecipes: {{alpha: {{seed: 'true'}}}}");
    assert_eq!(verdicts(&defaults, &[]), ["green", "data"]);
    let nothing = format!("defaults: {{{fallback}}}\nrecipes: {{alpha: {{seed: 'true'}}}}");
    assert_eq!(verdicts(&nothing, &["--seed", "false"]), ["green", "data"]);
    let lost = format!("defaults: {{{fallback}, seed: ./bin/nowhere.sh}}");
    assert_eq!(verdicts(&lost, &[]), ["no answer", "no answer"]);
}
