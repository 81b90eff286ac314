//! Scenarios under a scheme: a preset each, schemes in files of their own, and what makes no sense.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use samever::Cancel;
use samever::internals::{StepReport, read_scenario_file, replay_on_model};
use samever::run::STEP_BACK;
use samever::simulate::{replay, shipped_scenarios};
use tempfile::TempDir;

use crate::programs::{examples, python, python_is_missing};
use crate::support::folder::{Run, binary};
use crate::support::scenarios::refusal;

#[test]
fn a_scenario_proves_each_preset() {
    let presets = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/scheme/presets");
    let presets = fs::read_dir(presets).unwrap().map(|entry| {
        let name = entry.unwrap().file_name().into_string().unwrap();
        name.strip_suffix(".yaml").unwrap().to_owned()
    });
    let proven = shipped_scenarios().unwrap().into_iter().map(|file| {
        let scheme = file.scenario.scheme.map(|scheme| scheme.value);
        let scheme = scheme.unwrap_or_else(|| "coop-cloud".to_owned());
        scheme.split(':').next().unwrap().to_owned()
    });
    let (presets, proven): (BTreeSet<_>, BTreeSet<_>) = (presets.collect(), proven.collect());
    assert_eq!(presets, proven);
    assert_eq!(presets.len(), 10);
}

/// One quiet night of three releases, whose tags have these names.
fn night(scheme: &str, tags: [&str; 3], canonical: &str) -> String {
    let [oldest, older, newest] = tags;
    format!(
        "# One night\nscheme: {scheme}\nrecipe: {{name: web, published: ['{oldest}', '{older}', '{newest}']}}\n\
         canonical: '{canonical}'\nsteps:\n  - nightly:\n      expect: {{plan: version, base: '{older}', \
         rung: step-back, delta: forward, verdict: green, canonical: '{canonical}', promoted: false}}\n"
    )
}

/// What is missed on both arms of a scenario in a file, beside the scheme's.
#[track_caller]
fn missed(scheme: &str, scenario: &str) -> Vec<String> {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("mine.yaml"), scheme).unwrap();
    let path = folder.path().join("night.yaml");
    fs::write(&path, scenario).unwrap();
    let file = read_scenario_file(&path).unwrap_or_else(|error| panic!("{error}"));
    let real = replay(&file, STEP_BACK, None, &Cancel::never());
    let real = real.unwrap().unwrap().steps;
    let told = |steps: &[StepReport]| {
        let mismatches = steps.iter().flat_map(|step| &step.mismatches);
        let told = mismatches.map(|missed| format!("{} {}", missed.what, missed.got));
        told.collect::<Vec<_>>()
    };
    let (real, model) = (told(&real), told(&replay_on_model(&file, STEP_BACK)));
    assert_eq!(real, model);
    real
}

#[test]
fn a_scheme_in_a_file_is_read_beside_the_scenario_in_every_form_of_a_head() {
    let numbers = ["r1.9", "r1.10", "r1.11"];
    for head in [
        "{file: VERSION}",
        "{file: app/meta.yml, key: info.app.version}",
        "{file: package.json, key: version}",
        "{file: Cargo.toml, key: workspace.package.version}",
        "{file: odd.toml, key: 'a \"b\".c'}",
        "given",
    ] {
        let scheme = format!("order: numeric\ntag-prefix: r\nhead: {head}\n");
        let scenario = night("mine.yaml", numbers, "1.11");
        assert_eq!(missed(&scheme, &scenario), [] as [&str; 0], "{head}");
    }
    let recipes = "order: coop-cloud\ntags: 'release-(?<version>.+)'\nhead: label\n";
    let tags = ["release-1.9.0+1", "release-1.10.0+1", "release-1.11.0+1"];
    let scenario = night("mine.yaml", tags, "1.11.0+1");
    assert_eq!(missed(recipes, &scenario), [] as [&str; 0]);
}

