//! What real recipes look like and what a real CI server resolved for them, on
//! real repositories: every row of facts that concerns resolving.

use crate::support::repositories::{Fixture, samever};
use samever::recipe::Recipe;
use samever::simulate::TagKind;
use serde_json::{Value, json};

#[track_caller]
fn is_version(plan: &Value, version: &str, rung: &str, delta: &str) {
    assert_eq!(plan["plan"]["kind"], "version", "{plan}");
    assert_eq!(plan["plan"]["version"], version, "{plan}");
    assert_eq!(
        (&plan["rung"], &plan["delta"]),
        (&json!(rung), &json!(delta)),
        "{plan}"
    );
}

#[track_caller]
fn is_skip(plan: &Value, reason: &str) {
    assert_eq!(
        plan["plan"],
        json!({"kind": "skip", "reason": reason}),
        "{plan}"
    );
    assert_eq!(plan["delta"], Value::Null, "{plan}");
}

/// bonfire: annotated tags, main three commits past its newest tag, a branch
/// from before two releases, a head with no label.
fn bonfire() -> Fixture {
    let mut fixture = Fixture::named("bonfire", false);
    let versions = [
        "1.0.0+1.0.5-social-amd64",
        "2.0.0+1.0.5-social-amd64",
        "2.0.1+1.0.6-social-amd64",
    ];
    let releases = fixture.releases(&versions);
    let mut main = releases[2];
    for _ in 0..3 {
        main = fixture.builder.release(Some(main), versions[2]).unwrap();
    }
    fixture.builder.reference("refs/heads/main", main).unwrap();
    let docs = fixture
        .builder
        .release(Some(releases[0]), versions[0])
        .unwrap();
    fixture
        .builder
        .reference("refs/heads/more-doc", docs)
        .unwrap();
    let timeout = b"services:\n  app:\n    deploy:\n      labels:\n        \
        - \"coop-cloud.${STACK_NAME}.timeout=${TIMEOUT:-300}\"\n";
    let unlabelled = fixture
        .builder
        .commit(Some(main), &[("compose.yml", timeout)])
        .unwrap();
    fixture
        .builder
        .reference("refs/heads/recipe-release", unlabelled)
        .unwrap();
    fixture
}

#[test]
fn bonfire_main_steps_back_from_the_steady_state() {
    let args = [
        "--head",
        "main",
        "--canonical-version",
        "2.0.1+1.0.6-social-amd64",
    ];
    is_version(
        &bonfire().plan(&args),
        "2.0.0+1.0.5-social-amd64",
        "step-back",
        "forward",
    );
}

#[test]
fn bonfire_a_branch_older_than_the_canonical_skips() {
    let args = [
        "--head",
        "more-doc",
        "--canonical-version",
        "2.0.1+1.0.6-social-amd64",
    ];
    let plan = bonfire().plan(&args);
    is_skip(
        &plan,
        "canonical is newer than head and no older published predecessor",
    );
    assert_eq!(plan["rung"], "step-back");
}

#[test]
fn bonfire_a_head_without_a_label_leaves_the_canonical_in_place() {
    let args = [
        "--head",
        "recipe-release",
        "--canonical-version",
        "2.0.1+1.0.6-social-amd64",
    ];
    let plan = bonfire().plan(&args);
    is_version(&plan, "2.0.1+1.0.6-social-amd64", "canonical", "unknown");
    assert_eq!(plan["head"]["version"], Value::Null);
    assert!(
        plan["reason"]
            .as_str()
            .unwrap()
            .contains("compose.yml has no version label")
    );
}

fn custom_html() -> (Fixture, Vec<samever_core::CommitId>) {
    let mut fixture = Fixture::new();
    let releases = fixture.releases(&["1.10.0+1.28.0", "1.11.0+1.29.0", "1.13.0+1.31.1"]);
    (fixture, releases)
}

#[test]
fn custom_html_first_night_skips_with_no_predecessor() {
    let plan = custom_html().0.plan(&[]);
    is_skip(&plan, "head == main tip (no predecessor delta)");
    assert_eq!(plan["rung"], "main-tip");
    assert_eq!(plan["head"]["version"], "1.13.0+1.31.1");
}

