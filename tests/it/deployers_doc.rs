//! The worked examples of `docs/deployers.md`, as they stand there, with programs
//! on the PATH that stand in for `docker`, `abra` and `curl`.

use std::fs;
use std::path::Path;

use crate::support::lab::Lab;
use serde_json::Value;

/// A Docker that keeps in `$SWARM` what it was told to run: the label of the
/// last compose file, and one volume until that is removed. `$LIE` is what it
/// runs instead.
const DOCKER: &str = r#"
echo "docker $*" >> "$SWARM/calls"
case "$*" in
"stack deploy "*)
    while [ "$1" != --compose-file ]; do shift; done
    sed -n "s/.*coop-cloud\.\${STACK_NAME}\.version=\(.*\)\".*/\1/p" "$2" > "$SWARM/label"
    test -s "$SWARM/label"
    if [ -n "${LIE:-}" ]; then echo "$LIE" > "$SWARM/label"; fi
    echo "$3_data" > "$SWARM/volume"
    ;;
*"service inspect --format {{index .Spec.Labels \"coop-cloud."*) cat "$SWARM/label" ;;
"stack services "*) echo "x_app ${REPLICAS:-1/1}"; echo "x_db 1/1 (max 1 per node)" ;;
"stack rm "*) rm "$SWARM/label" ;;
"volume ls "*) cat "$SWARM/volume" 2>/dev/null || : ;;
"volume rm "*) test "$3" = "$(cat "$SWARM/volume")" && rm "$SWARM/volume" ;;
*) echo "docker $1: unknown command" >&2; exit 1 ;;
esac"#;

/// An abra that deploys what a tag or a commit of its clone says, through Docker.
const ABRA: &str = r#"
echo "abra $*" >> "$SWARM/calls"
case "$*" in
"app new "*) touch "$SWARM/app" ;;
"app deploy "*)
    test -e "$SWARM/app"
    git -C "$CLONE" show "$4:compose.yml" | sed -n 's/.*version=\(.*\)".*/\1/p' > "$SWARM/label"
    if [ -n "${LIE:-}" ]; then echo "$LIE" > "$SWARM/label"; fi
    ;;
"app undeploy "*) rm "$SWARM/label" ;;
"app volume remove "* | "app secret remove "*) ;;
"app remove "*) rm "$SWARM/app" ;;
*) exit 1 ;;
esac"#;

/// The script of this name in the page.
fn script(name: &str) -> String {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/deployers.md");
    let page = fs::read_to_string(page).unwrap();
    let mut blocks = page.split("```sh\n").skip(1);
    let begin = format!("#!/bin/sh\n# {name}: ");
    let block = blocks.find(|block| block.starts_with(&begin)).unwrap();
    block.split("```").next().unwrap().to_owned()
}

