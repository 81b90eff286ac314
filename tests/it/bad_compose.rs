//! A `compose.yml` that cannot be read, or must be read with care: the reason,
//! the right exit code, no panic.

use std::fmt::Write;

use crate::support::repositories::{git_is_missing, says, steady};
use serde_json::Value;

/// A repository whose head has these files, and the reason why its version is
/// unreadable; such a head leaves the canonical in place.
#[track_caller]
fn unreadable(compose: &[u8]) -> String {
    let (mut fixture, releases) = steady();
    let head = fixture
        .builder
        .commit(Some(releases[2]), &[("compose.yml", compose)])
        .unwrap();
    fixture.builder.reference("refs/heads/main", head).unwrap();
    let plan = fixture.plan(&["--canonical-version", "1.1.0+1"]);
    assert_eq!(plan["delta"], "unknown", "{plan}");
    assert_eq!(plan["head"]["version"], Value::Null);
    let run = fixture.resolve(&["--canonical-version", "1.1.0+1", "--require-delta"]);
    assert_eq!(run.code, 1);
    plan["reason"].as_str().unwrap().to_owned()
}

#[test]
fn a_compose_file_that_is_too_large_too_deep_or_not_yaml() {
    says(
        &unreadable(&vec![b'#'; 1024 * 1024 + 1]),
        &["has 1048577 bytes, more than 1 MiB"],
    );
    says(&unreadable(b"services: \xff"), &["not UTF-8 at byte 10"]);
    let deep = "[".repeat(10_000);
    says(&unreadable(deep.as_bytes()), &["not readable YAML"]);
    let mut deep = String::new();
    for level in 0..1_000 {
        deep.extend([" ".repeat(level), "a:\n".to_owned()]);
    }
    says(&unreadable(deep.as_bytes()), &["not readable YAML"]);
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..12 {
        let aliases = vec![format!("*a{}", level - 1); 10].join(", ");
        writeln!(bomb, "a{level}: &a{level} [{aliases}]").unwrap();
    }
    says(&unreadable(bomb.as_bytes()), &["not readable YAML"]);
    let twice = "services:\n  app: {}\nservices:\n  app: {}\n";
    says(
        &unreadable(twice.as_bytes()),
        &["not readable YAML", "is there twice"],
    );
    says(&unreadable(b"services: *nobody\n"), &["not readable YAML"]);
    says(&unreadable(b""), &["no version label"]);
    says(&unreadable(b"just text"), &["no version label"]);
    says(&unreadable(b"services: [a, b]\n"), &["no version label"]);
    says(&unreadable(b"services:\n  app:\n"), &["no version label"]);
}

#[test]
fn a_label_that_is_a_number_or_holds_control_characters() {
    let labels = |value: &str| {
        format!(
            "services:\n  app:\n    deploy:\n      labels:\n        coop-cloud.x.version: {value}\n"
        )
    };
    says(&unreadable(labels("1.0").as_bytes()), &["not a text"]);
    says(&unreadable(labels("[1.0.0]").as_bytes()), &["not a text"]);
    says(
        &unreadable(labels("").as_bytes()),
        &["the version label is empty"],
    );
    says(
        &unreadable(labels("\"1.0\\e[31m\\n::error::x\"").as_bytes()),
        &["the version label 1.0\u{1b}[31m\n::error::x is no version"],
    );
}

#[test]
fn a_compose_file_that_is_a_symbolic_link_or_a_folder() {
    if git_is_missing() {
        return;
    }
    let (fixture, _) = steady();
    let compose = fixture.directory.join("compose.yml");
    std::os::unix::fs::symlink("/etc/passwd", &compose).unwrap();
    fixture.git(&["add", "compose.yml"]);
    fixture.git(&["commit", "--quiet", "-m", "link"]);
    let plan = fixture.plan(&["--canonical-version", "1.1.0+1"]);
    says(
        plan["reason"].as_str().unwrap(),
        &["compose.yml is a symbolic link"],
    );
    std::fs::remove_file(&compose).unwrap();
    std::fs::create_dir(&compose).unwrap();
    std::fs::write(compose.join("file"), "x").unwrap();
    fixture.git(&["add", "--all", "."]);
    fixture.git(&["commit", "--quiet", "-m", "folder"]);
    let plan = fixture.plan(&["--canonical-version", "1.1.0+1"]);
    says(
        plan["reason"].as_str().unwrap(),
        &["compose.yml is a folder"],
    );
}

