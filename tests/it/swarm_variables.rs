//! The variables that `docker stack deploy` is told: a recipe's defaults, and the
//! operator's file over them. A program on the PATH stands in for docker.

use std::fs;

use crate::support::lab::Lab;
use crate::support::repositories::{says, text};
use samever::simulate::TagKind;

const COMPOSE: &str = "services:
  app:
    image: $URL ${PORT} $NOTE $KEY $LD_PRELOAD $GREETING
    deploy:
      labels: ['coop-cloud.${STACK_NAME:-a.b}.version=VERSION']
x-released: !!timestamp 2001-01-01
---
";

/// Deploys a recipe with this `.env.sample` and this file of the operator's; how
/// that ended, and what docker was told.
fn told(sample: &str, mine: &str) -> (Option<i32>, String, String) {
    let mut lab = Lab::new();
    let builder = &mut lab.fixture.builder;
    let [base, head] = ["2.0.0+1", "2.1.0+1"].map(|version| {
        let compose = COMPOSE.replace("VERSION", version);
        let files = [
            ("compose.yml", compose.as_bytes()),
            (".env.sample", sample.as_bytes()),
        ];
        builder.commit(None, &files).unwrap()
    });
    builder.tag("2.0.0+1", base, TagKind::Annotated).unwrap();
    builder.reference("refs/heads/main", head).unwrap();
    fs::create_dir(lab.path("bin")).unwrap();
    let swarm = r#"{"Swarm": {"LocalNodeState": "active", "ControlAvailable": true}}"#;
    let script = format!(
        "case \"$1 $2\" in\n'info --format') echo '{swarm}' ;;\n'stack deploy') env > {}; exit 1 ;;\nesac",
        lab.path("told").display()
    );
    lab.program("bin/docker", &script);
    lab.write("mine.env", mine);
    let path = format!("{}:/usr/bin:/bin", lab.path("bin").display());
    let output = lab
        .command(&["--deployer", "swarm", "--timeout", "2"])
        .args(["--override", "2.0.0+1", "--env-file", "mine.env"])
        .env("PATH", path)
        .env("GREETING", "from the process")
        .output()
        .unwrap();
    assert!(!lab.path("pwned").exists());
    let said = text(&output.stderr) + &text(&output.stdout);
    (output.status.code(), said, lab.read("told"))
}

#[test]
fn docker_is_told_the_defaults_with_the_operators_values_in_them() {
    let sample = "DOMAIN=example.org\nURL=https://$DOMAIN/x\nPORT=\"${DOMAIN}:80\" # why\n\
                  NOTE= # empty\nKEY='-----BEGIN\n$(touch pwned)\n-----END'\n\
                  LD_PRELOAD=./evil.so\nGREETING=\"[$GREETING]\"\nnot a line\nOTHER=\"open\n";
    let (code, said, told) = told(sample, "DOMAIN=mine.org\n");
    assert_eq!(code, Some(1), "{said}");
    // No program obeys a name with this beginning: `LD_PRELOAD` is data of the recipe's.
    for line in [
        "URL=https://mine.org/x",
        "PORT=mine.org:80",
        "NOTE=",
        "KEY=-----BEGIN\n$(touch pwned)\n-----END",
        "DOMAIN=mine.org",
        "GREETING=[]",
        "LD_PRELOAD=./evil.so",
    ] {
        assert!(
            format!("\n{told}").contains(&format!("\nSAMEVER_APP_{line}\n")),
            "{line}: {told}"
        );
    }
    for absent in ["\nLD_PRELOAD", "from the process", "OTHER="] {
        assert!(!format!("\n{told}").contains(absent), "{absent}: {told}");
    }
}

#[test]
fn a_line_of_the_operators_file_that_cannot_be_read_is_exit_3() {
    let (code, said, told) = told("", "A=1\n\nB=\"my secret\n");
    assert_eq!((code, told.as_str()), (Some(3), ""), "{said}");
    says(
        &said,
        &["the file mine.env of --env-file cannot be read: line 3: the value begins with \""],
    );
    assert!(!said.contains("my secret"), "{said}");
}
