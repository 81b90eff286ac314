//! What operators are told and what was observed: the catalogue of their page,
//! and the nights of a real recipe, through the real commands.

use std::fs;

use crate::support::folder::{Run, binary};
use crate::support::night::{Night, assert_verdicts};
use crate::support::remote::{Remote, tags};
use crate::support::repositories::{git_is_missing, says};
use serde_json::Value;

/// The nights that a real CI server was observed in.
#[test]
fn the_observed_nights_of_a_real_recipe_come_out_of_sweeps() {
    let night = Night::of(&[]);
    night.recipe(
        "custom-html",
        &["1.10.0+1.28.0", "1.11.0+1.29.0", "1.13.0+1.31.1"],
    );
    night.recipe("keycloak", &["10.7.1+26.6.2", "10.8.0+26.6.3"]);
    let outcome = |report: &Value, index: usize| {
        let outcome = &report["recipes"][index]["outcome"];
        let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        [
            word(&outcome["plan"]["version"]),
            word(&outcome["rung"]),
            word(&outcome["verdict"]),
        ]
    };
    let (_, first) = night.report(&[]);
    assert_eq!(outcome(&first, 0), ["", "main-tip", "skipped"]);
    let (_, second) = night.report(&[]);
    assert_eq!(outcome(&second, 0), ["1.11.0+1.29.0", "step-back", "green"]);
    assert_eq!(outcome(&second, 1), ["10.7.1+26.6.2", "step-back", "green"]);
    let set = binary()
        .args(["canonical", "set", "custom-html", "1.11.0+1.29.0"])
        .args(["--reason", "re-seeded by hand", "--state", "state"])
        .args(["--repo", "catalogue/custom-html"])
        .current_dir(night.path(""))
        .status()
        .unwrap();
    assert!(set.success());
    let (_, third) = night.report(&[]);
    assert_eq!(outcome(&third, 0), ["1.11.0+1.29.0", "canonical", "green"]);
    says(
        &night.read("state/canonical/custom-html.json"),
        &["1.13.0+1.31.1"],
    );
}

/// The command of the page's unit follows a withdrawn release and a renamed main
/// branch; `git fetch --tags --prune-tags` did not.
#[test]
fn the_command_of_the_pages_unit_brings_the_clones_up_to_date() {
    if git_is_missing() {
        return;
    }
    let page = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/operate.md");
    let page = fs::read_to_string(page).unwrap();
    let unit = page
        .lines()
        .find_map(|line| line.strip_prefix("ExecStart="));
    let (program, args) = unit.unwrap().split_once(' ').unwrap();
    assert!(program.ends_with("/samever"));
    let mut remote = Remote::new();
    let clones = ["plain", "bare"].map(|way| {
        let args = if way == "bare" { &["--bare"][..] } else { &[] };
        remote.clone(way, args)
    });
    let first = Run::of(&mut remote.nightly(&["--fetch"]));
    assert_eq!(first.code, 0, "{}", first.stderr);
    remote.fixture.git(&["branch", "-m", "main", "trunk"]);
    remote.release("1.3.0+1", "trunk");
    remote.fixture.git(&["tag", "-d", "1.2.0+1"]);
    let args = args
        .replace("/srv/recipes", "catalogue")
        .replace("/var/lib/samever", "state");
    let args: Vec<_> = args.split_whitespace().collect();
    let settings = "defaults: {deployer: tree}\n";
    fs::write(remote.path("catalogue/catalogue.yaml"), settings).unwrap();
    let run = Run::of(&mut remote.samever(&[&args, &["--promote-unseen"][..]].concat()));
    assert_eq!(run.code, 0, "{}", run.stderr);
    for clone in clones {
        assert_eq!(tags(&clone), tags(&remote.fixture.directory));
    }
    let record = fs::read_to_string(remote.path("state/canonical/custom-html.json"));
    says(&record.unwrap(), &["\"version\": \"1.3.0+1\""]);
}

