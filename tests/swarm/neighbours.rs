//! Runs beside each other and beside what else is on the engine, and an engine or a
//! program that is not all that a recipe expects.

use std::fs;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::support::repositories::says;
use crate::support::swarm::{Release, SwarmRecipe, docker, engine, parts, ran, things, works};
use serde_json::Value;

const OLD: Release = works("1.0.0+1", "samever-test:1");
const LATEST: Release = works("1.1.0+1", "samever-test:2");
const FROM_OLD: [&str; 2] = ["--override", "1.0.0+1"];

fn with_port(release: Release, of_service: &'static str) -> Release {
    Release {
        of_service,
        ..release
    }
}

#[test]
fn two_runs_that_want_one_port_wait_for_each_other() {
    let Some(engine) = engine() else { return };
    for (name, port) in [
        ("ingress", "    ports: ['18081:80']\n"),
        (
            "of-host",
            "    ports: [{target: 80, published: 18082, mode: host}]\n",
        ),
    ] {
        let [first, second] = ["one", "two"].map(|number| {
            let versions = [with_port(OLD, port), with_port(LATEST, port)];
            SwarmRecipe::new(engine, &format!("{name}-{number}"), &versions)
        });
        both_are_green(&[&first, &second], &["--timeout", "120"]);
    }
}

/// Runs recipes side by side. Each must be green and leave nothing.
#[track_caller]
fn both_are_green(recipes: &[&SwarmRecipe], args: &[&str]) {
    let begun = recipes.iter().map(|recipe| {
        recipe
            .command(&[&FROM_OLD[..], args].concat())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    });
    for run in begun.collect::<Vec<_>>() {
        let (code, stdout, stderr) = parts(&run.wait_with_output().unwrap());
        assert_eq!(code, 0, "{stdout} {stderr}");
        says(&stdout, &[": green: upgrade from 1.0.0+1 to 1.1.0+1"]);
    }
    for recipe in recipes {
        recipe.assert_nothing_is_left();
    }
}

#[test]
fn two_runs_that_make_one_network_do_not_take_it_from_each_other() {
    let Some(engine) = engine() else { return };
    let network = "networks:\n  default: {external: true, name: samever-test-both}\n";
    let proxied = |release: Release| Release {
        of_file: network,
        ..release
    };
    let [first, second] = ["network-one", "network-two"]
        .map(|name| SwarmRecipe::new(engine, name, &[proxied(OLD), proxied(LATEST)]));
    both_are_green(&[&first, &second], &["--make-external"]);
    assert_eq!(things(engine, "samever-test-both"), [""; 0]);
}

#[test]
fn a_path_that_is_not_there_is_the_machines_or_the_recipes() {
    let Some(engine) = engine() else { return };
    for (name, mount, code, told) in [
        (
            "of-machine",
            "/nowhere/at/all",
            3,
            "mounts a path that is not on this machine",
        ),
        ("of-tree", "./conf", 1, "red at upgrade: "),
    ] {
        let mount = format!("'data:/data', '{mount}:/conf'");
        let mut recipe = SwarmRecipe::new(engine, name, &[OLD]);
        recipe.publish_files("1.1.0+1", &changed(&LATEST, &[("'data:/data'", &mount)]));
        let output = recipe.command(&FROM_OLD).output().unwrap();
        let (exit, stdout, stderr) = parts(&output);
        assert_eq!(exit, code, "{stdout} {stderr}");
        says(
            &(stdout + &stderr),
            &[told, "bind source path does not exist"],
        );
        recipe.assert_nothing_is_left();
    }
}

#[test]
fn a_port_that_something_else_has_is_no_fault_of_the_recipe() {
    let Some(engine) = engine() else { return };
    let theirs = "samever-test-theirs";
    docker(
        engine,
        &[
            "service",
            "create",
            "--quiet",
            "--detach",
            "--no-resolve-image",
            "--name",
            theirs,
            "--publish",
            "18083:80",
            "samever-test:1",
            "/bin/busybox",
            "sleep",
            "1000",
        ],
    );
    let port = "    ports: ['18083:80']\n";
    let recipe = SwarmRecipe::new(engine, "no-port", &[with_port(OLD, port), LATEST]);
    let mut outcome = recipe.outcome(&[&FROM_OLD[..], &["--timeout", "20"]].concat());
    docker(engine, &["service", "rm", theirs]);
    while things(engine, theirs)
        .iter()
        .any(|thing| thing.starts_with("container"))
    {
        std::thread::sleep(Duration::from_millis(200));
    }
    assert_eq!(outcome.0, 3, "{outcome:?}");
    says(
        &std::mem::take(&mut outcome.2),
        &[
            "have no place for the recipe",
            "18083",
            "an engine of its own",
        ],
    );
}

