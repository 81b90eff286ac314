//! The compose files that `COMPOSE_FILE` names, with every deployer: each must be there,
//! the report names them, and the programs are told them.

use crate::support::lab::Lab;
use crate::support::repositories::says;
use samever::simulate::TagKind;

const COMPOSE: &str = "services:
  app:
    deploy:
      labels: ['coop-cloud.${STACK_NAME}.version=VERSION']
";

/// A recipe whose base has this `.env.sample`, and whose head has that one.
fn lab(base: &str, head: &str) -> Lab {
    let mut lab = Lab::new();
    let builder = &mut lab.fixture.builder;
    let [old, new] = [("2.0.0+1", base), ("2.1.0+1", head)].map(|(version, sample)| {
        let compose = COMPOSE.replace("VERSION", version);
        let files = [
            ("compose.yml", compose.as_bytes()),
            ("db/compose.yml", b"services: {db: {}}\n".as_slice()),
            (".env.sample", sample.as_bytes()),
        ];
        builder.commit(None, &files).unwrap()
    });
    builder.tag("2.0.0+1", old, TagKind::Annotated).unwrap();
    builder.reference("refs/heads/main", new).unwrap();
    lab
}

const TWO: &str = "COMPOSE_FILE=compose.yml\nCOMPOSE_FILE=\"$COMPOSE_FILE:db/compose.yml\"\n";
const FROM: [&str; 2] = ["--override", "2.0.0+1"];

#[test]
fn the_report_of_files_alone_names_them() {
    let lab = lab("", TWO);
    let run = lab.upgrade(&FROM);
    assert_eq!(run.code, 0, "{}", run.stderr);
    // The environment of the installation stays, and the head adds what is new.
    says(
        &run.stdout,
        &["the files say 2.1.0+1, from compose.yml:db/compose.yml"],
    );
    assert!(!run.stdout.contains("2.0.0+1, from"), "{}", run.stdout);
    let (_, outcome) = lab.outcome(&FROM);
    let deployed = |side: &str| &outcome["evidence"][side]["deployed"]["compose_files"];
    assert_eq!(
        deployed("head"),
        &serde_json::json!(["compose.yml", "db/compose.yml"])
    );
    assert!(deployed("base").is_null());
}

#[test]
fn a_file_that_is_not_there_is_red_at_the_stage_of_its_tree() {
    for (base, head, stage) in [
        ("COMPOSE_FILE=compose.yml:none.yml\n", "", "base-deploy"),
        ("", "COMPOSE_FILE=none.yml\n", "upgrade"),
        ("", "COMPOSE_FILE=../compose.yml\n", "upgrade"),
    ] {
        let lab = lab(base, head);
        for deployer in [&[][..], &["--deploy", "true", "--teardown", "true"]] {
            let (code, outcome) = lab.outcome(&[&FROM[..], deployer].concat());
            let told = (code, outcome["stage"].as_str());
            assert_eq!(told, (1, Some(stage)), "{base:?} {head:?} {deployer:?}");
            says(
                outcome["why"].as_str().unwrap(),
                &["its COMPOSE_FILE names"],
            );
        }
    }
}

#[test]
fn the_programs_are_told_them() {
    let lab = lab("", TWO);
    let script = "echo \"$SAMEVER_STAGE $SAMEVER_COMPOSE_FILES\" >> told";
    let deploy = lab.deploys("deploy", script);
    let run = lab.upgrade(&[&FROM[..], &["--deploy", &deploy]].concat());
    assert_eq!(run.code, 0, "{}", run.stderr);
    let told = "base compose.yml\nhead compose.yml:db/compose.yml\n";
    assert_eq!(lab.read("told"), told);
}
