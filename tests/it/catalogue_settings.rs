//! The settings of a catalogue: each is read, or an error says why not.

use std::fs;
use std::os::unix::fs::symlink;

use crate::support::folder::Run;
use crate::support::night::{Night, assert_verdicts};
use crate::support::repositories::says;

/// What a sweep of the recipe alpha says of this `catalogue.yaml`, which is no
/// answer.
#[track_caller]
fn refusal(night: &Night, content: &str) -> String {
    night.write("catalogue/catalogue.yaml", content);
    let run = night.sweep(&[]);
    assert_eq!(run.code, 3, "{content}: {}{}", run.stdout, run.stderr);
    assert!(
        !night.path("state/canonical/alpha.json").exists(),
        "{content}"
    );
    run.stderr
}

#[track_caller]
fn is_fine(night: &Night, content: &str) {
    night.write("catalogue/catalogue.yaml", content);
    let run = night.sweep(&[]);
    assert_eq!(run.code, 0, "{content}: {}", run.stderr);
}

/// The answers that YAML and people give where a reason belongs, as in
/// YAML 1.1's and 1.2's words for false, true and nothing.
#[test]
fn a_word_for_no_does_not_switch_a_recipes_upgrade_tests_off() {
    let night = Night::of(&["alpha"]);
    for word in [
        "false", "False", "FALSE", "no", "No", "off", "n", "true", "yes", "on", "0", "1", "1.5",
        "1e3", "0x1f", ".inf",
    ] {
        let told = refusal(
            &night,
            &format!("recipes: {{alpha: {{not-applicable: {word}}}}}"),
        );
        says(
            &told,
            &[&format!("`{word}` is no text in YAML"), "line 1, column"],
        );
        let told = refusal(&night, &format!("defaults: {{not-applicable: {word}}}"));
        says(&told, &[&format!("`{word}` is no text in YAML")]);
    }
    for nothing in ["", "~", "null", "# because it keeps no state"] {
        let told = refusal(
            &night,
            &format!("recipes:\n  alpha:\n    not-applicable: {nothing}\n"),
        );
        says(&told, &["there is nothing where a text belongs"]);
    }
    for quoted in [
        "'false'",
        "\"no\"",
        "'~'",
        "''",
        "' '",
        "!!str off",
        "n/a",
        "none",
        "|\n      no",
    ] {
        let told = refusal(
            &night,
            &format!("recipes:\n  alpha:\n    not-applicable: {quoted}\n"),
        );
        says(&told, &["say in words why upgrades do not apply"]);
    }
    for other in ["[it keeps nothing]", "{reason: it keeps nothing}"] {
        let told = refusal(
            &night,
            &format!("recipes:\n  alpha:\n    not-applicable: {other}\n"),
        );
        says(&told, &["stands where a single value belongs"]);
    }
}

#[test]
fn every_key_that_takes_a_text_refuses_what_yaml_takes_for_something_else() {
    let night = Night::of(&["alpha"]);
    for key in [
        "main", "ci-dir", "override", "deploy", "check", "teardown", "env-file",
    ] {
        for (value, part) in [
            ("false", "`false` is no text in YAML"),
            ("off", "`off` is no text in YAML"),
            ("1.0", "put it in quotes, as '1.0'"),
            (
                "",
                "there is nothing where a text belongs; write it, or remove the key",
            ),
            ("~", "there is nothing where a text belongs"),
            ("[a]", "stands where a single value belongs"),
        ] {
            let told = refusal(&night, &format!("recipes:\n  alpha:\n    {key}: {value}\n"));
            says(&told, &[part]);
        }
        let told = refusal(
            &night,
            &format!("recipes:\n  alpha:\n    {key}: ' '\n    deployer: command\n"),
        );
        says(&told, &["alpha: "]);
    }
    for key in [
        "enrolled",
        "head",
        "fallback",
        "prereleases",
        "deployer",
        "timeout",
    ] {
        refusal(&night, &format!("recipes:\n  alpha:\n    {key}:\n"));
    }
    for (settings, part) in [
        ("main: ''", "alpha: its main cannot be used: it is empty"),
        (
            "main: --all",
            "alpha: its main cannot be used: --all is no revision",
        ),
        ("ci-dir: ''", "alpha: its ci-dir is empty"),
        (
            "deployer: swarm, env-file: ' '",
            "alpha: its env-file is empty",
        ),
    ] {
        says(
            &refusal(&night, &format!("recipes: {{alpha: {{{settings}}}}}")),
            &[part],
        );
    }
    says(
        &refusal(&night, "recipes: {no: {enrolled: true}}"),
        &["put it in quotes, as 'no'"],
    );
}