#[test]
fn the_catalogue_of_the_operators_page_is_one() {
    let page = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/operate.md");
    let page = fs::read_to_string(page).unwrap();
    let mut blocks = page.split("```yaml\n").skip(1);
    let block = blocks
        .find(|block| block.starts_with("# catalogue.yaml"))
        .unwrap();
    let night = Night::of(&[
        "bonfire",
        "custom-html",
        "discourse",
        "gitea",
        "traefik",
        "other",
    ]);
    night.recipe(
        "plausible",
        &["3.0.0+v2.0.0", "3.0.1+v2.0.0", "3.1.0+v2.0.0"],
    );
    fs::create_dir_all(night.path("catalogue/bin")).unwrap();
    fs::create_dir_all(night.path("catalogue/ci/custom-html")).unwrap();
    night.deploys(
        "catalogue/bin/stack.sh",
        "echo $SAMEVER_RECIPE $SAMEVER_STEP >> ran",
    );
    let notes = "echo $SAMEVER_RECIPE $SAMEVER_STEP $SAMEVER_BASE_VERSION >> ran";
    night.program("catalogue/bin/rows.sh", notes);
    let block = block.split("```").next().unwrap();
    night.write(
        "catalogue/catalogue.yaml",
        block.replace("origin/main", "main"),
    );
    night.report(&[]);
    let (code, report) = night.report(&[]);
    assert_eq!(code, 0, "{report:#}");
    assert_verdicts(
        &report,
        &[
            ("bonfire", "green"),
            ("custom-html", "green"),
            ("discourse", "green"),
            ("gitea", "green"),
            ("other", "green"),
            ("plausible", "green"),
            ("traefik", "skipped"),
        ],
    );
    assert_eq!(
        report["recipes"][5]["outcome"]["plan"]["version"],
        "3.0.1+v2.0.0"
    );
    assert!(!night.read("ran").contains("discourse"), "files alone");
    says(&night.read("ran"), &["traefik teardown", "other check"]);
    says(
        &night.read("ran"),
        &["gitea seed 1.1.0+1", "gitea verify 1.1.0+1"],
    );
}

/// The commands of the page in their order, with the lines that it shows of their
/// answers; a line of dots is the rest.
fn commands(page: &str) -> Vec<(String, Vec<String>)> {
    let blocks = page.split("```console\n").skip(1);
    let lines = blocks.flat_map(|block| block.split("```").next().unwrap().lines());
    let mut commands: Vec<(String, Vec<String>)> = Vec::new();
    for line in lines {
        match line.strip_prefix("$ ") {
            Some(command) => commands.push((command.to_owned(), Vec::new())),
            None if line != "…" => commands.last_mut().unwrap().1.push(line.to_owned()),
            None => {}
        }
    }
    commands
}

#[test]
fn the_commands_of_the_page_work_as_shown() {
    if git_is_missing() {
        return;
    }
    let page = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/operate.md");
    let page = fs::read_to_string(page).unwrap();
    let remote = Remote::of(&["1.10.0+1.28.0", "1.11.0+1.29.0", "1.13.0+1.31.1"]);
    remote.clone("custom-html", &[]);
    let script =
        "test $SAMEVER_STEP != deploy || echo $SAMEVER_VERSION > $SAMEVER_DEPLOYED_VERSION";
    fs::create_dir_all(remote.path("here/tmp")).unwrap();
    remote.script("here/stack.sh", script);
    remote.script("catalogue/stack.sh", script);
    let settings = "defaults: {deploy: ./stack.sh, teardown: ./stack.sh}\n";
    fs::write(remote.path("catalogue/catalogue.yaml"), settings).unwrap();
    let mut count = 0;
    for (command, shown) in commands(&page) {
        let here = command
            .replace("/srv/recipes", "../catalogue")
            .replace("/var/lib/samever", "nights");
        let words = shlex::split(&here).unwrap();
        let words: Vec<_> = words.iter().map(String::as_str).collect();
        match &words[..] {
            // The clone of the page is one of a remote of ours.
            ["git", "clone", ..] => {
                let target = remote.path("here/custom-html");
                let url = remote.fixture.directory.to_str().unwrap();
                let args = ["clone", "--quiet", url, target.to_str().unwrap()];
                remote.fixture.git(&args);
            }
            ["samever", ..] if words.contains(&"--require-swarm") || words.contains(&"swarm") => {}
            ["samever", args @ ..] => {
                let mut run = remote.samever(args);
                run.current_dir(remote.path("here"));
                let run = Run::of(run.env("TMPDIR", remote.path("here/tmp")));
                assert_eq!(run.code, 0, "{command}: {}{}", run.stdout, run.stderr);
                let said: Vec<_> = run.stdout.lines().take(shown.len()).collect();
                assert_eq!(said, shown, "{command}");
                count += 1;
            }
            _ => panic!("{command} is no command of samever"),
        }
    }
    assert_eq!(count, 10);
}
