//! What keeps a night from its work is told before it begins: by the run itself, and by
//! `samever doctor --catalogue`.

use std::fs;

use serde_json::Value;

use crate::support::folder::Run;
use crate::support::night::{Night, assert_verdicts};
use crate::support::repositories::says;

fn doctor(night: &Night, args: &[&str]) -> Run {
    let place = ["doctor", "--catalogue", "catalogue", "--state", "state"];
    Run::of(&mut night.samever(&[&place[..], args].concat()))
}

/// A catalogue of a recipe that is well and of three with another fault each.
fn faults() -> Night {
    let night = Night::of(&["absent", "plain", "unlisted", "well"]);
    night.program("catalogue/stack.sh", "echo $SAMEVER_RECIPE >> ran");
    night.write("catalogue/text.sh", "#!/bin/sh\n");
    night.write(
        "catalogue/catalogue.yaml",
        "defaults: {deploy: ./stack.sh, teardown: ./stack.sh}\nrecipes:\n  \
         absent: {deploy: ./gone.sh, check: ./stack.sh, teardown: no-such-program}\n  \
         lost:\n  \
         plain: {deploy: ./stack.sh, check: ./text.sh}\n  \
         unlisted: {override: newest}\n",
    );
    night
}

const WHY: [(&str, &str); 4] = [
    (
        "absent",
        "its deploy program catalogue/./gone.sh cannot be run: there is no such file; give the path \
         of the program; and its teardown program no-such-program is in no folder of PATH",
    ),
    (
        "lost",
        "it is in catalogue.yaml, but there is no such repository in the folder",
    ),
    (
        "plain",
        "its check program catalogue/./text.sh cannot be run: it is not executable; make it so with \
         `chmod +x`",
    ),
    ("unlisted", "its override newest is no version"),
];

#[test]
fn what_cannot_be_run_is_told_in_one_list_before_the_first_deployment() {
    let night = faults();
    let run = night.sweep(&["--report", "report.json", "report.xml"]);
    assert_eq!(run.code, 3, "{}", run.stderr);
    let (list, _) = run.stderr.split_once("error: ").unwrap();
    let (list, _) = list.split_once("well: ").unwrap_or((list, ""));
    says(
        list,
        &["note: the sweep leaves out 4 recipes that cannot be run:\n"],
    );
    let report: Value = serde_json::from_str(&night.read("report.json")).unwrap();
    assert_verdicts(
        &report,
        &[
            ("absent", "no-answer"),
            ("lost", "no-answer"),
            ("plain", "no-answer"),
            ("unlisted", "no-answer"),
            ("well", "skipped"),
        ],
    );
    says(&night.read("report.xml"), &["errors=\"4\""]);
    for (recipe, why) in WHY {
        says(list, &[&format!("  {recipe}: {why}")]);
        says(&run.stdout, &[&format!("{recipe}: no answer: {why}")]);
    }
    assert_eq!(
        night.read("ran"),
        "well\nwell\n",
        "nothing of the others was run"
    );
    let plan = night.sweep(&["--plan"]);
    assert_eq!(plan.code, 3);
    for (recipe, why) in WHY {
        says(&plan.stderr, &[&format!("{recipe}: {why}")]);
    }
}

#[test]
fn a_program_that_is_missing_is_told_before_an_upgrade_and_names_its_option() {
    let night = Night::of(&["alpha"]);
    let stack = night.program("stack.sh", "echo >> ran");
    fs::create_dir(night.path("folder")).unwrap();
    for (option, program, part) in [
        (
            "--deploy",
            "./gone.sh",
            "--deploy ./gone.sh cannot be run: there is no such file",
        ),
        (
            "--deploy",
            "no-such-program x",
            "--deploy no-such-program is in no folder of PATH",
        ),
        (
            "--check",
            "./folder",
            "--check ./folder cannot be run: it is no regular file",
        ),
        (
            "--teardown",
            "./gone.sh",
            "--teardown ./gone.sh cannot be run",
        ),
    ] {
        let mut args = vec!["upgrade", "--repo", "catalogue/alpha", option, program];
        if option != "--deploy" {
            args.extend(["--deploy", stack.as_str()]);
        }
        args.extend(["--report", "report.json", "report.xml"]);
        let run = Run::of(&mut night.samever(&args));
        assert_eq!((run.code, run.stdout.as_str()), (3, ""), "{args:?}");
        says(&run.stderr, &["error: the program of ", part]);
        says(&night.read("report.json"), &["samever/error/1", part]);
        says(&night.read("report.xml"), &[part]);
        assert_eq!(night.read("ran"), "", "nothing was deployed");
    }
    let mut sweep = night.command(&["--deploy", "./gone.sh"]);
    let run = Run::of(&mut sweep);
    assert_eq!(run.code, 3);
    says(
        &run.stderr,
        &["  alpha: the program of --deploy ./gone.sh cannot be run"],
    );
}