#[test]
fn a_catalogue_of_another_name_is_an_error_that_gives_the_right_one() {
    let night = Night::of(&["alpha"]);
    for name in [
        "catalogue.yml",
        "Catalogue.yaml",
        "CATALOGUE.YML",
        ".catalogue.yaml",
        "catalogue.json",
        "catalogue.toml",
        "catalog.yaml",
        "catalog.yml",
    ] {
        let path = format!("catalogue/{name}");
        for beside in [false, true] {
            if beside {
                night.write("catalogue/catalogue.yaml", "");
            }
            night.write(&path, "recipes: {alpha: {enrolled: false}}");
            let run = night.sweep(&[]);
            assert_eq!(run.code, 3, "{name}: {}", run.stderr);
            says(&run.stderr, &[name, "only catalogue.yaml is; rename it"]);
            let _ = fs::remove_file(night.path("catalogue/catalogue.yaml"));
        }
        fs::remove_file(night.path(&path)).unwrap();
        symlink("nowhere", night.path(&path)).unwrap();
        assert_eq!(night.sweep(&[]).code, 3, "a link counts, too: {name}");
        fs::remove_file(night.path(&path)).unwrap();
    }
    for name in [
        "catalogue",
        "catalogues.yaml",
        "catalogue-yaml",
        "catalogue.yaml ",
        "catalogue.yaml.txt",
        "catalogue.yaml.yml",
    ] {
        let path = format!("catalogue/{name}");
        night.write(&path, "recipes: {alpha: {enrolled: false}}");
        let run = night.sweep(&[]);
        assert_eq!(run.code, 3, "{name}: {}", run.stderr);
        says(&run.stderr, &[name, "only catalogue.yaml is; rename it"]);
        fs::remove_file(night.path(&path)).unwrap();
    }
    for name in [
        "catalogue.yaml~",
        "catalogue.yaml.bak",
        ".catalogue.yaml.swp",
        "my-catalogue.yaml",
        "catalogue.md",
        "recipes.json",
        "alpha/catalogue.yaml",
        "alpha/catalogue.yml",
    ] {
        night.write(&format!("catalogue/{name}"), "rubbish: [");
    }
    assert_eq!(night.sweep(&[]).code, 0, "none of these is meant");
}

#[test]
fn a_catalogue_that_is_there_and_cannot_be_read_is_not_taken_for_none() {
    let night = Night::of(&["alpha"]);
    let path = night.path("catalogue/catalogue.yaml");
    let told = || {
        let run = night.sweep(&[]);
        assert_eq!(run.code, 3, "{}", run.stderr);
        run.stderr
    };
    for target in ["nowhere.yaml", "catalogue.yaml", "alpha/../../nowhere"] {
        symlink(target, &path).unwrap();
        says(&told(), &["it is a link that leads nowhere; mend the link"]);
        fs::remove_file(&path).unwrap();
    }
    for target in ["/dev/null", "alpha"] {
        symlink(target, &path).unwrap();
        says(&told(), &["it is no regular file"]);
        fs::remove_file(&path).unwrap();
    }
    fs::create_dir(&path).unwrap();
    says(
        &told(),
        &["catalogue.yaml cannot be read: it is no regular file"],
    );
    fs::remove_dir(&path).unwrap();
    night.write("catalogue/catalogue.yaml", b"# caf\xe9");
    says(&told(), &["it is not UTF-8 at byte 5"]);
    night.write("catalogue/catalogue.yaml", vec![b'#'; 1024 * 1024 + 1]);
    says(&told(), &["it is larger than 1 MiB"]);
    night.write("real.yaml", "recipes: {alpha: {enrolled: false}}");
    fs::remove_file(&path).unwrap();
    symlink("../real.yaml", &path).unwrap();
    assert_eq!(night.sweep(&[]).code, 0, "a link to a file is read");
    assert!(!night.path("state/canonical/alpha.json").exists());
    for file in ["catalogue/catalogue.yaml", "nowhere"] {
        let run =
            Run::of(&mut night.samever(&["nightly", "--state", "state", "--catalogue", file]));
        assert_eq!(run.code, 3);
        says(
            &run.stderr,
            &["it is no folder; give the folder with the repositories"],
        );
    }
}