#[test]
fn custom_html_second_night_steps_back_to_the_older_release_and_its_commit() {
    let (fixture, releases) = custom_html();
    let record = format!(
        r#"{{"recipe": "custom-html", "version": "1.13.0+1.31.1", "commit": "{}",
            "status": "green", "ts": "2025-01-04T02:00:00Z"}}"#,
        releases[2]
    );
    let file = fixture.file("canonical.json", record);
    let plan = fixture.plan(&["--canonical", &file]);
    is_version(&plan, "1.11.0+1.29.0", "step-back", "forward");
    assert_eq!(plan["plan"]["commit"], releases[1].to_string());
    assert_eq!(plan["canonical"]["commit"], releases[2].to_string());
}

#[test]
fn custom_html_third_night_upgrades_from_the_reseeded_canonical() {
    let plan = custom_html()
        .0
        .plan(&["--canonical-version", "1.11.0+1.29.0"]);
    is_version(&plan, "1.11.0+1.29.0", "canonical", "forward");
}

#[test]
fn custom_html_a_pull_request_with_the_canonical_version_steps_back() {
    let (mut fixture, releases) = custom_html();
    let request = fixture
        .builder
        .release(Some(releases[2]), "1.13.0+1.31.1")
        .unwrap();
    fixture
        .builder
        .reference("refs/pull/7/head", request)
        .unwrap();
    let args = [
        "--head",
        "refs/pull/7/head",
        "--canonical-version",
        "1.13.0+1.31.1",
    ];
    is_version(
        &fixture.plan(&args),
        "1.11.0+1.29.0",
        "step-back",
        "forward",
    );
}

fn discourse() -> (Fixture, samever_core::CommitId) {
    let mut fixture = Fixture::named("discourse", false);
    let releases = fixture.releases(&["0.7.0+3.3.1", "0.8.1+3.5.0"]);
    let request = fixture
        .builder
        .release(Some(releases[1]), "1.0.0+3.5.3")
        .unwrap();
    fixture
        .builder
        .reference("refs/pull/4/head", request)
        .unwrap();
    (fixture, releases[1])
}

#[test]
fn discourse_a_version_bump_without_a_canonical_starts_from_the_main_tip() {
    let (fixture, main) = discourse();
    let plan = fixture.plan(&["--head", "refs/pull/4/head"]);
    assert_eq!(
        plan["plan"],
        json!({"kind": "ref", "commit": main.to_string()})
    );
    assert_eq!(
        (&plan["rung"], &plan["delta"]),
        (&json!("main-tip"), &json!("forward"))
    );
}

#[test]
fn discourse_a_version_bump_with_a_canonical_starts_from_it() {
    let args = [
        "--head",
        "refs/pull/4/head",
        "--canonical-version",
        "0.8.1+3.5.0",
    ];
    is_version(
        &discourse().0.plan(&args),
        "0.8.1+3.5.0",
        "canonical",
        "forward",
    );
}

#[test]
fn keycloak_steps_back_from_the_steady_state() {
    let mut fixture = Fixture::named("keycloak", true);
    fixture.releases(&["10.7.1+26.6.2", "10.8.0+26.6.3"]);
    let plan = fixture.plan(&["--canonical-version", "10.8.0+26.6.3"]);
    is_version(&plan, "10.7.1+26.6.2", "step-back", "forward");
}

#[test]
fn plausible_an_override_dodges_a_release_that_is_known_to_be_broken() {
    let mut fixture = Fixture::named("plausible", false);
    fixture.releases(&["3.0.0+v2.0.0", "3.0.1+v2.0.0", "3.1.0+v2.1.0"]);
    let repo = fixture.directory.to_str().unwrap();
    let args = [
        "resolve",
        "--repo",
        repo,
        "--canonical-version",
        "3.0.0+v2.0.0",
        "--format",
        "json",
    ];
    let run = samever(&args, Some("3.0.1+v2.0.0"));
    let plan = serde_json::from_str(&run.stdout).unwrap();
    is_version(&plan, "3.0.1+v2.0.0", "override", "forward");
}

#[test]
fn nextcloud_creation_order_is_not_version_order() {
    let mut fixture = Fixture::named("nextcloud", false);
    let releases = fixture.releases(&["5.0.2+27.0.1-fpm", "6.0.1+28.0.2-fpm", "5.0.3+27.0.1-fpm"]);
    fixture
        .builder
        .reference("refs/heads/main", releases[1])
        .unwrap();
    let plan = fixture.plan(&["--canonical-version", "6.0.1+28.0.2-fpm"]);
    is_version(&plan, "5.0.3+27.0.1-fpm", "step-back", "forward");
}

