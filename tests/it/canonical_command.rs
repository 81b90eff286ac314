//! `samever canonical`: for operators who look at the records and change them.

use std::fs;

use crate::support::repositories::{Run, samever, says, steady};
use serde_json::Value;
use tempfile::TempDir;

struct State(TempDir);

impl State {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        crate::support::folder::state_of(folder.path());
        Self(folder)
    }

    fn run(&self, args: &[&str]) -> Run {
        let mut all = vec!["canonical"];
        all.extend(args);
        all.extend(["--state", self.0.path().to_str().unwrap()]);
        samever(&all, None)
    }

    #[track_caller]
    fn fine(&self, args: &[&str]) -> String {
        let run = self.run(args);
        assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{args:?}");
        run.stdout
    }
}

const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

/// Dates differ from day to day.
fn without_dates(text: &str) -> String {
    let is_date = |word: &str| word.starts_with("20") && word.ends_with('Z');
    let words = text.split(' ');
    let words = words.map(|word| if is_date(word) { "DATE" } else { word });
    words.collect::<Vec<_>>().join(" ")
}

#[test]
fn an_operator_lists_shows_sets_and_drops_records_with_a_reason() {
    let state = State::new();
    let set = [
        "set",
        "custom-html",
        "v1.1.0+1",
        "--force",
        "--commit",
        COMMIT,
        "--reason",
        "re-seeded",
    ];
    assert_eq!(state.fine(&set), "custom-html: 1.1.0+1 (it was nothing)\n");
    let set = [
        "set",
        "custom-html",
        "1.0.0+1",
        "--force",
        "--reason",
        "1.1.0 was never green",
    ];
    assert_eq!(state.fine(&set), "custom-html: 1.0.0+1 (it was 1.1.0+1)\n");
    state.fine(&["set", "bonfire", "2.0.1+1.0.6", "--force", "--reason", "x"]);
    assert_eq!(
        state.fine(&["list"]),
        "bonfire: 2.0.1+1.0.6, commit unknown\ncustom-html: 1.0.0+1, commit unknown\n"
    );
    let shown = state.fine(&["show", "custom-html"]);
    assert_eq!(
        without_dates(&shown),
        "custom-html: 1.0.0+1, commit unknown\n  \
         DATE  set      none -> 1.1.0+1  re-seeded (samever canonical)\n  \
         DATE  set      1.1.0+1 -> 1.0.0+1  1.1.0 was never green (samever canonical)\n"
    );
    let json: Value =
        serde_json::from_str(&state.fine(&["show", "custom-html", "--format", "json"])).unwrap();
    assert_eq!(json["schema"], "samever/canonical/1");
    let history = json["canonicals"][0]["history"].as_array().unwrap();
    assert_eq!(history[1]["from"]["commit"], COMMIT);
    assert_eq!(history[1]["why"], "1.1.0 was never green");

    state.fine(&["drop", "custom-html", "--reason", "start over"]);
    let run = state.run(&["show", "custom-html"]);
    assert_eq!((run.code, run.stdout.as_str()), (3, ""));
    says(&run.stderr, &["custom-html has no canonical in"]);
    let run = state.run(&["drop", "custom-html", "--reason", "twice"]);
    assert_eq!(run.code, 3);
    let history = fs::read_to_string(state.0.path().join("history/custom-html.jsonl")).unwrap();
    assert_eq!(
        history.lines().count(),
        3,
        "the history outlives its record"
    );
    says(&history, &["\"change\":\"drop\"", "\"why\":\"start over\""]);
}

#[test]
fn a_record_that_is_set_is_one_that_resolve_reads() {
    let state = State::new();
    state.fine(&[
        "set",
        "custom-html",
        "1.13.0+1.31.1",
        "--force",
        "--commit",
        COMMIT,
        "--reason",
        "x",
    ]);
    let record = state.0.path().join("canonical/custom-html.json");
    let (fixture, _) = steady();
    let plan = fixture.plan(&["--canonical", record.to_str().unwrap()]);
    assert_eq!(plan["canonical"]["commit"], COMMIT);
}

#[test]
fn damaged_records_are_told_beside_the_others_and_can_be_set_right() {
    let state = State::new();
    for recipe in ["a", "b"] {
        state.fine(&["set", recipe, "1.0.0+1", "--force", "--reason", "x"]);
    }
    let path = state.0.path().join("canonical/a.json");
    fs::write(&path, "half a rec\u{1b}[31m").unwrap();
    let run = state.run(&["list"]);
    assert_eq!(
        (run.code, run.stdout.as_str()),
        (3, "b: 1.0.0+1, commit unknown\n")
    );
    says(
        &run.stderr,
        &["canonical/a.json", "samever canonical set a VERSION"],
    );
    assert_eq!(state.run(&["show", "a"]).code, 3);
    state.fine(&["set", "a", "1.0.0+1", "--force", "--reason", "mended"]);
    let shown = state.fine(&["show", "a"]);
    says(&shown, &["set      none -> 1.0.0+1  mended"]);
    let history = fs::read_to_string(state.0.path().join("history/a.jsonl")).unwrap();
    says(&history, &["\"damaged\":\"half a rec\\u001b[31m\""]);
}

