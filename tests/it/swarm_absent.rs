//! Where there is no Swarm, or one that dies: clear messages at the right stage,
//! and what `samever doctor` says. A program on the PATH stands in for docker.

use std::fs;

use crate::support::folder::binary;
use crate::support::lab::Lab;
use crate::support::repositories::{says, text};

const SWARM: &str = r#"{"Swarm": {"LocalNodeState": "active", "ControlAvailable": true}}"#;

/// What the engine answers to `docker info`, and what the program does for the
/// rest; how `samever upgrade --deployer swarm` then ends.
#[track_caller]
fn upgrade(info: &str, rest: &str) -> (Option<i32>, String, String) {
    let lab = Lab::new();
    fs::create_dir(lab.path("bin")).unwrap();
    let script = format!(
        "echo \"$@\" >> calls\ncase \"$1 $2\" in\n'info --format') echo '{info}' ;;\n{rest}\nesac"
    );
    lab.program("bin/docker", &script);
    let path = format!("{}:/usr/bin:/bin", lab.path("bin").display());
    let output = lab
        .command(&[
            "--deployer",
            "swarm",
            "--timeout",
            "2",
            "--canonical-version",
            "1.2.0+1",
        ])
        .env("PATH", path)
        .output()
        .unwrap();
    let told = text(&output.stderr) + &text(&output.stdout);
    (output.status.code(), told, lab.read("calls"))
}

#[test]
fn an_engine_that_is_no_manager_of_a_swarm_is_exit_3_with_what_to_do() {
    for (info, parts) in [
        (
            r#"{"Swarm": {"LocalNodeState": "inactive"}}"#,
            ["not in Swarm mode (it is inactive)", "docker swarm init"],
        ),
        (
            r#"{"Swarm": {"LocalNodeState": "active", "ControlAvailable": false}}"#,
            ["is a worker of its Swarm", "docker node promote"],
        ),
        (
            r#"{"ServerErrors": ["Cannot connect to the Docker daemon at unix:///x"]}"#,
            [
                "no Docker engine answers",
                "start it, or name another with DOCKER_HOST",
            ],
        ),
        (
            "nonsense",
            [
                "docker info --format",
                "printed what cannot be understood: it is no JSON",
            ],
        ),
    ] {
        let (code, told, calls) = upgrade(info, "*) exit 9 ;;");
        assert_eq!(code, Some(3), "{told}");
        says(&told, &parts);
        assert_eq!(
            calls.lines().count(),
            1,
            "nothing is deployed or removed: {calls}"
        );
    }
}

#[test]
fn an_engine_that_dies_half_way_is_no_finding_about_the_recipe() {
    let gone = "*) echo 'Cannot connect to the Docker daemon at unix:///x. Is the docker daemon running?' >&2; exit 1 ;;";
    let (code, told, _) = upgrade(SWARM, &format!("'config create') ;;\n{gone}"));
    assert_eq!(code, Some(3), "{told}");
    says(
        &told,
        &[
            "the deployer does not work",
            "no Docker engine answers",
            "--sweep-leftovers",
        ],
    );

    let (code, told, calls) = upgrade(
        SWARM,
        &format!(
            "'config create' | 'service ls') ;;\n'stack deploy') echo 'error during connect: EOF' >&2; exit 1 ;;\n{gone}"
        ),
    );
    assert_eq!(code, Some(3), "{told}");
    says(
        &told,
        &["the Docker engine has gone: error during connect: EOF"],
    );
    says(
        &calls,
        &["stack deploy --prune --resolve-image always --compose-file"],
    );
}

#[test]
fn a_stack_that_docker_refuses_is_red_and_is_removed() {
    let (code, told, calls) = upgrade(
        SWARM,
        "'stack deploy') echo 'services.app.image must be a string' >&2; exit 1 ;;\n*) ;;",
    );
    assert_eq!(code, Some(1), "{told}");
    says(
        &told,
        &["red at base-deploy: docker stack deploy: services.app.image must be a string"],
    );
    says(
        &calls,
        &[
            "stack rm samever-custom-html-",
            "config rm samever-custom-html-",
        ],
    );
}

#[test]
fn the_doctor_says_what_there_is_and_what_to_do_about_the_rest() {
    let lab = Lab::new();
    fs::create_dir(lab.path("bin")).unwrap();
    lab.program(
        "bin/docker",
        "[ \"$1\" = --version ] && echo Docker version 0; exit $?",
    );
    let path = format!("{}:/usr/bin:/bin", lab.path("bin").display());
    let doctor = |args: &[&str], path: &str| {
        let output = binary()
            .arg("doctor")
            .args(args)
            .current_dir(lab.root())
            .env("PATH", path)
            .output()
            .unwrap();
        (output.status.code(), text(&output.stdout))
    };
    let (code, printed) = doctor(&["--state", "state"], &path);
    assert_eq!(code, Some(0), "{printed}");
    says(
        &printed,
        &[
            "ok        temporary folder",
            "ok        state folder      state can be written",
            "ok        locks             they work",
            "ok        docker program    Docker version 0",
            "not here  Docker Swarm",
        ],
    );
    assert_eq!(
        fs::read_dir(lab.path("state")).unwrap().count(),
        1,
        "it leaves nothing"
    );
    let (code, printed) = doctor(&["--require-swarm"], "/nowhere");
    assert_eq!(code, Some(3));
    says(
        &printed,
        &[
            "MISSING   docker program",
            "install Docker",
            "not here  git",
        ],
    );
    fs::write(lab.path("file"), "").unwrap();
    let (code, printed) = doctor(&["--state", "file"], &path);
    assert_eq!(code, Some(3));
    says(
        &printed,
        &[
            "MISSING   state folder",
            "is no folder, so it is no state folder",
        ],
    );
}

#[test]
fn leftover_folders_of_killed_runs_are_swept_without_a_swarm() {
    let lab = Lab::new();
    let temporary = lab.path("tmp");
    let deploy = lab.program("deploy", "touch begun; exec sleep 1000");
    let mut killed = lab.command(&["--deploy", &deploy]).spawn().unwrap();
    while !lab.path("begun").exists() {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    let sweep = || {
        let output = lab
            .samever(&["upgrade", "--sweep-leftovers", "--all"])
            .env("TMPDIR", &temporary)
            .env("PATH", "/nowhere")
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        text(&output.stdout)
    };
    for name in ["samever-mine", "other"] {
        fs::create_dir(temporary.join(name)).unwrap();
    }
    fs::write(temporary.join("other/samever-run"), "samever-x-12345678").unwrap();
    says(&sweep(), &["0 leftovers removed (no Docker Swarm answers"]);
    killed.kill().unwrap();
    killed.wait().unwrap();
    let told = sweep();
    says(
        &told,
        &[
            "removed the folder",
            "of the stack samever-custom-html-",
            "1 leftover removed",
        ],
    );
    let mut left: Vec<_> = fs::read_dir(&temporary)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    left.sort();
    assert_eq!(left, ["other", "samever-mine"]);
}