/// A lab in which only the stand-ins can be called, besides what a shell needs.
struct Example(Lab, &'static str);

impl Example {
    fn new(name: &'static str) -> Self {
        let lab = Lab::new();
        for folder in ["bin", "swarm", "settings"] {
            fs::create_dir(lab.path(folder)).unwrap();
        }
        lab.program("bin/docker", DOCKER);
        lab.program("bin/abra", ABRA);
        lab.program(
            "bin/curl",
            "echo \"curl $*\" >> \"$SWARM/calls\"; echo page",
        );
        lab.program(name, script(name).strip_prefix("#!/bin/sh\n").unwrap());
        fs::write(lab.path("settings/custom-html.env"), "DOMAIN=example.org\n").unwrap();
        Self(lab, name)
    }

    fn run(&self, variables: &[(&str, &str)]) -> (Option<i32>, Value) {
        let Self(lab, name) = self;
        let program = format!("./{name}");
        let path = format!("{}:/usr/bin:/bin", lab.path("bin").display());
        let output = lab
            .command(&[
                "--canonical-version",
                "1.2.0+1",
                "--format",
                "json",
                "--deploy",
                &program,
                "--check",
                &program,
                "--teardown",
                &program,
            ])
            .env("PATH", path)
            .env("SWARM", lab.path("swarm"))
            .env("SETTINGS", lab.path("settings"))
            .env("CLONE", &lab.fixture.directory)
            .env("CI_SERVER", "ci.example.org")
            .env("CI_DOMAIN", "ci.example.org")
            .envs(variables.iter().copied())
            .output()
            .unwrap();
        let outcome = serde_json::from_slice(&output.stdout);
        let outcome = outcome.unwrap_or_else(|_| panic!("{output:?}"));
        (output.status.code(), outcome)
    }

    /// The calls so far, with one name for each stack.
    fn calls(&self) -> Vec<String> {
        let calls = self.0.read("swarm/calls");
        let stack = calls
            .split([' ', '_', '.', '=', '\n'])
            .find(|word| word.starts_with("samever-"));
        let stack = stack.unwrap_or("samever-none").to_owned();
        calls
            .replace(&stack, "STACK")
            .lines()
            .map(str::to_owned)
            .collect()
    }

    fn left_running(&self) -> usize {
        let left = ["label", "volume", "app"].iter();
        left.filter(|name| self.0.path("swarm").join(name).exists())
            .count()
    }
}

#[track_caller]
fn assert_green(outcome: &Value) {
    assert_eq!(outcome["verdict"], "green", "{outcome:#}");
    let ran = |stack: &str| outcome["evidence"][stack]["deployed"]["version"].clone();
    assert_eq!(
        (ran("base"), ran("head")),
        ("1.1.0+1".into(), "1.2.0+1".into())
    );
}

#[test]
fn the_swarm_example_upgrades_reads_its_evidence_and_leaves_nothing() {
    let example = Example::new("stack.sh");
    let (code, outcome) = example.run(&[]);
    assert_eq!(code, Some(0));
    assert_green(&outcome);
    assert_eq!(example.left_running(), 0);
    let calls = example.calls();
    let commands: Vec<_> = calls
        .iter()
        .map(|call| {
            call.split(' ')
                .skip(1)
                .take(2)
                .collect::<Vec<_>>()
                .join(" ")
        })
        .collect();
    assert_eq!(
        commands,
        [
            "stack deploy",
            "service inspect",
            "stack services",
            "stack deploy",
            "service inspect",
            "stack services",
            "stack rm",
            "volume ls",
            "volume rm",
            "volume ls"
        ]
    );
    assert!(
        calls[6] == "docker stack rm --detach=false STACK",
        "{calls:#?}"
    );
}

#[test]
fn the_swarm_example_is_red_where_another_version_or_too_little_runs() {
    let example = Example::new("stack.sh");
    let (code, outcome) = example.run(&[("LIE", "1.2.0+1")]);
    assert_eq!(
        (code, outcome["stage"].as_str()),
        (Some(1), Some("wrong-version"))
    );
    assert_eq!(example.left_running(), 0);
    let (code, outcome) = example.run(&[("REPLICAS", "0/1")]);
    assert_eq!(
        (code, outcome["stage"].as_str()),
        (Some(1), Some("base-check"))
    );
    assert!(outcome["why"].as_str().unwrap().ends_with("x_app: 0/1 run"));
    assert_eq!(example.left_running(), 0);
}

#[test]
fn the_abra_example_upgrades_reads_its_evidence_and_leaves_nothing() {
    if crate::support::repositories::git_is_missing() {
        return;
    }
    let example = Example::new("abra.sh");
    let (code, outcome) = example.run(&[]);
    assert_eq!(code, Some(0), "{outcome:#}");
    assert_green(&outcome);
    assert_eq!(example.left_running(), 0);
    let head = outcome["head"]["commit"].as_str().unwrap();
    let calls = example.calls();
    let abra: Vec<_> = calls
        .iter()
        .filter(|call| call.starts_with("abra"))
        .collect();
    let domain = "custom-html.ci.example.org";
    assert_eq!(abra.len(), 7);
    assert_eq!(
        *abra[1],
        format!("abra app deploy {domain} 1.1.0+1 --force --no-input")
    );
    assert_eq!(
        *abra[2],
        format!("abra app deploy {domain} {head} --force --no-input")
    );

    let (code, outcome) = example.run(&[("LIE", "1.2.0+1")]);
    assert_eq!(
        (code, outcome["stage"].as_str()),
        (Some(1), Some("wrong-version"))
    );
    assert_eq!(example.left_running(), 0);
}

/// A Docker whose one container is a database with one table, in `$SWARM/rows`.
const DATABASE: &str = r#"
case "$*" in
"ps --quiet --filter label=com.docker.swarm.service.name=samever-"*_db) echo 0123456789ab ;;
"exec --interactive 0123456789ab psql --username postgres "*)
    while [ "$1" != --command ]; do shift; done
    case "$2" in
    "CREATE TABLE samever_rows "*) : > "$SWARM/rows" ;;
    "INSERT INTO samever_rows SELECT "*) for n in 1 2 3; do echo "$n|row $n" >> "$SWARM/rows"; done ;;
    "SELECT number, word FROM samever_rows ORDER BY number") cat "$SWARM/rows" ;;
    "INSERT INTO samever_rows VALUES "*)
        test -z "${READ_ONLY:-}" || { echo "cannot execute INSERT in a read-only transaction"; exit 1; }
        echo "$2" >> "$SWARM/rows"
        ;;
    *) echo "psql: $2"; exit 1 ;;
    esac
    ;;
