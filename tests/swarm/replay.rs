//! Scenarios on a running Docker Swarm: one suite, three arms (the model, files,
//! the Swarm). As with `tests/swarm.rs`, nothing is run where no engine is named.

use std::fs;
use std::process::Command;

use crate::support::swarm::{engine, parts};
use serde_json::Value;
use tempfile::TempDir;

/// Every step of a scenario: plan, rung, verdict, stage, promotion.
fn steps(deployer: &[&str], resolver: &str, scenarios: &str, engine: &str) -> Vec<Value> {
    let output = Command::new(env!("CARGO_BIN_EXE_samever"))
        .args([
            "replay", "--format", "json", "--jobs", "2", "--filter", scenarios,
        ])
        .args(["--resolver", resolver])
        .args(deployer)
        .env("DOCKER_HOST", engine)
        .output()
        .unwrap();
    let report: Value =
        serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{output:?}"));
    let mut told = Vec::new();
    for scenario in report["scenarios"].as_array().unwrap() {
        for step in scenario["steps"].as_array().unwrap() {
            let run = &step["run"];
            let base = run["plan"]["tag"].clone();
            told.push(serde_json::json!([
                scenario["name"],
                step["line"],
                step["times"],
                run["plan"]["kind"],
                base,
                run["rung"],
                run["delta"],
                run["verdict"],
                run["stage"],
                run["evidence"]["previous"],
                run["promotion"],
                step["canonical"],
                step["mismatches"].as_array().unwrap().len(),
            ]));
        }
    }
    told
}

const ON_SWARM: [&str; 6] = [
    "--deployer",
    "swarm",
    "--image",
    "samever-test:1",
    "--resolve-image",
    "never",
];

#[test]
fn the_headline_scenarios_come_out_on_the_swarm_as_on_files() {
    let Some(engine) = engine() else { return };
    let headlines = [
        "first-night",
        "second-night",
        "version-bump-pr",
        "pr-of-the-same-version",
        "previous-applied",
        "broken-base",
        "broken-migration-of-a-release",
        "data-lost",
        "required-stop",
    ];
    // Most of the time is the engine's: some wait side by side.
    for side_by_side in headlines.chunks(5) {
        std::thread::scope(|scope| {
            for scenarios in side_by_side {
                scope.spawn(move || {
                    let on_files = steps(&[], "design-a", scenarios, engine);
                    assert!(!on_files.is_empty());
                    let on_swarm = steps(&ON_SWARM, "design-a", scenarios, engine);
                    assert_eq!(on_swarm, on_files, "{scenarios}");
                });
            }
        });
    }
}

/// The two runs side by side of `docs/swarm-proof.md`, on the scenario that stands
/// there.
#[test]
fn the_historical_resolver_misses_a_broken_migration_on_the_swarm() {
    let Some(engine) = engine() else { return };
    let page = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/swarm-proof.md");
    let page = fs::read_to_string(page).unwrap();
    let scenario = page.split("```yaml\n").nth(1).unwrap();
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("one-night.yaml");
    fs::write(&file, scenario.split("```").next().unwrap()).unwrap();
    for (resolver, code) in [("design-a", 0), ("historical", 1)] {
        let output = Command::new(env!("CARGO_BIN_EXE_samever"))
            .args([
                "replay",
                "one-night.yaml",
                "--explain",
                "--resolver",
                resolver,
            ])
            .args(ON_SWARM)
            .current_dir(folder.path())
            .env("DOCKER_HOST", engine)
            .output()
            .unwrap();
        let (exit, printed, stderr) = parts(&output);
        assert_eq!(exit, code, "{printed}{stderr}");
        // The names of the stack and of its task are others each time.
        let shown = page
            .split(&format!("--resolver {resolver}\n"))
            .nth(1)
            .unwrap();
        let shown = shown.split("```").next().unwrap();
        assert_eq!(without_stack(&printed).trim(), without_stack(shown).trim());
    }
}

fn without_stack(text: &str) -> String {
    let words = text.split_inclusive([' ', '\n']);
    let words = words.map(|word| match word.split_once("samever-custom-html-") {
        Some((before, after)) => format!("{before}STACK{}", &after[8..]),
        None if word.len() == 27 && word.ends_with(": ") => "TASK: ".to_owned(),
        None => word.to_owned(),
    });
    words.collect()
}
