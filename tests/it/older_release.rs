//! A release that is at hand where no last-green version is given: `resolve` says so.

use crate::support::repositories::{Fixture, says};

#[test]
fn a_resolve_without_a_last_green_version_names_the_releases_at_hand() {
    let mut fixture = Fixture::new();
    let releases = fixture.releases(&["1.0.0+1", "1.1.0+1", "1.2.0+1"]);
    let head = fixture.builder.release(releases.last().copied(), "1.3.0+1");
    fixture
        .builder
        .reference("refs/heads/next", head.unwrap())
        .unwrap();
    let note = |args: &[&str]| {
        let plan = fixture.plan(args);
        let notes = plan["notes"].as_array().cloned().unwrap_or_default();
        let text = fixture.resolve(args);
        assert_eq!(text.code, 0, "{}", text.stderr);
        let said = notes.iter().filter_map(|note| note.as_str());
        let said: Vec<_> = said.filter(|note| note.contains("no last-green")).collect();
        for note in &said {
            says(&text.stdout, &[&format!("note  {note}")]);
        }
        assert_eq!(
            text.stdout.contains("no last-green version is given"),
            !said.is_empty()
        );
        said.concat()
    };
    for (args, older) in [
        (&["--head", "next"][..], "1.2.0+1"),
        // The head is the main tip.
        (&[], "1.1.0+1"),
        (&["--head", "next", "--no-prereleases"], "1.2.0+1"),
    ] {
        says(
            &note(args),
            &[older, "--canonical", "--fallback release-first"],
        );
    }
    for args in [
        &["--head", "next", "--canonical-version", "1.0.0+1"][..],
        &["--canonical-version", "1.2.0+1"],
        &["--canonical-version", "1.2.0+1", "--ignore-canonical"],
        &["--head", "next", "--fallback", "release-first"],
        &["--head", "next", "--override", "1.0.0+1"],
        &["--head", "next", "--not-applicable", "it keeps nothing"],
        // No release is older.
        &["--head", "1.0.0+1"],
    ] {
        assert_eq!(note(args), "", "{args:?}");
    }
}
