//! The worked examples of `docs/schemes.md`, as they stand there, with programs on the PATH that
//! stand in for `helm` and `cargo`.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::support::lab::Lab;
use crate::support::night::{Night, assert_verdicts};
use crate::support::repositories::{Fixture, says};

/// A helm that keeps in `$WORLD` which chart runs, and refuses one whose data format is `$OLDEST`.
const HELM: &str = r#"
echo "helm $*" | sed "s/samever-[^ ]*/STACK/g; s|$TMPDIR/[^ ]*/\(base\|head\)/|\1/|" >> "$WORLD/calls"
case "$1" in
upgrade) sed -n 's/^version: *//p' "$5/Chart.yaml" > "$WORLD/runs" ;;
list) echo "[{\"name\":\"x\",\"chart\":\"web-${LIE:-$(cat "$WORLD/runs")}\",\"status\":\"deployed\"}]" ;;
test) test -s "$WORLD/runs" ;;
uninstall) rm "$WORLD/runs" ;;
*) exit 1 ;;
esac"#;

/// A cargo that builds a program that states its tree's version and cannot read the data of a
/// program that is newer.
const CARGO: &str = r#"
echo "cargo $1" >> "$WORLD/calls"
version=$(sed -n "s/^version = '\(.*\)'/\1/p" "$5")
mkdir -p "$7/release"
cat > "$7/release/web" <<EOF
#!/bin/sh
case "\$1" in
migrate) if [ -e "\$3" ]; then echo "$version from \$(cat "\$3")" > "\$3"; else echo $version > "\$3"; fi ;;
--version) echo "web $version" ;;
check) cp "\$3" "$WORLD/data"; test -z "\${BROKEN:-}" || ! grep from "\$3" ;;
esac
EOF
chmod +x "$7/release/web""#;

/// The script of this name in the page.
fn script(name: &str) -> String {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/schemes.md");
    let page = fs::read_to_string(page).unwrap();
    let begin = format!("#!/bin/sh\n# {name}: ");
    let mut blocks = page.split("```sh\n").skip(1);
    let block = blocks.find(|block| block.starts_with(&begin)).unwrap();
    block.split("```").next().unwrap().to_owned()
}

/// Three releases with one file each, and the programs.
fn example(name: &str, tag: fn(&str) -> String, path: &str, content: fn(&str) -> String) -> Lab {
    let versions = ["1.9.0", "1.10.0", "1.11.0"];
    let [tags, texts] = [tag, content].map(|of| versions.map(of));
    let releases = tags.iter().zip(&texts);
    let releases: Vec<_> = releases.map(|(tag, text)| (&tag[..], &text[..])).collect();
    let fixture = Fixture::of_file(path, &releases);
    let lab = Lab::on(fixture);
    fs::create_dir(lab.path("bin")).unwrap();
    fs::create_dir(lab.path("world")).unwrap();
    lab.program("bin/helm", HELM);
    lab.program("bin/cargo", CARGO);
    lab.program(name, script(name).strip_prefix("#!/bin/sh\n").unwrap());
    lab
}

fn run(lab: &Lab, args: &[&str], variables: &[(&str, &str)]) -> (Option<i32>, Value) {
    let output = lab
        .command(&[args, &["--format", "json"]].concat())
        .env(
            "PATH",
            format!("{}:/usr/bin:/bin", lab.path("bin").display()),
        )
        .env("WORLD", lab.path("world"))
        .envs(variables.iter().copied())
        .output()
        .unwrap();
    let outcome = serde_json::from_slice(&output.stdout);
    (
        output.status.code(),
        outcome.unwrap_or_else(|_| panic!("{output:?}")),
    )
}

fn ran(outcome: &Value) -> (&Value, &Value) {
    let ran = |stack: &str| &outcome["evidence"][stack]["deployed"]["version"];
    (ran("base"), ran("head"))
}

fn charts() -> Lab {
    example(
        "helm.sh",
        |version| format!("web-{version}"),
        "charts/web/Chart.yaml",
        |version| format!("name: web\nversion: {version}\n"),
    )
}

const HELM_ARGS: [&str; 8] = [
    "--scheme",
    "helm-chart:charts/web",
    "--deploy",
    "./helm.sh",
    "--check",
    "./helm.sh",
    "--teardown",
    "./helm.sh",
];