#[test]
fn foodsharing_cms_tags_without_an_app_version_are_the_labelled_versions() {
    let mut fixture = Fixture::named("foodsharing-cms", false);
    let mut tip = None;
    for patch in 0..4 {
        let commit = fixture
            .builder
            .release(tip, &format!("1.0.{patch}+1.0.{patch}"))
            .unwrap();
        fixture
            .builder
            .tag(&format!("v1.0.{patch}"), commit, TagKind::Lightweight)
            .unwrap();
        tip = Some(commit);
    }
    fixture
        .builder
        .reference("refs/heads/main", tip.unwrap())
        .unwrap();
    let plan = fixture.plan(&["--canonical-version", "1.0.3+1.0.3"]);
    is_version(&plan, "1.0.2", "step-back", "forward");
    assert_eq!(plan["plan"]["tag"], "v1.0.2");
    assert_eq!(plan["history"]["published"], 4);

    let plan = fixture.plan(&["--canonical-version", "1.0.2+1.0.2"]);
    is_version(&plan, "1.0.2", "canonical", "forward");
}

/// The labels as they stand in real files, and what comes of them.
fn labels_seen() -> Vec<(String, &'static str)> {
    let service = |name: &str, label: &str| {
        format!("services:\n  {name}:\n    deploy:\n      labels:\n        - \"{label}\"\n")
    };
    vec![
        (
            service(
                "app",
                "coop-cloud.${STACK_NAME}.version=2.0.1+1.0.6-social-amd64",
            ),
            "2.0.1+1.0.6-social-amd64",
        ),
        (
            service("app", "coop-cloud.${STACK_NAME}.version="),
            "the version label is empty",
        ),
        (
            service(
                "web",
                "coop-cloud.${STACK_NAME}.version=${COOP_CLOUD_VERSION:-latest}",
            ),
            "the version label ${COOP_CLOUD_VERSION:-latest} has a variable in it",
        ),
        (
            service(
                "app",
                "coop-cloud.${STACK_NAME}.app.version=v2.4.8-d7d63b0d",
            ),
            "compose.yml has no version label",
        ),
        (
            "services:\n  db:\n    labels:\n      - coop-cloud.${STACK_NAME}.version=0.1.0+4.3.1\n"
                .to_owned(),
            "the version label of compose.yml stands under services.db.labels; it belongs under \
             services.db.deploy.labels",
        ),
        (
            service("db", "coop-cloud.${STACK_NAME}.version=0.1.0+4.3.1"),
            "0.1.0+4.3.1",
        ),
        (
            service("app", "coop-cloud.${STACK_NAME}.version=0.0.1"),
            "0.0.1",
        ),
        (
            service("app", "coop-cloud.${STACK_NAME}.timeout=${TIMEOUT:-300}"),
            "compose.yml has no version label",
        ),
        (
            service("app", "coop-cloud..version=1.0.0"),
            "compose.yml has no version label",
        ),
        (
            service("app", "coop-cloud.x.version=$VERSION"),
            "the version label $VERSION is no version",
        ),
        (
            "services:\n{{ if .Values.app }}\n  app: {}\n{{ end }}\n".to_owned(),
            "compose.yml is not readable YAML",
        ),
    ]
}

#[test]
fn labels_as_they_stand_in_real_files_are_read_or_refused_with_a_reason() {
    let mut fixture = Fixture::new();
    let mut tip = None;
    for (compose, expected) in &labels_seen() {
        let commit = fixture
            .builder
            .commit(tip, &[("compose.yml", compose.as_bytes())])
            .unwrap();
        fixture
            .builder
            .reference("refs/heads/main", commit)
            .unwrap();
        tip = Some(commit);
        let recipe = Recipe::open(&fixture.directory).unwrap();
        let version = recipe.version(commit).unwrap();
        let got = version.map_or_else(|why| why.to_string(), |version| version.to_string());
        assert!(
            got.starts_with(expected),
            "{compose}\nsays {got}, not {expected}"
        );
    }
    let deleted = fixture
        .builder
        .commit(tip, &[("README.md", b"gone")])
        .unwrap();
    fixture
        .builder
        .reference("refs/heads/main", deleted)
        .unwrap();
    let recipe = Recipe::open(&fixture.directory).unwrap();
    assert_eq!(
        recipe.version(deleted).unwrap().unwrap_err().to_string(),
        "there is no compose.yml"
    );
}
