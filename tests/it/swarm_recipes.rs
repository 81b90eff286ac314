//! What docker is told of recipes of the shapes that real ones have
//! (`tests/swarm/recipes/`): the files, the environment and the names of secrets and
//! configs that abra's rules make of them, in a table. A program on the PATH stands in
//! for docker.

use std::collections::BTreeMap;
use std::fs;

use crate::support::lab::Lab;
use crate::support::repositories::{says, text};
use crate::support::swarm::recipe_files;
use samever::simulate::TagKind;

/// What a deployment of a recipe comes to.
struct Told {
    files: &'static [&'static str],
    /// Secrets that are made, with the lengths of their values.
    secrets: &'static [(&'static str, usize)],
    /// Names of configs on the engine, as docker will see them.
    configs: &'static [&'static str],
    /// Variables and their values.
    variables: &'static [(&'static str, &'static str)],
}

const TABLE: [(&str, Told); 6] = [
    (
        "two-files",
        Told {
            files: &["compose.yml", "database/compose.yml"],
            secrets: &[],
            configs: &[],
            variables: &[
                ("COMPOSE_FILE", "compose.yml:database/compose.yml"),
                ("DOMAIN", "STACK.localhost"),
                ("HOSTNAME", "two.example.org"),
                ("LANG", "de"),
            ],
        },
    ),
    (
        "config-versions",
        Told {
            files: &["compose.yml"],
            secrets: &[],
            configs: &["STACK_nginx_conf_v1"],
            variables: &[("NGINX_CONF_VERSION", "v1")],
        },
    ),
    (
        "secrets",
        Told {
            files: &["compose.yml"],
            // What no service uses is not made.
            secrets: &[
                ("STACK_db_password_v1", 32),
                ("STACK_jwt_secret_v1", 64),
                ("STACK_smtp_password_v1", 6),
            ],
            configs: &[],
            variables: &[("SECRET_JWT_SECRET_VERSION", "v1")],
        },
    ),
    (
        "a-recipe-whose-name-is-very-long",
        Told {
            files: &["compose.yml"],
            secrets: &[("STACK_key_v1", 20)],
            configs: &["STACK_custom_entrypoint_scripts_v3"],
            variables: &[],
        },
    ),
    (
        "environment",
        Told {
            files: &["compose.yml"],
            secrets: &[],
            configs: &[],
            variables: &[
                ("DOCKER_HOST", "tcp://example.org:1"),
                ("ENV", "prod"),
                ("GIT_REPO", "https://example.org/x.git"),
                ("GOOGLE_CLIENT_ID", "id"),
                ("LOG_LEVEL", "info"),
                ("SSH_PORT", "2222"),
                ("TRUSTED_PROXY", "10.0.0.0/8"),
                ("USER", "app"),
            ],
        },
    ),
    (
        "shared-names",
        Told {
            files: &["compose.yml"],
            // One that is not of the stack becomes the run's own.
            secrets: &[("STACK_samever-test-token", 48)],
            configs: &[],
            variables: &[],
        },
    ),
];

/// The words in the fixtures that versions differ in.
const WORDS: [(&str, &str); 11] = [
    ("IMAGE", "x"),
    ("DATABASE", "x"),
    ("CONFIG", "v1"),
    ("CONTENT", "/one"),
    ("LENGTH", "32"),
    ("DB_VERSION", "${SECRET_DB_PASSWORD_VERSION}"),
    ("NAME", "key"),
    ("LEVEL", "info"),
    ("NEW", ""),
    ("MODE", "none"),
    ("MIGRATE", ""),
];

/// The files of a version.
fn files(recipe: &str, version: &str) -> Vec<(String, Vec<u8>)> {
    let words = [&[("VERSION", version)], &WORDS[..]].concat();
    recipe_files(recipe, &words)
}

