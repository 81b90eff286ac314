//! The nights and pull requests of the mission on a running Docker Swarm: what
//! was upgraded is read from what runs.
//!
//! Without an engine that somebody names (`.ci/swarm` starts one of its own),
//! nothing is run, and a line says so.

use std::fs;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::support::repositories::says;
use crate::support::swarm::{
    Release, SwarmRecipe, docker, engine, parts, ran, things, upgrade, works,
};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tempfile::TempDir;

const OLD: Release = works("1.0.0+1", "samever-test:1");
const MIDDLE: Release = works("1.1.0+1", "samever-test:1");
const LATEST: Release = works("1.2.0+1", "samever-test:2");

#[test]
fn the_first_night_promotes_and_the_second_upgrades_from_before() {
    let Some(engine) = engine() else { return };
    let recipe = SwarmRecipe::new(engine, "nights", &[OLD, MIDDLE, LATEST]);
    let (code, first, stderr) = recipe.outcome(&[]);
    assert_eq!(
        (code, first["verdict"].as_str()),
        (0, Some("skipped")),
        "{stderr}"
    );
    assert_eq!(ran(&first, "head"), ("1.2.0+1", "samever-test:2"));
    assert_eq!(first["promotion"]["promoted"], true);
    // The second is a sweep over the catalogue, whose settings say what deploys.
    fs::write(
        recipe.path("catalogue.yaml"),
        "recipes: {nights: {deployer: swarm, timeout: 60}}\n",
    )
    .unwrap();
    let (code, sweep, stderr) = recipe.sweep();
    let second = &sweep["recipes"][0]["outcome"];
    assert_eq!(
        (code, second["verdict"].as_str()),
        (0, Some("green")),
        "{sweep:#} {stderr}"
    );
    assert_eq!(second["rung"], "step-back");
    assert_eq!(ran(second, "base"), ("1.1.0+1", "samever-test:1"));
    assert_eq!(ran(second, "head"), ("1.2.0+1", "samever-test:2"));
    says(
        &recipe.read("state/canonical/nights.json"),
        &["\"version\": \"1.2.0+1\""],
    );
}

#[test]
fn pull_requests_step_back_or_start_from_the_canonical() {
    let Some(engine) = engine() else { return };
    let mut recipe = SwarmRecipe::new(engine, "requests", &[OLD, LATEST]);
    recipe.pull_request(&Release {
        image: "samever-test:1",
        ..LATEST
    });
    let canonical = [
        "canonical",
        "set",
        "requests",
        "1.2.0+1",
        "--reason",
        "x",
        "--force",
        "--state",
    ];
    let status = Command::new(env!("CARGO_BIN_EXE_samever"))
        .args(canonical)
        .arg(recipe.path("state"))
        .stdout(Stdio::null())
        .status();
    assert!(status.unwrap().success());
    let (code, same, _) = recipe.outcome(&["--pr", "refs/pull/1/head"]);
    assert_eq!(
        (code, same["rung"].as_str()),
        (0, Some("step-back")),
        "{same:#}"
    );
    assert_eq!(ran(&same, "base"), ("1.0.0+1", "samever-test:1"));
    assert_eq!(ran(&same, "head"), ("1.2.0+1", "samever-test:1"));
    recipe.pull_request(&works("1.3.0+1", "samever-test:1"));
    let (code, bump, _) = recipe.outcome(&["--pr", "refs/pull/1/head"]);
    assert_eq!(
        (code, bump["rung"].as_str()),
        (0, Some("canonical")),
        "{bump:#}"
    );
    assert_eq!(ran(&bump, "base"), ("1.2.0+1", "samever-test:2"));
    assert_eq!(ran(&bump, "head"), ("1.3.0+1", "samever-test:1"));
    assert_eq!(bump["promotion"]["because"], "the run was one of a ref");
}