#[test]
fn nonsense_is_a_usage_error_and_a_missing_folder_is_no_empty_store() {
    let state = State::new();
    for (args, part) in [
        (
            &["set", "../a", "1.0.0", "--reason", "x"][..],
            "is no name of a recipe",
        ),
        (&["set", "a", "latest", "--reason", "x"], "latest"),
        (&["set", "a", "1.0.0"], "--reason <WHY>"),
        (
            &["set", "a", "1.0.0", "--reason", " "],
            "a reason is needed",
        ),
        (
            &["set", "a", "1.0.0", "--reason", &"x".repeat(1001)],
            "at most 1000",
        ),
        (
            &[
                "set", "a", "1.0.0", "--reason", "x", "--repo", ".", "--force",
            ],
            "cannot be used with",
        ),
        (
            &["set", "a", "1.0.0", "--commit", "HEAD", "--reason", "x"],
            "HEAD",
        ),
        (&["drop", "a"], "--reason <WHY>"),
    ] {
        let run = state.run(args);
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{args:?}");
        says(&run.stderr, &[part]);
    }
    let held = fs::read_dir(state.0.path()).unwrap();
    assert_eq!(held.count(), 1, "the marker alone");
    let nowhere = state.0.path().join("nowhere");
    let run = samever(
        &["canonical", "list", "--state", nowhere.to_str().unwrap()],
        None,
    );
    assert_eq!(run.code, 3);
    says(&run.stderr, &["nowhere is not there", "--init-state"]);
}

#[test]
fn an_unpublished_version_and_an_unknown_recipe_are_set_by_force_alone() {
    let state = State::new();
    let (fixture, _) = steady();
    let repo = fixture.directory.to_str().unwrap();
    let refused = |args: &[&str], parts: &[&str]| {
        let run = state.run(&[&["set"], args, &["--reason", "x"]].concat());
        assert_eq!((run.code, run.stdout.as_str()), (3, ""), "{args:?}");
        says(&run.stderr, parts);
    };
    let unknown = "custom-html has no record and no history in";
    let ways = ["custom-html with --repo DIR", "with --force"];
    refused(
        &["custom-html", "1.1.0+1"],
        &[&[unknown], &ways[..]].concat(),
    );
    refused(
        &["custom-html", "1.1.5+1", "--repo", repo],
        &[
            "publishes 1.1.5+1 of custom-html",
            "the nearest published versions are 1.1.0+1 and 1.2.0+1",
            "--force instead of --repo",
        ],
    );
    refused(
        &["custom-html", "9.0.0", "--repo", repo],
        &["the nearest published version is 1.2.0+1"],
    );
    refused(
        &["custom", "1.1.0+1", "--repo", repo],
        &["is the repository of custom-html, not of custom;"],
    );
    refused(
        &[
            "custom-html",
            "1.1.0+1",
            "--repo",
            state.0.path().to_str().unwrap(),
        ],
        &["is not a git repository"],
    );
    let left: Vec<_> = fs::read_dir(state.0.path()).unwrap().collect();
    assert_eq!(left.len(), 1, "the marker alone: {left:?}");
    let set = |args: &[&str]| state.fine(&[&["set"], args, &["--reason", "x"]].concat());
    set(&["custom-html", "1.1.0+1", "--repo", repo]);
    set(&["custom-htm", "1.1.5+1", "--force"]);
    // A recipe that is known may have a mistyped version.
    let untold = "nothing here tells whether 1.2.0+1 of custom-html is published";
    refused(
        &["custom-html", "1.2.0+1"],
        &[&[untold], &ways[..]].concat(),
    );
    state.fine(&["drop", "custom-html", "--reason", "x"]);
    refused(&["custom-html", "1.2.0+1"], &[untold]);
    assert_eq!(
        state.fine(&["list"]),
        "custom-htm: 1.1.5+1, commit unknown\n"
    );
}

#[test]
fn the_command_that_mends_a_damaged_record_works_as_it_is_told() {
    let state = State::new();
    let (fixture, _) = steady();
    let repo = fixture.directory.to_str().unwrap();
    fs::create_dir(state.0.path().join("canonical")).unwrap();
    fs::write(state.0.path().join("canonical/custom-html.json"), "{").unwrap();
    let told = state.run(&["show", "custom-html"]).stderr;
    let (_, told) = told.split_once("`samever ").unwrap();
    let (told, _) = told.split_once('`').unwrap();
    let words = shlex::split(told).unwrap();
    let words: Vec<_> = words
        .iter()
        .map(|word| match word.as_str() {
            "VERSION" => "1.1.0+1",
            "DIR" => repo,
            "WHY" => "it was cut off",
            word => word,
        })
        .collect();
    let run = samever(&words, None);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    assert_eq!(run.stdout, "custom-html: 1.1.0+1 (it was nothing)\n");
}