#[test]
fn a_catalogue_without_entries_is_read_as_one_that_says_nothing() {
    for content in [
        "",
        "\n",
        "# nothing yet\n",
        "---\n",
        "--- # nothing\n...\n",
        "{}",
        "~",
        "\u{feff}",
        "\u{feff}# nothing\n",
        "recipes:\n",
        "defaults:\n",
        "recipes:\n#  alpha: {enrolled: false}\ndefaults:\n#  timeout: 5\n",
        "recipes: ~\n",
        "recipes: {}\ndefaults: {}\n",
        "recipes:\n  alpha:\n",
        "recipes:\n  alpha: {}\n",
        "\u{feff}recipes:\n  alpha:\n    enrolled: true\n",
    ] {
        is_fine(&Night::of(&["alpha"]), content);
    }
}

#[test]
fn a_setting_that_would_do_nothing_is_an_error_that_says_why() {
    let night = Night::of(&["alpha"]);
    for (settings, part) in [
        (
            "env-file: a.env",
            "its env-file does nothing: its deployer is tree",
        ),
        (
            "env-file: a.env, deploy: 'true'",
            "its env-file does nothing: its deployer is command",
        ),
        (
            "env-file: a.env, deployer: tree",
            "and only swarm reads one; remove it",
        ),
        (
            "not-applicable: a reason, override: 1.0.0+1",
            "its override does nothing beside not-applicable",
        ),
        (
            "not-applicable: a reason, fallback: main-tip",
            "its fallback does nothing beside not-applicable",
        ),
        (
            "not-applicable: a reason, prereleases: false",
            "its prereleases does nothing beside not-applicable",
        ),
        (
            "not-applicable: a reason, ci-dir: .",
            "its ci-dir does nothing beside not-applicable",
        ),
        (
            "override: 1.0.0+1, fallback: main-tip",
            "its fallback does nothing beside override",
        ),
        (
            "override: 1.0.0+1, prereleases: true",
            "its prereleases does nothing beside override",
        ),
    ] {
        let told = refusal(&night, &format!("recipes: {{alpha: {{{settings}}}}}"));
        says(&told, &["alpha: ", part]);
    }
}

#[test]
fn a_default_that_would_do_nothing_for_any_recipe_is_an_error() {
    let night = Night::of(&["alpha"]);
    for (content, part) in [
        (
            "defaults: {env-file: a.env}",
            "the env-file of its defaults does nothing",
        ),
        (
            "defaults: {env-file: a.env, deploy: 'true'}",
            "no recipe has the deployer swarm",
        ),
        (
            "defaults: {override: 1.0.0+1, fallback: main-tip}",
            "in its defaults, fallback does nothing",
        ),
        (
            "defaults: {not-applicable: a reason}\nrecipes: {alpha: {override: 1.0.0+1}}",
            "alpha: its override does nothing",
        ),
        (
            "recipes: {alpha: {enrolled: true}, alpha: {enrolled: false}}",
            "the key `alpha` is there twice",
        ),
        (
            "recipes: {alpha: {main: a, main: b}}",
            "the key `main` is there twice",
        ),
    ] {
        says(&refusal(&night, content), &[part]);
    }
}

#[test]
fn an_entry_for_no_repository_names_the_one_that_is_meant() {
    let night = Night::of(&["alpha", "Beta.git"]);
    for (name, meant) in [
        ("alpha.git", "; write alpha\n"),
        ("Alpha", "; write alpha\n"),
        ("beta", "; write Beta\n"),
        ("Beta.git", "; write Beta\n"),
        ("gamma", " in the folder\n"),
    ] {
        let content = format!("recipes: {{{name}: {{enrolled: false}}}}");
        night.write("catalogue/catalogue.yaml", content);
        let run = night.sweep(&[]);
        assert_eq!(run.code, 3, "{name}");
        says(
            &run.stderr,
            &[&format!("{name}: it is in catalogue.yaml, but"), meant],
        );
    }
}