#[test]
fn a_broken_head_is_red_where_it_breaks_and_everything_is_removed() {
    let Some(engine) = engine() else { return };
    let unhealthy =
        "    healthcheck: {test: [CMD, /bin/busybox, 'false'], interval: 300ms, retries: 2}\n";
    for (name, head, stage, why) in [
        (
            "no-image",
            works("1.3.0+1", "samever-test:none"),
            "upgrade",
            "No such image",
        ),
        (
            "crashes",
            Release {
                script: "exit 3",
                ..works("1.3.0+1", "samever-test:2")
            },
            "upgrade",
            "non-zero exit (3)",
        ),
        (
            "unhealthy",
            Release {
                of_service: unhealthy,
                ..works("1.3.0+1", "samever-test:2")
            },
            "upgrade",
            "unhealthy",
        ),
        (
            "dies-later",
            Release {
                script: "sleep 15; exit 1",
                ..works("1.3.0+1", "samever-test:2")
            },
            "head-check",
            "it has ended once",
        ),
    ] {
        let recipe = SwarmRecipe::new(engine, name, &[MIDDLE, LATEST, head]);
        let mut args = vec!["--override", "1.2.0+1", "--settle", "20"];
        if name == "dies-later" {
            args.extend(["--max-restarts", "0"]);
        }
        let (code, outcome, stderr) = recipe.outcome(&args);
        assert_eq!(
            (code, outcome["stage"].as_str()),
            (1, Some(stage)),
            "{outcome:#} {stderr}"
        );
        says(outcome["why"].as_str().unwrap(), &[why]);
        assert_eq!(ran(&outcome, "base"), ("1.2.0+1", "samever-test:2"));
        let record = recipe.path(&format!("state/canonical/{name}.json"));
        assert!(!record.exists(), "nothing is promoted");
    }
}

#[test]
fn a_base_that_does_not_converge_is_red_at_its_own_stage() {
    let Some(engine) = engine() else { return };
    let base = Release {
        script: "exit 1",
        ..OLD
    };
    let recipe = SwarmRecipe::new(engine, "bad-base", &[base, LATEST]);
    // On a busy engine six tasks, with its pause between them, take more than a minute.
    let patient = ["--override", "1.0.0+1", "--timeout", "300"];
    let (code, outcome, _) = recipe.outcome(&patient);
    assert_eq!((code, outcome["stage"].as_str()), (1, Some("base-deploy")));
    says(
        outcome["why"].as_str().unwrap(),
        &["it has ended 6 times", "non-zero exit (1)"],
    );
}

/// The base writes its format to a real volume; the head cannot read that one.
const FORMAT_1: &str = "echo 1 > /data/format; trap 'exit 0' TERM; while :; do sleep 0.2; done";
const FORMAT_2: &str = "if [ \"$$(cat /data/format 2>/dev/null)\" = 1 ]; then echo cannot read format 1; exit 1; fi; \
                        echo 2 > /data/format; trap 'exit 0' TERM; while :; do sleep 0.2; done";

#[test]
fn a_broken_migration_is_red_under_a_real_upgrade_and_nowhere_else() {
    let Some(engine) = engine() else { return };
    let base = Release {
        script: FORMAT_1,
        ..MIDDLE
    };
    let head = Release {
        script: FORMAT_2,
        ..LATEST
    };
    let recipe = SwarmRecipe::new(engine, "migration", &[base, head]);
    // By itself it starts: that is what a night without an upgrade sees.
    let (code, alone, _) = recipe.outcome(&[]);
    assert_eq!(
        (code, alone["verdict"].as_str()),
        (0, Some("skipped")),
        "{alone:#}"
    );
    let (code, upgraded, _) = recipe.outcome(&[]);
    assert_eq!(
        (code, upgraded["stage"].as_str()),
        (1, Some("upgrade")),
        "{upgraded:#}"
    );
    assert_eq!(ran(&upgraded, "base"), ("1.1.0+1", "samever-test:1"));
    // It was promoted on its first night, and is not again.
    assert_eq!(upgraded["promotion"]["because"], "the run is red");
}

#[test]
fn previous_makes_an_old_base_deployable_and_is_gone_from_the_head() {
    let Some(engine) = engine() else { return };
    let needs = "[ \"$$PREVIOUS\" ] || exit 1; trap 'exit 0' TERM; while :; do sleep 0.2; done";
    let rejects = "[ ! \"$$PREVIOUS\" ] || exit 1; trap 'exit 0' TERM; while :; do sleep 0.2; done";
    let base = Release {
        script: needs,
        ..MIDDLE
    };
    let head = Release {
        script: rejects,
        ..LATEST
    };
    let recipe = SwarmRecipe::new(engine, "previous", &[base, head]);
    let (code, without, _) = recipe.outcome(&["--override", "1.1.0+1", "--max-restarts", "1"]);
    assert_eq!((code, without["stage"].as_str()), (1, Some("base-deploy")));
    let overlay = recipe.path("ci/previous");
    fs::create_dir_all(&overlay).unwrap();
    fs::write(overlay.join("VERSION"), "1.1.0+1").unwrap();
    let text = "version: '3.8'\nservices:\n  app:\n    environment: {PREVIOUS: applied}\n";
    fs::write(overlay.join("compose.previous.yml"), text).unwrap();
    let (code, with, _) = recipe.outcome(&["--override", "1.1.0+1", "--ci-dir", "ci"]);
    assert_eq!(
        (code, with["verdict"].as_str()),
        (0, Some("green")),
        "{with:#}"
    );
    assert_eq!(with["evidence"]["previous"], "applied");
    assert_eq!(ran(&with, "head"), ("1.2.0+1", "samever-test:2"));
}