/// Jobs and files without a version need a docker program that knows them; an old one
/// is not the recipe's fault.
#[test]
fn what_an_old_docker_program_refuses_is_no_fault_of_the_recipe() {
    let Some(engine) = engine() else { return };
    let version = docker(engine, &["version", "--format", "{{.Client.Version}}"]);
    let major: u32 = version.split('.').next().unwrap().parse().unwrap();
    let job = "  job:\n    image: samever-test:1\n    command: [/bin/busybox, echo, done]\n    deploy: {mode: \
               replicated-job, replicas: 2}\n";
    let base = Release { of_file: "", ..OLD };
    for (name, job, stated) in [("jobs", job, "version: '3.8'\n"), ("versionless", "", "")] {
        let services = format!("services:\n{job}");
        let changes = [
            ("services:\n", services.as_str()),
            ("version: '3.8'\n", stated),
        ];
        let mut recipe = SwarmRecipe::empty(engine, name);
        recipe.publish_files("1.0.0+1", &changed(&base, &changes));
        recipe.publish_files("1.1.0+1", &changed(&LATEST, &changes));
        let (code, outcome, stderr) = recipe.outcome(&FROM_OLD);
        if major < 23 {
            assert_eq!(code, 3, "{outcome:#} {stderr}");
            says(
                &stderr,
                &["is too old for these compose files", "23 or newer"],
            );
        } else {
            assert_eq!(
                (code, outcome["verdict"].as_str()),
                (0, Some("green")),
                "{outcome:#}"
            );
        }
    }
}

#[test]
fn a_program_checks_what_has_settled_and_is_told_how_to_reach_it() {
    let Some(engine) = engine() else { return };
    let port = "    ports: ['18084:80']\n";
    let recipe = SwarmRecipe::new(engine, "checked", &[OLD, with_port(LATEST, port)]);
    recipe.program("check", "env | grep ^SAMEVER_ >> told; [ \"$SAMEVER_STAGE\" = base ] || { echo the page is empty; exit 1; }");
    let args = [&FROM_OLD[..], &["--check", "./check"]].concat();
    let (code, outcome, stderr) = recipe.outcome(&args);
    assert_eq!(
        (code, outcome["stage"].as_str()),
        (1, Some("head-check")),
        "{outcome:#} {stderr}"
    );
    says(
        outcome["why"].as_str().unwrap(),
        &[
            "the check program ended with exit code 1",
            "the page is empty",
        ],
    );
    assert_eq!(ran(&outcome, "head"), ("1.1.0+1", "samever-test:2"));
    let told = recipe.read("told");
    says(
        &told,
        &[
            "SAMEVER_STEP=check",
            "SAMEVER_STAGE=head",
            "SAMEVER_VERSION=1.1.0+1",
            "SAMEVER_STACK=samever-checked-",
            "SAMEVER_DOMAIN=samever-checked-",
            "SAMEVER_COMPOSE_FILES=compose.yml",
            "SAMEVER_PORTS=app:80/tcp=18084",
        ],
    );
}

