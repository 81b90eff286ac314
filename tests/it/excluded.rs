//! Versions that cannot be the base, whatever their tags say: the step back goes on
//! behind them.

use samever::simulate::TagKind;

use crate::support::repositories::{Fixture, git_is_missing, says, steady};

/// What `upgrade` would refuse every night is no base: a tree of the head's own
/// version, one that is never checked out, a tag that leads to no commit.
#[test]
fn a_base_that_no_night_would_deploy_is_passed_over() {
    let labelled = |version: &str| {
        format!("services: {{app: {{deploy: {{labels: ['coop-cloud.x.version={version}']}}}}}}\n")
    };
    let plan = |label: &str, link: Option<&str>| {
        let (mut fixture, releases) = steady();
        let compose = labelled(label);
        let files = [("compose.yml", compose.as_bytes())];
        let links: Vec<_> = link.map(|target| ("out", target)).into_iter().collect();
        let parent = Some(releases[1]);
        let commit = fixture.builder.commit_with_links(parent, &files, &links);
        let tag = ("1.1.5+1", commit.unwrap(), TagKind::Annotated);
        fixture.builder.tags(&[tag]).unwrap();
        fixture.plan(&["--canonical-version", "1.2.0+1"])
    };
    for (label, link, why) in [
        (
            "1.1.5+1",
            Some("../etc/passwd"),
            "out is a symbolic link out of the tree",
        ),
        (
            "1.1.5+1",
            Some("/etc/passwd"),
            "out is a symbolic link out of the tree",
        ),
        ("1.1.5+1", Some("compose.yml"), ""),
        ("1.1.5+1", None, ""),
    ] {
        let plan = plan(label, link);
        let (base, passed) = match why {
            "" => ("1.1.5+1", String::new()),
            why => (
                "1.1.0+1",
                format!("1.1.5+1 (its tag's tree cannot be checked out: {why})"),
            ),
        };
        assert_eq!(plan["plan"]["version"], base, "{plan:#}");
        says(plan["reason"].as_str().unwrap(), &[&passed]);
    }
    // 1.2.0 is the same version as 1.2.0+1 and as 1.2.0+2, which are two.
    let mut fixture = Fixture::new();
    let releases = fixture.releases(&["1.1.0+1", "1.2.0", "1.2.0+2"]);
    fixture.builder.delete_tag("1.2.0").unwrap();
    let tag = ("1.2.0+1", releases[1], TagKind::Annotated);
    fixture.builder.tags(&[tag]).unwrap();
    let plan = fixture.plan(&["--canonical-version", "1.2.0+2"]);
    assert_eq!(plan["plan"]["version"], "1.1.0+1", "{plan:#}");
    let passed = "1.2.0+1 (its tag's tree says 1.2.0, which is the head's own version)";
    says(plan["reason"].as_str().unwrap(), &[passed]);
    if git_is_missing() {
        return;
    }
    let (fixture, _) = steady();
    fixture.git(&["tag", "1.1.6+1", "HEAD^{tree}"]);
    let plan = fixture.plan(&["--canonical-version", "1.2.0+1"]);
    assert_eq!(plan["plan"]["version"], "1.1.0+1", "{plan:#}");
    let passed = "1.1.6+1 (its tag leads to a tree, not to a commit)";
    says(plan["reason"].as_str().unwrap(), &[passed]);
}

#[test]
fn every_version_that_cannot_be_pinned_is_passed_over_and_three_are_named() {
    let (mut fixture, releases) = steady();
    for patch in 1..=5 {
        let tag = format!("1.1.{patch}+1");
        fixture
            .builder
            .tag(&tag, releases[0], TagKind::Lightweight)
            .unwrap();
    }
    let plan = fixture.plan(&["--canonical-version", "1.2.0+1"]);
    assert_eq!(plan["plan"]["version"], "1.1.0+1");
    let one = |patch| format!("1.1.{patch}+1 (its tag's tree says 1.0.0+1)");
    let passed = format!(
        "; passed over: {}, {}, {} and 2 more",
        one(5),
        one(4),
        one(3)
    );
    assert!(
        plan["reason"].as_str().unwrap().ends_with(&passed),
        "{plan}"
    );
}

#[test]
fn where_nothing_can_be_pinned_the_skip_says_what_was_passed_over() {
    let mut fixture = Fixture::new();
    let head = fixture.releases(&["1.1.0+1"])[0];
    fixture
        .builder
        .tag("1.0.0+1", head, TagKind::Lightweight)
        .unwrap();
    let plan = fixture.plan(&["--canonical-version", "1.1.0+1"]);
    assert_eq!(plan["plan"]["kind"], "skip");
    let reason = "and no older version is left; passed over: 1.0.0+1 (its tag leads to";
    says(plan["reason"].as_str().unwrap(), &[reason]);
    let plan = fixture.plan(&["--fallback", "release-first", "--explain"]);
    assert_eq!(plan["rung"], "main-tip");
    says(
        &plan["trail"].to_string(),
        &["no version older than the head 1.1.0+1 is left; passed"],
    );
}

#[test]
fn a_version_without_a_readable_label_is_no_base() {
    let (mut fixture, releases) = steady();
    let files = [("README.md", &b"no compose file"[..])];
    let bare = fixture.builder.commit(Some(releases[2]), &files).unwrap();
    fixture
        .builder
        .tag("1.1.7+1", bare, TagKind::Lightweight)
        .unwrap();
    let plan = fixture.plan(&["--canonical-version", "1.2.0+1"]);
    assert_eq!(plan["plan"]["version"], "1.1.0+1");
    let passed =
        "1.1.7+1 (its tag's tree says no version that can be read: there is no compose.yml)";
    says(plan["reason"].as_str().unwrap(), &[passed]);
}