#[test]
fn a_default_that_one_recipe_uses_is_no_error_for_the_others() {
    let night = Night::of(&["alpha", "beta"]);
    for content in [
        "defaults: {timeout: 50, deploy: 'true'}\nrecipes: {beta: {deployer: tree}}",
        "defaults: {override: 1.0.0+1}\nrecipes: {beta: {not-applicable: it keeps nothing}}",
        "defaults: {fallback: main-tip}\nrecipes: {beta: {override: 1.0.0+1}}",
    ] {
        is_fine(&night, content);
    }
    // Only the flags of the run would say what reads it.
    night.write("catalogue/a.env", "");
    night.write(
        "catalogue/catalogue.yaml",
        "defaults: {timeout: 5, env-file: a.env}",
    );
    assert_eq!(night.sweep(&["--plan"]).code, 0);
    assert_eq!(night.sweep(&["--plan", "--deployer", "swarm"]).code, 0);
    assert_eq!(night.sweep(&["--plan", "--deployer", "tree"]).code, 3);
    night.write("catalogue/catalogue.yaml", "defaults: {timeout: 5}");
    let (code, report) = night.report(&["--deploy", "false"]);
    assert_eq!(code, 1, "the flags' program has the catalogue's limit");
    assert_verdicts(&report, &[("alpha", "red"), ("beta", "red")]);
}

#[test]
fn a_catalogues_env_file_is_read_whichever_side_names_the_swarm() {
    let night = Night::of(&["alpha"]);
    fs::create_dir(night.path("bin")).unwrap();
    let swarm = r#"{"Swarm": {"LocalNodeState": "active", "ControlAvailable": true}}"#;
    night.program(
        "bin/docker",
        &format!("[ $1 = info ] && echo '{swarm}' || true"),
    );
    // None of them can be read, so the error names the one that was to be.
    for file in ["catalogue/own.env", "catalogue/default.env", "flag.env"] {
        night.write(file, b"A=\xff\n");
    }
    for (content, args, read) in [
        (
            "recipes: {alpha: {env-file: own.env}}",
            &["--deployer", "swarm"][..],
            "own.env",
        ),
        (
            "recipes: {alpha: {env-file: own.env, deployer: swarm}}",
            &[],
            "own.env",
        ),
        (
            "defaults: {env-file: default.env}",
            &["--deployer", "swarm"],
            "default.env",
        ),
        (
            "defaults: {env-file: default.env, deployer: swarm}",
            &[],
            "default.env",
        ),
        (
            "defaults: {env-file: default.env}\nrecipes: {alpha: {env-file: own.env}}",
            &["--deployer", "swarm", "--env-file", "flag.env"],
            "own.env",
        ),
        (
            "recipes: {alpha: {deployer: swarm}}",
            &["--env-file", "flag.env"],
            "flag.env",
        ),
    ] {
        night.write("catalogue/catalogue.yaml", content);
        let mut command = night.command(&[args, &["--timeout", "2"]].concat());
        let path = format!("{}:/usr/bin:/bin", night.path("bin").display());
        let run = Run::of(command.env("PATH", path));
        assert_eq!(run.code, 3, "{content}: {}", run.stdout);
        says(&run.stderr, &[read]);
    }
}

#[test]
fn a_named_main_branch_and_a_newest_tag_that_are_not_right_are_told() {
    let night = Night::of(&["alpha"]);
    let told = refusal(&night, "recipes: {alpha: {main: nowhere}}");
    says(
        &told,
        &[
            "alpha: main: nowhere does not lead to a commit",
            "nothing of this name",
        ],
    );
    let told = refusal(&night, "recipes: {alpha: {deploy: ''}}");
    says(&told, &["alpha: its deploy cannot be run: "]);
    let told = refusal(&night, "recipes:\n- alpha: {}\n");
    says(
        &told,
        &["a list (`- item`) stands where a map (`key: value`) belongs"],
    );
    // The newest tag is on the commit of an older release.
    let directory = night.path("catalogue/alpha");
    let tagged = std::process::Command::new("git")
        .args([
            "-C",
            directory.to_str().unwrap(),
            "tag",
            "1.3.0+1",
            "1.1.0+1^{commit}",
        ])
        .status();
    if tagged.is_ok_and(|status| status.success()) {
        night.write(
            "catalogue/catalogue.yaml",
            "recipes: {alpha: {head: latest}}",
        );
        let note =
            "the head is the tag 1.3.0+1, whose tree says 1.1.0+1: that version was not tested";
        says(&night.sweep(&[]).stdout, &["alpha: note: ", note]);
        let plan = night.sweep(&["--plan"]).stdout;
        says(&plan, &["alpha: note: ", note]);
    }
}