#[test]
fn a_night_begins_by_removing_what_a_killed_run_of_the_machine_has_left() {
    let Some(engine) = engine() else { return };
    let recipe = SwarmRecipe::new(engine, "left", &[OLD, LATEST]);
    let mut child = recipe
        .command(&[&FROM_OLD[..], &["--settle", "60"]].concat())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let is_there = || !things(engine, "samever-left-").is_empty();
    while !things(engine, "samever-left-")
        .iter()
        .any(|thing| thing.starts_with("container"))
    {
        std::thread::sleep(Duration::from_millis(200));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(is_there());
    fs::write(
        recipe.path("catalogue.yaml"),
        "recipes: {left: {deployer: swarm}}\n",
    )
    .unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_samever"))
        .args([
            "nightly",
            "--catalogue",
            ".",
            "--state",
            "state",
            "--resolve-image",
            "never",
        ])
        .args(["--settle", "1", "--format", "json"])
        .env("DOCKER_HOST", engine)
        .env("TMPDIR", recipe.path("tmp"))
        .current_dir(recipe.root())
        .output()
        .unwrap();
    let (code, stdout, stderr) = parts(&output);
    let sweep: Value = serde_json::from_str(&stdout).unwrap_or_default();
    assert_eq!(code, 0, "{sweep:#} {stderr}");
    says(&stderr, &["removed the stack samever-left-"]);
    assert!(!is_there());
}

/// The files of a version with texts replaced.
fn changed(release: &Release, changes: &[(&str, &str)]) -> Vec<(String, Vec<u8>)> {
    let files = release.files().into_iter().map(|(path, content)| {
        let mut text = String::from_utf8(content).unwrap();
        for (from, to) in changes {
            text = text.replace(from, to);
        }
        (path, text.into_bytes())
    });
    files.collect()
}

/// In each case the head does not run; in the first the base goes on instead.
#[test]
fn a_head_that_does_not_run_is_red_however_its_services_may_end() {
    let Some(engine) = engine() else { return };
    let touches = "/bin/busybox touch /x || exit 3; trap 'exit 0' TERM; while :; do /bin/busybox sleep 0.2; done";
    let beside = "    healthcheck: {test: [CMD, /bin/busybox, 'true'], interval: 2s}\n";
    let ends = "echo usage; exit 0";
    for (name, script, of_service, from, to) in [
        // What the base has started goes on, beside an update that is paused.
        (
            "read-only",
            touches,
            beside,
            "restart_policy: {delay: 200ms}\n      update_config: {monitor: 1s}",
            "update_config: {monitor: 1s, order: start-first, failure_action: pause}",
        ),
        (
            "ends",
            ends,
            "",
            "{delay: 200ms}",
            "{condition: on-failure}",
        ),
        (
            "ends-later",
            ends,
            "",
            "{delay: 200ms}",
            "{condition: any, delay: 10s}",
        ),
        (
            "no-replicas",
            crate::support::swarm::RUN,
            "",
            "restart_policy:",
            "replicas: 0\n      restart_policy:",
        ),
    ] {
        let is_read_only = name == "read-only";
        let base = Release {
            script: if is_read_only { touches } else { OLD.script },
            of_service,
            ..OLD
        };
        let head = Release {
            script,
            of_service,
            // The image alone must not tell them apart.
            image: "samever-test:1",
            ..LATEST
        };
        let read_only = ("    image:", "    read_only: true\n    image:");
        let mut recipe = SwarmRecipe::empty(engine, name);
        let of_base: &[_] = if is_read_only { &[(from, to)] } else { &[] };
        recipe.publish_files("1.0.0+1", &changed(&base, of_base));
        let of_head: &[_] = if is_read_only {
            &[(from, to), read_only]
        } else {
            &[(from, to)]
        };
        recipe.publish_files("1.1.0+1", &changed(&head, of_head));
        let (code, outcome, stderr) =
            recipe.outcome(&[&FROM_OLD[..], &["--timeout", "20"]].concat());
        assert_eq!(
            (code, outcome["stage"].as_str()),
            (1, Some("upgrade")),
            "{name}: {outcome:#} {stderr}"
        );
    }
}

#[test]
fn what_the_operator_gives_gets_into_no_log_and_dockers_own_variables_into_no_app() {
    let Some(engine) = engine() else { return };
    let script = "cat /run/secrets/pw; echo mail=$$MAIL_PASSWORD; echo \"leak=<$$DOCKER_PASSWORD$$SSH_AUTH_SOCK$$X>\"; exit 3";
    let head = Release {
        script,
        of_service: "    secrets: [pw]\n    environment: [DOCKER_PASSWORD, SSH_AUTH_SOCK, \"X=\\u0024{DOCKER_PASSWORD}\", 'MAIL_PASSWORD=$MAIL_PASSWORD']\n    networks: [inner]\n  other:\n    image: samever-test:1\n    command: [/bin/busybox, sleep, '1000']\n",
        of_file: "  mine: {external: true, name: '${STACK_NAME}_mine'}\nsecrets:\n  pw: {external: true, name: '${STACK_NAME}_pw_${PW_VERSION}'}\n\
                  networks:\n  inner: {}\n  default: {external: true, name: samever-test-default}\n",
        ..LATEST
    };
    let recipe = SwarmRecipe::new(engine, "hidden", &[OLD, head]);
    fs::write(recipe.path("mine.env"), "MAIL_PASSWORD=mail-secret\n").unwrap();
    fs::create_dir(recipe.path("mine.env.secrets")).unwrap();
    fs::write(recipe.path("mine.env.secrets/pw"), "given-secret\n").unwrap();
    let output = recipe
        .command(&FROM_OLD)
        .args([
            "--env-file",
            "mine.env",
            "--make-external",
            "--max-restarts",
            "0",
        ])
        .env("DOCKER_PASSWORD", "process-secret")
        .env("SSH_AUTH_SOCK", "/process-secret")
        .output()
        .unwrap();
    let (code, stdout, stderr) = parts(&output);
    assert_eq!(code, 1, "{stdout} {stderr}");
    says(
        &stdout,
        &[
            "_app printed: ***",
            "_app printed: mail=***",
            "_app printed: leak=< >",
        ],
    );
    let logs = fs::read_to_string(recipe.path("state/logs/hidden/upgrade.log")).unwrap();
    for secret in ["mail-secret", "given-secret", "process-secret"] {
        assert!(
            !format!("{stdout}{stderr}{logs}").contains(secret),
            "{secret}: {stdout}"
        );
    }
    recipe.assert_nothing_is_left();
    assert_eq!(things(engine, "samever-test-default"), [""; 0]);
}