#[test]
fn a_wrong_expectation_is_missed_under_a_scheme() {
    let scenario = night(
        "debian",
        ["debian/9-1", "debian/1%1-1", "debian/1%2-1"],
        "1:2-1",
    );
    assert_eq!(missed("", &scenario), [] as [&str; 0]);
    let wrong = scenario.replace("base: 'debian/1%1-1'", "base: 'debian/9-1'");
    assert_eq!(missed("", &wrong), ["base debian/1%1-1"]);
    let wrong = scenario.replace("canonical: '1:2-1', promoted", "canonical: '2-1', promoted");
    assert_eq!(missed("", &wrong), ["canonical 1:2-1"]);
    // The same version in another spelling.
    let same = scenario.replace(
        "canonical: '1:2-1', promoted",
        "canonical: 'debian/1%2-1', promoted",
    );
    assert_eq!(missed("", &same), [] as [&str; 0]);
}

/// Outside of recipes a tier gives no answer rather than one that proves nothing, on both arms.
#[test]
fn what_has_no_answer_under_a_scheme_has_none_on_either_arm() {
    let images = ["1.1-slim", "1.2-slim", "1.3-alpine"];
    let numbers = ["1", "2", "3"];
    for (scheme, tags, canonical, step, part) in [
        (
            "image",
            images,
            "1.2-slim",
            "  - nightly:\n      policy: {override: 1.2-slim}\n",
            "nothing says whether the base",
        ),
        (
            "calver",
            numbers,
            "3",
            "  - pr:\n      unlabelled: true\n",
            "is not known under the scheme calver",
        ),
        (
            "calver",
            numbers,
            "3",
            "  - withdraw: '1'\n  - withdraw: '2'\n  - nightly:\n      policy: {ignore-canonical: true}\n",
            "there is nothing to upgrade from",
        ),
        (
            "calver",
            numbers,
            "3",
            "  - withdraw: '1'\n  - withdraw: '2'\n  - withdraw: '3'\n  - nightly:\n",
            "nothing is published under the scheme calver",
        ),
    ] {
        let scenario = night(scheme, tags, canonical);
        let (history, _) = scenario.split_once("  - nightly").unwrap();
        let expect = format!("      expect: {{error: {part}, canonical: '{canonical}'}}\n");
        let asks = [history, step, &expect].concat();
        assert_eq!(missed("", &asks), [] as [&str; 0], "{asks}");
    }
}

/// Asserts that the scenario with one text in the place of another is refused with this in the message.
#[track_caller]
fn refused(scenario: &str, old: &str, new: &str, message: &str) {
    assert!(scenario.contains(old), "{old}");
    let told = refusal(scenario.replacen(old, new, 1).as_bytes());
    assert!(told.contains(message), "{new}: {told}");
}

#[test]
fn what_is_no_scheme_no_tag_or_no_version_is_told_at_its_place() {
    let scenario = night("calver", ["1.9", "1.10", "1.11"], "1.11");
    let calver = |old, new, message| refused(&scenario, old, new, message);
    calver(
        "scheme: calver",
        "scheme: calwer",
        "test.yaml:2:9: there is no scheme calwer",
    );
    calver(
        "scheme: calver",
        "scheme: helm-chart",
        "test.yaml:2:9: the scheme helm-chart is of one part",
    );
    calver("scheme: calver", "scheme: 1", "test.yaml:2:9: ");
    calver(
        "'1.9'",
        "latest",
        "test.yaml:3:33: latest is no tag of a version",
    );
    calver(
        "'1.9'",
        "{version: latest}",
        "test.yaml:3:43: latest is no tag of a version",
    );
    calver(
        "canonical: '1.11'",
        "canonical: newest",
        "test.yaml:4:12: newest is no version",
    );
    calver(
        "base: '1.10'",
        "base: older",
        "test.yaml:7:37: older is no version",
    );
    calver(
        "nightly:\n",
        "pr:\n      version: x\n",
        "test.yaml:7:16: x is no version",
    );
    calver(
        "nightly:\n",
        "nightly:\n      policy: {override: x}\n",
        "test.yaml:7:26: x is no version",
    );
    calver(
        "  - nightly",
        "  - set-canonical: x\n  - nightly",
        "test.yaml:6:20: x is no version",
    );
}