#[test]
fn a_chart_is_upgraded_from_the_release_before_and_read_back() {
    let lab = charts();
    let args = HELM_ARGS;
    let (code, outcome) = run(&lab, &args, &[]);
    assert_eq!(
        (code, &outcome["verdict"]),
        (Some(0), &"green".into()),
        "{outcome:#}"
    );
    assert_eq!(ran(&outcome), (&"1.10.0".into(), &"1.11.0".into()));
    assert_eq!(outcome["recipe"], "web");
    let calls = lab.read("world/calls");
    says(
        &calls,
        &[
            "helm upgrade --install --wait STACK",
            "helm test STACK",
            "helm uninstall",
        ],
    );
    assert!(!lab.path("world/runs").exists(), "the chart is gone");

    let (code, outcome) = run(&lab, &args, &[("LIE", "1.11.0")]);
    assert_eq!(
        (code, &outcome["stage"]),
        (Some(1), &"wrong-version".into()),
        "{outcome:#}"
    );
}

#[test]
fn the_canonical_of_a_part_is_kept_under_its_name_with_its_order() {
    let lab = charts();
    let state = lab.path("state");
    let state = state.to_str().unwrap();
    let enrolled = [&HELM_ARGS[..], &["--state", state, "--enrolled"]].concat();
    let (code, outcome) = run(&lab, &enrolled, &[]);
    assert_eq!(
        (code, &outcome["promotion"]["promoted"]),
        (Some(0), &true.into()),
        "{outcome:#}"
    );
    let record: Value = serde_json::from_str(&lab.read("state/canonical/web.json")).unwrap();
    assert_eq!(
        (&record["version"], &record["order"]),
        (&"1.11.0".into(), &"semver".into())
    );
    let (_, outcome) = run(&lab, &enrolled, &[]);
    assert_eq!(
        (&outcome["rung"], ran(&outcome).0),
        (&"step-back".into(), &"1.10.0".into())
    );
    let other = [
        "--scheme",
        "python:charts/web",
        "--head-version",
        "1.11.0",
        "--state",
        state,
    ];
    let output = lab
        .command(&[&other[..], &HELM_ARGS[2..]].concat())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(3));
    says(
        &String::from_utf8_lossy(&output.stderr),
        &["of the order semver", "the order pep440"],
    );
}

#[test]
fn a_crate_reads_the_data_that_the_release_before_wrote() {
    let lab = example(
        "crate.sh",
        |version| format!("v{version}"),
        "Cargo.toml",
        |version| format!("[package]\nname = 'web'\nversion = '{version}'\n"),
    );
    let args = [
        "--scheme",
        "cargo",
        "--deploy",
        "./crate.sh",
        "--check",
        "./crate.sh",
    ];
    let (code, outcome) = run(&lab, &args, &[]);
    assert_eq!(
        (code, &outcome["verdict"]),
        (Some(0), &"green".into()),
        "{outcome:#}"
    );
    assert_eq!(ran(&outcome), (&"1.10.0".into(), &"1.11.0".into()));
    assert_eq!(lab.read("world/data"), "1.11.0 from 1.10.0\n");
    let (code, outcome) = run(&lab, &args, &[("BROKEN", "1")]);
    assert_eq!(
        (code, &outcome["stage"]),
        (Some(1), &"head-check".into()),
        "{outcome:#}"
    );
    let given = ["--head-version", "1.11.0"];
    let (code, outcome) = run(&lab, &[&args[..], &given].concat(), &[]);
    assert_eq!(
        (code, ran(&outcome).0),
        (Some(0), &"1.10.0".into()),
        "{outcome:#}"
    );
}

#[test]
fn a_catalogue_says_the_scheme_of_a_project() {
    let night = Night::of(&[]);
    night.recipe("web", &["1.9.0", "1.10.0", "1.11.0"]);
    let program = night.deploys(
        "deploy.sh",
        "echo $SAMEVER_VERSION > $SAMEVER_DEPLOYED_VERSION",
    );
    let catalogue = |scheme: &str| {
        let content = format!("recipes:\n  web: {{scheme: {scheme}, deploy: '{program}'}}\n");
        night.write("catalogue/catalogue.yaml", content);
    };
    catalogue("semver");
    let (code, report) = night.report(&[]);
    assert_eq!(code, 0, "{report:#}");
    assert_verdicts(&report, &[("web", "green")]);
    assert_eq!(report["recipes"][0]["outcome"]["plan"]["version"], "1.10.0");
    for (scheme, message) in [
        (
            "semwer",
            "its scheme cannot be used: there is no scheme semwer",
        ),
        ("debian", "on record as a version of the order semver"),
    ] {
        catalogue(scheme);
        let (code, report) = night.report(&[]);
        assert_eq!(code, 3, "{report:#}");
        says(&report.to_string(), &[message]);
    }
}
