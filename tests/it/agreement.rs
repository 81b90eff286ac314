//! Plan, report, record and stack name one version each, whatever the objects
//! and tags of a stranger's repository are made to say.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use samever::simulate::{RepositoryBuilder, TagKind};
use samever_core::{CommitId, Version};
use serde_json::Value;

use crate::support::lab::Lab;
use crate::support::repositories::{Fixture, git_is_missing, says, steady};

const KEEPS: &str = r#"case "$SAMEVER_STEP" in
deploy) cp "$SAMEVER_TREE/compose.yml" "$OUT/$SAMEVER_STAGE"; printf %s "$SAMEVER_VERSION" > "$SAMEVER_DEPLOYED_VERSION" ;;
esac"#;

/// What a run says, and what its program found in the folders that it was given.
struct Told {
    code: i32,
    outcome: Value,
    stack: BTreeMap<&'static str, String>,
    record: Option<String>,
}

impl Told {
    /// Runs the tier once on an enrolled recipe whose last-green version is this.
    #[track_caller]
    fn of(lab: &Lab, last_green: Option<&str>) -> Self {
        let state = lab.path("state");
        let _ = std::fs::remove_dir_all(&state);
        crate::support::folder::state_of(&state);
        if let Some(version) = last_green {
            let args = [
                "canonical",
                "set",
                "custom-html",
                version,
                "--force",
                "--reason",
                "x",
                "--state",
            ];
            let mut set = lab.samever(&args);
            assert!(set.arg(&state).output().unwrap().status.success());
        }
        for stage in ["base", "head"] {
            let _ = std::fs::remove_file(lab.path(stage));
        }
        let program = lab.program("keeps", KEEPS);
        let args = [
            "--state",
            "state",
            "--enrolled",
            "--deploy",
            &program,
            "--format",
            "json",
        ];
        let run = crate::support::folder::Run::of(lab.command(&args).env("OUT", lab.root()));
        let (code, outcome) = match serde_json::from_str(&run.stdout) {
            Ok(outcome) => (run.code, outcome),
            Err(_) => (run.code, Value::String(run.stderr)),
        };
        let record: Value =
            serde_json::from_str(&lab.read("state/canonical/custom-html.json")).unwrap_or_default();
        Self {
            code,
            outcome,
            stack: ["base", "head"]
                .map(|stage| (stage, label(&lab.read(stage))))
                .into(),
            record: record["version"].as_str().map(str::to_owned),
        }
    }

    fn text(&self, pointer: &str) -> &str {
        self.outcome
            .pointer(pointer)
            .and_then(Value::as_str)
            .unwrap_or_default()
    }

    /// A green run names one version for each side, wherever it names one.
    #[track_caller]
    fn agrees(&self) {
        let shown = &self.outcome;
        let (head, base) = (self.text("/head/version"), self.text("/plan/version"));
        assert_eq!(head, self.stack["head"], "{shown}");
        assert_eq!(
            head,
            self.text("/evidence/head/deployed/version"),
            "{shown}"
        );
        if self.outcome["promotion"]["promoted"] == true {
            assert_eq!(Some(head), self.record.as_deref(), "{shown}");
        }
        if self.text("/plan/kind") == "version" {
            assert_eq!(base, self.stack["base"], "{shown}");
            assert_eq!(
                base,
                self.text("/evidence/base/deployed/version"),
                "{shown}"
            );
            let version = |text: &str| Version::parse(text).unwrap();
            assert!(version(base).is_older_than(&version(head)), "{shown}");
            assert_ne!(
                self.outcome["evidence"]["base"]["commit"],
                shown["head"]["commit"]
            );
        }
    }
}

/// The label in the text of a compose file of the fixture.
fn label(compose: &str) -> String {
    let label = compose.split("version=").nth(1).unwrap_or_default();
    label.split('"').next().unwrap_or_default().to_owned()
}

/// Has git show another object in the place of one.
fn replace(fixture: &Fixture, object: &str, other: &str) {
    fixture.git(&["replace", "--force", object, other]);
}

/// The head, 1.2.0+1, with its `compose.yml` replaced by one that says 1.3.0+1.
fn head_with_a_replaced_file() -> Fixture {
    let (mut fixture, releases) = steady();
    let other = fixture
        .builder
        .release(Some(releases[2]), "1.3.0+1")
        .unwrap();
    // Objects are on the disk once a reference leads to them.
    fixture
        .builder
        .reference("refs/heads/other", other)
        .unwrap();
    replace(
        &fixture,
        "main:compose.yml",
        &format!("{other}:compose.yml"),
    );
    fixture
}

#[test]
fn a_replaced_file_is_not_what_is_tested_or_recorded() {
    if git_is_missing() {
        return;
    }
    let fixture = head_with_a_replaced_file();
    says(
        &fixture.git(&["show", "main:compose.yml"]),
        &["version=1.3.0+1"],
    );
    let plan = fixture.plan(&["--canonical-version", "1.1.0+1"]);
    assert_eq!(plan["head"]["version"], "1.2.0+1");
    let told = Told::of(&Lab::on(fixture), Some("1.1.0+1"));
    assert_eq!((told.code, told.record.as_deref()), (0, Some("1.2.0+1")));
    told.agrees();
}