#[test]
fn secrets_variables_and_services_that_go_are_as_a_recipe_expects() {
    let Some(engine) = engine() else { return };
    let script = "test -s /run/secrets/pw && test \"$$GREETING $$LD\" = 'hello ./evil.so' && test \"$$MINE\" = 'from the operator' && \
                  [ \"$$DOMAIN\" = \"$$STACK.localhost\" ] || exit 1; trap 'exit 0' TERM; while :; do sleep 0.2; done";
    let of_service = "    secrets: [pw]\n    environment: ['GREETING=$GREETING', 'MINE=$MINE', 'DOMAIN=$DOMAIN', 'STACK=$STACK_NAME', \
                      'LD=$LD_PRELOAD']\n";
    let secrets = "secrets:\n  pw: {external: true, name: '${STACK_NAME}_pw_${PW_VERSION}'}\n";
    let base = Release {
        script,
        of_service,
        of_file: secrets,
        ..MIDDLE
    };
    let head = Release {
        script,
        of_service,
        of_file: secrets,
        ..LATEST
    };
    let recipe = SwarmRecipe::new(engine, "secrets", &[base, head]);
    fs::write(recipe.path("mine.env"), "MINE=from the operator\n").unwrap();
    let (code, outcome, stderr) =
        recipe.outcome(&["--override", "1.1.0+1", "--env-file", "mine.env"]);
    assert_eq!(
        (code, outcome["verdict"].as_str()),
        (0, Some("green")),
        "{outcome:#} {stderr}"
    );

    // A network that the operator has to make is no fault of the recipe's.
    let networks = "networks:\n  default: {external: true, name: samever-test-not-there}\n";
    let head = Release {
        of_file: networks,
        ..LATEST
    };
    let recipe = SwarmRecipe::new(engine, "networks", &[head]);
    let (code, _, stderr) = recipe.outcome(&[]);
    assert_eq!(code, 3);
    says(
        &stderr,
        &[
            "samever-test-not-there",
            "docker network create --driver overlay",
        ],
    );
}

#[test]
fn a_service_that_the_head_does_not_declare_is_pruned() {
    let Some(engine) = engine() else { return };
    let second = "  second:\n    image: samever-test:1\n    command: [/bin/busybox, sh, -c, 'while :; do sleep 0.2; done']\n    \
                  stop_grace_period: 1s\n";
    let base = Release {
        of_service: "",
        of_file: "",
        ..MIDDLE
    };
    let recipe = SwarmRecipe::new(engine, "pruned", &[base, LATEST]);
    let overlay = recipe.path("ci/previous");
    fs::create_dir_all(&overlay).unwrap();
    fs::write(overlay.join("VERSION"), "1.1.0+1").unwrap();
    let text = format!("version: '3.8'\nservices:\n{second}");
    fs::write(overlay.join("compose.previous.yml"), text).unwrap();
    let mut command = recipe.command(&["--override", "1.1.0+1", "--ci-dir", "ci", "--settle", "4"]);
    let child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let services = || {
        let names = things(engine, "samever-pruned-");
        names
            .iter()
            .filter(|name| name.starts_with("service "))
            .count()
    };
    let mut counts = Vec::new();
    let mut child = child;
    while child.try_wait().unwrap().is_none() {
        counts.push(services());
        std::thread::sleep(Duration::from_millis(100));
    }
    counts.dedup();
    let (code, stdout, stderr) = parts(&child.wait_with_output().unwrap());
    assert_eq!(code, 0, "{stdout}{stderr}");
    let two = counts
        .iter()
        .position(|count| *count == 2)
        .expect("the base has two");
    assert!(counts[two..].contains(&1), "the head has one: {counts:?}");
    recipe.assert_nothing_is_left();
}