/// The head's version under this `services`, or the refusal.
fn with_services(services: &str) -> Result<String, String> {
    with_compose(&format!("services:\n{services}"))
}

/// The head's version in this compose file, or the refusal.
fn with_compose(compose: &str) -> Result<String, String> {
    let (mut fixture, releases) = steady();
    let files: [(&str, &[u8]); 1] = [("compose.yml", compose.as_bytes())];
    let head = fixture.builder.commit(Some(releases[2]), &files).unwrap();
    fixture.builder.reference("refs/heads/main", head).unwrap();
    let run = fixture.resolve(&["--format", "json"]);
    if run.code != 0 {
        assert_eq!(run.code, 3, "{}", run.stderr);
        // What needs no version of the head is decided all the same.
        assert_eq!(fixture.resolve(&["--not-applicable", "x"]).code, 0);
        assert_eq!(fixture.resolve(&["--override", "1.0.0+1"]).code, 0);
        return Err(run.stderr);
    }
    let plan: Value = serde_json::from_str(&run.stdout).unwrap();
    Ok(plan["head"]["version"]
        .as_str()
        .unwrap_or("unreadable")
        .to_owned())
}

#[test]
fn anchors_and_merge_keys_are_followed() {
    let version = with_services(
        "  web:\n    deploy: &deploy\n      labels: &labels\n        coop-cloud.x.version: 1.5.0+1\n  \
         app:\n    deploy:\n      <<: *deploy\n  db:\n    deploy:\n      labels:\n        <<: *labels\n",
    );
    assert_eq!(version.unwrap(), "1.5.0+1");
    let merged_list = with_services(
        "  a: &a\n    deploy:\n      labels: ['coop-cloud.x.version=1.0.0']\n  app:\n    <<: [*a]\n    image: x\n",
    );
    assert_eq!(merged_list.unwrap(), "1.0.0");
}

#[test]
fn labels_that_contradict_each_other_are_an_error_that_names_them() {
    let refusal = with_services(
        "  db:\n    deploy:\n      labels: [coop-cloud.x.version=1.0.0]\n  web:\n    deploy:\n      \
         labels: {coop-cloud.x.version: 2.0.0}\n",
    );
    says(
        &refusal.unwrap_err(),
        &[
            "contradicts itself",
            "service db says 1.0.0, service web says 2.0.0",
        ],
    );
    let twice = with_services(
        "  app:\n    deploy:\n      labels: [coop-cloud.x.version=1.0.0, coop-cloud.x.version=2.0.0]\n",
    );
    says(
        &twice.unwrap_err(),
        &["service app says 1.0.0, service app says 2.0.0"],
    );
    let agreed = with_services(
        "  db:\n    deploy:\n      labels: [coop-cloud.x.version=1.0.0]\n  web:\n    deploy:\n      \
         labels: {coop-cloud.y.version: 1.0.0}\n",
    );
    assert_eq!(agreed.unwrap(), "1.0.0");
    let app_first = with_services(
        "  app:\n    deploy:\n      labels: [coop-cloud.x.version=1.0.0]\n  web:\n    deploy:\n      \
         labels: [coop-cloud.x.version=2.0.0]\n",
    );
    assert_eq!(app_first.unwrap(), "1.0.0");
}

/// A whole compose file whose app has these labels.
fn labelled(labels: &str) -> String {
    format!("services:\n  app:\n    deploy:\n      labels: {labels}\n")
}

#[test]
fn a_second_document_is_passed_over_as_docker_does() {
    let first = labelled("[coop-cloud.x.version=1.5.0+1]");
    let second = labelled("[coop-cloud.x.version=2.0.0]");
    for compose in [
        format!("{first}---\n"),
        format!("{first}---\n{second}"),
        format!("{first}...\n---\n[[[ no: yaml"),
        format!("\u{feff}---\n{first}---\n").replace('\n', "\r\n"),
        format!("%YAML 1.1\n---\n{first}"),
    ] {
        assert_eq!(with_compose(&compose).unwrap(), "1.5.0+1", "{compose}");
    }
    let behind_an_empty_one = format!("---\n---\n{first}");
    says(
        &unreadable(behind_an_empty_one.as_bytes()),
        &["compose.yml has no version label"],
    );
}