#[test]
fn a_replaced_head_that_is_deployed_alone_is_tested_as_it_is() {
    if git_is_missing() {
        return;
    }
    let told = Told::of(&Lab::on(head_with_a_replaced_file()), None);
    assert_eq!((told.code, told.text("/verdict")), (0, "skipped"));
    assert_eq!(told.record.as_deref(), Some("1.2.0+1"));
    told.agrees();
}

#[test]
fn replaced_commits_trees_and_tags_are_read_as_they_are_too() {
    if git_is_missing() {
        return;
    }
    let kinds = [
        ("main", "1.0.0+1"),
        ("main^{tree}", "1.0.0+1^{tree}"),
        ("1.1.0+1", "1.0.0+1"),
    ];
    for (object, other) in kinds {
        let (fixture, _) = steady();
        let id = |revision: &str| fixture.git(&["rev-parse", revision]).trim().to_owned();
        let (object, other) = (id(object), id(&format!("{other}^{{}}")));
        // The name of a reference is all that git looks at; a tag may stand for a commit.
        fixture.git(&["update-ref", &format!("refs/replace/{object}"), &other]);
        let told = Told::of(&Lab::on(fixture), Some("1.2.0+1"));
        assert_eq!(
            (told.code, told.text("/plan/version")),
            (0, "1.1.0+1"),
            "{object}"
        );
        told.agrees();
    }
}

#[test]
fn replacements_and_grafts_are_told_and_not_followed() {
    if git_is_missing() {
        return;
    }
    let fixture = head_with_a_replaced_file();
    let grafts = fixture.directory.join(".git/info/grafts");
    std::fs::create_dir_all(grafts.parent().unwrap()).unwrap();
    std::fs::write(grafts, fixture.git(&["rev-parse", "main"])).unwrap();
    let replaced = "1 replacement in refs/replace is not followed: objects are read as they are";
    let grafted = "the grafts in info/grafts are not followed: objects are read as they are";
    let plan = fixture.plan(&["--canonical-version", "1.1.0+1"]);
    assert_eq!(plan["notes"], serde_json::json!([replaced, grafted]));
    let run = fixture.resolve(&["--canonical-version", "1.1.0+1"]);
    says(
        &run.stdout,
        &[
            &format!("  note  {replaced}\n"),
            &format!("  note  {grafted}\n"),
        ],
    );
    let lab = Lab::on(fixture);
    let run = lab.upgrade(&["--canonical-version", "1.1.0+1"]);
    says(&run.stdout, &[&format!("  note       {replaced}\n")]);
    let (_, outcome) = lab.outcome(&["--canonical-version", "1.1.0+1"]);
    assert_eq!(outcome["notes"][0], replaced);
    assert_eq!(
        steady().0.plan(&["--canonical-version", "1.1.0+1"])["notes"],
        Value::Null
    );
}

/// Three releases, and a tag of another version on one of their commits.
fn with_a_tag(tag: &str, on: usize) -> Fixture {
    let (mut fixture, releases) = steady();
    fixture
        .builder
        .tag(tag, releases[on], TagKind::Annotated)
        .unwrap();
    fixture
}

#[test]
fn a_tag_on_the_heads_own_commit_is_no_base() {
    let fixture = with_a_tag("1.2.0-rc.1+1", 2);
    let plan = fixture.plan(&["--canonical-version", "1.2.0+1"]);
    assert_eq!(plan["plan"]["version"], "1.1.0+1");
    let passed = "passed over: 1.2.0-rc.1+1 (its tag leads to the head's own commit)";
    says(plan["reason"].as_str().unwrap(), &[passed]);
    let told = Told::of(&Lab::on(fixture), Some("1.2.0+1"));
    assert_eq!((told.code, told.text("/verdict")), (0, "green"));
    told.agrees();
}

#[test]
fn a_last_green_version_that_cannot_be_pinned_is_said_as_that() {
    let fixture = with_a_tag("1.1.5+1", 0);
    let plan = fixture.plan(&["--canonical-version", "1.1.5+1"]);
    assert_eq!(plan["plan"]["version"], "1.1.0+1");
    let reason =
        "1.1.5+1 cannot be the base, since its tag's tree says 1.0.0+1, so the base steps back";
    says(plan["reason"].as_str().unwrap(), &[reason]);
    let told = Told::of(&Lab::on(fixture), Some("1.1.5+1"));
    assert_eq!((told.code, told.text("/verdict")), (0, "green"));
    told.agrees();
}

#[test]
fn a_base_given_by_hand_that_cannot_be_pinned_is_told_and_never_deployed() {
    let fixture = with_a_tag("1.1.5+1", 0);
    let plan = fixture.plan(&["--override", "1.1.5+1"]);
    assert_eq!(plan["plan"]["version"], "1.1.5+1");
    let reason = "is given by hand; no rule would take it: its tag's tree says 1.0.0+1";
    says(plan["reason"].as_str().unwrap(), &[reason]);
    let run = Lab::on(fixture).upgrade(&["--override", "1.1.5+1"]);
    assert_eq!(run.code, 3);
    says(
        &run.stderr,
        &["1.1.5+1 cannot be pinned: its tree says 1.0.0+1"],
    );
}

