//! Recipes of the shapes that real ones have (`recipes/`), each through two nights, a
//! pull request and a pull request with a fault: what is good is green, and the
//! fault is red at its stage, with the reason.
//!
//! A word between `@` in a file is one that versions differ in.

use std::fs;

use crate::support::repositories::says;
use crate::support::swarm::{SwarmRecipe, engine, ran, recipe_files, things};

const RUN: &str = "trap 'exit 0' TERM; while :; do /bin/busybox sleep 0.2; done";

type Words = &'static [(&'static str, &'static str)];

struct Fixture {
    name: &'static str,
    args: &'static [&'static str],
    /// What the words of a version are; those of the head go over the base's, and
    /// those of the fault over both.
    base: Words,
    head: Words,
    fault: Words,
    stage: &'static str,
    /// Parts of the reason that the fault is red for, and of the end of its log.
    why: &'static [&'static str],
    log: &'static [&'static str],
}

#[test]
fn a_database_in_a_second_file_is_deployed_and_can_be_red() {
    let recipe = run(&Fixture {
        name: "two-files",
        args: &[],
        base: &[("DATABASE", RUN)],
        head: &[],
        fault: &[("DATABASE", "echo it cannot read its data; exit 4")],
        stage: "upgrade",
        why: &["_db: it has ended 6 times: task: non-zero exit (4)"],
        log: &[
            "compose files: compose.yml:database/compose.yml",
            "_db printed: it cannot read its data",
        ],
    });
    let Some((_, green)) = recipe else { return };
    let deployed = &green["evidence"]["head"]["deployed"];
    assert_eq!(
        deployed["compose_files"],
        serde_json::json!(["compose.yml", "database/compose.yml"])
    );
    let services = deployed["services"].to_string();
    says(
        &services,
        &[
            r#""name":"app","version":"1.1.0+1""#,
            r#""name":"db","version":null"#,
        ],
    );
}

#[test]
fn a_config_gets_its_version_from_the_tree_that_is_deployed() {
    run(&Fixture {
        name: "config-versions",
        args: &[],
        base: &[("CONFIG", "v1"), ("CONTENT", "/one")],
        head: &[("CONFIG", "v2"), ("CONTENT", "/two")],
        // The content is another one, and the name is not.
        fault: &[("CONTENT", "/three")],
        stage: "upgrade",
        why: &[
            "another content under the name",
            "NAME_CONF_VERSION in abra.sh",
        ],
        log: &[],
    });
}

#[test]
fn secrets_are_made_as_their_comments_say_or_given() {
    const FIRST: &str = "${SECRET_DB_PASSWORD_VERSION}";
    run(&Fixture {
        name: "secrets",
        args: &["--env-file", "mine.env"],
        base: &[("DB_VERSION", FIRST), ("LENGTH", "32")],
        // A new version of a secret is a new secret, with a new value.
        head: &[
            ("DB_VERSION", "${SECRET_DB_PASSWORD_NEXT_VERSION}"),
            ("LENGTH", "48"),
        ],
        fault: &[("DB_VERSION", "${SECRET_STORAGE_KEY_VERSION}")],
        stage: "upgrade",
        why: &[
            "its secret db_password has no version: its name is ${STACK_NAME}_db_password_${SECRET_STORAGE_KEY_VERSION}",
        ],
        log: &[],
    });
}

#[test]
fn an_external_network_is_made_for_the_run_and_goes_with_it() {
    let Some(engine) = engine() else { return };
    run(&Fixture {
        name: "proxy",
        args: &["--make-external"],
        base: &[("HEALTH", "exit 0")],
        head: &[],
        fault: &[("HEALTH", "echo the page is not there; exit 1")],
        stage: "upgrade",
        why: &["_app: update rolled back"],
        log: &["_app healthcheck: the page is not there"],
    });
    assert_eq!(things(engine, "samever-test-proxy"), [""; 0]);
    let recipe = published("proxy", engine, &[("1.0.0+1", &[&[("HEALTH", "exit 0")]])]);
    let (code, _, stderr) = recipe.outcome(&[]);
    assert_eq!(code, 3, "{stderr}");
    says(
        &stderr,
        &[
            "external network samever-test-proxy",
            "docker network create",
            "--make-external",
        ],
    );
}

#[test]
fn services_that_end_or_never_begin_are_what_they_are_meant_to_be() {
    run(&Fixture {
        name: "one-shots",
        args: &["--settle", "3"],
        base: &[("CODE", "0")],
        head: &[],
        fault: &[("CODE", "7")],
        stage: "upgrade",
        why: &[
            "_migrate: it has ended, and the engine does not start it again: task: non-zero exit (7)",
        ],
        log: &["_migrate printed: it migrates to 1.2.0+1"],
    });
}

#[test]
fn an_app_that_ends_until_its_database_is_up_is_green() {
    let recipe = run(&Fixture {
        name: "waits",
        args: &["--timeout", "120"],
        base: &[("UP_AFTER", "3")],
        head: &[],
        fault: &[("UP_AFTER", "1000")],
        stage: "upgrade",
        why: &["_app: it has ended 6 times: task: non-zero exit (1)"],
        log: &["_app printed: no database at db:5432"],
    });
    let Some((_, green)) = recipe else { return };
    says(
        &green["notes"].to_string(),
        &["POST_DEPLOY_CMDS were not run: app install|app admin"],
    );
}