#[test]
fn a_tag_anywhere_leaves_the_label_readable() {
    let compose = labelled("[coop-cloud.x.version=1.5.0+1]");
    for value in [
        "!!timestamp 2001-01-01",
        "!!binary /w==",
        "!!set {a, b}",
        "!!str {a: b}",
        "!!python/object:os.system x",
        "!reset null",
        "[!!timestamp 2001-01-01, {!!timestamp 2001-01-01: x}]",
    ] {
        let compose = format!("x-released: {value}\n{compose}");
        assert_eq!(with_compose(&compose).unwrap(), "1.5.0+1", "{value}");
    }
    let tagged = labelled("{other: !!timestamp 2001-01-01, coop-cloud.x.version: !!str 1.5.0+1}");
    assert_eq!(with_compose(&tagged).unwrap(), "1.5.0+1");
    let date = labelled("{coop-cloud.x.version: !!timestamp 2001-01-01}");
    says(&unreadable(date.as_bytes()), &["label is not a text"]);
}

#[test]
fn a_label_in_the_wrong_place_is_told_with_the_right_one() {
    for (compose, place, home) in [
        (
            "services: {app: {labels: [coop-cloud.x.version=1.5.0]}}",
            "services.app.labels",
            "services.app.deploy.labels",
        ),
        (
            "services: {web: {labels: {coop-cloud.x.version: 1.5.0}}}",
            "services.web.labels",
            "services.web.deploy.labels",
        ),
        (
            "services: {web: {deploy: {coop-cloud.x.version: 1.5.0}}}",
            "services.web.deploy",
            "services.web.deploy.labels",
        ),
        (
            "services: {web: {build: {labels: [{coop-cloud.x.version: 1.5.0}]}}}",
            "services.web.build.labels",
            "services.web.deploy.labels",
        ),
        (
            "services: {app: {environment: ['coop-cloud.${S:-a.b}.version=1.5.0']}}",
            "services.app.environment",
            "services.app.deploy.labels",
        ),
        (
            "{services: {app: }, deploy: {labels: [coop-cloud.x.version=1.5.0]}}",
            "deploy.labels",
            "services.app.deploy.labels",
        ),
        (
            "{services: {app: }, x-labels: [coop-cloud.x.version=1.5.0]}",
            "x-labels",
            "services.app.deploy.labels",
        ),
    ] {
        let told = format!("stands under {place}; it belongs under {home}");
        says(&unreadable(compose.as_bytes()), &[&told]);
    }
    let both = "services: {app: {labels: [coop-cloud.x.version=1.0.0], deploy: {labels: \
                [coop-cloud.x.version=1.5.0]}}}";
    assert_eq!(with_compose(both).unwrap(), "1.5.0");
}

#[test]
fn a_label_that_is_written_as_none_is_told_with_the_right_way() {
    for labels in [
        "[coop-cloud.x.version: 1.5.0]",
        "['coop-cloud.x.version: 1.5.0']",
        "[coop-cloud.x.version = 1.5.0]",
        "[' coop-cloud.x.version=1.5.0']",
        "[[coop-cloud.x.version=1.5.0]]",
        "{'coop-cloud.x.version ': 1.5.0}",
        "coop-cloud.x.version=1.5.0",
    ] {
        says(
            &unreadable(labelled(labels).as_bytes()),
            &[
                "the version label under services.app.deploy.labels",
                "is written as no label; write `coop-cloud.x.version=1.5.0`",
            ],
        );
    }
    says(
        &unreadable(labelled("[coop-cloud.x.version: [1, 2]]").as_bytes()),
        &["write `coop-cloud.x.version=VERSION`"],
    );
    for labels in [
        "[coop-cloud.x.timeout: 5]",
        "[{a: b}]",
        "[coop-cloud.a.b.version: 1]",
    ] {
        says(
            &unreadable(labelled(labels).as_bytes()),
            &["compose.yml has no version label"],
        );
    }
}