*) echo "docker $*: unknown"; exit 1 ;;
esac"#;

#[test]
fn the_example_of_the_data_writes_rows_compares_them_and_writes_again() {
    let lab = Lab::new();
    for folder in ["bin", "swarm"] {
        fs::create_dir(lab.path(folder)).unwrap();
    }
    lab.program("bin/docker", DATABASE);
    lab.program(
        "rows.sh",
        script("rows.sh").strip_prefix("#!/bin/sh\n").unwrap(),
    );
    // The head's deployment does to the rows what the test is about.
    let deploys = "test $SAMEVER_STEP-$SAMEVER_STAGE != deploy-head || eval \"$HEAD\"";
    let deploy = lab.deploys("deploy", deploys);
    let run = |head: &str, read_only: &str| {
        let programs = [
            "--seed",
            "./rows.sh",
            "--verify",
            "./rows.sh",
            "--deploy",
            &deploy,
        ];
        let format = ["--canonical-version", "1.2.0+1", "--format", "json"];
        let mut command = lab.command(&[&programs[..], &format].concat());
        let path = format!("{}:/usr/bin:/bin", lab.path("bin").display());
        command.env("PATH", path).env("SWARM", lab.path("swarm"));
        let output = command
            .env("HEAD", head)
            .env("READ_ONLY", read_only)
            .output();
        let outcome = serde_json::from_slice::<Value>(&output.unwrap().stdout).unwrap();
        let said = format!(
            "{} {}",
            outcome["verdict"].as_str().unwrap(),
            outcome["stage"]
        );
        (said, outcome["why"].as_str().unwrap_or_default().to_owned())
    };
    assert_eq!(run("true", ""), ("green null".to_owned(), String::new()));
    assert!(
        lab.read("swarm/rows")
            .ends_with("(1001, 'written by 1.2.0+1')\n")
    );
    for (head, read_only, why) in [
        (
            "sed -i 2d \"$SWARM/rows\"",
            "",
            "rows of 1.1.0+1 are gone or changed",
        ),
        (
            ": > \"$SWARM/rows\"",
            "",
            "rows of 1.1.0+1 are gone or changed",
        ),
        (
            "sed -i s/row/ROW/ \"$SWARM/rows\"",
            "",
            "rows of 1.1.0+1 are gone or changed",
        ),
        ("true", "yes", "read-only"),
    ] {
        let (said, told) = run(head, read_only);
        assert_eq!(said, "red \"data\"", "{head}: {told}");
        assert!(told.contains(why), "{head}: {told}");
    }
}

#[test]
fn the_page_names_every_variable_that_a_program_is_told() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/deployers.md");
    let page = fs::read_to_string(page).unwrap();
    let lab = Lab::new();
    let deploy = lab.program(
        "deploy",
        "env | sed -n 's/^\\(SAMEVER_[A-Z_]*\\)=.*/\\1/p' >> told",
    );
    lab.outcome(&["--canonical-version", "1.2.0+1", "--deploy", &deploy]);
    let mut told: Vec<_> = lab.read("told").lines().map(str::to_owned).collect();
    told.sort();
    told.dedup();
    let rows = page.lines().filter(|line| line.starts_with("| `SAMEVER_"));
    let mut named: Vec<_> = rows
        .map(|row| row.split('`').nth(1).unwrap().to_owned())
        .collect();
    named.sort();
    assert_eq!(told, named);
}