#[test]
fn the_longest_names_fit_beside_the_name_of_the_stack() {
    run(&Fixture {
        name: "a-recipe-whose-name-is-very-long",
        args: &[],
        base: &[("NAME", "application_encryption_key")],
        head: &[],
        fault: &[("NAME", "application_encryption_key_for_everything")],
        stage: "upgrade",
        why: &["of its secret key has", "and the engine takes 64"],
        log: &[],
    });
}

#[test]
fn the_environment_of_the_installation_stays_and_every_name_gets_through() {
    run(&Fixture {
        name: "environment",
        args: &[],
        base: &[("LEVEL", "info"), ("NEW", ""), ("MODE", "none")],
        head: &[
            ("LEVEL", "debug"),
            ("NEW", "NEW_MODE=fast"),
            ("MODE", "fast"),
        ],
        fault: &[("MODE", "slow")],
        stage: "upgrade",
        why: &["non-zero exit (4)"],
        log: &["_app printed: GIT_REPO=https://example.org/x.git SSH_PORT=2222 LOG_LEVEL=debug"],
    });
}

#[test]
fn what_has_a_name_of_its_own_on_the_engine_is_not_shared_by_runs() {
    let Some(engine) = engine() else { return };
    run(&Fixture {
        name: "shared-names",
        args: &[],
        base: &[("MIGRATE", "echo 1 > /data/format;")],
        head: &[(
            "MIGRATE",
            "[ ! -e /data/format ] || grep -q 1 /data/format || exit 1; echo 1 > /data/format;",
        )],
        fault: &[(
            "MIGRATE",
            "[ ! -e /data/format ] || { echo it cannot read format 1; exit 5; };",
        )],
        stage: "upgrade",
        why: &["non-zero exit (5)"],
        log: &["_app printed: it cannot read format 1"],
    });
    for name in ["data", "cache", "inner", "token"] {
        assert_eq!(things(engine, &format!("samever-test-{name}")), [""; 0]);
    }
}

/// Two nights, a pull request and one with a fault; returns the recipe, and what
/// came of the second night. Without an engine nothing is run.
fn run(fixture: &Fixture) -> Option<(SwarmRecipe, serde_json::Value)> {
    let engine = engine()?;
    let Fixture {
        base, head, fault, ..
    } = *fixture;
    let versions: [(&str, &[Words]); 2] = [("1.0.0+1", &[base]), ("1.1.0+1", &[head, base])];
    let mut recipe = published(fixture.name, engine, &versions);
    if fixture.args.contains(&"mine.env") {
        fs::write(recipe.path("mine.env"), "# mine\n").unwrap();
        fs::create_dir(recipe.path("mine.env.secrets")).unwrap();
        let value = "given by the operator\n";
        fs::write(recipe.path("mine.env.secrets/smtp_password"), value).unwrap();
    }
    let (code, first, stderr) = recipe.outcome(fixture.args);
    assert_eq!(
        (code, first["verdict"].as_str()),
        (0, Some("skipped")),
        "{first:#} {stderr}"
    );
    let (code, second, stderr) = recipe.outcome(fixture.args);
    assert_eq!(
        (code, second["verdict"].as_str()),
        (0, Some("green")),
        "{second:#} {stderr}"
    );
    assert_eq!(ran(&second, "base").0, "1.0.0+1");
    assert_eq!(ran(&second, "head").0, "1.1.0+1");
    let request = [fixture.args, &["--pr", "refs/pull/1/head"]].concat();
    recipe.pull_request_files(&files(fixture.name, "1.2.0+1", &[head, base]));
    let (code, good, stderr) = recipe.outcome(&request);
    assert_eq!(
        (code, good["verdict"].as_str()),
        (0, Some("green")),
        "{good:#} {stderr}"
    );
    assert_eq!(ran(&good, "base").0, "1.1.0+1");
    recipe.pull_request_files(&files(fixture.name, "1.2.0+1", &[fault, head, base]));
    let (code, red, stderr) = recipe.outcome(&request);
    assert_eq!(
        (code, red["stage"].as_str()),
        (1, Some(fixture.stage)),
        "{red:#} {stderr}"
    );
    says(red["why"].as_str().unwrap(), fixture.why);
    let last = red["logs"].as_array().unwrap().last().unwrap();
    says(&last["tail"].to_string(), fixture.log);
    Some((recipe, second))
}

fn published(name: &str, engine: &'static str, versions: &[(&str, &[Words])]) -> SwarmRecipe {
    let mut recipe = SwarmRecipe::empty(engine, name);
    for (version, words) in versions {
        recipe.publish_files(version, &files(name, version, words));
    }
    recipe
}

/// The files of a version; of a word the first value is taken.
fn files(name: &str, version: &str, words: &[Words]) -> Vec<(String, Vec<u8>)> {
    let image = if version == "1.0.0+1" {
        "samever-test:1"
    } else {
        "samever-test:2"
    };
    let own: [(&str, &str); 2] = [("VERSION", version), ("IMAGE", image)];
    let words = words.iter().flat_map(|words| words.iter());
    let words: Vec<_> = own.iter().chain(words).copied().collect();
    recipe_files(name, &words)
}