#[test]
fn an_interrupt_removes_everything_and_is_no_verdict() {
    let Some(engine) = engine() else { return };
    for (name, milliseconds) in [("early", 700), ("later", 3000)] {
        let recipe = SwarmRecipe::new(engine, name, &[MIDDLE, LATEST]);
        let mut command = recipe.command(&["--override", "1.1.0+1", "--settle", "30"]);
        let child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_millis(milliseconds));
        kill(
            Pid::from_raw(i32::try_from(child.id()).unwrap()),
            Signal::SIGINT,
        )
        .unwrap();
        let (code, stdout, stderr) = parts(&child.wait_with_output().unwrap());
        assert_eq!((code, stdout.as_str()), (3, ""));
        says(&stderr, &["interrupted: what was deployed is torn down"]);
        recipe.assert_nothing_is_left();
    }
}

/// Somebody else's stack, with a name and a config that look like ours.
fn deploy_somebody_elses_stack(engine: &str) {
    let folder = TempDir::new().unwrap();
    let compose = folder.path().join("compose.yml");
    let text = "version: '3.8'\nservices:\n  app:\n    image: samever-test:1\n    command: [/bin/busybox, sh, -c, 'while :; do \
                sleep 1; done']\n    volumes: ['data:/data']\nvolumes: {data: {}}\nconfigs:\n  trap:\n    \
                file: ./compose.yml\n    name: samever-production_samever\n    labels: {samever.run: \
                samever-production}\n";
    fs::write(
        &compose,
        text.replace(
            "    volumes: ['data:/data']",
            "    volumes: ['data:/data']\n    configs: [trap]",
        ),
    )
    .unwrap();
    let compose = compose.to_str().unwrap();
    docker(
        engine,
        &[
            "stack",
            "deploy",
            "--resolve-image",
            "never",
            "--compose-file",
            compose,
            "samever-production",
        ],
    );
    let runs = || {
        let filter = "label=com.docker.stack.namespace=samever-production";
        let running = ["container", "ls", "--quiet", "--filter", filter];
        !docker(engine, &running).is_empty()
    };
    let begin = Instant::now();
    while !runs() {
        let tasks = ["stack", "ps", "--no-trunc", "samever-production"];
        let late = begin.elapsed() > Duration::from_mins(2);
        assert!(!late, "it does not start: {}", docker(engine, &tasks));
        std::thread::sleep(Duration::from_millis(300));
    }
}

fn assert_theirs_stayed_and_remove_it(engine: &str) {
    let theirs = things(engine, "samever-production");
    for thing in [
        "service samever-production_app",
        "volume samever-production_data",
        "config samever-production_samever",
    ] {
        assert!(theirs.contains(&thing.to_owned()), "{theirs:?}");
    }
    docker(engine, &["stack", "rm", "samever-production"]);
    while Command::new("docker")
        .args(["volume", "rm", "samever-production_data"])
        .env("DOCKER_HOST", engine)
        .output()
        .is_ok_and(|output| !output.status.success())
    {
        std::thread::sleep(Duration::from_millis(300));
    }
}

#[test]
fn killed_runs_leave_what_the_sweep_removes_and_nothing_else_goes() {
    let Some(engine) = engine() else { return };
    deploy_somebody_elses_stack(engine);
    let recipe = SwarmRecipe::new(engine, "killed", &[MIDDLE, LATEST]);
    for round in 0..20_u64 {
        let mut command = recipe.command(&["--override", "1.1.0+1", "--settle", "0"]);
        let mut child = command
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_millis(round * 7919 % 9000));
        child.kill().unwrap();
        child.wait().unwrap();
        if round % 5 != 4 {
            continue;
        }
        // Whatever they left, the next run starts clean, and the sweep removes it.
        let output = recipe
            .command(&["--override", "1.1.0+1", "--settle", "0"])
            .output()
            .unwrap();
        let (code, stdout, stderr) = parts(&output);
        assert_eq!(code, 0, "after {round} kills: {stdout}{stderr}");
        let output = upgrade(engine, &recipe.path("tmp"))
            .args(["--sweep-leftovers", "--all"])
            .output();
        let (code, stdout, stderr) = parts(&output.unwrap());
        assert_eq!(code, 0, "{stdout}{stderr}");
        assert!(!stdout.contains("production"), "{stdout}");
        recipe.assert_nothing_is_left();
    }
    assert_theirs_stayed_and_remove_it(engine);
}
