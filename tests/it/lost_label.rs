//! A commit that loses its version label: a night on it is no quiet green.

use std::fs;

use samever::simulate::{RepositoryBuilder, TagKind};
use serde_json::Value;

use crate::support::folder::Run;
use crate::support::night::Night;
use crate::support::repositories::says;

const LABELLED: &str = "services:\n  app:\n    image: a\n    deploy:\n      labels:\n        - \
                        x=y\n        - coop-cloud.${STACK_NAME}.version=";

/// Two releases, and after them a commit with this compose file. The newer release
/// is the last green one.
fn night(compose: &str) -> Night {
    let night = Night::of(&[]);
    let directory = night.path("catalogue/alpha");
    let mut builder = RepositoryBuilder::init(&directory, false).unwrap();
    let mut parent = None;
    for version in ["1.0.0+1", "1.1.0+1"] {
        let labelled = format!("{LABELLED}{version}\n");
        let files = [
            ("compose.yml", labelled.as_bytes()),
            ("x", version.as_bytes()),
        ];
        let commit = builder.commit(parent, &files).unwrap();
        builder.tag(version, commit, TagKind::Annotated).unwrap();
        parent = Some(commit);
    }
    let files = [
        ("compose.yml", compose.as_bytes()),
        ("x", b"1.1.0+1".as_slice()),
    ];
    let head = builder.commit(parent, &files).unwrap();
    builder.reference("refs/heads/main", head).unwrap();
    let recorded = [
        "canonical",
        "set",
        "alpha",
        "1.1.0+1",
        "--force",
        "--state",
        "state",
        "--reason",
        "x",
    ];
    night.write("catalogue/catalogue.yaml", "defaults: {head: main-tip}\n");
    assert_eq!(Run::of(&mut night.samever(&recorded)).code, 0);
    night
}

fn upgrade(night: &Night, args: &[&str]) -> Run {
    let mut command = night.samever(&["upgrade", "--repo", "catalogue/alpha"]);
    Run::of(
        command
            .args(["--state", "state", "--enrolled", "--deployer", "tree"])
            .args(args),
    )
}

#[test]
fn a_commit_that_only_removes_the_label_is_no_upgrade() {
    let without = LABELLED.rsplit_once("        - coop").unwrap().0.to_owned();
    let reworded = without.replace("image: a", "image: 'a' # why");
    let damaged = format!("{LABELLED}what\n");
    for compose in [without, reworded, damaged] {
        let night = night(&compose);
        let (code, report) = night.report(&[]);
        let outcome = &report["recipes"][0]["outcome"];
        let verdict = (outcome["verdict"].as_str(), outcome["stage"].as_str());
        assert_eq!((code, verdict), (1, (Some("red"), Some("no-delta"))));
        let run = upgrade(&night, &[]);
        assert_eq!(run.code, 1, "{}", run.stdout);
        let why = "red at no-delta: base and head differ in the version label alone";
        says(&run.stdout, &[why, "give the head its version label"]);
        assert!(night.read("state/canonical/alpha.json").contains("1.1.0+1"));
    }
}

/// A green run that may have upgraded nothing says so.
#[test]
fn an_unknown_delta_is_told_wherever_a_green_is() {
    let night = night("services: {app: {image: b}}\n");
    let why = "it is not known whether the head is newer than the base: the head states no version \
               (compose.yml has no version label); give each commit";
    let table = night.sweep(&["--report", "night.json", "night.xml"]);
    assert_eq!(table.code, 0, "{}", table.stderr);
    says(
        &table.stdout,
        &["green, files alone, delta unknown", "alpha: note: ", why],
    );
    let text = upgrade(&night, &["--report", "one.json", "one.xml"]).stdout;
    says(
        &text,
        &[
            "alpha: green, files alone, delta unknown: upgrade from 1.1.0+1",
            "note       ",
            why,
        ],
    );
    for xml in ["night.xml", "one.xml"] {
        says(
            &night.read(xml),
            &["green, files alone, delta unknown", why],
        );
    }
    let json = |name| -> Value { serde_json::from_str(&night.read(name)).unwrap() };
    let night = json("night.json")["recipes"][0]["outcome"].clone();
    for report in [night, json("one.json")] {
        assert_eq!(report["verdict"], "green");
        assert_eq!(report["delta"], "unknown");
        assert!(report["notes"][0].as_str().unwrap().starts_with(why));
    }
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/operate.md");
    says(
        &fs::read_to_string(page).unwrap(),
        &["`green, delta unknown`"],
    );
}
