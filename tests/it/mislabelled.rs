//! A tag on a tree of another version, in a catalogue: it keeps no recipe from its upgrade.

use std::process::Command;

use samever::simulate::{RepositoryBuilder, TagKind};

use crate::support::folder::Run;
use crate::support::night::{Night, assert_verdicts};
use crate::support::repositories::says;

/// A recipe of four releases of which this one's tag is on a tree of another
/// version.
fn mislabelled(night: &Night, name: &str, mislabelled: &str) {
    let directory = night.path("catalogue").join(name);
    let mut builder = RepositoryBuilder::init(&directory, false).unwrap();
    let mut parent = None;
    for version in ["1.0.0+1", "1.1.0+1", "1.2.0+1", "1.3.0+1"] {
        let label = if version == mislabelled {
            "0.0.7+7"
        } else {
            version
        };
        let commit = builder.release(parent, label).unwrap();
        builder.tag(version, commit, TagKind::Annotated).unwrap();
        builder.reference("refs/heads/main", commit).unwrap();
        parent = Some(commit);
    }
}

fn set(night: &Night, recipe: &str, version: &str) -> Command {
    let args = [
        "canonical",
        "set",
        recipe,
        version,
        "--reason",
        "x",
        "--state",
        "state",
    ];
    night.samever(&[&args[..], &["--force"]].concat())
}

#[test]
fn one_mislabelled_old_tag_does_not_make_every_sweep_3() {
    let night = Night::of(&[]);
    for (recipe, tag, canonical) in [
        ("canonicals", "1.2.0+1", "1.2.0+1"),
        ("candidate", "1.2.0+1", "1.3.0+1"),
        ("old", "1.0.0+1", "1.3.0+1"),
        ("oldest", "1.0.0+1", "1.0.0+1"),
        ("release-first", "1.2.0+1", ""),
    ] {
        mislabelled(&night, recipe, tag);
        if !canonical.is_empty() {
            assert_eq!(Run::of(&mut set(&night, recipe, canonical)).code, 0);
        }
    }
    night.write(
        "catalogue/catalogue.yaml",
        "recipes: {release-first: {fallback: release-first}}",
    );
    let plan = night.sweep(&["--plan"]);
    let (code, report) = night.report(&["--report", "report.txt", "report.xml"]);
    assert_eq!((code, plan.code), (0, 0), "{report:#}{}", plan.stderr);
    let green = ["candidate", "canonicals", "old", "oldest", "release-first"];
    assert_verdicts(&report, &green.map(|recipe| (recipe, "green")));
    for (recipe, base) in [
        ("candidate", "1.1.0+1"),
        ("canonicals", "1.1.0+1"),
        ("old", "1.2.0+1"),
        ("oldest", "1.2.0+1"),
        ("release-first", "1.1.0+1"),
    ] {
        let row = |text: &str| {
            let mut lines = text.lines().filter(|line| line.starts_with(recipe));
            lines.next().unwrap_or_default().to_owned()
        };
        let upgrade = format!("{base} -> 1.3.0+1");
        says(&row(&night.read("report.txt")), &[&upgrade]);
        says(&row(&plan.stdout), &[&upgrade]);
    }
    says(
        &night.read("report.xml"),
        &["tests=\"5\"", "failures=\"0\" errors=\"0\""],
    );
    // The next night is no other, although the canonicals have moved.
    assert_eq!(night.sweep(&[]).code, 0);
}