#[test]
fn an_unreadable_head_whose_last_green_tag_cannot_be_pinned_has_no_answer() {
    let (mut fixture, releases) = steady();
    let files = [("README.md", &b"no compose file"[..])];
    let head = fixture.builder.commit(Some(releases[2]), &files).unwrap();
    fixture.builder.reference("refs/heads/main", head).unwrap();
    fixture
        .builder
        .tag("1.3.0+1", releases[0], TagKind::Lightweight)
        .unwrap();
    let refusal = fixture.refusal(&["--canonical-version", "1.3.0+1"]);
    let why =
        "the canonical 1.3.0+1 cannot be the base: its tag's tree says 1.0.0+1: nothing is left";
    says(&refusal, &[why]);
}

#[test]
fn a_last_green_tag_that_is_missing_here_is_told_with_how_to_fetch_it() {
    let (mut fixture, _) = steady();
    fixture.builder.delete_tag("1.2.0+1").unwrap();
    let plan = |version| fixture.plan(&["--canonical-version", version]);
    let missing = "(its tag is missing in this clone; `git fetch --tags` brings it";
    for version in ["1.2.0+1", "1.3.0+1"] {
        let plan = plan(version);
        assert_eq!(plan["plan"]["version"], "1.1.0+1", "it decides as it did");
        says(plan["reason"].as_str().unwrap(), &[missing]);
    }
    assert!(
        !plan("1.1.0+1")["reason"]
            .as_str()
            .unwrap()
            .contains("missing")
    );
}

/// One thing that is done to a repository of releases.
#[derive(Clone, Debug)]
enum Odd {
    /// A tag of this number is moved to, or made on, the commit of that one.
    Tag(usize, usize),
    /// git shows the commit of the second in the place of that of the first.
    Replace(usize, usize),
    /// A release is committed again with the label of another.
    Relabel(usize, usize),
}

const VERSIONS: [&str; 6] = [
    "1.0.0+v9",
    "1.0.0+v10",
    "1.1.0-rc.1+1",
    "1.1.0+1",
    "1.1.1",
    "1.2.0+1",
];

fn odd() -> impl Strategy<Value = Odd> {
    let two = || (0..VERSIONS.len(), 0..VERSIONS.len());
    prop_oneof![
        two().prop_map(|(a, b)| Odd::Tag(a, b)),
        two().prop_map(|(a, b)| Odd::Replace(a, b)),
        two().prop_map(|(a, b)| Odd::Relabel(a, b)),
    ]
}

fn make_odd(builder: &mut RepositoryBuilder, commits: &[CommitId], odd: &Odd) {
    match *odd {
        Odd::Tag(tag, on) => {
            builder
                .tag(VERSIONS[tag], commits[on], TagKind::Annotated)
                .unwrap();
        }
        Odd::Replace(one, other) => {
            let name = format!("refs/replace/{}", commits[one]);
            builder.reference(&name, commits[other]).unwrap();
        }
        Odd::Relabel(tag, label) => {
            let commit = builder.release(Some(commits[5]), VERSIONS[label]).unwrap();
            builder
                .tag(VERSIONS[tag], commit, TagKind::Lightweight)
                .unwrap();
        }
    }
}

#[test]
fn plan_report_record_and_stack_of_odd_repositories_agree() {
    let mut runner = TestRunner::new(Config {
        failure_persistence: None,
        ..Config::with_cases(96)
    });
    let cases = (
        prop::collection::vec(odd(), 0..8),
        3..VERSIONS.len(),
        prop::option::weighted(0.9, 0..VERSIONS.len()),
    );
    let seen = std::cell::RefCell::new(BTreeMap::<String, usize>::new());
    let run = runner.run(&cases, |(odds, head, last_green)| {
        let mut fixture = Fixture::new();
        let commits = fixture.releases(&VERSIONS);
        fixture
            .builder
            .reference("refs/heads/main", commits[head])
            .unwrap();
        for odd in &odds {
            make_odd(&mut fixture.builder, &commits, odd);
        }
        let told = Told::of(&Lab::on(fixture), last_green.map(|at| VERSIONS[at]));
        prop_assert_eq!(told.code, 0, "{}", told.outcome);
        told.agrees();
        *seen
            .borrow_mut()
            .entry(told.text("/plan/kind").to_owned())
            .or_default() += 1;
        let passed = told.text("/reason").contains("passed over").to_string();
        *seen.borrow_mut().entry(passed).or_default() += 1;
        Ok(())
    });
    run.unwrap();
    let seen = seen.into_inner();
    assert!(
        ["version", "skip", "true", "false"]
            .iter()
            .all(|kind| seen[*kind] > 2),
        "{seen:?}"
    );
}