const DOCKER: &str = r#"case "$1 $2" in
'info --format') echo '{"Swarm": {"LocalNodeState": "active", "ControlAvailable": true}}' ;;
'secret inspect') exit 1 ;;
'secret create') for name; do :; done; shift $(($# - 2)); echo "$1 $(wc -c)" >> secrets ;;
'stack deploy')
    env > environment
    while [ $# -gt 0 ]; do
        if [ "$1" = --compose-file ]; then cat "$2" >> files; echo '=====' >> files; fi
        shift
    done ;;
esac"#;

#[test]
fn docker_is_told_what_abras_rules_make_of_a_recipe() {
    for (name, expected) in &TABLE {
        let mut lab = Lab::new();
        let builder = &mut lab.fixture.builder;
        let base: BTreeMap<_, _> = files(name, "2.0.0+1").into_iter().collect();
        let [old, head] = ["2.0.0+1", "2.1.0+1"].map(|version| {
            let files = files(name, version);
            let files: Vec<_> = files
                .iter()
                .map(|(path, text)| (path.as_str(), text.as_slice()))
                .collect();
            builder.commit(None, &files).unwrap()
        });
        builder.tag("2.0.0+1", old, TagKind::Annotated).unwrap();
        builder.reference("refs/heads/main", head).unwrap();
        fs::create_dir(lab.path("bin")).unwrap();
        lab.program("bin/docker", DOCKER);
        lab.write("mine.env", "");
        fs::create_dir(lab.path("mine.env.secrets")).unwrap();
        lab.write("mine.env.secrets/smtp_password", "given\n");
        let output = lab
            .command(&["--deployer", "swarm", "--timeout", "2", "--recipe", "r"])
            .args(["--override", "2.0.0+1", "--env-file", "mine.env"])
            .env(
                "PATH",
                format!("{}:/usr/bin:/bin", lab.path("bin").display()),
            )
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(1), "{name}");
        // The stand-in runs nothing of what it was told.
        says(&text(&output.stdout), &["is declared and does not run"]);

        let environment = lab.read("environment");
        let value = |name: &str| {
            let line = format!("\nSAMEVER_APP_{name}=");
            let environment = format!("\n{environment}");
            let (_, rest) = environment.split_once(&line)?;
            rest.lines().next().map(str::to_owned)
        };
        let stack = value("STACK_NAME").unwrap();
        for (variable, expected) in expected.variables {
            let expected = expected.replace("STACK", &stack);
            assert_eq!(value(variable), Some(expected), "{name}: {variable}");
        }
        // Docker gets each file with the variables under other names, and one more.
        let told = lab.read("files");
        let told: Vec<_> = told.split("=====\n").collect();
        let given = expected.files.iter().map(|file| text(&base[*file]));
        let given: Vec<_> = given.collect();
        let original = told[..given.len()].iter();
        let original: Vec<_> = original
            .map(|text| text.replace("SAMEVER_APP_", ""))
            .collect();
        assert_eq!(original, given, "{name}");
        assert_eq!(told.len(), given.len() + 2, "{name}");
        for config in expected.configs {
            let config = config.replace("STACK", &stack);
            assert!(
                names(&told.concat(), &value).contains(&config),
                "{name}: {config}"
            );
        }
        let secrets = lab.read("secrets").replace(&stack, "STACK");
        assert_secrets(name, &secrets, expected.secrets);
    }
}

/// The secrets that docker was told to make, a line each, must be those.
#[track_caller]
fn assert_secrets(recipe: &str, made: &str, expected: &[(&str, usize)]) {
    let mut made: Vec<_> = made.lines().collect();
    made.sort_unstable();
    let expected = expected.iter();
    let expected: Vec<_> = expected
        .map(|(secret, length)| format!("{secret} {length}"))
        .collect();
    assert_eq!(made, expected, "{recipe}");
}

/// The names in compose files, with the values of their variables as docker puts them
/// in.
fn names(files: &str, value: &dyn Fn(&str) -> Option<String>) -> Vec<String> {
    let written = files
        .lines()
        .filter_map(|line| line.trim().strip_prefix("name: "));
    let names = written.map(|written| {
        let mut parts = written.split("${SAMEVER_APP_");
        let mut name = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let (variable, rest) = part.split_once('}').unwrap();
            let (variable, default) = variable.split_once(":-").unwrap_or((variable, ""));
            name += &value(variable).unwrap_or_else(|| default.to_owned());
            name += rest;
        }
        name
    });
    names.collect()
}