#[test]
fn what_is_not_used_under_a_scheme_is_an_error() {
    let scenario = night("calver", ["1.9", "1.10", "1.11"], "1.11");
    let first = |more: &str, message| {
        let map = format!("{{version: '1.9', {more}}}");
        refused(&scenario, "'1.9'", &map, message);
    };
    first("label: x", "no tree states a version");
    first("unlabelled: true", "no tree states a version");
    first("patches: 3", "of the order coop-cloud alone");
    first(
        "files: {RELEASE: x}",
        "RELEASE is written by the simulator itself",
    );
    first("files: {RELEASE/a: x}", "RELEASE is both a folder");
    first(
        "behaviour: {upgrade-fails-from: <1.9.0}",
        "the order numeric has none",
    );
    let breaks =
        "  - break: {version: '1.9', behaviour: {upgrade-fails-from: <1.9.0}}\n  - nightly";
    refused(
        &scenario,
        "  - nightly",
        breaks,
        "the order numeric has none",
    );
}

#[test]
fn a_tag_of_another_form_and_a_file_that_states_the_version_are_refused() {
    let scenario = night(
        "helm-chart:charts/web",
        ["web-1.0.0", "web-1.1.0", "web-1.2.0"],
        "1.2.0",
    );
    let helm = |old, new, message| refused(&scenario, old, new, message);
    helm(
        "'web-1.0.0'",
        "1.0.0",
        "1.0.0 is no tag of the scheme helm-chart:charts/web, in which a tag is `web-`",
    );
    helm("'web-1.0.0'", "web-1.0.0^", "no tag of a version");
    helm(
        "'web-1.0.0'",
        "{version: web-1.0.0, files: {charts/web/Chart.yaml: x}}",
        "charts/web/Chart.yaml is written by the simulator itself",
    );
    helm(
        "name: web",
        "name: web, junk: [web-0.9.0]",
        "is a version, so it belongs to `published`",
    );
    helm(
        "name: web",
        "name: web, junk: [web-1.0.0/x]",
        "is a folder of another tag",
    );
}

fn of(args: &[&str]) -> Run {
    Run::of(binary().arg("replay").args(args))
}

#[test]
fn a_swarm_deploys_no_scenario_under_a_scheme() {
    let run = of(&["--deployer", "swarm", "--filter", "scheme-semver"]);
    assert_eq!(run.code, 2);
    let told = "a Swarm deploys Co-op Cloud recipes, and the scenario scheme-semver is under the scheme semver";
    assert!(run.stderr.contains(told), "{}", run.stderr);
}

#[test]
fn a_program_is_asked_about_other_orders_where_that_is_said() {
    let run = of(&["--orders"]);
    assert_eq!(run.code, 2);
    assert!(
        run.stderr.contains("name it with --resolver"),
        "{}",
        run.stderr
    );
    if python_is_missing() {
        return;
    }
    let folder = TempDir::new().unwrap();
    let [good, _] = examples();
    let program = python(folder.path(), "good.py", &good);
    let run = of(&["--resolver", &program, "--filter", "scheme-"]);
    assert_eq!(run.code, 2);
    assert!(
        run.stderr.contains("asked with --orders alone"),
        "{}",
        run.stderr
    );
    // The example reads versions of three numbers, and so those of semver, with a prefix or without.
    for (name, code) in [
        ("scheme-semver", 0),
        ("scheme-cargo", 0),
        ("scheme-helm-chart", 0),
        ("scheme-debian", 1),
    ] {
        let run = of(&["--resolver", &program, "--filter", name, "--orders"]);
        assert_eq!(run.code, code, "{}", run.stdout);
    }
}
