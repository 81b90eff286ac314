//! `samever nightly`, end to end: a catalogue, its settings, parts of it, and
//! sweeps that are interrupted or meet each other.

use std::fs;

use crate::support::night::{Night, VERSIONS, assert_verdicts, verdicts};
use crate::support::repositories::{says, text};
use serde_json::Value;

/// Times differ from night to night.
fn without_times(text: &str) -> String {
    let lines = text.lines().map(|line| match line.rsplit_once("  ") {
        Some((row, time)) if time.ends_with(" s") => row.trim_end(),
        _ => line,
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn the_first_night_promotes_the_second_upgrades_and_both_repeat() {
    let night = Night::of(&["alpha", "beta.git"]);
    let first = night.sweep(&["--report", "first.json", "first.xml"]);
    assert_eq!(first.code, 0, "{}", first.stderr);
    says(
        &first.stdout,
        &[
            "2 recipes: 0 green, 0 red, 2 skipped; 2 with files alone, nothing was started; 2 canonicals moved",
        ],
    );
    let second = night.sweep(&["--report", "second.json", "second.xml"]);
    insta::assert_snapshot!(without_times(&second.stdout));
    let third = night.sweep(&["--report", "third.json", "third.xml", "--jobs", "1"]);
    assert_eq!((second.code, third.code), (0, 0));
    assert_eq!(night.read("second.json"), night.read("third.json"));
    assert_eq!(night.read("second.xml"), night.read("third.xml"));
    says(&night.read("first.xml"), &["tests=\"2\" skipped=\"2\""]);
    let record = night.read("state/canonical/beta.json");
    says(&record, &["\"version\": \"1.2.0+1\""]);
    let history = night.read("state/history/beta.jsonl");
    says(
        &history,
        &[
            "the head went well by itself: head == main tip",
            "\"run\":\"nightly of ",
        ],
    );
}

#[test]
fn one_recipes_failure_stops_no_other_and_each_is_told() {
    let night = Night::of(&["alpha", "gamma", "red"]);
    fs::create_dir_all(night.path("catalogue/broken.git/objects")).unwrap();
    fs::create_dir_all(night.path("catalogue/broken.git/refs")).unwrap();
    night.write("catalogue/broken.git/HEAD", "nonsense");
    fs::create_dir(night.path("catalogue/notes")).unwrap();
    night.recipe("no release", &[]);
    night.write(
        "catalogue/catalogue.yaml",
        "recipes:\n  red: {deploy: 'false'}\n  lost: {enrolled: false}\n",
    );
    let run = night.sweep(&["--report", "report.xml"]);
    assert_eq!(run.code, 1);
    says(
        &run.stdout,
        &[
            "red: red: 1.2.0+1 alone",
            "red at head-deploy: the deploy program ended with exit code 1",
            "lost: no answer: it is in catalogue.yaml, but there is no such repository",
            "no release: no answer: no release is no name of a recipe",
            "6 recipes: 0 green, 1 red, 2 skipped, 3 no answer; 2 with files alone, nothing was started; 2 canonicals moved",
        ],
    );
    says(
        &run.stderr,
        &[
            "the folder notes holds no git repository",
            "error: broken: ",
        ],
    );
    let junit = night.read("report.xml");
    says(
        &junit,
        &["tests=\"6\" skipped=\"2\" failures=\"1\" errors=\"3\""],
    );
    // Without a red one, what has no answer decides.
    fs::remove_dir_all(night.path("catalogue/red")).unwrap();
    assert_eq!(night.sweep(&[]).code, 3);
}

#[test]
fn the_catalogue_says_how_each_recipe_is_run() {
    let recipes = ["declared", "given", "latest", "own", "plain", "unenrolled"];
    let night = Night::of(&recipes);
    night.program("catalogue/deploy.sh", "echo $SAMEVER_RECIPE $1 >> ran");
    fs::create_dir_all(night.path("catalogue/ci/own/previous")).unwrap();
    night.write("catalogue/ci/own/previous/VERSION", "1.1.0+1");
    night.write(
        "catalogue/catalogue.yaml",
        "defaults:\n  deploy: ./deploy.sh default\nrecipes:\n  \
           declared: {not-applicable: it keeps nothing, deployer: tree}\n  \
           given: {override: 1.0.0+1, deployer: tree}\n  \
           latest: {head: latest, deployer: tree}\n  \
           own: {deploy: ./deploy.sh own, ci-dir: ci/own}\n  \
           plain:\n  \
           unenrolled: {enrolled: false, deployer: tree}\n",
    );
    let (code, report) = night.report(&["--promote-unseen"]);
    assert_eq!(code, 0, "{report:#}");
    let (code, second) = night.report(&["--promote-unseen"]);
    assert_eq!(code, 0);
    assert_verdicts(
        &second,
        &[
            ("declared", "skipped"),
            ("given", "green"),
            ("latest", "green"),
            ("own", "green"),
            ("plain", "green"),
            ("unenrolled", "skipped"),
        ],
    );
    let outcome = |index: usize| &second["recipes"][index]["outcome"];
    assert_eq!(outcome(0)["plan"]["reason"], "it keeps nothing");
    assert_eq!(outcome(1)["plan"]["version"], "1.0.0+1");
    assert_eq!(outcome(1)["rung"], "override");
    assert_eq!(outcome(3)["evidence"]["previous"], "applied");
    assert_eq!(outcome(3)["deployer"], "command");
    assert_eq!(outcome(4)["deployer"], "command");
    assert_eq!(
        outcome(5)["promotion"]["because"],
        "the project is not enrolled"
    );
    assert!(!night.path("state/canonical/unenrolled.json").exists());
    let mut ran: Vec<_> = night.read("ran").lines().map(str::to_owned).collect();
    ran.sort();
    ran.dedup();
    assert_eq!(ran, ["own own", "plain default"]);
}

#[test]
fn a_catalogue_that_makes_no_sense_is_no_answer_before_anything_is_run() {
    let night = Night::of(&["alpha"]);
    for (content, part) in [
        (
            "recipes: {alpha: {enroled: true}}",
            "there is no key `enroled`; the keys are enrolled, ",
        ),
        ("recipes: [alpha]", "catalogue.yaml cannot be read"),
        ("recipes: {alpha: {head: newest}}", "newest"),
        ("\u{7}", "catalogue.yaml cannot be read"),
        (
            "recipes: {alpha: {override: latest}}",
            "alpha: its override latest is no version",
        ),
        (
            "recipes: {alpha: {not-applicable: ' '}}",
            "alpha: its not-applicable has no reason",
        ),
        (
            "recipes: {alpha: {check: 'true'}}",
            "alpha: it has a check or a teardown program, but",
        ),
        (
            "recipes: {alpha: {deployer: command}}",
            "alpha: its deployer is command, but",
        ),
        (
            "recipes: {alpha: {deployer: tree, deploy: x}}",
            "alpha: its deployer is tree, which",
        ),
        (
            "recipes: {alpha: {deploy: \"'\"}}",
            "alpha: its deploy cannot be run: ' is no command line",
        ),
        (
            "recipes: {alpha: {ci-dir: nowhere}}",
            "alpha: its ci-dir catalogue/nowhere is no folder",
        ),
        (
            "recipes: {alpha: {main: nowhere}}",
            "alpha: main: nowhere does not lead to a commit",
        ),
    ] {
        night.write("catalogue/catalogue.yaml", content);
        let run = night.sweep(&[]);
        assert_eq!(run.code, 3, "{content}: {}", run.stderr);
        says(&run.stderr, &[part]);
        assert!(!night.path("state/canonical/alpha.json").exists());
    }
    let run = Night::of(&[]).sweep(&[]);
    assert_eq!((run.code, run.stdout.as_str()), (3, ""));
    says(&run.stderr, &["there is no git repository in catalogue"]);
    let run = night.sweep(&["--recipe", "beta"]);
    says(&run.stderr, &["there is no recipe beta in catalogue"]);
    assert_eq!(run.code, 3);
    for args in [
        &["--format", "matrix"][..],
        &["--plan", "--format", "junit"],
        &["--shard", "3/2"],
    ] {
        assert_eq!(night.sweep(args).code, 2, "{args:?}");
    }
}

#[test]
fn only_what_is_new_is_run_where_that_is_asked_for() {
    let night = Night::of(&["alpha", "beta"]);
    night.recipe("nothing", &[]);
    let main = ["--recipe", "alpha", "--recipe", "beta"];
    let only_new = |night: &Night| {
        let mut args = vec!["--only-new"];
        args.extend(main);
        night.report(&args)
    };
    let (_, report) = only_new(&night);
    assert_verdicts(&report, &[("alpha", "skipped"), ("beta", "skipped")]);
    let (code, report) = only_new(&night);
    assert_eq!(code, 0);
    assert_verdicts(&report, &[("alpha", "not-run"), ("beta", "not-run")]);
    fs::remove_dir_all(night.path("catalogue/beta")).unwrap();
    night.recipe("beta", &["1.0.0+1", "1.2.0+1", "1.3.0+1"]);
    let (code, report) = only_new(&night);
    assert_eq!(code, 0);
    assert_verdicts(&report, &[("alpha", "not-run"), ("beta", "green")]);
    assert_eq!(
        report["recipes"][1]["outcome"]["plan"]["version"],
        "1.2.0+1"
    );
    assert_verdicts(
        &only_new(&night).1,
        &[("alpha", "not-run"), ("beta", "not-run")],
    );
}

#[test]
fn shards_and_named_recipes_are_parts_that_make_up_the_whole() {
    let names = ["a", "b", "c", "d", "e"];
    let night = Night::of(&names);
    let mut all = Vec::new();
    for shard in ["1/3", "2/3", "3/3"] {
        let (code, report) = night.report(&["--shard", shard]);
        assert_eq!(code, 0);
        all.extend(verdicts(&report).into_iter().map(|(recipe, _)| recipe));
    }
    all.sort();
    assert_eq!(all, names);
    let (_, report) = night.report(&["--recipe", "b", "--recipe", "d"]);
    assert_verdicts(&report, &[("b", "green"), ("d", "green")]);
    let (code, report) = night.report(&["--shard", "9/9"]);
    assert_eq!((code, report["totals"]["recipes"].as_u64()), (0, Some(0)));
}

#[test]
fn a_plan_deploys_nothing_and_is_a_table_or_a_job_matrix() {
    let night = Night::of(&["alpha", "beta"]);
    night.recipe("empty", &[]);
    night.recipe("not a name", &VERSIONS);
    let deploy = night.program("deploy", "touch deployed");
    let plan = |more: &[&str]| {
        let mut args = vec!["--plan", "--deploy", &deploy];
        args.extend(more);
        night.sweep(&args)
    };
    let run = plan(&[]);
    assert_eq!(run.code, 3);
    insta::assert_snapshot!(run.stdout);
    night.sweep(&[]);
    let run = plan(&["--format", "matrix"]);
    assert_eq!(
        run.stdout,
        "{\"include\":[{\"recipe\":\"alpha\",\"base\":\"1.1.0+1\",\"head\":\"1.2.0+1\",\"rung\":\
         \"step-back\"},{\"recipe\":\"beta\",\"base\":\"1.1.0+1\",\"head\":\"1.2.0+1\",\"rung\":\
         \"step-back\"},{\"recipe\":\"empty\",\"base\":null,\"head\":null,\"rung\":null}]}\n"
    );
    // What has no place in a workflow is not left out unseen.
    assert_eq!(run.code, 3);
    says(&run.stderr, &["not a name is no name of a recipe"]);
    let run = plan(&["--format", "matrix", "--only-new", "--recipe", "alpha"]);
    assert_eq!((run.code, run.stdout.as_str()), (0, "{\"include\":[]}\n"));
    let run = plan(&["--format", "json", "--shard", "1/4"]);
    let json: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(json["schema"], "samever/nightly-plan/1");
    assert_eq!(json["recipes"][0]["plan"]["version"], "1.1.0+1");
    assert!(!night.path("deployed").exists());
    assert!(!night.path("state/logs").exists());
}

#[test]
fn a_standard_error_that_is_full_takes_no_report_with_it() {
    let night = Night::of(&["alpha"]);
    fs::create_dir(night.path("catalogue/notes")).unwrap();
    let full = fs::OpenOptions::new()
        .write(true)
        .open("/dev/full")
        .unwrap();
    let output = night
        .command(&["--report", "report.json"])
        .stderr(full)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0));
    says(
        &text(&output.stdout),
        &["1 recipe: 0 green, 0 red, 1 skipped"],
    );
    assert!(night.path("report.json").exists());
}

#[test]
fn a_limit_of_time_counts_whoever_names_the_program() {
    let night = Night::of(&["alpha", "beta"]);
    let slow = night.program("catalogue/slow", "exec sleep 30");
    // The flag's limit for the catalogue's program, and the other way round.
    night.write("catalogue/catalogue.yaml", "defaults: {deploy: ./slow}");
    let (code, report) = night.report(&["--timeout", "1"]);
    assert_eq!(code, 1);
    says(&report.to_string(), &["did not end within 1 s"]);
    night.write(
        "catalogue/catalogue.yaml",
        "recipes: {alpha: {timeout: 1}, beta: {deployer: tree}}",
    );
    let (code, report) = night.report(&["--deploy", &slow]);
    assert_eq!(code, 1);
    assert_verdicts(&report, &[("alpha", "red"), ("beta", "skipped")]);
    // Two that both say what deploys where a recipe does not.
    night.write("catalogue/catalogue.yaml", "defaults: {deploy: ./slow}");
    let run = night.sweep(&["--deploy", "true"]);
    assert_eq!(run.code, 2);
    says(
        &run.stderr,
        &["the catalogue's defaults say what deploys, and so do these arguments"],
    );
}

#[test]
fn a_recipe_that_is_a_link_to_nowhere_has_no_answer() {
    let night = Night::of(&["alpha"]);
    std::os::unix::fs::symlink("/nowhere/at-all", night.path("catalogue/ghost")).unwrap();
    let run = night.sweep(&[]);
    assert_eq!(run.code, 3);
    says(
        &run.stdout,
        &["ghost: no answer: it is a link that leads nowhere"],
    );
    says(&run.stdout, &["2 recipes: "]);
}