#[test]
fn a_deploy_program_without_a_teardown_is_a_warning_and_no_failure() {
    let night = Night::of(&["alpha", "beta"]);
    let stack = night.program("stack.sh", "true");
    let upgrade = |args: &[&str]| {
        let all = ["upgrade", "--repo", "catalogue/alpha", "--deploy", &stack];
        Run::of(&mut night.samever(&[&all[..], args].concat()))
    };
    let run = upgrade(&[]);
    let told = "note: there is no teardown program";
    assert_eq!(
        (run.code, run.stderr.lines().count()),
        (0, 1),
        "{}",
        run.stderr
    );
    says(&run.stderr, &[told, "with --teardown"]);
    assert!(!upgrade(&["--teardown", &stack]).stderr.contains(told));
    let told = "note: the deploy program of alpha, beta has no teardown program";
    let run = night.sweep(&["--deploy", &stack]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    says(&run.stderr, &[told, "with --teardown"]);
    assert_eq!(run.stderr.matches("teardown program").count(), 1);
    let run = night.sweep(&["--deploy", &stack, "--teardown", &stack]);
    assert!(!run.stderr.contains("teardown program"));
}

#[test]
fn a_recipe_name_that_is_in_no_catalogue_is_told_before_the_first_deployment() {
    let night = Night::of(&["alpha"]);
    let stack = night.program("stack.sh", "echo >> ran");
    let run = night.sweep(&["--deploy", &stack, "--recipe", "alpha", "--recipe", "alhpa"]);
    assert_eq!((run.code, run.stdout.as_str()), (3, ""));
    says(&run.stderr, &["there is no recipe alhpa in catalogue"]);
    assert_eq!(night.read("ran"), "");
}

#[test]
fn the_doctor_checks_a_catalogue_its_programs_and_its_state_as_a_night_would() {
    let night = faults();
    let run = doctor(&night, &[]);
    assert_eq!((run.code, run.stderr.as_str()), (3, ""));
    for (recipe, why) in WHY {
        says(&run.stdout, &[&format!("FAULT     {recipe:<16}  {why}")]);
    }
    says(
        &run.stdout,
        &[
            "ok        catalogue         catalogue can be read",
            "ok        well              none -> 1.2.0+1 (main-tip); deployer command; deploy \
             catalogue/./stack.sh; teardown catalogue/./stack.sh",
        ],
    );
    let (code, json) = doctor(&night, &["--format", "json"]).json();
    assert_eq!(
        (code, json["schema"].as_str()),
        (3, Some("samever/doctor/1"))
    );
    let outcomes = json["recipes"].as_array().unwrap().iter();
    let outcomes: Vec<_> = outcomes
        .map(|recipe| recipe["outcome"].as_str().unwrap())
        .collect();
    assert_eq!(outcomes, ["fault", "fault", "fault", "fault", "ok"]);
    let well = &json["recipes"][4];
    assert_eq!(well["planned"]["head"]["version"], "1.2.0+1");
    assert_eq!(well["programs"][1]["step"], "teardown");
    assert_eq!(night.read("ran"), "", "the doctor runs nothing");
}

#[test]
fn the_doctor_tells_of_a_catalogue_what_is_no_fault_and_of_a_state_what_is_one() {
    let night = Night::of(&["alpha", "beta"]);
    night.program("catalogue/stack.sh", "true");
    fs::create_dir(night.path("catalogue/notes")).unwrap();
    night.write(
        "catalogue/catalogue.yaml",
        "recipes: {alpha: {deploy: ./stack.sh}}",
    );
    fs::create_dir_all(night.path("state/canonical")).unwrap();
    let record = |recipe: &str| format!("{{\"recipe\": \"{recipe}\", \"version\": \"1.1.0+1\"}}");
    night.write("state/canonical/beta.json", record("beta"));
    night.write("state/canonical/gamma.json", record("gamma"));
    let run = doctor(&night, &[]);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{}", run.stdout);
    says(
        &run.stdout,
        &[
            "warning   catalogue         the folder notes holds no git repository",
            "warning   state             it has a record of gamma, which is not in the catalogue",
            "`samever canonical drop gamma --state state --reason WHY`",
            "warning   alpha             none -> 1.2.0+1",
            "          warning: it has no teardown program",
            "warning   beta              1.1.0+1 -> 1.2.0+1 (canonical); deployer: the one that \
             nightly is given",
        ],
    );
    night.write("state/canonical/beta.json", "{");
    let run = doctor(&night, &[]);
    assert_eq!(run.code, 3);
    says(
        &run.stdout,
        &["FAULT     beta              the canonical record"],
    );
    let nowhere = ["doctor", "--catalogue", "nowhere", "--state", "state"];
    let run = Run::of(&mut night.samever(&nowhere));
    assert_eq!(run.code, 3);
    says(
        &run.stdout,
        &["FAULT     catalogue         the catalogue nowhere cannot be read"],
    );
    let stateless = Run::of(&mut night.samever(&nowhere[..3]));
    assert_eq!(stateless.code, 2, "{}", stateless.stderr);
}
